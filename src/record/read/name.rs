//! Which member of an object a key names. Keys mostly come in the order of the table, so each is looked for where the
//! last one was found; nothing is read here.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Visitor};

use super::super::node::{Member, Node, Part};
use super::super::Field;

/// What a key of an object means.
pub(super) enum Key {
    /// A member of the object.
    Member(usize),
    /// A field that should stand deeper, within a member.
    Deep { member: usize, field: usize },
    /// None of the members' own names.
    Other(String),
}

/// The names of what stands in one object.
pub(super) struct Names<'t> {
    pub(super) fields: &'t [Field],
    pub(super) node: &'t Node,
    /// Names that differ in their case only are the same.
    pub(super) any_case: bool,
}

pub(super) struct KeyIn<'n, 't> {
    pub(super) names: &'n Names<'t>,
    /// Where the next member is likely to be.
    pub(super) likely: usize,
}

/// Whether two names are the same but for their case and white space around them, which is in the official samples.
fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other.trim())
}

impl Names<'_> {
    fn matches(&self, member: &Member, key: &str) -> bool {
        (member.name == key || self.any_case && same_name(member.name, key))
            && !matches!(member.part, Part::Beside(_))
    }

    /// The slow way: mostly for the first key behind members that the platform left out.
    #[cold]
    fn search(&self, key: &str, likely: usize) -> Option<Key> {
        let (before, after) = self.node.members().split_at(likely.min(self.node.members().len()));
        let ahead = after.iter().position(|member| self.matches(member, key));
        let found = ahead.map(|index| before.len() + index);
        let found = found.or_else(|| before.iter().position(|member| self.matches(member, key)));
        found.map(Key::Member).or_else(|| self.any_case.then(|| self.deep(key))?)
    }

    /// In any case also means: wherever, since in JSON what XML nests may stand beside the others.
    fn deep(&self, key: &str) -> Option<Key> {
        let same = |index: usize| self.fields.get(index).is_some_and(|field| same_name(field.wire, key));
        self.node.members().iter().enumerate().find_map(|(member, held)| match &held.part {
            Part::Object(node) => {
                node.fields().find(|index| same(*index)).map(|field| Key::Deep { member, field })
            }
            Part::Field(_) | Part::Beside(_) => None,
        })
    }

    /// The member that has this as another of its names.
    pub(super) fn renamed(&self, key: &str) -> Option<usize> {
        self.node.members().iter().position(|member| match member.part {
            Part::Field(index) => self.fields.get(index).is_some_and(|field| field.also().contains(&key)),
            Part::Object(_) | Part::Beside(_) => false,
        })
    }
}

impl KeyIn<'_, '_> {
    #[inline]
    fn find(&self, key: &str) -> Option<Key> {
        match self.names.node.members().get(self.likely) {
            Some(member) if member.name == key && !matches!(member.part, Part::Beside(_)) => {
                Some(Key::Member(self.likely))
            }
            _ => self.names.search(key, self.likely),
        }
    }
}

impl<'de> DeserializeSeed<'de> for KeyIn<'_, '_> {
    type Value = Key;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for KeyIn<'_, '_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }
    #[inline]
    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(self.find(key).unwrap_or_else(|| Key::Other(key.to_owned())))
    }
}
