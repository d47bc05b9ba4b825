//! A request that passed all checks, as the flows see it: its fields by name, ids in either form.
//! Which flow carries it out is decided in `flow.rs`.

use serde_json::{json, Map, Value};

use super::answer::Answer;
use super::request::{integer, scalar, Part};
use super::state::State;
use crate::spec::model::Endpoint;

/// Method and path of a request.
pub(crate) type RequestLine<'a> = (&'a str, &'a str);

/// A request that passed all checks, about to be carried out.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a Map<String, Value>,
    pub(crate) parts: &'a [Part],
}

impl<'a> Call<'a> {
    /// The value of a parameter of the query; blank where it is absent.
    pub(crate) fn query(&self, name: &str) -> &'a str {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The text of a field of the body; blank where it is absent.
    pub(crate) fn body(&self, name: &str) -> &'a str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the body. Ids are given back as numbers and as text; both are read.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(number)
    }

    /// The digits of an id in the body, in whichever form they stand there.
    pub(crate) fn id(&self, name: &str) -> String {
        self.body.get(name).map(scalar).unwrap_or_default()
    }

    /// A place in a list, or how many of its items are wanted: a field of the body; 0 where it is absent.
    pub(crate) fn index(&self, name: &str) -> usize {
        usize::try_from(self.number(name).unwrap_or_default()).unwrap_or(usize::MAX)
    }

    /// The part of a list that `offset` and `count` ask for, as drafts, published articles and materials are listed.
    pub(crate) fn excerpt<T>(&self, all: &[T], item: impl FnMut(&T) -> Value) -> Answer {
        let items: Vec<Value> =
            all.iter().skip(self.index("offset")).take(self.index("count")).map(item).collect();
        Answer::object(&[
            ("total_count", json!(all.len())),
            ("item_count", json!(items.len())),
            ("item", json!(items)),
        ])
    }

    /// The texts of a list in the body.
    pub(crate) fn texts(&self, name: &str) -> Vec<&'a str> {
        texts(self.body.get(name))
    }

    /// A field that stands inside an object of the body.
    pub(crate) fn inner(&self, object: &str, name: &str) -> Option<&'a Value> {
        self.body.get(object).and_then(|inner| inner.get(name))
    }

    pub(crate) fn part(&self, name: &str) -> Option<&'a Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// A number, or the number that these digits are.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_str().map_or_else(|| value.as_u64(), |digits| integer(digits)?.as_u64())
}

/// The texts of a list.
pub(crate) fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
