//! Reading of an object into a record: which field a key is, what is missing, what nobody knows, and the fields
//! that stand deeper or beside.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize as _, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::super::{Field, Mut, Object, Record, Slot, UnknownVariant};
use super::context::{watch_envelope, Context, Segment};
use super::{cell, is_number, union, Place};
use crate::upload::FilePart;

/// Reads a record as if from an object without fields, to find what is missing.
pub(super) fn read_empty(record: &mut dyn Record, context: &mut Context) {
    let upper = record.table().fields.len();
    let fields = Fields { record, lower: 0, upper, depth: 0, top: false, context };
    let none = std::iter::empty::<(&str, Value)>();
    // There is nothing in it that could fail.
    let _ = fields.visit_map(de::value::MapDeserializer::<_, serde_json::Error>::new(none));
}

/// The fields of a record, or those inside one of its nested objects.
pub(super) struct Fields<'a, 'c> {
    pub(super) record: &'a mut dyn Record,
    /// The fields of the table that stand in this object: all of them, or a group of adjacent ones.
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) depth: usize,
    pub(super) top: bool,
    pub(super) context: &'c mut Context,
}

/// What a key of an object means.
enum Key {
    Field(usize),
    /// A nested object that holds the fields from here on.
    Group(usize),
    Other(String),
}

struct KeyIn<'t> {
    /// The fields that stand in this object.
    fields: &'t [Field],
    depth: usize,
    /// Where the next field is likely to be: keys mostly come in the order of the table.
    likely: usize,
}

impl KeyIn<'_> {
    fn matches(&self, field: &Field, key: &str) -> bool {
        !field.flatten && field.path.get(self.depth).map_or(field.wire == key, |head| *head == key)
    }

    #[inline]
    fn find(&self, key: &str) -> Option<Key> {
        match self.fields.get(self.likely) {
            Some(field) if field.wire == key && field.path.len() == self.depth && !field.flatten => {
                Some(Key::Field(self.likely))
            }
            _ => self.search(key),
        }
    }

    /// The slow way: mostly for the first key behind fields that the platform left out.
    fn search(&self, key: &str) -> Option<Key> {
        let (before, after) = self.fields.split_at(self.likely.min(self.fields.len()));
        let ahead = after.iter().position(|field| self.matches(field, key)).map(|index| before.len() + index);
        let first = || before.iter().position(|field| self.matches(field, key));
        let found = ahead.or_else(first)?;
        Some(if self.fields[found].path.len() > self.depth {
            Key::Group(first().unwrap_or(found))
        } else {
            Key::Field(found)
        })
    }
}

impl<'de> DeserializeSeed<'de> for KeyIn<'_> {
    type Value = Key;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for KeyIn<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }
    #[inline]
    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(self.find(key).unwrap_or_else(|| Key::Other(key.to_owned())))
    }
}

