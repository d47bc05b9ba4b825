//! The entries of one JSON object while it is written: no key comes twice, and what the spec does not know comes last.
//! Which entries those are is decided in `json.rs`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap};
use serde_json::Value;

use super::super::Object;

/// An object that is being written.
pub(super) struct Entries<'m, 'u, M> {
    map: &'m mut M,
    /// What the spec does not know of the object, and of the objects in it under their keys.
    unknown: &'u Object,
    /// The keys among the unknown ones that have been written: what is known wins.
    written: BTreeSet<&'u str>,
}

impl<'m, 'u, M: SerializeMap> Entries<'m, 'u, M> {
    pub(super) fn new(map: &'m mut M, unknown: &'u Object) -> Self {
        Self { map, unknown, written: BTreeSet::new() }
    }

    #[inline]
    pub(super) fn put<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), M::Error> {
        if !self.unknown.is_empty() {
            self.written.extend(self.unknown.get_key_value(key).map(|(key, _)| key.as_str()));
        }
        self.map.serialize_entry(key, value)
    }

    /// This key has been written already.
    pub(super) fn take(&mut self, key: &'u str) {
        self.written.insert(key);
    }

    /// What the spec does not know within the value under a key.
    #[inline]
    pub(super) fn within(&self, key: &str) -> Option<&'u Value> {
        if self.unknown.is_empty() {
            return None;
        }
        self.unknown.get(key)
    }

    /// Writes what the spec does not know.
    pub(super) fn finish(self) -> Result<(), M::Error> {
        for (key, value) in self.unknown {
            if !self.written.contains(key.as_str()) {
                self.map.serialize_entry(key, value)?;
            }
        }
        Ok(())
    }
}

/// Adds the unknown fields of a part of the object; what is there already wins, objects become one.
pub(super) fn add<'a>(all: &mut Cow<'a, Object>, more: &'a Object) {
    if all.is_empty() {
        *all = Cow::Borrowed(more);
    } else if !more.is_empty() {
        merge(all.to_mut(), more);
    }
}

fn merge(all: &mut Object, more: &Object) {
    for (key, value) in more {
        match (all.get_mut(key), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => merge(inner, value),
            (Some(_), _) => {}
            (None, value) => {
                all.insert(key.clone(), value.clone());
            }
        }
    }
}
