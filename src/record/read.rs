//! Reading of records from JSON, in one pass and without a type parameter for the record: leniency, unknown
//! fields, the error envelope, and the path of the first value that does not fit.
//!
//! A value that does not fit never ends the pass: it is remembered, and what follows is still read, so that a
//! non-zero `errcode` at the end of a body wins over every mistake before it.

mod cell;
mod context;
mod object;
mod seen;
mod union;

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, Deserialize as _, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;

use self::cell::Scalar;
use self::context::{watch_envelope, Context, Segment};
use self::object::{read_empty, Fields};
use super::form::Form;
use super::{Mut, Object, Slot, Target};

/// How strict the reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the platform needs it.
    Lenient,
    /// Types exactly as the spec says and no unknown field: for tests.
    Strict,
    /// As lenient, and keys and tags in any case: for pushes, whose documentation is at odds with itself there.
    #[cfg_attr(not(feature = "callback"), allow(dead_code))]
    AnyCase,
    /// The same, but no variant of a union is known: for a push of a known kind whose fields don't fit.
    Untold,
}

/// Where the platform says whether the call worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// `errcode` and `errmsg`.
    Errcode,
    /// `base_resp.ret` and `base_resp.err_msg`.
    BaseResp,
    /// Nowhere: the value is not an answer.
    None,
}

/// What the pass over an answer found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The error code, if it is not zero.
    pub code: Option<i64>,
    pub message: String,
    /// The first value that does not fit, and where.
    pub issue: Option<Issue>,
}

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Like `data.openid[3]`; empty for the whole.
    pub path: String,
    pub message: String,
}

/// Reads an answer into its target. The error is a syntax error; all else stands in the outcome.
pub fn read_target(
    target: &mut dyn Target,
    json: &str,
    envelope: Envelope,
    mode: Mode,
) -> (Outcome, Result<(), serde_json::Error>) {
    let mut context = Context::new(mode, envelope);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let mut place = Place { slot: target.slot(), form: Form::PLAIN, top: true, context: &mut context };
    let result = place.deserialize(&mut deserializer).and_then(|_| deserializer.end());
    (context.finish(), result)
}

/// Reads a value from any serde format: the `Deserialize` of generated types, each of which only calls this.
pub fn deserialize<'de, T: Slot, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::blank();
    deserialize_into(Mode::Lenient, value.place(), deserializer)?;
    Ok(value)
}

/// Reads a value in another mode than the usual one.
#[cfg(feature = "callback")]
pub(crate) fn deserialize_as<'de, T: Slot, D: Deserializer<'de>>(
    mode: Mode,
    deserializer: D,
) -> Result<T, D::Error> {
    let mut value = T::blank();
    deserialize_into(mode, value.place(), deserializer)?;
    Ok(value)
}

fn deserialize_into<'de, D: Deserializer<'de>>(
    mode: Mode,
    slot: Mut<'_>,
    deserializer: D,
) -> Result<(), D::Error> {
    let mut context = Context::new(mode, Envelope::None);
    Place { slot, form: Form::PLAIN, top: true, context: &mut context }.deserialize(deserializer)?;
    match context.finish().issue {
        Some(issue) if issue.path.is_empty() => Err(D::Error::custom(issue.message)),
        Some(issue) => Err(D::Error::custom(format_args!("{} at `{}`", issue.message, issue.path))),
        None => Ok(()),
    }
}

/// A place about to be filled. It reads through a reference to it, because it is read through many layers: moved
/// from one to the next, it cost a seventh of the time of decoding.
struct Place<'a, 'c> {
    slot: Mut<'a>,
    form: Form,
    /// The outermost value, where the envelope is.
    top: bool,
    context: &'c mut Context,
}

