//! The text of one area: its endpoints in the order of the spec, then its types.

use std::fmt::Write as _;

use super::types::{self, Scope};
use super::{docs, event, field, name, paging};
use crate::spec::model::{
    At, Auth, Const, Endpoint, Envelope, Host, Method, Object, OpenEnum, Origin, Required, Response, Returns,
    Union,
};
use crate::spec::naming;

pub fn emit(scope: Scope<'_>) -> String {
    let area = scope.area;
    let mut out = String::new();
    let mut defaults = Vec::new();
    for name in &area.reexports {
        let _ = writeln!(out, "pub use {};\n", scope.path(&name.value));
    }
    for endpoint in &area.endpoints {
        self::endpoint(&mut out, scope, endpoint, &mut defaults);
    }
    methods(&mut out, scope);
    for object in &area.objects {
        self::object(&mut out, scope, object, &mut defaults);
    }
    for open in &area.enums {
        open_enum(&mut out, open);
    }
    for union in &area.unions {
        self::union(&mut out, scope, union);
    }
    for pushed in &area.events {
        event::emit(&mut out, scope, pushed);
    }
    for reply in &area.replies {
        event::emit(&mut out, scope, reply);
        if reply.fields.iter().all(|field| field.required == Required::No) {
            defaults.push(reply.ty.value.clone());
        }
    }
    if !defaults.is_empty() {
        let _ = writeln!(out, "default_from_new! {{ {} }}", defaults.join(", "));
    }
    let texts: Vec<&str> = area.objects.iter().filter(|object| scope.is_text(object)).map(name_of).collect();
    if !texts.is_empty() {
        let _ = writeln!(out, "from_text! {{ {} }}", texts.join(", "));
    }
    out
}

fn name_of(object: &Object) -> &str {
    &object.name.value
}

fn endpoint(out: &mut String, scope: Scope<'_>, endpoint: &Endpoint, defaults: &mut Vec<String>) {
    let request = name::request(endpoint);
    let browser = endpoint.method == Method::Browser;
    let answer = answer(scope, endpoint);
    let _ = writeln!(out, "{} {{", if browser { "browser_url!" } else { "endpoint!" });
    docs::lines(out, "    ", &docs::request(scope, endpoint));
    deprecated(out, "    ", endpoint);
    let _ = match browser {
        true => writeln!(out, "    pub struct {request} {{"),
        false => writeln!(out, "    pub struct {request} => {answer} {{"),
    };
    let mut needs_nothing = true;
    for (location, field) in types::request_fields(endpoint) {
        if field.origin == Origin::Caller {
            needs_nothing &= field.required == Required::No;
            field::line(out, scope, &request, field, location, true);
        }
    }
    out.push_str("    }\n");
    keys(out, scope, endpoint);
    out.push_str("}\n\n");
    if needs_nothing {
        defaults.push(request.clone());
    }
    if let Response::Fields(fields) = &endpoint.response
        && !fields.is_empty()
    {
        let name = name::response(endpoint);
        out.push_str("response! {\n");
        let _ = writeln!(out, "    /// What [`{0}`](crate::Client::{0}) answers.", endpoint.name.value);
        field::all(out, scope, &name, fields, false);
        out.push_str("}\n\n");
    }
    for old in &endpoint.formerly {
        formerly(out, endpoint, &old.value);
    }
    paging::emit(out, scope, endpoint);
}

/// An old name of an endpoint: its types and its method go on working, with a warning.
fn formerly(out: &mut String, endpoint: &Endpoint, old: &str) {
    let note = format!("renamed: use `{}`", endpoint.name.value);
    let mut alias = |old: &str, new: &str| {
        let _ = writeln!(out, "/// The former name of [`{new}`].");
        let _ = writeln!(out, "#[deprecated(note = {note:?})]");
        let _ = writeln!(out, "pub type {old} = {new};\n");
    };
    let renamed =
        Endpoint { name: At { value: old.to_owned(), ..endpoint.name.clone() }, ..Endpoint::default() };
    let request = name::request(endpoint);
    alias(&name::request(&renamed), &request);
    if matches!(&endpoint.response, Response::Fields(fields) if !fields.is_empty()) {
        alias(&name::response(&renamed), &name::response(endpoint));
    }
}

