//! Writing of records: JSON through any serde serializer, query strings, multipart parts. Absent optional fields are
//! left out. How a record becomes a JSON object stands in `write/json.rs`.

mod constant;
mod entries;
mod json;

use serde::ser::{Serialize, Serializer};

pub use self::constant::{Constant, ConstantValue};
use self::json::{is_present, Item, Whole};
use super::form::Form;
use super::{Field, Location, Record, Union, ValueRef};
use crate::error::{Error, Result};
use crate::record::part::{Part, PartValue};
use crate::record::query::push_pair;

#[cfg(feature = "callback")]
pub(crate) use self::json::write_union;

/// The whole record as one object, wherever its fields are sent.
pub fn serialize<S: Serializer>(record: &dyn Record, serializer: S) -> Result<S::Ok, S::Error> {
    Whole::of(record).serialize(serializer)
}

/// A union as one object.
pub fn serialize_union<S: Serializer>(union: &dyn Union, serializer: S) -> Result<S::Ok, S::Error> {
    Item::of(ValueRef::Union(union), Form::PLAIN).serialize(serializer)
}

/// The JSON body of a request: its constants, then its body fields.
pub fn body_json(record: &dyn Record, constants: &[Constant<'_>]) -> Result<Vec<u8>> {
    write(&Whole { location: Some(Location::Body), constants, ..Whole::of(record) })
}

fn write(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(256);
    value
        .serialize(&mut serde_json::Serializer::new(&mut out))
        .map_err(|error| Error::config("the request can't be written as JSON").with_source(error))?;
    Ok(out)
}

/// Appends the query fields of a request to a query string. Each of the `fixed` entries (after which field, name,
/// value) is written behind that field.
pub fn query(record: &dyn Record, fixed: &[(&str, &str, String)], out: &mut String) -> Result<()> {
    let push_fixed = |after: &str, out: &mut String| {
        let due = fixed.iter().filter(|(field, ..)| *field == after);
        due.for_each(|(_, name, value)| push_pair(out, name, value));
    };
    push_fixed("", out);
    record.with_values(|table, values| {
        for (field, value) in table.fields().iter().zip(values) {
            match field.location() {
                Location::Query => {
                    if let Some(text) = text_of(*value, field)? {
                        push_pair(out, field.wire, &text);
                    }
                }
                Location::Part => {
                    // Of a choice among the parts, what is no file is sent here.
                    if let ValueRef::Union(union) = value {
                        let text = |(_, value): &(&str, ValueRef<'_>)| !matches!(value, ValueRef::File(_));
                        if let Some((key, value)) = chosen(*union).filter(text)
                            && let Some(text) = text_of(value, field)?
                        {
                            push_pair(out, key, &text);
                        }
                    }
                }
                Location::Body | Location::Raw => {}
            }
            push_fixed(field.wire, out);
        }
        Ok(())
    })
}

/// The parts of a multipart request, or the one value of a raw one.
pub fn parts(record: &dyn Record, location: Location) -> Result<Vec<Part>> {
    let mut out = Vec::new();
    record.with_values(|table, values| {
        let due = table.fields().iter().zip(values).filter(|(field, _)| field.location() == location);
        due.into_iter().try_for_each(|(field, value)| part(field.wire, *value, field, &mut out))
    })?;
    Ok(out)
}

fn part(name: &str, value: ValueRef<'_>, field: &Field, out: &mut Vec<Part>) -> Result<()> {
    let value = match value {
        ValueRef::Absent => return Ok(()),
        ValueRef::File(file) => PartValue::File(file.clone()),
        ValueRef::Union(union) => {
            // Exactly one of several: a file is a part under the variant's key, anything else is in the query.
            return match chosen(union) {
                Some((key, value @ ValueRef::File(_))) => part(key, value, field, out),
                _ => Ok(()),
            };
        }
        ValueRef::Record(_) | ValueRef::Seq(_) | ValueRef::Map(_) | ValueRef::Value(_) => {
            let json = write(&Item::of(value, field.form().without_json()))?;
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
fn chosen(union: &dyn Union) -> Option<(&'static str, ValueRef<'_>)> {
    let (tag, payload) = union.get()?;
    let variant = union.table().variants.iter().find(|variant| variant.tag == tag)?;
    Some((variant.key, payload))
}

/// A scalar as text, for queries and form parts.
fn text_of(value: ValueRef<'_>, field: &Field) -> Result<Option<String>> {
    Ok(Some(match value {
        value if !is_present(value, field) => return Ok(None),
        ValueRef::Bool(value) if field.form().has(Form::BOOL01) => if value { "1" } else { "0" }.to_owned(),
        ValueRef::Bool(value) => value.to_string(),
        ValueRef::Int(value) => value.to_string(),
        ValueRef::Uint(value) => value.to_string(),
        ValueRef::Float(value) => value.to_string(),
        ValueRef::Str(value) => value.to_owned(),
        ValueRef::Record(_) | ValueRef::Seq(_) | ValueRef::Map(_) | ValueRef::Value(_)
            if field.form().has(Form::JSON) =>
        {
            let json = write(&Item::of(value, field.form().without_json()))?;
            String::from_utf8_lossy(&json).into_owned()
        }
        _ => return Err(Error::config(format!("`{}` can't be sent as text", field.wire))),
    }))
}
