//! The examples of the spec, damaged at random: whatever a server sends, nothing panics, what the spec does not know
//! stays where it stood, and what was read and written is read and written the same again.

// Deprecated endpoints have examples too. Of the lists that are included, these tests need two.
#![allow(deprecated, dead_code, unused_macros)]

// Names every endpoint and event by its type; made by the generator beside the code of the library.

include!(concat!(env!("OUT_DIR"), "/walk.rs"));

use std::fmt::Debug;

use fastrand::Rng;
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::{json, Value};
use weixin::__private::{decode, FieldType};
use weixin::{Endpoint, Meta};

use crate::spec::model::Example;

/// How often each example is damaged.
const ROUNDS: usize = 40;

/// What was read, written again; `None` if it can't be read.
type Trip<'t> = &'t dyn Fn(&str) -> Result<Option<String>, String>;

/// Reads, writes, reads and writes.
fn trip<T>(json: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<String>, String>
where
    T: FieldType + Serialize + Debug + Clone + PartialEq,
{
    let Some(value) = read(json) else { return Ok(None) };
    let write = |value: &T| serde_json::to_string(value).map_err(|error| error.to_string());
    let written = write(&value)?;
    let again = read(&written).ok_or_else(|| format!("what was written can't be read: {written}"))?;
    let twice = write(&again)?;
    if written != twice {
        return Err(format!("written twice, it differs:\n  {written}\n  {twice}"));
    }
    if value != again || value.clone() != value || format!("{value:?}") != format!("{again:?}") {
        return Err(format!("read twice, it differs:\n  {value:?}\n  {again:?}\n  {written}"));
    }
    Ok(Some(written))
}

fn response<T: FieldType + Serialize + Debug + Clone + PartialEq>(
    json: &str,
    meta: &Meta,
) -> Result<Option<String>, String> {
    trip::<T>(json, |json| decode(json.as_bytes(), meta).ok())
}

fn request<T>(json: &str) -> Result<Option<String>, String>
where
    T: FieldType + Serialize + DeserializeOwned + Debug + Clone + PartialEq,
{
    trip::<T>(json, |json| serde_json::from_str(json).ok())
}

/// The places of a value, as keys and indices.
fn places(value: &Value, at: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    out.push(at.clone());
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                at.push(key.replace('~', "~0").replace('/', "~1"));
                places(inner, at, out);
                at.pop();
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                at.push(index.to_string());
                places(inner, at, out);
                at.pop();
            }
        }
        _ => {}
    }
}

fn odd(rng: &mut Rng) -> Value {
    let odd = [
        json!(null),
        json!(""),
        json!(" "),
        json!({}),
        json!([]),
        json!([null]),
        json!([[]]),
        json!([{}]),
        json!(0),
        json!(1),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.5),
        json!(1e300),
        json!(true),
        json!("true"),
        json!("0"),
        json!("18446744073709551616"),
        json!("1e3"),
        json!("007"),
        json!("\u{0}\u{feff}\u{202e}\"\\"),
        json!("{}"),
        json!("[]"),
        json!("null"),
        json!({"errcode": 0}),
        json!([1, "2", null, {"a": 1}]),
    ];
    odd[rng.usize(0..odd.len())].clone()
}

/// Changes the value at one place.
fn damage(value: &mut Value, rng: &mut Rng) {
    let mut all = Vec::new();
    places(value, &mut Vec::new(), &mut all);
    let place = &all[rng.usize(0..all.len())];
    let path: String = place.iter().map(|key| format!("/{key}")).collect();
    if rng.u8(0..4) == 0 {
        let (Some((last, parent)), true) = (place.split_last(), rng.bool()) else { return };
        let parent: String = parent.iter().map(|key| format!("/{key}")).collect();
        match value.pointer_mut(&parent) {
            Some(Value::Object(fields)) => {
                // In a list of keys that is kept in order, the others stay where they are.
                let key = last.replace("~1", "/").replace("~0", "~");
                fields.retain(|name, _| *name != key);
            }
            Some(Value::Array(items)) => {
                let copy = items[0].clone();
                items.push(copy);
            }
            _ => {}
        }
        return;
    }
    let Some(here) = value.pointer_mut(&path) else { return };
    let old = here.take();
    *here = match (rng.u8(0..5), old) {
        (0, old) => json!([old]),
        (1, Value::Array(mut items)) if !items.is_empty() => items.swap_remove(0),
        (2, Value::Number(number)) => Value::String(number.to_string()),
        (2, Value::String(text)) => serde_json::from_str(&text).unwrap_or(json!(7)),
        (2, Value::Bool(flag)) => json!(i32::from(flag)),
        (3, old @ (Value::Object(_) | Value::Array(_))) if place.len() > 1 => Value::String(old.to_string()),
        (_, _) if place.is_empty() => odd(rng),
        (_, old) => match rng.bool() {
            true => odd(rng),
            false => old,
        },
    };
}