/// The methods of the client for an area: one block, so that they stand below one heading; one more for what is built
/// for a browser.
fn methods(out: &mut String, scope: Scope<'_>) {
    for browser in [false, true] {
        let mut all =
            scope.area.endpoints.iter().filter(|it| (it.method == Method::Browser) == browser).peekable();
        if all.peek().is_none() {
            continue;
        }
        let area = scope.area;
        let _ = writeln!(out, "methods! {{{}", if browser { " url" } else { "" });
        let more = if browser { ", addresses for a browser" } else { "" };
        let _ = writeln!(
            out,
            "    #![doc = {:?}]",
            format!("# {} ({}){more}: [`{}`](crate::{})", area.title, area.name_zh, area.name, area.name)
        );
        all.for_each(|endpoint| method(out, scope, endpoint));
        out.push_str("}\n\n");
    }
}

fn method(out: &mut String, scope: Scope<'_>, endpoint: &Endpoint) {
    let request = name::request(endpoint);
    let types = match endpoint.method {
        Method::Browser => format!("({request})"),
        Method::Get | Method::Post => format!("({request}) -> {}", answer(scope, endpoint)),
    };
    docs::lines(out, "    ", &docs::method(endpoint));
    for alias in docs::aliases(endpoint) {
        let _ = writeln!(out, "    #[doc(alias = \"{alias}\")]");
    }
    deprecated(out, "    ", endpoint);
    let _ = writeln!(out, "    {}{types};", endpoint.name.value);
    for old in &endpoint.formerly {
        let _ = writeln!(out, "    /// The former name of [`{0}`](crate::Client::{0}).", endpoint.name.value);
        let _ = writeln!(out, "    #[deprecated(note = \"renamed: use `{}`\")]", endpoint.name.value);
        let _ = writeln!(out, "    {}{types};", old.value);
    }
}

/// The type that a call gives.
fn answer(scope: Scope<'_>, endpoint: &Endpoint) -> String {
    let json = match &endpoint.response {
        Response::Missing => String::new(),
        Response::Fields(fields) if fields.is_empty() => "crate::Empty".to_owned(),
        Response::Fields(_) => name::response(endpoint),
        Response::Named(name) => scope.path(&name.value),
    };
    match endpoint.returns {
        Returns::Json => json,
        Returns::Binary => "crate::Download".to_owned(),
        Returns::Either => format!("crate::Payload<{json}>"),
    }
}

fn deprecated(out: &mut String, indent: &str, endpoint: &Endpoint) {
    if let Some(deprecated) = &endpoint.deprecated {
        let instead = deprecated.instead.as_ref().map(|instead| format!("; use `{}`", instead.value));
        let note = format!(
            "since {}: {}{}",
            deprecated.since,
            deprecated.doc.trim_end_matches('.'),
            instead.unwrap_or_default()
        );
        let _ = writeln!(out, "{indent}#[deprecated(note = {note:?})]");
    }
}

/// The keys of `endpoint!`; those with their default are left out.
fn keys<'a>(out: &mut String, scope: Scope<'a>, endpoint: &'a Endpoint) {
    let mut key = |name: &str, value: &str| {
        let _ = writeln!(out, "    {name}: {value},");
    };
    key("name", &format!("{:?}", endpoint.name.value));
    match endpoint.method {
        Method::Get => key("method", "GET"),
        Method::Post => key("method", "POST"),
        Method::Browser => {}
    }
    match endpoint.host {
        Host::Api => {}
        Host::Mp => key("host", "mp"),
        Host::Open => key("host", "open"),
    }
    key("path", &format!("{:?}", endpoint.path.value));
    if let Some(fragment) = &endpoint.fragment {
        key("fragment", &format!("{fragment:?}"));
    }
    match endpoint.auth.value {
        Auth::AccessToken => {}
        Auth::None => key("auth", "none"),
        Auth::App => key("auth", "app"),
        Auth::UserToken => key("auth", "user_token"),
    }
    if endpoint.idempotent != (endpoint.method == Method::Get) && endpoint.method != Method::Browser {
        key("idempotent", if endpoint.idempotent { "true" } else { "false" });
    }
    if endpoint.parts.is_some() {
        key("body", "multipart");
    } else if endpoint.raw.is_some() {
        key("body", "raw");
    }
    let fixed = fixed(endpoint);
    if !fixed.is_empty() {
        key("fixed", &format!("{{ {} }}", fixed.join(" ")));
    }
    if let Some(content_type) = &endpoint.content_type {
        key("content_type", &format!("{content_type:?}"));
    }
    if endpoint.envelope == Envelope::BaseResp {
        key("envelope", "base_resp");
    }
    if let Some(not_found) = &endpoint.not_found {
        key("not_found", &format!("{not_found:?}"));
    }
    if types::answers_secret(scope.index, endpoint) {
        key("sensitive", "true");
    }
}

