//! What a difference between two surfaces means for those who use the crate: the table "What breaks users" of
//! CONTRIBUTING, row by row. What belongs to a surface is said in `surface.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::surface::Item;
use crate::spec::naming::upper_camel_case;

/// What a difference means, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Programs no longer compile, or no longer read what they read before.
    Breaks,
    /// Programs compile, but something else travels, or is done with it.
    Wire,
    /// There is something new.
    Adds,
    /// Nothing but what is said about it.
    Docs,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    pub verdict: Verdict,
    pub place: String,
    pub message: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Breaks => "breaks",
            Verdict::Wire => "wire",
            Verdict::Adds => "adds",
            Verdict::Docs => "docs",
        };
        write!(f, "{verdict}: {}: {}", self.place, self.message)
    }
}

/// A version that may break programs follows another: the next minor one before 1.0, the next major one after it.
pub fn may_break(old: &str, new: &str) -> bool {
    let numbers = |version: &str| {
        let mut parts = version.split(['.', '-', '+']).map(|part| part.parse::<u64>().unwrap_or_default());
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    };
    let (old, new) = (numbers(old), numbers(new));
    if new.0 == 0 {
        new > old
    } else {
        new.0 > old.0
    }
}

/// All differences, the worst first.
pub fn compare(old: &[Item], new: &[Item]) -> Vec<Change> {
    let mut comparison =
        Comparison { old, new, index: index(new), renamed: BTreeMap::new(), changes: Vec::new() };
    comparison.renamed_endpoints();
    comparison.removed();
    comparison.kept_and_new();
    comparison.order();
    comparison.changes.sort();
    comparison.changes
}

struct Comparison<'a> {
    old: &'a [Item],
    new: &'a [Item],
    /// The new items by kind, owner and name.
    index: Index<'a>,
    /// New names of endpoints, and of the types that are called after them.
    renamed: BTreeMap<String, String>,
    changes: Vec<Change>,
}

impl<'a> Comparison<'a> {
    fn add(&mut self, verdict: Verdict, place: &str, message: String) {
        self.changes.push(Change { verdict, place: place.to_owned(), message });
    }

    fn now<'n>(&'n self, old: &'n str) -> &'n str {
        self.renamed.get(old).map_or(old, String::as_str)
    }

    fn called_now(&self, answer: &str) -> String {
        match answer.strip_prefix("Payload<").and_then(|inner| inner.strip_suffix('>')) {
            Some(inner) => format!("Payload<{}>", self.now(inner)),
            None => self.now(answer).to_owned(),
        }
    }

