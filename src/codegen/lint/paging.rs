//! Rules for paging: the fields that it names exist and can be counted, followed or walked.
//! How pages are fetched is the client's business.

use super::super::diagnostic::Diagnostics;
use super::super::index::{self, Kind};
use super::super::model::{Area, At, Endpoint, Field, Paging, PagingKind, Response, Returns, Type};
use super::super::{naming, types};
use super::field::response_fields;
use super::Lint;

pub fn check(lint: &Lint, out: &mut Diagnostics) {
    for area in &lint.spec.areas {
        for endpoint in &area.endpoints {
            if let Some(paging) = &endpoint.paging {
                if matches!(endpoint.response, Response::Missing) || endpoint.returns != Returns::Json {
                    out.error(paging.span, "only an answer in JSON comes in pages");
                } else {
                    paging_of(lint, area, endpoint, paging, out);
                }
            }
        }
    }
}

fn paging_of(lint: &Lint, area: &Area, endpoint: &Endpoint, paging: &Paging, out: &mut Diagnostics) {
    let request: Vec<&Field> = index::requests(area, endpoint).iter().flat_map(|list| list.fields).collect();
    let sent = |name: &At<String>, text: bool, out: &mut Diagnostics| {
        let Some(field) = request.iter().find(|field| field.wire.value == name.value) else {
            let names = request.iter().map(|field| field.wire.value.as_str());
            let meant = naming::suggestion(&name.value, names);
            out.error(name.span, format!("the request has no field `{}`{meant}", name.value));
            return;
        };
        expect(&field.ty.value, name, text, out);
    };
    let answered = |name: &At<String>, text: bool, out: &mut Diagnostics| {
        if let Some(ty) = find(lint, endpoint, name, out) {
            expect(ty, name, text, out);
        }
    };
    match &paging.kind {
        PagingKind::Cursor { cursor, next } => {
            sent(cursor, true, out);
            answered(next, true, out);
        }
        PagingKind::Offset { offset, count, total } => {
            sent(offset, false, out);
            sent(count, false, out);
            if let Some(total) = total {
                answered(total, false, out);
            }
        }
    }
    if let Some(ty) = find(lint, endpoint, &paging.items, out) {
        if !matches!(ty, Type::List(_) | Type::Many(_)) && !is_poison(ty) {
            let message = format!(
                "`{}` is a `{}`, and the items of a page are a list",
                paging.items.value,
                types::show(ty)
            );
            out.error(paging.items.span, message);
        }
    }
}

/// A number, or where a cursor is due a text too.
fn expect(ty: &Type, name: &At<String>, text: bool, out: &mut Diagnostics) {
    let bare = match ty {
        Type::Text(inner) => inner,
        ty => ty,
    };
    let number = matches!(bare, Type::I32 | Type::I64 | Type::U32 | Type::U64);
    let fits = number || (text && *bare == Type::String) || is_poison(ty);
    if !fits {
        let due = if text { "a cursor is a string or an integer" } else { "an integer is due" };
        out.error(name.span, format!("`{}` is a `{}`, and {due}", name.value, types::show(ty)));
    }
}

fn is_poison(ty: &Type) -> bool {
    matches!(ty, Type::Named(name) if name.is_empty())
}

/// The type of a field of the answer, by the keys that lead to it.
fn find<'s>(
    lint: &Lint<'s>,
    endpoint: &'s Endpoint,
    name: &At<String>,
    out: &mut Diagnostics,
) -> Option<&'s Type> {
    let mut fields = response_fields(lint, endpoint);
    let mut rest: Vec<&str> = name.value.split('.').collect();
    loop {
        let found = fields.iter().filter(|field| !field.flatten).find(|field| {
            let keys = field.path.iter().map(String::as_str).chain([field.wire.value.as_str()]);
            keys.eq(rest.iter().copied().take(field.path.len() + 1))
        });
        let Some(field) = found else {
            let names = fields.iter().map(|field| field.wire.value.as_str());
            let meant = naming::suggestion(rest.first().copied().unwrap_or_default(), names);
            out.error(name.span, format!("the response has no field `{}`{meant}", name.value));
            return None;
        };
        rest.drain(..field.path.len() + 1);
        if rest.is_empty() {
            return Some(&field.ty.value);
        }
        fields = match lint.index.kind(&field.ty.value) {
            Some(Kind::Object(object)) => &object.fields,
            _ => &[],
        };
    }
}
