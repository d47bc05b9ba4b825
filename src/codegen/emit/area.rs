//! The text of one area: its endpoints in the order of the spec, then its types.

use std::fmt::Write as _;

use super::types::{self, Named, Scope};
use super::{docs, event, name};
use crate::spec::model::{
    At, Auth, Const, Endpoint, Envelope, Field, Host, Method, Object, OpenEnum, Origin, PagingNext, Required,
    Response, Returns, Spec, Type, Union,
};
use crate::spec::naming;

pub fn emit(scope: Scope<'_>) -> String {
    let area = scope.area;
    let mut out = String::new();
    let mut defaults = Vec::new();
    for endpoint in &area.endpoints {
        self::endpoint(&mut out, scope, endpoint, &mut defaults);
    }
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
    out
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
    for (place, field) in types::request_fields(endpoint) {
        if field.origin == Origin::Caller {
            needs_nothing &= field.required == Required::No;
            self::field(out, scope, &request, field, place, true);
        }
    }
    out.push_str("    }\n");
    keys(out, scope, endpoint);
    out.push_str("}\n\n");
    if needs_nothing {
        defaults.push(request.clone());
    }
    if let Response::Fields(fields) = &endpoint.response {
        if !fields.is_empty() {
            let name = name::response(endpoint);
            out.push_str("response! {\n");
            let _ = writeln!(out, "    /// What [`{0}`](crate::Client::{0}) answers.", endpoint.name.value);
            fields_of(out, scope, &name, fields, false);
            out.push_str("}\n\n");
        }
    }
    let _ = writeln!(out, "methods! {{{}", if browser { " url" } else { "" });
    docs::lines(out, "    ", &docs::method(endpoint));
    for alias in docs::aliases(endpoint) {
        let _ = writeln!(out, "    #[doc(alias = \"{alias}\")]");
    }
    deprecated(out, "    ", endpoint);
    let _ = match browser {
        true => writeln!(out, "    {}({request});", endpoint.name.value),
        false => writeln!(out, "    {}({request}) -> {answer};", endpoint.name.value),
    };
    out.push_str("}\n\n");
    for old in &endpoint.formerly {
        formerly(out, endpoint, &old.value, &answer);
    }
    paging(out, scope, endpoint);
}

/// An old name of an endpoint: its types and its method go on working, with a warning.
fn formerly(out: &mut String, endpoint: &Endpoint, old: &str, answer: &str) {
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
    let browser = endpoint.method == Method::Browser;
    let _ = writeln!(out, "methods! {{{}", if browser { " url" } else { "" });
    let _ = writeln!(out, "    /// The former name of [`{0}`](crate::Client::{0}).", endpoint.name.value);
    let _ = writeln!(out, "    #[deprecated(note = {note:?})]");
    let _ = match browser {
        true => writeln!(out, "    {old}({request});"),
        false => writeln!(out, "    {old}({request}) -> {answer};"),
    };
    out.push_str("}\n\n");
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
    for (place, field) in types::request_fields(endpoint) {
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
        let place = if place == "query" { "query" } else { "body" };
        fixed.push(format!("{place} {:?} = {value}{after};", field.wire.value));
    }
    fixed
}

fn object(out: &mut String, scope: Scope<'_>, object: &Object, defaults: &mut Vec<String>) {
    let sent = scope.sent.contains(object.name.value.as_str());
    out.push_str(if sent { "object! {\n" } else { "response! {\n" });
    docs::lines(out, "    ", &object.doc.value);
    fields_of(out, scope, &object.name.value, &object.fields, sent);
    out.push_str("}\n\n");
    if sent && object.fields.iter().all(|field| field.required == Required::No) {
        defaults.push(object.name.value.clone());
    }
}

pub fn fields_of(out: &mut String, scope: Scope<'_>, owner: &str, fields: &[Field], sent: bool) {
    let _ = writeln!(out, "    pub struct {owner} {{");
    for field in types::callers(fields) {
        self::field(out, scope, owner, field, "", sent);
    }
    out.push_str("    }\n");
}