    /// The same item in the new surface.
    fn counterpart(&self, item: &Item) -> Option<&'a Item> {
        let name = if item.kind == "endpoint" { self.now(&item.name) } else { &item.name };
        self.index.get(&(item.kind.as_str(), self.now(&item.owner), name)).copied()
    }

    fn renamed_endpoints(&mut self) {
        for gone in self.old.iter().filter(|item| item.kind == "endpoint") {
            if find(self.new, "endpoint", "", &gone.name).is_some() {
                continue;
            }
            let mut candidates = self.new.iter().filter(|item| {
                item.kind == "endpoint" && find(self.old, "endpoint", "", &item.name).is_none()
            });
            let called = |item: &&Item| {
                ["method", "host", "path", "constants"].iter().all(|key| item.fact(key) == gone.fact(key))
            };
            let alias = |item: &&Item| names(item.fact("formerly")).contains(gone.name.as_str());
            let Some(heir) = candidates.clone().find(alias).or_else(|| candidates.find(called)) else {
                continue;
            };
            let (before, after) = (upper_camel_case(&gone.name), upper_camel_case(&heir.name));
            self.renamed.insert(gone.name.clone(), heir.name.clone());
            self.renamed.insert(format!("{before}Response"), format!("{after}Response"));
            self.renamed.insert(before, after);
            if alias(&heir) {
                let message = format!("`{}`: renamed to `{}`, the old name is kept", gone.name, heir.name);
                self.add(Verdict::Adds, &heir.place, message);
            } else {
                let message = format!(
                    "`{}`: renamed to `{}`, and `formerly` does not keep the old name",
                    gone.name, heir.name
                );
                self.add(Verdict::Breaks, &heir.place, message);
            }
        }
    }

    fn removed(&mut self) {
        let owners: BTreeSet<&str> = owners(self.new);
        for gone in self.old {
            // What goes with its owner is not said again.
            if self.counterpart(gone).is_some()
                || !(gone.owner.is_empty() || owners.contains(self.now(&gone.owner)))
            {
                continue;
            }
            let heir = self.new.iter().find(|item| {
                !gone.owner.is_empty()
                    && item.kind == gone.kind
                    && item.owner == self.now(&gone.owner)
                    && item.fact("wire") == gone.fact("wire")
                    && find(self.old, &gone.kind, &gone.owner, &item.name).is_none()
            });
            match heir {
                Some(heir) => {
                    let message = format!("{} renamed to `{}`", gone.label(), heir.name);
                    self.add(Verdict::Breaks, &heir.place, message);
                }
                None => {
                    let place = self.place_of(gone);
                    self.add(Verdict::Breaks, &place, format!("{} removed or renamed", gone.label()));
                }
            }
        }
    }

    /// Where something stood: at its owner, or else somewhere in the file of its area.
    fn place_of(&self, gone: &Item) -> String {
        let owner = self.new.iter().find(|item| {
            !gone.owner.is_empty()
                && item.owner.is_empty()
                && (item.name == self.now(&gone.owner) || is_of(item, self.now(&gone.owner)))
        });
        match (owner, gone.kind.as_str(), gone.fact("area")) {
            (Some(owner), ..) => owner.place.clone(),
            (None, "area", _) => format!("api-spec/{}.toml", gone.name),
            (None, _, "") => "api-spec/errors.toml".to_owned(),
            (None, _, area) => format!("api-spec/{area}.toml"),
        }
    }

    fn kept_and_new(&mut self) {
        let before: BTreeSet<String> =
            owners(self.old).into_iter().map(|owner| self.now(owner).to_owned()).collect();
        let mut old = BTreeMap::new();
        for item in self.old {
            if let Some(kept) = self.counterpart(item) {
                old.insert((kept.kind.as_str(), kept.owner.as_str(), kept.name.as_str()), item);
            }
        }
        for item in self.new {
            match old.get(&(item.kind.as_str(), item.owner.as_str(), item.name.as_str())) {
                Some(before) => self.kept(before, item),
                // A field of a new type, a renamed endpoint: said already.
                None if !item.owner.is_empty() && !before.contains(&item.owner) => {}
                None if item.kind == "endpoint" && self.renamed.values().any(|name| *name == item.name) => {}
                None if item.kind == "field"
                    && item.fact("use") == "sent"
                    && item.fact("required") != "no" =>
                {
                    self.add(Verdict::Breaks, &item.place, format!("{} is new and required", item.label()));
                }
                None => self.add(Verdict::Adds, &item.place, format!("{} is new", item.label())),
            }
        }
    }

    fn kept(&mut self, old: &Item, new: &Item) {
        let keys: BTreeSet<&str> = old.facts.iter().chain(&new.facts).map(|(key, _)| key.as_str()).collect();
        let mut said = BTreeSet::new();
        let mut docs = false;
        for key in keys {
            let (before, after) = (old.fact(key), new.fact(key));
            // The answer may be called after a renamed endpoint.
            if before == after || (key == "answer" && self.called_now(before) == after) {
                continue;
            }
            if key == "doc" {
                docs = true;
                continue;
            }
            if let Some((verdict, what)) = judge(old, new, key, before, after)
                && said.insert(what.clone())
            {
                self.add(verdict, &new.place, format!("{}: {what}", new.label()));
            }
        }
        if docs {
            self.add(Verdict::Docs, &new.place, format!("{}: described otherwise", new.label()));
        }
    }

    /// The arguments of `new` stand in the order of the required fields.
    fn order(&mut self) {
        let mut owners: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
        let needed = |item: &&Item| {
            item.kind == "field" && item.fact("use") == "sent" && item.fact("required") != "no"
        };
        for item in self.old.iter().filter(needed) {
            if let Some(kept) = self.counterpart(item).filter(|kept| needed(kept)) {
                owners.entry(kept.owner.as_str()).or_default().push(kept);
            }
        }
        let position = |item: &Item| self.new.iter().position(|other| std::ptr::eq(other, item));
        let mut found = Vec::new();
        for (owner, fields) in owners {
            if let Some(pair) = fields.windows(2).find(|pair| position(pair[0]) > position(pair[1])) {
                let message = format!(
                    "{owner}: required fields in another order: `{}` now before `{}`",
                    pair[1].name, pair[0].name
                );
                found.push((pair[1].place.clone(), message));
            }
        }
        for (place, message) in found {
            self.add(Verdict::Breaks, &place, message);
        }
    }
}

