//! What the generator says about broken specs: each case of `tests/broken-spec` (a file, or a folder of files) gets
//! the report that its snapshot shows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::codegen;
use crate::spec::diagnostic::Report;
use crate::spec::model::SourceFile;

fn cases() -> Vec<(String, PathBuf)> {
    let mut cases: Vec<(String, PathBuf)> = std::fs::read_dir(crate::path("tests/broken-spec"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    cases.sort();
    cases
}

fn files(path: &Path) -> Vec<SourceFile> {
    if path.is_dir() {
        return crate::spec::read_folder(path).unwrap();
    }
    let name = format!("api-spec/{}", path.file_name().unwrap().to_str().unwrap());
    vec![SourceFile { name, text: std::fs::read_to_string(path).unwrap() }]
}

fn report(files: Vec<SourceFile>) -> Report {
    codegen::load(files).expect_err("the spec is broken")
}

fn one(text: &str) -> String {
    report(vec![SourceFile { name: "api-spec/pets.toml".to_owned(), text: text.to_owned() }]).to_string()
}

#[test]
fn every_broken_spec_gets_its_report() {
    for (name, path) in cases() {
        let Err(report) = codegen::load(files(&path)) else { panic!("{name}: nothing was found wrong") };
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(name, report.to_string());
        });
    }
}

#[test]
fn every_report_belongs_to_a_case() {
    let cases: BTreeSet<String> = cases().into_iter().map(|(name, _)| name).collect();
    for entry in std::fs::read_dir(crate::path("tests/spec/snapshots")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let case = name.strip_prefix("spec__diagnostics__").and_then(|name| name.strip_suffix(".snap"));
        if let Some(case) = case {
            assert!(cases.contains(case), "{name} belongs to no case");
        }
    }
}

#[test]
fn a_report_depends_on_nothing_but_the_spec() {
    for (name, path) in cases() {
        assert_eq!(report(files(&path)).to_string(), report(files(&path)).to_string(), "{name}");
    }
}

#[test]
fn the_real_spec_is_sound() {
    assert!(crate::files().len() > 1);
    assert!(crate::real().areas.iter().any(|area| area.name == "qrcode"));
}

#[test]
fn columns_count_characters() {
    let area = "[area]\ntitle = \"x\"\nname_zh = \"x\"\ndoc = \"x\"\n";
    assert_eq!(
        one(&format!("{area}link = {{ \"宠物\" = 1, \"é\" = 2 }}\n\"宠物\" = 1\n")),
        "api-spec/pets.toml:5:8: `link` must be text, not a table\n\
         api-spec/pets.toml:6:1: unknown key `宠物` in the area (known: title, name_zh, doc, link, example, feature, reexports, keywords)\n"
    );
    assert_eq!(
        one(&format!("{area}\"宠\".物 = 1\n")),
        "api-spec/pets.toml:5:5: invalid unquoted key, expected letters, numbers, `-`, `_`\n"
    );
}

#[test]
fn places_survive_a_byte_order_mark_and_windows_lines() {
    let unix = "[area]\ntitle = \"x\"\nname_zh = \"x\"\ndoc = \"\"\"\nx\ny\"\"\"\nlnk = \"x\"\n";
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    let due = "api-spec/pets.toml:7:1: unknown key `lnk` in the area; did you mean `link`?\n";
    assert_eq!(one(unix), due);
    assert_eq!(one(&windows), due);
}

#[test]
fn places_in_examples_are_those_of_the_file() {
    let base = "[area]\ntitle = \"x\"\nname_zh = \"x\"\ndoc = \"x\"\n[[endpoint]]\nname = \"get_pet\"\n\
        summary = \"Says something of an animal.\"\nlink = \"https://example.com\"\nmethod = \"GET\"\npath = \"/x\"\n\
        accounts = [\"service\"]\n[endpoint.response]\n[[endpoint.example]]\n";
    for (example, place) in [
        // A literal string, a multi-line one, and a basic one without escapes can be followed.
        (r#"response = '{"宠": 1, "b": 2}'"#, vec!["14:14", "14:22"]),
        ("response = '''\n{\n \"b\": 2}'''", vec!["16:2"]),
        ("response = \"[]\"", vec!["14:13"]),
        // One with escapes can't: the message points at its beginning.
        (r#"response = "{\"b\": 2}""#, vec!["14:12"]),
    ] {
        let report = one(&format!("{base}{example}\n"));
        let places: Vec<String> = place.iter().map(|place| format!("api-spec/pets.toml:{place}: ")).collect();
        assert_eq!(report.lines().count(), places.len(), "{report}");
        for (line, place) in report.lines().zip(&places) {
            assert!(line.starts_with(place.as_str()), "{example}: {line}");
        }
    }
}

#[test]
fn nothing_makes_the_reader_panic() {
    let spec = std::fs::read_to_string(crate::path("api-spec/qrcode.toml")).unwrap();
    // Cut anywhere, or with a character dropped, the spec is at worst wrong.
    for (at, character) in spec.char_indices().step_by(41) {
        let dropped = format!("{}{}", &spec[..at], &spec[at + character.len_utf8()..]);
        for text in [spec[..at].to_owned(), dropped] {
            let name = "api-spec/qrcode.toml".to_owned();
            let _ = codegen::load(vec![SourceFile { name, text }]).map_err(|report| report.to_string());
        }
    }
}
