//! A place in the text of a push, and the steps from it: tags, texts, layout. Which of them are due is not known here.

use std::borrow::Cow;

use quick_xml::escape::unescape;
use serde_json::Value;

use crate::callback::tree;

pub(super) const MARK: &str = "<![CDATA[";
pub(super) const MARK_END: &str = "]]>";

/// Deeper than any kind of push.
const DEEPEST: usize = 32;

/// White space of XML.
pub(super) const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// A place in the text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// How far it has looked, in vain too.
    pub(super) looked: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at, looked: at }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(BLANK).len();
    }

    /// Passes white space, comments and instructions: only where no words of a user have come yet.
    pub(super) fn skip_layout(&mut self) {
        loop {
            self.skip_blank();
            let rest = self.rest();
            let end = match () {
                () if rest.starts_with("<!--") => "-->",
                () if rest.starts_with("<?") => "?>",
                () => return,
            };
            let Some(at) = rest.find(end) else { return };
            self.at += at + end.len();
        }
    }

    /// The name in a start tag, and whether the element ends with it. There are no attributes in a push.
    pub(super) fn open(&mut self) -> Option<(&'t str, bool)> {
        let inner = self.rest().strip_prefix('<')?;
        let end = inner.find(['<', '>']).filter(|end| inner[*end..].starts_with('>'))?;
        let whole = inner[..end].trim_end_matches(BLANK);
        let (name, closed) = match whole.strip_suffix('/') {
            Some(name) => (name.trim_end_matches(BLANK), true),
            None => (whole, false),
        };
        is_name(name).then(|| {
            self.at += end + 2;
            (name, closed)
        })
    }

    /// Passes an end tag of this name.
    pub(super) fn close(&mut self, name: &str) -> bool {
        let Some(rest) = self.rest().strip_prefix("</").and_then(|rest| rest.strip_prefix(name)) else {
            return false;
        };
        let rest = rest.trim_start_matches(BLANK);
        let Some(rest) = rest.strip_prefix('>') else { return false };
        self.at = self.text.len() - rest.len();
        true
    }

    /// The text of an element that holds nothing else, behind its start tag; with the end tag.
    pub(super) fn scalar(&mut self, name: &str) -> Option<Cow<'t, str>> {
        let mut ahead = *self;
        ahead.skip_blank();
        let value = if let Some(marked) = ahead.rest().strip_prefix(MARK) {
            self.looked = self.text.len();
            let (value, _) = marked.split_once(MARK_END)?;
            self.looked = self.at + value.len();
            ahead.at += MARK.len() + value.len() + MARK_END.len();
            ahead.skip_blank();
            Cow::Borrowed(value)
        } else {
            let plain = self.rest();
            self.looked = self.text.len();
            let value = &plain[..plain.find('<')?];
            ahead.at = self.at + value.len();
            self.looked = ahead.at;
            match value.trim().is_empty() {
                true => Cow::Borrowed(""),
                false => unescape(value).ok()?,
            }
        };
        ahead.close(name).then(|| {
            *self = ahead;
            lines(value)
        })
    }

    /// The content of an element in the head, whatever it is.
    pub(super) fn value(&mut self, name: &str, depth: usize) -> Option<Value> {
        let begin = *self;
        if let Some(text) = self.scalar(name) {
            return Some(Value::from(text));
        }
        *self = begin;
        let mut inner = tree::Fields::default();
        loop {
            self.skip_blank();
            if self.close(name) {
                return Some(Value::Object(inner.into_map()));
            }
            let (child, closed) = self.open().filter(|_| depth < DEEPEST)?;
            let value = if closed { Value::from("") } else { self.value(child, depth + 1)? };
            inner.add(child, value);
        }
    }
}

/// The names that elements of pushes have.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

/// Text with one kind of line break, as every reader of XML gives it.
pub(super) fn lines(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    text
}
