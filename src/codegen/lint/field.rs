//! Rules for lists of fields: how many, how nested, with which limits, where which kind may stand.
//! Rules for types alone stand in `types`, for names in `names`.

use std::collections::BTreeMap;

use super::Lint;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::index::Kind;
use crate::spec::model::{Auth, Endpoint, Envelope, Field, Method, Origin, Required, Response, Span, Type};
use crate::spec::types;
use crate::spec::walk::{self, Holder, List};

/// Wire names of credentials; what is called so must not be printed.
const CREDENTIALS: &[&str] = &[
    "access_token",
    "appsecret",
    "authorizer_access_token",
    "authorizer_refresh_token",
    "component_access_token",
    "component_appsecret",
    "refresh_token",
    "secret",
    "session_key",
];

pub fn check(lint: &Lint, out: &mut Diagnostics) {
    for list in &lint.lists {
        for field in list.fields {
            keys(field, out);
            limits(lint, field, out);
            place(lint, list, field, out);
        }
        paths(list, out);
        beside(lint, list, out);
    }
}

/// The key under which a field, or the object around it, stands.
pub fn head(field: &Field) -> &str {
    field.path.first().unwrap_or(&field.wire.value)
}

/// The table of a type has its keys in lines and columns.
fn keys(field: &Field, out: &mut Diagnostics) {
    let others = field.also.iter().chain(&field.count).map(|key| (&key.value, key.span));
    let own = field.path.iter().chain([&field.wire.value]).map(|key| (key, field.wire.span));
    for (key, span) in own.chain(others) {
        if key.chars().any(char::is_control) {
            out.error(span, format!("the key {key:?} holds a control character; no key on the wire does"));
        }
    }
}

fn limits(lint: &Lint, field: &Field, out: &mut Diagnostics) {
    // What a limit is about: a number or boolean in a string is limited as the number.
    let bare = match &field.ty.value {
        Type::Text(inner) => inner.plain(),
        ty => ty.plain(),
    };
    if matches!(bare, Type::Named(name) if name.is_empty()) {
        return;
    }
    let limits = &field.limits;
    let range: Option<(i64, i64)> = match bare {
        Type::I32 => Some((i32::MIN.into(), i32::MAX.into())),
        Type::U32 => Some((0, u32::MAX.into())),
        Type::U64 => Some((0, i64::MAX)),
        Type::I64 | Type::Decimal | Type::Timestamp => Some((i64::MIN, i64::MAX)),
        _ => None,
    };
    let text = *bare == Type::String && bare == field.ty.value.plain();
    let file = *bare == Type::File || may_be_file(lint, bare);
    let list = matches!(bare, Type::List(_) | Type::Many(_) | Type::Map(_));
    let given = [
        ("min", limits.min.is_some(), range.is_some(), "numbers"),
        ("max", limits.max.is_some(), range.is_some(), "numbers"),
        ("min_chars", limits.min_chars.is_some(), text, "strings"),
        ("max_chars", limits.max_chars.is_some(), text, "strings"),
        ("max_bytes", limits.max_bytes.is_some(), text || file, "strings and files"),
        ("min_items", limits.min_items.is_some(), list, "lists"),
        ("max_items", limits.max_items.is_some(), list, "lists"),
    ];
    for (key, _, _, what) in given.iter().filter(|(_, given, fits, _)| *given && !*fits) {
        let message = format!("`{key}` limits {what}, not a `{}`", types::show(&field.ty.value));
        out.error(field.span_of(key), message);
    }
    if let Some((lowest, highest)) = range {
        for (key, value) in [("min", limits.min), ("max", limits.max)] {
            if let Some(value) = value.filter(|value| *value < lowest || *value > highest) {
                let message = format!("`{key}`: {value} is out of the range of `{}`", types::show(bare));
                out.error(field.span_of(key), message);
            }
        }
    }
    if let Some(key) = field.count.as_ref().filter(|_| !list) {
        out.error(key.span, format!("`count` counts a list, not a `{}`", types::show(&field.ty.value)));
    }
    let pairs = [
        ("min", "max", limits.min.map(i128::from), limits.max.map(i128::from)),
        ("min_chars", "max_chars", limits.min_chars.map(i128::from), limits.max_chars.map(i128::from)),
        ("min_items", "max_items", limits.min_items.map(i128::from), limits.max_items.map(i128::from)),
    ];
    for (low, high, least, most) in pairs {
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            out.error(field.span_of(low), format!("`{low}` is greater than `{high}`: {least} > {most}"));
        }
    }
    codes(lint, field, bare, out);
}

