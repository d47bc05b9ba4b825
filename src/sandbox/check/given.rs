//! A record as it arrived, in JSON or in text, and what stands where in it.
//! What it is worth is judged in `check.rs`.

use serde_json::{Map, Value};

use super::verdict::FORMAT;
use crate::sandbox::answer::{refused_for, Refusal};
use crate::sandbox::request::Part;

/// A record as it arrived.
pub(crate) enum Given<'a> {
    Json(&'a Map<String, Value>),
    /// Pairs of a query or parts of a form: everything that is not a file is text.
    Text(Vec<(&'a str, Item<'a>)>),
}

/// One value of a record.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Json(&'a Value),
    Text(&'a str),
    File(&'a Part),
}

impl<'a> Given<'a> {
    pub(crate) fn pairs(pairs: &'a [(String, String)]) -> Self {
        Self::Text(pairs.iter().map(|(name, value)| (name.as_str(), Item::Text(value))).collect())
    }

    /// The parts of a form; a text part that is not UTF-8 counts as a file and so fits no text field.
    pub(crate) fn parts(parts: &'a [Part]) -> Self {
        let item = |part: &'a Part| match (&part.filename, std::str::from_utf8(&part.bytes)) {
            (None, Ok(text)) => Item::Text(text),
            _ => Item::File(part),
        };
        Self::Text(parts.iter().map(|part| (part.name.as_str(), item(part))).collect())
    }

    /// The value at a path; an object that is due on the way and is none is an error.
    pub(crate) fn at(&self, path: &[&str]) -> Result<Option<Item<'a>>, Refusal> {
        match self {
            Self::Text(items) => {
                let [name] = path else { return Ok(None) };
                Ok(items.iter().find(|(key, _)| key == name).map(|(_, item)| *item))
            }
            Self::Json(object) => {
                let Some((last, parents)) = path.split_last() else { return Ok(None) };
                let mut object: &'a Map<String, Value> = object;
                for (depth, name) in parents.iter().enumerate() {
                    match object.get(*name) {
                        None => return Ok(None),
                        Some(Value::Object(inner)) => object = inner,
                        Some(_) => {
                            let full_path = path[..=depth].join(".");
                            return Err(refused_for(FORMAT, format!("`{full_path}` must be an object")));
                        }
                    }
                }
                Ok(object.get(*last).map(Item::Json))
            }
        }
    }
}
