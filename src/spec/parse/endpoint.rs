//! Reads `[[endpoint]]` with its paging and its examples.
//! Fields have a module of their own.

use toml::de::DeValue;

use super::field;
use super::shape::named;
use super::table::{Context, Table};
use crate::spec::model::{
    Account, At, Auth, Deprecated, Endpoint, Envelope, Example, ExampleDownload, Field, Host, Method, Paging,
    PagingCursor, PagingNext, PagingNumber, Response, Returns, SourceFile,
};

const METHODS: &[(&str, Method)] =
    &[("GET", Method::Get), ("POST", Method::Post), ("BROWSER", Method::Browser)];
const HOSTS: &[(&str, Host)] = &[("api", Host::Api), ("mp", Host::Mp), ("open", Host::Open)];
const ACCOUNTS: &[(&str, Account)] =
    &[("service", Account::Service), ("subscription", Account::Subscription)];
const AUTHS: &[(&str, Auth)] = &[
    ("access_token", Auth::AccessToken),
    ("none", Auth::None),
    ("app", Auth::App),
    ("user_token", Auth::UserToken),
];
const RETURNS: &[(&str, Returns)] =
    &[("json", Returns::Json), ("binary", Returns::Binary), ("either", Returns::Either)];
const ENVELOPES: &[(&str, Envelope)] = &[("errcode", Envelope::Errcode), ("base_resp", Envelope::BaseResp)];

pub fn endpoint(cx: &mut Context, source: &SourceFile, mut table: Table) -> Endpoint {
    let name = named(cx, &mut table, "an endpoint");
    let auth = At { value: Auth::AccessToken, span: name.span };
    let mut endpoint = Endpoint {
        name,
        summary: cx.apart(|cx| table.required_string(cx, "summary")),
        doc: cx.apart(|cx| table.string(cx, "doc")),
        name_zh: cx.apart(|cx| table.string(cx, "name_zh")).map(|name| name.value),
        name_en: cx.apart(|cx| table.string(cx, "name_en")).map(|name| name.value),
        link: cx.apart(|cx| table.required_string(cx, "link")),
        method: method(cx, &mut table),
        path: cx.apart(|cx| table.required_string(cx, "path")),
        host: table.choice(cx, "host", HOSTS).map(|host| host.value).unwrap_or_default(),
        fragment: table.string(cx, "fragment").map(|text| text.value),
        formerly: cx.apart(|cx| table.strings(cx, "formerly")),
        accounts: cx.apart(|cx| accounts(cx, &mut table)),
        verified: cx.apart(|cx| table.boolean(cx, "verified")).unwrap_or(false),
        auth: table.choice(cx, "auth", AUTHS).unwrap_or(auth),
        ..Endpoint::default()
    };
    let idempotent = cx.apart(|cx| table.boolean(cx, "idempotent"));
    endpoint.idempotent = idempotent.unwrap_or(endpoint.method != Method::Post);
    endpoint.errors = cx.apart(|cx| errors(cx, &mut table));
    endpoint.deprecated = cx.apart(|cx| deprecated(cx, &mut table));
    messages(cx, source, &mut table, &mut endpoint);
    endpoint.keys = table.taken();
    table.finish(cx);
    endpoint
}

fn method(cx: &mut Context, table: &mut Table) -> Method {
    let method = table.choice(cx, "method", METHODS);
    if method.is_none() && table.span_of("method") == table.span {
        table.missing(cx, "method");
    }
    method.map(|method| method.value).unwrap_or_default()
}

/// What an endpoint is sent and what it answers.
fn messages(cx: &mut Context, source: &SourceFile, table: &mut Table, endpoint: &mut Endpoint) {
    let mut fields = |cx: &mut Context, key: &'static str| -> Option<Vec<Field>> {
        let lines = table.table(cx, key, format!("the {key}"))?;
        Some(field::fields(cx, source, lines))
    };
    endpoint.query = fields(cx, "query").unwrap_or_default();
    endpoint.body = fields(cx, "body");
    endpoint.parts = fields(cx, "parts");
    let raw = fields(cx, "raw").unwrap_or_default();
    if raw.len() > 1 || (raw.is_empty() && table.span_of("raw") != table.span) {
        let message = format!("`raw` is exactly one field, the whole body; here are {}", raw.len());
        cx.out.error(table.span_of("raw"), message);
    }
    endpoint.raw = raw.into_iter().next().map(Box::new);
    endpoint.content_type = table.string(cx, "content_type").map(|text| text.value);
    endpoint.returns = table.choice(cx, "returns", RETURNS).map(|returns| returns.value).unwrap_or_default();
    endpoint.response = response(cx, source, table);
    let envelope = table.choice(cx, "envelope", ENVELOPES);
    endpoint.envelope = envelope.map(|envelope| envelope.value).unwrap_or_default();
    endpoint.not_found = cx.apart(|cx| table.string(cx, "not_found")).map(|text| text.value);
    endpoint.paging =
        cx.apart(|cx| table.table(cx, "paging", "the paging").and_then(|table| paging(cx, table)));
    endpoint.examples = table.tables(cx, "example").into_iter().map(|table| example(cx, table)).collect();
}

