//! Writing of records: JSON through any serde serializer, query strings, multipart parts.
//! Absent optional fields are left out; the order is that of the table.

use std::ops::Range;

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::form::Form;
use super::{unknown, Field, Place, Record, Ref, Table, Union};
use crate::error::{Error, Result};
use crate::part::{Part, PartValue};
use crate::wire::query::push_pair;

/// An entry that an endpoint always sends in its JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Constant<'a> {
    /// The field (by its wire name) that it is written after; empty: before all.
    pub after: &'a str,
    pub name: &'a str,
    pub value: ConstantValue<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum ConstantValue<'a> {
    Text(&'a str),
    Integer(i64),
    Bool(bool),
}

impl Serialize for ConstantValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}

/// The whole record as one object, wherever its fields are sent.
pub fn serialize<S: Serializer>(record: &dyn Record, serializer: S) -> Result<S::Ok, S::Error> {
    Whole { record, place: None, constants: &[] }.serialize(serializer)
}

/// A union as one object.
pub fn serialize_union<S: Serializer>(union: &dyn Union, serializer: S) -> Result<S::Ok, S::Error> {
    Item { value: Ref::Union(union), form: Form::PLAIN }.serialize(serializer)
}

/// The JSON body of a request: its constants, then its body fields.
pub fn body_json(record: &dyn Record, constants: &[Constant<'_>]) -> Result<Vec<u8>> {
    write(&Whole { record, place: Some(Place::Body), constants })
}

fn write(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(256);
    value
        .serialize(&mut serde_json::Serializer::new(&mut out))
        .map_err(|error| Error::config("the request can't be written as JSON").with_source(error))?;
    Ok(out)
}

/// Appends the query fields of a request to a query string. Each of the `fixed` entries (after which field, name,
/// value) is written in its place.
pub fn query(record: &dyn Record, fixed: &[(&str, &str, String)], out: &mut String) -> Result<()> {
    let push_fixed = |after: &str, out: &mut String| {
        let due = fixed.iter().filter(|(field, ..)| *field == after);
        due.for_each(|(_, name, value)| push_pair(out, name, value));
    };
    push_fixed("", out);
    record.seen(|table, refs| {
        for (field, value) in table.fields().iter().zip(refs) {
            match field.place() {
                Place::Query => {
                    if let Some(text) = text_of(*value, field)? {
                        push_pair(out, field.wire, &text);
                    }
                }
                Place::Part => {
                    // Of a choice among the parts, what is no file is sent here.
                    if let Ref::Union(union) = value {
                        let text = |(_, value): &(&str, Ref<'_>)| !matches!(value, Ref::File(_));
                        if let Some((key, value)) = chosen(*union).filter(text) {
                            if let Some(text) = text_of(value, field)? {
                                push_pair(out, key, &text);
                            }
                        }
                    }
                }
                Place::Body | Place::Raw => {}
            }
            push_fixed(field.wire, out);
        }
        Ok(())
    })
}

/// The parts of a multipart request, or the one value of a raw one.
pub fn parts(record: &dyn Record, place: Place) -> Result<Vec<Part>> {
    let mut out = Vec::new();
    record.seen(|table, refs| {
        let due = table.fields().iter().zip(refs).filter(|(field, _)| field.place() == place);
        due.into_iter().try_for_each(|(field, value)| part(field.wire, *value, field, &mut out))
    })?;
    Ok(out)
}

fn part(name: &str, value: Ref<'_>, field: &Field, out: &mut Vec<Part>) -> Result<()> {
    let value = match value {
        Ref::Absent => return Ok(()),
        Ref::File(file) => PartValue::File(file.clone()),
        Ref::Union(union) => {
            // Exactly one of several: a file is a part under the variant's key, anything else is in the query.
            return match chosen(union) {
                Some((key, value @ Ref::File(_))) => part(key, value, field, out),
                _ => Ok(()),
            };
        }
        Ref::Record(_) | Ref::Seq(_) | Ref::Map(_) | Ref::Value(_) => {
            let json = write(&Item { value, form: field.form().without_json() })?;
            PartValue::Text(String::from_utf8_lossy(&json).into_owned())
        }
        _ => match text_of(value, field)? {
            Some(text) => PartValue::Text(text),
            None => return Ok(()),
        },
    };
    out.push(Part { name: name.to_owned().into(), value });
    Ok(())
}

/// The key of a union's variant and its payload.
fn chosen(union: &dyn Union) -> Option<(&'static str, Ref<'_>)> {
    let (tag, payload) = union.get()?;
    let variant = union.table().variants.iter().find(|variant| variant.tag == tag)?;
    Some((variant.key, payload))
}

/// A scalar as text, for queries and form parts.
fn text_of(value: Ref<'_>, field: &Field) -> Result<Option<String>> {
    Ok(Some(match value {
        value if !is_present(value, field) => return Ok(None),
        Ref::Bool(value) if field.form().has(Form::BOOL01) => if value { "1" } else { "0" }.to_owned(),
        Ref::Bool(value) => value.to_string(),
        Ref::Int(value) => value.to_string(),
        Ref::Uint(value) => value.to_string(),
        Ref::Float(value) => value.to_string(),
        Ref::Str(value) => value.to_owned(),
        Ref::Record(_) | Ref::Seq(_) | Ref::Map(_) | Ref::Value(_) if field.form().has(Form::JSON) => {
            let json = write(&Item { value, form: field.form().without_json() })?;
            String::from_utf8_lossy(&json).into_owned()
        }
        _ => return Err(Error::config(format!("`{}` can't be sent as text", field.wire))),
    }))
}

struct Whole<'a> {
    record: &'a dyn Record,
    /// Only the fields of this place; `None`: all.
    place: Option<Place>,
    constants: &'a [Constant<'a>],
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.record.seen(|table, refs| {
            let record = Shown { table, refs };
            let fields = table.fields();
            write_constants(&mut map, self.constants, "")?;
            let mut start = 0;
            for (index, field) in fields.iter().enumerate() {
                if self.constants.iter().any(|constant| constant.after == field.wire) {
                    write_fields(&mut map, record, start..index + 1, 0, self.place, None)?;
                    write_constants(&mut map, self.constants, field.wire)?;
                    start = index + 1;
                }
            }
            write_fields(&mut map, record, start..fields.len(), 0, self.place, None)?;
            write_unknown(&mut map, refs)
        })?;
        map.end()
    }
}

