//! Every example of the spec through the real generated types: what a request example decodes to writes the
//! example again, token for token, and a response example is described down to its last field.

// Deprecated endpoints have examples too.
#![allow(deprecated)]

mod canonical;

// Names every endpoint and event by its type; made by the generator beside the code of the library.
include!(concat!(env!("OUT_DIR"), "/walk.rs"));

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::{Map, Value};
use weixin::__private::{decode_strict, write, FieldType, Record, Written};
use weixin::{BrowserUrl, Client, Endpoint, Meta};

use self::canonical::{variant_of, Canonical};
use crate::spec::model::{self, Example, Field, Origin, Required, Response, Spec, Type};

struct Examples {
    spec: &'static Spec,
    client: Client,
    /// What was looked at: endpoints or events, and examples.
    seen: Vec<String>,
    count: usize,
    failures: Vec<String>,
}

impl Examples {
    fn new() -> Self {
        let client = Client::new("wx_appid", "app_secret").unwrap();
        Self { spec: crate::real(), client, seen: Vec::new(), count: 0, failures: Vec::new() }
    }

    fn endpoint(&mut self, area: &str, name: &str) -> model::Endpoint {
        self.seen.push(name.to_owned());
        let area = self.spec.areas.iter().find(|known| known.name == area).expect(area);
        area.endpoints.iter().find(|endpoint| endpoint.name.value == name).expect(name).clone()
    }

    fn judge(&mut self, name: &str, number: usize, outcome: Result<(), String>) {
        self.count += 1;
        if let Err(message) = outcome {
            self.failures.push(format!("{name}, example {}: {message}", number + 1));
        }
    }

    fn request<T: FieldType + Record + Clone + PartialEq>(&mut self, area: &str, name: &str, meta: &Meta) {
        let endpoint = self.endpoint(area, name);
        for (number, example) in endpoint.examples.iter().enumerate() {
            let outcome = self.request_example::<T>(&endpoint, example, meta);
            self.judge(name, number, outcome);
        }
    }

    fn request_example<T: FieldType + Record + Clone + PartialEq>(
        &self,
        endpoint: &model::Endpoint,
        example: &Example,
        meta: &Meta,
    ) -> Result<(), String> {
        let given = self.given(endpoint, example)?;
        let request: T =
            decode_strict(&given.to_string(), None).map_err(|error| format!("{error} in {given}"))?;
        if request.clone() != request {
            return Err(format!("a clone of the request differs: {given}"));
        }
        let Written { url, body, parts } =
            write(&self.client, meta, &request).map_err(|error| error.to_string())?;
        if let Some(due) = &example.url {
            return same("URL", &url, &due.value);
        }
        let (_, query) = url.split_once('?').unwrap_or_default();
        same("query", query, example.query.as_ref().map_or("", |query| query.value.as_str()))?;
        let sent = body.unwrap_or_default();
        match (&example.body, &example.raw) {
            (Some(due), _) => same("body", &sent, &compact(&due.value))?,
            (None, Some(due)) => same("raw body", &sent, &due.value)?,
            (None, None) => same("body", sent.trim_start_matches("{}"), "")?,
        }
        if example.body.is_none() && endpoint.method == model::Method::Post && endpoint.parts.is_none() {
            let due = if endpoint.raw.is_some() { sent.as_str() } else { "{}" };
            same("body of a request without fields", &sent, due)?;
        }
        let due: Vec<(String, String)> = example
            .parts
            .iter()
            .map(|(name, text)| {
                let json = serde_json::from_str::<Value>(&text.value).is_ok_and(|value| value.is_object());
                (name.clone(), if json { compact(&text.value) } else { text.value.clone() })
            })
            .collect();
        same("parts", &format!("{parts:?}"), &format!("{due:?}"))
    }

