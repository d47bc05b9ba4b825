//! Reads the oracle's tables and the list of exceptions. Nothing here knows the spec.
//! A row that is not exactly as the README says is an error: a table that is misread proves nothing.

use super::leaves::{Call, Leaf, Leaves, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

const COLUMNS: [&str; 8] = ["method", "host", "path", "side", "json path", "type", "required", "source"];
const EXCEPTION_COLUMNS: [&str; 7] = ["method", "host", "path", "side", "json path", "what", "reason"];
const METHODS: [&str; 3] = ["GET", "POST", "BROWSER"];
const HOSTS: [&str; 3] = ["api.weixin.qq.com", "mp.weixin.qq.com", "open.weixin.qq.com"];
const SIDES: [&str; 5] = ["query", "body", "part", "raw", "response"];
const TYPES: [&str; 9] =
    ["string", "integer", "decimal", "bool", "bool01", "date", "timestamp", "file", "json"];
const KINDS: [&str; 4] = ["missing", "extra", "type", "required"];

/// A difference that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    pub call: Call,
    pub place: Place,
    pub what: &'static str,
    pub reason: String,
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {} ({})", self.what, self.call, self.place, self.reason)
    }
}

/// All tables of the folder but the exceptions, as one.
pub fn read_tables(folder: &Path) -> Result<Leaves, String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "tsv"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "exceptions"))
        .collect();
    names.sort();
    let (mut leaves, mut errors) = (Leaves::new(), Vec::new());
    for name in names {
        rows(&name, &COLUMNS, &mut errors, |cells| add_row(&mut leaves, cells));
    }
    finish(leaves, errors)
}

/// The exceptions, in the order of the file.
pub fn read_exceptions(file: &Path) -> Result<Vec<Exception>, String> {
    let (mut exceptions, mut errors) = (Vec::new(), Vec::new());
    rows(file, &EXCEPTION_COLUMNS, &mut errors, |cells| {
        let (call, place) = place_of(cells)?;
        let what = KINDS.iter().find(|kind| **kind == cells[5]).ok_or("`what` is none of the four kinds")?;
        if cells[6].trim().is_empty() {
            return Err("an exception needs a reason".to_owned());
        }
        exceptions.push(Exception { call, place, what, reason: cells[6].to_owned() });
        Ok(())
    });
    finish(exceptions, errors)
}

fn finish<T>(value: T, errors: Vec<String>) -> Result<T, String> {
    if errors.is_empty() {
        Ok(value)
    } else {
        Err(errors.join("\n"))
    }
}

/// Calls `take` with the cells of each row; comment lines and the header are checked and skipped.
fn rows(
    file: &Path,
    columns: &[&str],
    errors: &mut Vec<String>,
    mut take: impl FnMut(&[&str]) -> Result<(), String>,
) {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return errors.push(format!("{}: {error}", file.display())),
    };
    let mut header = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            continue;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        let outcome = if !header {
            header = true;
            if cells == columns {
                Ok(())
            } else {
                Err(format!("the header is not {}", columns.join(", ")))
            }
        } else if cells.len() != columns.len() {
            Err(format!("{} cells instead of {}", cells.len(), columns.len()))
        } else {
            take(&cells)
        };
        if let Err(message) = outcome {
            errors.push(format!("{}:{}: {message}", file.display(), index + 1));
        }
    }
    if !header {
        errors.push(format!("{}: no header", file.display()));
    }
}

fn place_of(cells: &[&str]) -> Result<(Call, Place), String> {
    for (known, cell) in [(&METHODS[..], cells[0]), (&HOSTS[..], cells[1]), (&SIDES[..], cells[3])] {
        if !known.contains(&cell) {
            return Err(format!("`{cell}` is none of {}", known.join(", ")));
        }
    }
    if !cells[2].starts_with('/') || cells[4].is_empty() {
        return Err("the path lacks its `/`, or the JSON path is empty".to_owned());
    }
    Ok((Call::new(cells[0], cells[1], cells[2]), Place::new(cells[3], cells[4])))
}

fn add_row(leaves: &mut Leaves, cells: &[&str]) -> Result<(), String> {
    if cells[3..7] == ["-", "-", "-", ""] {
        // A call that neither takes nor gives anything.
        let (call, _) = place_of(&[cells[0], cells[1], cells[2], "query", "-"])?;
        return match leaves.insert(call, BTreeMap::new()) {
            None => Ok(()),
            Some(_) => Err("a call without fields has fields".to_owned()),
        };
    }
    let (call, place) = place_of(cells)?;
    let types: BTreeSet<String> = cells[5].split('|').map(str::to_owned).collect();
    if let Some(unknown) = types.iter().find(|name| !TYPES.contains(&name.as_str())) {
        return Err(format!("unknown type `{unknown}`"));
    }
    let required = match (cells[3] == "response", cells[6]) {
        (true, "") => BTreeSet::new(),
        (false, "Y") => BTreeSet::from([true]),
        (false, "N") => BTreeSet::from([false]),
        _ => return Err("`required` is Y or N for requests and empty for responses".to_owned()),
    };
    if cells[7].is_empty() {
        return Err("a row needs its source".to_owned());
    }
    match leaves.entry(call).or_default().insert(place, Leaf { types, required }) {
        None => Ok(()),
        Some(_) => Err("the row stands twice".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_fields_has_a_row_of_its_own() {
        let row = ["GET", "api.weixin.qq.com", "/a/b", "-", "-", "-", "", "official"];
        let mut leaves = Leaves::new();
        assert_eq!(add_row(&mut leaves, &row), Ok(()));
        assert_eq!(leaves.len(), 1);
        assert!(add_row(&mut leaves, &row).is_err(), "twice");
    }

    fn added(row: &str) -> Result<(), String> {
        let cells: Vec<&str> = row.split(' ').collect();
        add_row(&mut Leaves::new(), &cells)
    }

    #[test]
    fn a_row_that_breaks_a_rule_is_refused() {
        assert_eq!(added("GET api.weixin.qq.com /a query b string|integer Y official"), Ok(()));
        assert_eq!(added("GET api.weixin.qq.com /a response b[].c json  official"), Ok(()));
        for broken in [
            "PUT api.weixin.qq.com /a query b string Y official",
            "GET weixin.qq.com /a query b string Y official",
            "GET api.weixin.qq.com a query b string Y official",
            "GET api.weixin.qq.com /a header b string Y official",
            "GET api.weixin.qq.com /a query  string Y official",
            "GET api.weixin.qq.com /a query b text Y official",
            "GET api.weixin.qq.com /a query b string| Y official",
            "GET api.weixin.qq.com /a query b string  official",
            "GET api.weixin.qq.com /a response b string Y official",
            "GET api.weixin.qq.com /a query b string Y ",
        ] {
            assert!(added(broken).is_err(), "accepted: {broken}");
        }
    }

    #[test]
    fn a_row_that_stands_twice_is_refused() {
        let mut leaves = Leaves::new();
        let row = ["GET", "api.weixin.qq.com", "/a", "query", "b", "string", "Y", "official"];
        assert_eq!(add_row(&mut leaves, &row), Ok(()));
        assert!(add_row(&mut leaves, &row).is_err());
    }
}
