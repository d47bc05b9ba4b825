//! From TOML to the model: every key with its place, every mistake of form.
//! What the values mean together is judged by `lint`.

mod endpoint;
mod field;
mod shape;
mod table;

use std::collections::BTreeSet;

use toml::de::DeTable;

pub use self::field::POISON;

use self::table::{Context, Table};
use super::diagnostic::Diagnostics;
use super::model::{Area, At, ErrorCode, SourceFile, Span, Spec};

/// A spec as far as it could be read.
#[derive(Debug, Default)]
pub struct Parsed {
    /// What could be read.
    pub spec: Spec,
    /// The names of endpoints and types that could be read only in part: judging their examples would only
    /// repeat what is reported already.
    pub unsound: BTreeSet<String>,
    /// Where TOML itself is broken. With any of it, nobody knows what is missing.
    broken: Vec<Span>,
    /// Where the tables begin, in order.
    tables: Vec<Span>,
}

impl Parsed {
    /// Whether every file is TOML, so that what is not there really is missing.
    pub fn is_whole(&self) -> bool {
        self.broken.is_empty()
    }

    /// Leaves out what is only an echo of broken TOML: everything else in a table with a syntax error.
    pub fn without_echoes(&self, found: Diagnostics) -> Diagnostics {
        if self.is_whole() {
            return found;
        }
        let table = |span: &Span| (span.file, self.tables.partition_point(|begin| begin <= span));
        let broken: BTreeSet<_> = self.broken.iter().map(table).collect();
        found.retain(|span| self.broken.contains(span) || !broken.contains(&table(span)))
    }
}

/// The classes of error codes.
const CLASSES: &[(&str, &str)] = &[
    ("token", "token"),
    ("retry", "retry"),
    ("rate", "rate"),
    ("permission", "permission"),
    ("config", "config"),
    ("argument", "argument"),
    ("content", "content"),
    ("state", "state"),
];

/// Reads all files.
pub fn parse(files: Vec<SourceFile>) -> (Parsed, Diagnostics) {
    let mut out = Diagnostics::default();
    let mut parsed = Parsed::default();
    for (index, source) in files.iter().enumerate() {
        let mut cx = Context { file: index, out: &mut out };
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        for error in errors {
            let range = error.span().unwrap_or_default();
            let mut message = error.message().to_owned();
            if message == "duplicate key" {
                let key = source.text.get(range.clone()).unwrap_or_default();
                message = format!("`{key}` stands twice in one table");
            }
            let span = cx.span(range);
            parsed.broken.push(span);
            cx.out.error(span, message);
        }
        let start = Span { file: index, start: 0, end: 0 };
        let root = Table::new(&cx, "the file", start, table.get_ref());
        if stem(source) == "errors" {
            errors_file(&mut cx, root, &mut parsed);
        } else {
            area_file(&mut cx, source, root, &mut parsed);
        }
    }
    parsed.tables.sort();
    parsed.spec.files = files;
    (parsed, out)
}

/// `api-spec/qrcode.toml` → `qrcode`.
fn stem(source: &SourceFile) -> &str {
    let name = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.strip_suffix(".toml").unwrap_or(name)
}

fn area_file(cx: &mut Context, source: &SourceFile, mut root: Table, parsed: &mut Parsed) {
    let mut area = Area { name: stem(source).to_owned(), span: root.span, ..Area::default() };
    match root.table(cx, "area", "the area") {
        None if root.place("area") == root.span => root.missing(cx, "[area]"),
        None => {}
        Some(mut table) => {
            area.span = table.span;
            area.title = table.required_string(cx, "title").value;
            area.name_zh = table.required_string(cx, "name_zh").value;
            area.doc = table.required_string(cx, "doc").value;
            if let Some(link) = table.string(cx, "link") {
                if !link.value.starts_with("https://") {
                    cx.out.error(link.span, "a link begins with `https://`");
                }
                area.link = Some(link.value);
            }
            area.feature = table.string(cx, "feature");
            parsed.tables.push(table.span);
            table.finish(cx);
        }
    }
    let mut items =
        |cx: &mut Context, key: &'static str, read: &mut dyn FnMut(&mut Context, Table) -> String| {
            for table in root.tables(cx, key) {
                parsed.tables.push(table.span);
                let before = cx.out.len();
                let name = read(cx, table);
                if cx.out.len() > before {
                    parsed.unsound.insert(name);
                }
            }
        };
    items(cx, "endpoint", &mut |cx, table| {
        area.endpoints.push(endpoint::endpoint(cx, source, table));
        area.endpoints.last().map(|endpoint| endpoint.name.value.clone()).unwrap_or_default()
    });
    items(cx, "object", &mut |cx, table| {
        area.objects.push(shape::object(cx, source, table));
        area.objects.last().map(|object| object.name.value.clone()).unwrap_or_default()
    });
    items(cx, "enum", &mut |cx, table| {
        area.enums.push(shape::open_enum(cx, table));
        area.enums.last().map(|open_enum| open_enum.name.value.clone()).unwrap_or_default()
    });
    items(cx, "union", &mut |cx, table| {
        area.unions.push(shape::union(cx, source, table));
        area.unions.last().map(|union| union.name.value.clone()).unwrap_or_default()
    });
    items(cx, "event", &mut |cx, table| {
        area.events.push(shape::event(cx, source, table));
        area.events.last().map(|event| event.name.value.clone()).unwrap_or_default()
    });
    root.finish(cx);
    parsed.spec.areas.push(area);
}

fn errors_file(cx: &mut Context, mut root: Table, parsed: &mut Parsed) {
    if let Some(table) = root.table(cx, "errors", "the error codes") {
        for entry in table.into_entries() {
            let Some(mut line) = entry.table(cx, format!("error code `{}`", entry.key)) else { continue };
            line.span = entry.place;
            parsed.tables.push(entry.place);
            let code = entry.key.parse().unwrap_or_else(|_| {
                cx.out.error(entry.place, format!("`{}` is no error code: an integer is due", entry.key));
                0
            });
            let name = line.required_string(cx, "name");
            let class = line.choice(cx, "class", CLASSES);
            if class.is_none() && line.place("class") == line.span {
                line.missing(cx, "class");
            }
            let doc = line.required_string(cx, "doc");
            line.finish(cx);
            let class = class.map(|class| class.value).unwrap_or_default().to_owned();
            let code = At { value: code, span: entry.place };
            parsed.spec.errors.push(ErrorCode { code, name, class, doc });
        }
    } else if root.place("errors") == root.span {
        root.missing(cx, "[errors]");
    }
    root.finish(cx);
}