    /// All that the caller gives, as one JSON object: query, body, parts; without constants and credentials.
    fn given(&self, endpoint: &model::Endpoint, example: &Example) -> Result<Value, String> {
        let mut given = Map::new();
        let mut add = |name: &str, value: Value| match given.insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(format!("`{name}` is sent twice")),
        };
        let query = match &example.url {
            Some(url) => url.value.split(['?', '#']).nth(1),
            None => example.query.as_ref().map(|query| query.value.as_str()),
        };
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, text) = pair.split_once('=').ok_or(format!("{pair} is no pair"))?;
            let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
            let field = endpoint.query.iter().find(|field| field.wire.value == name);
            if let Some(field) = field.filter(|field| field.origin == Origin::Caller) {
                add(name, self.typed(&field.ty.value, &text))?;
            } else if field.is_none() && endpoint.parts.is_some() {
                // Of a choice among the parts, what is no file.
                add(name, Value::String(text.into_owned()))?;
            }
        }
        if let Some(body) = &example.body {
            let body: Map<String, Value> =
                serde_json::from_str(&body.value).map_err(|error| error.to_string())?;
            let constant = |field: &&Field| field.origin != Origin::Caller;
            let constants: Vec<&Field> = endpoint.body.iter().flatten().filter(constant).collect();
            for (name, value) in body {
                if !constants.iter().any(|field| field.wire.value == name) {
                    add(&name, value)?;
                }
            }
        }
        for (name, text) in &example.parts {
            let field = endpoint.parts.iter().flatten().find(|field| field.wire.value == *name);
            let ty = field.map_or(&Type::String, |field| &field.ty.value);
            add(name, self.typed(ty, &text.value))?;
        }
        if let (Some(raw), Some(field)) = (&example.raw, &endpoint.raw) {
            add(&field.wire.value, Value::String(raw.value.clone()))?;
        }
        Ok(Value::Object(given))
    }

    /// A value of a query or a form as it would be in JSON.
    fn typed(&self, ty: &Type, text: &str) -> Value {
        let json = match ty {
            Type::I32 | Type::I64 | Type::U32 | Type::U64 | Type::Decimal | Type::Timestamp => true,
            Type::Bool | Type::Bool01 | Type::List(_) | Type::Map(_) | Type::Many(_) => true,
            Type::Named(name) => self.spec.areas.iter().any(|area| {
                area.objects.iter().any(|object| object.name.value == *name)
                    || area.enums.iter().any(|open| open.name.value == *name && open.integer)
            }),
            _ => false,
        };
        let parsed = json.then(|| serde_json::from_str(text).ok()).flatten();
        parsed.unwrap_or_else(|| Value::String(text.to_owned()))
    }

    fn response<T: FieldType + Serialize + Debug + Clone + PartialEq>(
        &mut self,
        area: &str,
        name: &str,
        meta: &Meta,
    ) {
        let endpoint = self.endpoint(area, name);
        // What a request must give and an answer may leave out is blank then.
        let fields = match &endpoint.response {
            Response::Fields(fields) => fields.as_slice(),
            _ => &[],
        };
        let lax = fields.iter().filter(|field| field.required == Required::Request);
        let may_be_blank: Vec<&str> = lax.map(|field| field.wire.value.as_str()).collect();
        for (number, example) in endpoint.examples.iter().enumerate() {
            if let Some(response) = &example.response {
                let canonical = |due: &mut Value| Canonical { spec: self.spec }.answer(&endpoint, due);
                let outcome = response_example::<T>(&response.value, meta, &may_be_blank, canonical);
                self.judge(name, number, outcome);
            }
        }
    }

    fn finish(self, due: usize) {
        let Self { seen, failures, count, .. } = self;
        assert!(failures.is_empty(), "{} of {count} examples:\n{}", failures.len(), failures.join("\n"));
        assert_eq!(seen.len(), due, "{seen:?}");
        assert!(count >= seen.len(), "{count} examples");
    }
}

