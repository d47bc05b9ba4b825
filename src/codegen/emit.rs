//! From the spec to the text of macro calls: one text an area, formatted to be read as documentation.
//! What is written here is only what the macros need; nothing is decided that the spec does not say.

mod area;
mod docs;
mod event;
mod field;
mod index;
mod layout;
pub mod name;
mod paging;
pub mod types;
mod walk;

use std::fmt::Write as _;

use self::types::Scope;
use crate::spec::index::Index;
use crate::spec::model::{Area, Spec};
use crate::spec::walk::sent;

/// A file for the compiler to include.
pub struct Emitted {
    /// Its name in `OUT_DIR`.
    pub name: String,
    pub text: String,
}

/// Everything the library includes: a module for each area, the error codes, the events, and the index of endpoints.
pub fn emit(spec: &Spec) -> Vec<Emitted> {
    let types = Index::new(spec);
    let sent = sent(&types, spec);
    let scope = |area| Scope { spec, area, index: &types, sent: &sent };
    let mut files: Vec<Emitted> = spec
        .areas
        .iter()
        .map(|area| Emitted { name: format!("area_{}.rs", area.name), text: area::emit(scope(area)) })
        .collect();
    files.push(Emitted { name: "errors.rs".to_owned(), text: errors(spec) });
    let events = event::unions(scope(&Area::default()));
    files.push(Emitted { name: "events.rs".to_owned(), text: events });
    files.push(Emitted { name: "layouts.rs".to_owned(), text: layout::emit(&types, spec) });
    files.push(Emitted { name: "areas.rs".to_owned(), text: modules(spec) });
    files.push(Emitted { name: "walk.rs".to_owned(), text: walk::emit(spec) });
    files
}

/// The modules, each of which includes the text of its area.
fn modules(spec: &Spec) -> String {
    let mut out = String::new();
    for area in &spec.areas {
        // What only the callback uses is there only with it.
        let pushed = area.endpoints.is_empty() && !(area.events.is_empty() && area.replies.is_empty());
        let callback = pushed.then_some("callback");
        for feature in callback.into_iter().chain(area.feature.as_ref().map(|feature| feature.value.as_str()))
        {
            let _ = writeln!(out, "#[cfg(feature = {feature:?})]");
            let _ = writeln!(out, "#[cfg_attr(docsrs, doc(cfg(feature = {feature:?})))]");
        }
        let _ = writeln!(out, "pub mod {} {{", area.name);
        // Inside, so that links are looked up in the module.
        let _ = writeln!(out, "    #![doc = {:?}]", docs::area(area));
        for alias in docs::area_aliases(area) {
            let _ = writeln!(out, "    #![doc(alias = {alias:?})]");
        }
        out.push_str("    #![allow(deprecated, unused_imports, clippy::large_enum_variant)]\n");
        let _ = writeln!(out, "    include!(concat!(env!(\"OUT_DIR\"), \"/area_{}.rs\"));", area.name);
        out.push_str("}\n\n");
    }
    index::emit(&mut out, spec);
    out
}

/// The constants of `ErrorCode`, ascending by code.
fn errors(spec: &Spec) -> String {
    let mut errors: Vec<_> = spec.errors.iter().collect();
    errors.sort_by_key(|error| error.code.value);
    let mut out = String::from("error_codes! {\n");
    for error in errors {
        let class = name::class(&error.class);
        let _ =
            write!(out, "    {} = {}, {class}, {:?}", error.name.value, error.code.value, error.doc.value);
        if error.lasting {
            out.push_str(" + true");
        }
        if let Some(hint) = &error.hint {
            let _ = write!(out, "\n        => {:?}", hint.value);
        }
        for meaning in &error.by_auth {
            let hint = meaning.hint.as_ref().map_or("", |hint| hint.value.as_str());
            let _ = write!(out, "\n        [{:?}: {}, {hint:?}]", meaning.auth, name::class(&meaning.class));
        }
        out.push_str(";\n");
    }
    out.push_str("}\n");
    out
}
