//! The platform's XML as a tree of values, for the record engine: elements are objects, repeated ones lists, and
//! text is text. What breaks the rules of XML is refused here, and what is only suspicious is noted.

pub(crate) mod write;

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::Reader;
use serde_json::{Map, Value};

use super::tree::{Came, Fields, Signs, Tree};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::clean::BOM;

/// Real pushes are five levels deep.
const DEEPEST: usize = 32;

/// An element that is still open.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    /// Part of the text was marked as such, so white space around it is layout.
    marked: bool,
    /// White space came behind the marked part.
    gap: bool,
    children: Fields,
    /// Its number among those in which names come again.
    number: Option<usize>,
}

/// The platform cuts names and titles in the middle of a character now and then.
pub(super) fn text(xml: &[u8]) -> Cow<'_, str> {
    let xml = xml.strip_prefix(BOM).unwrap_or(xml);
    std::str::from_utf8(xml).map_or_else(|_| String::from_utf8_lossy(xml), Cow::Borrowed)
}

/// The content of the document's one root element.
pub(super) fn read(text: &str) -> Result<Tree> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut parse = Parse { open: Vec::new(), root: None, signs: Signs::default() };
    loop {
        match reader.read_event().map_err(|error| refuse("is not XML").with_source(error))? {
            Event::Start(start) => parse.start(&start)?,
            Event::Empty(start) => {
                parse.start(&start)?;
                parse.end()?;
            }
            Event::End(_) => parse.end()?,
            Event::Text(text) => parse.text(&text.xml10_content())?,
            Event::CData(data) => parse.marked(&data.xml10_content())?,
            Event::GeneralRef(entity) => {
                let resolved = entity.resolve_char_ref().map_err(|_| refuse("holds an unknown entity"))?;
                match resolved {
                    Some(c) => parse.text(c.encode_utf8(&mut [0; 4]))?,
                    None => parse.text(predefined(&entity)?)?,
                }
            }
            Event::DocType(_) => return Err(refuse("holds a document type")),
            // In front of the root nobody's words can stand yet.
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {
                parse.signs.odd |= !parse.open.is_empty() || parse.root.is_some();
            }
            Event::Eof => break,
        }
    }
    let Parse { open, root, signs } = parse;
    match root.filter(|_| open.is_empty()) {
        Some(fields) => Ok(Tree { fields, signs }),
        None => Err(refuse("is not XML, or ends in the middle")),
    }
}

struct Parse {
    open: Vec<Open>,
    root: Option<Map<String, Value>>,
    signs: Signs,
}

impl Parse {
    fn start(&mut self, start: &BytesStart<'_>) -> Result<()> {
        if self.root.is_some() || self.open.len() >= DEEPEST {
            return Err(refuse("has more than one root, or is nested too deep"));
        }
        let name = start.name().as_ref().to_owned();
        self.signs.odd |= !self.open.is_empty() && !start.attributes_raw().trim().is_empty();
        self.open.push(Open { name, ..Open::default() });
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let Some(element) = self.open.pop() else { return Err(refuse("is not XML")) };
        let Open { name, text, marked, children, .. } = element;
        let says = marked || !is_blank(&text);
        self.signs.odd |= says && !children.is_empty();
        if self.open.is_empty() {
            self.root = Some(children.into_map());
            return Ok(());
        }
        let value = match children.is_empty() {
            true if says => Value::String(text),
            true => Value::String(String::new()),
            false => {
                self.signs.nested = true;
                Value::Object(children.into_map())
            }
        };
        self.add(name, value);
        Ok(())
    }

    /// Adds a child to the innermost open element, and notes if its name came before.
    fn add(&mut self, name: String, value: Value) {
        let Some(parent) = self.open.last_mut() else { return };
        let exact = match parent.children.add(&name, value) {
            // Of a list, the second item is told and the others are not.
            Came::New | Came::Often => return,
            Came::Again => true,
            Came::Respelled => false,
        };
        let around = self.open.iter_mut().skip(1).map(|open| (open.name.as_str(), &mut open.number));
        self.signs.repeated(around, name, exact);
    }

    /// Text that is not marked.
    fn text(&mut self, text: &str) -> Result<()> {
        let blank = is_blank(text);
        let Some(element) = self.open.last_mut() else {
            return if blank { Ok(()) } else { Err(refuse("holds text outside its root")) };
        };
        if element.marked {
            element.gap = true;
            self.signs.odd |= !blank;
        } else {
            element.text.push_str(text);
        }
        Ok(())
    }

    /// A marked section.
    fn marked(&mut self, text: &str) -> Result<()> {
        let Some(element) = self.open.last_mut() else { return Err(refuse("holds text outside its root")) };
        if element.marked {
            // Where `]]>` is written by somebody who knows how, one section ends and the next begins within it.
            let before = element.text.as_str();
            let split = before.ends_with("]]") && text.starts_with('>')
                || before.ends_with(']') && text.starts_with("]>");
            self.signs.odd |= element.gap || !split;
        } else {
            self.signs.odd |= !is_blank(&element.text);
            element.text.clear();
            element.marked = true;
        }
        element.text.push_str(text);
        Ok(())
    }
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

pub(super) fn refuse(why: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("the push {why}"))
}
