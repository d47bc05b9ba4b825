//! Reads the fields of a request, an answer, an object or an event.
//! Whether a type's names exist and whether a limit suits its type is checked by `lint`.

use toml::de::DeValue;

use super::table::{Context, Entry, Table};
use crate::spec::model::{At, Const, Field, FieldErrors, Limits, Origin, Required, SourceFile, Type};
use crate::spec::{naming, types};

/// Stands for a type that could not be read: already reported, and fits everything.
pub const POISON: Type = Type::Named(String::new());

/// The fields of a table, in the order of the file.
pub fn fields(cx: &mut Context, source: &SourceFile, table: Table) -> Vec<Field> {
    table.into_entries().into_iter().map(|entry| field(cx, source, entry)).collect()
}

/// What says nothing of a value that the caller does not give.
const SENSELESS_IF_FIXED: &[&str] = &[
    "type",
    "required",
    "name",
    "also",
    "flatten",
    "free_text",
    "count",
    "min",
    "max",
    "min_chars",
    "max_chars",
    "max_bytes",
    "min_items",
    "max_items",
    "error",
    "deprecated",
];

/// Reads one line.
pub fn field(cx: &mut Context, source: &SourceFile, entry: Entry) -> Field {
    let wire = At { value: entry.key.to_owned(), span: entry.key_span };
    let mut field = Field {
        rust: At { value: naming::snake_case(&wire.value), span: wire.span },
        wire,
        ty: At { value: POISON, span: entry.span },
        doc: At { value: String::new(), span: entry.span },
        ..Field::default()
    };
    let DeValue::Table(_) = entry.value else {
        let name = &field.wire.value;
        cx.out
            .error(entry.span, format!("field `{name}` must be a table: `{name} = {{ type = …, doc = … }}`"));
        return field;
    };
    let Some(mut table) = entry.table(cx, format!("field `{}`", entry.key)) else { return field };
    table.span = entry.key_span;

    // A type that can't be read fits every example.
    let ty = cx.apart(|cx| table.take("type").map(|entry| type_of(cx, source, entry)));
    field.required = table.take("required").map_or(Required::No, |entry| required(cx, entry));
    if let Some(doc) = cx.apart(|cx| table.string(cx, "doc")) {
        field.doc = doc;
    }
    if let Some(name) = cx.apart(|cx| table.string(cx, "name")) {
        field.rust = name;
    }
    field.secret = cx.apart(|cx| table.boolean(cx, "secret")).unwrap_or(false);
    let constant = table.take("const").and_then(|entry| constant(cx, entry));
    let account = table.choice(cx, "account", &[("appid", Origin::AppId), ("secret", Origin::Secret)]);
    // If neither could be read, that is reported; anything that is not the caller's will do.
    let origin = constant.map(Origin::Const).or(account.map(|account| account.value));
    field.flatten = table.boolean(cx, "flatten").unwrap_or(false);
    field.free_text = table.boolean(cx, "free_text").unwrap_or(false);
    field.count = table.string(cx, "count");
    field.path = path(cx, &mut table);
    let also = table.take("also").and_then(|entry| entry.array(cx)).unwrap_or_default();
    field.also = also.into_iter().filter_map(|name| name.string(cx)).collect();
    field.limits = cx.apart(|cx| limits(cx, &mut table));
    field.deprecated = cx.apart(|cx| table.string(cx, "deprecated")).map(|text| text.value);
    field.keys = table.taken();
    let given = |key: &str| field.keys.iter().any(|given| given.value == key);
    if given("const") || given("account") {
        refuse_senseless(cx, &table, given);
        field.ty.value = Type::String;
        field.required = Required::Always;
        field.origin = origin.unwrap_or(Origin::AppId);
    } else {
        match ty {
            Some(ty) => field.ty = ty,
            None => cx.apart(|cx| table.missing(cx, "type")),
        }
        if !given("doc") {
            cx.apart(|cx| table.missing(cx, "doc"));
        }
    }
    table.finish(cx);
    field
}

