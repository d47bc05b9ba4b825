//! What users of the crate can see of a spec, item by item, and its text: one line an item, tabs between.
//! What a difference between two of them means is said in `compare.rs`.

use std::fmt::Debug;

use crate::codegen::emit::name;
use crate::codegen::emit::types::{self, Named, Scope};
use crate::spec::index::Index;
use crate::spec::model::{
    At, Endpoint, ErrorCode, Event, Field, Method, Object, OpenEnum, Origin, Paging, PagingNext, Pushed,
    Required, Response, Returns, Span, Spec, Type, Union, Variant,
};
use crate::spec::walk;

/// One thing that has a name: an endpoint, a type, a field …
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// `area`, `endpoint`, `request`, `answer`, `object`, `enum`, `union`, `event`, `error`, or a part of one of them:
    /// `field`, `variant`.
    pub kind: String,
    /// What it is a part of; empty for most.
    pub owner: String,
    pub name: String,
    /// What is known of it, in a fixed order. `doc` is a fingerprint of all that is only said.
    pub facts: Vec<(String, String)>,
    /// Where it is described, `api-spec/qrcode.toml:12`; not part of the text.
    pub place: String,
}

/// Facts that are left out where they have this value. So is a wire name that is also the name in Rust.
const USUAL: &[(&str, &str)] = &[
    ("auth", "accesstoken"),
    ("envelope", "errcode"),
    ("host", "api"),
    ("idempotent", "false"),
    ("place", "body"),
    ("required", "no"),
    ("use", "read"),
];

