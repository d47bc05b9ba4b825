//! `Debug` of generated types, with secrets hidden.

use std::fmt;

use super::{unknown, Record, Ref, Union};

/// Prints a record like `#[derive(Debug)]` would, secrets as `***` and unknown fields by name only.
pub fn debug_record(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    record.seen(|table, refs| {
        let mut out = f.debug_struct(table.name);
        for (field, value) in table.fields().iter().zip(refs) {
            match value {
                Ref::Absent => out.field(field.name, &None::<()>),
                _ if field.secret() => out.field(field.name, &format_args!("***")),
                value => out.field(field.name, &Shown(*value)),
            };
        }
        if !unknown(refs).is_empty() {
            out.field("unknown_fields", unknown(refs));
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
                Ref::Absent => f.write_str(name),
                payload => f.debug_tuple(name).field(&Shown(payload)).finish(),
            }
        }
        None => match union.unknown() {
            Some(unknown) => fmt::Debug::fmt(unknown, f),
            None => f.write_str("Unknown"),
        },
    }
}

struct Shown<'a>(Ref<'a>);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ref::Absent => f.write_str("None"),
            Ref::Bool(value) => value.fmt(f),
            Ref::Int(value) => value.fmt(f),
            Ref::Uint(value) => value.fmt(f),
            Ref::Float(value) => value.fmt(f),
            Ref::Str(value) => value.fmt(f),
            Ref::Value(value) => value.fmt(f),
            Ref::Seq(list) => f.debug_list().entries((0..list.size()).map(|i| Shown(list.item(i)))).finish(),
            Ref::Map(map) => {
                let mut out = f.debug_map();
                map.each(&mut |key, value| {
                    out.entry(&key, &Shown(value));
                });
                out.finish()
            }
            Ref::Record(record) => debug_record(record, f),
            Ref::Union(union) => debug_union(union, f),
            Ref::File(file) => file.fmt(f),
            Ref::Unknown(fields) => fields.fmt(f),
        }
    }
}
