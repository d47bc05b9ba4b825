//! The platform's XML as a tree of values, for the record engine: elements are objects, repeated ones lists, and
//! text is text. No attribute, document type or entity of the sender's own has a meaning here.

pub(crate) mod write;

use std::borrow::Cow;

use quick_xml::events::Event;
use quick_xml::Reader;
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::wire::clean::BOM;

/// Real pushes are five levels deep.
const DEEPEST: usize = 32;

/// An element that is still open.
struct Open {
    name: String,
    text: String,
    /// Part of the text was marked as such, so white space around it is layout.
    marked: bool,
    children: Map<String, Value>,
}

/// The content of the document's one root element.
pub(super) fn read(xml: &[u8]) -> Result<Value> {
    let xml = xml.strip_prefix(BOM).unwrap_or(xml);
    // The platform cuts names and titles in the middle of a character now and then.
    let text = std::str::from_utf8(xml).map_or_else(|_| String::from_utf8_lossy(xml), Cow::Borrowed);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|error| refuse("is not XML").with_source(error))? {
            Event::Start(start) => {
                if root.is_some() || open.len() >= DEEPEST {
                    return Err(refuse("has more than one root, or is nested too deep"));
                }
                let name = start.name().as_ref().to_owned();
                open.push(Open { name, text: String::new(), marked: false, children: Map::new() });
            }
            Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                match open.last_mut() {
                    Some(parent) => add(&mut parent.children, name, Value::String(String::new())),
                    None if root.is_some() => return Err(refuse("has more than one root")),
                    None => root = Some(Value::Object(Map::new())),
                }
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { return Err(refuse("is not XML")) };
                let value = match element.children.is_empty() {
                    true if element.marked || !is_blank(&element.text) => Value::String(element.text),
                    true => Value::String(String::new()),
                    false => Value::Object(element.children),
                };
                match open.last_mut() {
                    Some(parent) => add(&mut parent.children, element.name, value),
                    None => root = Some(value),
                }
            }
            Event::Text(text) => push_text(&mut open, &text.xml10_content(), false)?,
            Event::CData(data) => push_text(&mut open, &data.xml10_content(), true)?,
            Event::GeneralRef(entity) => {
                let resolved = entity.resolve_char_ref().map_err(|_| refuse("holds an unknown entity"))?;
                match resolved {
                    Some(c) => push_text(&mut open, c.encode_utf8(&mut [0; 4]), false)?,
                    None => push_text(&mut open, predefined(&entity)?, false)?,
                }
            }
            Event::DocType(_) => return Err(refuse("holds a document type")),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match root.filter(|_| open.is_empty()) {
        Some(Value::String(_)) => Ok(Value::Object(Map::new())),
        Some(root) => Ok(root),
        None => Err(refuse("is not XML, or ends in the middle")),
    }
}

fn push_text(open: &mut [Open], text: &str, marked: bool) -> Result<()> {
    let Some(element) = open.last_mut() else {
        return if is_blank(text) { Ok(()) } else { Err(refuse("holds text outside its root")) };
    };
    if marked && !element.marked && is_blank(&element.text) {
        element.text.clear();
    }
    if marked || !element.marked || !is_blank(text) {
        element.text.push_str(text);
    }
    element.marked |= marked;
    Ok(())
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The five entities that XML itself has.
fn predefined(name: &str) -> Result<&'static str> {
    match name {
        "amp" => Ok("&"),
        "lt" => Ok("<"),
        "gt" => Ok(">"),
        "quot" => Ok("\""),
        "apos" => Ok("'"),
        _ => Err(refuse("holds an unknown entity")),
    }
}

/// A name that comes again makes a list.
fn add(children: &mut Map<String, Value>, name: String, value: Value) {
    match children.get_mut(&name) {
        None => {
            children.insert(name, value);
        }
        Some(Value::Array(list)) => list.push(value),
        Some(first) => {
            let list = vec![first.take(), value];
            *first = Value::Array(list);
        }
    }
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("the push {why}"))
}