fn response_example<T>(
    json: &str,
    meta: &Meta,
    may_be_blank: &[&str],
    canonical: impl FnOnce(&mut Value),
) -> Result<(), String>
where
    T: FieldType + Serialize + Debug + Clone + PartialEq,
{
    let mut due: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let code =
        due.get("errcode").or(due.pointer("/base_resp/ret")).and_then(Value::as_i64).unwrap_or_default();
    let response = match decode_strict::<T>(json, Some(meta)) {
        Err(error) if code != 0 && error.starts_with(&format!("error {code}: ")) => return Ok(()),
        Ok(_) if code != 0 => return Err("an error is read as a success".to_owned()),
        decoded => decoded?,
    };
    if response.clone() != response {
        return Err("a clone of the answer differs".to_owned());
    }
    canonical(&mut due);
    let mut written = serde_json::to_value(&response).map_err(|error| error.to_string())?;
    if let (Value::Object(due), Value::Object(written)) = (&mut due, &mut written) {
        due.retain(|key, _| !["errcode", "errmsg", "base_resp"].contains(&key.as_str()));
        written.retain(|key, value| {
            *value != "" || due.contains_key(key) || !may_be_blank.contains(&key.as_str())
        });
    }
    let mut difference = String::new();
    compare(&written, &due, "", &mut difference);
    if difference.is_empty() {
        return Ok(());
    }
    Err(format!("written again, it differs at `{difference}`:\n  {written}\n  {due}"))
}

/// Notes where two values mean different things: a list or an object without anything in it may be left out,
/// and JSON inside a string is compared as JSON.
fn compare(written: &Value, due: &Value, path: &str, difference: &mut String) {
    let same = match (written, due) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                compare(a, b, &format!("{path}.{key}"), difference);
            }
            true
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, &format!("{path}[{index}]"), difference);
            }
            true
        }
        (Value::Null, Value::Array(list)) => list.is_empty(),
        (Value::Null, Value::Object(object)) | (Value::Object(object), Value::Null) => object.is_empty(),
        (Value::Number(a), Value::Number(b)) => {
            // 35 and 35.0 are one number, as long as a float can tell it from its neighbours.
            let exact =
                |number: &serde_json::Number| number.as_f64().filter(|value| value.abs() < 2_f64.powi(53));
            a == b || exact(a).is_some_and(|value| exact(b) == Some(value))
        }
        (Value::String(a), Value::String(b)) => {
            let json = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
            a == b || json(a).zip(json(b)).is_some_and(|(a, b)| a == b)
        }
        (a, b) => a == b,
    };
    if !same && difference.is_empty() {
        path.clone_into(difference);
    }
}

fn same(what: &str, written: &str, due: &str) -> Result<(), String> {
    if written == due {
        return Ok(());
    }
    Err(format!("the {what} is written\n  {written}\n  and should be\n  {due}"))
}

/// JSON without the white space between its tokens; nothing else is changed.
fn compact(json: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    json.chars()
        .filter(|c| {
            if quoted {
                quoted = escaped || *c != '"';
                escaped = !escaped && *c == '\\';
                return true;
            }
            quoted = *c == '"';
            !c.is_ascii_whitespace()
        })
        .collect()
}

/// The endpoints of the areas that this build has.
fn endpoints(spec: &Spec) -> impl Iterator<Item = &model::Endpoint> {
    spec.areas.iter().filter(|area| is_built(area)).flat_map(|area| &area.endpoints)
}

fn is_built(area: &model::Area) -> bool {
    area.feature.as_ref().is_none_or(|feature| FEATURES.contains(&(feature.value.as_str(), true)))
}

#[test]
fn every_request_example_is_what_its_type_writes() {
    let mut examples = Examples::new();
    macro_rules! check {
        ($area:ident $name:ident $request:ty => browser) => {
            let meta = <$request as BrowserUrl>::META;
            examples.request::<$request>(stringify!($area), stringify!($name), meta);
        };
        ($area:ident $name:ident $request:ty => $kind:ident $($response:ty)?) => {
            let meta = <$request as Endpoint>::META;
            assert_eq!(meta.name(), stringify!($name));
            examples.request::<$request>(stringify!($area), stringify!($name), meta);
        };
    }
    for_each_endpoint!(check);
    let due = endpoints(examples.spec).count();
    examples.finish(due);
}