/// A record that shows its fields.
#[derive(Clone, Copy)]
struct Shown<'s, 'a> {
    table: &'static Table,
    refs: &'s [Ref<'a>],
}

fn write_constants<M: SerializeMap>(
    map: &mut M,
    constants: &[Constant<'_>],
    after: &str,
) -> Result<(), M::Error> {
    let mut due = constants.iter().filter(|constant| constant.after == after);
    due.try_for_each(|constant| map.serialize_entry(constant.name, &constant.value))
}

fn write_unknown<M: SerializeMap>(map: &mut M, refs: &[Ref<'_>]) -> Result<(), M::Error> {
    unknown(refs).iter().try_for_each(|(name, value)| map.serialize_entry(name, value))
}

/// All of a record's fields, into the object that it is part of.
fn write_beside<M: SerializeMap>(
    map: &mut M,
    record: &dyn Record,
    tag: Option<(&str, &str)>,
) -> Result<(), M::Error> {
    record.seen(|table, refs| {
        write_fields(map, Shown { table, refs }, 0..table.fields().len(), 0, None, tag)?;
        write_unknown(map, refs)
    })
}

/// Writes some fields of a record; those inside nested objects are grouped by their path.
/// A `tag` is written right before the first group, or first of all where there is none.
fn write_fields<M: SerializeMap>(
    map: &mut M,
    record: Shown<'_, '_>,
    range: Range<usize>,
    depth: usize,
    place: Option<Place>,
    mut tag: Option<(&str, &str)>,
) -> Result<(), M::Error> {
    let fields = record.table.fields();
    let nested = |index: &usize| fields[*index].path().len() > depth;
    if let Some((key, value)) = tag.take_if(|_| !range.clone().any(|index| nested(&index))) {
        map.serialize_entry(key, value)?;
    }
    let mut index = range.start;
    while index < range.end {
        let field = &fields[index];
        if place.is_some_and(|place| place != field.place()) {
            index += 1;
        } else if let Some(head) = field.path().get(depth) {
            if let Some((key, value)) = tag.take() {
                map.serialize_entry(key, value)?;
            }
            write_count(map, record, index, depth)?;
            let end = (index..range.end).find(|next| fields[*next].path().get(depth) != Some(head));
            let group = Group { record, range: index..end.unwrap_or(range.end), depth: depth + 1 };
            index = group.range.end;
            if group.is_present() {
                map.serialize_entry(head, &group)?;
            }
        } else {
            write_count(map, record, index, depth)?;
            write_field(map, record.table, field, record.refs[index])?;
            index += 1;
        }
    }
    Ok(())
}

/// The length of a list, beside the list or the outermost object around it.
fn write_count<M: SerializeMap>(
    map: &mut M,
    record: Shown<'_, '_>,
    index: usize,
    depth: usize,
) -> Result<(), M::Error> {
    let field = &record.table.fields()[index];
    match (field.count().filter(|_| depth == 0), record.refs[index]) {
        (Some(key), Ref::Seq(list)) if is_present(Ref::Seq(list), field) => {
            map.serialize_entry(key, &list.size())
        }
        _ => Ok(()),
    }
}

fn write_field<M: SerializeMap>(
    map: &mut M,
    table: &Table,
    field: &Field,
    value: Ref<'_>,
) -> Result<(), M::Error> {
    match value {
        Ref::Union(union) if field.flatten() => {
            // The tag may be a field of the record too.
            let written = |other: &Field| !other.flatten() && Some(other.wire) == union.table().tag;
            write_entries(map, union, !table.fields().iter().any(written))
        }
        Ref::Record(inner) if field.flatten() => write_beside(map, inner, None),
        value if is_present(value, field) => {
            map.serialize_entry(field.wire, &Item { value, form: field.form() })
        }
        _ => Ok(()),
    }
}

fn is_present(value: Ref<'_>, field: &Field) -> bool {
    match value {
        Ref::Absent => false,
        Ref::Seq(list) => field.required() || list.size() > 0,
        Ref::Map(map) => field.required() || map.size() > 0,
        _ => true,
    }
}

/// The entries of a union, into the object that it is part of.
pub(crate) fn write_union<M: SerializeMap>(map: &mut M, union: &dyn Union) -> Result<(), M::Error> {
    write_entries(map, union, true)
}

/// The entries of a union, perhaps without its tag.
fn write_entries<M: SerializeMap>(map: &mut M, union: &dyn Union, tagged: bool) -> Result<(), M::Error> {
    let table = union.table();
    let Some((tag, payload)) = union.get() else {
        let Some(unknown) = union.unknown() else { return Ok(()) };
        let mut entries =
            unknown.fields().iter().filter(|(name, _)| tagged || Some(name.as_str()) != table.tag);
        return entries.try_for_each(|(name, value)| map.serialize_entry(name, value));
    };
    let entry = table.tag.filter(|_| tagged).map(|key| (key, tag));
    match payload {
        Ref::Record(record) if !table.keyed => write_beside(map, record, entry),
        payload => {
            if let Some((key, value)) = entry {
                map.serialize_entry(key, value)?;
            }
            let variant = table.variants.iter().find(|variant| variant.tag == tag);
            match (payload, variant) {
                (Ref::Absent, _) | (_, None) => Ok(()),
                (value, Some(variant)) => {
                    map.serialize_entry(variant.key, &Item { value, form: Form::PLAIN })
                }
            }
        }
    }
}

/// Adjacent fields inside the same nested object.
struct Group<'s, 'a> {
    record: Shown<'s, 'a>,
    range: Range<usize>,
    depth: usize,
}

impl Group<'_, '_> {
    fn is_present(&self) -> bool {
        let Shown { table, refs } = self.record;
        self.range.clone().any(|index| is_present(refs[index], &table.fields()[index]))
    }
}

impl Serialize for Group<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_fields(&mut map, self.record, self.range.clone(), self.depth, None, None)?;
        map.end()
    }
}

