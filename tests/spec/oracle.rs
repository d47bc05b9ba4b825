//! Compares every leaf of the spec with the oracle: tables written from the documentation, never from the spec.
//! What the tables mean stands in `tests/oracle/README.md`; how the spec becomes leaves, in `leaves.rs`.

mod leaves;
mod table;

use self::leaves::{leaves_of, Call, Leaf, Leaves, Place};
use self::table::{read_exceptions, read_tables, Exception};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

/// One difference between spec and oracle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Divergence {
    call: Call,
    /// `None`: the whole call is on one side only.
    place: Option<Place>,
    what: &'static str,
    note: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.call)?;
        if let Some(place) = &self.place {
            write!(f, " {place}")?;
        }
        write!(f, ": {}", self.note)
    }
}

struct Comparison {
    calls: usize,
    equal: usize,
    divergences: Vec<Divergence>,
}

fn compare(spec: &Leaves, oracle: &Leaves) -> Comparison {
    let mut result = Comparison { calls: 0, equal: 0, divergences: Vec::new() };
    let calls: BTreeSet<&Call> = spec.keys().chain(oracle.keys()).collect();
    for call in calls {
        let mut differ = |place: Option<&Place>, what, note: String| {
            result.divergences.push(Divergence { call: call.clone(), place: place.cloned(), what, note });
        };
        let (described, known) = match (spec.get(call), oracle.get(call)) {
            (Some(described), Some(known)) => (described, known),
            (Some(described), None) => {
                differ(None, "extra", skeleton(call, described));
                continue;
            }
            _ => {
                differ(None, "missing", "the oracle has a call that the spec does not describe".to_owned());
                continue;
            }
        };
        result.calls += 1;
        let places: BTreeSet<&Place> = described.keys().chain(known.keys()).collect();
        for place in places {
            match (described.get(place), known.get(place)) {
                (Some(ours), Some(theirs)) => {
                    let types = ours.types.is_subset(&theirs.types);
                    let required = ours.required == theirs.required;
                    if !types {
                        let note = format!("spec {}, oracle {}", list(&ours.types), list(&theirs.types));
                        differ(Some(place), "type", note);
                    }
                    if !required {
                        let note =
                            format!("spec {}, oracle {}", list(&ours.required), list(&theirs.required));
                        differ(Some(place), "required", note);
                    }
                    result.equal += usize::from(types && required);
                }
                (Some(ours), None) => {
                    differ(Some(place), "extra", format!("only the spec has it ({})", list(&ours.types)));
                }
                (None, Some(theirs)) => {
                    differ(
                        Some(place),
                        "missing",
                        format!("only the oracle has it ({})", list(&theirs.types)),
                    );
                }
                (None, None) => {}
            }
        }
    }
    result
}

/// The rows that a call of the spec needs in the oracle. What only the page knows is left open, so that nobody pastes
/// the spec: types and requiredness are read from the page, and rows that the page has and the spec has not are added.
fn skeleton(call: &Call, described: &BTreeMap<Place, Leaf>) -> String {
    let rows: Vec<String> = match described.is_empty() {
        true => vec![format!("{}\t-\t-\t-\t\tofficial", call.row())],
        false => described
            .keys()
            .map(|place| format!("{}\t{}\tTYPE\tY|N\tofficial", call.row(), place.row()))
            .collect(),
    };
    format!(
        "the oracle does not have this call. To its area's file in tests/oracle add, from the page:\n\n{}\n",
        rows.join("\n")
    )
}

fn list<T: fmt::Display>(items: &BTreeSet<T>) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join("|")
}

/// Takes out what an exception covers; gives the number taken and the exceptions that cover nothing.
fn excuse<'a>(divergences: &mut Vec<Divergence>, exceptions: &'a [Exception]) -> (usize, Vec<&'a Exception>) {
    let covers = |exception: &Exception, divergence: &Divergence| {
        divergence.call == exception.call
            && divergence.place.as_ref() == Some(&exception.place)
            && divergence.what == exception.what
    };
    let stale =
        exceptions.iter().filter(|exception| !divergences.iter().any(|d| covers(exception, d))).collect();
    let before = divergences.len();
    divergences.retain(|divergence| !exceptions.iter().any(|exception| covers(exception, divergence)));
    (before - divergences.len(), stale)
}

fn folder() -> PathBuf {
    crate::path("tests/oracle")
}

fn the_oracle() -> Leaves {
    read_tables(&folder()).unwrap_or_else(|errors| panic!("the oracle can't be read:\n{errors}"))
}

fn the_exceptions() -> Vec<Exception> {
    read_exceptions(&folder().join("exceptions.tsv"))
        .unwrap_or_else(|errors| panic!("the exceptions can't be read:\n{errors}"))
}

fn the_spec() -> Leaves {
    leaves_of(crate::real())
}

#[test]
fn spec_and_oracle_agree() {
    let Comparison { calls, equal, mut divergences } = compare(&the_spec(), &the_oracle());
    let exceptions = the_exceptions();
    let (excused, stale) = excuse(&mut divergences, &exceptions);
    println!("{calls} calls compared, {equal} leaves equal, {excused} differences excused");
    let mut message: Vec<String> = divergences.iter().map(Divergence::to_string).collect();
    for exception in stale {
        message.push(format!("exception that no longer applies: {exception}"));
    }
    assert!(message.is_empty(), "spec and oracle differ in {}:\n{}", message.len(), message.join("\n"));
    assert!(equal > 0, "nothing was compared");
}

