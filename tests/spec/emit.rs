//! What the generator makes of the real spec, as snapshots: a change of the spec shows its effect in their diff.
//! What it says about broken specs is tested in `diagnostics.rs`.

use std::collections::BTreeSet;

use crate::codegen::emit::emit;
use crate::spec::model::{SourceFile, Spec};
use crate::spec::{reader, writer};
use crate::{codegen, files, path, real, spec};

fn grammar_files() -> Vec<SourceFile> {
    spec::read_folder(&path("tests/grammar")).unwrap()
}

/// A made-up spec that uses every word of the grammar.
fn grammar() -> Spec {
    codegen::load(grammar_files()).unwrap_or_else(|report| panic!("{report}"))
}

/// Name and bytes of everything that the build writes.
fn emitted(spec: &Spec) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = emit(spec).into_iter().map(|file| (file.name, file.text.into_bytes())).collect();
    all.push(("spec.bin".to_owned(), writer::write(spec)));
    all
}

/// The areas whose text is kept: the heart of the crate, and one of each further kind.
const REVIEWED: [&str; 11] = [
    "area_custom_message",
    "area_event_message",
    "area_mass",
    "area_material",
    "area_menu",
    "area_oauth",
    "area_passive_reply",
    "area_qrcode",
    "area_user",
    "events",
    "layouts",
];

