//! Reading of records from JSON, in one pass and without a type parameter for the record: leniency, unknown
//! fields, the error envelope, and the path of the first value that does not fit.
//!
//! A value that does not fit never ends the pass: it is remembered, and what follows is still read, so that a
//! non-zero `errcode` at the end of a body wins over every mistake before it.

mod beside;
mod clear;
mod context;
mod field_set;
mod fields;
mod fill;
mod list;
mod map;
mod mode;
mod name;
mod nested;
mod object;
mod outcome;
mod scalar;
mod seed;
mod skip;
mod union;

use std::fmt;

use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use self::context::{Context, Level};
pub use self::mode::{Envelope, Mode};
pub use self::outcome::Outcome;
use self::scalar::Scalar;
use self::seed::ValueSeed;
use super::form::Form;
use super::{FieldType, Target, ValueMut};

/// Reads an answer into its target. The error is a syntax error; all else stands in the outcome.
pub fn read_target(
    target: &mut dyn Target,
    json: &str,
    envelope: Envelope,
    mode: Mode,
) -> (Outcome, Result<(), serde_json::Error>) {
    let mut context = Context::new(mode, envelope);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let level = if envelope == Envelope::None { Level::Outermost } else { Level::Envelope };
    let mut value = target.value();
    let mut seed = ValueSeed { target: &mut value, form: Form::PLAIN, level, context: &mut context };
    let result = seed.deserialize(&mut deserializer).and_then(|_| deserializer.end());
    if result.is_ok() {
        context.report(name_of(&value));
    }
    (context.finish(), result)
}

/// Reads a value from any serde format: the `Deserialize` of generated types, each of which only calls this.
pub fn deserialize<'de, T: FieldType, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::blank();
    deserialize_into(Mode::OfType, value.value_mut(), deserializer)?;
    Ok(value)
}

/// Reads a value in another mode than the usual one.
#[cfg(feature = "callback")]
pub(crate) fn deserialize_as<T: FieldType>(mode: Mode, json: &Value) -> Result<T, serde_json::Error> {
    let mut value = T::blank();
    deserialize_into(mode, value.value_mut(), json)?;
    Ok(value)
}

fn deserialize_into<'de, D: Deserializer<'de>>(
    mode: Mode,
    mut target: ValueMut<'_>,
    deserializer: D,
) -> Result<(), D::Error> {
    let mut context = Context::new(mode, Envelope::None);
    let name = name_of(&target);
    ValueSeed { target: &mut target, form: Form::PLAIN, level: Level::Outermost, context: &mut context }
        .deserialize(deserializer)?;
    context.report(name);
    match context.finish().issue {
        Some(issue) if issue.path.is_empty() => Err(D::Error::custom(issue.message)),
        Some(issue) => Err(D::Error::custom(format_args!("{} at `{}`", issue.message, issue.path))),
        None => Ok(()),
    }
}

/// The name of a generated type, for the log.
fn name_of(target: &ValueMut<'_>) -> &'static str {
    match target {
        ValueMut::Record(record) => record.table().name,
        ValueMut::Union(union) => union.table().name,
        _ => "",
    }
}

impl<'de> DeserializeSeed<'de> for &mut ValueSeed<'_, '_, '_> {
    /// Whether there is a value at all.
    type Value = bool;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match &mut *self.target {
            // At the top, the keys of the envelope are looked at as they come.
            ValueMut::Value(value) if self.level != Level::Envelope && !self.form.has(Form::JSON) => {
                **value = Value::deserialize(deserializer)?;
                Ok(!value.is_null())
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for &mut ValueSeed<'_, '_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(self.fill(Scalar::Bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<bool, E> {
        Ok(self.fill(Scalar::Int(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<bool, E> {
        Ok(self.fill(Scalar::Uint(value)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<bool, E> {
        Ok(self.fill(Scalar::Float(value)))
    }
    // Only from buffered numbers, with serde_json's `arbitrary_precision`; without it they come as floats too.
    #[allow(clippy::cast_precision_loss)]
    fn visit_u128<E>(self, value: u128) -> Result<bool, E> {
        Ok(self.fill(Scalar::Float(value as f64)))
    }
    #[allow(clippy::cast_precision_loss)]
    fn visit_i128<E>(self, value: i128) -> Result<bool, E> {
        Ok(self.fill(Scalar::Float(value as f64)))
    }
    fn visit_str<E>(self, value: &str) -> Result<bool, E> {
        Ok(self.fill(Scalar::Str(value)))
    }
    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(self.fill(Scalar::Null))
    }
    fn visit_none<E>(self) -> Result<bool, E> {
        Ok(self.fill(Scalar::Null))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<bool, A::Error> {
        list::read(self, list)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<bool, A::Error> {
        map::read(self, map)
    }
}
