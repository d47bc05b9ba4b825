//! Rules for types: that they exist, are used, can be built, and stand where they can be written.
//! Rules for whole lists of fields stand in `field`.

use std::collections::{BTreeMap, BTreeSet};

use super::Lint;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::id::IDS;
use crate::spec::index::Kind;
use crate::spec::model::Required;
use crate::spec::model::{Area, At, Response, Span, Type, Union, Variant};
use crate::spec::walk::{named, Holder};
use crate::spec::{naming, types};

/// A place where a type is written down.
struct Use<'s> {
    ty: At<Type>,
    area: &'s Area,
    /// The fields of the type stand beside others: a keyed union can't stand otherwise.
    beside: bool,
    /// Files can be sent from here.
    sends_files: bool,
}

pub fn check(lint: &Lint, out: &mut Diagnostics) {
    for one in uses(lint) {
        exists(lint, &one, out);
        suits(lint, &one.ty.value, one.ty.span, out);
        stands(lint, &one, out);
        gated(lint, &one, out);
    }
    for area in &lint.spec.areas {
        for union in &area.unions {
            variants(lint, union, out);
        }
        for open_enum in &area.enums {
            if open_enum.values.is_empty() && !open_enum.name.value.is_empty() {
                out.error(open_enum.name.span, format!("enum `{}` has no values", open_enum.name.value));
            }
            for value in open_enum.values.iter().filter(|_| open_enum.integer) {
                let number = value.wire.value.parse::<i64>().map(|number| number.to_string());
                if number.as_ref() != Ok(&value.wire.value) {
                    let message =
                        format!("`{}` is no integer, as the values of this enum are", value.wire.value);
                    out.error(value.wire.span, message);
                }
            }
        }
    }
    for area in &lint.spec.areas {
        reexports(lint, area, out);
    }
    if lint.whole {
        used(lint, out);
    }
    finite(lint, out);
}

/// What an area names again is a type of another one that is there whenever the area is.
fn reexports(lint: &Lint, area: &Area, out: &mut Diagnostics) {
    for name in &area.reexports {
        let Some(described) = lint.index.get(&name.value) else {
            if lint.whole {
                out.error(name.span, format!("nothing describes the type `{}`", name.value));
            }
            continue;
        };
        let needs = described.area.feature.as_ref().map(|feature| &feature.value);
        let has = area.feature.as_ref().map(|feature| &feature.value);
        if described.area.name == area.name {
            out.error(name.span, format!("`{}` is a type of this area already", name.value));
        } else if let Some(needs) = needs.filter(|needs| has != Some(*needs)) {
            out.error(name.span, format!("`{}` is there with feature `{needs}` only", name.value));
        }
    }
}

fn uses<'s>(lint: &Lint<'s>) -> Vec<Use<'s>> {
    let mut uses = Vec::new();
    for list in &lint.lists {
        let sends_files = matches!(list.holder, Holder::Parts(_) | Holder::Raw(_));
        for field in list.fields {
            uses.push(Use { ty: field.ty.clone(), area: list.area, beside: field.flatten, sends_files });
        }
    }
    for area in &lint.spec.areas {
        for endpoint in &area.endpoints {
            if let Response::Named(name) = &endpoint.response {
                let ty = At { value: Type::Named(name.value.clone()), span: name.span };
                uses.push(Use { ty, area, beside: true, sends_files: false });
            }
        }
        for union in &area.unions {
            for variant in &union.variants {
                let Some(ty) = variant.ty.clone() else { continue };
                // A file in a keyed union is judged where the union stands.
                uses.push(Use { ty, area, beside: false, sends_files: union.keyed });
            }
        }
    }
    uses
}

/// Every name stands for a described type.
fn exists(lint: &Lint, one: &Use, out: &mut Diagnostics) {
    let Some(name) = named(&one.ty.value).filter(|_| lint.whole) else { return };
    if lint.index.get(name).is_some() {
        return;
    }
    let known = types::SCALARS
        .iter()
        .map(|(scalar, _)| *scalar)
        .chain(IDS.iter().map(|id| id.name))
        .chain(lint.index.names());
    let message = format!("unknown type `{name}`{}", naming::suggestion(name, known));
    let text = At { value: types::show(&one.ty.value), span: one.ty.span };
    let offset = text.value.find(name).unwrap_or(0);
    let span = lint.spec.files.get(text.span.file).map_or(text.span, |file| file.within(&text, offset));
    out.error(span, message);
}

