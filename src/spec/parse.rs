//! From TOML to the model: every key with its place, every mistake of form.
//! What the values mean together is judged by `lint`.

mod endpoint;
mod field;
mod shape;
mod table;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use self::table::{Context, Table};
use crate::spec::diagnostic::Diagnostics;
use crate::spec::model::{Area, At, Auth, CodeByAuth, ErrorCode, SourceFile, Span, Spec};

/// A spec as far as it could be read.
#[derive(Debug, Default)]
pub struct Parsed {
    /// What could be read.
    pub spec: Spec,
    /// The names of endpoints and types of which something could not be read that examples depend on: judging
    /// these would only repeat what is reported already.
    pub unsound: BTreeSet<String>,
    /// Whether a file is not TOML in places: then nobody knows what is missing.
    torn: bool,
}

impl Parsed {
    /// Whether every file is TOML, so that what is not there really is missing.
    pub fn is_whole(&self) -> bool {
        !self.torn
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
        let mut cx = Context { file: index, out: &mut out, apart: 0 };
        let mut text = Cow::Borrowed(source.text.as_str());
        if !DeTable::parse_recoverable(&text).1.is_empty() {
            parsed.torn = true;
            text = Cow::Owned(without_torn(&mut cx, source));
        }
        let (table, errors) = DeTable::parse_recoverable(&text);
        for error in errors {
            syntax(&mut cx, source, &error, 0);
        }
        let start = Span { file: index, start: 0, end: 0 };
        let root = Table::new(&cx, "the file", start, table.get_ref());
        if stem(source) == "errors" {
            errors_file(&mut cx, root, &mut parsed);
        } else {
            area_file(&mut cx, source, root, &mut parsed);
        }
    }
    parsed.spec.files = files;
    (parsed, out)
}

/// The parts of a file that begin with a header of the top level: an endpoint, an object, and so on.
fn parts(text: &str) -> Vec<Range<usize>> {
    let is_header = |line: &str| {
        let name = line.strip_prefix('[').map(|name| name.strip_prefix('[').unwrap_or(name));
        name.is_some_and(|name| {
            name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(['.', '=', ','])
        })
    };
    let mut starts = vec![0];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if is_header(line) && offset > 0 {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// Reports the parts of a file that are no TOML and blanks them, so that one unclosed bracket does not make
/// nonsense of everything behind it. What is left keeps its place.
fn without_torn(cx: &mut Context, source: &SourceFile) -> String {
    let mut left = String::with_capacity(source.text.len());
    for part in parts(&source.text) {
        let text = source.text.get(part.clone()).unwrap_or_default();
        let (_, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            syntax(cx, source, error, part.start);
            // Behind a bracket that is not closed, everything looks wrong.
            if ["inline table", "array", "comma", "unclosed"]
                .iter()
                .any(|word| error.message().contains(word))
            {
                break;
            }
        }
        if errors.is_empty() {
            left.push_str(text);
        } else {
            left.extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
    }
    left
}

/// Reports a syntax error, whose place counts from `base`.
fn syntax(cx: &mut Context, source: &SourceFile, error: &toml::de::Error, base: usize) {
    let range = error.span().unwrap_or_default();
    let range = base + range.start..base + range.end;
    let mut message = error.message().to_owned();
    if message == "duplicate key" {
        let key = source.text.get(range.clone()).unwrap_or_default();
        message = format!("`{key}` stands twice in one table");
    }
    cx.out.error(cx.span(range), message);
}

/// `api-spec/qrcode.toml` → `qrcode`.
fn stem(source: &SourceFile) -> &str {
    let name = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.strip_suffix(".toml").unwrap_or(name)
}

fn area_file(cx: &mut Context, source: &SourceFile, mut root: Table, parsed: &mut Parsed) {
    let mut area = Area { name: stem(source).to_owned(), span: root.span, ..Area::default() };
    match root.table(cx, "area", "the area") {
        None if root.span_of("area") == root.span && !parsed.torn => root.missing(cx, "[area]"),
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
            area.example = table.string(cx, "example");
            area.feature = table.string(cx, "feature");
            area.reexports = table.strings(cx, "reexports");
            area.keywords = table.strings(cx, "keywords");
            table.finish(cx);
        }
    }
    let mut items =
        |cx: &mut Context, key: &'static str, read: &mut dyn FnMut(&mut Context, Table) -> String| {
            for table in root.tables(cx, key) {
                let before = cx.grave();
                let name = read(cx, table);
                if cx.grave() > before {
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
        area.events.last().map(|event| event.ty.value.clone()).unwrap_or_default()
    });
    items(cx, "reply", &mut |cx, table| {
        area.replies.push(shape::reply(cx, source, table));
        area.replies.last().map(|reply| reply.ty.value.clone()).unwrap_or_default()
    });
    root.finish(cx);
    parsed.spec.areas.push(area);
}

fn errors_file(cx: &mut Context, mut root: Table, parsed: &mut Parsed) {
    if let Some(table) = root.table(cx, "errors", "the error codes") {
        for entry in table.into_entries() {
            let Some(mut line) = entry.table(cx, format!("error code `{}`", entry.key)) else { continue };
            line.span = entry.key_span;
            let code = entry.key.parse().unwrap_or_else(|_| {
                cx.out.error(entry.key_span, format!("`{}` is no error code: an integer is due", entry.key));
                0
            });
            let name = line.required_string(cx, "name");
            let class = line.choice(cx, "class", CLASSES);
            if class.is_none() && line.span_of("class") == line.span {
                line.missing(cx, "class");
            }
            let doc = line.required_string(cx, "doc");
            let class = class.map(|class| class.value).unwrap_or_default().to_owned();
            let hint = line.string(cx, "hint");
            let lasting = line.boolean(cx, "lasting").unwrap_or_default();
            let by_auth = [("app", Auth::App), ("user_token", Auth::UserToken)]
                .into_iter()
                .filter_map(|(key, auth)| {
                    let table = line.table(cx, key, format!("`{key}` of error code `{}`", entry.key))?;
                    Some(code_by_auth(cx, table, auth, &class))
                })
                .collect();
            line.finish(cx);
            let code = At { value: code, span: entry.key_span };
            parsed.spec.errors.push(ErrorCode { code, name, class, doc, hint, lasting, by_auth });
        }
    } else if root.span_of("errors") == root.span && !parsed.torn {
        root.missing(cx, "[errors]");
    }
    root.finish(cx);
}

/// What a code means to calls that are authorised in one way; its class is `usual` where none is given.
fn code_by_auth(cx: &mut Context, mut table: Table, auth: Auth, usual: &str) -> CodeByAuth {
    let class = table.choice(cx, "class", CLASSES).map_or(usual, |class| class.value).to_owned();
    let hint = table.string(cx, "hint");
    table.finish(cx);
    CodeByAuth { auth, class, hint }
}