/// The values that are always sent, each after the caller's field that it follows.
fn fixed(endpoint: &Endpoint) -> Vec<String> {
    let mut after = String::new();
    let mut fixed = Vec::new();
    for (location, field) in types::request_fields(endpoint) {
        let value = match &field.origin {
            Origin::Caller => {
                after = format!(" after {:?}", field.wire.value);
                continue;
            }
            Origin::Const(Const::Text(text)) => format!("{text:?}"),
            Origin::Const(Const::Integer(value)) => format!("({value})"),
            Origin::Const(Const::Bool(value)) => value.to_string(),
            Origin::AppId => "app_id".to_owned(),
            Origin::Secret => "app_secret".to_owned(),
        };
        let location = if location == "query" { "query" } else { "body" };
        fixed.push(format!("{location} {:?} = {value}{after};", field.wire.value));
    }
    fixed
}

fn object(out: &mut String, scope: Scope<'_>, object: &Object, defaults: &mut Vec<String>) {
    let sent = scope.sent.contains(object.name.value.as_str());
    out.push_str(if sent { "object! {\n" } else { "response! {\n" });
    docs::lines(out, "    ", &object.doc.value);
    field::all(out, scope, &object.name.value, &object.fields, sent);
    out.push_str("}\n\n");
    if sent && object.fields.iter().all(|field| field.required == Required::No) {
        defaults.push(object.name.value.clone());
    }
}

fn open_enum(out: &mut String, open: &OpenEnum) {
    out.push_str("open_enum! {\n");
    docs::lines(out, "    ", &open.doc.value);
    let repr = if open.integer { "integer" } else { "string" };
    let _ = writeln!(out, "    pub enum {}: {repr} {{", open.name.value);
    for value in &open.values {
        docs::lines(out, "        ", &value.doc.value);
        let _ = match open.integer {
            true => writeln!(out, "        {} = {},", value.rust.value, value.wire.value),
            false => writeln!(out, "        {} = {:?},", value.rust.value, value.wire.value),
        };
    }
    out.push_str("    }\n}\n\n");
}

fn union(out: &mut String, scope: Scope<'_>, union: &Union) {
    let sent = scope.sent.contains(union.name.value.as_str());
    out.push_str("one_of! {\n");
    docs::lines(out, "    ", &union.doc.value);
    let mut tag = union.tag.as_ref().map(|tag| format!(", tag {:?}", tag.value)).unwrap_or_default();
    if let Some(default) = union.default_variant() {
        let _ = write!(tag, " default {:?}", default.tag.value);
    }
    let payload = if union.keyed { "keyed" } else { "beside" };
    let _ = writeln!(out, "    pub enum {} ({payload}{tag}) {{", union.name.value);
    for variant in &union.variants {
        docs::lines(out, "        ", &variant.doc.value);
        let ty = variant.ty.as_ref().map(|ty| &ty.value);
        let _ = write!(out, "        {}", variant.rust.value);
        if let Some(ty) = ty {
            let _ = write!(out, "({})", scope.value(ty));
        }
        let _ = write!(out, " = {:?}", variant.tag.value);
        if union.keyed && variant.key != variant.tag.value {
            let _ = write!(out, " in {:?}", variant.key);
        }
        if let Some(object) = ty.filter(|_| sent).and_then(|ty| types::object(scope.spec, ty)) {
            let arguments: Vec<String> = types::callers(&object.fields)
                .filter(|field| field.required != Required::No)
                .map(|field| format!("{}: {}", field.rust.value, scope.argument(&field.ty.value)))
                .collect();
            let constructor = naming::snake_case(&variant.rust.value);
            if !naming::is_keyword(&constructor) {
                let _ = write!(out, " new {constructor}({})", arguments.join(", "));
            }
            let same = union.variants.iter().filter(|other| other.ty.as_ref().map(|ty| &ty.value) == ty);
            if same.count() == 1 {
                out.push_str(" [from]");
            }
        }
        out.push_str(";\n");
    }
    out.push_str("    }\n}\n\n");
}
