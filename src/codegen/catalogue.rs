//! The spec as JSON, for the sandbox: what it checks requests against and answers from.
//! Build dependencies are few on purpose, so the JSON is written here.

use std::fmt::Write as _;

use crate::spec::model::{
    Account, Auth, Const, Endpoint, Envelope, Event, Example, Field, Host, Method, Origin, Required,
    Response, Returns, Spec, Type, Union,
};

/// The whole catalogue. Keys whose value would be false, absent or empty are left out.
pub fn emit(spec: &Spec) -> String {
    let areas = &spec.areas;
    let endpoints = areas.iter().flat_map(|area| &area.endpoints).filter(|e| e.method != Method::Browser);
    let objects = areas.iter().flat_map(|area| &area.objects);
    let enums = areas.iter().flat_map(|area| &area.enums);
    let unions = areas.iter().flat_map(|area| &area.unions);
    let events = areas.iter().flat_map(|area| &area.events);
    let mut root = Object::default();
    root.raw("endpoints", &list(endpoints.map(endpoint)));
    root.raw("objects", &map(objects.map(|object| (object.name.value.clone(), fields(&object.fields)))));
    root.raw(
        "enums",
        &map(enums.map(|open| {
            let mut entry = Object::default();
            entry.flag("integer", open.integer);
            entry.raw("values", &list(open.values.iter().map(|value| text(&value.wire.value))));
            (open.name.value.clone(), entry.done())
        })),
    );
    root.raw("unions", &map(unions.map(|entry| (entry.name.value.clone(), union(entry)))));
    root.raw("events", &list(events.map(event)));
    let replies = areas.iter().flat_map(|area| &area.replies);
    root.raw("replies", &map(replies.map(|reply| (reply.msg_type.clone(), self::reply(reply)))));
    root.raw("errors", &map(spec.errors.iter().map(|e| (e.code.value.to_string(), text(&e.doc.value)))));
    root.done()
}

fn endpoint(endpoint: &Endpoint) -> String {
    let mut out = Object::default();
    out.text("name", &endpoint.name.value);
    out.text("method", if endpoint.method == Method::Post { "POST" } else { "GET" });
    out.text(
        "host",
        match endpoint.host {
            Host::Api => "api",
            Host::Mp => "mp",
            Host::Open => "open",
        },
    );
    out.text("path", &endpoint.path.value);
    out.text(
        "auth",
        match endpoint.auth.value {
            Auth::AccessToken => "access_token",
            Auth::None => "none",
            Auth::App => "app",
            Auth::UserToken => "user_token",
        },
    );
    out.flag("idempotent", endpoint.idempotent);
    let accounts = endpoint.accounts.iter().map(|account| match account {
        Account::Service => text("service"),
        Account::Subscription => text("subscription"),
    });
    out.raw("accounts", &list(accounts));
    out.raw("query", &fields(&endpoint.query));
    if let Some(body) = &endpoint.body {
        out.raw("body", &fields(body));
    }
    if let Some(parts) = &endpoint.parts {
        out.raw("parts", &fields(parts));
    }
    if let Some(raw) = &endpoint.raw {
        out.raw("raw", &field(raw));
    }
    if let Some(content_type) = &endpoint.content_type {
        out.text("content_type", content_type);
    }
    out.text(
        "returns",
        match endpoint.returns {
            Returns::Json => "json",
            Returns::Binary => "binary",
            Returns::Either => "either",
        },
    );
    match &endpoint.response {
        Response::Missing => {}
        Response::Fields(list) => out.raw("response", &fields(list)),
        Response::Named(name) => out.text("response_type", &name.value),
    }
    out.text("envelope", if endpoint.envelope == Envelope::BaseResp { "base_resp" } else { "errcode" });
    out.raw("examples", &list(endpoint.examples.iter().map(example)));
    out.done()
}

fn example(example: &Example) -> String {
    let mut out = Object::default();
    if let Some(title) = &example.title {
        out.text("title", title);
    }
    let texts = [
        ("query", &example.query),
        ("body", &example.body),
        ("raw", &example.raw),
        ("response", &example.response),
    ];
    for (key, value) in texts {
        if let Some(value) = value {
            out.text(key, &value.value);
        }
    }
    if !example.parts.is_empty() {
        out.raw("parts", &map(example.parts.iter().map(|(name, given)| (name.clone(), text(&given.value)))));
    }
    if let Some(download) = &example.download {
        let mut inner = Object::default();
        inner.text("content_type", &download.content_type);
        let texts =
            [("filename", &download.filename), ("text", &download.text), ("base64", &download.base64)];
        for (key, value) in texts {
            if let Some(value) = value {
                inner.text(key, value);
            }
        }
        out.raw("download", &inner.done());
    }
    out.done()
}

fn fields(fields: &[Field]) -> String {
    list(fields.iter().map(field))
}

