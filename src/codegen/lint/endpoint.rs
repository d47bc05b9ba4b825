//! Rules for a call as a whole: its address, its method, what it may carry, and that it is there once.
//! Its fields have rules of their own.

use std::collections::BTreeMap;

use super::Lint;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::index::Kind;
use crate::spec::model::{
    Area, Auth, Const, Endpoint, Event, Field, Host, Method, Origin, Pushed, Response, Returns, Span,
};
use crate::spec::naming;
use crate::spec::walk;

pub fn check(lint: &Lint, out: &mut Diagnostics) {
    for area in &lint.spec.areas {
        for endpoint in &area.endpoints {
            path(endpoint, out);
            carries(endpoint, out);
            answers(lint, endpoint, out);
            authorised(area, endpoint, out);
            deprecated(lint, endpoint, out);
            codes(lint, endpoint, out);
            if endpoint.examples.is_empty() && !endpoint.name.value.is_empty() {
                let message = format!("endpoint `{}` has no example", endpoint.name.value);
                out.error(endpoint.name.span, message);
            }
        }
    }
    alone(lint, out);
    events(lint, out);
}

fn path(endpoint: &Endpoint, out: &mut Diagnostics) {
    let path = &endpoint.path;
    if path.value.is_empty() {
        return;
    }
    let mut error = |message: &str| out.error(path.span, format!("path `{}` {message}", path.value));
    if !path.value.starts_with('/') {
        error("must begin with `/`");
    }
    if !path.value.is_ascii() {
        error("must be ASCII");
    }
    if path.value.contains('?') || path.value.contains('#') {
        error("must be without query and fragment: they have keys of their own");
    }
    let plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "/-_.~?#".contains(c);
    if !path.value.chars().all(plain) {
        error("may hold letters, digits and `/-_.~` only");
    }
    if path.value.contains("//") || path.value.split('/').any(|part| part == "." || part == "..") {
        error("must be written in its shortest form");
    }
}

/// What a request carries besides its query.
fn carries(endpoint: &Endpoint, out: &mut Diagnostics) {
    let given = [
        ("body", endpoint.body.is_some()),
        ("parts", endpoint.parts.is_some()),
        ("raw", endpoint.raw.is_some()),
    ];
    let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
    if let [first, rest @ ..] = given.as_slice() {
        for key in rest {
            out.error(
                endpoint.span_of(key),
                format!("`{first}` and `{key}` exclude each other: a request has one body"),
            );
        }
    }
    if endpoint.method != Method::Post {
        for key in &given {
            let method = if endpoint.method == Method::Get { "GET" } else { "BROWSER" };
            out.error(endpoint.span_of(key), format!("a {method} request has no `{key}`"));
        }
    }
    if endpoint.content_type.is_some() && endpoint.raw.is_none() {
        out.error(endpoint.span_of("content_type"), "`content_type` stands beside `raw` only");
    }
    if endpoint.parts.as_ref().is_some_and(Vec::is_empty) {
        out.error(endpoint.span_of("parts"), "a form without parts: leave `parts` out");
    }
}

fn answers(lint: &Lint, endpoint: &Endpoint, out: &mut Diagnostics) {
    let browser = endpoint.method == Method::Browser;
    if browser {
        const OF_CALLS: &[&str] = &["response", "returns", "paging", "not_found", "envelope", "idempotent"];
        for key in OF_CALLS.iter().filter(|key| endpoint.keys.iter().any(|given| given.value == **key)) {
            out.error(
                endpoint.span_of(key),
                format!("`{key}` says nothing of a BROWSER URL: it is never called"),
            );
        }
    } else if endpoint.fragment.is_some() {
        out.error(endpoint.span_of("fragment"), "`fragment` belongs to BROWSER URLs: it is never sent");
    }
    match (&endpoint.response, endpoint.returns) {
        _ if browser => {}
        (Response::Missing, Returns::Json | Returns::Either) => {
            let message = format!(
                "endpoint `{}` lacks `response` (an empty `[endpoint.response]` if it only says whether it worked)",
                endpoint.name.value
            );
            out.error(endpoint.name.span, message);
        }
        (Response::Fields(_) | Response::Named(_), Returns::Binary) => {
            out.error(
                endpoint.span_of("response"),
                "bytes have no fields: leave `response` out, or `returns = \"either\"`",
            );
        }
        _ => {}
    }
    if let Response::Named(name) = &endpoint.response {
        match lint.index.get(&name.value).map(|described| described.kind) {
            Some(Kind::Object(_) | Kind::Union(_)) => {}
            Some(Kind::Enum(_)) => {
                out.error(
                    name.span,
                    format!("`{}` is an enum; a response is an object or a union", name.value),
                );
            }
            // Reported as an unknown type.
            None => {}
        }
    }
}