/// Puts marks under keys that nobody knows into objects at any depth; gives where, as the keys around each.
fn mark(
    value: &mut Value,
    rng: &mut Rng,
    count: &mut usize,
    at: &mut Vec<String>,
    out: &mut Vec<Vec<String>>,
) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields
                .iter_mut()
                .filter(|(key, _)| !["base_resp", "errcode", "errmsg"].contains(&key.as_str()))
            {
                at.push(key.clone());
                mark(inner, rng, count, at, out);
                at.pop();
            }
            if rng.u8(0..3) == 0 {
                *count += 1;
                let key = format!("zz{count}");
                let mark = Value::String(format!("MARK{count}"));
                let value = match rng.u8(0..3) {
                    0 => json!({"deep": [mark, null, {"x": 1.5}]}),
                    1 => json!([[mark], {}]),
                    _ => mark,
                };
                fields.insert(key.clone(), value);
                out.push(at.iter().cloned().chain([key]).collect());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, rng, count, at, out)),
        _ => {}
    }
}

/// Where the marks stand, as the keys around each. JSON in a string counts as what it is.
fn marks(value: &Value, at: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                at.push(key.clone());
                if key.starts_with("zz") {
                    out.push(at.clone());
                } else {
                    marks(inner, at, out);
                }
                at.pop();
            }
        }
        Value::Array(items) => items.iter().for_each(|item| marks(item, at, out)),
        Value::String(text) if text.starts_with(['{', '[']) => {
            if let Ok(inner) = serde_json::from_str::<Value>(text) {
                marks(&inner, at, out);
            }
        }
        _ => {}
    }
}

struct Mutations {
    rng: Rng,
    /// Keys that are read whether or not they are there.
    between: &'static [&'static str],
    failures: Vec<String>,
    tried: usize,
    read: usize,
    marked: usize,
}

impl Mutations {
    fn new(seed: u64, between: &'static [&'static str]) -> Self {
        Self { rng: Rng::with_seed(seed), between, failures: Vec::new(), tried: 0, read: 0, marked: 0 }
    }

    fn example(&mut self, name: &str, example: &Value, trip: Trip<'_>) {
        for round in 0..ROUNDS {
            let mut value = example.clone();
            for _ in 0..round % 4 {
                damage(&mut value, &mut self.rng);
            }
            let mut due = Vec::new();
            let mut count = 0;
            if round % 2 == 0 {
                mark(&mut value, &mut self.rng, &mut count, &mut Vec::new(), &mut due);
            }
            self.tried += 1;
            let json = value.to_string();
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| trip(&json)));
            let written = match outcome {
                Ok(Ok(Some(written))) => written,
                Ok(Ok(None)) => continue,
                Ok(Err(why)) => {
                    self.failures.push(format!("{name}: {why}\n  from {json}"));
                    continue;
                }
                Err(_) => {
                    self.failures.push(format!("{name}: panicked over {json}"));
                    continue;
                }
            };
            self.read += 1;
            self.marked += due.len();
            let mut found = Vec::new();
            marks(&serde_json::from_str(&written).unwrap(), &mut Vec::new(), &mut found);
            due.iter_mut()
                .chain(&mut found)
                .for_each(|path| path.retain(|key| !self.between.contains(&key.as_str())));
            due.sort();
            found.sort();
            if due != found {
                let lost: Vec<_> = due.iter().filter(|path| !found.contains(path)).collect();
                self.failures
                    .push(format!("{name}: lost or moved {lost:?}\n  from {json}\n  to   {written}"));
            }
        }
    }

    fn finish(self, least: usize, least_marked: usize) {
        let Self { failures, tried, read, marked, .. } = self;
        let shown: Vec<&str> = failures.iter().take(12).map(String::as_str).collect();
        assert!(failures.is_empty(), "{} of {tried} (read {read}):\n{}", failures.len(), shown.join("\n"));
        assert!(read > least && marked > least_marked, "{read} of {tried} were read, with {marked} marks");
    }
}

