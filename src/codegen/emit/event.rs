//! What the platform pushes: a struct for each event, and the union of all of them.

use std::fmt::Write as _;

use super::super::model::{Event, Spec};
use super::area::fields_of;
use super::types::Scope;
use super::{docs, name};

const GATE: &str = "#[cfg(feature = \"callback\")]\n";

/// The struct of one event.
pub fn emit(out: &mut String, scope: Scope<'_>, event: &Event) {
    out.push_str(GATE);
    out.push_str("response! {\n");
    let mut text = format!("{}\n", event.summary.value);
    if let Some(doc) = &event.doc {
        let _ = write!(text, "\n{}\n", doc.value.trim());
    }
    match &event.event {
        Some(kind) => {
            let _ = write!(text, "\nEvent `{}`", kind.value);
        }
        None => {
            let _ = write!(text, "\nMessage `{}`", event.msg_type);
        }
    }
    if let Some(name_zh) = &event.name_zh {
        let _ = write!(text, " · {name_zh}");
    }
    let _ = writeln!(text, " · [official documentation]({})", event.link.value);
    docs::lines(out, "    ", &text);
    if let Some(name_zh) = &event.name_zh {
        let _ = writeln!(out, "    #[doc(alias = \"{}\")]", name::alias(name_zh));
    }
    fields_of(out, scope, &event.name.value, &event.fields, false);
    out.push_str("}\n\n");
}

/// The unions `Event` and `Message`.
pub fn unions(spec: &Spec) -> String {
    let mut out = String::new();
    let events: Vec<_> =
        all(spec).filter_map(|(area, event)| Some((area, event, &event.event.as_ref()?.value))).collect();
    let messages: Vec<_> = all(spec)
        .filter(|(_, event)| event.event.is_none())
        .map(|(area, event)| (area, event, &event.msg_type))
        .collect();
    union(
        &mut out,
        "Event",
        "Event",
        "Something that happened: the content of a push with the message type `event`.",
        &events,
    );
    union(
        &mut out,
        "Message",
        "MsgType",
        "Something that a user sent: the content of any other push.",
        &messages,
    );
    out
}

fn all(spec: &Spec) -> impl Iterator<Item = (&str, &Event)> {
    spec.areas.iter().flat_map(|area| area.events.iter().map(move |event| (area.name.as_str(), event)))
}

fn union(out: &mut String, name: &str, tag: &str, doc: &str, variants: &[(&str, &Event, &String)]) {
    if variants.is_empty() {
        return;
    }
    let _ = writeln!(out, "one_of! {{\n    /// {doc}\n    pub enum {name} (beside, tag {tag:?}) {{");
    for (area, event, value) in variants {
        docs::lines(out, "        ", &event.summary.value);
        let _ = writeln!(out, "        {0}(crate::{area}::{0}) = {value:?};", event.name.value);
    }
    out.push_str("    }\n}\n\n");
}
