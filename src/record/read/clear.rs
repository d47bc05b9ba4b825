//! Making a value blank again that has been read.

use serde_json::Value;

use super::super::{Mut, Slot, UnknownFields, UnknownVariant};
use crate::record::part::FilePart;

/// Makes a place blank again.
pub(super) fn clear(slot: Mut<'_>) {
    match slot {
        Mut::Nothing => {}
        Mut::Unknown(fields) => *fields = UnknownFields::__NONE,
        Mut::Bool(value) => *value = false,
        Mut::I32(value) => *value = 0,
        Mut::I64(value) => *value = 0,
        Mut::U32(value) => *value = 0,
        Mut::U64(value) => *value = 0,
        Mut::Float(value) => *value = 0.0,
        Mut::Str(value) => value.clear(),
        Mut::Value(value) => *value = Value::Null,
        Mut::Opt(value) => value.unset(),
        Mut::Seq(list) => list.truncate(0),
        Mut::Map(map) => map.reset(),
        Mut::Record(record) => {
            record.filled(|_, slots| slots.iter_mut().for_each(|slot| clear(slot.reborrow())));
        }
        Mut::Text(value) => value.set(""),
        Mut::Integer(value) => value.set(0),
        Mut::Union(union) => union.set_unknown(UnknownVariant::default()),
        Mut::File(file) => *file = <FilePart as Slot>::blank(),
    }
}
