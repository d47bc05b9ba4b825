//! Rules for paging: the fields that it names exist and can be counted, followed or walked.
//! How pages are fetched is the client's business.

use super::field::response_fields;
use super::Lint;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::index::Kind;
use crate::spec::model::{
    Area, At, Endpoint, Field, Paging, PagingCursor, PagingNext, Required, Response, Returns, Type,
};
use crate::spec::walk;
use crate::spec::{naming, types};

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
    let request: Vec<&Field> = walk::requests(area, endpoint).iter().flat_map(|list| list.fields).collect();
    let sent = |name: &At<String>, text: bool, out: &mut Diagnostics| {
        let Some(field) = request.iter().find(|field| field.wire.value == name.value) else {
            let names = request.iter().map(|field| field.wire.value.as_str());
            let meant = naming::suggestion(&name.value, names);
            out.error(name.span, format!("the request has no field `{}`{meant}", name.value));
            return;
        };
        let _ = expect(&field.ty.value, name, text, out);
    };
    let answered = |name: &At<String>, out: &mut Diagnostics| {
        if let Some(ty) = find(lint, endpoint, name, out) {
            let _ = expect(ty, name, false, out);
        }
    };
    if let Some(page) = &paging.page {
        sent(&page.field, false, out);
        let always = |field: &&&Field| field.wire.value == page.field.value && field.required != Required::No;
        if page.if_given && request.iter().any(|field| always(&field)) {
            let message = format!("`if_given`: `{}` is required, so it always is", page.field.value);
            out.error(page.field.span, message);
        }
    }
    for number in [&paging.offset, &paging.count].into_iter().flatten() {
        sent(number, false, out);
    }
    for number in [&paging.total, &paging.pages].into_iter().flatten() {
        answered(number, out);
    }
    if let Some(cursor) = &paging.cursor {
        sent(&cursor.field, true, out);
        if let PagingNext::Answer(next) = &cursor.next
            && let Some(ty) = find(lint, endpoint, next, out)
        {
            same(&request, &cursor.field, ty, next, out);
        }
    }
    let Some(ty) = find(lint, endpoint, &paging.items, out) else { return };
    let item = match ty {
        Type::List(item) | Type::Many(item) => item,
        ty if is_poison(ty) => return,
        ty => {
            let shown = types::show(ty);
            let message =
                format!("`{}` is a `{shown}`, and the items of a page are a list", paging.items.value);
            return out.error(paging.items.span, message);
        }
    };
    if let Some(PagingCursor { field, next: PagingNext::LastItem(last) }) = &paging.cursor {
        last_item(lint, &request, field, item, last, out);
    }
}

/// The last item of a page says where the next one begins.
fn last_item(
    lint: &Lint,
    request: &[&Field],
    cursor: &At<String>,
    item: &Type,
    last: &At<String>,
    out: &mut Diagnostics,
) {
    let Some(Kind::Object(object)) = lint.index.kind(item) else {
        let message = format!("the items are `{}`, which have no fields", types::show(item));
        return out.error(last.span, message);
    };
    match find_in(lint, &object.fields, last) {
        Ok(ty) => same(request, cursor, ty, last, out),
        Err(meant) => {
            out.error(last.span, format!("`{}` has no field `{}`{meant}", object.name.value, last.value))
        }
    }
}

/// A cursor is sent back as it came.
fn same(request: &[&Field], cursor: &At<String>, ty: &Type, next: &At<String>, out: &mut Diagnostics) {
    if !expect(ty, next, true, out) {
        return;
    }
    let Some(field) = request.iter().find(|field| field.wire.value == cursor.value) else { return };
    let sent = &field.ty.value;
    if sent != ty && !is_poison(sent) && !is_poison(ty) {
        let message = format!(
            "`{}` is a `{}` and the cursor `{}` a `{}`: they must be alike",
            next.value,
            types::show(ty),
            cursor.value,
            types::show(sent)
        );
        out.error(next.span, message);
    }
}

/// Whether it is a number, or where a cursor is due a text too; reported if not.
fn expect(ty: &Type, name: &At<String>, text: bool, out: &mut Diagnostics) -> bool {
    let bare = match ty {
        Type::Text(inner) => inner.plain(),
        ty => ty.plain(),
    };
    let number = matches!(bare, Type::I32 | Type::I64 | Type::U32 | Type::U64);
    let fits = number || (text && *bare == Type::String) || is_poison(ty);
    if !fits {
        let due = if text { "a cursor is a string or an integer" } else { "an integer is due" };
        out.error(name.span, format!("`{}` is a `{}`, and {due}", name.value, types::show(ty)));
    }
    fits
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
    match find_in(lint, response_fields(lint, endpoint), name) {
        Ok(ty) => Some(ty),
        Err(meant) => {
            out.error(name.span, format!("the response has no field `{}`{meant}", name.value));
            None
        }
    }
}

/// The type of a field, by the keys that lead to it; else what was meant.
fn find_in<'s>(lint: &Lint<'s>, fields: &'s [Field], name: &At<String>) -> Result<&'s Type, String> {
    let mut fields = fields;
    let mut rest: Vec<&str> = name.value.split('.').collect();
    loop {
        let found = fields.iter().filter(|field| !field.flatten).find(|field| {
            let keys = field.path.iter().map(String::as_str).chain([field.wire.value.as_str()]);
            keys.eq(rest.iter().copied().take(field.path.len() + 1))
        });
        let Some(field) = found else {
            let names = fields.iter().map(|field| field.wire.value.as_str());
            return Err(naming::suggestion(rest.first().copied().unwrap_or_default(), names));
        };
        rest.drain(..field.path.len() + 1);
        if rest.is_empty() {
            return Ok(&field.ty.value);
        }
        fields = match lint.index.kind(&field.ty.value) {
            Some(Kind::Object(object)) => &object.fields,
            _ => &[],
        };
    }
}