#[test]
fn every_response_example_is_fully_described() {
    let mut examples = Examples::new();
    macro_rules! check {
        ($area:ident $name:ident $request:ty => browser) => {};
        ($area:ident $name:ident $request:ty => bytes) => {};
        ($area:ident $name:ident $request:ty => $kind:ident $response:ty) => {
            let meta = <$request as Endpoint>::META;
            examples.response::<$response>(stringify!($area), stringify!($name), meta);
        };
    }
    for_each_endpoint!(check);
    let json = |endpoint: &&model::Endpoint| {
        endpoint.method != model::Method::Browser && endpoint.returns != model::Returns::Binary
    };
    let due = endpoints(examples.spec).filter(json).count();
    examples.finish(due);
}

#[test]
fn every_area_with_endpoints_shows_itself_in_use() {
    let examples = Examples::new();
    let silent =
        examples.spec.areas.iter().filter(|area| !area.endpoints.is_empty() && area.example.is_none());
    let silent: Vec<&str> = silent.map(|area| area.name.as_str()).collect();
    assert!(silent.is_empty(), "{} areas have no `example`: {}", silent.len(), silent.join(", "));
}

/// What is known of the unions of the spec: which a request can hold, and which variants examples show.
struct Variants<'s> {
    spec: &'s Spec,
    sent: BTreeSet<&'s str>,
    shown: BTreeSet<(String, String)>,
}

impl<'s> Variants<'s> {
    fn object(&self, name: &str) -> Option<&'s model::Object> {
        self.spec.areas.iter().flat_map(|area| &area.objects).find(|object| object.name.value == name)
    }

    fn union(&self, name: &str) -> Option<&'s model::Union> {
        self.spec.areas.iter().flat_map(|area| &area.unions).find(|union| union.name.value == name)
    }

    /// Notes the unions that a value of this type can hold.
    fn reach(&mut self, ty: &'s Type, visited: &mut BTreeSet<&'s str>) {
        match ty {
            Type::List(inner) | Type::Map(inner) | Type::Many(inner) | Type::JsonText(inner) => {
                self.reach(inner, visited);
            }
            Type::Named(name) if visited.insert(name) => {
                if let Some(object) = self.object(name) {
                    object.fields.iter().for_each(|field| self.reach(&field.ty.value, visited));
                } else if let Some(union) = self.union(name) {
                    self.sent.insert(name);
                    let payloads = union.variants.iter().filter_map(|variant| variant.ty.as_ref());
                    payloads.for_each(|ty| self.reach(&ty.value, visited));
                }
            }
            _ => {}
        }
    }

    /// Notes the variants in an object with these fields.
    fn fields<'f>(&mut self, fields: impl IntoIterator<Item = &'f Field>, object: &Value) {
        for field in fields {
            let within = field.path.iter().fold(object, |object, key| &object[key]);
            let value = if field.flatten { within } else { &within[&field.wire.value] };
            self.value(&field.ty.value, value);
        }
    }

    fn value(&mut self, ty: &Type, value: &Value) {
        match (ty, value) {
            (Type::List(inner) | Type::Many(inner), Value::Array(items)) => {
                items.iter().for_each(|item| self.value(inner, item));
            }
            (Type::Many(inner), value) => self.value(inner, value),
            (Type::Map(inner), Value::Object(members)) => {
                members.values().for_each(|member| self.value(inner, member));
            }
            (Type::JsonText(inner), Value::String(text)) => {
                self.value(inner, &serde_json::from_str(text).unwrap_or_default());
            }
            (Type::JsonText(inner), value) => self.value(inner, value),
            (Type::Named(name), value @ Value::Object(_)) => {
                if let Some(object) = self.object(name) {
                    self.fields(&object.fields, value);
                } else if let Some(union) = self.union(name) {
                    self.variant(union, value);
                }
            }
            _ => {}
        }
    }

    fn variant(&mut self, union: &model::Union, object: &Value) {
        let Some(variant) = variant_of(union, object) else { return };
        self.shown.insert((union.name.value.clone(), variant.tag.value.clone()));
        if let Some(ty) = &variant.ty {
            self.value(&ty.value, if union.keyed { &object[&variant.key] } else { object });
        }
    }
}