/// Whether a type is a choice between a file and something else, such as its address.
fn may_be_file(lint: &Lint, ty: &Type) -> bool {
    match lint.index.kind(ty) {
        Some(Kind::Union(union)) => {
            union.variants.iter().filter_map(|variant| variant.ty.as_ref()).any(|ty| ty.value == Type::File)
        }
        _ => false,
    }
}

/// The error codes of a field: known, and for what can be wrong with it.
fn codes(lint: &Lint, field: &Field, bare: &Type, out: &mut Diagnostics) {
    let limits = &field.limits;
    let low = limits.min.is_some() || limits.min_chars.is_some() || limits.min_items.is_some();
    let high = limits.max.is_some()
        || limits.max_chars.is_some()
        || limits.max_bytes.is_some()
        || limits.max_items.is_some();
    let file = *bare == Type::File;
    let chosen = matches!(bare, Type::Named(_) | Type::List(_) | Type::Many(_) | Type::Map(_));
    for (word, code) in limits.error.given() {
        if lint.whole && !lint.spec.errors.iter().any(|error| error.code.value == code.value) {
            out.error(code.span, format!("error code {} does not stand in `errors.toml`", code.value));
        }
        let without = match word {
            "missing" if field.required == Required::No => "`required`",
            "empty" if limits.min_chars.is_none() && limits.min_items.is_none() && !file => {
                "`min_chars` or `min_items`"
            }
            "small" if !low => "`min`, `min_chars` or `min_items`",
            "large" if !high => "`max`, `max_chars`, `max_bytes` or `max_items`",
            "value" if !chosen => "an enum or a union as type",
            _ => continue,
        };
        out.error(code.span, format!("the error code `{word}` says nothing without {without}"));
    }
}

/// What may stand in which list.
fn place(lint: &Lint, list: &List, field: &Field, out: &mut Diagnostics) {
    let name = &field.wire.value;
    let request =
        matches!(list.holder, Holder::Query(_) | Holder::Body(_) | Holder::Parts(_) | Holder::Raw(_));
    let nests =
        matches!(list.holder, Holder::Body(_) | Holder::Response(_) | Holder::Object(_) | Holder::Event(_));

    if !field.path.is_empty() && !nests {
        out.error(
            field.span_of("path"),
            format!("`path` says nothing in {}: there are no objects to nest in", list.holder.what()),
        );
    }
    if let Some(key) = field.count.as_ref().filter(|_| !nests) {
        out.error(
            key.span,
            format!("`count` says nothing in {}: lists stand in objects", list.holder.what()),
        );
    }
    origin(list, field, out);
    also(lint, list, field, out);
    if field.flatten {
        flatten(lint, list, field, out);
    } else if field.origin == Origin::Caller {
        holds(lint, list, field, out);
    }
    if request && field.deprecated.is_some() && field.required == Required::Always {
        out.error(
            field.span_of("deprecated"),
            format!("field `{name}` is deprecated, so it can't be required"),
        );
    }
    if let Holder::Response(endpoint) = list.holder {
        watched(endpoint, field, out);
    }
    if let Holder::Query(endpoint) = list.holder {
        let sent = endpoint.auth.value == Auth::AccessToken && endpoint.method != Method::Browser;
        if name == "access_token" && sent {
            out.error(field.wire.span, "`access_token` is sent by the client, from `auth`; it is no field");
        }
    }
}

/// Where a value that the caller does not give may stand, and what a caller's must say of itself.
fn origin(list: &List, field: &Field, out: &mut Diagnostics) {
    let name = &field.wire.value;
    match &field.origin {
        Origin::Const(_) if !matches!(list.holder, Holder::Query(_) | Holder::Body(_)) => {
            out.error(field.span_of("const"), "`const` stands in the fields of `query` and `body` only");
        }
        Origin::Const(_) | Origin::AppId | Origin::Secret if !field.path.is_empty() => {
            out.error(field.span_of("path"), "a fixed value stands at the top of the body only");
        }
        Origin::AppId | Origin::Secret if !matches!(list.holder, Holder::Query(_) | Holder::Body(_)) => {
            out.error(field.span_of("account"), "`account` stands in the fields of `query` and `body` only");
        }
        Origin::Caller if !field.secret && CREDENTIALS.contains(&name.as_str()) => {
            out.error(
                field.wire.span,
                format!("field `{name}` is a credential: mark it with `secret = true`"),
            );
        }
        _ => {}
    }
}