impl Item {
    /// The value of a fact; if there is none, what it is for most.
    pub fn fact(&self, key: &str) -> &str {
        let usual = || match key {
            "wire" => &self.name,
            _ => USUAL.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| value),
        };
        self.facts.iter().find(|(known, _)| known == key).map_or_else(usual, |(_, value)| value)
    }

    fn line(&self) -> String {
        let owner = if self.owner.is_empty() { String::new() } else { format!("{}.", self.owner) };
        let facts = self.facts.iter().map(|(key, value)| {
            // Nothing in a spec holds a tab but the text of a constant.
            format!("\t{key}={}", value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"))
        });
        format!("{}\t{owner}{}{}\n", self.kind, self.name, facts.collect::<String>())
    }

    fn read(line: &str) -> Option<Self> {
        let mut cells = line.split('\t');
        let kind = cells.next()?.to_owned();
        let name = cells.next()?;
        let (owner, name) = name.split_once('.').unwrap_or(("", name));
        let facts = cells.map(|cell| {
            let (key, value) = cell.split_once('=')?;
            Some((key.to_owned(), value.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")))
        });
        let facts = facts.collect::<Option<Vec<_>>>()?;
        Some(Self { kind, owner: owner.to_owned(), name: name.to_owned(), facts, place: String::new() })
    }
}

/// The text of a surface, with the version of the crate that it belongs to.
pub fn write(version: &str, items: &[Item]) -> String {
    let lines: String = items.iter().map(Item::line).collect();
    format!("version\t{version}\n{lines}")
}

/// The version and the items of a text; `None` if it is not one of ours.
pub fn read(text: &str) -> Option<(String, Vec<Item>)> {
    let (first, rest) = text.split_once('\n')?;
    let items = rest.lines().map(Item::read).collect::<Option<Vec<_>>>()?;
    Some((first.strip_prefix("version\t")?.to_owned(), items))
}

/// The surface of a spec. A part follows what it is a part of.
pub fn surface(spec: &Spec) -> Vec<Item> {
    let index = Index::new(spec);
    let sent = walk::sent(&index, spec);
    let mut out = Surface { spec, items: Vec::new() };
    for area in &spec.areas {
        out.area(Scope { spec, area, index: &index, sent: &sent });
    }
    spec.errors.iter().for_each(|error| out.error(error));
    out.items
}

/// What stands behind the arrow of a method.
fn answer(endpoint: &Endpoint) -> String {
    let json = match &endpoint.response {
        Response::Missing => String::new(),
        Response::Fields(fields) if fields.is_empty() => "Empty".to_owned(),
        Response::Fields(_) => name::response(endpoint),
        Response::Named(name) => name.value.clone(),
    };
    match endpoint.returns {
        Returns::Json => json,
        Returns::Binary => "Download".to_owned(),
        Returns::Either => format!("Payload<{json}>"),
    }
}

/// Where the items of a paged endpoint are, and what moves to the next page.
fn paging(paging: &Paging) -> (String, String) {
    let text = |at: &Option<At<String>>| at.as_ref().map(|at| at.value.clone()).unwrap_or_default();
    let cursor = paging.cursor.as_ref().map(|cursor| match &cursor.next {
        PagingNext::Answer(next) => format!("{}={}", cursor.field.value, next.value),
        PagingNext::LastItem(next) => format!("{}=last {}", cursor.field.value, next.value),
    });
    let page = paging.page.as_ref().map(|page| {
        let if_given = if page.if_given { " if given" } else { "" };
        format!("{} from {}{if_given}", page.field.value, page.first)
    });
    let short = if paging.short_is_last { "short" } else { "" };
    let moved = [
        cursor.unwrap_or_default(),
        text(&paging.offset),
        page.unwrap_or_default(),
        text(&paging.count),
        text(&paging.total),
        text(&paging.pages),
        short.to_owned(),
    ];
    let moved = moved.join("|").trim_end_matches('|').to_owned();
    (paging.items.value.clone(), moved)
}

struct Surface<'a> {
    spec: &'a Spec,
    items: Vec<Item>,
}

impl Surface<'_> {
    fn add(&mut self, kind: &str, owner: &str, name: &str, span: Span, facts: Vec<(&str, String)>) {
        let told = |(key, value): &(&str, String)| {
            !(value.is_empty()
                || USUAL.contains(&(*key, value.as_str()))
                || (*key == "wire" && value == name))
        };
        let facts = facts.into_iter().filter(told);
        self.items.push(Item {
            kind: kind.to_owned(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            facts: facts.map(|(key, value)| (key.to_owned(), value)).collect(),
            place: place(self.spec, span),
        });
    }

    fn area(&mut self, scope: Scope<'_>) {
        let area = scope.area;
        let feature = area.feature.as_ref().map(|feature| feature.value.as_str()).unwrap_or_default();
        let docs = (&area.title, &area.name_zh, &area.doc, &area.link);
        let place = area.feature.as_ref().map_or(area.span, |feature| feature.span);
        self.add("area", "", &area.name, place, vec![("feature", feature.to_owned()), ("doc", doc(&docs))]);
        area.endpoints.iter().for_each(|endpoint| self.endpoint(scope, endpoint));
        area.objects.iter().for_each(|object| self.object(scope, object));
        area.enums.iter().for_each(|open| self.open_enum(scope, open));
        area.unions.iter().for_each(|union| self.union(scope, union));
        area.events.iter().for_each(|event| self.event(scope, event));
    }

    fn object(&mut self, scope: Scope<'_>, object: &Object) {
        let name = &object.name.value;
        let is_sent = scope.sent.contains(name.as_str());
        let how = if is_sent { "sent" } else { "read" };
        let facts =
            vec![("area", scope.area.name.clone()), ("use", how.to_owned()), ("doc", doc(&object.doc.value))];
        self.add("object", "", name, object.name.span, facts);
        object.fields.iter().for_each(|field| self.field(scope, name, field, "body", is_sent));
    }

    fn open_enum(&mut self, scope: Scope<'_>, open: &OpenEnum) {
        let name = &open.name.value;
        let repr = if open.integer { "integer" } else { "string" };
        let facts =
            vec![("area", scope.area.name.clone()), ("repr", repr.to_owned()), ("doc", doc(&open.doc.value))];
        self.add("enum", "", name, open.name.span, facts);
        for value in &open.values {
            let facts = vec![("wire", value.wire.value.clone()), ("doc", doc(&value.doc.value))];
            self.add("variant", name, &value.rust.value, value.wire.span, facts);
        }
    }

    fn union(&mut self, scope: Scope<'_>, union: &Union) {
        let name = &union.name.value;
        let tag = union.tag.as_ref().map(|tag| tag.value.clone()).unwrap_or_default();
        let payload = if union.keyed { "keyed" } else { "beside" };
        let facts = vec![
            ("area", scope.area.name.clone()),
            ("tag", tag),
            ("payload", payload.to_owned()),
            ("doc", doc(&union.doc.value)),
        ];
        self.add("union", "", name, union.name.span, facts);
        union.variants.iter().for_each(|variant| self.variant(scope, union, variant));
    }

    fn variant(&mut self, scope: Scope<'_>, union: &Union, variant: &Variant) {
        let name = &union.name.value;
        let ty = variant.ty.as_ref().map(|ty| &ty.value);
        let alike = union.variants.iter().filter(|other| other.ty.as_ref().map(|ty| &ty.value) == ty);
        let object = ty.is_some_and(|ty| match ty {
            Type::Named(name) => {
                matches!(types::find(self.spec, name), Some((_, Named::Object(_))))
            }
            _ => false,
        });
        let converts = object && scope.sent.contains(name.as_str()) && alike.count() == 1;
        let facts = vec![
            ("type", ty.map(|ty| scope.value(ty)).unwrap_or_default()),
            ("from", if converts { "yes" } else { "" }.to_owned()),
            ("form", ty.map(form).unwrap_or_default()),
            ("wire", variant.tag.value.clone()),
            ("key", if variant.key == variant.tag.value { String::new() } else { variant.key.clone() }),
            ("doc", doc(&variant.doc.value)),
        ];
        self.add("variant", name, &variant.rust.value, variant.tag.span, facts);
    }

    fn event(&mut self, scope: Scope<'_>, event: &Event) {
        let name = &event.ty.value;
        let wires = event.event.iter().chain(&event.also).map(|kind| kind.value.as_str());
        let docs = (
            &event.summary.value,
            event.doc.as_ref().map(|doc| &doc.value),
            &event.name_zh,
            &event.link.value,
        );
        let facts = vec![
            ("area", scope.area.name.clone()),
            ("variant", event.name.value.clone()),
            ("wire", format!("{}/{}", event.msg_type, wires.collect::<Vec<_>>().join("/"))),
            ("doc", doc(&docs)),
        ];
        self.add("event", "", name, event.name.span, facts);
        let sent = event.kind == Pushed::Reply;
        event.fields.iter().for_each(|field| self.field(scope, name, field, "body", sent));
    }

    fn error(&mut self, error: &ErrorCode) {
        let facts = vec![
            ("code", error.code.value.to_string()),
            ("class", error.class.clone()),
            ("doc", doc(&error.doc.value)),
        ];
        self.add("error", "", &error.name.value, error.code.span, facts);
    }

    fn endpoint(&mut self, scope: Scope<'_>, endpoint: &Endpoint) {
        let method = match endpoint.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Browser => "BROWSER",
        };
        let body = match (&endpoint.parts, &endpoint.raw, endpoint.method) {
            (Some(_), ..) => "parts",
            (_, Some(_), _) => "raw",
            (_, _, Method::Post) => "json",
            _ => "",
        };
        let (items, moved) = endpoint.paging.as_ref().map(paging).unwrap_or_default();
        let fixed: Vec<String> = types::request_fields(endpoint)
            .filter(|(_, field)| field.origin != Origin::Caller)
            .map(|(place, field)| format!("{place} {}={:?}", field.wire.value, field.origin))
            .collect();
        let formerly: Vec<&str> = endpoint.formerly.iter().map(|name| name.value.as_str()).collect();
        let deprecated = endpoint.deprecated.as_ref().map(|deprecated| {
            let instead = deprecated.instead.as_ref().map(|instead| &instead.value);
            format!("{} {} {instead:?}", deprecated.since, deprecated.doc)
        });
        let docs = (
            (
                &endpoint.summary.value,
                endpoint.doc.as_ref().map(|doc| &doc.value),
                &endpoint.name_zh,
                &endpoint.name_en,
            ),
            (&endpoint.link.value, endpoint.verified, &endpoint.not_found, deprecated),
            endpoint.accounts.iter().map(|account| format!("{account:?}")).collect::<Vec<_>>(),
            endpoint.errors.iter().map(|code| code.value).collect::<Vec<_>>(),
        );
        let facts = vec![
            ("area", scope.area.name.clone()),
            ("answer", answer(endpoint)),
            ("items", items),
            ("formerly", formerly.join(" ")),
            ("method", method.to_owned()),
            ("host", format!("{:?}", endpoint.host).to_lowercase()),
            ("path", endpoint.path.value.clone()),
            ("fragment", endpoint.fragment.clone().unwrap_or_default()),
            ("auth", format!("{:?}", endpoint.auth.value).to_lowercase()),
            ("body", body.to_owned()),
            ("content_type", endpoint.content_type.clone().unwrap_or_default()),
            ("envelope", format!("{:?}", endpoint.envelope).to_lowercase()),
            ("idempotent", endpoint.idempotent.to_string()),
            ("constants", fixed.join("; ")),
            ("paging", moved),
            ("doc", doc(&docs)),
        ];
        self.add("endpoint", "", &endpoint.name.value, endpoint.name.span, facts);
        let request = name::request(endpoint);
        for (place, field) in types::request_fields(endpoint) {
            self.field(scope, &request, field, if place.is_empty() { "body" } else { place }, true);
        }
        if let Response::Fields(fields) = &endpoint.response {
            let answer = name::response(endpoint);
            fields.iter().for_each(|field| self.field(scope, &answer, field, "body", false));
        }
    }

    /// A field that the caller gives or reads. Its type is what stands in the struct, before it is boxed or optional.
    fn field(&mut self, scope: Scope<'_>, owner: &str, field: &Field, place: &str, sent: bool) {
        if field.origin != Origin::Caller {
            return;
        }
        let required = match field.required {
            Required::No => "no",
            Required::Request => "request",
            Required::Always => "always",
        };
        let wire: Vec<&str> = field.path.iter().chain([&field.wire.value]).map(String::as_str).collect();
        let flags =
            [(field.flatten, "flatten"), (types::collection(&field.ty.value).is_some(), "collection")];
        let flags: Vec<&str> = flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
        let also: Vec<&str> = field.also.iter().map(|name| name.value.as_str()).collect();
        let count = field.count.as_ref().map(|count| count.value.clone()).unwrap_or_default();
        let docs = (&field.doc.value, &field.deprecated, field.secret, format!("{:?}", field.limits));
        let facts = vec![
            ("type", scope.value(&field.ty.value)),
            ("use", if sent { "sent" } else { "read" }.to_owned()),
            ("required", required.to_owned()),
            ("form", form(&field.ty.value)),
            ("wire", wire.join("/")),
            ("also", also.join(" ")),
            ("count", count),
            ("place", place.to_owned()),
            ("flags", flags.join(" ")),
            ("doc", doc(&docs)),
        ];
        self.add("field", owner, &field.rust.value, field.wire.span, facts);
    }
}

/// What the type in Rust does not tell about the form on the wire.
fn form(ty: &Type) -> String {
    let mut flags = Vec::new();
    types::forms(ty, &mut flags);
    flags.join(" ")
}

/// File and line.
fn place(spec: &Spec, span: Span) -> String {
    let Some(file) = spec.files.get(span.file) else { return "api-spec".to_owned() };
    let before = file.text.get(..span.start).unwrap_or_default();
    format!("{}:{}", file.name, before.matches('\n').count() + 1)
}

/// A fingerprint (FNV-1a, so that it is the same with every compiler).
fn doc(said: &impl Debug) -> String {
    let hash = format!("{said:?}")
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}
