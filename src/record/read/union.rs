//! Reading of unions and flattened objects from the buffered fields of the object that they are part of:
//! the payload may stand before the tag, so the fields must be at hand together.

use std::borrow::Cow;

use serde::de::DeserializeSeed;
use serde_json::Value;

use super::super::form::Form;
use super::super::{Mut, Object, Table, Union, UnknownVariant, Variant};
use super::{Context, Place, Segment};

/// Reads a union that is an object of its own; what its variant does not know stays with the payload.
pub(super) fn read_whole(union: &mut dyn Union, mut fields: Object, context: &mut Context) {
    let known = read(union, &mut fields, context);
    if !known && context.strict() {
        untold(union, context);
    }
    if fields.is_empty() {
        return;
    }
    if context.strict() {
        let key = fields.keys().next().cloned().unwrap_or_default();
        context.within(
            || Segment::Key(Cow::Owned(key)),
            |context| context.issue(|| "the spec does not know this field".to_owned()),
        );
    }
    if !known {
        union.set_unknown(UnknownVariant::new(String::new(), fields));
        return;
    }
    if let Some(Mut::Record(payload)) = union.payload() {
        payload.keep_unknown(fields);
    }
}

/// There is nothing that tells the variant.
pub(super) fn untold(union: &dyn Union, context: &mut Context) {
    let table = union.table();
    context.issue(|| match table.tag {
        Some(tag) => format!("`{tag}` is missing, which says what kind of {} it is", table.name),
        None => format!("none of the fields is there that tell what {} it is", table.name),
    });
}

/// Takes from the fields what belongs to the union, and says whether there was anything.
pub(super) fn read(union: &mut dyn Union, fields: &mut Object, context: &mut Context) -> bool {
    let table = union.table();
    let tag = match table.tag {
        Some(key) => match take(fields, key, context) {
            Some(Value::String(tag)) => tag,
            Some(Value::Null) | None => match table.default {
                Some(tag) => tag.to_owned(),
                None => return false,
            },
            Some(other) => other.to_string(),
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
    let slot = variant.and_then(|variant| union.select(variant.tag));
    let (Some(variant), Some(slot)) = (variant, slot) else {
        keep_unknown(union, tag, fields, context);
        return true;
    };
    match slot {
        Mut::Nothing => {}
        slot if table.keyed => {
            let value = take(fields, variant.key, context);
            context.within(
                || Segment::Key(Cow::Borrowed(variant.key)),
                |context| match value {
                    Some(value) => fill(slot, value, context),
                    None => context.issue(|| format!("`{tag}` is announced, but not there")),
                },
            );
        }
        slot => read_object(slot, fields, context),
    }
    true
}

fn keep_unknown(union: &mut dyn Union, tag: String, fields: &mut Object, context: &mut Context) {
    let table = union.table();
    if context.strict() {
        context.issue(|| format!("the spec does not know the variant {tag:?} of {}", table.name));
    }
    // The tag first, where the order of fields is kept at all.
    let mut kept = Object::new();
    if let Some(key) = table.tag {
        kept.insert(key.to_owned(), Value::String(tag.clone()));
    }
    if table.keyed {
        // The payload stands under the tag's name, if anywhere; the rest belongs to others.
        kept.extend(take(fields, &tag, context).map(|payload| (tag.clone(), payload)));
    } else {
        kept.append(fields);
    }
    union.set_unknown(UnknownVariant::new(tag, kept));
}

/// Takes the fields that the object knows and fills it with them.
pub(super) fn read_object(slot: Mut<'_>, fields: &mut Object, context: &mut Context) {
    let mut own = Object::new();
    match &slot {
        Mut::Record(record) => take_known(record.table(), fields, &mut own, context),
        _ => own = std::mem::take(fields),
    }
    fill(slot, Value::Object(own), context);
}

/// Takes one field out and leaves the others in their order, which `Map::remove` does not with serde_json's
/// `preserve_order`.
fn take(fields: &mut Object, key: &str, context: &Context) -> Option<Value> {
    let value = match fields.get_mut(key) {
        None if context.any_case() => {
            let same = fields.iter_mut().find(|(name, _)| context.same(name, key));
            std::mem::take(same?.1)
        }
        value => std::mem::take(value?),
    };
    fields.retain(|name, _| !context.same(name, key));
    Some(value)
}

fn take_known(table: &Table, fields: &mut Object, own: &mut Object, context: &Context) {
    for field in table.fields() {
        if field.flatten() {
            // What a flattened field takes can't be told from here: it may take all.
            own.extend(std::mem::take(fields));
            return;
        }
        if let Some(key) = field.count() {
            take(fields, key, context);
        }
        let key = field.path().first().copied().unwrap_or(field.wire);
        if let Some(value) = take(fields, key, context) {
            own.insert(key.to_owned(), value);
        }
        if context.any_case() && !field.path().is_empty() {
            own.extend(take(fields, field.wire, context).map(|value| (field.wire.to_owned(), value)));
        }
    }
}

fn fill(slot: Mut<'_>, value: Value, context: &mut Context) {
    let mut place = Place { slot, form: Form::PLAIN, top: false, context: &mut *context };
    if let Err(error) = place.deserialize(value) {
        context.issue(|| error.to_string());
    }
}
