//! The imports of `src/`: no circle between files, and no arrow from a lower room of the house to a higher one.
//! Read from the text of the files, so it sees every feature at once; generated areas stand above all and are not read.

mod module;

use std::collections::{BTreeMap, BTreeSet};

use self::module::{File, Tree};

/// The rooms from the ground up. What stands in one row may not import from each other either.
const FLOORS: &[&[&str]] = &[
    &["auth", "future"],
    &["error"],
    &["signing"],
    &["record"],
    &["endpoint"],
    &["wire"],
    &["token"],
    &["client"],
    &["callback", "js_sdk"],
    &["sandbox"],
];

/// Rooms of `build.rs` and the tests; of the library only the sandbox knows the model in `spec`.
const GENERATOR: &[&str] = &["spec", "codegen"];

fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn arrows(tree: &Tree) -> BTreeMap<&File, BTreeSet<&File>> {
    tree.files().map(|file| (file, tree.imports(file))).collect()
}

/// Files that reach each other by imports, as paths from one back to itself.
fn circles<'t>(arrows: &BTreeMap<&'t File, BTreeSet<&'t File>>) -> Vec<Vec<&'t str>> {
    let mut circles = Vec::new();
    let mut done = BTreeSet::new();
    for start in arrows.keys() {
        let mut way = vec![*start];
        walk(arrows, &mut way, &mut done, &mut circles);
    }
    circles
}

fn walk<'t>(
    arrows: &BTreeMap<&'t File, BTreeSet<&'t File>>,
    way: &mut Vec<&'t File>,
    done: &mut BTreeSet<&'t File>,
    circles: &mut Vec<Vec<&'t str>>,
) {
    let Some(&here) = way.last() else { return };
    if done.contains(here) {
        return;
    }
    for next in arrows.get(here).into_iter().flatten() {
        if let Some(begin) = way.iter().position(|file| file == next) {
            circles.push(way[begin..].iter().map(|file| file.path.as_str()).collect());
        } else {
            way.push(next);
            walk(arrows, way, done, circles);
            way.pop();
        }
    }
    done.insert(here);
}

#[test]
fn no_circle_of_imports() {
    let tree = Tree::read();
    let circles = circles(&arrows(&tree));
    let circles: Vec<String> = circles.iter().map(|circle| circle.join(" -> ")).collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn no_arrow_runs_back_up() {
    let tree = Tree::read();
    let floor = |room: &str| FLOORS.iter().position(|rooms| rooms.contains(&room));
    let mut wrong = Vec::new();
    for (file, imports) in arrows(&tree) {
        let from = room(&file.path);
        for to in imports.into_iter().filter(|to| room(&to.path) != from) {
            let allowed = match (floor(from), floor(room(&to.path))) {
                (Some(from), Some(to)) => to < from,
                (None, None) => GENERATOR.contains(&from) && room(&to.path) == "spec",
                // The list of ids is read by both, and imports nothing.
                (Some(_), None) => to.path == "spec/ids.rs" || from == "sandbox" && room(&to.path) == "spec",
                // The generator's text names types of the crate; it imports none.
                (None, Some(_)) => GENERATOR.contains(&from),
            };
            if !allowed {
                wrong.push(format!("{} -> {}", file.path, to.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the reader of imports understands, so that the tests above can't pass for want of arrows.
#[test]
fn imports_are_found_in_all_their_forms() {
    let tree = Tree::of(&[
        ("lib.rs", "mod a;\nmod b;\npub use self::a::Thing;\n"),
        ("a.rs", "mod deep;\npub struct Thing;\nuse crate::b::{one::First, Second};\n"),
        ("a/deep.rs", "use super::Thing;\nfn f() { crate::b::one::call() }\n"),
        ("b.rs", "mod one;\npub use self::one::First;\npub struct Second;\n"),
        ("b/one.rs", "use crate::Thing;\n// use crate::a::deep;\n"),
    ]);
    let found: Vec<String> = arrows(&tree)
        .into_iter()
        .flat_map(|(from, to)| to.into_iter().map(move |to| format!("{} -> {}", from.path, to.path)))
        .collect();
    let due = [
        "a.rs -> b.rs",
        "a.rs -> b/one.rs",
        "a/deep.rs -> a.rs",
        "a/deep.rs -> b/one.rs",
        "b/one.rs -> a.rs",
    ];
    assert_eq!(found, due);
    assert_eq!(circles(&arrows(&tree)), [["a.rs", "b/one.rs"]]);
}
