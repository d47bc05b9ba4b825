//! Rules for names: their style, and that no two of them meet in the generated code.
//! What a name stands for does not matter here.

use std::collections::BTreeMap;

use super::Lint;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::model::{Area, At, Field, Origin, Response, Span};
use crate::spec::naming;
use crate::spec::walk;

/// What `Client` has of its own; an endpoint can't have such a name.
pub const CLIENT_METHODS: &[&str] = &[
    "access_token",
    "add_card",
    "app_id",
    "browser_url",
    "builder",
    "call_raw",
    "choose_card",
    "clone",
    "invalidate_ticket",
    "invalidate_token",
    "js_config",
    "new",
    "pages",
    "qrcode_url",
    "report_rejected_token",
    "send",
    "ticket",
    "ticket_status",
    "tickets",
    "token_status",
];

/// The crate's modules that are no areas.
pub const CRATE_MODULES: &[&str] = &[
    "auth",
    "callback",
    "client",
    "endpoint",
    "error",
    "future",
    "id",
    "index",
    "interceptor",
    "js_sdk",
    "macros",
    "record",
    "sandbox",
    "signing",
    "spec",
    "token",
    "transport",
    "wire",
];

/// Types and traits of the crate that stand where the generated ones do.
pub const CRATE_TYPES: &[&str] = &[
    "AddCard",
    "Attempt",
    "Auth",
    "Body",
    "BoxFuture",
    "BrowserUrl",
    "Call",
    "CallbackResponse",
    "CallbackTarget",
    "CardChoice",
    "CardExt",
    "CardToAdd",
    "ChooseCard",
    "Claim",
    "Client",
    "ClientBuilder",
    "Date",
    "Dedup",
    "Delivery",
    "DeliveryKey",
    "Download",
    "Empty",
    "Endpoint",
    "Error",
    "ErrorClass",
    "ErrorCode",
    "ErrorKind",
    "Event",
    "Fault",
    "FilePart",
    "FileStore",
    "Fixed",
    "FixedLocation",
    "FixedValue",
    "Grant",
    "Host",
    "IntoReply",
    "JsConfig",
    "Lease",
    "LoggedRequest",
    "MemoryStore",
    "Message",
    "Meta",
    "Method",
    "Paged",
    "Pages",
    "Payload",
    "Pending",
    "Push",
    "PushReport",
    "Received",
    "Receiver",
    "ReceiverBuilder",
    "RedisStore",
    "RemoteSource",
    "Reply",
    "Responder",
    "ResponderBuilder",
    "Response",
    "Result",
    "Sandbox",
    "SandboxBuilder",
    "Scene",
    "SentKind",
    "SentMessage",
    "SourceKind",
    "StoredToken",
    "TicketKind",
    "Timestamp",
    "Token",
    "TokenCache",
    "TokenOrigin",
    "TokenPolicy",
    "TokenProvider",
    "TokenSource",
    "TokenStatus",
    "TokenStore",
    "UnknownFields",
    "UnknownVariant",
    "Unlisted",
    "WorkGuard",
];

/// Names that Rust code uses without importing them, or that generated code imports.
const PRELUDE: &[&str] = &[
    "Any",
    "AsMut",
    "AsRef",
    "BTreeMap",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Serialize",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Value",
    "Vec",
];

/// What generated types have of their own, mostly methods: a field gives a setter of its name.
const OF_EVERY_TYPE: &[&str] = &["new", "unknown_fields", "clone", "default", "eq", "fmt"];

/// The variants that hold what the spec does not list.
const OPEN_VALUE: &str = "Unlisted";
const OPEN_VARIANT: &str = "Unknown";

/// Names of `ErrorCode` that are no codes.
const CODE_CONSTANTS: &[&str] = &["TABLE"];

