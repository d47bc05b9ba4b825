//! Every endpoint of the spec over the wire: its examples are carried out as they stand, and refused with a message
//! that names the field as soon as one documented rule is broken.

use serde_json::Value;

use super::super::catalogue::{Catalogue, Content, Endpoint, Field, Named, Type};
use super::super::Sandbox;
use super::broken::{Breaker, Broken};
use super::wire::{Connection, Received, Request};

/// The examples of every endpoint as the build wrote them: with files and raw bodies, which the sandbox does not
/// need.
pub(super) fn examples() -> Vec<(&'static Endpoint, Vec<Value>)> {
    let text = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));
    let root: Value = serde_json::from_str(text).unwrap();
    let catalogue = Catalogue::load().unwrap();
    let listed = root["endpoints"].as_array().unwrap();
    assert_eq!(listed.len(), catalogue.endpoints.len());
    let examples = catalogue.endpoints.iter().zip(listed).map(|(endpoint, listed)| {
        let all = listed["examples"].as_array().unwrap().iter();
        // What fails shows just what a limit does.
        let shown = all.zip(&endpoint.examples).filter(|(_, example)| !example.fails);
        (endpoint, shown.map(|(text, _)| text.clone()).collect())
    });
    examples.collect()
}

/// A sandbox of a kind of account that may call the endpoint.
async fn sandbox(endpoint: &Endpoint) -> Sandbox {
    let builder = Sandbox::builder();
    let service =
        endpoint.accounts.is_empty() || endpoint.accounts.iter().any(|account| account == "service");
    let builder = if service { builder } else { builder.subscription_account() };
    builder.start().await.unwrap()
}

/// What has to be there before an example can be carried out: a menu, which has no id.
fn prepare(endpoint: &Endpoint, sandbox: &Sandbox, connection: &mut Connection) {
    if !endpoint.path.starts_with("/cgi-bin/menu/") {
        return;
    }
    let catalogue = Catalogue::load().unwrap();
    let create = catalogue.at_path("/cgi-bin/menu/create").next().unwrap();
    let menu = r#"{"button":[{"name":"m","type":"click","key":"k"}]}"#;
    let request = Request::of(create, &serde_json::json!({ "body": menu }), sandbox);
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
            if endpoint.path == "/cgi-bin/showqrcode" {
                assert_eq!(answer.status, 404);
                continue;
            }
            if answer.status != 200 || answer.code() != 0 {
                failures.push(format!("{}: {}\n  {}", endpoint.name, answer.text(), example["body"]));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// All broken versions of a request, and the field that each breaks.
fn broken(endpoint: &Endpoint, request: &Request) -> Vec<Broken<Request>> {
    let catalogue = Catalogue::load().unwrap();
    let json = Breaker { catalogue, text: false };
    let text = Breaker { catalogue, text: true };
    let mut all = Vec::new();
    let queries = text.record(&endpoint.query, &request.query).into_iter();
    all.extend(queries.map(|(query, name)| (Request { query, ..request.clone() }, name)));
    match &endpoint.content {
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
                let limit = fields.iter().find(|field| holds(catalogue, field, name));
                let limit = limit.and_then(|field| field.max_bytes);
                if let Some(limit) = limit {
                    let bytes = vec![b'x'; usize::try_from(limit).unwrap() + 1];
                    all.push(changed(&|request| request.files[index].2.clone_from(&bytes)));
                }
            }
        }
        Content::Raw(field) => {
            all.push((Request { raw: Vec::new(), ..request.clone() }, field.name.clone()));
            if let Some(limit) = field.max_bytes {
                let raw = vec![b'x'; usize::try_from(limit).unwrap() + 1];
                all.push((Request { raw, ..request.clone() }, field.name.clone()));
            }
        }
        Content::Nothing => {}
    }
    all
}

/// Whether a part belongs to a field: as its own name, or as one of those among which it chooses.
fn holds(catalogue: &Catalogue, field: &Field, part: &str) -> bool {
    let Type::Ref(name) = &field.ty else { return field.name == part };
    match catalogue.named(name) {
        Some(Named::Union(union)) if field.flatten => {
            union.variants.iter().any(|variant| variant.key == part)
        }
        _ => field.name == part,
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
        let for_service =
            endpoint.accounts.is_empty() || endpoint.accounts.iter().any(|account| account == "service");
        let (sandbox, connection) =
            if for_service { (&service, &mut connections[0]) } else { (&subscription, &mut connections[1]) };
        for example in &examples {
            let request = Request::of(endpoint, example, sandbox);
            for (broken, field) in broken(endpoint, &request) {
                count += 1;
                let answer = connection.send(endpoint, &broken);
                if answer.code() == 0 || !names(&answer, &field) {
                    failures.push(format!("{}, `{field}`: {}", endpoint.name, answer.text()));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 5000, "{count}");
}
