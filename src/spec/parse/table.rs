//! A TOML table that is being read: keys are taken one after the other, what is left is unknown.
//! What the keys mean stands in the modules that take them.

use toml::de::{DeTable, DeValue};
use toml::Spanned;

use crate::spec::diagnostic::Diagnostics;
use crate::spec::model::{At, Span};
use crate::spec::naming;

/// The file that is being read, and where mistakes go.
pub struct Context<'a> {
    pub file: usize,
    pub out: &'a mut Diagnostics,
    /// How many mistakes there were in what no example depends on.
    pub apart: usize,
}

impl Context<'_> {
    /// Reads something that no example depends on, so that a mistake in it is no reason not to check them.
    pub fn apart<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.out.len();
        let result = read(self);
        self.apart += self.out.len() - before;
        result
    }

    /// How many mistakes there were in what examples depend on.
    pub fn grave(&self) -> usize {
        self.out.len() - self.apart
    }

    /// The place of something in this file.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span { file: self.file, start: range.start, end: range.end }
    }
}

/// A key and its value.
#[derive(Clone, Copy)]
pub struct Entry<'t> {
    pub key: &'t str,
    /// Where the key stands.
    pub key_span: Span,
    pub value: &'t DeValue<'t>,
    /// Where the value stands.
    pub span: Span,
}

/// A table of which keys are taken.
pub struct Table<'t> {
    /// What the table describes, for messages: ``endpoint `create_qrcode` ``.
    pub what: String,
    /// Where it begins.
    pub span: Span,
    /// In the order of the file.
    entries: Vec<Entry<'t>>,
    /// Keys that were asked for.
    known: Vec<&'static str>,
    /// Where the keys stand that were taken.
    taken: Vec<At<String>>,
}

