//! Making a value blank again that has been read.

use serde_json::Value;

use super::super::{FieldType, UnknownFields, UnknownVariant, ValueMut};
use crate::record::part::FilePart;

/// Makes a value blank again.
pub(super) fn clear(value: ValueMut<'_>) {
    match value {
        ValueMut::Nothing => {}
        ValueMut::Unknown(fields) => *fields = UnknownFields::__NONE,
        ValueMut::Bool(value) => *value = false,
        ValueMut::I32(value) => *value = 0,
        ValueMut::I64(value) => *value = 0,
        ValueMut::U32(value) => *value = 0,
        ValueMut::U64(value) => *value = 0,
        ValueMut::Float(value) => *value = 0.0,
        ValueMut::Str(value) => value.clear(),
        ValueMut::Value(value) => *value = Value::Null,
        ValueMut::Opt(value) => value.unset(),
        ValueMut::Seq(list) => list.truncate(0),
        ValueMut::Map(map) => map.reset(),
        ValueMut::Record(record) => {
            record.with_values_mut(|_, values| values.iter_mut().for_each(|value| clear(value.reborrow())));
        }
        ValueMut::Text(value) => value.set(""),
        ValueMut::Integer(value) => value.set(0),
        ValueMut::Union(union) => union.set_unknown(UnknownVariant::default()),
        ValueMut::File(file) => *file = <FilePart as FieldType>::blank(),
    }
}
