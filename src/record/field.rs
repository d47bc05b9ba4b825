//! One field of a generated struct: its keys, where it is written, and what else its line in the table says.
//! The table itself stands in `table.rs`.

use super::form::Form;

/// How one field is called on the wire and how it is written there.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The name in Rust.
    pub name: &'static str,
    /// The key on the wire, innermost.
    pub wire: &'static str,
    flags: u16,
    more: Option<Box<More>>,
}

/// What few fields have.
#[derive(Clone, Debug, Default)]
struct More {
    /// The objects around the key, outermost first.
    path: Vec<&'static str>,
    /// Other keys under which an answer may have the field.
    also: Vec<&'static str>,
    /// The key that holds the length of the list, written right before it; nothing is read from it.
    count: Option<&'static str>,
}

/// The flags of fields; those of their [`Form`] come first, with its bits.
mod flag {
    pub const QUERY: u16 = 1 << 4;
    pub const PART: u16 = 1 << 5;
    pub const RAW: u16 = 1 << 6;
    /// Written even if empty; missing in an answer, it is an error (unless lax).
    pub const REQUIRED: u16 = 1 << 7;
    /// An answer may leave it out although a request must give it.
    pub const LAX: u16 = 1 << 8;
    pub const SECRET: u16 = 1 << 9;
    /// The fields of the value stand beside the other fields, not under a key.
    pub const FLATTEN: u16 = 1 << 10;
}

/// Where in a request a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    Body,
    Query,
    Part,
    Raw,
}

impl Field {
    pub(super) fn parse(name: &'static str, line: &'static str) -> Self {
        let mut columns = line.split('\t');
        let mut field = Self { name, wire: columns.next().unwrap_or_default(), flags: 0, more: None };
        for column in columns {
            if let Some(inner) = column.strip_prefix('/') {
                let outer = std::mem::replace(&mut field.wire, inner);
                field.more().path.push(outer);
            } else if let Some(other) = column.strip_prefix('|') {
                field.more().also.push(other);
            } else if let Some(key) = column.strip_prefix('#') {
                field.more().count = Some(key);
            } else {
                // The macros let no other word pass.
                field.flags |= match column {
                    "bool01" => Form::BOOL01.flags(),
                    "text" => Form::TEXT.flags(),
                    "json" => Form::JSON.flags(),
                    "many" => Form::MANY.flags(),
                    "query" => flag::QUERY,
                    "part" => flag::PART,
                    "raw" => flag::RAW,
                    "required" => flag::REQUIRED,
                    "lax" => flag::LAX,
                    "secret" => flag::SECRET,
                    "flatten" => flag::FLATTEN,
                    _ => 0,
                };
            }
        }
        field
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    #[inline]
    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
    #[inline]
    pub(crate) fn path(&self) -> &[&'static str] {
        self.more.as_ref().map_or(&[], |more| &more.path)
    }
    #[inline]
    pub(crate) fn also(&self) -> &[&'static str] {
        self.more.as_ref().map_or(&[], |more| &more.also)
    }
    #[inline]
    pub(crate) fn count(&self) -> Option<&'static str> {
        self.more.as_ref()?.count
    }
    #[inline]
    pub(crate) fn form(&self) -> Form {
        Form::of(self.flags)
    }
    pub(crate) fn location(&self) -> Location {
        match self.flags & (flag::QUERY | flag::PART | flag::RAW) {
            0 => Location::Body,
            flag::QUERY => Location::Query,
            flag::PART => Location::Part,
            _ => Location::Raw,
        }
    }
    #[inline]
    pub(crate) fn required(&self) -> bool {
        self.has(flag::REQUIRED)
    }
    #[inline]
    pub(crate) fn lax(&self) -> bool {
        self.has(flag::LAX)
    }
    pub(crate) fn secret(&self) -> bool {
        self.has(flag::SECRET)
    }
    #[inline]
    pub(crate) fn flatten(&self) -> bool {
        self.has(flag::FLATTEN)
    }
}
