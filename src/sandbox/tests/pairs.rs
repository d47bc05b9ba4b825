//! Every id that one call hands out and another takes: the pairs are found in the spec, by the names of the fields;
//! each is tried in a sandbox of its own, over the wire.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{json, Map, Value};

use super::super::answer::StoredFile;
use super::super::flow::material::Library;
use super::super::flow::media::Media;
use super::super::request::scalar;
use super::super::Sandbox;
use super::refusal::examples;
use super::wire::{Connection, Request};
use crate::spec::model::{Account, Endpoint, Example};

/// Ids that several chapters have, of things that have nothing to do with each other.
const SHARED: [&str; 3] = ["mediaid", "msgid", "ticket"];
/// What is no id of the account: people, other accounts, and secrets.
const OTHERS: [&str; 7] = ["openid", "unionid", "appid", "nextopenid", "categoryid", "kid", "kfid"];

/// Where a name is the same and the thing is not; each must still be refused.
const KINDS: [(&str, &str, &str); 9] = [
    ("add_template", "send_subscription_notice", "notices have templates of their own"),
    ("upload_media", "add_draft", "temporary media is no material of the library"),
    ("upload_media", "add_news_material", "temporary media is no material of the library"),
    ("upload_mass_news", "get_media", "articles are no file"),
    ("upload_mass_news", "create_mass_video", "articles are no film"),
    ("add_material", "update_news_material", "a file is no articles"),
    ("send_mass_message_by_openid", "delete_mass_message", "a text that was sent stays"),
    ("send_mass_message_by_tag", "delete_mass_message", "a text that was sent stays"),
    ("get_mass_status", "delete_mass_message", "a text that was sent stays"),
];

/// A request, and the name of the id in it that the one before it has handed out.
#[derive(Clone)]
struct Step {
    endpoint: &'static Endpoint,
    example: &'static Example,
    id: Option<String>,
}

/// What an id is called, whatever the endpoint: `tag_id`, `tagid`, and `id` of an object `tag` are one.
fn called(parent: &str, name: &str) -> Option<String> {
    let name = if name == "id" { format!("{}id", parent.trim_end_matches('s')) } else { name.to_owned() };
    let name = name.replace('_', "").to_ascii_lowercase();
    let name = name.strip_prefix("to").unwrap_or(&name).to_owned();
    let id = ["id", "key", "ticket", "account"].iter().any(|end| name.ends_with(end));
    (id && !OTHERS.contains(&name.as_str())).then_some(name)
}

/// Every id at any depth, by what it is called.
fn ids(parent: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(_) | Value::Number(_) => {
                        found.extend(called(parent, name).map(|called| (called, value.clone())));
                    }
                    value => ids(name, value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| ids(parent, item, found)),
        _ => {}
    }
}

fn all_ids(value: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    ids("", value, &mut found);
    found
}

/// Puts an id wherever one of this name stands.
fn put(parent: &str, value: &mut Value, id: &(String, Value)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let here = called(parent, name).is_some_and(|called| called == id.0);
                match value {
                    Value::String(_) | Value::Number(_) if here => *value = id.1.clone(),
                    value => put(name, value, id),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put(parent, item, id)),
        _ => {}
    }
}

fn given(request: &Request) -> Value {
    json!({"body": request.body, "query": request.query})
}

fn chapter(endpoint: &Endpoint) -> &str {
    endpoint.path.value.rsplit_once('/').map_or("", |(chapter, _)| chapter)
}

/// The ids of pictures that examples name.
static PICTURES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all = examples().into_iter().flat_map(|(_, examples)| examples);
    let bodies = all.filter_map(|example| serde_json::from_str::<Value>(&example.body.as_ref()?.value).ok());
    let pictures = |name: &str| matches!(name, "thumbmediaid" | "imagemediaid");
    let ids = bodies.flat_map(|body| all_ids(&body)).filter(|(name, _)| pictures(name));
    ids.map(|(_, id)| scalar(&id)).collect()
});

/// A sandbox that has the pictures which examples name.
async fn furnished() -> Sandbox {
    let sandbox = Sandbox::start().await.unwrap();
    let file = StoredFile { content_type: "image/jpeg".to_owned(), filename: None, bytes: "x".into() };
    let now = sandbox.state.clock.millis();
    for id in PICTURES.iter() {
        sandbox.state.of::<Library>().keep_picture(id.clone(), file.clone(), now / 1000);
        sandbox.state.of::<Media>().keep(id.clone(), "image", file.clone(), now);
    }
    sandbox
}

