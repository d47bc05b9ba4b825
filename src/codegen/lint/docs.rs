//! Rules for what people read: summaries, docs and links.
//! Good English can't be checked; that a line says something, and ends, can.

use std::collections::BTreeSet;

use super::Lint;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::model::At;
use crate::spec::naming;

pub fn check(lint: &Lint, out: &mut Diagnostics) {
    for list in &lint.lists {
        for field in list.fields {
            let names = [field.wire.value.as_str(), field.rust.value.as_str()];
            line(out, &field.doc, &names, "doc of field", &field.wire.value);
            if let Some(text) = &field.deprecated {
                let text = At { value: text.clone(), span: field.span_of("deprecated") };
                line(out, &text, &names, "`deprecated` of field", &field.wire.value);
            }
        }
    }
    for area in &lint.spec.areas {
        for endpoint in &area.endpoints {
            let name = endpoint.name.value.as_str();
            line(out, &endpoint.summary, &[name], "summary of endpoint", name);
            link(out, &endpoint.link);
            if let Some(deprecated) = &endpoint.deprecated {
                let doc = At { value: deprecated.doc.clone(), span: deprecated.span };
                line(out, &doc, &[name], "`deprecated` of endpoint", name);
            }
        }
        for object in &area.objects {
            line(out, &object.doc, &[&object.name.value], "doc of object", &object.name.value);
        }
        for open_enum in &area.enums {
            line(out, &open_enum.doc, &[&open_enum.name.value], "doc of enum", &open_enum.name.value);
            for value in &open_enum.values {
                line(out, &value.doc, &[&value.wire.value], "doc of value", &value.wire.value);
            }
        }
        for union in &area.unions {
            line(out, &union.doc, &[&union.name.value], "doc of union", &union.name.value);
            for variant in &union.variants {
                line(out, &variant.doc, &[&variant.tag.value], "doc of variant", &variant.tag.value);
            }
        }
        for event in area.events.iter().chain(&area.replies) {
            let what = format!("summary of {}", event.kind.word());
            line(out, &event.summary, &[&event.name.value], &what, &event.name.value);
            link(out, &event.link);
        }
    }
    for error in &lint.spec.errors {
        let name = &error.name.value;
        line(out, &error.doc, &[name], "doc of error code", name);
        for hint in error.hint.iter().chain(error.by_auth.iter().filter_map(|meaning| meaning.hint.as_ref()))
        {
            if hint.value.contains(char::is_control) || hint.value.ends_with('.') {
                let message = format!("hint of error code `{name}` is not one line without a full stop");
                out.error(hint.span, message);
            }
        }
    }
}

/// One line that says more than the name does and ends with a full stop.
fn line(out: &mut Diagnostics, doc: &At<String>, names: &[&str], what: &str, whose: &str) {
    let text = doc.value.as_str();
    if text.is_empty() {
        return;
    }
    let mut error = |message: &str| out.error(doc.span, format!("{what} `{whose}` {message}"));
    if text.trim().contains('\n') {
        error("must be one line");
    } else if text.trim() != text || text.contains("  ") {
        error("has white space to spare");
    }
    if !text.trim_end().ends_with('.') {
        error("must end with a full stop");
    }
    if names.iter().any(|name| repeats(text, name)) {
        error("only repeats the name: say what it means, its unit, its range");
    }
}

fn link(out: &mut Diagnostics, link: &At<String>) {
    if link.value.is_empty() {
        return;
    }
    if !link.value.starts_with("https://") {
        out.error(link.span, "a link begins with `https://`");
    } else if link.value.contains(char::is_whitespace) {
        out.error(link.span, "a link holds no white space");
    }
}

/// Words that add nothing to a name.
const FILLERS: &[&str] = &["a", "an", "the", "of", "this", "that", "its", "is", "for"];

/// Whether a text holds no word that the name does not.
fn repeats(text: &str, name: &str) -> bool {
    // "Creates" and "codes" say no more than "create" and "code".
    let bare = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
    let said: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty() && !FILLERS.contains(&word.as_str()))
        .map(|word| bare(&word))
        .collect();
    let named: Vec<String> = naming::snake_case(name).split('_').map(bare).collect();
    let words: BTreeSet<&String> = named.iter().collect();
    said.iter().all(|word| words.contains(word)) || said.concat() == named.concat()
}

#[cfg(test)]
mod tests {
    use super::repeats;

    #[test]
    fn a_doc_must_add_a_word() {
        for (doc, name) in [
            ("The ticket.", "ticket"),
            ("Ticket of this.", "Ticket"),
            ("This is the media id.", "media_id"),
            ("The open ID.", "openid"),
            ("Creates a QR code.", "create_qrcode"),
            ("...", "x"),
        ] {
            assert!(repeats(doc, name), "{doc}");
        }
        for (doc, name) in [
            ("The follower.", "openid"),
            ("Ticket that fetches the picture.", "ticket"),
            ("Lifetime in seconds.", "expire_seconds"),
            ("Creates a QR code with a scene.", "create_qrcode"),
        ] {
            assert!(!repeats(doc, name), "{doc}");
        }
    }
}
