//! For messages of the generator: where a key or a part of a text stands, and what things are called.
//! The library has no spans.

use super::model::{At, Endpoint, Field, FieldErrors, Pushed, SourceFile, Span};

impl SourceFile {
    /// The place of a byte within a text that stands in this file. A text with escapes can't be followed
    /// byte by byte: then it is the place where the text begins.
    pub fn within(&self, text: &At<String>, offset: usize) -> Span {
        let raw = self.text.get(text.span.start..text.span.end).unwrap_or_default();
        let quotes = ["'''\n", "'''", "\"\"\"\n", "\"\"\"", "'", "\""];
        let quote = quotes.iter().find(|quote| raw.starts_with(**quote)).map_or(0, |quote| quote.len());
        let verbatim = raw.get(quote..).is_some_and(|inner| inner.starts_with(&text.value));
        if quote == 0 || !verbatim {
            return text.span;
        }
        let start = text.span.start + quote + offset;
        Span { start, end: text.span.end.max(start), ..text.span }
    }
}

impl Endpoint {
    /// Where a key is given; else where the name stands.
    pub fn span_of(&self, key: &str) -> Span {
        self.keys.iter().find(|given| given.value == key).map_or(self.name.span, |given| given.span)
    }
}

impl Field {
    /// Where a key is given; else where the line begins.
    pub fn span_of(&self, key: &str) -> Span {
        self.keys.iter().find(|given| given.value == key).map_or(self.wire.span, |given| given.span)
    }
}

impl FieldErrors {
    /// The codes that are given, by the words of the spec.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, &At<i64>)> {
        let all = [
            ("missing", &self.missing),
            ("empty", &self.empty),
            ("small", &self.small),
            ("large", &self.large),
            ("type", &self.kind),
            ("value", &self.value),
            ("other", &self.other),
        ];
        all.into_iter().filter_map(|(word, code)| code.as_ref().map(|code| (word, code)))
    }
}

impl Pushed {
    /// For messages of the generator.
    pub fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Message => "message",
            Self::Reply => "reply",
        }
    }
}