fn keep(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_reviewed_areas_are_as_they_were() {
    let files = emit(real());
    for name in REVIEWED {
        let file = files.iter().find(|file| file.name.strip_suffix(".rs") == Some(name));
        keep(name, &file.unwrap_or_else(|| panic!("no file `{name}.rs`")).text);
    }
}

/// Every word of the grammar stands in `tests/grammar`: this shows what is made of each.
#[test]
fn every_word_of_the_grammar_is_emitted_as_it_was() {
    for file in emit(&grammar()) {
        keep(&format!("grammar_{}", file.name.trim_end_matches(".rs")), &file.text);
    }
}

#[test]
fn every_snapshot_belongs_to_a_file() {
    let grammar = emit(&grammar()).into_iter();
    let grammar = grammar.map(|file| format!("grammar_{}", file.name.trim_end_matches(".rs")));
    let names: BTreeSet<String> = REVIEWED.into_iter().map(str::to_owned).chain(grammar).collect();
    for entry in std::fs::read_dir(path("tests/spec/snapshots")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = name.strip_prefix("spec__emit__").and_then(|name| name.strip_suffix(".snap"));
        if let Some(file) = file {
            assert!(names.contains(file), "{name} belongs to no file");
        }
    }
}

/// The keys that `api-spec/README.md` explains, from the first column of its tables.
#[test]
fn the_grammar_s_spec_uses_every_key() {
    let readme = std::fs::read_to_string(path("api-spec/README.md")).unwrap();
    let mut keys = BTreeSet::new();
    let mut in_table = false;
    for line in readme.lines() {
        let first = line.strip_prefix("| ").and_then(|line| line.split(" | ").next());
        match first {
            Some(head) if head == "key" || head.starts_with("word of") => in_table = true,
            Some(cell) if in_table => {
                keys.extend(cell.split(", ").filter_map(|key| key.strip_prefix('`')?.strip_suffix('`')))
            }
            Some(_) => {}
            None => in_table &= line.starts_with("|--"),
        }
    }
    assert!(keys.len() > 60, "the tables of the README were read: {keys:?}");
    let texts: Vec<String> = grammar_files().into_iter().map(|file| file.text).collect();
    let text = texts.join("\n");
    let used = |key: &str| {
        [format!("{key} = "), format!(".{key}]"), format!(".{key}.")].iter().any(|form| text.contains(form))
    };
    let missing: Vec<_> = keys.into_iter().filter(|key| !used(key)).collect();
    assert!(missing.is_empty(), "tests/grammar does not use {missing:?}");
}

#[test]
fn the_text_depends_on_nothing_but_the_spec() {
    let due = emitted(real());
    assert!(due.len() > 5);
    assert!(emitted(real()) == due, "a second run");
    let mut turned = files();
    for _ in 0..3 {
        turned.rotate_left(7);
        let spec = codegen::load(turned.clone()).unwrap();
        assert!(emitted(&spec) == due, "the files in another order");
    }
    turned.reverse();
    assert!(emitted(&codegen::load(turned).unwrap()) == due, "the files backwards");
}

/// The text of an area is macro calls and nothing else: brackets close, and only known macros are called.
#[test]
fn an_area_is_calls_of_macros() {
    const KNOWN: [&str; 9] = [
        "endpoint! {",
        "browser_url! {",
        "response! {",
        "object! {",
        "open_enum! {",
        "one_of! {",
        "methods! {",
        "methods! { url",
        "paged! {",
    ];
    for file in emit(real()).into_iter().filter(|file| file.name.starts_with("area_")) {
        for line in file.text.lines().filter(|line| !line.is_empty() && !line.starts_with([' ', '}', '#'])) {
            let known = KNOWN.contains(&line)
                || line.starts_with("default_from_new! { ")
                || line.starts_with("from_text! { ")
                || line.starts_with("pub use crate::");
            assert!(known, "{}: {line}", file.name);
        }
        let starts =
            file.text.lines().filter(|line| line.ends_with("! {") || line.ends_with("! { url")).count();
        let ends = file.text.lines().filter(|line| *line == "}").count();
        assert_eq!(starts, ends, "{}", file.name);
    }
}

/// A renamed endpoint goes on working under its old name, with a warning.
#[test]
fn a_former_name_is_a_deprecated_alias() {
    let mut files = files();
    let file = files.iter_mut().find(|file| file.name.ends_with("/qrcode.toml")).unwrap();
    let renamed = "name = \"create_qrcode\"\nformerly = [\"make_qrcode\"]";
    file.text = file.text.replacen("name = \"create_qrcode\"", renamed, 1);
    let spec = codegen::load(files).unwrap();
    let area = emit(&spec).into_iter().find(|file| file.name == "area_qrcode.rs").unwrap().text;
    for due in [
        "#[deprecated(note = \"renamed: use `create_qrcode`\")]\npub type MakeQrcode = CreateQrcode;\n",
        "#[deprecated(note = \"renamed: use `create_qrcode`\")]\npub type MakeQrcodeResponse = CreateQrcodeResponse;\n",
        "    #[deprecated(note = \"renamed: use `create_qrcode`\")]\n    make_qrcode(CreateQrcode) -> CreateQrcodeResponse;\n",
    ] {
        assert!(area.contains(due), "{due}");
    }
}

/// What can hold itself is boxed, in the field and in its setter.
#[test]
fn a_type_that_holds_itself_is_boxed() {
    let text = r#"
[area]
title = "Trees"
name_zh = "树"
doc = "For a test."

[[endpoint]]
name = "plant_tree"
summary = "Puts something into the ground."
link = "https://example.com"
method = "POST"
path = "/plant"
accounts = ["service"]
[endpoint.body]
stem = { type = "Stem", required = true, doc = "What grows there." }
[endpoint.response]
[[endpoint.example]]
body = '{"stem": {"grown": {"kind": "twig", "other": {}}}}'
response = '{"errcode": 0}'

[[object]]
name = "Stem"
doc = "Something that grows."
[object.fields]
grown = { type = "Growth", doc = "What came out of it." }
other = { type = "Stem", doc = "What stands beside it." }
all = { type = "[Stem]", doc = "What stands around it." }

[[union]]
name = "Growth"
doc = "One of several kinds."
tag = "kind"
payload = "beside"
[union.variants]
twig = { type = "Stem", doc = "Again something that grows." }
"#;
    let file = SourceFile { name: "api-spec/tree.toml".to_owned(), text: text.to_owned() };
    let spec = codegen::load(vec![file]).unwrap_or_else(|report| panic!("{report}"));
    let area = emit(&spec).into_iter().find(|file| file.name == "area_tree.rs").unwrap().text;
    for line in [
        r#"grown: Option<Box<Growth>> = "grown" optional(impl Into<Box<Growth>>);"#,
        r#"other: Option<Box<Stem>> = "other" optional(Stem);"#,
        r#"all: Vec<Stem> = "all" optional each(Stem);"#,
    ] {
        assert!(area.contains(line), "{line}\n{area}");
    }
}

#[test]
fn what_comes_in_pages_can_be_walked() {
    let spec = real();
    let paged =
        spec.areas.iter().flat_map(|area| &area.endpoints).filter(|endpoint| endpoint.paging.is_some());
    let walked: usize = emit(spec).iter().map(|file| file.text.matches("paged! {").count()).sum();
    assert_eq!(walked, paged.count());
}

/// What the sandbox reads is what the build described, but for what is left out on purpose.
#[test]
fn the_model_is_read_as_it_was_written() {
    for spec in [real(), &grammar()] {
        let bytes = writer::write(spec);
        let read = reader::read(&bytes).expect("the bytes of a spec");
        assert!(writer::write(&read) == bytes);
        let endpoints = |spec: &Spec| spec.areas.iter().map(|area| area.endpoints.len()).sum::<usize>();
        assert_eq!(endpoints(&read), endpoints(spec));
        assert_eq!(read.errors.len(), spec.errors.len());
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            assert!(reader::read(&bytes[..cut]).is_none(), "cut at {cut}");
        }
        assert!(reader::read(&[&bytes[..], &[0]].concat()).is_none(), "something behind it");
        assert!(reader::read(&[0xff; 40]).is_none(), "a number without an end");
    }
}
