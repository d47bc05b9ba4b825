//! The documentation of generated items.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::name;
use super::types::{self, Scope};
use crate::codegen::json::{self, Json, Value};
use crate::spec::model::{Account, Area, Endpoint, Example, Limits, Method};

/// Error codes that are shown; more are folded.
const MOST_SHOWN: usize = 5;

/// Writes text as `///` lines.
pub fn lines(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        let _ = match line.trim_end() {
            "" => writeln!(out, "{indent}///"),
            line => writeln!(out, "{indent}/// {line}"),
        };
    }
}

/// What opens the module of an area.
pub fn area(area: &Area) -> String {
    let mut text = format!("{} ({}).\n\n{}\n", area.title, area.name_zh, area.doc.trim());
    if let Some(example) = &area.example {
        let code = example.value.trim();
        let _ = write!(
            text,
            "\n```no_run\n# async fn example(client: weixin::Client) -> weixin::Result<()> {{\n{code}\n# Ok(()) }}\n```\n"
        );
    }
    if let Some(link) = &area.link {
        let _ = write!(text, "\nOfficial documentation: <{link}>\n");
    }
    text
}

/// `POST /cgi-bin/qrcode/create`.
pub fn call(endpoint: &Endpoint) -> String {
    let method = match endpoint.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Browser => "Browser:",
    };
    format!("`{method} {}`", endpoint.path.value)
}

/// The documentation of a request type.
pub fn request(scope: Scope<'_>, endpoint: &Endpoint) -> String {
    let mut text = format!("{}\n", endpoint.summary.value);
    if let Some(doc) = &endpoint.doc {
        let _ = write!(text, "\n{}\n", doc.value.trim());
    }
    let _ = write!(text, "\n{}", call(endpoint));
    if let Some(name_zh) = &endpoint.name_zh {
        let _ = write!(text, " · {name_zh}");
    }
    let _ = writeln!(text, " · [official documentation]({})", endpoint.link.value);
    let _ = write!(
        text,
        "\nFor {}. Method: [`Client::{1}`](crate::Client::{1}).",
        accounts(endpoint),
        endpoint.name.value
    );
    if endpoint.paging.is_some() {
        text.push_str(" It answers in pages, which [`Client::pages`](crate::Client::pages) walks through.");
    }
    text.push('\n');
    if let Some(instead) = endpoint.deprecated.as_ref().and_then(|deprecated| deprecated.instead.as_ref()) {
        let _ = write!(text, "\nUse [`{0}`](crate::Client::{0}) instead.\n", instead.value);
    }
    errors(&mut text, scope, endpoint);
    for example in &endpoint.examples {
        self::example(&mut text, endpoint, example);
    }
    text
}

/// The documentation of a method of the client.
pub fn method(endpoint: &Endpoint) -> String {
    let request = name::request(endpoint);
    let mut text = format!("{}\n\n{}: see [`{request}`].\n", endpoint.summary.value, call(endpoint));
    let _ = match endpoint.method {
        Method::Browser => write!(text, "\n# Errors\n\nIf the request can't be written as a URL.\n"),
        _ => write!(text, "\nOfficial documentation: <{}>\n", endpoint.link.value),
    };
    text
}

/// The limits of a field's value, as they stand below its documentation.
pub fn limits(limits: &Limits) -> Option<String> {
    let range = |low: Option<String>, high: Option<String>, unit: &str| {
        let bounds = match (low, high) {
            (Some(low), Some(high)) if low == high => format!("exactly {low}"),
            (Some(low), Some(high)) => format!("{low} to {high}"),
            (Some(low), None) => format!("at least {low}"),
            (None, Some(high)) => format!("at most {high}"),
            (None, None) => return None,
        };
        let one = bounds.ends_with(" 1") && unit.ends_with('s');
        Some(format!("{bounds}{}", if one { &unit[..unit.len() - 1] } else { unit }))
    };
    let count = |count: Option<u64>| count.map(|count| count.to_string());
    let all = [
        range(limits.min.map(|min| min.to_string()), limits.max.map(|max| max.to_string()), ""),
        range(count(limits.min_chars), count(limits.max_chars), " characters"),
        range(None, count(limits.max_bytes), " bytes"),
        range(count(limits.min_items), count(limits.max_items), " items"),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| format!("Allowed: {}.", all.join(", ")))
}

fn accounts(endpoint: &Endpoint) -> String {
    let verified = if endpoint.verified { "verified " } else { "" };
    let accounts: Vec<&str> = endpoint
        .accounts
        .iter()
        .map(|account| match account {
            Account::Service => "service accounts",
            Account::Subscription => "subscription accounts",
        })
        .collect();
    format!("{verified}{}", accounts.join(" and "))
}

