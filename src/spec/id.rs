//! The ids that travel from one call, response or push into another. Each is a type of its own in Rust, so that two of
//! them are not confused; on the wire they are text or numbers. Which there are stands in `ids.rs`.

use super::ids::for_each_id;
use super::model::{Id, Type};

/// The id that the spec calls so.
pub fn find(name: &str) -> Option<&'static Id> {
    IDS.iter().find(|id| id.name == name)
}

macro_rules! list {
    ($( $(#[doc = $doc:literal])+ $rust:ident = $name:literal: $on_the_wire:ident; )*) => {
        /// All ids.
        pub const IDS: &[Id] = &[
            $( Id { name: $name, rust: stringify!($rust), on_the_wire: Type::$on_the_wire }, )*
        ];
    };
}
for_each_id!(list);
