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
    /// The objects in which names come again, and those around them: the outer ones first.
    pub(super) around: Vec<Around>,
    /// Comments, instructions, attributes, or text beside elements or beside a marked section.
    pub(super) odd: bool,
    /// Some element holds others.
    pub(super) nested: bool,
}

/// A name that comes again in its object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    /// The object, by its number in `around`; `None`: the root.
    pub(super) within: Option<usize>,
    pub(super) name: String,
    /// In the same spelling, as the items of a list do.
    pub(super) exact: bool,
}

/// An object in which, or below which, names come again. Kept once, however many they are: a path for each of them
/// would let a document of 250 KB take gigabytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) within: Option<usize>,
    pub(super) name: String,
}

impl Signs {
    /// Notes a name that comes again below these open objects, each with the place of its number.
    pub(super) fn repeated<'n>(
        &mut self,
        open: impl Iterator<Item = (&'n str, &'n mut Option<usize>)>,
        name: String,
        exact: bool,
    ) {
        let mut within = None;
        for (object, number) in open {
            within = Some(*number.get_or_insert_with(|| {
                self.around.push(Around { within, name: object.to_owned() });
                self.around.len() - 1
            }));
        }
        self.repeats.push(Repeat { within, name, exact });
    }
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
    pub(super) fn add(&mut self, name: &str, value: Value) -> Came {
        let came = self.came(name);
        match (came, self.map.get_mut(name)) {
            (Came::Again, Some(first)) => {
                let list = vec![first.take(), value];
                *first = Value::Array(list);
            }
            (Came::Often, Some(Value::Array(list))) => list.push(value),
            _ => {
                self.map.insert(name.to_owned(), value);
            }
        }
        came
    }

    /// Adds a field of an object in JSON, where the value may be a list itself: the first one stays.
    pub(super) fn keep_first(&mut self, name: &str, value: Value) -> Came {
        let came = self.came(name);
        if !matches!(came, Came::Again | Came::Often) {
            self.map.insert(name.to_owned(), value);
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

#[cfg(test)]
mod tests {
    use super::Signs;
    use crate::callback::{json, xml};

    /// How much is kept of what is suspicious.
    fn size(signs: &Signs) -> usize {
        let names = signs.repeats.iter().map(|repeat| &repeat.name);
        names.chain(signs.around.iter().map(|around| &around.name)).map(|name| name.len() + 64).sum()
    }

    #[test]
    fn names_that_come_again_below_long_names_are_kept_in_their_own_length() {
        let long = "a".repeat(60_000);
        let pairs: String = (0..4_000).map(|number| format!("<b{number}/><b{number}/>")).collect();
        let document = format!("<xml><{long}><{long}>{pairs}</{long}></{long}></xml>");
        let tree = xml::read(&document).expect("XML");
        assert_eq!((tree.signs.repeats.len(), tree.signs.around.len()), (4_000, 2));
        assert!(size(&tree.signs) < 3 * document.len(), "{}", size(&tree.signs));

        let deep =
            format!("{}{{{}\"b\":1}}{}", format!("{{\"{long}\":").repeat(2), "\"b\":1,".repeat(9_999), "}}");
        let tree = json::read(deep.as_bytes()).expect("JSON");
        assert_eq!((tree.signs.repeats.len(), tree.signs.around.len()), (9_999, 2));
        assert!(size(&tree.signs) < 12 * deep.len(), "{}", size(&tree.signs));
    }
}
