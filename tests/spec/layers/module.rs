//! The modules of a crate as a tree of files, and what each file takes from which other.
//! Text is read, not Rust: paths that begin with `crate`, `self` or `super`, followed through `pub use`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Below `src`: `record/read.rs`.
    pub path: String,
    module: Vec<String>,
    /// Paths that it names, as segments; the first is `crate`, `self` or `super`.
    names: BTreeSet<Vec<String>>,
    /// What it hands on: the name, and the path behind it.
    exports: BTreeMap<String, Vec<String>>,
}

pub struct Tree(BTreeMap<Vec<String>, File>);

impl Tree {
    /// The files of this crate but for tests, the program and the roots of the library and the generator.
    pub fn read() -> Self {
        let root = crate::path("src");
        let mut found = Vec::new();
        collect(&root, &root, &mut found);
        let files: Vec<(&str, &str)> =
            found.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        Self::of(&files)
    }

    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = BTreeMap::new();
        for (path, text) in files {
            let file = File::read(path, text);
            tree.insert(file.module.clone(), file);
        }
        Self(tree)
    }

    /// All files but the root of the library, which imports every room.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.0.values().filter(|file| !file.module.is_empty())
    }

    /// The files from which this one takes something. What a file hands on from below itself is no import: a room
    /// may show what stands in it.
    pub fn imports<'t>(&'t self, file: &'t File) -> BTreeSet<&'t File> {
        let targets = file.names.iter().filter_map(|name| self.find(&file.module, name));
        targets.filter(|target| *target != file && !target.module.is_empty()).collect()
    }

    /// The file in which a path ends, seen from a module.
    fn find<'t>(&'t self, from: &[String], path: &[String]) -> Option<&'t File> {
        let mut at: Vec<String> = from.to_vec();
        let mut rest = path.iter();
        let mut steps = 0;
        while let Some(segment) = rest.next() {
            steps += 1;
            match segment.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                name => {
                    let mut child = at.clone();
                    child.push(name.to_owned());
                    if self.0.contains_key(&child) {
                        at = child;
                        continue;
                    }
                    let here = self.0.get(&at)?;
                    return match here.exports.get(name) {
                        Some(export) if steps < 16 => {
                            let mut whole = export.clone();
                            whole.extend(rest.cloned());
                            self.find(&at, &whole)
                        }
                        _ => Some(here),
                    };
                }
            }
        }
        self.0.get(&at)
    }
}

impl File {
    fn read(path: &str, text: &str) -> Self {
        let stem = path.trim_end_matches(".rs");
        let mut module: Vec<String> = stem.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "root") || module == ["lib"] {
            module.pop();
        }
        let code = without_tests(&without_comments(text));
        let mut file =
            Self { path: path.to_owned(), module, names: BTreeSet::new(), exports: BTreeMap::new() };
        for statement in uses(&code) {
            let (public, tree) = match statement.trim().strip_prefix("pub") {
                Some(rest) => (true, rest),
                None => (false, statement.trim()),
            };
            let Some((_, tree)) = tree.split_once("use ") else { continue };
            for (name, path) in leaves(tree, &[]) {
                if !matches!(path.first().map(String::as_str), Some("crate" | "self" | "super")) {
                    continue;
                }
                let inner = path.first().is_some_and(|first| first == "self");
                if public {
                    file.exports.insert(name, path.clone());
                }
                if !(public && inner) {
                    file.names.insert(path);
                }
            }
        }
        for path in mentioned(&without_uses(&code)) {
            file.names.insert(path);
        }
        file
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap().to_owned();
        if path.is_dir() && !["tests", "bin", "macros"].contains(&name.as_str()) {
            collect(root, &path, found);
        } else if name.ends_with(".rs") && !["tests.rs", "macros.rs"].contains(&name.as_str()) {
            let below = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((below, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.trim_start().starts_with("//") {
        true => "",
        false => line.split(" // ").next().unwrap_or(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The text before the tests that stand at its end.
fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text).to_owned()
}

/// The `use` statements, each up to its semicolon.
fn uses(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in code.lines() {
        let trimmed = line.trim_start();
        let begins = ["use ", "pub use ", "pub(crate) use ", "pub(super) use "]
            .iter()
            .any(|head| trimmed.starts_with(head));
        if open.is_none() && begins {
            open = Some(String::new());
        }
        if let Some(mut text) = open.take() {
            text.push_str(trimmed);
            text.push(' ');
            match trimmed.contains(';') {
                true => found.push(text.split(';').next().unwrap_or_default().to_owned()),
                false => open = Some(text),
            }
        }
    }
    found
}

fn without_uses(code: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in code.lines() {
        let trimmed = line.trim_start();
        inside |= ["use ", "pub use ", "pub(crate) use ", "pub(super) use "]
            .iter()
            .any(|head| trimmed.starts_with(head));
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
        inside &= !trimmed.contains(';');
    }
    kept
}

/// The names that a tree of imports brings in, each with its path.
fn leaves(tree: &str, before: &[String]) -> Vec<(String, Vec<String>)> {
    let tree = tree.trim();
    if let Some((head, rest)) =
        tree.split_once('{').filter(|(head, _)| head.ends_with("::") || head.is_empty())
    {
        let mut path = before.to_vec();
        path.extend(segments(head));
        let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
        return split(inner).into_iter().flat_map(|part| leaves(part, &path)).collect();
    }
    let (tree, name) = tree.split_once(" as ").map_or((tree, None), |(tree, name)| (tree, Some(name.trim())));
    let mut path = before.to_vec();
    path.extend(segments(tree));
    // `a::{self}` is `a`.
    if path.len() > 1 && path.last().is_some_and(|last| last == "self" || last == "*") {
        path.pop();
    }
    let last = path.last().cloned().unwrap_or_default();
    vec![(name.map_or(last, str::to_owned), path)]
}

fn segments(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(str::to_owned)
}

/// The parts between commas that stand in no further braces.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// Paths in the code itself: `crate::record::read`, `super::Thing`.
fn mentioned(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
                continue;
            }
            let path: String =
                code[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
            found.push(segments(&path).collect());
        }
    }
    found
}