/// The examples of an endpoint.
fn examples(area: &str, name: &str) -> &'static [Example] {
    let area = crate::real().areas.iter().find(|known| known.name == area).expect(area);
    let endpoint = area.endpoints.iter().find(|endpoint| endpoint.name.value == name).expect(name);
    &endpoint.examples
}

#[test]
fn responses() {
    let mut mutations = Mutations::new(1, &[]);
    macro_rules! check {
        ($area:ident $name:ident $request:ty => browser) => {};
        ($area:ident $name:ident $request:ty => bytes) => {};
        ($area:ident $name:ident $request:ty => $kind:ident $response:ty) => {
            let meta = <$request as Endpoint>::META;
            for example in examples(stringify!($area), stringify!($name)) {
                let Some(json) = &example.response else { continue };
                let value: Value = serde_json::from_str(&json.value).unwrap();
                mutations.example(stringify!($name), &value, &|json| response::<$response>(json, meta));
            }
        };
    }
    for_each_endpoint!(check);
    mutations.finish(10_000, 5_000);
}

#[test]
fn requests() {
    let mut mutations = Mutations::new(2, &[]);
    macro_rules! check {
        ($area:ident $name:ident $request:ty => $($rest:tt)*) => {
            for example in examples(stringify!($area), stringify!($name)) {
                let Some(json) = &example.body else { continue };
                let value: Value = serde_json::from_str(&json.value).unwrap();
                mutations.example(stringify!($name), &value, &|json| request::<$request>(json));
            }
        };
    }
    for_each_endpoint!(check);
    mutations.finish(10_000, 3_000);
}

/// Whatever else is wrong with a response, its error code is what the caller hears.
#[test]
fn an_error_code_wins() {
    let mut rng = Rng::with_seed(4);
    let (mut tried, mut failures) = (0, Vec::new());
    macro_rules! check {
        ($area:ident $name:ident $request:ty => browser) => {};
        ($area:ident $name:ident $request:ty => bytes) => {};
        ($area:ident $name:ident $request:ty => $kind:ident $response:ty) => {
            let meta = <$request as Endpoint>::META;
            for example in examples(stringify!($area), stringify!($name)) {
                let Some(json) = &example.response else { continue };
                for (number, code) in CODES.iter().enumerate() {
                    let mut value: Value = serde_json::from_str(&json.value).unwrap();
                    (0..number % 5).for_each(|_| damage(&mut value, &mut rng));
                    let Value::Object(mut fields) = value else { continue };
                    fields.retain(|key, _| key != "errcode" && key != "base_resp");
                    let rest = Value::Object(fields).to_string();
                    let inner = &rest[1..rest.len() - 1];
                    let comma = if inner.is_empty() { "" } else { "," };
                    let json = code
                        .replace("REST,", &format!("{inner}{comma}"))
                        .replace(",REST", &format!("{comma}{inner}"));
                    tried += 1;
                    match decode::<$response>(json.as_bytes(), meta) {
                        Err(error) if error.code() == Some(weixin::ErrorCode::from(40001)) => {}
                        Err(error) => failures.push(format!("{}: {error} over {json}", stringify!($name))),
                        Ok(value) => failures.push(format!("{}: {value:?} of {json}", stringify!($name))),
                    }
                }
            }
        };
    }
    for_each_endpoint!(check);
    assert!(
        failures.is_empty(),
        "{} of {tried}:\n{}",
        failures.len(),
        failures[..failures.len().min(10)].join("\n")
    );
    assert!(tried > 5_000, "{tried}");
}

