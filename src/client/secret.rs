//! Which texts of a request are secret. What is done with them stands in `wire/mask.rs`.

use serde_json::Value;

use crate::record::{Record, ValueRef};
use crate::wire::encode::RawCall;

/// Shorter texts of a call without a description are words like `text`, which errors may well name.
const SHORTEST: usize = 16;

/// What the spec, or a user's own `endpoint!`, marks as secret, however deep it stands.
pub(super) fn in_record<'a>(record: &'a dyn Record, secrets: &mut Vec<&'a str>) {
    record.with_values(|table, values| {
        let marks = table.fields().iter().map(|field| field.secret());
        for (secret, value) in marks.zip(values) {
            in_value(value, secret, secrets);
        }
    });
}

fn in_value<'a>(value: &ValueRef<'a>, secret: bool, secrets: &mut Vec<&'a str>) {
    match value {
        ValueRef::Str(text) if secret => secrets.push(text),
        ValueRef::Value(value) if secret => in_json(value, 1, secrets),
        ValueRef::Record(record) => in_record(*record, secrets),
        ValueRef::Union(union) => {
            if let Some((_, payload)) = union.get() {
                in_value(&payload, secret, secrets);
            }
        }
        ValueRef::Seq(list) => {
            (0..list.size()).for_each(|index| in_value(&list.item(index), secret, secrets));
        }
        ValueRef::Map(map) => map.each(&mut |_, value| in_value(&value, secret, secrets)),
        _ => {}
    }
}

/// All that a call without a description could hold.
pub(super) fn in_raw<'a>(call: &'a RawCall, secrets: &mut Vec<&'a str>) {
    secrets
        .extend(call.query.iter().map(|(_, value)| value.as_str()).filter(|value| value.len() >= SHORTEST));
    if let Some(body) = &call.body {
        in_json(body, SHORTEST, secrets);
    }
}

fn in_json<'a>(value: &'a Value, shortest: usize, secrets: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if text.len() >= shortest => secrets.push(text),
        Value::Array(items) => items.iter().for_each(|item| in_json(item, shortest, secrets)),
        Value::Object(fields) => fields.values().for_each(|value| in_json(value, shortest, secrets)),
        _ => {}
    }
}
