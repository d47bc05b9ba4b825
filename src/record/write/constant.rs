//! What an endpoint always sends in its JSON body. Which entries those are is said by its `Meta`.

use serde::ser::{Serialize, Serializer};

/// An entry that an endpoint always sends in its JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Constant<'a> {
    /// The field (by its wire name) that it is written after; empty: before all.
    pub after: &'a str,
    pub name: &'a str,
    pub value: ConstantValue<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum ConstantValue<'a> {
    Text(&'a str),
    Integer(i64),
    Bool(bool),
}

impl Serialize for ConstantValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}