#[test]
fn every_variant_that_can_be_sent_is_in_a_request_example() {
    let examples = Examples::new();
    let mut variants = Variants { spec: examples.spec, sent: BTreeSet::new(), shown: BTreeSet::new() };
    for endpoint in examples.spec.areas.iter().flat_map(|area| &area.endpoints) {
        let lists = [Some(&endpoint.query), endpoint.body.as_ref(), endpoint.parts.as_ref()];
        let fields: Vec<&Field> = lists.into_iter().flatten().flatten().collect();
        let mut visited = BTreeSet::new();
        fields.iter().for_each(|field| variants.reach(&field.ty.value, &mut visited));
        for example in &endpoint.examples {
            let given = examples.given(endpoint, example).unwrap();
            variants.fields(fields.iter().copied(), &given);
        }
    }
    assert!(variants.sent.len() > 20, "{:?}", variants.sent);
    let mut missing = Vec::new();
    for area in &examples.spec.areas {
        for union in area.unions.iter().filter(|union| variants.sent.contains(union.name.value.as_str())) {
            for variant in &union.variants {
                let shown = (union.name.value.clone(), variant.tag.value.clone());
                if !variants.shown.contains(&shown) {
                    missing.push(format!("{}: {} {}", area.name, shown.0, shown.1));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{} variants are in no example:\n{}", missing.len(), missing.join("\n"));
}

/// The comparison itself tells right from wrong.
#[test]
fn a_difference_is_found() {
    let found = |a: Value, b: Value| {
        let mut difference = String::new();
        compare(&a, &b, "", &mut difference);
        difference
    };
    use serde_json::json;
    assert_eq!(found(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 2}], "c": []})), "");
    assert_eq!(found(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 3}]})), ".a[1].b");
    assert_eq!(found(json!({"a": [1]}), json!({"a": [1, 2]})), ".a");
    assert_eq!(found(json!({}), json!({"a": [0]})), ".a");
    assert_eq!(found(json!({}), json!({"a": ""})), ".a");
    assert_eq!(found(json!({"a": "7"}), json!({"a": 7})), ".a");
    assert_eq!(
        compact("{ \"a b\\\" c\" : [1, 2],\n\"x\":\"\\\\\" , \"y\": \" \"}"),
        "{\"a b\\\" c\":[1,2],\"x\":\"\\\\\",\"y\":\" \"}"
    );
}

#[cfg(feature = "callback")]
#[test]
fn every_event_example_is_fully_described() {
    use weixin::callback::Push;

    let mut examples = Examples::new();
    macro_rules! check {
        ($area:ident $name:ident $event:ty) => {
            let name = stringify!($name);
            examples.seen.push(name.to_owned());
            let area = examples.spec.areas.iter().find(|area| area.name == stringify!($area)).unwrap();
            let event = area.events.iter().find(|event| event.ty.value == name).unwrap().clone();
            for (number, example) in event.examples.iter().enumerate() {
                let push = match (&example.xml, &example.json) {
                    (Some(xml), _) => Push::from_xml(xml.value.as_bytes()),
                    (_, Some(json)) => Push::from_json(json.value.as_bytes()),
                    _ => panic!("an example is XML or JSON"),
                };
                let outcome = push.map_err(|error| error.to_string()).and_then(|push| {
                    let json = serde_json::to_string(&push).map_err(|error| error.to_string())?;
                    // Beside the envelope, the event must know all that is there.
                    let mut fields: Map<String, Value> = serde_json::from_str(&json).unwrap();
                    let envelope = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"];
                    let there = envelope.map(|key| fields.contains_key(key));
                    fields.retain(|key, _| !envelope.contains(&key.as_str()));
                    let tag = event.event.as_ref().map_or("", |tag| tag.value.as_str());
                    same(
                        "envelope",
                        &format!("{there:?}"),
                        &format!("{:?}", [true, true, true, true, !tag.is_empty()]),
                    )?;
                    same("unknown fields", &format!("{:?}", push.unknown_fields), "{}")?;
                    let typed: $event =
                        serde_json::from_value(fields.clone().into()).map_err(|error| error.to_string())?;
                    same("unknown fields of the event", &format!("{:?}", typed.unknown_fields), "{}")?;
                    let again = serde_json::to_value(&typed).map_err(|error| error.to_string())?;
                    match again == Value::Object(fields) {
                        true => Ok(()),
                        false => Err(format!("the event is written {again}, and the push is {json}")),
                    }
                });
                examples.judge(name, number, outcome);
            }
        };
    }
    for_each_event!(check);
    let due = examples.spec.areas.iter().filter(|area| is_built(area)).map(|area| area.events.len()).sum();
    examples.finish(due);
}