/// What it means that one fact is another now; `None`: another fact says it.
fn judge(old: &Item, new: &Item, key: &str, before: &str, after: &str) -> Option<(Verdict, String)> {
    use Verdict::{Adds, Breaks, Wire};
    let shown = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
    let was = |verdict, what: &str| {
        Some((verdict, format!("{what} is {} now, was {}", shown(after), shown(before))))
    };
    match (new.kind.as_str(), key) {
        ("area", "feature") if after.is_empty() => {
            Some((Adds, format!("no longer behind the feature `{before}`")))
        }
        ("area", "feature") => Some((Breaks, format!("behind the feature `{after}` now"))),
        (_, "area") => was(Breaks, "the module"),
        ("endpoint", "method") if [before, after].contains(&"BROWSER") => was(Breaks, "the method"),
        ("endpoint", "answer") => was(Breaks, "the answer"),
        ("endpoint", "items") if before.is_empty() => Some((Adds, "can be paged now".to_owned())),
        ("endpoint", "items") => was(Breaks, "the items of a page"),
        ("endpoint", "paging") if old.fact("items").is_empty() != new.fact("items").is_empty() => None,
        ("endpoint", "formerly") => {
            let lost: Vec<&str> =
                names(before).into_iter().filter(|name| !names(after).contains(name)).collect();
            match lost.as_slice() {
                [] => Some((Adds, format!("the names {after} are kept now"))),
                lost => Some((Breaks, format!("the former names {} are no longer kept", lost.join(" ")))),
            }
        }
        ("object", "use") if after == "sent" => Some((Adds, "can be built now".to_owned())),
        ("object", "use") => Some((Breaks, "can't be built any more: no request holds it".to_owned())),
        // Said once, at the object.
        ("field", "use") => None,
        ("field" | "variant", "type") => was(Breaks, "the type"),
        ("enum", "repr") => was(Breaks, "what it is on the wire"),
        ("variant", "from") if before.is_empty() => Some((Adds, "converts into the union now".to_owned())),
        ("variant", "from") => Some((
            Breaks,
            "no longer converts into the union: another variant holds the same type".to_owned(),
        )),
        ("field", "required") => Some(required(new, before, after)),
        // The type tells it.
        ("field", "flags") if old.fact("type") != new.fact("type") => None,
        ("field" | "variant", "form") if old.fact("type") != new.fact("type") => None,
        ("variant", "key") if old.fact("wire") != new.fact("wire") => None,
        ("error", "code") => was(Wire, "the code"),
        (_, what) => was(Wire, &format!("`{what}`")),
    }
}

fn required(new: &Item, before: &str, after: &str) -> (Verdict, String) {
    let sent = new.fact("use") == "sent";
    let collection = names(new.fact("flags")).contains("collection");
    match (before, after) {
        ("no", _) if sent => (Verdict::Breaks, "required now: one more argument of `new`".to_owned()),
        (_, "no") if sent => (Verdict::Breaks, "optional now: no argument of `new` any more".to_owned()),
        ("no", "request") if collection => {
            (Verdict::Wire, "may be missing where it is read, as before".to_owned())
        }
        ("request", "no") if collection => {
            (Verdict::Wire, "may be missing where it is read, as before".to_owned())
        }
        ("no", "request") => (Verdict::Breaks, "no longer optional where it is read".to_owned()),
        (_, "always") => (Verdict::Breaks, "required now: an answer that lacks it is an error".to_owned()),
        ("always", "no") if collection => (Verdict::Wire, "may be missing where it is read".to_owned()),
        (_, "no") => (Verdict::Breaks, "optional now where it is read".to_owned()),
        _ => (Verdict::Wire, "may be missing where it is read".to_owned()),
    }
}

type Index<'a> = HashMap<(&'a str, &'a str, &'a str), &'a Item>;

fn index(items: &[Item]) -> Index<'_> {
    items.iter().map(|item| ((item.kind.as_str(), item.owner.as_str(), item.name.as_str()), item)).collect()
}

fn find<'a>(items: &'a [Item], kind: &str, owner: &str, name: &str) -> Option<&'a Item> {
    items.iter().find(|item| item.name == name && item.owner == owner && item.kind == kind)
}

fn names(list: &str) -> BTreeSet<&str> {
    list.split_whitespace().collect()
}

/// The endpoint whose request or own answer has this name.
fn is_of(endpoint: &Item, owner: &str) -> bool {
    let request = upper_camel_case(&endpoint.name);
    endpoint.kind == "endpoint" && (owner == request || owner.strip_suffix("Response") == Some(&request))
}

/// The names that a part can stand under.
fn owners(items: &[Item]) -> BTreeSet<&str> {
    items
        .iter()
        .map(|item| if item.owner.is_empty() { item.name.as_str() } else { item.owner.as_str() })
        .collect()
}

impl Item {
    /// As it is called in messages.
    fn label(&self) -> String {
        match (self.kind.as_str(), self.owner.as_str()) {
            (kind, "") => format!("{kind} `{}`", self.name),
            (kind, owner) => format!("{owner}: {kind} `{}`", self.name),
        }
    }
}