/// The ways to say 40001, with the rest of the response around them.
const CODES: [&str; 14] = [
    r#"{"errcode":40001,REST}"#,
    r#"{REST,"errcode":40001}"#,
    r#"{"errcode":"40001",REST}"#,
    r#"{REST,"errcode":" 40001 "}"#,
    r#"{"errcode":40001.0,REST}"#,
    r#"{"errcode":0,REST,"errcode":40001}"#,
    r#"{"errcode":40001,REST,"errcode":0}"#,
    r#"{"errcode":40001,REST,"errcode":null,"errmsg":{"a":[1]}}"#,
    r#"{"errcode":"",REST,"errcode":40001,"errmsg":7}"#,
    r#"{"errcode":[],REST,"errcode":40001}"#,
    r#"{"errcode":{"a":1},"errcode":"x",REST,"errcode":40001}"#,
    r#"{REST,"\u0065rrcode":40001,"errcode":0}"#,
    r#"{"errmsg":"ok","errcode":40001,"errcode":"0",REST}"#,
    r#"{"errcode":false,REST,"errcode":4.0001e4}"#,
];

/// A request that is read back holds what was there: what is missing was either needed, or is missing still.
#[test]
fn nothing_is_invented_in_a_request() {
    let (mut tried, mut read, mut failures) = (0, 0, Vec::new());
    macro_rules! check {
        ($area:ident $name:ident $request:ty => $($rest:tt)*) => {
            for example in examples(stringify!($area), stringify!($name)) {
                let Some(json) = &example.body else { continue };
                let value: Value = serde_json::from_str(&json.value).unwrap();
                let mut all = Vec::new();
                places(&value, &mut Vec::new(), &mut all);
                for place in all.iter().filter(|place| !place.is_empty()) {
                    let path = |keys: &[String]| keys.iter().map(|key| format!("/{key}")).collect::<String>();
                    let mut less = value.clone();
                    let (last, parent) = place.split_last().unwrap();
                    let key = last.replace("~1", "/").replace("~0", "~");
                    let Some(Value::Object(fields)) = less.pointer_mut(&path(parent)) else { continue };
                    fields.retain(|name, _| *name != key);
                    tried += 1;
                    let Ok(request) = serde_json::from_str::<$request>(&less.to_string()) else { continue };
                    read += 1;
                    let written = serde_json::to_value(&request).unwrap();
                    // An article that does not say what it is, is news: the platform says so too.
                    let default =
                        key == "article_type" && written.pointer(&path(place)) == Some(&json!("news"));
                    if default {
                        continue;
                    }
                    if let Some(invented) = written.pointer(&path(place)) {
                        failures.push(format!(
                            "{}: {} is {invented} of {less}",
                            stringify!($name),
                            path(place)
                        ));
                    }
                }
            }
        };
    }
    for_each_endpoint!(check);
    assert!(
        failures.is_empty(),
        "{} of {tried}:\n{}",
        failures.len(),
        failures[..failures.len().min(20)].join("\n")
    );
    assert!(tried > 2_000 && read > 500, "{read} of {tried}");
}

#[cfg(feature = "callback")]
#[test]
fn pushes() {
    use weixin::callback::Push;

    // What stands where a text is due may be a user's words: then the push is kept whole, as text.
    let mut mutations = Mutations::new(3, &["item", "#document"]);
    macro_rules! check {
        ($area:ident $name:ident $event:ty) => {
            let name = stringify!($name);
            let area = crate::real().areas.iter().find(|area| area.name == stringify!($area)).unwrap();
            let event = area.events.iter().find(|event| event.ty.value == name).unwrap();
            for example in &event.examples {
                let push = match (&example.xml, &example.json) {
                    (Some(xml), _) => Push::from_xml(xml.value.as_bytes()),
                    (_, Some(json)) => Push::from_json(json.value.as_bytes()),
                    _ => panic!("an example is XML or JSON"),
                };
                let value = serde_json::to_value(push.unwrap()).unwrap();
                mutations.example(name, &value, &|json| {
                    let written = trip::<Push>(json, |json| Push::from_json(json.as_bytes()).ok())?;
                    let Ok(push) = Push::from_json(json.as_bytes()) else { return Ok(written) };
                    // In a queue or a log, a push is what it was.
                    let stored = serde_json::to_string(&push).unwrap();
                    match serde_json::from_str::<Push>(&stored) {
                        Ok(again) if again == push => Ok(written),
                        Ok(again) => Err(format!("stored, it becomes\n  {again:?}\n  {push:?}")),
                        Err(error) => Err(format!("stored, it can't be read: {error} {stored}")),
                    }
                });
            }
        };
    }
    for_each_event!(check);
    mutations.finish(2_000, 500);
}
