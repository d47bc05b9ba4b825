//! The spec against the list of all documented endpoints (`api-spec/index.tsv`), in both directions. What is left
//! out on purpose stands in `api-spec/left-out.tsv`, each family or endpoint with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::real;
use crate::spec::model::{Endpoint, Event, Host, Method, Spec};

/// Method, host and path.
type Call = (String, String, String);

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/api-spec"))
}

/// The rows of a table behind its comments and its header.
fn rows(name: &str, columns: usize) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder().join(name)).expect(name);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).skip(1);
    let rows: Vec<Vec<String>> =
        lines.map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>()).collect();
    for row in &rows {
        assert_eq!(row.len(), columns, "{name}: {row:?}");
    }
    rows
}

fn documented() -> BTreeMap<Call, String> {
    let mut calls = BTreeMap::new();
    for row in rows("index.tsv", 7) {
        let call = (row[0].clone(), row[1].clone(), row[2].clone());
        assert!(calls.insert(call, row[3].clone()).is_none(), "index.tsv lists {row:?} twice");
    }
    calls
}

fn call(endpoint: &Endpoint) -> Call {
    let method = match endpoint.method {
        Method::Post => "POST",
        Method::Get | Method::Browser => "GET",
    };
    let host = match endpoint.host {
        Host::Api => "api.weixin.qq.com",
        Host::Mp => "mp.weixin.qq.com",
        Host::Open => "open.weixin.qq.com",
    };
    (method.to_owned(), host.to_owned(), endpoint.path.value.clone())
}

fn described() -> BTreeSet<Call> {
    real().areas.iter().flat_map(|area| &area.endpoints).map(call).collect()
}

/// What to do about each endpoint that the index does not have: the lines to paste.
fn lines_for_index(spec: &Spec, documented: &BTreeMap<Call, String>) -> Vec<String> {
    let unknown = spec.areas.iter().flat_map(|area| &area.endpoints);
    let unknown = unknown.filter(|endpoint| !documented.contains_key(&call(endpoint)));
    unknown
        .map(|endpoint| {
            let (method, host, path) = call(endpoint);
            let names =
                [&endpoint.name_en, &endpoint.name_zh].map(|name| name.as_deref().unwrap_or_default());
            let [name_en, name_zh] = names;
            format!("{method}\t{host}\t{path}\tcurrent\t{name_en}\t{name_zh}\t{}", endpoint.link.value)
        })
        .collect()
}

/// The same for pushes, and `events.tsv`.
fn lines_for_events(spec: &Spec, known: &BTreeMap<Push, String>) -> Vec<String> {
    let all = spec.areas.iter().flat_map(|area| {
        area.events
            .iter()
            .chain(&area.replies)
            .flat_map(move |event| words(event).map(move |word| (event, word, area)))
    });
    all.filter(|(event, word, _)| !known.contains_key(&(event.kind.word().to_owned(), word.to_lowercase())))
        .map(|(event, word, area)| {
            let group = area.name.strip_prefix("event_").unwrap_or(&area.name);
            format!("{}\t{word}\t{group}", event.kind.word())
        })
        .collect()
}

/// How a push is called on the wire.
fn words(event: &Event) -> impl Iterator<Item = &String> {
    let own = event.event.as_ref().map_or(&event.msg_type, |word| &word.value);
    std::iter::once(own).chain(event.also.iter().map(|word| &word.value))
}

/// Fails with all lines at once.
fn paste(file: &str, lines: &[String]) {
    assert!(
        lines.is_empty(),
        "api-spec/{file} lacks {}. Check each against its page and add it:\n\n{}\n",
        lines.len(),
        lines.join("\n")
    );
}

/// Patterns of paths (`*` at the end for a family) that are left out, with the reason.
fn left_out() -> Vec<(String, String)> {
    rows("left-out.tsv", 2).into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}

