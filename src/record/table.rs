//! What a generated struct says about its fields. It says it as text, which is taken apart when the first value of the
//! type is read or written: there are thousands of fields, and as values the compiler would check each of them.

use std::sync::OnceLock;

use super::field::Field;
use super::node::Node;

/// The fields of a generated struct, in the order in which they are written.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// The names of the fields in Rust, with spaces between them.
    pub(super) names: &'static str,
    /// For each field a line break, its outermost key, and what else is said about it, each behind a tab: `/` and an
    /// inner key, `|` and another key under which an answer may have it, `#` and the key of its list's length, or a
    /// flag's name.
    pub(super) lines: &'static str,
    /// Users build values of the type and send them; else they only read them.
    sent: bool,
    layout: OnceLock<Layout>,
}

/// The table, taken apart.
#[derive(Debug)]
pub(crate) struct Layout {
    pub fields: Box<[Field]>,
    pub root: Node,
    /// Something stands beside the fields.
    pub flattens: bool,
}

impl Table {
    pub const fn new(name: &'static str, names: &'static str, lines: &'static str, sent: bool) -> Self {
        Self { name, names, lines, sent, layout: OnceLock::new() }
    }

    #[inline]
    pub(crate) fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| self.parse())
    }

    #[inline]
    pub(crate) fn fields(&self) -> &[Field] {
        &self.layout().fields
    }

    #[inline]
    pub(crate) fn is_sent(&self) -> bool {
        self.sent
    }

    #[cold]
    fn parse(&self) -> Layout {
        let names = self.names.split_whitespace();
        let lines = self.lines.split('\n').skip(1);
        let fields: Box<[Field]> = names.zip(lines).map(|(name, line)| Field::parse(name, line)).collect();
        Layout { root: Node::of(&fields), flattens: fields.iter().any(Field::flatten), fields }
    }
}