fn field(field: &Field) -> String {
    let mut out = Object::default();
    out.text("name", &field.wire.value);
    out.raw("type", &ty(&field.ty.value));
    out.flag("required", field.required != Required::No || field.origin != Origin::Caller);
    match &field.origin {
        Origin::Caller => {}
        Origin::Const(Const::Text(value)) => out.text("const", value),
        Origin::Const(Const::Integer(value)) => out.raw("const", &value.to_string()),
        Origin::Const(Const::Bool(value)) => out.raw("const", &value.to_string()),
        Origin::AppId => out.text("account", "appid"),
        Origin::Secret => out.text("account", "secret"),
    }
    out.flag("flatten", field.flatten);
    if !field.path.is_empty() {
        out.raw("path", &list(field.path.iter().map(|name| text(name))));
    }
    out.flag("secret", field.secret);
    let limits = &field.limits;
    let signed = [("min", limits.min), ("max", limits.max)];
    for (key, value) in signed {
        if let Some(value) = value {
            out.raw(key, &value.to_string());
        }
    }
    let lengths = [
        ("min_chars", limits.min_chars),
        ("max_chars", limits.max_chars),
        ("max_bytes", limits.max_bytes),
        ("min_items", limits.min_items),
        ("max_items", limits.max_items),
    ];
    for (key, value) in lengths {
        if let Some(value) = value {
            out.raw(key, &value.to_string());
        }
    }
    let mut codes = Object::default();
    for (word, code) in limits.error.given() {
        codes.raw(word, &code.value.to_string());
    }
    if !codes.0.is_empty() {
        out.raw("error", &codes.done());
    }
    if !field.also.is_empty() {
        out.raw("also", &list(field.also.iter().map(|name| text(&name.value))));
    }
    out.done()
}

fn ty(ty: &Type) -> String {
    let wrapped = |key: &str, inner: String| {
        let mut out = Object::default();
        out.raw(key, &inner);
        out.done()
    };
    match ty {
        Type::String => text("string"),
        Type::I32 => text("i32"),
        Type::I64 => text("i64"),
        Type::U32 => text("u32"),
        Type::U64 => text("u64"),
        Type::Decimal => text("decimal"),
        Type::Bool => text("bool"),
        Type::Bool01 => text("bool01"),
        Type::Date => text("date"),
        Type::Timestamp => text("timestamp"),
        Type::Json => text("json"),
        Type::File => text("file"),
        Type::List(inner) => wrapped("list", self::ty(inner)),
        Type::Map(inner) => wrapped("map", self::ty(inner)),
        Type::Many(inner) => wrapped("many", self::ty(inner)),
        Type::Text(inner) => wrapped("text", self::ty(inner)),
        Type::JsonText(inner) => wrapped("json", self::ty(inner)),
        Type::Named(name) => wrapped("ref", text(name)),
    }
}

fn union(union: &Union) -> String {
    let mut out = Object::default();
    if let Some(tag) = &union.tag {
        out.text("tag", &tag.value);
    }
    out.flag("keyed", union.keyed);
    let variants = union.variants.iter().map(|variant| {
        let mut out = Object::default();
        out.text("tag", &variant.tag.value);
        out.text("key", &variant.key);
        out.flag("default", variant.default.value);
        if let Some(payload) = &variant.ty {
            out.raw("type", &ty(&payload.value));
        }
        out.done()
    });
    out.raw("variants", &list(variants));
    out.done()
}

fn event(event: &Event) -> String {
    let mut out = Object::default();
    out.text("name", &event.name.value);
    out.text("msg_type", &event.msg_type);
    if let Some(kind) = &event.event {
        out.text("event", &kind.value);
    }
    out.raw("fields", &fields(&event.fields));
    let examples = event.examples.iter().map(|example| {
        let mut out = Object::default();
        for (key, value) in [("xml", &example.xml), ("json", &example.json)] {
            if let Some(value) = value {
                out.text(key, &value.value);
            }
        }
        out.done()
    });
    out.raw("examples", &list(examples));
    out.done()
}

fn reply(reply: &Event) -> String {
    let mut out = Object::default();
    out.raw("fields", &fields(&reply.fields));
    let counts = reply.fields.iter().filter_map(|field| field.count.as_ref());
    out.raw("counts", &list(counts.map(|count| text(&count.value))));
    out.done()
}

/// A JSON object being written.
#[derive(Default)]
struct Object(String);

impl Object {
    fn raw(&mut self, key: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&text(key));
        self.0.push(':');
        self.0.push_str(json);
    }
    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, &text(value));
    }
    fn flag(&mut self, key: &str, value: bool) {
        if value {
            self.raw(key, "true");
        }
    }
    fn done(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn map(entries: impl Iterator<Item = (String, String)>) -> String {
    let mut out = Object::default();
    for (key, value) in entries {
        out.raw(&key, &value);
    }
    out.done()
}

fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