/// One line of a struct.
fn field(out: &mut String, scope: Scope<'_>, owner: &str, field: &Field, place: &'static str, sent: bool) {
    docs::lines(out, "        ", &field.doc.value);
    if let Some(limits) = docs::limits(&field.limits) {
        let _ = writeln!(out, "        ///\n        /// {limits}");
    }
    if let Some(deprecated) = &field.deprecated {
        let _ = writeln!(out, "        ///\n        /// Deprecated: {deprecated}");
    }
    let _ = write!(out, "        {}: {} = ", field.rust.value, scope.field(owner, field));
    for outer in &field.path {
        let _ = write!(out, "{outer:?} / ");
    }
    let _ = write!(out, "{:?}", field.wire.value);
    if !field.also.is_empty() {
        let also: Vec<String> = field.also.iter().map(|name| format!("{:?}", name.value)).collect();
        let _ = write!(out, " also [{}]", also.join(" "));
    }
    if sent {
        let how = if field.required == Required::No { "optional" } else { "required" };
        let _ = write!(out, " {how}({})", scope.argument_of(owner, field));
    }
    let mut flags = Vec::new();
    flags.extend((!place.is_empty()).then_some(place));
    match field.required {
        Required::No => {}
        Required::Always => flags.push("required"),
        Required::Request => flags.extend(["required", "lax"]),
    }
    types::forms(&field.ty.value, &mut flags);
    flags.extend(field.secret.then_some("secret"));
    flags.extend(field.flatten.then_some("flatten"));
    let mut flags = flags.join(" ");
    if let Some(key) = &field.count {
        let _ = write!(flags, " {:?}", key.value);
    }
    if !flags.is_empty() {
        let _ = write!(out, " [{}]", flags.trim_start());
    }
    out.push_str(";\n");
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
    let tag = union.tag.as_ref().map(|tag| format!(", tag {:?}", tag.value)).unwrap_or_default();
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
        if let Some(object) = ty.filter(|_| sent).and_then(|ty| payload_object(scope.spec, ty)) {
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

fn payload_object<'a>(spec: &'a Spec, ty: &Type) -> Option<&'a Object> {
    let Type::Named(name) = ty else { return None };
    match types::find(spec, name)? {
        (_, Named::Object(object)) => Some(object),
        _ => None,
    }
}

/// `Paged` of a request, with the ways to its fields written out.
fn paging(out: &mut String, scope: Scope<'_>, endpoint: &Endpoint) {
    let Some(paging) = &endpoint.paging else { return };
    let fields = match &endpoint.response {
        Response::Fields(fields) => fields,
        Response::Named(name) => match types::find(scope.spec, &name.value) {
            Some((_, Named::Object(object))) => &object.fields,
            _ => return,
        },
        Response::Missing => return,
    };
    let Some(items) = way(scope.spec, fields, &paging.items.value) else { return };
    let Some(Type::List(item) | Type::Many(item)) = items.last().map(|field| &field.ty.value) else { return };
    let _ = writeln!(out, "paged! {{\n    {} => {} {{", name::request(endpoint), scope.value(item));
    let _ = writeln!(out, "        items: |response| {},", take(&items));
    let rust = |wire: &str| {
        let field = types::request_fields(endpoint).find(|(_, field)| field.wire.value == wire);
        field.map_or(wire.to_owned(), |(_, field)| field.rust.value.clone())
    };
    let number = |name: &Option<At<String>>| -> (&str, String) {
        let way = name.as_ref().and_then(|name| way(scope.spec, fields, &name.value));
        match way {
            Some(way) => ("response", number(&way)),
            None => ("_response", "None".to_owned()),
        }
    };
    if let Some(count) = paging.count.as_ref().filter(|_| paging.short_is_last) {
        let _ = writeln!(out, "        full: {},", rust(&count.value));
    }
    if let Some(cursor) = &paging.cursor {
        let next = match &cursor.next {
            PagingNext::Answer(next) => {
                let next = way(scope.spec, fields, &next.value).unwrap_or_default();
                format!("|response, _items| {}", read("Some(response)", &next))
            }
            PagingNext::LastItem(last) => {
                let object = payload_object(scope.spec, item);
                let last = object.and_then(|object| way(scope.spec, &object.fields, &last.value));
                format!("|_response, items| {}", read("items.last()", &last.unwrap_or_default()))
            }
        };
        let _ = writeln!(out, "        cursor: {}, next: {next},", rust(&cursor.field.value));
    }
    if let Some(offset) = &paging.offset {
        let (response, total) = number(&paging.total);
        let _ = writeln!(out, "        offset: {}, total: |{response}| {total},", rust(&offset.value));
    }
    if let Some(page) = &paging.page {
        let start = if page.if_given { "if_given" } else { "from" };
        let size = paging.count.as_ref().map(|count| format!(" of {}", rust(&count.value)));
        let _ = write!(out, "        page: {} {start} {}", rust(&page.field.value), page.first);
        let _ = writeln!(out, "{},", size.unwrap_or_default());
        for (key, name) in [("total", &paging.total), ("pages", &paging.pages)] {
            let (response, count) = number(name);
            let _ = writeln!(out, "        {key}: |{response}| {count},");
        }
    }
    out.push_str("    }\n}\n\n");
}

