//! A push as a tree of values, and what in it no sound push has: names that come again, and markup that the platform
//! does not write. Filled by `xml.rs` and `json.rs`, judged by `document.rs`.

use std::collections::HashSet;

use serde_json::{Map, Value};

/// From here on names are looked up in a set, so that many of them cost no more than their number.
const MANY: usize = 24;

/// What was read, and what is suspicious about it.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) fields: Map<String, Value>,
    pub(super) signs: Signs,
}

/// What may be the trace of words that broke out of their text.
#[derive(Debug, Default)]
pub(super) struct Signs {
    pub(super) repeats: Vec<Repeat>,
    /// Comments, instructions, attributes, or text beside elements or beside a marked section.
    pub(super) odd: bool,
    /// Some element holds others.
    pub(super) nested: bool,
}

impl Signs {
    /// More repeats than any push has are not looked at one by one: somebody's words are at work.
    const MOST: usize = 256;

    /// Notes a name that comes again; `path` leads from the root's child down to it.
    pub(super) fn repeat(&mut self, path: impl FnOnce() -> Vec<String>, exact: bool) {
        if self.repeats.len() < Self::MOST {
            self.repeats.push(Repeat { path: path(), exact });
        } else {
            self.odd = true;
        }
    }
}

/// A name that comes again in its object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    /// From the root's child down to the name.
    pub(super) path: Vec<String>,
    /// In the same spelling, as the items of a list do.
    pub(super) exact: bool,
}

/// The fields of an object that is still open.
#[derive(Debug, Default)]
pub(super) struct Fields {
    map: Map<String, Value>,
    /// All names in lower case, once there are many.
    folded: Option<HashSet<String>>,
}

/// How a name relates to those that came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    New,
    /// Once before, in the same spelling.
    Again,
    /// More than once before.
    Often,
    /// Before, in other letters.
    Respelled,
}

impl Fields {
    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.map
    }

    /// Adds a field. One that comes again makes a list.
    pub(super) fn add(&mut self, name: String, value: Value) -> Came {
        let came = self.came(&name);
        match (came, self.map.get_mut(&name)) {
            (Came::Again, Some(first)) => {
                let list = vec![first.take(), value];
                *first = Value::Array(list);
            }
            (Came::Often, Some(Value::Array(list))) => list.push(value),
            _ => {
                self.map.insert(name, value);
            }
        }
        came
    }

    /// Adds a field of an object in JSON, where the value may be a list itself: the first one stays.
    pub(super) fn keep_first(&mut self, name: String, value: Value) -> Came {
        let came = self.came(&name);
        if !matches!(came, Came::Again | Came::Often) {
            self.map.insert(name, value);
        }
        came
    }

    fn came(&mut self, name: &str) -> Came {
        let exact = match self.map.get(name) {
            Some(Value::Array(_)) => Some(Came::Often),
            Some(_) => Some(Came::Again),
            None => None,
        };
        if let Some(came) = exact {
            return came;
        }
        if self.map.len() < MANY {
            let found = self.map.keys().any(|other| same_name(other, name));
            return if found { Came::Respelled } else { Came::New };
        }
        let fold = |name: &str| name.trim().to_ascii_lowercase();
        let folded = self.folded.get_or_insert_with(|| self.map.keys().map(|name| fold(name)).collect());
        if folded.insert(fold(name)) {
            Came::New
        } else {
            Came::Respelled
        }
    }
}

/// Whether two names are the same to the record engine, which reads pushes: but for their case and white space
/// around them.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}
