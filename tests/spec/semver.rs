//! What a change of the spec means for those who use the crate: the spec is compared with that of the last release,
//! `tests/semver/baseline.txt`. `BASELINE_UPDATE=1 cargo test --test spec semver` writes that file at a release.

mod compare;
mod surface;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use self::compare::{compare, may_break, Change, Verdict};
use self::surface::Item;
use crate::spec::model::SourceFile;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn baseline() -> PathBuf {
    crate::path("tests/semver/baseline.txt")
}

fn current() -> Vec<Item> {
    surface::surface(crate::real())
}

fn lines(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("{change}\n")).collect()
}

/// The changes that must wait for another version.
fn refused<'a>(changes: &'a [Change], released: &str, next: &str) -> Vec<&'a Change> {
    let breaks = changes.iter().filter(|change| change.verdict == Verdict::Breaks);
    breaks.filter(|_| !may_break(released, next)).collect()
}

#[test]
fn the_spec_keeps_what_the_last_release_promised() {
    if std::env::var_os("BASELINE_UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(baseline(), surface::write(VERSION, &current())).unwrap();
        return;
    }
    let text = std::fs::read_to_string(baseline()).unwrap();
    let (released, old) = surface::read(&text).expect("tests/semver/baseline.txt is torn");
    let changes = compare(&old, &current());
    if !changes.is_empty() {
        // Past the test's own capture: who changes the spec wants to see this although the test passes.
        let _ = write!(std::io::stderr(), "since {released}:\n{}", lines(&changes));
    }
    let refused = refused(&changes, &released, VERSION);
    assert!(
        refused.is_empty(),
        "{VERSION} can't follow {released}: {} changes break users; see \"What breaks users\" in CONTRIBUTING.md",
        refused.len()
    );
}

#[test]
fn the_text_of_the_baseline_says_all() {
    let items = current();
    assert!(items.len() > 1000);
    let text = surface::write("1.2.3", &items);
    let (version, read) = surface::read(&text).unwrap();
    assert_eq!(version, "1.2.3");
    assert_eq!(lines(&compare(&read, &items)), "");
    assert_eq!(lines(&compare(&items, &read)), "");
    assert_eq!(surface::write("1.2.3", &read), text);
    assert!(surface::read("nonsense").is_none());
    assert!(surface::read("version\t1\nfield\tA.b\tno fact\n").is_none());
}

#[test]
fn breaking_waits_for_the_right_version() {
    for (released, next, may) in [
        ("0.0.0", "0.1.0", true),
        ("0.1.0", "0.1.0", false),
        ("0.1.0", "0.1.1", false),
        ("0.1.9", "0.2.0", true),
        ("0.9.0", "1.0.0", true),
        ("1.0.0", "1.1.0", false),
        ("1.4.2", "2.0.0", true),
        ("0.2.0", "0.1.0", false),
    ] {
        assert_eq!(may_break(released, next), may, "{released} → {next}");
    }
    let pets = spec(PETS);
    let changes = compare(&pets, &spec(&PETS.replace("name = \"buy_pet\"", "name = \"get_animal\"")));
    assert_eq!(refused(&changes, "0.1.0", "0.1.1").len(), 1);
    assert_eq!(refused(&changes, "0.1.0", "0.2.0").len(), 0);
    let changes = compare(&pets, &spec(&PETS.replace("/pet/buy", "/pet/adopt")));
    assert_eq!(refused(&changes, "0.1.0", "0.1.1").len(), 0, "what is only sent otherwise breaks no program");
}

/// The surface of one area and the errors, as far as a surface needs them to be right.
fn spec(text: &str) -> Vec<Item> {
    let (area, errors) = text.split_once("# errors.toml\n").unwrap();
    let file = |name: &str, text: &str| SourceFile { name: name.to_owned(), text: text.to_owned() };
    let files = vec![file("api-spec/errors.toml", errors), file("api-spec/pets.toml", area)];
    let (parsed, mistakes) = crate::spec::parse::parse(files);
    assert!(mistakes.is_empty(), "{mistakes:?}\n{text}");
    surface::surface(&parsed.spec)
}

const PETS: &str = include_str!("../semver/pets.toml");

