//! Reading of unions and flattened objects from the buffered fields of the object that they are part of:
//! the payload may stand before the tag, so the fields must be at hand together.

use std::borrow::Cow;

use serde::de::DeserializeSeed;
use serde_json::Value;

use super::super::form::Form;
use super::super::node::{Need, Node, Part};
use super::super::{Object, Table, Union, UnknownVariant, ValueMut, Variant};
use super::clear::clear;
use super::context::{Context, Level, Segment};
use super::seed::ValueSeed;

/// Reads a union that is an object of its own; what its variant does not know stays in that object.
pub(super) fn read_whole(union: &mut dyn Union, mut fields: Object, level: Level, context: &mut Context) {
    let level = context.beside(level);
    let known = read(union, &mut fields, level, context);
    if !known && context.strict() {
        untold(union, Need::Always, level, context);
    }
    if fields.is_empty() {
        return;
    }
    if context.strict() {
        let key = fields.keys().next().cloned().unwrap_or_default();
        context.within(
            || Segment::Key(Cow::Owned(key)),
            |context| context.issue("the spec does not know this field"),
        );
    }
    if !known {
        union.set_unknown(UnknownVariant::new(String::new(), fields));
        return;
    }
    let keyed = union.table().keyed;
    match union.payload() {
        Some(ValueMut::Record(payload)) if !keyed => payload.keep_unknown(fields),
        // Only the record around it can hold them.
        _ => context.leave(Value::Object(fields)),
    }
}

/// There is nothing that tells the variant.
pub(super) fn untold(union: &dyn Union, need: Need, level: Level, context: &mut Context) {
    let table = union.table();
    let message = match table.tag {
        Some(tag) => format!("`{tag}` is missing, which says what kind of {} it is", table.name),
        None => format!("none of the fields is there that tell what {} it is", table.name),
    };
    context.missing(need, level, message);
}

/// Takes from the fields what belongs to the union, and says whether there was anything.
pub(super) fn read(union: &mut dyn Union, fields: &mut Object, level: Level, context: &mut Context) -> bool {
    let table = union.table();
    let mut odd = None;
    let tag = match table.tag {
        Some(key) => match take(fields, key, context) {
            Some(Value::String(tag)) => tag,
            Some(Value::Null) | None => match table.default {
                Some(tag) => tag.to_owned(),
                None => return false,
            },
            Some(other) => odd.insert(other).to_string(),
        },
        None => {
            // A null beside the key that counts says nothing.
            let given = |variant: &&Variant| fields.get(variant.tag).is_some_and(|value| !value.is_null());
            let there = |variant: &&Variant| fields.contains_key(variant.tag);
            let mut variants = table.variants.iter();
            match variants.clone().find(given).or_else(|| variants.find(there)) {
                Some(variant) => variant.tag.to_owned(),
                None => return false,
            }
        }
    };
    let mut names = |variant: &&Variant| {
        context.same(variant.tag, &tag) || variant.also.iter().any(|also| context.same(also, &tag))
    };
    let variant = table.variants.iter().find(&mut names).filter(|_| context.tells());
    let target = variant.and_then(|variant| union.select(variant.tag));
    let (Some(variant), Some(target)) = (variant, target) else {
        keep_unknown(union, tag, odd, fields, context);
        return true;
    };
    match target {
        ValueMut::Nothing => {}
        target if table.keyed => read_keyed(target, variant.key, &tag, fields, level, context),
        target => {
            read_object(target, fields, level, context);
        }
    }
    true
}