/// What a type holds can be held by it.
fn suits(lint: &Lint, ty: &Type, span: Span, out: &mut Diagnostics) {
    let fault = match ty {
        Type::List(inner) | Type::Map(inner) if **inner == Type::File => Some("files can't be listed"),
        Type::Many(inner) => match **inner {
            Type::List(_) | Type::Many(_) => Some("a list of lists can't arrive as a bare object"),
            Type::File => Some("files can't be listed"),
            _ => None,
        },
        Type::Text(inner) => match inner.plain() {
            Type::I32 | Type::I64 | Type::U32 | Type::U64 => None,
            Type::Decimal | Type::Bool | Type::Bool01 | Type::Timestamp => None,
            Type::Named(name) => match lint.index.get(name).map(|described| described.kind) {
                Some(Kind::Enum(open_enum)) if open_enum.integer => None,
                Some(_) => Some("only a number or a boolean can be written as text"),
                // An unknown name has its own message.
                None => None,
            },
            _ => Some("only a number or a boolean can be written as text"),
        },
        Type::JsonText(inner) => match &**inner {
            Type::List(_) | Type::Map(_) | Type::Many(_) | Type::Json => None,
            Type::Named(name) => match lint.index.get(name).map(|described| described.kind) {
                Some(Kind::Enum(_)) => Some("JSON inside a string is an object or a list"),
                _ => None,
            },
            _ => Some("JSON inside a string is an object or a list"),
        },
        _ => None,
    };
    if let Some(fault) = fault {
        out.error(span, format!("type `{}`: {fault}", types::show(ty)));
    }
    match ty {
        Type::List(inner)
        | Type::Map(inner)
        | Type::Many(inner)
        | Type::Text(inner)
        | Type::JsonText(inner) => {
            suits(lint, inner, span, out);
        }
        _ => {}
    }
}

/// Files and keyed unions stand where they can be written.
fn stands(lint: &Lint, one: &Use, out: &mut Diagnostics) {
    let span = one.ty.span;
    if one.ty.value == Type::File && !one.sends_files {
        out.error(span, "type `file` stands in `parts` and `raw` only");
    }
    let Some(Kind::Union(union)) =
        named(&one.ty.value).and_then(|name| lint.index.get(name)).map(|it| it.kind)
    else {
        return;
    };
    let name = &union.name.value;
    if union.keyed && !one.beside {
        out.error(span, format!("`{name}` is a keyed union: it is used with `flatten = true` only"));
    }
    if union.default_variant().is_some() && one.beside {
        let message = format!("`{name}` has a variant for a missing tag: beside other fields nobody could tell whether it is there");
        out.error(span, message);
    }
    let files =
        union.variants.iter().any(|variant| variant.ty.as_ref().is_some_and(|ty| ty.value == Type::File));
    if files && union.keyed && !one.sends_files {
        out.error(span, format!("`{name}` holds a file: it stands in `parts` only"));
    }
}

/// What is always there uses nothing that a feature switches on.
fn gated(lint: &Lint, one: &Use, out: &mut Diagnostics) {
    let Some((name, described)) = named(&one.ty.value).and_then(|name| Some((name, lint.index.get(name)?)))
    else {
        return;
    };
    let needs = described.area.feature.as_ref().map(|feature| feature.value.as_str());
    let has = one.area.feature.as_ref().map(|feature| feature.value.as_str());
    if let Some(needs) = needs.filter(|needs| has != Some(needs)) {
        let (here, there) = (&one.area.name, &described.area.name);
        let message = format!(
            "area `{here}` can't use `{name}` of area `{there}`, which is there with feature `{needs}` only"
        );
        out.error(one.ty.span, message);
    }
}

/// Each variant has the payload that its union calls for.
fn variants(lint: &Lint, union: &Union, out: &mut Diagnostics) {
    let name = &union.name.value;
    if union.variants.is_empty() && !name.is_empty() {
        out.error(union.name.span, format!("union `{name}` has no variants"));
    }
    let mut defaults = union.variants.iter().map(|variant| &variant.default).filter(|given| given.value);
    if let (Some(first), Some(second)) = (defaults.next(), defaults.next()) {
        out.error_with(second.span, "a missing tag can't mean two variants", "first", first.span);
    }
    let mut keys: BTreeMap<&str, Span> = BTreeMap::new();
    for variant in &union.variants {
        let tag = &variant.tag.value;
        match &variant.ty {
            None if union.tag.is_none() => {
                let message =
                    format!("variant `{tag}` needs a `type`: without a tag, its payload is all there is");
                out.error(variant.tag.span, message);
            }
            Some(ty) if !union.keyed && lint.whole => match &ty.value {
                Type::Named(name) if name.is_empty() || lint.index.get(name).is_none() => {}
                ty if matches!(lint.index.kind(ty), Some(Kind::Object(_))) => {}
                _ => {
                    let message = format!("variant `{tag}`: fields beside the tag come from an object");
                    out.error(ty.span, message);
                }
            },
            _ => {}
        }
        if !union.keyed {
            beside(lint, union, variant, out);
        } else if variant.ty.is_some() {
            keyed(union, variant, &mut keys, out);
        }
    }
}