impl<'de> DeserializeSeed<'de> for &mut Place<'_, '_> {
    /// Whether there is a value at all.
    type Value = bool;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match &mut self.slot {
            // At the top, the keys of the envelope are looked at as they come.
            Mut::Value(value) if !(self.top || self.form.has(Form::JSON)) => {
                **value = Value::deserialize(deserializer)?;
                Ok(!value.is_null())
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for &mut Place<'_, '_> {
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let Place { slot, form, top, context } = self.take();
        let lenient = !context.strict();
        if form.has(Form::JSON) && !lenient {
            context.issue(|| "expected a string that holds JSON, found a list".to_owned());
        }
        match slot {
            Mut::Opt(inner) => {
                let slot = inner.fill();
                if !(lenient && cell::is_object(&slot)) {
                    return Place { slot, form, top, context }.visit_seq(list);
                }
                let expected = cell::expected(&slot);
                let empty = skip(list)?;
                if empty {
                    inner.unset();
                } else {
                    context.issue(|| format!("expected {expected}, found a list"));
                }
                Ok(!empty)
            }
            Mut::Value(value) => {
                *value = Value::deserialize(de::value::SeqAccessDeserializer::new(list))?;
                Ok(true)
            }
            Mut::Seq(seq) => {
                seq.truncate(0);
                let mut index = 0;
                loop {
                    let size = seq.size();
                    let item = Item { seq: &mut *seq, form: form.inner(), index, context: &mut *context };
                    match list.next_element_seed(item)? {
                        None => return Ok(true),
                        // No value can be told from a null among the items.
                        Some(false) if lenient => seq.truncate(size),
                        Some(_) => {}
                    }
                    index += 1;
                }
            }
            slot => {
                // `[]` stands for an empty object on platforms written in PHP.
                let empty = skip(list)? && lenient;
                match slot {
                    Mut::Record(record) if empty => read_empty(record, context),
                    Mut::Map(_) | Mut::Union(_) if empty => {}
                    slot => context.issue(|| format!("expected {}, found a list", cell::expected(&slot))),
                }
                Ok(true)
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Place { slot, form, top, context } = self.take();
        match slot {
            Mut::Opt(inner) => return Place { slot: inner.fill(), form, top, context }.visit_map(map),
            _ if form.has(Form::JSON) && context.strict() => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                context.issue(|| "expected a string that holds JSON, found an object".to_owned());
            }
            Mut::Record(record) => {
                record.filled(|table, slots| Fields::all(table, slots, top, context).visit_map(map))?;
            }
            Mut::Union(union) => {
                let mut fields = Object::new();
                while let Some(key) = map.next_key::<String>()? {
                    if !(is_number(&key, &mut map, context)?
                        || top && watch_envelope(&key, &mut map, context)?)
                    {
                        fields.insert(key, map.next_value()?);
                    }
                }
                union::read_whole(union, fields, context);
            }
            Mut::Map(dict) => {
                dict.reset();
                while let Some(key) = map.next_key::<String>()? {
                    if is_number(&key, &mut map, context)? {
                        continue;
                    }
                    let present = context.within(
                        || Segment::Key(Cow::Owned(key.clone())),
                        |context| {
                            let slot = dict.entry(key.clone());
                            let anything = matches!(slot, Mut::Value(_));
                            let mut place = Place { slot, form: form.inner(), top: false, context };
                            map.next_value_seed(&mut place).map(|present| present || anything)
                        },
                    )?;
                    if !present {
                        dict.remove(&key);
                    }
                }
            }
            Mut::Seq(seq) => {
                if context.strict() && !form.has(Form::MANY) {
                    context.issue(|| "expected a list, found an object".to_owned());
                }
                seq.truncate(0);
                Place { slot: seq.grow(), form: form.inner(), top: false, context }.visit_map(map)?;
            }
            Mut::Value(value) if top => {
                let mut fields = Object::new();
                while let Some(key) = map.next_key::<String>()? {
                    if is_number(&key, &mut map, context)? {
                        continue;
                    }
                    let inner: Value = map.next_value()?;
                    if context.watches(&key) {
                        context.note(&key, &inner);
                    }
                    fields.insert(key, inner);
                }
                *value = Value::Object(fields);
            }
            Mut::Value(value) => {
                *value = Value::deserialize(de::value::MapAccessDeserializer::new(map))?;
            }
            slot => {
                // With `arbitrary_precision`, a number arrives as a map with one magic key.
                if let Some(key) = map.next_key::<Cow<'_, str>>()? {
                    if key == cell::NUMBER {
                        let text: String = map.next_value()?;
                        return Ok(Place { slot, form, top, context }.fill(Scalar::of_number(&text)));
                    }
                    map.next_value::<IgnoredAny>()?;
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                context.issue(|| format!("expected {}, found an object", cell::expected(&slot)));
            }
        }
        Ok(true)
    }
}

impl<'a> Place<'a, '_> {
    /// The place by itself, where it is a list or an object: those are few.
    fn take(&mut self) -> Place<'a, '_> {
        let slot = std::mem::replace(&mut self.slot, Mut::Nothing);
        Place { slot, form: self.form, top: self.top, context: self.context }
    }
}

/// One item of a list.
struct Item<'a, 'c> {
    seq: &'a mut dyn super::Seq,
    form: Form,
    index: usize,
    context: &'c mut Context,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { seq, form, index, context } = self;
        context.within(
            || Segment::Index(index),
            |context| {
                let slot = seq.grow();
                let anything = matches!(slot, Mut::Value(_));
                let mut place = Place { slot, form, top: false, context };
                place.deserialize(deserializer).map(|present| present || anything)
            },
        )
    }
}

/// Passes over a list and says whether it was empty.
fn skip<'de, A: SeqAccess<'de>>(mut list: A) -> Result<bool, A::Error> {
    let mut empty = true;
    while list.next_element::<IgnoredAny>()?.is_some() {
        empty = false;
    }
    Ok(empty)
}

/// Passes over the number that an object with this key is, if it is one: with serde_json's
/// `arbitrary_precision`, numbers come so.
fn is_number<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
    context: &mut Context,
) -> Result<bool, A::Error> {
    let number = key == cell::NUMBER;
    if number {
        let text: String = map.next_value()?;
        context.issue(|| format!("expected an object, found {}", Scalar::of_number(&text).found()));
    }
    Ok(number)
}
