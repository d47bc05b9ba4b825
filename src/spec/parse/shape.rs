//! Reads what endpoints are made of and what the platform pushes: objects, enums, unions, events.
//! Fields have a module of their own.

use super::field::{fields, type_of};
use super::table::{Context, Entry, Table};
use crate::spec::model::{
    At, EnumValue, Event, EventExample, Object, OpenEnum, Pushed, SourceFile, Union, Variant,
};
use crate::spec::naming;

/// The name of a described thing; what follows in messages is called by it.
pub fn named(cx: &mut Context, table: &mut Table, kind: &str) -> At<String> {
    table.what = kind.to_owned();
    let name = table.required_string(cx, "name");
    if !name.value.is_empty() {
        let article = kind.split_once(' ').map_or(kind, |(_, bare)| bare);
        table.what = format!("{article} `{}`", name.value);
    }
    name
}

pub fn object(cx: &mut Context, source: &SourceFile, mut table: Table) -> Object {
    let name = named(cx, &mut table, "an object");
    let doc = table.required_string(cx, "doc");
    let lines = table.table(cx, "fields", "the fields");
    if lines.is_none() && table.span_of("fields") == table.span {
        table.missing(cx, "fields");
    }
    let fields = lines.map(|lines| fields(cx, source, lines)).unwrap_or_default();
    table.finish(cx);
    Object { name, doc, fields }
}

pub fn open_enum(cx: &mut Context, mut table: Table) -> OpenEnum {
    let name = named(cx, &mut table, "an enum");
    let doc = table.required_string(cx, "doc");
    let integer =
        table.choice(cx, "repr", &[("string", false), ("integer", true)]).is_some_and(|repr| repr.value);
    let values = lines(cx, &mut table, "values", "value");
    let mut read = Vec::new();
    for (entry, mut line) in values {
        let rust = rust_name(cx, &mut line, entry);
        let doc = line.required_string(cx, "doc");
        line.finish(cx);
        read.push(EnumValue { wire: At { value: entry.key.to_owned(), span: entry.key_span }, rust, doc });
    }
    table.finish(cx);
    OpenEnum { name, doc, integer, values: read }
}

pub fn union(cx: &mut Context, source: &SourceFile, mut table: Table) -> Union {
    let name = named(cx, &mut table, "a union");
    let doc = table.required_string(cx, "doc");
    let tag = table.string(cx, "tag");
    let payload = table.choice(cx, "payload", &[("beside", false), ("keyed", true)]);
    if payload.is_none() && table.span_of("payload") == table.span {
        table.missing(cx, "payload");
    }
    let keyed = payload.is_some_and(|payload| payload.value);
    let mut variants = Vec::new();
    for (entry, mut line) in lines(cx, &mut table, "variants", "variant") {
        let rust = rust_name(cx, &mut line, entry);
        let ty = line.take("type").map(|entry| type_of(cx, source, entry));
        let key = line.string(cx, "key");
        if let Some(key) = key.as_ref().filter(|_| !keyed || tag.is_none()) {
            let reason =
                if keyed { "without a tag, the line's own key is it" } else { "it has no key of its own" };
            cx.out.error(key.span, format!("`key` is of no use for this payload: {reason}"));
        }
        let span = line.span_of("default");
        let default = At { value: line.boolean(cx, "default").unwrap_or(false), span };
        if default.value && tag.is_none() {
            cx.out.error(span, "`default` says what a missing tag means, and there is no `tag`");
        }
        let doc = line.required_string(cx, "doc");
        line.finish(cx);
        let tag = At { value: entry.key.to_owned(), span: entry.key_span };
        let key = key.map_or_else(|| tag.value.clone(), |key| key.value);
        variants.push(Variant { tag, default, rust, ty, key, doc });
    }
    table.finish(cx);
    Union { name, doc, tag, keyed, variants }
}

/// A push of the platform, an event or a message.
pub fn event(cx: &mut Context, source: &SourceFile, mut table: Table) -> Event {
    let name = named(cx, &mut table, "an event");
    let event = table.string(cx, "event");
    let also = table.strings(cx, "also");
    let msg_type = table.string(cx, "msg_type");
    match (&event, &msg_type) {
        (None, None) if table.span_of("event") == table.span && table.span_of("msg_type") == table.span => {
            table.missing(cx, "event` or `msg_type");
        }
        (Some(_), Some(msg_type)) => {
            cx.out.error(
                msg_type.span,
                "`event` and `msg_type` exclude each other: an event's type is `event`",
            );
        }
        _ => {}
    }
    if let Some(first) = also.first().filter(|_| event.is_none()) {
        cx.out.error(first.span, "`also` gives other values of `event`, which is not there");
    }
    let kind = if msg_type.is_some() { Pushed::Message } else { Pushed::Event };
    let msg_type = msg_type.map_or_else(|| "event".to_owned(), |msg_type| msg_type.value);
    pushed(cx, source, table, Event { kind, name, msg_type, event, also, ..Event::default() })
}

/// What answers a push.
pub fn reply(cx: &mut Context, source: &SourceFile, mut table: Table) -> Event {
    let name = named(cx, &mut table, "a reply");
    let msg_type = table.required_string(cx, "msg_type").value;
    pushed(cx, source, table, Event { kind: Pushed::Reply, name, msg_type, ..Event::default() })
}

/// The rest of an event, a message or a reply.
fn pushed(cx: &mut Context, source: &SourceFile, mut table: Table, begun: Event) -> Event {
    let suffix = match begun.kind {
        Pushed::Event => "",
        Pushed::Message => "Message",
        Pushed::Reply => "Reply",
    };
    let value =
        if begun.name.value.is_empty() { String::new() } else { format!("{}{suffix}", begun.name.value) };
    let ty = At { value, span: begun.name.span };
    let summary = table.required_string(cx, "summary");
    let doc = table.string(cx, "doc");
    let name_zh = table.string(cx, "name_zh").map(|name| name.value);
    let link = table.required_string(cx, "link");
    let lines = table.table(cx, "fields", "the fields");
    let fields = lines.map(|lines| fields(cx, source, lines)).unwrap_or_default();
    let mut examples = Vec::new();
    for mut example in table.tables(cx, "example") {
        example.what = "the example".to_owned();
        let span = example.span;
        let xml = example.string(cx, "xml");
        let json = example.string(cx, "json");
        example.finish(cx);
        examples.push(EventExample { xml, json, span });
    }
    table.finish(cx);
    Event { ty, summary, doc, name_zh, link, fields, examples, ..begun }
}

/// The lines of a table of one-line tables.
fn lines<'t>(
    cx: &mut Context,
    table: &mut Table<'t>,
    key: &'static str,
    kind: &str,
) -> Vec<(Entry<'t>, Table<'t>)> {
    let inner = table.table(cx, key, kind);
    if inner.is_none() && table.span_of(key) == table.span {
        table.missing(cx, key);
    }
    let entries = inner.map(Table::into_entries).unwrap_or_default();
    let mut lines = Vec::new();
    for entry in entries {
        if let Some(mut line) = entry.table(cx, format!("{kind} `{}`", entry.key)) {
            line.span = entry.key_span;
            lines.push((entry, line));
        }
    }
    lines
}

/// The Rust name of a variant or an enum's value: given, or made from the wire name.
fn rust_name(cx: &mut Context, line: &mut Table, entry: Entry) -> At<String> {
    line.string(cx, "name")
        .unwrap_or_else(|| At { value: naming::upper_camel_case(entry.key), span: entry.key_span })
}
