//! How the responses of an endpoint are walked page by page: `paged!` and the ways to the fields that it names.

use std::fmt::Write as _;

use super::name;
use super::types::{self, Named, Scope};
use crate::spec::model::{At, Endpoint, Field, PagingNext, Required, Response, Spec, Type};

/// `Paged` of a request, with the ways to its fields written out.
pub fn emit(out: &mut String, scope: Scope<'_>, endpoint: &Endpoint) {
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
                let object = types::object(scope.spec, item);
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
        if let Type::Named(name) = &field.ty.value
            && let Some((_, Named::Object(object))) = types::find(spec, name)
        {
            fields = &object.fields;
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