/// The fields on the way to a dotted wire name; the objects of a `path` are no fields of their own.
fn way<'a>(spec: &'a Spec, mut fields: &'a [Field], path: &str) -> Option<Vec<&'a Field>> {
    let mut way = Vec::new();
    let mut rest: Vec<&str> = path.split('.').collect();
    while !rest.is_empty() {
        let field = fields.iter().find(|field| {
            let keys = field.path.iter().map(String::as_str).chain([field.wire.value.as_str()]);
            keys.eq(rest.iter().copied().take(field.path.len() + 1))
        })?;
        rest.drain(..field.path.len() + 1);
        way.push(field);
        if let Type::Named(name) = &field.ty.value {
            if let Some((_, Named::Object(object))) = types::find(spec, name) {
                fields = &object.fields;
            }
        }
    }
    Some(way)
}

/// Reads a number that counts something.
fn number(way: &[&Field]) -> String {
    let number = read("Some(response)", way);
    match way.last().map(|field| &field.ty.value) {
        Some(Type::U64) => number,
        Some(Type::U32) => format!("{number}.map(u64::from)"),
        _ => format!("{number}.and_then(|count| u64::try_from(count).ok())"),
    }
}

/// Takes a list out of `response`.
fn take(way: &[&Field]) -> String {
    let mut text = String::from("Some(response)");
    for (index, field) in way.iter().enumerate() {
        let name = &field.rust.value;
        let _ = match (index + 1 == way.len(), field.required) {
            (true, _) => write!(text, ".map(|it| std::mem::take(&mut it.{name})).unwrap_or_default()"),
            (false, Required::No) => write!(text, ".and_then(|it| it.{name}.as_mut())"),
            (false, _) => write!(text, ".map(|it| &mut it.{name})"),
        };
    }
    text
}

/// Reads an optional value out of what `from` gives.
fn read(from: &str, way: &[&Field]) -> String {
    let mut text = from.to_owned();
    for (index, field) in way.iter().enumerate() {
        let name = &field.rust.value;
        let clone = match field.ty.value {
            Type::I32 | Type::I64 | Type::U32 | Type::U64 => "",
            _ => ".clone()",
        };
        let _ = match (index + 1 == way.len(), field.required) {
            (true, Required::No) => write!(text, ".and_then(|it| it.{name}{clone})"),
            (true, _) => write!(text, ".map(|it| it.{name}{clone})"),
            (false, Required::No) => write!(text, ".and_then(|it| it.{name}.as_ref())"),
            (false, _) => write!(text, ".map(|it| &it.{name})"),
        };
    }
    text
}
