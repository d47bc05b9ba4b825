//! Every endpoint of the spec over the wire: its examples are carried out as they stand, and refused with a message
//! that names the field as soon as one documented rule is broken.

use serde_json::Value;

use super::super::example::{fails, text};
use super::super::tables::Tables;
use super::super::Sandbox;
use super::broken::{Breaker, Broken};
use super::wire::{Connection, Received, Request};
use crate::spec::index::Kind;
use crate::spec::model::{Account, At, Content, Endpoint, Example, Field};

/// The examples of every endpoint that are no errors: these show just what a limit does.
pub(super) fn examples() -> Vec<(&'static Endpoint, Vec<&'static Example>)> {
    let shown = |endpoint: &'static Endpoint| {
        endpoint.examples.iter().filter(|example| !fails(example)).collect::<Vec<_>>()
    };
    Tables::load().unwrap().endpoints().map(|endpoint| (endpoint, shown(endpoint))).collect()
}

fn for_service(endpoint: &Endpoint) -> bool {
    endpoint.accounts.is_empty() || endpoint.accounts.contains(&Account::Service)
}

/// A sandbox of a kind of account that may call the endpoint.
async fn sandbox(endpoint: &Endpoint) -> Sandbox {
    let builder = Sandbox::builder();
    let builder = if for_service(endpoint) { builder } else { builder.subscription_account() };
    builder.start().await.unwrap()
}

/// What has to be there before an example can be carried out: a menu, which has no id.
fn prepare(endpoint: &Endpoint, sandbox: &Sandbox, connection: &mut Connection) {
    if !endpoint.path.value.starts_with("/cgi-bin/menu/") {
        return;
    }
    let create = Tables::load().unwrap().at_path("/cgi-bin/menu/create").next().unwrap();
    let menu = r#"{"button":[{"name":"m","type":"click","key":"k"}]}"#.to_owned();
    let body = Some(At { value: menu, ..At::default() });
    let request = Request::of(create, &Example { body, ..Example::default() }, sandbox);
    assert_eq!(connection.send(create, &request).code(), 0);
}

#[tokio::test]
async fn every_example_is_carried_out_as_it_stands() {
    let mut failures = Vec::new();
    for (endpoint, examples) in examples() {
        for example in &examples {
            // Each in a sandbox of its own: some can be carried out only once.
            let sandbox = sandbox(endpoint).await;
            let mut connection = Connection::open(&sandbox);
            prepare(endpoint, &sandbox, &mut connection);
            let answer = connection.send(endpoint, &Request::of(endpoint, example, &sandbox));
            // A ticket of an example leads to no picture: pictures are asked for on a page, not from the API.
            if endpoint.path.value == "/cgi-bin/showqrcode" {
                assert_eq!(answer.status, 404);
                continue;
            }
            if answer.status != 200 || answer.code() != 0 {
                let (name, body) = (&endpoint.name.value, text(&example.body));
                failures.push(format!("{name}: {}\n  {body}", answer.text()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// All broken versions of a request, and the field that each breaks.
fn broken(endpoint: &Endpoint, request: &Request) -> Vec<Broken<Request>> {
    let tables = Tables::load().unwrap();
    let json = Breaker { tables, text: false };
    let text = Breaker { tables, text: true };
    let mut all = Vec::new();
    let queries = text.record(&endpoint.query, &request.query).into_iter();
    all.extend(queries.map(|(query, name)| (Request { query, ..request.clone() }, name)));
    match endpoint.content() {
        Content::Json(fields) => {
            let bodies = json.record(fields, &request.body).into_iter();
            all.extend(bodies.map(|(body, name)| (Request { body, ..request.clone() }, name)));
        }
        Content::Parts(fields) => {
            let forms = text.record(fields, &request.parts).into_iter();
            all.extend(forms.map(|(parts, name)| (Request { parts, ..request.clone() }, name)));
            for (index, (name, ..)) in request.files.iter().enumerate() {
                let changed = |change: &dyn Fn(&mut Request)| {
                    let mut changed = request.clone();
                    change(&mut changed);
                    (changed, name.clone())
                };
                all.push(changed(&|request| drop(request.files.remove(index))));
                all.push(changed(&|request| request.files[index].1.clear()));
                all.push(changed(&|request| request.files[index].2.clear()));
                let limit = fields.iter().find(|field| holds(tables, field, name));
                let limit = limit.and_then(|field| field.limits.max_bytes);
                if let Some(limit) = limit {
                    let bytes = vec![b'x'; usize::try_from(limit).unwrap() + 1];
                    all.push(changed(&|request| request.files[index].2.clone_from(&bytes)));
                }
            }
        }
        Content::Raw(field) => {
            all.push((Request { raw: Vec::new(), ..request.clone() }, field.wire.value.clone()));
            if let Some(limit) = field.limits.max_bytes {
                let raw = vec![b'x'; usize::try_from(limit).unwrap() + 1];
                all.push((Request { raw, ..request.clone() }, field.wire.value.clone()));
            }
        }
        Content::Nothing => {}
    }
    all
}

/// Whether a part belongs to a field: as its own name, or as one of those among which it chooses.
fn holds(tables: &Tables<'_>, field: &Field, part: &str) -> bool {
    match tables.index.kind(&field.ty.value) {
        Some(Kind::Union(union)) if field.flatten => union.variants.iter().any(|variant| variant.key == part),
        _ => field.wire.value == part,
    }
}

/// A refusal says which field is wrong. Of the account it says so in the platform's own words.
fn names(answer: &Received, field: &str) -> bool {
    let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let message = answer["errmsg"].as_str().or_else(|| answer["base_resp"]["err_msg"].as_str());
    let message = message.unwrap_or_default();
    let words = if field == "secret" { "appsecret" } else { field };
    message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == words)
}

#[tokio::test]
async fn every_broken_rule_is_refused_by_the_name_of_its_field() {
    let service = Sandbox::start().await.unwrap();
    let subscription = Sandbox::builder().subscription_account().start().await.unwrap();
    let mut connections = [Connection::open(&service), Connection::open(&subscription)];
    let (mut count, mut failures) = (0, Vec::new());
    for (endpoint, examples) in examples() {
        let (sandbox, connection) = if for_service(endpoint) {
            (&service, &mut connections[0])
        } else {
            (&subscription, &mut connections[1])
        };
        for example in &examples {
            let request = Request::of(endpoint, example, sandbox);
            for (broken, field) in broken(endpoint, &request) {
                count += 1;
                let answer = connection.send(endpoint, &broken);
                if answer.code() == 0 || !names(&answer, &field) {
                    failures.push(format!("{}, `{field}`: {}", endpoint.name.value, answer.text()));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 5000, "{count}");
}