pub(super) fn check(lint: &Lint, out: &mut Diagnostics) {
    let mut endpoints = Unique::new("endpoint");
    for area in &lint.spec.areas {
        area_name(area, out);
        for endpoint in &area.endpoints {
            for name in std::iter::once(&endpoint.name).chain(&endpoint.formerly) {
                endpoint_name(name, out);
                endpoints.add(out, name);
            }
            let fields: Vec<&Field> =
                walk::requests(area, endpoint).iter().flat_map(|list| list.fields).collect();
            field_names(&format!("the request of `{}`", endpoint.name.value), &fields, out);
        }
        for open_enum in &area.enums {
            let values = open_enum.values.iter().map(|value| (&value.wire, &value.rust));
            variant_names(&format!("enum `{}`", open_enum.name.value), OPEN_VALUE, values.collect(), out);
        }
        for union in &area.unions {
            let variants = union.variants.iter().map(|variant| (&variant.tag, &variant.rust));
            variant_names(&format!("union `{}`", union.name.value), OPEN_VARIANT, variants.collect(), out);
        }
    }
    for list in &lint.lists {
        if !matches!(
            list.holder,
            walk::Holder::Query(_) | walk::Holder::Body(_) | walk::Holder::Parts(_) | walk::Holder::Raw(_)
        ) {
            field_names(&list.holder.what(), &list.fields.iter().collect::<Vec<_>>(), out);
        }
    }
    type_names(lint, out);
    code_names(lint, out);
}

/// Finds the second of two equal names.
struct Unique<'s> {
    kind: &'static str,
    first: BTreeMap<&'s str, Span>,
}

impl<'s> Unique<'s> {
    fn new(kind: &'static str) -> Self {
        Self { kind, first: BTreeMap::new() }
    }

    fn add(&mut self, out: &mut Diagnostics, name: &'s At<String>) {
        if name.value.is_empty() {
            return;
        }
        if let Some(first) = self.first.get(name.value.as_str()) {
            let message = format!("{} `{}` is described twice", self.kind, name.value);
            out.error_with(name.span, message, "first", *first);
        } else {
            self.first.insert(&name.value, name.span);
        }
    }
}

fn area_name(area: &Area, out: &mut Diagnostics) {
    let name = area.name.as_str();
    let file = Span { start: 0, end: 0, ..area.span };
    if !naming::is_snake_case(name) {
        out.error(file, format!("`{name}` is no name for an area: the file's name must be in snake_case"));
    } else if naming::is_keyword(name) {
        out.error(file, format!("`{name}` is no name for an area: it is a Rust keyword"));
    } else if CRATE_MODULES.contains(&name) {
        out.error(file, format!("`{name}` is no name for an area: the crate has a module of that name"));
    }
    if let Some(feature) =
        area.feature.as_ref().filter(|_| !(area.events.is_empty() && area.replies.is_empty()))
    {
        out.error(
            feature.span,
            "what is pushed hangs on the feature `callback` alone: the area takes no `feature`",
        );
    }
    if let Some(feature) = &area.feature
        && !naming::is_snake_case(&feature.value.replace('-', "_"))
    {
        out.error(feature.span, format!("`{}` is no name of a Cargo feature", feature.value));
    }
}

fn endpoint_name(At { value: name, span }: &At<String>, out: &mut Diagnostics) {
    if name.is_empty() {
        return;
    }
    if !naming::is_snake_case(name) {
        let better = naming::snake_case(name);
        out.error(*span, format!("endpoint `{name}` must be named in snake_case: `{better}`"));
    } else if CLIENT_METHODS.contains(&name.as_str()) {
        out.error(*span, format!("endpoint `{name}` has the name of a method that every client has"));
    } else if !name.contains('_') {
        out.error(*span, format!("endpoint `{name}` must be named by a verb and a noun: `verb_noun`"));
    }
}

fn field_names(what: &str, fields: &[&Field], out: &mut Diagnostics) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for field in fields.iter().filter(|field| field.origin == Origin::Caller) {
        let At { value: name, span } = &field.rust;
        let wire = &field.wire.value;
        let fault = if naming::is_keyword(name) {
            Some("a Rust keyword")
        } else if !naming::is_snake_case(name) {
            Some("not in snake_case")
        } else if OF_EVERY_TYPE.contains(&name.as_str()) {
            Some("the name of something that every type has")
        } else {
            None
        };
        if let Some(fault) = fault {
            let message =
                format!("the Rust name of field `{wire}`, `{name}`, is {fault}: give it another with `name`");
            out.error(*span, message);
        } else if let Some(first) = first.get(name.as_str()) {
            let message = format!("two fields of {what} are called `{name}` in Rust: give one a `name`");
            out.error_with(*span, message, "the other", *first);
        } else {
            first.insert(name, *span);
        }
    }
}