fn matches(pattern: &str, (method, _, path): &Call) -> bool {
    let call = format!("{method} {path}");
    match pattern.strip_suffix('*') {
        Some(family) => call.starts_with(family),
        None => call == pattern,
    }
}

#[test]
fn every_documented_endpoint_is_described_or_left_out_with_a_reason() {
    let (documented, described, left_out) = (documented(), described(), left_out());
    let mut problems = Vec::new();
    for (call, tier) in &documented {
        let reason = left_out.iter().find(|(pattern, _)| matches(pattern, call));
        match (described.contains(call), reason) {
            (true, None) | (false, Some(_)) => {}
            (true, Some((pattern, _))) => {
                problems.push(format!("{call:?} is described, but left out by {pattern:?}"))
            }
            (false, None) => problems.push(format!(
                "neither described nor left out ({tier}); to leave it out, add to api-spec/left-out.tsv:\n{} {}\tWhy it is left out.",
                call.0, call.2
            )),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let count = documented.keys().filter(|call| described.contains(*call)).count();
    println!("{} documented, {count} described", documented.len());
}

#[test]
fn every_described_endpoint_is_documented() {
    paste("index.tsv", &lines_for_index(real(), &documented()));
}

#[test]
fn every_reason_is_used_and_says_something() {
    let documented = documented();
    for (pattern, reason) in left_out() {
        assert!(documented.keys().any(|call| matches(&pattern, call)), "{pattern:?} leaves nothing out");
        assert!(reason.len() > 20 && reason.ends_with('.'), "{pattern:?}: {reason:?} is no reason");
    }
}

/// Kind (`event`, `message` or `reply`) and wire name, in lower case.
type Push = (String, String);

fn pushes(rows: Vec<Vec<String>>) -> BTreeMap<Push, String> {
    let mut pushes = BTreeMap::new();
    for row in rows {
        let push = (row[0].clone(), row[1].to_lowercase());
        assert!(pushes.insert(push, row[2].clone()).is_none(), "{row:?} stands there twice");
    }
    pushes
}

fn described_pushes() -> BTreeSet<Push> {
    let all = real().areas.iter().flat_map(|area| area.events.iter().chain(&area.replies));
    all.flat_map(|event| words(event).map(|word| (event.kind.word().to_owned(), word.to_lowercase())))
        .collect()
}

#[test]
fn every_known_push_is_described_or_left_out_with_a_reason() {
    let (known, described) = (pushes(rows("events.tsv", 3)), described_pushes());
    let left_out = pushes(rows("events-left-out.tsv", 3));
    let mut problems = Vec::new();
    for push in known.keys() {
        if described.contains(push) == left_out.contains_key(push) {
            problems.push(format!("{push:?} is neither described nor left out, or both"));
        }
    }
    for (push, reason) in &left_out {
        if !known.contains_key(push) || reason.len() < 20 {
            problems.push(format!("{push:?} leaves nothing out, or {reason:?} is no reason"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_described_push_is_known() {
    paste("events.tsv", &lines_for_events(real(), &pushes(rows("events.tsv", 3))));
}

/// What is missing is printed as the line that mends it.
#[test]
fn a_missing_row_is_printed_as_it_is_to_be_pasted() {
    let create = ("POST".to_owned(), "api.weixin.qq.com".to_owned(), "/cgi-bin/qrcode/create".to_owned());
    let mut documented = documented();
    documented.remove(&create).expect("the index has create_qrcode");
    let lines = lines_for_index(real(), &documented);
    let line = "POST\tapi.weixin.qq.com\t/cgi-bin/qrcode/create\tcurrent\tcreateQRCode\t生成带参数的二维码\t\
                https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode.html";
    assert_eq!(lines, [line]);

    let mut known = pushes(rows("events.tsv", 3));
    known.remove(&("event".to_owned(), "scan".to_owned())).expect("events.tsv has SCAN");
    assert_eq!(lines_for_events(real(), &known), ["event\tSCAN\tevent"]);
}
