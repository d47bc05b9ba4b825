//! Reads `[[endpoint]]` with its paging and its examples.
//! Fields have a module of their own.

use toml::de::DeValue;

use super::super::model::{
    Account, At, Auth, Deprecated, Endpoint, Envelope, Example, ExampleDownload, Field, Host, Method, Paging,
    PagingKind, Response, Returns, SourceFile,
};
use super::field;
use super::shape::named;
use super::table::{Context, Table};

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
    let summary = table.required_string(cx, "summary");
    let doc = table.string(cx, "doc");
    let name_zh = table.string(cx, "name_zh").map(|name| name.value);
    let name_en = table.string(cx, "name_en").map(|name| name.value);
    let link = table.required_string(cx, "link");
    let method = table.choice(cx, "method", METHODS);
    if method.is_none() && table.place("method") == table.span {
        table.missing(cx, "method");
    }
    let method = method.map(|method| method.value).unwrap_or_default();
    let path = table.required_string(cx, "path");
    let host = table.choice(cx, "host", HOSTS).map(|host| host.value).unwrap_or_default();
    let fragment = table.string(cx, "fragment").map(|text| text.value);
    let formerly = table.strings(cx, "formerly");
    let accounts = accounts(cx, &mut table);
    let verified = table.boolean(cx, "verified").unwrap_or(false);
    let auth = table.choice(cx, "auth", AUTHS).unwrap_or(At { value: Auth::AccessToken, span: name.span });
    let idempotent = table.boolean(cx, "idempotent").unwrap_or(method != Method::Post);
    let errors = errors(cx, &mut table);
    let deprecated = deprecated(cx, &mut table);

    let mut fields = |cx: &mut Context, key: &'static str| -> Option<Vec<Field>> {
        let lines = table.table(cx, key, format!("the {key}"))?;
        Some(field::fields(cx, source, lines))
    };
    let query = fields(cx, "query").unwrap_or_default();
    let body = fields(cx, "body");
    let parts = fields(cx, "parts");
    let raw = fields(cx, "raw").unwrap_or_default();
    if raw.len() > 1 || (raw.is_empty() && table.place("raw") != table.span) {
        let message = format!("`raw` is exactly one field, the whole body; here are {}", raw.len());
        cx.out.error(table.place("raw"), message);
    }
    let raw = raw.into_iter().next().map(Box::new);
    let content_type = table.string(cx, "content_type").map(|text| text.value);
    let returns = table.choice(cx, "returns", RETURNS).map(|returns| returns.value).unwrap_or_default();
    let response = response(cx, source, &mut table);
    let envelope = table.choice(cx, "envelope", ENVELOPES).map(|envelope| envelope.value).unwrap_or_default();
    let not_found = table.string(cx, "not_found").map(|text| text.value);
    let paging = table.table(cx, "paging", "the paging").and_then(|paging| self::paging(cx, paging));
    let examples = table.tables(cx, "example").into_iter().map(|table| example(cx, table)).collect();
    let keys = table.taken();
    table.finish(cx);
    Endpoint {
        name,
        summary,
        doc,
        name_zh,
        name_en,
        link,
        method,
        path,
        host,
        fragment,
        formerly,
        accounts,
        verified,
        auth,
        idempotent,
        errors,
        deprecated,
        query,
        body,
        parts,
        raw,
        content_type,
        returns,
        response,
        envelope,
        not_found,
        paging,
        examples,
        keys,
    }
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
    let offset = table.string(cx, "offset");
    let count = table.string(cx, "count");
    let total = table.string(cx, "total");
    let items = table.required_string(cx, "items");
    let kind = match (cursor, next, offset, count, total) {
        (Some(cursor), Some(next), None, None, None) => Some(PagingKind::Cursor { cursor, next }),
        (None, None, Some(offset), Some(count), total) => Some(PagingKind::Offset { offset, count, total }),
        _ => {
            let message =
                "paging goes either by `cursor` and `next`, or by `offset` and `count` (and maybe `total`)";
            cx.out.error(span, message);
            None
        }
    };
    table.finish(cx);
    Some(Paging { span, kind: kind?, items })
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