fn authorised(area: &Area, endpoint: &Endpoint, out: &mut Diagnostics) {
    let lists = walk::requests(area, endpoint);
    let fields: Vec<&Field> = lists.iter().flat_map(|list| list.fields).collect();
    let from = |origin: &Origin| fields.iter().find(|field| field.origin == *origin);
    match endpoint.auth.value {
        Auth::App if from(&Origin::AppId).is_none() && from(&Origin::Secret).is_none() => {
            out.error(
                endpoint.auth.span,
                "`auth = \"app\"`, but no field has `account`: where do AppID and secret go?",
            );
        }
        Auth::AccessToken | Auth::None | Auth::UserToken => {
            if let Some(field) = from(&Origin::Secret) {
                let message = "the account's secret is sent by calls with `auth = \"app\"` only";
                out.error(field.span_of("account"), message);
            }
        }
        Auth::App => {}
    }
    if endpoint.auth.value == Auth::UserToken
        && !fields.iter().any(|field| field.wire.value == "access_token")
    {
        let message =
            "`auth = \"user_token\"`, but no field is called `access_token`: where does the user's token go?";
        out.error(endpoint.auth.span, message);
    }
    if endpoint.method == Method::Browser && endpoint.auth.value == Auth::AccessToken {
        let message =
            "a BROWSER URL never carries the access token: say `auth = \"none\"` or `auth = \"app\"`";
        out.error(endpoint.auth.span, message);
    }
    if endpoint.method == Method::Browser
        && let Some(field) = from(&Origin::Secret)
    {
        out.error(field.span_of("account"), "a BROWSER URL must not carry the account's secret");
    }
}

fn deprecated(lint: &Lint, endpoint: &Endpoint, out: &mut Diagnostics) {
    let Some(instead) = endpoint.deprecated.as_ref().and_then(|deprecated| deprecated.instead.as_ref())
    else {
        return;
    };
    if instead.value == endpoint.name.value {
        out.error(instead.span, format!("endpoint `{}` can't replace itself", instead.value));
        return;
    }
    let mut all = lint.spec.areas.iter().flat_map(|area| &area.endpoints);
    match all.clone().find(|other| other.name.value == instead.value) {
        None if lint.whole => {
            let meant =
                naming::suggestion(&instead.value, all.by_ref().map(|other| other.name.value.as_str()));
            out.error(instead.span, format!("no endpoint is called `{}`{meant}", instead.value));
        }
        Some(other) if other.deprecated.is_some() => {
            out.error(instead.span, format!("endpoint `{}` is deprecated itself", instead.value));
        }
        _ => {}
    }
}

fn codes(lint: &Lint, endpoint: &Endpoint, out: &mut Diagnostics) {
    if !lint.whole {
        return;
    }
    for code in &endpoint.errors {
        if !lint.spec.errors.iter().any(|error| error.code.value == code.value) {
            out.error(code.span, format!("error code {} does not stand in `errors.toml`", code.value));
        }
    }
}

/// What tells one call from another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Address<'s> {
    method: &'static str,
    host: &'static str,
    path: &'s str,
    constants: Vec<String>,
}

/// No two endpoints are the same call.
fn alone(lint: &Lint, out: &mut Diagnostics) {
    let mut first: BTreeMap<Address, (&str, Span)> = BTreeMap::new();
    for endpoint in lint.spec.areas.iter().flat_map(|area| &area.endpoints) {
        if endpoint.path.value.is_empty() {
            continue;
        }
        let constant = |location: &str, field: &Field| match &field.origin {
            Origin::Const(value) => {
                let value = match value {
                    Const::Text(text) => format!("{text:?}"),
                    Const::Integer(number) => number.to_string(),
                    Const::Bool(value) => value.to_string(),
                };
                Some(format!("{location} {}.{}={value}", field.path.join("."), field.wire.value))
            }
            _ => None,
        };
        let mut constants: Vec<String> =
            endpoint.query.iter().filter_map(|field| constant("query", field)).collect();
        for fields in [&endpoint.body, &endpoint.parts].into_iter().flatten() {
            constants.extend(fields.iter().filter_map(|field| constant("body", field)));
        }
        constants.sort();
        let address = Address {
            method: match endpoint.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Browser => "BROWSER",
            },
            host: match endpoint.host {
                Host::Api => "api",
                Host::Mp => "mp",
                Host::Open => "open",
            },
            path: &endpoint.path.value,
            constants,
        };
        if let Some((other, span)) = first.get(&address) {
            let message = format!(
                "endpoint `{}` is the same call as `{other}`: {} {} of host `{}`, and no constant tells them apart",
                endpoint.name.value, address.method, address.path, address.host
            );
            out.error_with(endpoint.path.span, message, "the other", *span);
        } else {
            first.insert(address, (&endpoint.name.value, endpoint.path.span));
        }
    }
}

/// No two events come under the same words, nor two replies, and each has an example.
fn events(lint: &Lint, out: &mut Diagnostics) {
    let mut first: BTreeMap<(bool, &str, Option<String>), Span> = BTreeMap::new();
    for event in lint.spec.areas.iter().flat_map(|area| area.events.iter().chain(&area.replies)) {
        let Event { kind, name, msg_type, event: word, also, examples, .. } = event;
        let what = kind.word();
        if examples.is_empty() && !name.value.is_empty() {
            out.error(name.span, format!("{what} `{}` has no example", name.value));
        }
        if *kind == Pushed::Event && word.is_none() || msg_type.is_empty() {
            continue;
        }
        let words = word.iter().chain(also).map(|word| Some(word.value.to_ascii_lowercase()));
        let bare = word.is_none().then_some(None);
        for word in words.chain(bare) {
            let key = (*kind == Pushed::Reply, msg_type.as_str(), word);
            if let Some(span) = first.get(&key) {
                let message = format!("{what} `{}` comes under the same words as another", name.value);
                out.error_with(name.span, message, "the other", *span);
            } else {
                first.insert(key, name.span);
            }
        }
    }
}