/// The error codes that an endpoint names, and those that its fields name.
fn errors(text: &mut String, scope: Scope<'_>, endpoint: &Endpoint) {
    let fields = scope.index.all_fields(types::request_fields(endpoint).map(|(_, field)| field));
    let of_fields = fields.iter().flat_map(|field| field.limits.error.given().map(|(_, code)| code.value));
    let codes: BTreeSet<i64> = endpoint.errors.iter().map(|code| code.value).chain(of_fields).collect();
    if codes.is_empty() {
        return;
    }
    // The fields come within the first screen.
    let fold = codes.len() > MOST_SHOWN;
    text.push_str("\n# Errors\n\n");
    if fold {
        let _ = writeln!(text, "<details><summary>{} error codes</summary>\n", codes.len());
    }
    for code in codes {
        let meaning = scope.spec.errors.iter().find(|error| error.code.value == code);
        let _ = match meaning {
            Some(error) => writeln!(text, "- `{code}`: {}", error.doc.value),
            None => writeln!(text, "- `{code}`"),
        };
    }
    if fold {
        text.push_str("\n</details>\n");
    }
}

fn example(text: &mut String, endpoint: &Endpoint, example: &Example) {
    let title = example.title.as_deref().unwrap_or("Example");
    let _ = writeln!(text, "\n<details><summary>Example: {title}</summary>");
    let mut sent = String::new();
    if let Some(url) = &example.url {
        let _ = writeln!(sent, "{}", url.value);
    }
    if let Some(query) = &example.query {
        let _ = writeln!(sent, "?{}", query.value);
    }
    if let Some(body) = &example.body {
        let _ = writeln!(sent, "{}", pretty(&body.value));
    }
    if let Some(raw) = &example.raw {
        let _ = writeln!(sent, "{}", raw.value.trim());
    }
    for (name, value) in &example.parts {
        let _ = writeln!(sent, "{name}: {}", value.value.trim());
    }
    if !sent.is_empty() {
        let language = if example.body.is_some() { "json" } else { "text" };
        let _ = write!(text, "\n```{language}\n{sent}```\n");
    }
    if let Some(response) = &example.response {
        let _ = write!(text, "\nAnswer:\n\n```json\n{}\n```\n", pretty(&response.value));
    } else if let Some(download) = &example.download {
        let _ = write!(text, "\nAnswer: bytes, `{}`.\n", download.content_type);
    } else if endpoint.method != Method::Browser {
        text.push_str("\nAnswer: whether it worked.\n");
    }
    text.push_str("\n</details>\n");
}

/// JSON on as many lines as it needs to be read: a value that fits into a line stays on one.
fn pretty(text: &str) -> String {
    let text = text.trim();
    let Some(root) = json::read(text).root else { return text.to_owned() };
    let mut out = String::new();
    value(&mut out, text, &root, 0);
    out
}

/// How wide an example may be, with its indentation.
const WIDTH: usize = 80;

fn value(out: &mut String, text: &str, json: &Json, indent: usize) {
    let whole = &text[json.span.clone()];
    let (open, close, count) = match &json.value {
        Value::Object(members) => ('{', '}', members.len()),
        Value::List(items) => ('[', ']', items.len()),
        _ => return out.push_str(whole),
    };
    if count == 0 || indent + whole.chars().count() <= WIDTH && !whole.contains('\n') {
        return out.push_str(whole);
    }
    let line = |out: &mut String, last: bool| {
        let _ = write!(
            out,
            "{}\n{:indent$}",
            if last { "" } else { "," },
            "",
            indent = indent + if last { 0 } else { 2 }
        );
    };
    let _ = write!(out, "{open}\n{:indent$}", "", indent = indent + 2);
    match &json.value {
        Value::Object(members) => {
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    line(out, false);
                }
                let _ = write!(out, "{}: ", &text[member.place.clone()]);
                value(out, text, &member.json, indent + 2);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    line(out, false);
                }
                value(out, text, item, indent + 2);
            }
        }
        _ => {}
    }
    line(out, true);
    out.push(close);
}

/// What rustdoc's search should find the module of an area by.
pub fn area_aliases(area: &Area) -> Vec<String> {
    let name = name::alias_zh(&area.name_zh);
    let mut aliases = vec![name];
    aliases.extend(area.keywords.iter().map(|word| word.value.clone()));
    aliases.retain(|alias| !alias.is_empty() && *alias != area.name);
    aliases.dedup();
    aliases
}

/// What rustdoc's search should find the method by.
pub fn aliases(endpoint: &Endpoint) -> Vec<String> {
    let mut aliases = Vec::new();
    let name_zh = endpoint.name_zh.as_deref().map(name::alias_zh);
    let nouns = name_zh.as_deref().map(name::without_verb).unwrap_or_default().to_owned();
    let name_en = endpoint.name_en.as_deref().map(name::alias);
    for alias in name_zh.into_iter().chain([nouns]).chain(name_en).chain([name::alias(&endpoint.path.value)])
    {
        if !alias.is_empty() && alias != endpoint.name.value && !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
    aliases
}