impl<'de> Visitor<'de> for Fields<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { record, lower, upper, depth, top, context } = self;
        let table = record.table();
        let mut seen = 0_u64;
        let mut rest = Object::new();
        let fields = table.fields.get(lower..upper).unwrap_or_default();
        let mut likely = 0;
        while let Some(key) = map.next_key_seed(KeyIn { fields, depth, likely })? {
            match key {
                Key::Field(found) => {
                    let field = &fields[found];
                    let index = lower + found;
                    likely = found + 1;
                    if seen & (1 << index) != 0 {
                        clear(record.at(index));
                        seen &= !(1 << index);
                    }
                    let present = context.within(
                        || Segment::Key(Cow::Borrowed(field.wire)),
                        |context| {
                            let slot = record.at(index);
                            map.next_value_seed(&mut Place { slot, form: field.form, top: false, context })
                        },
                    )?;
                    if present {
                        seen |= 1 << index;
                    }
                }
                Key::Group(found) => {
                    let start = lower + found;
                    let head = table.fields[start].path[depth];
                    let end = (start..upper).find(|next| table.fields[*next].path.get(depth) != Some(&head));
                    let end = end.unwrap_or(upper);
                    likely = end - lower;
                    for index in start..end {
                        if seen & (1 << index) != 0 {
                            clear(record.at(index));
                            seen &= !(1 << index);
                        }
                    }
                    let present = context.within(
                        || Segment::Key(Cow::Borrowed(head)),
                        |context| {
                            let group = Fields {
                                record: &mut *record,
                                lower: start,
                                upper: end,
                                depth: depth + 1,
                                top: false,
                                context,
                            };
                            map.next_value_seed(Nested(group))
                        },
                    )?;
                    if present {
                        // Judged inside the group.
                        seen |= (start..end).fold(0, |bits, index| bits | 1 << index);
                    }
                }
                Key::Other(key) => {
                    if top && watch_envelope(&key, &mut map, context)? {
                        continue;
                    }
                    if is_number(&key, &mut map, context)? {
                        continue;
                    }
                    rest.insert(key, map.next_value()?);
                }
            }
        }
        for (index, field) in (lower..).zip(fields) {
            if field.flatten {
                flatten(record.at(index), &mut rest, field, context);
            } else if field.required && seen & (1 << index) == 0 && !field.lax {
                let outer = field.path.get(depth).copied();
                context.within(
                    || Segment::Key(Cow::Borrowed(outer.unwrap_or(field.wire))),
                    |context| context.issue(|| "a required field is missing".to_owned()),
                );
            }
        }
        if context.strict() {
            if let Some(key) = rest.keys().next().cloned() {
                context.within(
                    || Segment::Key(Cow::Owned(key)),
                    |context| context.issue(|| "the spec does not know this field".to_owned()),
                );
            }
        }
        record.keep_unknown(rest);
        Ok(())
    }
}

/// Forgets what a key gave that stands there a second time: the last one counts.
fn clear(slot: Mut<'_>) {
    match slot {
        Mut::Nothing | Mut::Unknown(_) => {}
        Mut::Bool(value) => *value = false,
        Mut::I32(value) => *value = 0,
        Mut::I64(value) => *value = 0,
        Mut::U32(value) => *value = 0,
        Mut::U64(value) => *value = 0,
        Mut::Float(value) => *value = 0.0,
        Mut::Str(value) => value.clear(),
        Mut::Value(value) => *value = Value::Null,
        Mut::Opt(value) => value.unset(),
        Mut::Seq(list) => list.truncate(0),
        Mut::Map(map) => map.reset(),
        Mut::Record(record) => {
            (0..record.table().fields.len()).for_each(|index| clear(record.at(index)));
            record.forget_unknown();
        }
        Mut::Enum(value) => {
            let _ = value.set_str("") || value.set_int(0);
        }
        Mut::Union(union) => union.set_unknown(UnknownVariant::default()),
        Mut::File(file) => *file = <FilePart as Slot>::blank(),
    }
}

/// Fills a union or an object whose fields stood beside those of the record.
fn flatten(slot: Mut<'_>, rest: &mut Object, field: &Field, context: &mut Context) {
    match slot {
        Mut::Opt(inner) => match inner.fill() {
            Mut::Union(union) => {
                if !union::read(union, rest, context) {
                    inner.unset();
                }
            }
            slot => union::read_object(slot, rest, context),
        },
        Mut::Union(union) => {
            if !union::read(union, rest, context) && field.required && !field.lax {
                union::untold(union, context);
            }
        }
        slot => union::read_object(slot, rest, context),
    }
}

/// The object around nested fields; `null`, `""` or `[]` stands for none.
struct Nested<'a, 'c>(Fields<'a, 'c>);

impl<'de> DeserializeSeed<'de> for Nested<'_, '_> {
    /// Whether there is an object at all.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let found = match Value::deserialize(deserializer)? {
            Value::Object(map) => {
                let map = de::value::MapDeserializer::new(map.into_iter());
                self.0.visit_map(map).map_err(D::Error::custom)?;
                return Ok(true);
            }
            other if self.0.context.strict() => other,
            Value::Null => return Ok(false),
            Value::String(text) if text.is_empty() => return Ok(false),
            Value::Array(list) if list.is_empty() => return Ok(false),
            other => other,
        };
        self.0.context.issue(|| format!("expected an object, found {}", cell::kind(&found)));
        Ok(true)
    }
}
