//! Rules for what is pushed: which of its fields may be words of a user, and where those may stand.
//! Rules that hold for all lists of fields stand in `field`.

use std::collections::BTreeSet;

use super::Lint;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::index::Kind;
use crate::spec::model::{Event, Field, Pushed, Type};
use crate::spec::types;
use crate::spec::walk::{named, Holder};

pub fn check(lint: &Lint, out: &mut Diagnostics) {
    let mut reached = BTreeSet::new();
    for area in &lint.spec.areas {
        for event in &area.events {
            words(lint, event, &event.fields, false, &mut reached, out);
        }
    }
    for list in &lint.lists {
        let pushed = match list.holder {
            Holder::Event(event) => event.kind != Pushed::Reply,
            Holder::Object(object) => reached.contains(object.name.value.as_str()),
            _ => false,
        };
        for field in list.fields.iter().filter(|field| field.free_text && !pushed) {
            let message =
                format!("`free_text` says nothing in {}: only pushes hold such", list.holder.what());
            out.error(field.span_of("free_text"), message);
        }
    }
}

/// The free texts among these fields of an event or a message, and in the objects that they hold.
fn words<'s>(
    lint: &Lint<'s>,
    event: &Event,
    fields: &'s [Field],
    listed: bool,
    reached: &mut BTreeSet<&'s str>,
    out: &mut Diagnostics,
) {
    for field in fields {
        let listed = listed || matches!(field.ty.value, Type::List(_) | Type::Many(_) | Type::Map(_));
        if field.free_text && field.ty.value != Type::String {
            let message = format!("`free_text` is text, not a `{}`", types::show(&field.ty.value));
            out.error(field.span_of("free_text"), message);
        } else if field.free_text && listed {
            let message = format!(
                "`{}` can't be `free_text`: in the items of a list of `{}`, nothing would tell an item from words that \
                 look like one",
                field.wire.value, event.name.value
            );
            out.error(field.span_of("free_text"), message);
        }
        let named = named(&field.ty.value);
        let Some((name, described)) = named.and_then(|name| Some((name, lint.index.get(name)?))) else {
            continue;
        };
        // Each object once: that is enough to find what is wrong in it, and ends for one that holds itself.
        if let (Kind::Object(object), true) = (described.kind, reached.insert(name)) {
            words(lint, event, &object.fields, listed, reached, out);
        }
    }
}