/// Alters each row of the oracle in turn; a comparison that stays silent could not be trusted.
#[test]
fn every_altered_row_is_noticed() {
    let (spec, oracle) = (the_spec(), the_oracle());
    let before: BTreeSet<Divergence> = compare(&spec, &oracle).divergences.into_iter().collect();
    // Calls are compared one by one, so the one that is altered is enough.
    let only = |leaves: &Leaves, call: &Call| -> Leaves {
        leaves.get(call).map(|table| (call.clone(), table.clone())).into_iter().collect()
    };
    let noticed = |altered: &Leaves, call: &Call, place: &Place, what: &str| {
        let after = compare(&only(&spec, call), altered).divergences;
        let wanted = |d: &Divergence| &d.call == call && d.place.as_ref() == Some(place) && d.what == what;
        after.iter().any(|d| wanted(d) && !before.contains(d))
    };
    let mut rows = 0;
    for (call, known) in &oracle {
        for (place, leaf) in known {
            if before.iter().any(|d| &d.call == call && d.place.as_ref() == Some(place)) {
                continue;
            }
            rows += 1;
            let altered = |change: &dyn Fn(&mut BTreeMap<Place, Leaf>)| {
                let mut copy = only(&oracle, call);
                change(copy.get_mut(call).expect("the call is in the copy"));
                copy
            };
            let dropped = altered(&|table| drop(table.remove(place)));
            assert!(noticed(&dropped, call, place, "extra"), "dropped unnoticed: {call} {place}");
            let retyped = altered(&|table| {
                let other = if leaf.types.contains("decimal") { "date" } else { "decimal" };
                table.get_mut(place).expect("the row is in the copy").types =
                    BTreeSet::from([other.to_owned()]);
            });
            assert!(noticed(&retyped, call, place, "type"), "retyped unnoticed: {call} {place}");
            let renamed = Place { json: format!("{}_x", place.json), ..place.clone() };
            let added = altered(&|table| drop(table.insert(renamed.clone(), leaf.clone())));
            assert!(noticed(&added, call, &renamed, "missing"), "added unnoticed: {call} {renamed}");
            if !leaf.required.is_empty() {
                let flipped = altered(&|table| {
                    let leaf = table.get_mut(place).expect("the row is in the copy");
                    leaf.required = leaf.required.iter().map(|required| !required).collect();
                });
                assert!(noticed(&flipped, call, place, "required"), "flipped unnoticed: {call} {place}");
            }
        }
    }
    assert!(rows > 0, "no row was tried");
}

#[test]
fn a_call_on_one_side_only_is_noticed() {
    let oracle = the_oracle();
    let (call, _) = oracle.first_key_value().expect("the oracle has calls");
    let mut fewer = oracle.clone();
    fewer.remove(call);
    for (spec, oracle, what) in [(&oracle, &fewer, "extra"), (&fewer, &oracle, "missing")] {
        let divergences = compare(spec, oracle).divergences;
        assert_eq!(divergences.len(), 1, "{divergences:?}");
        assert_eq!((&divergences[0].call, &divergences[0].place, divergences[0].what), (call, &None, what));
    }
}

#[test]
fn an_exception_excuses_only_what_it_names() {
    let call = Call::new("GET", "api.weixin.qq.com", "/a");
    let place = Place::new("query", "b");
    let divergence = Divergence {
        call: call.clone(),
        place: Some(place.clone()),
        what: "type",
        note: "spec string, oracle integer".to_owned(),
    };
    let exception =
        |what| Exception { call: call.clone(), place: place.clone(), what, reason: "r".to_owned() };

    let mut divergences = vec![divergence.clone()];
    let fitting = [exception("type")];
    assert_eq!(excuse(&mut divergences, &fitting), (1, vec![]));
    assert!(divergences.is_empty());

    let mut divergences = vec![divergence.clone()];
    let other = [exception("required")];
    assert_eq!(excuse(&mut divergences, &other), (0, vec![&other[0]]));
    assert_eq!(divergences, [divergence]);
}

/// A call that the oracle lacks is printed as rows, which are refused until somebody has read the page.
#[test]
fn a_missing_call_is_printed_as_rows_to_fill_in() {
    let (spec, mut oracle) = (the_spec(), the_oracle());
    let show = Call::new("GET", "mp.weixin.qq.com", "/cgi-bin/showqrcode");
    oracle.remove(&show).expect("the oracle has show_qrcode");
    let message: Vec<String> = compare(&spec, &oracle)
        .divergences
        .iter()
        .filter(|d| d.call == show)
        .map(Divergence::to_string)
        .collect();
    let row = "GET\tmp.weixin.qq.com\t/cgi-bin/showqrcode\tquery\tticket\tTYPE\tY|N\tofficial";
    assert!(message.len() == 1 && message[0].contains(row), "{message:?}");
    let table = format!("method\thost\tpath\tside\tjson path\ttype\trequired\tsource\n{row}\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pasted.tsv"), table).unwrap();
    let refused = read_tables(folder.path()).expect_err("nobody has read the page");
    assert!(refused.contains("unknown type `TYPE`"), "{refused}");
}