/// Sends the requests one after the other; what the last one was answered, if all before it were carried out.
async fn run(steps: &[Step]) -> (i64, Value) {
    let sandbox = furnished().await;
    let mut connection = Connection::open(&sandbox);
    let mut last: (i64, Value) = (0, Value::Null);
    for step in steps {
        let mut request = Request::of(step.endpoint, step.example, &sandbox);
        if let Some(name) = &step.id {
            let found = all_ids(&last.1).into_iter().find(|(called, _)| called == name);
            let id = found.expect("the answer before has it");
            let mut body = Value::Object(request.body);
            put("", &mut body, &id);
            request.body = body.as_object().cloned().unwrap_or_default();
            let mut query = Value::Object(request.query);
            put("", &mut query, &(id.0, Value::from(scalar(&id.1))));
            request.query = query.as_object().cloned().unwrap_or_default();
        }
        let answer = connection.send(step.endpoint, &request);
        let code = if answer.status == 200 { answer.code() } else { i64::from(answer.status) };
        last = (code, serde_json::from_slice(&answer.body).unwrap_or(Value::Object(Map::new())));
    }
    last
}

/// The ids of an answer that the sandbox made itself: no example has them.
fn made(answer: &Value, shown: &BTreeSet<String>) -> BTreeSet<String> {
    let ids =
        all_ids(answer).into_iter().filter(|(_, id)| !shown.contains(&scalar(id)) && scalar(id).len() > 2);
    ids.map(|(name, _)| name).collect()
}

/// A call of each example, and the ids that stand in the examples.
fn first_steps() -> (Vec<Step>, BTreeSet<String>) {
    let mut shown = BTreeSet::new();
    let mut first = Vec::new();
    for (endpoint, examples) in examples() {
        if !endpoint.accounts.is_empty() && !endpoint.accounts.contains(&Account::Service) {
            continue;
        }
        for example in &examples {
            for text in [&example.body, &example.response].into_iter().flatten() {
                let value: Value = serde_json::from_str(&text.value).unwrap();
                shown.extend(all_ids(&value).iter().map(|(_, id)| scalar(id)));
            }
        }
        first.extend(examples.into_iter().map(|example| Step { endpoint, example, id: None }));
    }
    (first, shown)
}

/// Whether a refusal names the field of an id.
fn names_id(code: i64, answer: &Value, id: &str) -> bool {
    let quoted = answer["errmsg"].as_str().unwrap_or_default().split('`').skip(1).step_by(2);
    let mut fields = quoted.filter_map(|path| {
        let mut names = path.rsplit('.');
        let field = names.next()?;
        called(names.next().unwrap_or_default(), field)
    });
    code == 404 || fields.any(|field| field == id)
}

#[tokio::test]
async fn every_id_that_a_call_hands_out_is_taken_by_all_that_ask_for_it() {
    let (first, shown) = first_steps();
    let (mut pairs, mut apart, mut failures) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut chains: Vec<Vec<Step>> = first.iter().map(|step| vec![step.clone()]).collect();
    let sandbox = furnished().await;
    while let Some(chain) = chains.pop() {
        let last = &chain[chain.len() - 1];
        let (code, answer) = run(&chain).await;
        if code != 0 {
            // An example alone may name what nobody made; an id that was handed out may not be refused.
            let refused = |name: &String| names_id(code, &answer, name);
            let kinds = |(from, to, _): &&(&str, &str, &str)| {
                let before =
                    chain.len().checked_sub(2).map(|index| chain[index].endpoint.name.value.as_str());
                before == Some(*from) && last.endpoint.name.value == *to
            };
            if last.id.as_ref().is_some_and(refused) {
                if let Some(kind) = KINDS.iter().find(kinds) {
                    apart.insert(*kind);
                } else {
                    let names: Vec<&str> =
                        chain.iter().map(|step| step.endpoint.name.value.as_str()).collect();
                    failures.push(format!("{}: {answer}", names.join(" → ")));
                }
            }
            continue;
        }
        for name in made(&answer, &shown) {
            for next in &first {
                let near = chapter(next.endpoint) == chapter(last.endpoint);
                let request = Request::of(next.endpoint, next.example, &sandbox);
                let takes = all_ids(&given(&request)).iter().any(|(called, _)| *called == name);
                if !takes
                    || (SHARED.contains(&name.as_str()) && !near)
                    || next.endpoint.name.value == last.endpoint.name.value
                {
                    continue;
                }
                if pairs.insert((&last.endpoint.name.value, &next.endpoint.name.value, name.clone())) {
                    let mut longer = chain.clone();
                    longer.push(Step { id: Some(name.clone()), ..next.clone() });
                    chains.push(longer);
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), pairs.len(), failures.join("\n"));
    assert_eq!(apart.len(), KINDS.len(), "refused: {apart:#?}");
    assert!(pairs.len() > 25, "{pairs:#?}");
}
