//! The flows: what the sandbox remembers between requests, one file for each kind of state.
//! A flow is found by method and path, so that a renamed endpoint keeps its state.

pub(crate) mod article;
pub(crate) mod blacklist;
pub(crate) mod comment;
pub(crate) mod custom;
pub(crate) mod draft;
pub(crate) mod group;
pub(crate) mod image;
pub(crate) mod jump;
pub(crate) mod kf;
pub(crate) mod mass;
pub(crate) mod material;
pub(crate) mod media;
pub(crate) mod menu;
pub(crate) mod news;
pub(crate) mod notice;
pub(crate) mod oauth;
pub(crate) mod outbox;
pub(crate) mod publish;
pub(crate) mod qrcode;
pub(crate) mod quota;
pub(crate) mod record;
pub(crate) mod shorten;
pub(crate) mod tag;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod user;

use serde_json::{json, Map, Value};

use super::answer::Answer;
use super::catalogue::{scalar, Endpoint};
use super::check::integer;
use super::request::Part;
use super::state::State;

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
    fn query(&self, name: &str) -> &'a str {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The text of a field of the body; blank where it is absent.
    fn body(&self, name: &str) -> &'a str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the body. Ids are given back as numbers and as text; both are read.
    fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(number)
    }

    /// The digits of an id in the body, in whichever form they stand there.
    fn id(&self, name: &str) -> String {
        self.body.get(name).map(scalar).unwrap_or_default()
    }

    /// A place in a list, or how many of its items are wanted: a field of the body; 0 where it is absent.
    fn index(&self, name: &str) -> usize {
        usize::try_from(self.number(name).unwrap_or_default()).unwrap_or(usize::MAX)
    }

    /// The part of a list that `offset` and `count` ask for, as drafts, published articles and materials are listed.
    fn excerpt<T>(&self, all: &[T], item: impl FnMut(&T) -> Value) -> Answer {
        let items: Vec<Value> =
            all.iter().skip(self.index("offset")).take(self.index("count")).map(item).collect();
        Answer::object(&[
            ("total_count", json!(all.len())),
            ("item_count", json!(items.len())),
            ("item", json!(items)),
        ])
    }

    /// The texts of a list in the body.
    fn texts(&self, name: &str) -> Vec<&'a str> {
        texts(self.body.get(name))
    }

    /// A field that stands inside an object of the body.
    fn inner(&self, object: &str, name: &str) -> Option<&'a Value> {
        self.body.get(object).and_then(|inner| inner.get(name))
    }

    fn part(&self, name: &str) -> Option<&'a Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// A number, or the number that these digits are.
fn number(value: &Value) -> Option<u64> {
    value.as_str().map_or_else(|| value.as_u64(), |digits| integer(digits)?.as_u64())
}

/// The texts of a list.
fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Method and path of a request.
type Place<'a> = (&'a str, &'a str);

/// A flow; it answers `None` where the request is none of its business.
type Flow = fn(&Call<'_>, Place<'_>) -> Option<Answer>;

const FLOWS: [Flow; 23] = [
    token::answer,
    oauth::answer,
    qrcode::answer,
    media::answer,
    material::answer,
    news::answer,
    image::answer,
    user::answer,
    tag::answer,
    group::answer,
    blacklist::answer,
    draft::answer,
    publish::answer,
    comment::answer,
    menu::answer,
    template::answer,
    notice::answer,
    custom::answer,
    kf::answer,
    record::answer,
    mass::answer,
    shorten::answer,
    jump::answer,
];

/// Whether the platform doesn't look at this part of the form.
pub(crate) fn unread(endpoint: &Endpoint, query: &[(String, String)], part: &str) -> bool {
    material::unread((&endpoint.method, &endpoint.path), query, part)
}

/// The answer of the flow that the request belongs to; `None` if it belongs to none.
pub(crate) fn answer(call: &Call<'_>) -> Option<Answer> {
    let place = (call.endpoint.method.as_str(), call.endpoint.path.as_str());
    // Every call uses up some of its endpoint's quota, whatever becomes of it.
    call.state.quota().count(place.1, call.state.clock.seconds());
    quota::answer(call, place).or_else(|| FLOWS.iter().find_map(|flow| flow(call, place)))
}
