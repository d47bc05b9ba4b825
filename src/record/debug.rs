//! `Debug` of generated types, with secrets hidden.

use std::fmt;

use super::{unknown, Record, Union, ValueRef};

/// Prints a record like `#[derive(Debug)]` would, secrets as `***` and unknown fields by name only.
pub fn debug_record(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    record.with_values(|table, values| {
        let mut out = f.debug_struct(table.name);
        for (field, value) in table.fields().iter().zip(values) {
            match value {
                ValueRef::Absent => out.field(field.name, &None::<()>),
                _ if field.secret() => out.field(field.name, &format_args!("***")),
                value => out.field(field.name, &Shown(*value)),
            };
        }
        if !unknown(values).is_empty() {
            out.field("unknown_fields", unknown(values));
        }
        out.finish()
    })
}

/// Prints a union like `#[derive(Debug)]` would.
pub fn debug_union(union: &dyn Union, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match union.get() {
        Some((tag, payload)) => {
            let name = union.table().variants.iter().find(|variant| variant.tag == tag);
            let name = name.map_or(tag, |variant| variant.name);
            match payload {
                ValueRef::Absent => f.write_str(name),
                payload => f.debug_tuple(name).field(&Shown(payload)).finish(),
            }
        }
        None => match union.unknown() {
            Some(unknown) => fmt::Debug::fmt(unknown, f),
            None => f.write_str("Unknown"),
        },
    }
}

struct Shown<'a>(ValueRef<'a>);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ValueRef::Absent => f.write_str("None"),
            ValueRef::Bool(value) => value.fmt(f),
            ValueRef::Int(value) => value.fmt(f),
            ValueRef::Uint(value) => value.fmt(f),
            ValueRef::Float(value) => value.fmt(f),
            ValueRef::Str(value) => value.fmt(f),
            ValueRef::Value(value) => value.fmt(f),
            ValueRef::Seq(list) => {
                f.debug_list().entries((0..list.size()).map(|i| Shown(list.item(i)))).finish()
            }
            ValueRef::Map(map) => {
                let mut out = f.debug_map();
                map.each(&mut |key, value| {
                    out.entry(&key, &Shown(value));
                });
                out.finish()
            }
            ValueRef::Record(record) => debug_record(record, f),
            ValueRef::Union(union) => debug_union(union, f),
            ValueRef::File(file) => file.fmt(f),
            ValueRef::Unknown(fields) => fields.fmt(f),
        }
    }
}