/// Whether the list can hold the type.
fn holds(lint: &Lint, list: &List, field: &Field, out: &mut Diagnostics) {
    let ty = &field.ty.value;
    let kind = lint.index.kind(ty);
    let poison = matches!(ty, Type::Named(name) if name.is_empty() || lint.index.get(name).is_none());
    let scalar =
        poison || matches!(kind, Some(Kind::Enum(_))) || (walk::named(ty).is_none() && is_scalar(ty));
    let listed = types::show(ty);
    match list.holder {
        Holder::Query(_)
            if !scalar && !matches!(ty, Type::Text(_) | Type::JsonText(_)) && *ty != Type::File =>
        {
            out.error(
                field.ty.span,
                format!("a `{listed}` can't stand in a query: text, numbers and enums can"),
            );
        }
        Holder::Parts(_)
            if !scalar
                && !matches!(ty, Type::File | Type::Text(_) | Type::JsonText(_))
                && !matches!(kind, Some(Kind::Object(_))) =>
        {
            let message =
                format!("a `{listed}` can't be a part: files, text, numbers, enums, objects, `json(…)` can");
            out.error(field.ty.span, message);
        }
        Holder::Raw(_) if !matches!(ty.plain(), Type::String | Type::File) && !poison => {
            out.error(field.ty.span, format!("a raw body is a `string` or a `file`, not a `{listed}`"));
        }
        Holder::Raw(_) if field.required == Required::No => {
            out.error(field.wire.span, "a raw body is `required`: without it nothing is sent");
        }
        _ => {}
    }
}

/// Other names of a field: of an answer or of what only answers hold, and names that nothing else has.
fn also(lint: &Lint, list: &List, field: &Field, out: &mut Diagnostics) {
    let Some(first) = field.also.first() else { return };
    let answered = match list.holder {
        Holder::Response(_) => true,
        Holder::Object(object) => !lint.sent.contains(object.name.value.as_str()),
        _ => false,
    };
    if !answered || field.flatten {
        out.error(first.span, "`also` stands in what only answers hold, and where a field has a key");
        return;
    }
    for name in &field.also {
        let taken = |other: &&Field| {
            let mine = std::ptr::eq(*other, field);
            head(other) == name.value || (!mine && other.also.iter().any(|also| also.value == name.value))
        };
        if let Some(other) = list.fields.iter().find(taken) {
            let message = format!("`also`: `{}` is a field of its own", name.value);
            out.error_with(name.span, message, "the field", other.wire.span);
        }
    }
}

fn is_scalar(ty: &Type) -> bool {
    !matches!(ty, Type::List(_) | Type::Map(_) | Type::Many(_) | Type::Json | Type::File | Type::Named(_))
}

/// The fields of an answer that the engine watches for by itself.
fn watched(endpoint: &Endpoint, field: &Field, out: &mut Diagnostics) {
    let watched: &[&str] = match endpoint.envelope {
        Envelope::Errcode => &["errcode", "errmsg"],
        Envelope::BaseResp => &["errcode", "errmsg", "base_resp"],
    };
    if watched.contains(&head(field)) {
        let message = format!("`{}` is watched for in every answer; it is no field", head(field));
        out.error(field.wire.span, message);
    }
}

fn flatten(lint: &Lint, list: &List, field: &Field, out: &mut Diagnostics) {
    let shown = types::show(&field.ty.value);
    let fits = match lint.index.kind(&field.ty.value) {
        Some(Kind::Object(_) | Kind::Union(_)) => true,
        Some(Kind::Enum(_)) => false,
        None => matches!(&field.ty.value, Type::Named(_)),
    };
    if !fits {
        let message =
            format!("`flatten` puts the fields of an object or union beside others; a `{shown}` has none");
        out.error(field.span_of("flatten"), message);
    }
    if matches!(list.holder, Holder::Query(_) | Holder::Raw(_)) {
        out.error(field.span_of("flatten"), format!("nothing can be flattened into {}", list.holder.what()));
    }
    if !field.path.is_empty() {
        out.error(
            field.span_of("path"),
            "what is flattened stands beside the other fields, not inside `path`",
        );
    }
    if field.secret {
        out.error(field.span_of("secret"), "what is flattened has no key; mark the secret fields inside it");
    }
}

