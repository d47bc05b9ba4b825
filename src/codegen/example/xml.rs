//! A small reader of the XML that the platform pushes: elements, text, CDATA and the five entities.
//! Attributes, comments and declarations don't occur there and are mistakes here.

use std::ops::Range;

/// An element and its place in the text.
#[derive(Clone, Debug)]
pub struct Element {
    pub name: String,
    pub span: Range<usize>,
    pub children: Vec<Element>,
    /// The text between the tags, where there are no elements.
    pub text: String,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    /// Byte offset in the text.
    pub offset: usize,
    pub message: String,
}

/// Deeper nesting is a mistake, and must not exhaust the stack.
const MAX_DEPTH: usize = 32;

/// Reads a text that is one element.
pub fn read(text: &str) -> Result<Element, XmlError> {
    let mut reader = Reader { text, offset: 0 };
    reader.space();
    let root = reader.element(0)?;
    reader.space();
    if reader.offset < text.len() {
        return Err(reader.error("something stands after the end of the XML"));
    }
    Ok(root)
}

struct Reader<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.offset += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.offset += expected.len();
        }
        found
    }

    /// Everything up to a mark, which is skipped.
    fn until(&mut self, mark: &str) -> Result<&'t str, XmlError> {
        let rest = self.rest();
        let Some(length) = rest.find(mark) else { return Err(self.error(format!("`{mark}` is missing"))) };
        self.offset += length + mark.len();
        Ok(rest.get(..length).unwrap_or_default())
    }

    fn error(&self, message: impl Into<String>) -> XmlError {
        XmlError { offset: self.offset, message: message.into() }
    }

    fn element(&mut self, depth: usize) -> Result<Element, XmlError> {
        let start = self.offset;
        if depth > MAX_DEPTH {
            return Err(self.error("XML this deeply nested"));
        }
        if !self.eat("<") {
            return Err(self.error("an element is due, `<`"));
        }
        let name = self.until(">")?;
        let (name, closed) = name.strip_suffix('/').map_or((name, false), |name| (name, true));
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            return Err(XmlError { offset: start, message: format!("`<{name}>` is no plain element") });
        }
        let mut element = Element {
            name: name.to_owned(),
            span: start..self.offset,
            children: Vec::new(),
            text: String::new(),
        };
        if closed {
            return Ok(element);
        }
        loop {
            let at = self.offset;
            if self.eat("<![CDATA[") {
                element.text.push_str(self.until("]]>")?);
            } else if self.eat("</") {
                let end = self.until(">")?;
                if end != name {
                    return Err(XmlError {
                        offset: at,
                        message: format!("`</{name}>` is due, not `</{end}>`"),
                    });
                }
                break;
            } else if self.rest().starts_with('<') {
                element.children.push(self.element(depth + 1)?);
            } else if self.rest().is_empty() {
                return Err(self.error(format!("`</{name}>` is missing")));
            } else {
                self.characters(&mut element.text)?;
            }
        }
        element.span.end = self.offset;
        if !element.children.is_empty() {
            if !element.text.trim().is_empty() {
                return Err(XmlError {
                    offset: start,
                    message: format!("`<{name}>` holds text and elements"),
                });
            }
            element.text.clear();
        }
        Ok(element)
    }

    /// Text up to the next tag.
    fn characters(&mut self, text: &mut String) -> Result<(), XmlError> {
        let rest = self.rest();
        let mut raw = rest.get(..rest.find('<').unwrap_or(rest.len())).unwrap_or_default();
        while let Some((before, after)) = raw.split_once('&') {
            text.push_str(before);
            let entities = [("lt;", '<'), ("gt;", '>'), ("amp;", '&'), ("quot;", '"'), ("apos;", '\'')];
            let Some((name, character)) = entities.iter().find(|(name, _)| after.starts_with(name)) else {
                self.offset += before.len();
                return Err(self.error("an entity that the platform does not use"));
            };
            text.push(*character);
            self.offset += before.len() + 1 + name.len();
            raw = after.get(name.len()..).unwrap_or_default();
        }
        text.push_str(raw);
        self.offset += raw.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_text_and_cdata() {
        let root = read("<xml>\n<a><![CDATA[<x> & y]]></a><b>1 &lt; 2</b><c/></xml>\n").unwrap();
        let texts: Vec<_> =
            root.children.iter().map(|child| (child.name.as_str(), child.text.as_str())).collect();
        assert_eq!(texts, [("a", "<x> & y"), ("b", "1 < 2"), ("c", "")]);
        assert_eq!(root.children[0].span, 6..32);
    }

    #[test]
    fn mistakes_say_where() {
        for (text, offset, message) in [
            ("", 0, "an element is due, `<`"),
            ("<a>", 3, "`</a>` is missing"),
            ("<a></b>", 3, "`</a>` is due, not `</b>`"),
            ("<a x='1'></a>", 0, "`<a x='1'>` is no plain element"),
            ("<a>x<b></b></a>", 0, "`<a>` holds text and elements"),
            ("<a>1 &nbsp; 2</a>", 5, "an entity that the platform does not use"),
            ("<a></a><b></b>", 7, "something stands after the end of the XML"),
            ("<a><![CDATA[x</a>", 12, "`]]>` is missing"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
        }
        assert_eq!(read(&"<a>".repeat(100_000)).unwrap_err().message, "XML this deeply nested");
    }
}
