//! Each dependency is used, and ARCHITECTURE says what for.

use std::collections::BTreeSet;
use std::path::Path;

/// The names that a table of `Cargo.toml` lists.
fn names(manifest: &toml::de::DeTable<'_>, table: &str) -> BTreeSet<String> {
    let listed = manifest[table].get_ref().as_table().expect(table);
    listed.keys().map(|name| name.get_ref().to_string()).collect()
}

/// All Rust below these places, as one text.
fn sources(places: &[&str]) -> String {
    fn add(path: &Path, text: &mut String) {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).unwrap();
            entries.for_each(|entry| add(&entry.unwrap().path(), text));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let mut text = String::new();
    places.iter().for_each(|place| add(&crate::path(place), &mut text));
    text
}

/// Whether a path of the crate stands in the sources: `name::`, or `name` after `use`, `pub use` or `extern crate`.
fn is_used(name: &str, sources: &str) -> bool {
    let name = name.replace('-', "_");
    let begins = |at: usize| !sources[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    sources.match_indices(&format!("{name}::")).any(|(at, _)| begins(at))
        || [format!("use {name};"), format!("use ::{name};"), format!("#[{name}")]
            .iter()
            .any(|form| sources.contains(form.as_str()))
}

#[test]
fn every_dependency_is_used_and_explained() {
    let manifest = std::fs::read_to_string(crate::path("Cargo.toml")).unwrap();
    let manifest = toml::de::DeTable::parse(&manifest).unwrap();
    let architecture = std::fs::read_to_string(crate::path("ARCHITECTURE.md")).unwrap();
    let places: [(&str, &[&str]); 3] = [
        ("dependencies", &["src"]),
        ("build-dependencies", &["build.rs", "src/spec", "src/codegen"]),
        ("dev-dependencies", &["src", "tests", "examples", "benches"]),
    ];
    let mut problems = Vec::new();
    for (table, places) in places {
        let sources = sources(places);
        for name in names(manifest.get_ref(), table).iter().filter(|name| *name != "weixin") {
            if !is_used(name, &sources) {
                problems.push(format!("{table}: `{name}` is not used in {}", places.join(", ")));
            }
            if !architecture.contains(&format!("| `{name}` |")) {
                problems.push(format!(
                    "ARCHITECTURE.md does not say what `{name}` is for; add to its table:\n| `{name}` | what for |"
                ));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(!is_used("tracing-core", &sources(&["src"])) && is_used("tracing", &sources(&["src"])));
}