/// The endpoint `stroke_pet`.
const STROKE: &str = r#"[[endpoint]] # stroke
name = "stroke_pet"
formerly = ["pat_pet"]
summary = "Strokes a pet."
link = "https://example.com"
method = "GET"
path = "/pet/stroke"
accounts = ["service"]
[endpoint.query]
id = { type = "u32", required = true, doc = "Which one." }
[endpoint.response]
[[endpoint.example]]
query = "id=1"

"#;

/// Each edit of `semver/pets.toml` and what is said about it. An edit is what stands there, and what instead.
const EDITS: &[(&str, &[(&str, &str)])] = &[
    // Nothing, additions.
    ("a comment", &[("[area]", "# Pets\n[area]")]),
    ("new endpoint", &[("# end", "[[endpoint]]\nname = \"sell_pet\"\nsummary = \"Sells.\"\nlink = \"https://example.com\"\nmethod = \"POST\"\npath = \"/pet/sell\"\naccounts = [\"service\"]\n[endpoint.body]\nid = { type = \"u32\", required = true, doc = \"Which one.\" }\n[endpoint.response]\n[[endpoint.example]]\nbody = '{}'\n")]),
    ("new event", &[("# end", "[[event]]\nname = \"Bark\"\nevent = \"BARK\"\nsummary = \"It barks.\"\nlink = \"https://example.com\"\n[event.fields]\nVolume = { type = \"u32\", doc = \"In dB.\" }\n[[event.example]]\nxml = \"<xml/>\"\n")]),
    ("new object", &[("# end", "[[object]]\nname = \"Collar\"\ndoc = \"Round.\"\n[object.fields]\nsize = { type = \"u32\", required = true, doc = \"In cm.\" }\n")]),
    ("new optional field of a request", &[("colour = {", "size = { type = \"u32\", doc = \"In cm.\" }\ncolour = {")]),
    ("new field of an answer", &[("weight = {", "age = { type = \"u32\", required = true, doc = \"In years.\" }\nweight = {")]),
    ("new variant and new value", &[("dog = {", "fish = { type = \"string\", doc = \"Wet.\" }\ndog = {"), ("2 = {", "3 = { name = \"Gone\", doc = \"Away.\" }\n2 = {")]),
    // Required fields.
    ("new required field of a request", &[("colour = {", "size = { type = \"u32\", required = true, doc = \"In cm.\" }\ncolour = {")]),
    ("new required field of a sent object", &[("street = {", "city = { type = \"string\", required = \"request\", doc = \"Which one.\" }\nstreet = {")]),
    ("required to optional, in a request", &[("name = { type = \"string\", required = true", "name = { type = \"string\"")]),
    ("optional to required, in a request", &[("colour = { type = \"Colour\"", "colour = { type = \"Colour\", required = true")]),
    ("optional to required, in an answer", &[("weight = { type = \"decimal\"", "weight = { type = \"decimal\", required = true")]),
    ("optional to required, a list in an answer", &[("toys = { type = \"[string]\"", "toys = { type = \"[string]\", required = true")]),
    ("required to optional, in an answer", &[("id = { type = \"u64\", required = true", "id = { type = \"u64\"")]),
    ("required to lax, in an answer", &[("id = { type = \"u64\", required = true", "id = { type = \"u64\", required = \"request\"")]),
    ("order of required fields", &[("name = { type = \"string\", required = true, doc = \"Its name.\" }\n", ""), ("owner = { type = \"string\", required = true, doc = \"Whose it is.\" }\n", "owner = { type = \"string\", required = true, doc = \"Whose it is.\" }\nname = { type = \"string\", required = true, doc = \"Its name.\" }\n")]),
    // Types.
    ("changed type of a request's field", &[("name = { type = \"string\"", "name = { type = \"u32\"")]),
    ("changed type of an answer's field", &[("weight = { type = \"decimal\"", "weight = { type = \"u32\"")]),
    ("same type in Rust, other form on the wire", &[("weight = { type = \"decimal\"", "weight = { type = \"string(decimal)\"")]),
    ("changed type of a variant", &[("dog = { type = \"string\"", "dog = { type = \"u32\"")]),
    ("two variants of one type", &[("dog = { type = \"string\"", "dog = { type = \"Address\"")]),
    ("values of an enum", &[("repr = \"integer\"", "repr = \"string\"")]),
    ("the answer becomes a file", &[("[endpoint.response]\nid", "[endpoint.response]\nextra = { type = \"u32\", doc = \"More.\" }\nid"), ("path = \"/pet/buy\"", "path = \"/pet/buy\"\nreturns = \"either\"")]),
    ("an object that is no longer sent", &[("home = { type = \"Address\", doc", "home = { type = \"string\", doc"), ("house = { type = \"Address\", doc", "house = { type = \"[string]\", doc")]),
    // Renames and removals.
    ("renamed endpoint", &[("name = \"buy_pet\"", "name = \"get_animal\"")]),
    ("renamed endpoint with its old name kept", &[("name = \"buy_pet\"", "name = \"get_animal\"\nformerly = [\"buy_pet\"]")]),
    ("a former name is dropped", &[("formerly = [\"pat_pet\"]\n", "")]),
    ("renamed field", &[("colour = { ", "colour = { name = \"coat\", ")]),
    ("renamed variant", &[("dog = { ", "dog = { name = \"Hound\", ")]),
    ("renamed value", &[("name = \"Black\"", "name = \"Dark\"")]),
    ("renamed object", &[("\"Address\"", "\"Place\"")]),
    ("removed field", &[("colour = { type = \"Colour\", doc = \"Of its coat.\" }\n", "")]),
    ("removed variant", &[("dog = { type = \"string\", doc = \"It barks.\" }\n", "")]),
    ("removed endpoint", &[(STROKE, "")]),
    ("renamed error code", &[("NO_PET", "NOT_A_PET")]),
    // Features.
    ("area behind a feature", &[("doc = \"Animals.\"", "doc = \"Animals.\"\nfeature = \"pets\"")]),
    // What is sent.
    ("path", &[("/pet/buy", "/pet/adopt")]),
    ("method", &[("method = \"POST\"\npath = \"/pet/buy\"", "method = \"GET\"\npath = \"/pet/buy\"")]),
    ("method, to a browser's address", &[("method = \"GET\"\npath = \"/pet/stroke\"", "method = \"BROWSER\"\npath = \"/pet/stroke\"")]),
    ("constant", &[("const = \"dog\"", "const = \"cat\"")]),
    ("authorisation and host", &[("path = \"/pet/buy\"", "path = \"/pet/buy\"\nauth = \"none\"\nhost = \"mp\"")]),
    ("wire name", &[("colour = { ", "color = { name = \"colour\", ")]),
    ("place inside other objects", &[("owner = { ", "owner = { path = \"house.who\", ")]),
    ("wire name of a variant and of a value", &[("dog = { ", "hound = { name = \"Dog\", "), ("2 = {", "4 = {")]),
    ("may be sent again", &[("path = \"/pet/buy\"", "path = \"/pet/buy\"\nidempotent = true")]),
    // What is said.
    ("texts", &[("Its name.", "Its name, in capitals."), ("Buys a pet.", "Buys an animal."), ("Animals.", "Creatures.")]),
    ("limits", &[("name = { type = \"string\"", "name = { type = \"string\", max_chars = 5")]),
    ("deprecated", &[("path = \"/pet/buy\"", "path = \"/pet/buy\"\ndeprecated = { since = \"2024-01\", doc = \"Gone.\" }")]),
];

#[test]
fn every_edit_gets_its_verdict() {
    let before = spec(PETS);
    let mut report = String::new();
    for (title, edits) in EDITS {
        let mut text = PETS.to_owned();
        for (from, to) in *edits {
            assert!(text.contains(from), "{title}: {from}");
            text = text.replace(from, to);
        }
        let verdicts = lines(&compare(&before, &spec(&text)));
        let verdicts = if verdicts.is_empty() { "nothing\n".to_owned() } else { verdicts };
        let _ = writeln!(
            report,
            "{title}\n{}",
            verdicts.lines().map(|line| format!("  {line}\n")).collect::<String>()
        );
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("verdicts", report);
    });
}