impl<'t> Table<'t> {
    pub fn new(cx: &Context, what: impl Into<String>, span: Span, table: &'t DeTable<'t>) -> Self {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| Entry {
                key: key.get_ref(),
                key_span: cx.span(key.span()),
                value: value.get_ref(),
                span: cx.span(value.span()),
            })
            .collect();
        // The parser sorts by key; the order of the file has a meaning.
        entries.sort_by_key(|entry| entry.key_span);
        Self { what: what.into(), span, entries, known: Vec::new(), taken: Vec::new() }
    }

    /// The entry with this key, which is then no longer unknown.
    pub fn take(&mut self, key: &'static str) -> Option<Entry<'t>> {
        self.known.push(key);
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.entries.remove(index);
        self.taken.push(At { value: key.to_owned(), span: entry.key_span });
        Some(entry)
    }

    /// Where the keys stand that were taken so far.
    pub fn taken(&self) -> Vec<At<String>> {
        self.taken.clone()
    }

    /// Where a key that was taken stands, or else where the table begins.
    pub fn span_of(&self, key: &str) -> Span {
        self.taken.iter().find(|taken| taken.value == key).map_or(self.span, |taken| taken.span)
    }

    /// All entries, whatever their keys.
    pub fn into_entries(self) -> Vec<Entry<'t>> {
        self.entries
    }

    /// Says that a key is missing.
    pub fn missing(&self, cx: &mut Context, key: &str) {
        cx.out.error(self.span, format!("{} lacks `{key}`", self.what));
    }

    /// Reports the keys that nobody took.
    pub fn finish(self, cx: &mut Context) {
        for entry in &self.entries {
            let meant = match naming::nearest(entry.key, self.known.iter().copied()) {
                Some(meant) => format!("; did you mean `{meant}`?"),
                None => format!(" (known: {})", self.known.join(", ")),
            };
            cx.out.error(entry.key_span, format!("unknown key `{}` in {}{meant}", entry.key, self.what));
        }
    }

    /// A text that is not empty.
    pub fn string(&mut self, cx: &mut Context, key: &'static str) -> Option<At<String>> {
        let entry = self.take(key)?;
        let text = entry.string(cx)?;
        if text.value.trim().is_empty() {
            cx.out.error(entry.span, format!("`{key}` is empty"));
            return None;
        }
        Some(text)
    }

    /// A text that may be empty.
    pub fn text(&mut self, cx: &mut Context, key: &'static str) -> Option<At<String>> {
        self.take(key)?.string(cx)
    }

    /// A text that must be there; if it is not, that is reported and the answer is empty.
    pub fn required_string(&mut self, cx: &mut Context, key: &'static str) -> At<String> {
        if !self.entries.iter().any(|entry| entry.key == key) {
            self.missing(cx, key);
        }
        self.string(cx, key).unwrap_or(At { value: String::new(), span: self.span })
    }

    pub fn boolean(&mut self, cx: &mut Context, key: &'static str) -> Option<bool> {
        let entry = self.take(key)?;
        match entry.value {
            DeValue::Boolean(value) => Some(*value),
            _ => entry.mistyped(cx, "`true` or `false`"),
        }
    }

    pub fn integer(&mut self, cx: &mut Context, key: &'static str) -> Option<i64> {
        self.take(key)?.integer(cx)
    }

    /// An integer that is a length.
    pub fn length(&mut self, cx: &mut Context, key: &'static str) -> Option<u64> {
        let entry = self.take(key)?;
        let value = entry.integer(cx)?;
        u64::try_from(value).map_err(|_| cx.out.error(entry.span, format!("`{key}` can't be negative"))).ok()
    }

    /// One of a few words.
    pub fn choice<T: Clone>(
        &mut self,
        cx: &mut Context,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Option<At<T>> {
        let entry = self.take(key)?;
        let text = entry.string(cx)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(At { value: value.clone(), span: text.span });
        }
        let all: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        cx.out.error(entry.span, format!("`{key}` is `{}`, not one of {}", text.value, all.join(", ")));
        None
    }

    /// A list of texts.
    pub fn strings(&mut self, cx: &mut Context, key: &'static str) -> Vec<At<String>> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        let Some(items) = entry.array(cx) else { return Vec::new() };
        items.into_iter().filter_map(|item| item.string(cx)).collect()
    }

    /// A table within the table.
    pub fn table(
        &mut self,
        cx: &mut Context,
        key: &'static str,
        what: impl Into<String>,
    ) -> Option<Table<'t>> {
        let entry = self.take(key)?;
        entry.table(cx, what)
    }

    /// The tables of an array of tables.
    pub fn tables(&mut self, cx: &mut Context, key: &'static str) -> Vec<Table<'t>> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        let Some(items) = entry.array(cx) else { return Vec::new() };
        items.into_iter().filter_map(|item| item.table(cx, key)).collect()
    }
}

impl<'t> Entry<'t> {
    /// Says that the value is of the wrong kind.
    pub fn mistyped<T>(&self, cx: &mut Context, expected: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        cx.out.error(self.span, format!("`{}` must be {expected}, not {found}", self.key));
        None
    }

    pub fn string(&self, cx: &mut Context) -> Option<At<String>> {
        match self.value {
            DeValue::String(text) => Some(At { value: text.to_string(), span: self.span }),
            _ => self.mistyped(cx, "text"),
        }
    }

    pub fn integer(&self, cx: &mut Context) -> Option<i64> {
        let DeValue::Integer(integer) = self.value else { return self.mistyped(cx, "an integer") };
        let digits = integer.as_str().replace('_', "");
        i64::from_str_radix(&digits, integer.radix())
            .map_err(|_| cx.out.error(self.span, format!("`{}` is out of the range of 64 bits", self.key)))
            .ok()
    }

    pub fn table(&self, cx: &mut Context, what: impl Into<String>) -> Option<Table<'t>> {
        match self.value {
            DeValue::Table(table) => Some(Table::new(cx, what, self.span, table)),
            _ => self.mistyped(cx, "a table"),
        }
    }

    /// The items of a list, under the list's key.
    pub fn array(&self, cx: &mut Context) -> Option<Vec<Entry<'t>>> {
        let DeValue::Array(array) = self.value else { return self.mistyped(cx, "a list") };
        let item = |item: &'t Spanned<DeValue<'t>>| Entry {
            key: self.key,
            key_span: self.key_span,
            value: item.get_ref(),
            span: cx.span(item.span()),
        };
        Some(array.iter().map(item).collect())
    }
}
