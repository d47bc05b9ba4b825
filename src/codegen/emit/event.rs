//! What the platform pushes, and what answers it: a struct for each event, message and reply, and the unions of
//! them. What an object is stands in `area`.

use std::fmt::Write as _;

use super::types::{self, Scope};
use super::{docs, field, name};
use crate::spec::model::{Area, Event, Pushed, Required, Spec};
use crate::spec::naming;

const GATE: &str = "#[cfg(feature = \"callback\")]\n";

/// The struct of one event, message or reply.
pub fn emit(out: &mut String, scope: Scope<'_>, event: &Event) {
    let sent = event.kind == Pushed::Reply;
    out.push_str(GATE);
    out.push_str(if sent { "object! {\n" } else { "response! {\n" });
    let mut text = format!("{}\n", event.summary.value);
    if let Some(doc) = &event.doc {
        let _ = write!(text, "\n{}\n", doc.value.trim());
    }
    let _ = match event.kind {
        Pushed::Event => {
            let words: Vec<String> =
                event.event.iter().chain(&event.also).map(|word| format!("`{}`", word.value)).collect();
            write!(text, "\nEvent {}", words.join(" or "))
        }
        Pushed::Message => write!(text, "\nMessage `{}`", event.msg_type),
        Pushed::Reply => write!(text, "\nReply `{}`", event.msg_type),
    };
    if let Some(name_zh) = &event.name_zh {
        let _ = write!(text, " · {name_zh}");
    }
    let _ = writeln!(text, " · [official documentation]({})", event.link.value);
    docs::lines(out, "    ", &text);
    if let Some(name_zh) = &event.name_zh {
        let _ = writeln!(out, "    #[doc(alias = \"{}\")]", name::alias(name_zh));
    }
    for alias in aliases(event, &event.ty.value) {
        let _ = writeln!(out, "    #[doc(alias = {alias:?})]");
    }
    field::all(out, scope, &event.ty.value, &event.fields, sent);
    out.push_str("}\n\n");
}

/// The unions `Event`, `Message` and `Reply`, seen from outside of all areas, so that every name has its path.
pub fn unions(outside: Scope<'_>) -> String {
    let mut out = String::new();
    let unions = [
        (
            Pushed::Event,
            "pub enum Event (beside, tag \"Event\")",
            "Something that happened: the content of a push with the message type `event`.",
        ),
        (
            Pushed::Message,
            "pub enum Message (beside, tag \"MsgType\")",
            "Something that a user sent: the content of any other push.",
        ),
        (
            Pushed::Reply,
            "pub enum Reply (beside, tag \"MsgType\")",
            "What the account says to a push at once, in the answer to the platform.",
        ),
    ];
    for (kind, head, doc) in unions {
        let all = || all(outside.spec).filter(|(_, event)| event.kind == kind);
        if all().next().is_none() {
            continue;
        }
        let _ = writeln!(out, "one_of! {{\n    /// {doc}\n    {head} {{");
        for (area, event) in all() {
            variant(&mut out, outside, area, event);
        }
        out.push_str("    }\n}\n\n");
    }
    out
}

fn all(spec: &Spec) -> impl Iterator<Item = (&Area, &Event)> {
    spec.areas.iter().flat_map(|area| {
        let pushed = area.events.iter().chain(&area.replies);
        pushed.map(move |event| (area, event))
    })
}

/// The words of a push that its name in Rust does not tell.
fn aliases<'e>(event: &'e Event, name: &str) -> Vec<&'e str> {
    let own = event.event.as_ref().map_or(event.msg_type.as_str(), |word| &word.value);
    let words = std::iter::once(own).chain(event.also.iter().map(|word| word.value.as_str()));
    let plain = |word: &str| word.replace('_', "").to_lowercase();
    words.filter(|word| plain(word) != plain(name)).collect()
}

fn variant(out: &mut String, outside: Scope<'_>, area: &Area, event: &Event) {
    docs::lines(out, "        ", &event.summary.value);
    let aliases = aliases(event, &event.name.value);
    if !aliases.is_empty() {
        let words: Vec<String> = aliases.iter().map(|word| format!("`{word}`")).collect();
        let _ = writeln!(out, "        ///\n        /// On the wire: {}.", words.join(" or "));
    }
    for alias in aliases {
        let _ = writeln!(out, "        #[doc(alias = {alias:?})]");
    }
    let word = event.event.as_ref().map_or(&event.msg_type, |word| &word.value);
    let name = &event.name.value;
    let _ = write!(out, "        {name}(crate::{}::{}) = {word:?}", area.name, event.ty.value);
    for word in &event.also {
        let _ = write!(out, " or {:?}", word.value);
    }
    if let Some(feature) = &area.feature {
        let _ = write!(out, " if (feature = {:?})", feature.value);
    }
    if event.kind == Pushed::Reply {
        let arguments: Vec<String> = types::callers(&event.fields)
            .filter(|field| field.required != Required::No)
            .map(|field| format!("{}: {}", field.rust.value, outside.argument(&field.ty.value)))
            .collect();
        let _ = write!(out, " new {}({}) [from]", naming::snake_case(name), arguments.join(", "));
    }
    out.push_str(";\n");
}
