//! A push in JSON as a tree of values, with what is suspicious about it. serde_json's own maps keep the last of several
//! equal keys without a word, so objects are read here.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::tree::{Came, Fields, Signs, Tree};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::clean::clean;

/// The key under which serde_json hands over a number when its feature `arbitrary_precision` is on.
const NUMBER: &str = "$serde_json::private::Number";

/// Strictly first; what the platform writes wrongly now and then is repaired.
pub(super) fn read(json: &[u8]) -> Result<Tree> {
    strictly(json)
        .or_else(|error| clean(json).map_or(Err(error), |cleaned| strictly(&cleaned)))
        .map_err(|error| Error::new(ErrorKind::Decode, "the push is not JSON").with_source(error))
}

fn strictly(json: &[u8]) -> serde_json::Result<Tree> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let tree = tree(&mut deserializer)?;
    deserializer.end()?;
    Ok(tree)
}

/// The tree of an object in any format that is like JSON.
pub(super) fn tree<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Tree, D::Error> {
    let mut state = State::default();
    match Any(&mut state).deserialize(deserializer)? {
        Value::Object(fields) => Ok(Tree { fields, signs: state.signs }),
        _ => Err(D::Error::custom("expected an object")),
    }
}

#[derive(Default)]
struct State {
    signs: Signs,
    /// The keys of the objects that are open, and their numbers among those in which names come again.
    path: Vec<(String, Option<usize>)>,
}

/// Any value.
struct Any<'s>(&'s mut State);

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> std::result::Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Any(&mut *self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut fields = Fields::default();
        let state = self.0;
        state.signs.nested |= !state.path.is_empty();
        while let Some(key) = map.next_key::<String>()? {
            if fields.is_empty() && key == NUMBER {
                let digits: String = map.next_value()?;
                return digits.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
            }
            state.path.push((key, None));
            let value = map.next_value_seed(Any(&mut *state))?;
            let (key, _) = state.path.pop().unwrap_or_default();
            match fields.keep_first(&key, value) {
                Came::New => {}
                // Lists have a form of their own, so no name that comes again is one.
                Came::Again | Came::Often | Came::Respelled => {
                    let around = state.path.iter_mut().map(|(key, number)| (key.as_str(), number));
                    state.signs.repeated(around, key, false);
                }
            }
        }
        Ok(Value::Object(fields.into_map()))
    }
}

/// The fields of the outermost object one after the other, as far as they can be read.
pub(super) fn in_order(json: &[u8]) -> Vec<(String, Value)> {
    struct InOrder(Vec<(String, Value)>);

    impl<'de> Visitor<'de> for &mut InOrder {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
            while let Some(entry) = map.next_entry()? {
                self.0.push(entry);
            }
            Ok(())
        }
    }

    let mut found = InOrder(Vec::new());
    // What could be read before an error is wanted all the same.
    let _ = serde_json::Deserializer::from_slice(json).deserialize_map(&mut found);
    found.0
}