fn accounts(cx: &mut Context, table: &mut Table) -> Vec<Account> {
    let Some(entry) = table.take("accounts") else {
        table.missing(cx, "accounts");
        return Vec::new();
    };
    let Some(items) = entry.array(cx) else { return Vec::new() };
    if items.is_empty() {
        cx.out.error(entry.span, "`accounts` is empty: who may call it, `service`, `subscription` or both?");
    }
    let mut accounts = Vec::new();
    for item in items {
        let Some(text) = item.string(cx) else { continue };
        match ACCOUNTS.iter().find(|(word, _)| *word == text.value) {
            Some((word, account)) if accounts.contains(account) => {
                cx.out.error(item.span, format!("`{word}` stands twice in `accounts`"));
            }
            Some((_, account)) => accounts.push(*account),
            None => {
                let message =
                    format!("account type `{}` is not one of `service`, `subscription`", text.value);
                cx.out.error(item.span, message);
            }
        }
    }
    accounts
}

fn errors(cx: &mut Context, table: &mut Table) -> Vec<At<i64>> {
    let Some(items) = table.take("errors").and_then(|entry| entry.array(cx)) else { return Vec::new() };
    let mut errors: Vec<At<i64>> = Vec::new();
    for item in items {
        let Some(code) = item.integer(cx) else { continue };
        if errors.iter().any(|known| known.value == code) {
            cx.out.error(item.span, format!("error code {code} stands twice in `errors`"));
        } else {
            errors.push(At { value: code, span: item.span });
        }
    }
    errors
}

fn deprecated(cx: &mut Context, table: &mut Table) -> Option<Deprecated> {
    let mut table = table.table(cx, "deprecated", "`deprecated`")?;
    let since = table.required_string(cx, "since");
    let shape = |text: &str| {
        let digits =
            |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.split('-');
        parts.next().is_some_and(|year| digits(year, 4))
            && text.len() <= 10
            && parts.all(|part| digits(part, 2))
    };
    if !since.value.is_empty() && !shape(&since.value) {
        cx.out.error(
            since.span,
            format!("`{}` is no date such as `2020`, `2020-01` or `2020-01-31`", since.value),
        );
    }
    let instead = table.string(cx, "instead");
    let doc = table.required_string(cx, "doc").value;
    let span = table.span;
    table.finish(cx);
    Some(Deprecated { since: since.value, instead, doc, span })
}

fn response(cx: &mut Context, source: &SourceFile, table: &mut Table) -> Response {
    let Some(entry) = table.take("response") else { return Response::Missing };
    match entry.value {
        DeValue::String(name) => Response::Named(At { value: name.to_string(), span: entry.span }),
        DeValue::Table(_) => {
            let lines = entry.table(cx, "the response");
            Response::Fields(lines.map(|lines| field::fields(cx, source, lines)).unwrap_or_default())
        }
        _ => {
            let _ = entry.mistyped::<()>(cx, "a table of fields, or the name of an object or union");
            Response::Fields(Vec::new())
        }
    }
}

