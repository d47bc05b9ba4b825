//! Reading of a list from the wire, into a list or into whatever is due instead. Its items are read as any value is.

use serde::de::{self, Deserialize as _, DeserializeSeed, Deserializer, IgnoredAny, SeqAccess};
use serde_json::Value;

use super::super::form::Form;
use super::super::{Mut, Object, Seq};
use super::{cell, read_empty, union, Context, Level, Place, Segment};

/// Reads a list into a place, and says whether there was a value at all.
pub(super) fn read<'de, A: SeqAccess<'de>>(place: Place<'_, '_>, list: A) -> Result<bool, A::Error> {
    let Place { slot, form, level, context } = place;
    let strict = context.strict();
    if form.has(Form::JSON) && strict {
        context.issue("expected a string that holds JSON, found a list");
    }
    match slot {
        Mut::Value(value) => {
            *value = Value::deserialize(de::value::SeqAccessDeserializer::new(list))?;
            Ok(true)
        }
        Mut::Seq(seq) => items(seq, form, context, list),
        Mut::Opt(inner) => match inner.fill() {
            slot @ (Mut::Value(_) | Mut::Seq(_) | Mut::Opt(_)) => {
                read(Place { slot, form, level, context }, list)
            }
            slot if strict => refuse(slot, context, list),
            slot => {
                let expected = cell::expected(&slot);
                inner.unset();
                single(Place { slot: Mut::Opt(inner), form, level, context }, expected, list)
            }
        },
        slot if strict || level == Level::Envelope => refuse(slot, context, list),
        slot => {
            let expected = cell::expected(&slot);
            single(Place { slot, form, level, context }, expected, list)
        }
    }
}

fn items<'de, A: SeqAccess<'de>>(
    seq: &mut dyn Seq,
    form: Form,
    context: &mut Context,
    mut list: A,
) -> Result<bool, A::Error> {
    let lenient = !context.strict();
    // What the spec does not know beside an item that has no place for it, under the item's index.
    let mut unknown = Vec::new();
    seq.truncate(0);
    let mut index = 0;
    loop {
        let size = seq.size();
        let item = Item { seq: &mut *seq, form: form.inner(), index, context: &mut *context };
        match list.next_element_seed(item)? {
            None => break,
            // No value can be told from a null among the items.
            Some(false) if lenient => seq.truncate(size),
            Some(_) => {}
        }
        if let Some(fields) = context.take_leftover() {
            unknown.resize(size, Value::Null);
            unknown.push(fields);
        }
        index += 1;
    }
    if !unknown.is_empty() {
        context.leave(Value::Array(unknown));
    }
    Ok(true)
}

/// Reads a list where one value is due: a list of one is that value, and an empty one is no value, or an object
/// without fields on platforms written in PHP.
fn single<'de, A: SeqAccess<'de>>(
    place: Place<'_, '_>,
    expected: &str,
    mut list: A,
) -> Result<bool, A::Error> {
    let Place { mut slot, form, level, context } = place;
    let first = context.within(
        || Segment::Index(0),
        |context| {
            let slot = slot.reborrow();
            list.next_element_seed(&mut Place { slot, form, level, context })
        },
    )?;
    let Some(present) = first else {
        return Ok(match slot {
            Mut::Record(record) => {
                read_empty(record, level, context);
                true
            }
            Mut::Union(union) => {
                union::read_whole(union, Object::new(), level, context);
                true
            }
            Mut::Map(_) => true,
            _ => false,
        });
    };
    if !skip(list)? {
        context.misfit(|| format!("expected {expected}, found a list of several"));
    }
    Ok(present)
}

fn refuse<'de, A: SeqAccess<'de>>(slot: Mut<'_>, context: &mut Context, list: A) -> Result<bool, A::Error> {
    skip(list)?;
    context.misfit(|| format!("expected {}, found a list", cell::expected(&slot)));
    Ok(true)
}

/// One item of a list.
struct Item<'a, 'c> {
    seq: &'a mut dyn Seq,
    form: Form,
    index: usize,
    context: &'c mut Context,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { seq, form, index, context } = self;
        context.within(
            || Segment::Index(index),
            |context| {
                let slot = seq.grow();
                let anything = matches!(slot, Mut::Value(_));
                let mut place = Place { slot, form, level: Level::Inner, context };
                place.deserialize(deserializer).map(|present| present || anything)
            },
        )
    }
}

/// Passes over a list and says whether it was empty.
pub(super) fn skip<'de, A: SeqAccess<'de>>(mut list: A) -> Result<bool, A::Error> {
    let mut empty = true;
    while list.next_element::<IgnoredAny>()?.is_some() {
        empty = false;
    }
    Ok(empty)
}