/// The fields of a payload beside the tag: none is the tag, and without a tag one tells the variant.
fn beside(lint: &Lint, union: &Union, variant: &Variant, out: &mut Diagnostics) {
    let (name, tag) = (&union.name.value, &variant.tag.value);
    let Some(Kind::Object(object)) = variant.ty.as_ref().and_then(|ty| lint.index.kind(&ty.value)) else {
        return;
    };
    let head = |key: &str| object.fields.iter().any(|field| super::field::head(field) == key);
    if let Some(key) = union.tag.as_ref().filter(|key| head(&key.value)) {
        let message =
            format!("object `{}` has a field `{}`, the tag of union `{name}`", object.name.value, key.value);
        out.error_with(variant.tag.span, message, "tag", key.span);
    }
    if union.tag.is_none() && !head(tag) && !object.fields.iter().any(|field| field.flatten) {
        let message =
            format!("variant `{tag}` is told by a key that object `{}` does not have", object.name.value);
        out.error(variant.tag.span, message);
    }
}

/// A payload with a key of its own: not that of the tag, nor, without a tag, that of another variant.
fn keyed<'s>(union: &Union, variant: &'s Variant, keys: &mut BTreeMap<&'s str, Span>, out: &mut Diagnostics) {
    let tag = &variant.tag.value;
    if union.tag.as_ref().is_some_and(|key| key.value == variant.key) {
        let message = format!("the payload of variant `{tag}` has the key of the tag, `{}`", variant.key);
        out.error(variant.tag.span, message);
    }
    if union.tag.is_none() {
        if let Some(first) = keys.get(variant.key.as_str()) {
            out.error_with(
                variant.tag.span,
                format!("two variants have the key `{}`", variant.key),
                "first",
                *first,
            );
        }
        keys.insert(&variant.key, variant.tag.span);
    }
}

/// Every type is reached from an endpoint or an event.
fn used(lint: &Lint, out: &mut Diagnostics) {
    let mut open: Vec<&str> = Vec::new();
    for list in lint.lists.iter().filter(|list| !matches!(list.holder, Holder::Object(_))) {
        open.extend(list.fields.iter().filter_map(|field| named(&field.ty.value)));
    }
    for endpoint in lint.spec.areas.iter().flat_map(|area| &area.endpoints) {
        if let Response::Named(name) = &endpoint.response {
            open.push(&name.value);
        }
    }
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !reached.insert(name) {
            continue;
        }
        match lint.index.get(name).map(|described| described.kind) {
            Some(Kind::Object(object)) => {
                open.extend(object.fields.iter().filter_map(|field| named(&field.ty.value)));
            }
            Some(Kind::Union(union)) => {
                let types = union.variants.iter().filter_map(|variant| variant.ty.as_ref());
                open.extend(types.filter_map(|ty| named(&ty.value)));
            }
            Some(Kind::Enum(_)) | None => {}
        }
    }
    for (name, described) in lint.index.types().filter(|(name, _)| !reached.contains(name)) {
        let (kind, span) = match described.kind {
            Kind::Object(object) => ("object", object.name.span),
            Kind::Enum(open_enum) => ("enum", open_enum.name.span),
            Kind::Union(union) => ("union", union.name.span),
        };
        out.error(span, format!("{kind} `{name}` is used by no endpoint and no event"));
    }
}

/// No value holds a value of its own type unless a list, a map or an optional field lies between.
fn finite(lint: &Lint, out: &mut Diagnostics) {
    for name in lint.index.names() {
        let mut trail = Vec::new();
        if let Some(span) = returns_to(lint, name, name, &mut trail) {
            // A circle is reported once, at the first of its names.
            if trail.iter().all(|other| name <= *other) {
                let message = format!(
                    "`{name}` always holds another `{name}`{}: make a field of the circle optional, or a list",
                    trail.first().filter(|_| trail.len() > 1).map(|_| circle(name, &trail)).unwrap_or_default()
                );
                out.error(span, message);
            }
        }
    }
}

fn circle(name: &str, trail: &[&str]) -> String {
    let between: Vec<String> =
        trail.iter().filter(|other| **other != name).map(|other| format!("`{other}`")).collect();
    format!(" (through {})", between.join(", "))
}

/// Walks what a type always holds; gives the place that leads back to the start.
fn returns_to<'s>(lint: &Lint<'s>, start: &str, name: &'s str, trail: &mut Vec<&'s str>) -> Option<Span> {
    if trail.contains(&name) {
        return None;
    }
    trail.push(name);
    let held: Vec<&At<Type>> = match lint.index.get(name)?.kind {
        Kind::Object(object) => {
            let required = object.fields.iter().filter(|field| field.required != Required::No);
            required.map(|field| &field.ty).collect()
        }
        Kind::Union(union) => union.variants.iter().filter_map(|variant| variant.ty.as_ref()).collect(),
        Kind::Enum(_) => Vec::new(),
    };
    for ty in held {
        // JSON inside a string is held like any other value.
        let mut bare = &ty.value;
        while let Type::JsonText(inner) | Type::Text(inner) = bare {
            bare = inner;
        }
        let Type::Named(next) = bare else { continue };
        if next == start {
            return Some(ty.span);
        }
        if let Some(span) = returns_to(lint, start, next, trail) {
            return Some(span);
        }
    }
    trail.pop();
    None
}
