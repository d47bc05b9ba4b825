//! The fields that stand in one object, about to be read. How they are read is implemented in `object.rs`.

use serde::de::{self, Visitor as _};
use serde_json::Value;

use super::super::node::Node;
use super::super::{Record, Table, ValueMut};
use super::context::{Context, Level};

/// What is filled from one object: a record, or a nested object of it.
pub(super) struct Fields<'s, 'a, 'c> {
    pub(super) table: &'static Table,
    pub(super) node: &'static Node,
    /// The values of all fields of the table.
    pub(super) values: &'s mut [ValueMut<'a>],
    pub(super) level: Level,
    pub(super) context: &'c mut Context,
}

impl<'s, 'a, 'c> Fields<'s, 'a, 'c> {
    /// The object of the record itself.
    pub(super) fn of(
        table: &'static Table,
        values: &'s mut [ValueMut<'a>],
        level: Level,
        context: &'c mut Context,
    ) -> Self {
        context.enter(table);
        Self { table, node: &table.layout().root, values, level, context }
    }
}

/// Reads a record as if from an object without fields, to find what is missing.
pub(super) fn read_empty(record: &mut dyn Record, level: Level, context: &mut Context) {
    let none = std::iter::empty::<(&str, Value)>();
    let none = de::value::MapDeserializer::<_, serde_json::Error>::new(none);
    // There is nothing in it that could fail.
    let _ = record.with_values_mut(|table, values| Fields::of(table, values, level, context).visit_map(none));
}