/// Fields of one path are neighbours, and no key is both a field and an object around fields.
fn paths(list: &List, out: &mut Diagnostics) {
    let mut objects: BTreeMap<&[String], (usize, Span)> = BTreeMap::new();
    let mut leaves: BTreeMap<Vec<String>, Span> = BTreeMap::new();
    for field in list.fields.iter().filter(|field| !field.flatten) {
        let mut whole = field.path.clone();
        whole.push(field.wire.value.clone());
        leaves.insert(whole, field.wire.span);
    }
    for (index, field) in list.fields.iter().enumerate() {
        for depth in 1..=field.path.len() {
            let path = &field.path[..depth];
            if let Some(leaf) = leaves.get(path) {
                let message =
                    format!("`{}` is both a field and the path of `{}`", path.join("."), field.wire.value);
                out.error_with(field.span_of("path"), message, "the field", *leaf);
                break;
            }
            match objects.get(path) {
                Some((last, span)) if index - last > 1 => {
                    let message = format!("fields within `{}` must stand next to each other", path.join("."));
                    out.error_with(field.span_of("path"), message, "the last", *span);
                    objects.insert(path, (index, field.span_of("path")));
                    break;
                }
                _ => {}
            }
            objects.insert(path, (index, field.span_of("path")));
        }
    }
}

/// What is flattened brings no key that another field of the list has.
fn beside(lint: &Lint, list: &List, out: &mut Diagnostics) {
    if !list.fields.iter().any(|field| field.flatten) {
        return;
    }
    let mut keys: BTreeMap<String, (String, Span)> = BTreeMap::new();
    for field in list.fields.iter().filter(|field| !field.flatten) {
        keys.insert(head(field).to_owned(), (format!("field `{}`", field.wire.value), field.wire.span));
    }
    for field in list.fields.iter().filter(|field| field.flatten && field.path.is_empty()) {
        let mut brought = Vec::new();
        brings(lint, &field.ty.value, &mut brought, 0);
        brought.sort();
        brought.dedup();
        for key in &brought {
            if let Some((other, span)) = keys.get(key) {
                let message = format!(
                    "`{}` brings the key `{key}`, which {other} has too",
                    types::show(&field.ty.value)
                );
                out.error_with(field.wire.span, message, "the other", *span);
            }
        }
        for key in brought {
            let from = format!("`{}`", types::show(&field.ty.value));
            keys.entry(key).or_insert((from, field.wire.span));
        }
    }
}

/// The keys of all shapes of a type.
fn brings(lint: &Lint, ty: &Type, keys: &mut Vec<String>, depth: usize) {
    if depth > 8 {
        return;
    }
    let fields = |fields: &[Field], keys: &mut Vec<String>| {
        for field in fields {
            if field.flatten && field.path.is_empty() {
                brings(lint, &field.ty.value, keys, depth + 1);
            } else {
                keys.push(head(field).to_owned());
            }
        }
    };
    match lint.index.kind(ty) {
        Some(Kind::Object(object)) => fields(&object.fields, keys),
        Some(Kind::Union(union)) => {
            keys.extend(union.tag.as_ref().map(|tag| tag.value.clone()));
            for variant in &union.variants {
                match &variant.ty {
                    Some(_) if union.keyed => keys.push(variant.key.clone()),
                    Some(ty) => brings(lint, &ty.value, keys, depth + 1),
                    None => {}
                }
            }
        }
        Some(Kind::Enum(_)) | None => {}
    }
}

/// The fields of an answer, wherever they are described.
pub fn response_fields<'s>(lint: &Lint<'s>, endpoint: &'s Endpoint) -> &'s [Field] {
    match &endpoint.response {
        Response::Missing => &[],
        Response::Fields(fields) => fields,
        Response::Named(name) => match lint.index.get(&name.value).map(|described| described.kind) {
            Some(Kind::Object(object)) => &object.fields,
            _ => &[],
        },
    }
}
