//! What the examples of the spec answer, given back to the sandbox: ids in both forms, and objects with all that the
//! platform told of them. Which fields belong together is taken from the spec, by their names and types.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::example::{fails, text};
use super::super::request::scalar;
use super::super::tables::Tables;
use super::super::Sandbox;
use super::refusal::examples;
use super::wire::{Connection, Received, Request};
use crate::spec::model::{Content, Endpoint};

/// Calls `found` for every member of an object at any depth, with its name.
fn members<'v>(value: &'v Value, found: &mut impl FnMut(&'v str, &'v Value)) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                found(name, value);
                members(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, found)),
        _ => {}
    }
}

/// Changes every member of this name, at any depth.
fn replace(value: &mut Value, name: &str, change: &impl Fn(&mut Value)) {
    match value {
        Value::Object(object) => {
            for (its, value) in object {
                if its == name {
                    change(value);
                } else {
                    replace(value, name, change);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, name, change)),
        _ => {}
    }
}

/// The chapter that an endpoint belongs to: all of its path but the end.
fn chapter(endpoint: &Endpoint) -> &str {
    endpoint.path.value.rsplit_once('/').map_or("", |(chapter, _)| chapter)
}

/// The values that responses of the examples have under each name, with the chapter they come from.
fn answered() -> BTreeMap<String, Vec<(&'static str, Value)>> {
    let mut all: BTreeMap<String, Vec<(&'static str, Value)>> = BTreeMap::new();
    for endpoint in Tables::load().unwrap().endpoints() {
        let shown = endpoint.examples.iter().filter(|example| !fails(example) && example.response.is_some());
        for example in shown {
            let response: Value = serde_json::from_str(text(&example.response)).unwrap();
            members(&response, &mut |name, value| {
                all.entry(name.to_owned()).or_default().push((chapter(endpoint), value.clone()));
            });
        }
    }
    all
}

/// Whether a request was refused for how it is written, not for what it says: that an id is the id of nothing is no
/// matter of form, that a field is unknown (40097) is.
fn malformed(answer: &Received) -> bool {
    let text = answer.text();
    let field = answer.code() == 40097 && text.contains("is unknown\u{20}rid");
    answer.code() != 0 && (field || ["must be", "is missing"].iter().any(|words| text.contains(words)))
}

#[tokio::test]
async fn every_id_of_digits_is_read_as_a_number_and_as_text() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut connection = Connection::open(&sandbox);
    let answered = answered();
    let (mut pairs, mut failures) = (0, Vec::new());
    for (endpoint, examples) in examples() {
        if !matches!(endpoint.content(), Content::Json(_)) {
            continue;
        }
        for example in &examples {
            let request = Request::of(endpoint, example, &sandbox);
            let body = Value::Object(request.body.clone());
            let mut ids = Vec::new();
            members(&body, &mut |name, value| {
                let digits = scalar(value).parse::<u64>().is_ok();
                ids.extend((digits && name.ends_with("id")).then(|| (name, scalar(value))));
            });
            for (name, own) in ids {
                // What a response of the chapter calls so; of names that say what they name, any response.
                let told = answered.get(name).into_iter().flatten();
                let told = told.filter(|(from, _)| *from == chapter(endpoint) || name.contains('_'));
                let mut numbers =
                    told.filter(|(_, value)| value.is_u64()).map(|(_, value)| scalar(value)).peekable();
                if numbers.peek().is_none() {
                    continue;
                }
                for id in numbers.chain([own]).filter_map(|id| id.parse::<u64>().ok()) {
                    for form in [Value::from(id), Value::from(id.to_string())] {
                        pairs += 1;
                        let mut body = body.clone();
                        replace(&mut body, name, &|value| *value = form.clone());
                        let body = body.as_object().cloned().unwrap_or_default();
                        let answer = connection.send(endpoint, &Request { body, ..request.clone() });
                        if malformed(&answer) {
                            failures.push(format!(
                                "{}, `{name}` = {form}: {}",
                                endpoint.name.value,
                                answer.text()
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {pairs}:\n{}", failures.len(), failures.join("\n"));
    assert!(pairs > 150, "{pairs}");
}

/// An object, or a list of objects.
fn objects(value: &Value) -> bool {
    match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => {
            items.first().is_some_and(|item| item.as_object().is_some_and(|o| !o.is_empty()))
        }
        _ => false,
    }
}

/// Lays what was answered over what the request has, so that it keeps what only requests have. Two objects are one
/// if the response has most of the names that the request has.
fn lay(over: &Value, under: &mut Value) {
    match (over, under) {
        (Value::Object(over), Value::Object(under)) => {
            let shared = under.keys().filter(|name| over.contains_key(*name)).count();
            if shared * 2 <= under.len() {
                return;
            }
            for (name, value) in over {
                match under.get_mut(name) {
                    Some(present) => lay(value, present),
                    None => drop(under.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::Array(over), Value::Array(under)) if over.first().is_some_and(Value::is_object) => {
            under.iter_mut().zip(over).for_each(|(under, over)| lay(over, under));
        }
        // Other values mean other things: the request keeps its own.
        _ => {}
    }
}

#[tokio::test]
async fn every_object_of_a_chapter_is_taken_back_with_all_that_was_told_of_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut connection = Connection::open(&sandbox);
    let answered = answered();
    let (mut pairs, mut failures) = (0, Vec::new());
    for (endpoint, examples) in examples() {
        if !matches!(endpoint.content(), Content::Json(_)) {
            continue;
        }
        for example in &examples {
            let request = Request::of(endpoint, example, &sandbox);
            let body = Value::Object(request.body.clone());
            let mut names = Vec::new();
            members(&body, &mut |name, value| names.extend(objects(value).then_some(name)));
            names.sort_unstable();
            names.dedup();
            for name in names {
                let told = answered.get(name).into_iter().flatten();
                for (_, told) in told.filter(|(from, told)| *from == chapter(endpoint) && objects(told)) {
                    let mut changed = body.clone();
                    replace(&mut changed, name, &|value| lay(told, value));
                    if changed == body {
                        continue;
                    }
                    pairs += 1;
                    let body: Map<String, Value> = changed.as_object().cloned().unwrap_or_default();
                    let answer = connection.send(endpoint, &Request { body, ..request.clone() });
                    if malformed(&answer) {
                        failures.push(format!(
                            "{}, `{name}`: {}\n  {changed}",
                            endpoint.name.value,
                            answer.text()
                        ));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {pairs}:\n{}", failures.len(), failures.join("\n"));
    assert!(pairs > 10, "{pairs}");
}