#[cfg(feature = "callback")]
#[test]
fn every_reply_example_is_written_again() {
    use weixin::callback::{Push, Reply};

    let mut examples = Examples::new();
    macro_rules! check {
        ($area:ident $name:ident $reply:ty) => {
            let name = stringify!($name);
            examples.seen.push(name.to_owned());
            let area = examples.spec.areas.iter().find(|area| area.name == stringify!($area)).unwrap();
            let reply = area.replies.iter().find(|reply| reply.ty.value == name).unwrap().clone();
            for (number, example) in reply.examples.iter().enumerate() {
                let (due, xml) = match (&example.xml, &example.json) {
                    (Some(xml), _) => (compact_xml(&xml.value), true),
                    (_, Some(json)) => (compact(&json.value), false),
                    _ => panic!("an example is XML or JSON"),
                };
                let mut fields = match xml {
                    true => tree(&crate::codegen::example::xml::read(&due).expect("XML")),
                    false => serde_json::from_str(&due).expect("JSON"),
                };
                let mut envelope = Map::new();
                for key in ["ToUserName", "FromUserName", "CreateTime", "MsgType"] {
                    let value = fields.as_object_mut().and_then(|fields| fields.remove(key));
                    envelope.insert(key.to_owned(), value.expect(key));
                }
                let outcome = serde_json::from_value(fields).map_err(|error| error.to_string()).and_then(
                    |reply: $reply| {
                        same("unknown fields", &format!("{:?}", reply.unknown_fields), "{}")?;
                        // The push that it answers came the other way.
                        let time: i64 = envelope["CreateTime"].to_string().trim_matches('"').parse().unwrap();
                        let (to, from) = (envelope["FromUserName"].clone(), envelope["ToUserName"].clone());
                        envelope.insert("ToUserName".to_owned(), to);
                        envelope.insert("FromUserName".to_owned(), from);
                        let push = Push::from_json(Value::Object(envelope).to_string().as_bytes()).unwrap();
                        let reply = Reply::from(reply);
                        let again = match xml {
                            true => reply.to_xml(&push, time.into()),
                            false => reply.to_json(&push, time.into()),
                        };
                        same("reply", &again.unwrap(), &due)
                    },
                );
                examples.judge(name, number, outcome);
            }
        };
    }
    for_each_reply!(check);
    let due = examples.spec.areas.iter().filter(|area| is_built(area)).map(|area| area.replies.len()).sum();
    examples.finish(due);
}

/// An element as JSON, read by the generator and not by the crate.
#[cfg(feature = "callback")]
fn tree(element: &crate::codegen::example::xml::Element) -> Value {
    if element.children.is_empty() {
        return Value::String(element.text.clone());
    }
    let mut fields = Map::new();
    for child in &element.children {
        match fields.get_mut(&child.name) {
            None => drop(fields.insert(child.name.clone(), tree(child))),
            Some(Value::Array(list)) => list.push(tree(child)),
            Some(first) => *first = Value::Array(vec![first.take(), tree(child)]),
        }
    }
    Value::Object(fields)
}

/// XML without the white space between elements.
#[cfg(feature = "callback")]
fn compact_xml(xml: &str) -> String {
    xml.lines().map(str::trim).collect()
}
