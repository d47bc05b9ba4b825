//! Reading of an object that paths nest in another; `null`, `""`, `{}` or `[]` may stand for none. Its fields are read
//! in `object.rs`.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::super::node::{Member, Part};
use super::super::Object;
use super::context::{Context, Level, Segment};
use super::fields::Fields;
use super::scalar::Scalar;
use super::seed::ValueSeed;
use super::skip;

/// The object around nested fields.
pub(super) struct Nested<'s, 'a, 'c>(pub(super) Fields<'s, 'a, 'c>);

impl<'s, 'a, 'c> Nested<'s, 'a, 'c> {
    fn context(&mut self) -> &mut Context {
        self.0.context
    }

    /// The list that is all that may stand here.
    fn items(&self) -> Option<usize> {
        match self.0.node.members() {
            [Member { name: "item", part: Part::Field(index), .. }] => Some(*index),
            _ => None,
        }
    }

    fn scalar(mut self, scalar: Scalar<'_>) -> Option<Object> {
        let none = match scalar {
            Scalar::Null => true,
            Scalar::Str(text) => text.trim().is_empty(),
            _ => false,
        };
        if none && !self.context().strict() {
            return None;
        }
        self.context().misfit(|| format!("expected an object, found {}", scalar.found()));
        Some(Object::new())
    }
}

impl<'de> DeserializeSeed<'de> for Nested<'_, '_, '_> {
    /// What the spec does not know of the object, if there is one at all.
    type Value = Option<Object>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_, '_, '_> {
    type Value = Option<Object>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Int(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Uint(value)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Float(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Str(value)))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Null))
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Null))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.0.visit_map(map).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
        if self.context().strict() {
            skip::list(list)?;
            self.context().issue("expected an object, found a list");
            return Ok(Some(Object::new()));
        }
        // What XML has as items of an element, JSON may have as a list.
        if let Some(index) = self.items() {
            let Fields { table, values, context, .. } = self.0;
            let (target, form) = (&mut values[index], table.fields()[index].form());
            let list = de::value::SeqAccessDeserializer::new(list);
            let present = ValueSeed { target, form, level: Level::Inner, context }.deserialize(list)?;
            return Ok(present.then(Object::new));
        }
        let Fields { table, node, ref mut values, level, ref mut context } = self.0;
        let first = context.within(
            || Segment::Index(0),
            |context| list.next_element_seed(Nested(Fields { table, node, values, level, context })),
        )?;
        if !skip::list(list)? {
            self.context().misfit(|| "expected an object, found a list of several".to_owned());
        }
        Ok(first.flatten())
    }
}
