//! Reading of an object into a record: which field a key is, what is missing, what nobody knows, and the fields
//! that stand deeper or beside.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, Deserialize as _, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde_json::Value;

use super::super::{keep_unknown, Field, Mut, Object, Record, Slot, Table, UnknownFields, UnknownVariant};
use super::context::{watch_envelope, Context, Segment};
use super::seen::Seen;
use super::{cell, is_number, union, Place};
use crate::part::FilePart;

/// Reads a record as if from an object without fields, to find what is missing.
pub(super) fn read_empty(record: &mut dyn Record, context: &mut Context) {
    let none = std::iter::empty::<(&str, Value)>();
    let none = de::value::MapDeserializer::<_, serde_json::Error>::new(none);
    // There is nothing in it that could fail.
    let _ = record.filled(|table, slots| Fields::all(table, slots, false, context).visit_map(none));
}

/// The fields of a record, or those inside one of its nested objects.
pub(super) struct Fields<'s, 'a, 'c> {
    table: &'static Table,
    /// The places of all fields of the table.
    slots: &'s mut [Mut<'a>],
    /// The fields of the table that stand in this object: all of them, or a group of adjacent ones.
    lower: usize,
    upper: usize,
    depth: usize,
    top: bool,
    context: &'c mut Context,
}

/// What a key of an object means.
enum Key {
    Field(usize),
    /// A nested object that holds the fields from here on.
    Group(usize),
    /// None of the fields' own names.
    Other(String),
}

/// The fields that stand in one object, and how their names are told.
struct Names<'t> {
    /// Names that differ in their case only are the same.
    any_case: bool,
    fields: &'t [Field],
    depth: usize,
}

struct KeyIn<'n, 't> {
    names: &'n Names<'t>,
    /// Where the next field is likely to be: keys mostly come in the order of the table.
    likely: usize,
}

/// Whether two names are the same but for their case and white space around them, which is in the official samples.
fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other.trim())
}

impl Names<'_> {
    fn matches(&self, field: &Field, key: &str) -> bool {
        let name = field.path().get(self.depth).unwrap_or(&field.wire);
        !field.flatten() && (*name == key || self.any_case && same_name(name, key))
    }

    /// The slow way: mostly for the first key behind fields that the platform left out.
    #[cold]
    fn search(&self, key: &str, likely: usize) -> Option<Key> {
        let (before, after) = self.fields.split_at(likely.min(self.fields.len()));
        let ahead = after.iter().position(|field| self.matches(field, key)).map(|index| before.len() + index);
        let first = || before.iter().position(|field| self.matches(field, key));
        // In any case also means: wherever, since in JSON what XML nests may stand beside the others.
        let bare = || self.fields.iter().position(|field| !field.flatten() && same_name(field.wire, key));
        let Some(found) = ahead.or_else(first) else { return self.any_case.then(bare)?.map(Key::Field) };
        Some(if self.fields[found].path().len() > self.depth {
            Key::Group(first().unwrap_or(found))
        } else {
            Key::Field(found)
        })
    }

    /// The field that has this as another of its names.
    fn renamed(&self, key: &str) -> Option<usize> {
        self.fields.iter().position(|field| {
            field.path().len() == self.depth && !field.flatten() && field.also().contains(&key)
        })
    }
}

impl KeyIn<'_, '_> {
    #[inline]
    fn find(&self, key: &str) -> Option<Key> {
        match self.names.fields.get(self.likely) {
            Some(field)
                if field.wire == key && field.path().len() == self.names.depth && !field.flatten() =>
            {
                Some(Key::Field(self.likely))
            }
            _ => self.names.search(key, self.likely),
        }
    }
}

impl<'de> DeserializeSeed<'de> for KeyIn<'_, '_> {
    type Value = Key;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for KeyIn<'_, '_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }
    #[inline]
    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(self.find(key).unwrap_or_else(|| Key::Other(key.to_owned())))
    }
}

impl<'s, 'a, 'c> Fields<'s, 'a, 'c> {
    pub(super) fn all(
        table: &'static Table,
        slots: &'s mut [Mut<'a>],
        top: bool,
        context: &'c mut Context,
    ) -> Self {
        Self { table, slots, lower: 0, upper: table.fields().len(), depth: 0, top, context }
    }

    /// Whether all that may stand here is a list of items.
    fn holds_items(&self) -> bool {
        let fields = self.table.fields().get(self.lower..self.upper).unwrap_or_default();
        matches!(fields, [field] if field.path().len() == self.depth && field.wire == "item")
    }
}

