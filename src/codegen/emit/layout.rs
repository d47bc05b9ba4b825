//! What stands in each kind of push, as the table that the callback parses: which fields, in which order, which of
//! them are lists, and which are words of a user. How it is read stands in `src/callback/layout.rs`.

use std::fmt::Write as _;

use crate::spec::index::{Index, Kind};
use crate::spec::model::{Event, Field, Pushed, Spec, Type};

/// Deeper than any push.
const DEEPEST: usize = 16;

/// One line for each kind: `text` or `event/SCAN|scan`, a tab, and its fields.
pub fn emit(index: &Index, spec: &Spec) -> String {
    let mut out = String::from(
        "/// What stands in each kind of push; `~` marks words of a user, `*` the items of a list.\n",
    );
    out.push_str("const LAYOUTS: &str = \"\\\n");
    let events = spec.areas.iter().flat_map(|area| &area.events);
    for event in events.filter(|event| event.kind != Pushed::Reply) {
        let _ = writeln!(out, "{}\\t{}\\n\\", words(event), fields(index, &event.fields, 0));
    }
    out.push_str("\";\n");
    out
}

fn words(event: &Event) -> String {
    let words: Vec<&str> = event.event.iter().chain(&event.also).map(|word| word.value.as_str()).collect();
    match event.kind {
        Pushed::Event => format!("event/{}", words.join("|")),
        Pushed::Message | Pushed::Reply => event.msg_type.clone(),
    }
}

/// The fields of an object, those that stand in one nested object together.
fn fields(index: &Index, fields: &[Field], depth: usize) -> String {
    let mut tokens: Vec<String> = Vec::new();
    let mut open: &[String] = &[];
    for field in fields {
        let same = open.iter().zip(&field.path).take_while(|(open, path)| open == path).count();
        tokens.extend(open[same..].iter().map(|_| "}".to_owned()));
        tokens.extend(field.path[same..].iter().map(|name| format!("{name}{{")));
        open = &field.path;
        tokens.extend(field.count.iter().map(|count| count.value.clone()));
        let inner = match index.kind(item(&field.ty.value)) {
            Some(Kind::Object(object)) if depth < DEEPEST => self::fields(index, &object.fields, depth + 1),
            _ => String::new(),
        };
        if field.flatten {
            tokens.push(inner);
            continue;
        }
        for name in [&field.wire].into_iter().chain(&field.also) {
            let free = if field.free_text { "~" } else { "" };
            let list = if matches!(field.ty.value, Type::List(_) | Type::Many(_)) { "*" } else { "" };
            tokens.push(match inner.is_empty() {
                true => format!("{}{free}{list}", name.value),
                false => format!("{}{list}{{ {inner} }}", name.value),
            });
        }
    }
    tokens.extend(open.iter().map(|_| "}".to_owned()));
    tokens.join(" ")
}

/// What a list is of.
fn item(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Many(inner) => inner,
        ty => ty,
    }
}