/// A value in its wire form.
pub(super) struct Item<'a> {
    pub(super) value: Ref<'a>,
    pub(super) form: Form,
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = self.form;
        if form.has(Form::JSON) {
            let inner = Item { value: self.value, form: form.without_json() };
            return serializer.serialize_str(&serde_json::to_string(&inner).map_err(S::Error::custom)?);
        }
        let text = form.has(Form::TEXT);
        match self.value {
            Ref::Absent | Ref::Unknown(_) => serializer.serialize_unit(),
            Ref::Bool(value) => match (form.has(Form::BOOL01), text) {
                (true, true) => serializer.serialize_str(if value { "1" } else { "0" }),
                (true, false) => serializer.serialize_u8(value.into()),
                (false, true) => serializer.serialize_str(if value { "true" } else { "false" }),
                (false, false) => serializer.serialize_bool(value),
            },
            Ref::Int(value) if text => serializer.collect_str(&value),
            Ref::Int(value) => serializer.serialize_i64(value),
            Ref::Uint(value) if text => serializer.collect_str(&value),
            Ref::Uint(value) => serializer.serialize_u64(value),
            Ref::Float(value) if text => serializer.collect_str(&value),
            Ref::Float(value) => serializer.serialize_f64(value),
            Ref::Str(value) => serializer.serialize_str(value),
            Ref::Value(value) => value.serialize(serializer),
            Ref::Seq(list) => {
                let mut out = serializer.serialize_seq(Some(list.size()))?;
                for index in 0..list.size() {
                    out.serialize_element(&Item { value: list.item(index), form: form.inner() })?;
                }
                out.end()
            }
            Ref::Map(map) => {
                let mut out = serializer.serialize_map(Some(map.size()))?;
                let mut result = Ok(());
                map.each(&mut |key, value| {
                    if result.is_ok() {
                        result = out.serialize_entry(key, &Item { value, form: form.inner() });
                    }
                });
                result?;
                out.end()
            }
            Ref::Record(record) => serialize(record, serializer),
            Ref::Union(union) => {
                let mut map = serializer.serialize_map(None)?;
                write_union(&mut map, union)?;
                map.end()
            }
            Ref::File(file) => serializer.serialize_str(file.filename()),
        }
    }
}