impl<'de> Visitor<'de> for Fields<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { table, slots, lower, upper, depth, top, context } = self;
        let mut seen = Seen::default();
        let mut rest = Object::new();
        let fields = table.fields().get(lower..upper).unwrap_or_default();
        let mut likely = 0;
        let names = Names { any_case: context.any_case(), fields, depth };
        while let Some(key) = map.next_key_seed(KeyIn { names: &names, likely })? {
            let key = match key {
                Key::Other(key) => match names.renamed(&key) {
                    // The field's own name wins, whichever comes first.
                    Some(found) if seen.has(lower + found) => {
                        rest.insert(key, map.next_value()?);
                        continue;
                    }
                    Some(found) => Key::Field(found),
                    None => Key::Other(key),
                },
                key => key,
            };
            match key {
                Key::Field(found) => {
                    let field = &fields[found];
                    let index = lower + found;
                    likely = found + 1;
                    if seen.has(index) {
                        clear(slots[index].reborrow());
                        seen.remove(index);
                    }
                    let present = context.within(
                        || Segment::Key(Cow::Borrowed(field.wire)),
                        |context| {
                            let slot = slots[index].reborrow();
                            map.next_value_seed(&mut Place { slot, form: field.form(), top: false, context })
                        },
                    )?;
                    if present {
                        seen.insert(index);
                    }
                }
                Key::Group(found) => {
                    let start = lower + found;
                    let head = table.fields()[start].path()[depth];
                    let end =
                        (start..upper).find(|next| table.fields()[*next].path().get(depth) != Some(&head));
                    let end = end.unwrap_or(upper);
                    likely = end - lower;
                    for (index, slot) in (start..end).zip(&mut slots[start..end]) {
                        if seen.has(index) {
                            clear(slot.reborrow());
                            seen.remove(index);
                        }
                    }
                    let present = context.within(
                        || Segment::Key(Cow::Borrowed(head)),
                        |context| {
                            let group = Fields {
                                table,
                                slots: &mut *slots,
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
                        (start..end).for_each(|index| seen.insert(index));
                    }
                }
                Key::Other(key) => {
                    if top && watch_envelope(&key, &mut map, context)? {
                        continue;
                    }
                    if is_number(&key, &mut map, context)? {
                        continue;
                    }
                    // The list itself says how long it is.
                    let counts = |field: &Field| field.count().is_some_and(|count| context.same(count, &key));
                    if depth == 0 && fields.iter().any(counts) {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    rest.insert(key, map.next_value()?);
                }
            }
        }
        let mut told = false;
        for (index, field) in (lower..).zip(fields) {
            if field.flatten() {
                match shared_tag(table, slots, index) {
                    // What the record says itself tells the union, unless another has been told already.
                    Some(_) if told => clear(slots[index].reborrow()),
                    Some((key, tag)) => {
                        rest.insert(key.to_owned(), Value::String(tag));
                        flatten(slots[index].reborrow(), &mut rest, field, context);
                    }
                    None => told |= flatten(slots[index].reborrow(), &mut rest, field, context),
                }
            } else if field.required() && !seen.has(index) && !field.lax() {
                let outer = field.path().get(depth).copied();
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
        keep_unknown(slots, rest);
        Ok(())
    }
}

/// Forgets what a key gave that stands there a second time: the last one counts.
fn clear(slot: Mut<'_>) {
    match slot {
        Mut::Nothing => {}
        Mut::Unknown(fields) => *fields = UnknownFields::__NONE,
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
            record.filled(|_, slots| slots.iter_mut().for_each(|slot| clear(slot.reborrow())));
        }
        Mut::Text(value) => value.set(""),
        Mut::Integer(value) => value.set(0),
        Mut::Union(union) => union.set_unknown(UnknownVariant::default()),
        Mut::File(file) => *file = <FilePart as Slot>::blank(),
    }
}

/// The tag of a flattened union, if it is a field of the record too, and its value.
fn shared_tag(table: &Table, slots: &mut [Mut<'_>], index: usize) -> Option<(&'static str, String)> {
    let tag = match &mut slots[index] {
        Mut::Opt(inner) => {
            let tag = match inner.fill() {
                Mut::Union(union) => union.table().tag,
                _ => None,
            };
            inner.unset();
            tag
        }
        Mut::Union(union) => union.table().tag,
        _ => None,
    }?;
    let holder = table.fields().iter().position(|field| field.wire == tag && !field.flatten())?;
    Some((tag, slots.get(holder)?.text()?.to_owned()))
}

/// Fills a union or an object whose fields stood beside those of the record, and says whether a union was told.
fn flatten(slot: Mut<'_>, rest: &mut Object, field: &Field, context: &mut Context) -> bool {
    match slot {
        Mut::Opt(inner) => match inner.fill() {
            Mut::Union(union) => {
                let told = union::read(union, rest, context);
                if !told {
                    inner.unset();
                }
                told
            }
            slot => {
                union::read_object(slot, rest, context);
                false
            }
        },
        Mut::Union(union) => {
            let told = union::read(union, rest, context);
            if !told && field.required() && !field.lax() {
                union::untold(union, context);
            }
            told
        }
        slot => {
            union::read_object(slot, rest, context);
            false
        }
    }
}

/// The object around nested fields; `null`, `""` or `[]` stands for none.
struct Nested<'s, 'a, 'c>(Fields<'s, 'a, 'c>);

impl<'de> DeserializeSeed<'de> for Nested<'_, '_, '_> {
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
            Value::String(text) if text.trim().is_empty() => return Ok(false),
            Value::Array(list) if list.is_empty() => return Ok(false),
            // What XML has as items of an element, JSON may have as a list.
            Value::Array(list) if self.0.holds_items() => {
                let items = std::iter::once(("item", Value::Array(list)));
                let map = de::value::MapDeserializer::<_, serde_json::Error>::new(items);
                self.0.visit_map(map).map_err(D::Error::custom)?;
                return Ok(true);
            }
            other => other,
        };
        self.0.context.issue(|| format!("expected an object, found {}", cell::kind(&found)));
        Ok(true)
    }
}
