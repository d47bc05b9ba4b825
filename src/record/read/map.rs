//! Reading of an object from the wire, into a record or into whatever is due instead. The fields of records are read
//! in `object.rs`.

use std::borrow::Cow;

use serde::de::{self, Deserialize as _, DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::super::form::Form;
use super::super::{keep_unknown, Dict, Object, Seq, ValueMut};
use super::context::{Context, Level, Segment};
use super::fields::Fields;
use super::fill;
use super::scalar::{Scalar, NUMBER};
use super::seed::ValueSeed;
use super::{skip, union};

/// Reads an object, and says whether there was a value at all.
pub(super) fn read<'de, A: MapAccess<'de>>(
    seed: &mut ValueSeed<'_, '_, '_>,
    map: A,
) -> Result<bool, A::Error> {
    let ValueSeed { target, context, .. } = seed;
    let (form, level) = (seed.form, seed.level);
    match &mut **target {
        ValueMut::Opt(inner) => {
            let mut target = inner.insert();
            let present = read(&mut ValueSeed { target: &mut target, form, level, context }, map)?;
            if !present {
                inner.unset();
            }
            return Ok(present);
        }
        _ if form.has(Form::JSON) && context.strict() => {
            skip::map(map)?;
            context.issue("expected a string that holds JSON, found an object");
        }
        ValueMut::Record(record) => record.with_values_mut(|table, values| {
            let rest = Fields::of(table, values, level, context).visit_map(map)?;
            keep_unknown(values, rest);
            Ok(())
        })?,
        ValueMut::Union(union) => {
            let fields = all(level, context, map, false)?;
            union::read_whole(&mut **union, fields, level, context);
        }
        ValueMut::Map(dict) => entries(&mut **dict, form, context, map)?,
        ValueMut::Seq(seq) => one(&mut **seq, form, context, map)?,
        ValueMut::Value(value) if level == Level::Envelope => {
            **value = Value::Object(all(level, context, map, true)?)
        }
        ValueMut::Value(value) => **value = Value::deserialize(de::value::MapAccessDeserializer::new(map))?,
        _ => return scalar(seed, map),
    }
    Ok(true)
}

/// All fields of an object; those of the envelope only if they are `wanted`.
fn all<'de, A: MapAccess<'de>>(
    level: Level,
    context: &mut Context,
    mut map: A,
    wanted: bool,
) -> Result<Object, A::Error> {
    let mut fields = Object::new();
    while let Some(key) = map.next_key::<String>()? {
        if skip::number(&key, &mut map, context)? {
            continue;
        }
        let value = map.next_value()?;
        let watched = level == Level::Envelope && context.watches(&key);
        if !(watched && context.watch(&key, &value)) || wanted {
            fields.insert(key, value);
        }
    }
    Ok(fields)
}

/// Reads an object with free keys.
fn entries<'de, A: MapAccess<'de>>(
    dict: &mut dyn Dict,
    form: Form,
    context: &mut Context,
    mut map: A,
) -> Result<(), A::Error> {
    // What the spec does not know beside a value that can't hold it, under the value's key.
    let mut unknown = Object::new();
    dict.reset();
    while let Some(key) = map.next_key::<String>()? {
        if skip::number(&key, &mut map, context)? {
            continue;
        }
        let present = context.within(
            || Segment::Key(Cow::Owned(key.clone())),
            |context| {
                let mut target = dict.entry(key.clone());
                let anything = matches!(target, ValueMut::Value(_));
                let mut seed =
                    ValueSeed { target: &mut target, form: form.inner(), level: Level::Inner, context };
                map.next_value_seed(&mut seed).map(|present| present || anything)
            },
        )?;
        if !present {
            dict.remove(&key);
        }
        if let Some(fields) = context.take_leftover() {
            unknown.insert(key, fields);
        }
    }
    if !unknown.is_empty() {
        context.leave(Value::Object(unknown));
    }
    Ok(())
}

/// Reads an object where a list is due: its only item. An empty one stands for an empty list on platforms written
/// in PHP.
fn one<'de, A: MapAccess<'de>>(
    seq: &mut dyn Seq,
    form: Form,
    context: &mut Context,
    map: A,
) -> Result<(), A::Error> {
    seq.truncate(0);
    let strict = context.strict();
    if strict && !form.has(Form::MANY) {
        context.issue("expected a list, found an object");
    }
    let value = Value::deserialize(de::value::MapAccessDeserializer::new(map))?;
    if !strict && value.as_object().is_some_and(Object::is_empty) {
        return Ok(());
    }
    let mut target = seq.grow();
    let mut seed =
        ValueSeed { target: &mut target, form: form.inner(), level: Level::Inner, context: &mut *context };
    if let Value::Number(number) = &value {
        seed.fill(Scalar::of_number(&number.to_string()));
        return Ok(());
    }
    if let Err(error) = seed.deserialize(&value) {
        context.misfit(|| error.to_string());
    }
    if let Some(fields) = context.take_leftover() {
        context.leave(Value::Array(vec![fields]));
    }
    Ok(())
}

/// Reads an object where a plain value is due: an empty one is none.
fn scalar<'de, A: MapAccess<'de>>(seed: &mut ValueSeed<'_, '_, '_>, mut map: A) -> Result<bool, A::Error> {
    match map.next_key::<Cow<'_, str>>()? {
        // With `arbitrary_precision`, a number arrives as a map with one magic key.
        Some(key) if key == NUMBER => {
            let text: String = map.next_value()?;
            return Ok(seed.fill(Scalar::of_number(&text)));
        }
        Some(_) => {
            map.next_value::<IgnoredAny>()?;
            skip::map(map)?;
        }
        None if !seed.context.strict() => return Ok(false),
        None => {}
    }
    let ValueSeed { target, context, .. } = seed;
    context.misfit(|| format!("expected {}, found an object", fill::expected(target)));
    Ok(true)
}