fn paging(cx: &mut Context, mut table: Table) -> Option<Paging> {
    let span = table.span;
    let cursor = table.string(cx, "cursor");
    let next = table.string(cx, "next");
    let last = table.string(cx, "last");
    let offset = table.string(cx, "offset");
    let page = table.string(cx, "page");
    let first = table.integer(cx, "first");
    let if_given = table.boolean(cx, "if_given");
    let count = table.string(cx, "count");
    let total = table.string(cx, "total");
    let pages = table.string(cx, "pages");
    let short_is_last = table.boolean(cx, "short_is_last").unwrap_or(false);
    let items = table.required_string(cx, "items");
    let before = cx.out.len();

    let cursor = paging_cursor(cx, cursor, next, last);
    let page = paging_number(cx, &table, page, first, if_given);
    let says_nothing = |cx: &mut Context, key: &str, without: &str| {
        cx.out.error(table.span_of(key), format!("`{key}` says nothing without {without}"));
    };
    if short_is_last && count.is_none() {
        says_nothing(cx, "short_is_last", "`count`");
    }
    if total.is_some() && offset.is_none() && page.is_none() {
        says_nothing(cx, "total", "`offset` or `page`");
    }
    if pages.is_some() && page.is_none() {
        says_nothing(cx, "pages", "`page`");
    }
    let counts = offset.is_some() && (cursor.is_some() || page.is_some());
    let none = cursor.is_none() && offset.is_none() && page.is_none();
    if cx.out.len() == before && (counts || none) {
        let message =
            "paging goes by `cursor` (with `next` or `last`), by `offset`, or by `page` (maybe with \
                       a `cursor`)";
        cx.out.error(span, message);
    }
    let sound = cx.out.len() == before;
    table.finish(cx);
    sound.then_some(Paging { span, cursor, offset, page, count, total, pages, short_is_last, items })
}

fn paging_cursor(
    cx: &mut Context,
    cursor: Option<At<String>>,
    next: Option<At<String>>,
    last: Option<At<String>>,
) -> Option<PagingCursor> {
    let before = cx.out.len();
    let next = match (next, last) {
        (Some(next), None) => Some(PagingNext::Answer(next)),
        (None, Some(last)) => Some(PagingNext::LastItem(last)),
        (None, None) => None,
        (Some(_), Some(last)) => {
            cx.out.error(
                last.span,
                "the next cursor stands in the answer (`next`) or in its last item (`last`)",
            );
            None
        }
    };
    match (cursor, next) {
        (Some(field), Some(next)) => Some(PagingCursor { field, next }),
        (None, None) => None,
        (Some(cursor), None) if cx.out.len() == before => {
            cx.out.error(cursor.span, "a `cursor` needs `next` or `last`: where the next one stands");
            None
        }
        (None, Some(PagingNext::Answer(next) | PagingNext::LastItem(next))) => {
            cx.out.error(next.span, "where the next cursor stands says nothing without `cursor`");
            None
        }
        (Some(_), None) => None,
    }
}

fn paging_number(
    cx: &mut Context,
    table: &Table,
    page: Option<At<String>>,
    first: Option<i64>,
    if_given: Option<bool>,
) -> Option<PagingNumber> {
    match (page, first) {
        (Some(field), Some(first @ (0 | 1))) => {
            let first = u32::from(first == 1);
            Some(PagingNumber { field, first, if_given: if_given.unwrap_or(false) })
        }
        (Some(page), _) => {
            cx.out.error(page.span, "a `page` needs `first`: whether the first page is 0 or 1");
            None
        }
        (None, first) => {
            for key in [first.map(|_| "first"), if_given.map(|_| "if_given")].into_iter().flatten() {
                cx.out.error(table.span_of(key), format!("`{key}` says nothing without `page`"));
            }
            None
        }
    }
}

fn example(cx: &mut Context, mut table: Table) -> Example {
    table.what = "the example".to_owned();
    let mut example = Example {
        span: table.span,
        title: table.string(cx, "title").map(|title| title.value),
        query: table.text(cx, "query"),
        body: table.string(cx, "body"),
        raw: table.text(cx, "raw"),
        response: table.string(cx, "response"),
        url: table.string(cx, "url"),
        ..Example::default()
    };
    if let Some(parts) = table.table(cx, "parts", "the parts") {
        for entry in parts.into_entries() {
            if let Some(text) = entry.string(cx) {
                example.parts.push((entry.key.to_owned(), text));
            }
        }
    }
    if let Some(mut download) = table.table(cx, "download", "the download") {
        example.download = Some(ExampleDownload {
            content_type: download.required_string(cx, "content_type").value,
            filename: download.string(cx, "filename").map(|name| name.value),
            text: download.text(cx, "text").map(|text| text.value),
            base64: download.string(cx, "base64").map(|text| text.value),
            span: download.span,
        });
        download.finish(cx);
    }
    table.finish(cx);
    example
}