fn variant_names(what: &str, open: &str, variants: Vec<(&At<String>, &At<String>)>, out: &mut Diagnostics) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (wire, At { value: name, span }) in variants {
        let wire = &wire.value;
        if !naming::is_upper_camel_case(name) || naming::is_keyword(name) {
            let message = format!("`{wire}` of {what} can't be called `{name}` in Rust: give it a `name`");
            out.error(*span, message);
        } else if name == open {
            let message = format!(
                "`{wire}` of {what} can't be called `{name}`: that holds what the spec does not list"
            );
            out.error(*span, message);
        } else if let Some(first) = first.get(name.as_str()) {
            let message = format!("two variants of {what} are called `{name}` in Rust: give one a `name`");
            out.error_with(*span, message, "the other", *first);
        } else {
            first.insert(name, *span);
        }
    }
}

/// All types live in one namespace: described ones, requests, responses, events, and the crate's own.
fn type_names(lint: &Lint, out: &mut Diagnostics) {
    let mut generated: BTreeMap<String, (&str, String, Span)> = BTreeMap::new();
    let endpoints = lint.spec.areas.iter().flat_map(|area| &area.endpoints);
    let names = endpoints.flat_map(|endpoint| {
        let names = std::iter::once(&endpoint.name).chain(&endpoint.formerly);
        names.map(move |name| (endpoint, name))
    });
    for (endpoint, At { value: name, span }) in names {
        if name.is_empty() {
            continue;
        }
        let request = naming::upper_camel_case(name);
        let response = matches!(endpoint.response, Response::Fields(_)).then(|| format!("{request}Response"));
        let what = ["the request", "the response"];
        for (ty, what) in [Some(request), response].into_iter().flatten().zip(what) {
            if let Some((endpoint, other, first)) = generated.get(&ty) {
                // Two endpoints of one name are reported as such, once.
                if endpoint == name {
                    continue;
                }
                let message = format!("{what} of `{name}` is called `{ty}`, like {other}");
                out.error_with(*span, message, "the other", *first);
            } else {
                generated.insert(ty, (name, format!("{what} of `{name}`"), *span));
            }
        }
    }
    let mut described: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    let all = lint.spec.areas.iter().flat_map(|area| {
        let objects = area.objects.iter().map(|object| ("object", &object.name));
        let enums = area.enums.iter().map(|open_enum| ("enum", &open_enum.name));
        let unions = area.unions.iter().map(|union| ("union", &union.name));
        let pushed = area.events.iter().chain(&area.replies);
        let events = pushed.map(|event| (event.kind.word(), &event.ty));
        objects.chain(enums).chain(unions).chain(events)
    });
    for (kind, At { value: name, span }) in all {
        if name.is_empty() {
            continue;
        }
        if !naming::is_upper_camel_case(name) {
            let better = naming::upper_camel_case(name);
            out.error(*span, format!("{kind} `{name}` must be named in UpperCamelCase: `{better}`"));
        } else if CRATE_TYPES.contains(&name.as_str()) {
            out.error(*span, format!("{kind} `{name}` has the name of a type of the crate"));
        } else if PRELUDE.contains(&name.as_str()) {
            out.error(*span, format!("{kind} `{name}` has a name that Rust code takes for something else"));
        } else if let Some((_, other, first)) = generated.get(name) {
            out.error_with(*span, format!("{kind} `{name}` has the name of {other}"), "described", *first);
        } else if let Some((other, first)) = described.get(name.as_str()) {
            let message = if *other == kind {
                format!("{kind} `{name}` is described twice")
            } else {
                format!("{kind} `{name}` has the name of another type")
            };
            out.error_with(*span, message, "first", *first);
        } else {
            described.insert(name, (kind, *span));
        }
    }
}

fn code_names(lint: &Lint, out: &mut Diagnostics) {
    let mut names = Unique::new("error code");
    let mut codes: BTreeMap<i64, Span> = BTreeMap::new();
    for error in &lint.spec.errors {
        let At { value: name, span } = &error.name;
        names.add(out, &error.name);
        if let Some(first) = codes.get(&error.code.value) {
            let message = format!("error code {} is described twice", error.code.value);
            out.error_with(error.code.span, message, "first", *first);
        } else {
            codes.insert(error.code.value, error.code.span);
        }
        if name.is_empty() {
            continue;
        }
        if !naming::is_upper_snake_case(name) {
            let better = naming::upper_snake_case(name);
            out.error(*span, format!("error code `{name}` must be named in UPPER_SNAKE_CASE: `{better}`"));
        } else if CODE_CONSTANTS.contains(&name.as_str()) {
            out.error(*span, format!("error code `{name}` has the name of a constant that is no code"));
        }
    }
}
