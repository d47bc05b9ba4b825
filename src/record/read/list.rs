//! Reading of a list from the wire, into a list or into whatever is due instead. Its items are read as any value is.

use std::fmt;

use serde::de::{self, Deserialize as _, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::super::form::Form;
use super::super::{Object, Seq, ValueMut};
use super::context::{Context, Level, Segment};
use super::fields::read_empty;
use super::fill;
use super::scalar::Scalar;
use super::seed::ValueSeed;
use super::{skip, union};

/// Reads a list, and says whether there was a value at all.
pub(super) fn read<'de, A: SeqAccess<'de>>(
    seed: &mut ValueSeed<'_, '_, '_>,
    list: A,
) -> Result<bool, A::Error> {
    let ValueSeed { target, context, .. } = seed;
    let (form, level) = (seed.form, seed.level);
    let strict = context.strict();
    if form.has(Form::JSON) && strict {
        context.issue("expected a string that holds JSON, found a list");
    }
    match &mut **target {
        ValueMut::Value(value) => {
            **value = Value::deserialize(de::value::SeqAccessDeserializer::new(list))?;
            Ok(true)
        }
        ValueMut::Seq(seq) => items(&mut **seq, form, context, list),
        ValueMut::Opt(inner) => match inner.insert() {
            mut target @ (ValueMut::Value(_) | ValueMut::Seq(_) | ValueMut::Opt(_)) => {
                read(&mut ValueSeed { target: &mut target, form, level, context }, list)
            }
            target if strict => refuse(&target, context, list),
            target => {
                let expected = fill::expected(&target);
                inner.unset();
                single(seed, expected, list)
            }
        },
        target if strict || level == Level::Envelope => refuse(target, context, list),
        target => {
            let expected = fill::expected(target);
            single(seed, expected, list)
        }
    }
}

fn items<'de, A: SeqAccess<'de>>(
    seq: &mut dyn Seq,
    form: Form,
    context: &mut Context,
    mut list: A,
) -> Result<bool, A::Error> {
    let lenient = !context.strict();
    // What the spec does not know beside an item that can't hold it, under the item's index.
    let mut unknown = Vec::new();
    seq.truncate(0);
    let mut index = 0;
    loop {
        let size = seq.size();
        let item = Item { seq: &mut *seq, form: form.inner(), index, context: &mut *context };
        match list.next_element_seed(item)? {
            None => break,
            // No value can be told from a null among the items.
            Some(false) if lenient => seq.truncate(size),
            Some(_) => {}
        }
        if let Some(fields) = context.take_leftover() {
            unknown.resize(size, Value::Null);
            unknown.push(fields);
        }
        index += 1;
    }
    if !unknown.is_empty() {
        context.leave(Value::Array(unknown));
    }
    Ok(true)
}

/// Reads a list where one value is due: a list of one is that value, and an empty one is no value, or an object
/// without fields on platforms written in PHP.
fn single<'de, A: SeqAccess<'de>>(
    seed: &mut ValueSeed<'_, '_, '_>,
    expected: &str,
    mut list: A,
) -> Result<bool, A::Error> {
    let ValueSeed { target, context, .. } = seed;
    let (form, level) = (seed.form, seed.level);
    let first = context.within(
        || Segment::Index(0),
        |context| list.next_element_seed(&mut ValueSeed { target, form, level, context }),
    )?;
    let Some(present) = first else {
        return Ok(match &mut **target {
            ValueMut::Record(record) => {
                read_empty(&mut **record, level, context);
                true
            }
            ValueMut::Union(union) => {
                union::read_whole(&mut **union, Object::new(), level, context);
                true
            }
            ValueMut::Map(_) => true,
            _ => false,
        });
    };
    if !skip::list(list)? {
        context.misfit(|| format!("expected {expected}, found a list of several"));
    }
    Ok(present)
}

fn refuse<'de, A: SeqAccess<'de>>(
    target: &ValueMut<'_>,
    context: &mut Context,
    list: A,
) -> Result<bool, A::Error> {
    skip::list(list)?;
    context.misfit(|| format!("expected {}, found a list", fill::expected(target)));
    Ok(true)
}

/// One item of a list.
struct Item<'a, 'c> {
    seq: &'a mut dyn Seq,
    form: Form,
    index: usize,
    context: &'c mut Context,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { seq, form, index, context } = self;
        let target = seq.grow();
        if let ValueMut::Value(value) = target {
            *value = Value::deserialize(deserializer)?;
            return Ok(true);
        }
        deserializer.deserialize_any(ItemIn { target, form, index, context })
    }
}

/// An item about to be read. Many lists are long and hold numbers or texts only: those take a short way.
struct ItemIn<'a, 'c> {
    target: ValueMut<'a>,
    form: Form,
    index: usize,
    context: &'c mut Context,
}

impl ItemIn<'_, '_> {
    #[inline]
    fn scalar<E>(mut self, scalar: Scalar<'_>) -> Result<bool, E> {
        if self.form == Form::PLAIN && fill::put_plain(&mut self.target, scalar) {
            return Ok(true);
        }
        self.read(|seed| Ok(seed.fill(scalar)))
    }

    fn read<T>(mut self, read: impl FnOnce(&mut ValueSeed<'_, '_, '_>) -> T) -> T {
        let (target, form, index) = (&mut self.target, self.form, self.index);
        self.context.within(
            || Segment::Index(index),
            |context| read(&mut ValueSeed { target, form, level: Level::Inner, context }),
        )
    }
}

impl<'de> Visitor<'de> for ItemIn<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        self.scalar(Scalar::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<bool, E> {
        self.scalar(Scalar::Int(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<bool, E> {
        self.scalar(Scalar::Uint(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<bool, E> {
        self.scalar(Scalar::Float(value))
    }
    fn visit_u128<E: de::Error>(self, value: u128) -> Result<bool, E> {
        self.read(|seed| seed.visit_u128(value))
    }
    fn visit_i128<E: de::Error>(self, value: i128) -> Result<bool, E> {
        self.read(|seed| seed.visit_i128(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<bool, E> {
        self.scalar(Scalar::Str(value))
    }
    fn visit_unit<E>(self) -> Result<bool, E> {
        self.scalar(Scalar::Null)
    }
    fn visit_none<E>(self) -> Result<bool, E> {
        self.scalar(Scalar::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<bool, A::Error> {
        self.read(|seed| read(seed, list))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<bool, A::Error> {
        self.read(|seed| seed.visit_map(map))
    }
}
