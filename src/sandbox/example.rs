//! Chooses the example of the spec that answers a request for which there is no flow, once it has passed all checks;
//! and finds the users whom examples name.

use std::collections::BTreeSet;

use base64::Engine as _;
use bytes::Bytes;
use serde_json::{Map, Value};

use super::answer::{Answer, StoredFile};
use super::request::{pairs, scalar};
use super::tables::Tables;
use crate::spec::model::{At, Endpoint, Example, ExampleDownload};

/// Under these names the examples of the spec have OpenIDs.
const USERS: [&str; 3] = ["openid", "touser", "openid_list"];
/// One of these stands in each text that has one of those names.
const MARKS: [&str; 2] = ["openid", "touser"];

/// The answer of the example whose request is most like the given one; the first of several.
pub(crate) fn answer(endpoint: &Endpoint, query: &[(String, String)], body: &Map<String, Value>) -> Answer {
    let mut request = Vec::new();
    query.iter().for_each(|(name, value)| request.push((format!("?{name}"), value.clone())));
    body.iter().for_each(|(name, value)| leaves(name, value, &mut request));
    let mut best: Option<(i64, &Example)> = None;
    for example in endpoint.examples.iter().filter(|example| !fails(example)) {
        let score = likeness(example, &request);
        if best.is_none_or(|(other, _)| score > other) {
            best = Some((score, example));
        }
    }
    best.map_or_else(Answer::ok, |(_, example)| answer_of(example))
}

/// The example whose request is the given one, word for word, and whose answer is a success.
pub(crate) fn exactly<'a>(
    endpoint: &'a Endpoint,
    query: &[(String, String)],
    body: &Map<String, Value>,
) -> Option<&'a Example> {
    let mut query = query.to_vec();
    query.sort();
    endpoint.examples.iter().filter(|example| !fails(example)).find(|example| {
        let mut due = pairs(text(&example.query));
        due.sort();
        let same = match parsed(&example.body) {
            Some(due) => due.as_object() == Some(body),
            None => body.is_empty(),
        };
        same && due == query
    })
}

/// The text that an example gives; blank where it gives none.
pub(crate) fn text(given: &Option<At<String>>) -> &str {
    given.as_ref().map(|text| text.value.as_str()).unwrap_or_default()
}

/// The JSON that an example gives. The build has read it before.
fn parsed(given: &Option<At<String>>) -> Option<Value> {
    given.as_ref().and_then(|text| serde_json::from_str(&text.value).ok())
}

/// Whether the response of the example is an error.
pub(crate) fn fails(example: &Example) -> bool {
    let failed = |code: &Value| !matches!(scalar(code).as_str(), "0" | "null");
    let response = parsed(&example.response);
    response.is_some_and(|response| failed(&response["errcode"]) || failed(&response["base_resp"]["ret"]))
}

fn bytes(download: &ExampleDownload) -> Bytes {
    match &download.base64 {
        Some(base64) => base64::engine::general_purpose::STANDARD.decode(base64).unwrap_or_default().into(),
        None => download.text.clone().unwrap_or_default().into(),
    }
}

/// What the example says that the platform answers.
pub(crate) fn answer_of(example: &Example) -> Answer {
    match (&example.response, &example.download) {
        (Some(text), _) => Answer::Json(text.value.clone()),
        (None, Some(file)) => Answer::File(StoredFile {
            content_type: file.content_type.clone(),
            filename: file.filename.clone(),
            bytes: bytes(file),
        }),
        (None, None) => Answer::ok(),
    }
}

/// Every scalar of a JSON value with the path that leads to it; places in lists do not count.
fn leaves(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(&format!("{path}.{name}"), value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(&format!("{path}[]"), item, found)),
        scalar_value => found.push((path.to_owned(), scalar(scalar_value))),
    }
}

/// Two points for an equal value, one for the same field, one off for a field that only one of them has.
fn likeness(example: &Example, request: &[(String, String)]) -> i64 {
    let mut due = Vec::new();
    for (name, value) in pairs(text(&example.query)) {
        due.push((format!("?{name}"), value));
    }
    if let Some(Value::Object(body)) = parsed(&example.body) {
        body.iter().for_each(|(name, value)| leaves(name, value, &mut due));
    }
    let has = |leaves: &[(String, String)], path: &str| leaves.iter().any(|(other, _)| other == path);
    let mut score = 0;
    for leaf in request {
        score += match (due.contains(leaf), has(&due, &leaf.0)) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => -1,
        };
    }
    score - due.iter().filter(|(path, _)| !has(request, path)).count() as i64
}

/// The users that the spec's examples name, so that an example is carried out as it stands and whoever an example
/// answers with can be asked about.
pub(crate) fn users(tables: &Tables<'_>) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let users = USERS.contains(&name.as_str());
                    match value {
                        Value::String(text) if users => {
                            found.insert(text.clone());
                        }
                        Value::Array(items) if users => {
                            found.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                        }
                        value => collect(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for example in tables.endpoints().flat_map(|endpoint| &endpoint.examples) {
        for json in [&example.body, &example.response] {
            // Most name nobody, and need not be parsed.
            if MARKS.iter().any(|mark| text(json).contains(mark)) {
                parsed(json).iter().for_each(|json| collect(json, &mut found));
            }
        }
        let query = pairs(text(&example.query));
        let names = ["openid", "next_openid"];
        found.extend(
            query.into_iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, openid)| openid),
        );
    }
    // An example may leave one out.
    found.remove("");
    found
}
