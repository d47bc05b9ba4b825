//! The names that the generator keeps from the spec are those that the crate really has, no more and no fewer: else a
//! name that the lint lets through collides in rustc, whose message leads nobody to the spec.

use std::collections::BTreeSet;

use crate::codegen::lint::names::{CLIENT_METHODS, CRATE_MODULES, CRATE_TYPES};
use crate::path;

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text of every file below `src`.
fn sources() -> Vec<String> {
    let mut folders = vec![path("src")];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// The word behind each of these beginnings of a line.
fn words<'t>(text: &'t str, heads: &[&str]) -> BTreeSet<&'t str> {
    let word = |line: &'t str| {
        let rest = heads.iter().find_map(|head| line.trim_start().strip_prefix(head))?;
        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|word| !word.is_empty())
    };
    text.lines().filter_map(word).collect()
}

fn compare(what: &str, kept: &[&str], real: &BTreeSet<&str>) {
    let known: BTreeSet<&str> = kept.iter().copied().collect();
    assert_eq!(known.len(), kept.len(), "{what}: a name is listed twice");
    let missing: Vec<_> = real.difference(&known).collect();
    let invented: Vec<_> = known.difference(real).collect();
    assert!(missing.is_empty() && invented.is_empty(), "{what} lacks {missing:?}; not real: {invented:?}");
}

#[test]
fn an_endpoint_cant_be_named_like_a_method_of_every_client() {
    let sources = sources();
    let mut real = BTreeSet::from(["clone"]);
    for block in sources.iter().flat_map(|text| text.split("\nimpl Client {\n").skip(1)) {
        let block = block.split("\n}\n").next().unwrap_or_default();
        real.extend(words(
            block,
            &["pub fn ", "pub async fn ", "pub(crate) fn ", "pub(crate) async fn ", "fn "],
        ));
    }
    assert!(real.contains("send") && real.contains("pages") && real.contains("new"), "{real:?}");
    compare("CLIENT_METHODS", CLIENT_METHODS, &real);
}

#[test]
fn an_area_cant_be_named_like_a_module_of_the_crate() {
    let lib = read("src/lib.rs");
    let mut real = words(&lib, &["pub mod ", "mod "]);
    assert!(real.remove("__private"));
    real.insert("index");
    compare("CRATE_MODULES", CRATE_MODULES, &real);
}

/// The names of a list of exports: `pub use self::call::{Call, Pages as All};`
fn exports(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for export in text.split("\npub use ").skip(1) {
        let list = export.split(';').next().unwrap_or_default();
        let list =
            list.rsplit_once('{').map_or_else(|| list.rsplit("::").next().unwrap_or(list), |(_, list)| list);
        for name in list.trim_end().trim_end_matches('}').split(',') {
            let name = name.trim().rsplit(" as ").next().unwrap_or_default();
            names.extend(Some(name).filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())));
        }
    }
    names
}

#[test]
fn a_type_cant_be_named_like_one_of_the_crate() {
    let mut real = BTreeSet::new();
    let texts = ["src/lib.rs", "src/callback.rs", "src/js_sdk.rs", "src/sandbox.rs"].map(read);
    for text in &texts {
        let (text, _) = text.split_once("pub mod __private").unwrap_or((text, ""));
        real.extend(exports(text));
        real.extend(words(text, &["pub struct ", "pub enum ", "pub trait ", "pub type "]));
    }
    // The unions of all pushes and replies, which the generator makes.
    real.extend(["Event", "Message", "Reply"]);
    assert!(real.contains("Client") && real.contains("Push") && real.contains("Empty"), "{real:?}");
    compare("CRATE_TYPES", CRATE_TYPES, &real);
}
