//! The spec against the list of all documented endpoints (`api-spec/index.tsv`), in both directions. What is left
//! out on purpose stands in `api-spec/left-out.tsv`, each family or endpoint with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::real;
use crate::spec::model::{Host, Method};

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

fn described() -> BTreeSet<Call> {
    let endpoints = real().areas.iter().flat_map(|area| &area.endpoints);
    endpoints
        .map(|endpoint| {
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
        })
        .collect()
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
            (false, None) => problems.push(format!("{call:?} ({tier}) is neither described nor left out")),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let count = documented.keys().filter(|call| described.contains(*call)).count();
    println!("{} documented, {count} described", documented.len());
}

#[test]
fn every_described_endpoint_is_documented() {
    let documented = documented();
    let unknown: Vec<Call> = described().into_iter().filter(|call| !documented.contains_key(call)).collect();
    assert!(unknown.is_empty(), "index.tsv does not know {unknown:#?}");
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
    all.flat_map(|event| {
        let words: Vec<&String> = match &event.event {
            Some(word) => std::iter::once(word).chain(&event.also).map(|word| &word.value).collect(),
            None => vec![&event.msg_type],
        };
        let kind = event.kind.word();
        words.into_iter().map(|word| (kind.to_owned(), word.to_lowercase())).collect::<Vec<_>>()
    })
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
    problems.extend(
        described
            .iter()
            .filter(|push| !known.contains_key(*push))
            .map(|push| format!("events.tsv does not know {push:?}")),
    );
    for (push, reason) in &left_out {
        if !known.contains_key(push) || reason.len() < 20 {
            problems.push(format!("{push:?} leaves nothing out, or {reason:?} is no reason"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
