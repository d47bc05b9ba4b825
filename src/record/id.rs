//! Ids as types of their own. Which there are stands in `spec/ids.rs`, which fields have them in the spec.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FieldType, OwnAccess, ValueMut, ValueRef};
use crate::spec::ids::for_each_id;

macro_rules! ids {
    ($( $(#[doc = $doc:literal])+ $id:ident = $name:literal: $on_the_wire:ident; )*) => {
        $( id!($on_the_wire $(#[doc = $doc])+ $id); )*
    };
}

macro_rules! id {
    (String $(#[$doc:meta])+ $id:ident) => {
        $(#[$doc])+
        ///
        /// Text becomes one by `into`, and so does a reference to one.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $id(String);
        text_id!($id);
        text_value!($id);
    };
    (U32 $(#[$doc:meta])+ $id:ident) => { id!(number $(#[$doc])+ $id u32 Uint(u64) U32); };
    (U64 $(#[$doc:meta])+ $id:ident) => { id!(number $(#[$doc])+ $id u64 Uint(u64) U64); };
    (I64 $(#[$doc:meta])+ $id:ident) => { id!(number $(#[$doc])+ $id i64 Int(i64) I64); };
    (number $(#[$doc:meta])+ $id:ident $number:ident $shown:ident($wide:ident) $place:ident) => {
        $(#[$doc])+
        ///
        /// A number becomes one by `into`, and so does a reference to one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $id(pub $number);
        number_id!($id $number $shown($wide) $place);
    };
}

/// What an id that is text has beside what all texts have.
macro_rules! text_id {
    ($id:ident) => {
        impl $id {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as text of its own.
            pub fn into_string(self) -> String {
                self.0
            }

            /// Whether it is the empty text, which names nothing.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl From<&Self> for $id {
            fn from(id: &Self) -> Self {
                id.clone()
            }
        }

        impl From<&String> for $id {
            fn from(text: &String) -> Self {
                Self(text.clone())
            }
        }

        impl FromStr for $id {
            type Err = Infallible;
            fn from_str(text: &str) -> Result<Self, Infallible> {
                Ok(text.into())
            }
        }

        impl AsRef<str> for $id {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $id {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $id {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $id {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<String> for $id {
            fn eq(&self, other: &String) -> bool {
                self.0 == *other
            }
        }
    };
}

macro_rules! number_id {
    ($id:ident $number:ident $shown:ident($wide:ident) $place:ident) => {
        impl From<$number> for $id {
            fn from(number: $number) -> Self {
                Self(number)
            }
        }

        impl From<&Self> for $id {
            fn from(id: &Self) -> Self {
                *id
            }
        }

        impl FromStr for $id {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl PartialEq<$number> for $id {
            fn eq(&self, other: &$number) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FieldType for $id {
            type Access = OwnAccess;
            fn value_ref(&self) -> ValueRef<'_> {
                ValueRef::$shown($wide::from(self.0))
            }
            fn value_mut(&mut self) -> ValueMut<'_> {
                ValueMut::$place(&mut self.0)
            }
            fn blank() -> Self {
                Self(0)
            }
        }

        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $number::deserialize(deserializer).map(Self)
            }
        }
    };
}

for_each_id!(ids);