/// Reads a payload that stands under a key of its own.
fn read_keyed(
    mut target: ValueMut<'_>,
    key: &'static str,
    tag: &str,
    fields: &mut Object,
    level: Level,
    context: &mut Context,
) {
    let misfits = context.misfits();
    let value = take(fields, key, context);
    context.within(
        || Segment::Key(Cow::Borrowed(key)),
        |context| match &value {
            // What was sent says what it holds; a platform may say so with a null.
            Some(value) if !(value.is_null() && context.request()) => {
                fill(target.reborrow(), value, Level::Inner, context)
            }
            _ => context.missing(Need::Always, level, format!("`{tag}` is announced, but not there")),
        },
    );
    let unknown = context.take_leftover();
    if let (Some(value), true) = (value, context.misfits() > misfits) {
        // Of a push: it stays as it is.
        context.settle(misfits);
        clear(target);
        fields.insert(key.to_owned(), value);
    } else if let Some(unknown) = unknown {
        fields.insert(key.to_owned(), unknown);
    }
}

/// Keeps a variant that nobody knows. A tag that is no text (`odd`) stays what it was, too.
fn keep_unknown(
    union: &mut dyn Union,
    tag: String,
    odd: Option<Value>,
    fields: &mut Object,
    context: &mut Context,
) {
    let table = union.table();
    if context.strict() {
        context.issue(format!("the spec does not know the variant {tag:?} of {}", table.name));
    }
    // The tag first, where the order of fields is kept at all.
    let mut kept = Object::new();
    if let Some(key) = table.tag {
        kept.insert(key.to_owned(), odd.unwrap_or_else(|| Value::String(tag.clone())));
    }
    if table.keyed {
        // The payload stands under the tag's name, if anywhere; the rest belongs to others.
        kept.extend(take(fields, &tag, context).map(|payload| (tag.clone(), payload)));
    } else {
        kept.append(fields);
    }
    union.set_unknown(UnknownVariant::new(tag, kept));
}

/// Takes the fields that the object knows and fills it with them; says whether there were any.
pub(super) fn read_object(
    target: ValueMut<'_>,
    fields: &mut Object,
    level: Level,
    context: &mut Context,
) -> bool {
    let mut own = Object::new();
    match &target {
        ValueMut::Record(record) => take_known(record.table(), fields, &mut own, context),
        _ => own = std::mem::take(fields),
    }
    let any = !own.is_empty();
    fill(target, &Value::Object(own), level, context);
    any
}

/// Takes one field out and leaves the others in their order, which `Map::remove` does not with serde_json's
/// `preserve_order`.
fn take(fields: &mut Object, key: &str, context: &Context) -> Option<Value> {
    let value = match fields.get_mut(key) {
        None if context.push() => {
            let same = fields.iter_mut().find(|(name, _)| context.same(name, key));
            std::mem::take(same?.1)
        }
        value => std::mem::take(value?),
    };
    fields.retain(|name, _| !context.same(name, key));
    Some(value)
}

fn take_known(table: &Table, fields: &mut Object, own: &mut Object, context: &Context) {
    let layout = table.layout();
    if layout.flattens {
        // What stands beside can't be told from here: it may be all.
        own.append(fields);
        return;
    }
    for member in layout.root.members() {
        for (key, _) in member.counts() {
            take(fields, key, context);
        }
        let others = match &member.part {
            Part::Field(index) => table.fields().get(*index).map_or(&[] as &[_], |field| field.also()),
            Part::Object(_) | Part::Beside(_) => &[],
        };
        for key in std::iter::once(&member.name).chain(others) {
            own.extend(take(fields, key, context).map(|value| ((*key).to_owned(), value)));
        }
        if let (true, Part::Object(node)) = (context.push(), &member.part) {
            take_deep(table, node, fields, own, context);
        }
    }
}

/// In a push, what should stand deeper may stand here.
fn take_deep(table: &Table, node: &Node, fields: &mut Object, own: &mut Object, context: &Context) {
    for field in node.fields().filter_map(|index| table.fields().get(index)) {
        own.extend(take(fields, field.wire, context).map(|value| (field.wire.to_owned(), value)));
    }
}

fn fill(mut target: ValueMut<'_>, value: &Value, level: Level, context: &mut Context) {
    let mut seed = ValueSeed { target: &mut target, form: Form::PLAIN, level, context: &mut *context };
    if let Err(error) = seed.deserialize(value) {
        context.misfit(|| error.to_string());
    }
}