fn path(cx: &mut Context, table: &mut Table) -> Vec<String> {
    let Some(path) = table.string(cx, "path") else { return Vec::new() };
    let keys: Vec<String> = path.value.split('.').map(str::to_owned).collect();
    if keys.iter().any(|key| key.is_empty() || key.contains(char::is_whitespace)) {
        cx.out.error(path.span, format!("`{}` is no path: keys with dots between them", path.value));
        return Vec::new();
    }
    keys
}

fn limits(cx: &mut Context, table: &mut Table) -> Limits {
    Limits {
        min: table.integer(cx, "min"),
        max: table.integer(cx, "max"),
        min_chars: table.length(cx, "min_chars"),
        max_chars: table.length(cx, "max_chars"),
        max_bytes: table.length(cx, "max_bytes"),
        min_items: table.length(cx, "min_items"),
        max_items: table.length(cx, "max_items"),
        error: table.take("error").map(|entry| errors(cx, entry)).unwrap_or_default(),
    }
}

/// Refuses what is given beside a value that is always sent.
fn refuse_senseless(cx: &mut Context, table: &Table, given: impl Fn(&str) -> bool) {
    let source = if given("const") { "const" } else { "account" };
    if given("const") && given("account") {
        cx.out.error(table.span_of("account"), "`const` and `account` exclude each other");
    }
    for key in SENSELESS_IF_FIXED {
        if given(key) {
            let message =
                format!("`{key}` says nothing beside `{source}`: the client always sends the value");
            cx.out.error(table.span_of(key), message);
        }
    }
}

/// Reads the text of a type; one that can't be read fits everything from here on.
pub fn type_of(cx: &mut Context, source: &SourceFile, entry: Entry) -> At<Type> {
    let poison = At { value: POISON, span: entry.span };
    let Some(text) = entry.string(cx) else { return poison };
    match types::parse(&text.value) {
        Ok(ty) => At { value: ty, span: text.span },
        Err(error) => {
            cx.out.error(
                source.within(&text, error.offset),
                format!("type `{}`: {}", text.value, error.message),
            );
            poison
        }
    }
}

/// One code for whatever is wrong, or a table of several.
fn errors(cx: &mut Context, entry: Entry) -> FieldErrors {
    let mut errors = FieldErrors::default();
    match entry.value {
        DeValue::Integer(_) => {
            errors.other = entry.integer(cx).map(|value| At { value, span: entry.span });
        }
        DeValue::Table(_) => {
            let Some(mut table) = entry.table(cx, "the error codes") else { return errors };
            let mut code = |cx: &mut Context, key: &'static str| {
                let entry = table.take(key)?;
                entry.integer(cx).map(|value| At { value, span: entry.span })
            };
            errors.missing = code(cx, "missing");
            errors.empty = code(cx, "empty");
            errors.small = code(cx, "small");
            errors.large = code(cx, "large");
            errors.kind = code(cx, "type");
            errors.value = code(cx, "value");
            errors.other = code(cx, "other");
            table.finish(cx);
        }
        _ => {
            let _ = entry.mistyped::<()>(cx, "an error code or a table of them");
        }
    }
    errors
}

fn required(cx: &mut Context, entry: Entry) -> Required {
    match entry.value {
        DeValue::Boolean(true) => Required::Always,
        DeValue::Boolean(false) => Required::No,
        DeValue::String(text) if text == "request" => Required::Request,
        _ => {
            cx.out.error(entry.span, "`required` must be `true` or `\"request\"`");
            Required::No
        }
    }
}

fn constant(cx: &mut Context, entry: Entry) -> Option<Const> {
    match entry.value {
        DeValue::String(text) => Some(Const::Text(text.to_string())),
        DeValue::Boolean(value) => Some(Const::Bool(*value)),
        DeValue::Integer(_) => entry.integer(cx).map(Const::Integer),
        _ => entry.mistyped(cx, "text, an integer or a boolean"),
    }
}
