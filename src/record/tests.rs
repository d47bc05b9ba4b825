//! Strict reading, which forgives nothing and which no program meets, beside the lenient one.
//! What programs meet is tested from outside, in `tests/it/record.rs`.

// Of the types below only the reading is looked at.
#![allow(dead_code)]

use std::collections::BTreeMap;

use super::{read_target, Envelope, FieldType, Mode};

crate::object! {
    /// Every type.
    pub struct All {
        yes: Option<bool> = "yes" optional(bool);
        yes01: Option<bool> = "yes01" optional(bool) [bool01];
        yes_text: Option<bool> = "yes_text" optional(bool) [bool01 text];
        n: Option<u32> = "n" optional(u32);
        n_text: Option<u32> = "n_text" optional(u32) [text];
        share: Option<f64> = "share" optional(f64);
        name: Option<String> = "name" optional(impl Into<String>);
        day: Option<crate::Date> = "day" optional(impl Into<crate::Date>);
        wind: Option<Wind> = "wind" optional(impl Into<Wind>);
        level: Option<Level> = "level" optional(impl Into<Level>);
        level_text: Option<Level> = "level_text" optional(impl Into<Level>) [text];
        part: Option<Part> = "part" optional(Part);
        inner: Option<u32> = "outer" / "inner" optional(u32);
        list: Vec<u32> = "list" optional(impl Into<Vec<u32>>);
        many: Vec<Part> = "many" optional(impl Into<Vec<Part>>) [many];
        map: BTreeMap<String, u32> = "map" optional(impl Into<BTreeMap<String, u32>>);
        json: Option<Part> = "json" optional(Part) [json];
        any: Option<crate::__private::Value> = "any" optional(impl Into<crate::__private::Value>);
        shape: Option<Shape> = "shape" optional(impl Into<Shape>);
    }
}
crate::object! {
    /// A part.
    pub struct Part {
        n: u32 = "n" required(u32) [required];
    }
}
crate::open_enum! {
    /// Strings.
    pub enum Wind: string {
        /// A known one.
        North = "N",
    }
}
crate::open_enum! {
    /// Integers.
    pub enum Level: integer {
        /// A known one.
        Low = 1,
    }
}
crate::one_of! {
    /// A shape.
    pub enum Shape (beside, tag "kind") {
        /// A known one.
        Part(Part) = "part";
    }
}

/// What strict reading has against a text; the lenient one has nothing.
fn strict<T: FieldType>(json: &str) -> Option<(String, String)> {
    let read = |mode| {
        let mut value = T::blank();
        let (outcome, result) = read_target(&mut value, json, Envelope::None, mode);
        result.unwrap_or_else(|error| panic!("{json}: {error}"));
        outcome.issue.map(|issue| (issue.path, issue.message))
    };
    assert_eq!(read(Mode::Lenient), None, "{json}");
    read(Mode::Strict)
}

#[test]
fn the_exact_forms_are_taken() {
    for json in [
        "{}",
        r#"{"yes": true, "yes01": 1, "yes_text": "0", "n": 7, "n_text": "7", "share": 1, "name": "", "day": "2024-12-31"}"#,
        r#"{"wind": "new", "level": 9, "level_text": "1", "part": {"n": 1}, "outer": {"inner": 1}, "list": [], "map": {}}"#,
        r#"{"many": {"n": 1}, "json": "{\"n\": 1}", "any": null, "shape": {"n": 1, "kind": "part"}}"#,
        r#"{"share": 0.5, "many": [{"n": 1}], "any": [null, 1.5, "x"], "list": [4294967295]}"#,
    ] {
        assert_eq!(strict::<All>(json), None, "{json}");
    }
}

#[test]
fn what_the_platform_is_forgiven_is_not_forgiven_here() {
    for (json, path, message) in [
        (r#"{"yes": 1}"#, "yes", "expected a boolean, found 1"),
        (r#"{"yes": "true"}"#, "yes", "expected a boolean, found a string"),
        (r#"{"yes01": true}"#, "yes01", "expected a boolean, found true"),
        (r#"{"yes01": "1"}"#, "yes01", "expected a boolean, found a string"),
        (r#"{"yes_text": 1}"#, "yes_text", "expected a boolean, found 1"),
        (r#"{"n": "7"}"#, "n", "expected an integer, found a string"),
        (r#"{"n": true}"#, "n", "expected an integer, found true"),
        (r#"{"n": 7.0}"#, "n", "expected an integer, found 7"),
        (r#"{"n_text": 7}"#, "n_text", "expected an integer, found 7"),
        (r#"{"share": "0.5"}"#, "share", "expected a number, found a string"),
        (r#"{"name": 7}"#, "name", "expected a string, found 7"),
        (r#"{"day": 20241231}"#, "day", "expected a string, found 20241231"),
        (r#"{"wind": 7}"#, "wind", "expected a string, found 7"),
        (r#"{"level": "1"}"#, "level", "expected an integer, found a string"),
        (r#"{"level_text": 1}"#, "level_text", "expected an integer, found 1"),
        (r#"{"n": null}"#, "n", "expected an integer, found null"),
        (r#"{"n": ""}"#, "n", "expected an integer, found an empty string"),
        (r#"{"name": null}"#, "name", "expected a string, found null"),
        (r#"{"part": null}"#, "part", "expected an object, found null"),
        (r#"{"part": ""}"#, "part", "expected an object, found an empty string"),
        (r#"{"part": []}"#, "part", "expected an object, found a list"),
        (r#"{"outer": null}"#, "outer", "expected an object, found null"),
        (r#"{"outer": []}"#, "outer", "expected an object, found a list"),
        (r#"{"list": 7}"#, "list", "expected a list, found 7"),
        (r#"{"list": null}"#, "list", "expected a list, found null"),
        (r#"{"list": [1, null]}"#, "list[1]", "expected an integer, found null"),
        (r#"{"map": []}"#, "map", "expected an object, found a list"),
        (r#"{"map": {"a": null}}"#, "map.a", "expected an integer, found null"),
        (r#"{"json": {"n": 1}}"#, "json", "expected a string that holds JSON, found an object"),
        (r#"{"json": ""}"#, "json", "expected an object, found null"),
        (r#"{"shape": {}}"#, "shape", "`kind` is missing, which says what kind of Shape it is"),
        (r#"{"shape": {"kind": "new"}}"#, "shape", "the spec does not know the variant \"new\" of Shape"),
        (r#"{"shape": {"kind": "part", "n": 1, "x": 1}}"#, "shape.x", "the spec does not know this field"),
        (r#"{"part": {"n": 1, "x": 1}}"#, "part.x", "the spec does not know this field"),
        (r#"{"outer": {"x": 1}}"#, "outer.x", "the spec does not know this field"),
        (r#"{"x": 1}"#, "x", "the spec does not know this field"),
        (r#"{"many": [{"n": 1}, {"n": 1, "x": 1}]}"#, "many[1].x", "the spec does not know this field"),
    ] {
        assert_eq!(strict::<All>(json), Some((path.to_owned(), message.to_owned())), "{json}");
    }
}

#[test]
fn one_object_is_a_list_only_where_the_spec_says_so() {
    crate::response! {
        /// A list without `many`.
        pub struct Lists {
            parts: Vec<Part> = "parts";
        }
    }
    let issue = Some(("parts".to_owned(), "expected a list, found an object".to_owned()));
    assert_eq!(strict::<Lists>(r#"{"parts": {"n": 1}}"#), issue);
}

/// The envelope is read in the pass that fills the answer, wherever it stands and whatever else is wrong.
#[test]
fn an_error_code_wins_over_every_issue() {
    let read = |json: &str, envelope| {
        let mut value = All::blank();
        let (outcome, result) = read_target(&mut value, json, envelope, Mode::Strict);
        result.unwrap_or_else(|error| panic!("{json}: {error}"));
        (outcome.code, outcome.message, outcome.issue.map(|issue| issue.path))
    };
    for (json, envelope, code, message, issue) in [
        (r#"{"errcode": 0, "errmsg": "ok", "n": 1}"#, Envelope::Errcode, None, "ok", None),
        (r#"{"n": "x", "errmsg": "no", "errcode": 40013}"#, Envelope::Errcode, Some(40013), "no", Some("n")),
        (r#"{"errcode": "40013", "errcode": 0}"#, Envelope::Errcode, Some(40013), "", None),
        (r#"{"errcode": 0, "errcode": 40013}"#, Envelope::Errcode, Some(40013), "", None),
        (r#"{"errcode": -1, "errmsg": null}"#, Envelope::Errcode, Some(-1), "", None),
        (r#"{"errcode": " "}"#, Envelope::Errcode, None, "", None),
        (r#"{"errcode": "x"}"#, Envelope::Errcode, None, "", Some("errcode")),
        (r#"{"errcode": {"x": 1}}"#, Envelope::Errcode, None, "", Some("errcode")),
        (r#"{"base_resp": {"ret": 40013, "err_msg": "no"}}"#, Envelope::BaseResp, Some(40013), "no", None),
        (r#"{"base_resp": {"ret": 0, "err_msg": "ok"}}"#, Envelope::BaseResp, None, "ok", None),
        (r#"{"errcode": 40001, "errmsg": "no"}"#, Envelope::BaseResp, Some(40001), "no", None),
        (r#"{"base_resp": {"ret": 1, "err_msg": "no"}}"#, Envelope::Errcode, Some(1), "no", None),
        (
            r#"{"base_resp": {"errcode": "9001020", "errmsg": "no"}}"#,
            Envelope::Errcode,
            Some(9_001_020),
            "no",
            None,
        ),
        (r#"{"base_resp": {"errcode": 7}, "errcode": 0}"#, Envelope::Errcode, Some(7), "", None),
        (r#"{"base_resp": {"ret": 0}}"#, Envelope::Errcode, None, "", Some("base_resp")),
        (r#"{"base_resp": {"ret": "x"}}"#, Envelope::Errcode, None, "", Some("base_resp")),
        (r#"{"base_resp": {"ret": "x"}}"#, Envelope::BaseResp, None, "", Some("base_resp.ret")),
        (r#"{"part": {"n": 1, "errcode": 7}}"#, Envelope::Errcode, None, "", Some("part.errcode")),
        (r#"{"errcode": 7}"#, Envelope::None, None, "", Some("errcode")),
    ] {
        let due = (code, message.to_owned(), issue.map(str::to_owned));
        assert_eq!(read(json, envelope), due, "{json}");
    }
}

/// What a response holds beside its error code is an object, whatever its type requires.
#[test]
fn a_response_is_an_object() {
    crate::response! {
        /// Nothing is required.
        pub struct Nothing {
            /// A value.
            n: Option<u32> = "n";
        }
    }
    let read = |json: &str, envelope| {
        let mut value = Nothing::blank();
        let (outcome, result) = read_target(&mut value, json, envelope, Mode::Lenient);
        result.unwrap_or_else(|error| panic!("{json}: {error}"));
        outcome.issue.map(|issue| issue.message)
    };
    for (json, found) in [
        ("null", "null"),
        ("[]", "a list"),
        (r#"[{"n": 1}]"#, "a list"),
        (r#""""#, "an empty string"),
        (r#""ok""#, "a string"),
        ("0", "0"),
        ("false", "false"),
    ] {
        let due = Some(format!("expected an object, found {found}"));
        assert_eq!(read(json, Envelope::Errcode), due, "{json}");
        assert_eq!(read(json, Envelope::BaseResp), due, "{json}");
    }
    assert_eq!(read("{}", Envelope::Errcode), None);
    // Where it is no answer of a call, there is no more to it than to a value that is missing.
    assert_eq!(read("null", Envelope::None), None);
    assert_eq!(read("[]", Envelope::None), None);
}

/// Strictly, each missing field counts, wherever it is.
#[test]
fn a_missing_field_of_an_item_is_seen_strictly() {
    crate::response! {
        /// A list.
        pub struct Parts {
            /// Items.
            parts: Vec<Part> = "parts";
        }
    }
    let read = |mode| {
        let mut value = Parts::blank();
        let (outcome, result) =
            read_target(&mut value, r#"{"parts": [{"n": 1}, {}]}"#, Envelope::Errcode, mode);
        result.expect("JSON");
        outcome.issue.map(|issue| issue.path)
    };
    assert_eq!(read(Mode::Lenient), None);
    assert_eq!(read(Mode::Strict), Some("parts[1].n".to_owned()));
}

#[cfg(feature = "callback")]
mod push {
    use serde_json::{json, Value};

    use super::super::{deserialize_as, FieldType, Mode};
    use super::{All, Part, Shape};

    crate::response! {
        /// A push.
        pub struct Push {
            /// Who.
            to: String = "To" [required];
            /// When.
            time: crate::Timestamp = "Time" [required];
            /// What.
            kind: Option<Kind> = "kind" [flatten];
        }
    }
    crate::one_of! {
        /// The kinds.
        pub enum Kind (beside, tag "Type") {
            /// With all sorts of fields.
            Full(Full) = "full";
        }
    }
    crate::one_of! {
        /// With payloads under keys.
        pub enum Keyed (keyed, tag "Kind") {
            /// A number.
            Number(u32) = "number";
        }
    }
    crate::response! {
        /// All sorts of fields.
        pub struct Full {
            /// A number.
            n: i64 = "N" [required];
            /// One that may be missing.
            maybe: Option<u32> = "Maybe";
            /// A fraction.
            scale: f64 = "Scale" [required];
            /// A flag.
            flag: Option<bool> = "Flag";
            /// Text.
            text: String = "Text" [required];
            /// A list.
            list: Vec<u32> = "List";
            /// A list in an object.
            inner: Vec<Part> = "Outer" / "Inner";
            /// A record.
            part: Option<Part> = "Part";
            /// A record that must be there.
            all: All = "All" [required];
            /// A union.
            shape: Option<Shape> = "Shape";
            /// A union beside the fields.
            keyed: Option<Keyed> = "keyed" [flatten];
        }
    }

    fn read<T: FieldType>(json: &Value) -> T {
        deserialize_as(Mode::AnyCase, json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    fn full(json: &Value) -> Full {
        let push: Push = read(json);
        match push.kind {
            Some(Kind::Full(full)) => full,
            other => panic!("{other:?}"),
        }
    }

    /// Whatever stands under one key, the kind stays, the other fields too, and the value is kept as it is.
    #[test]
    fn a_value_that_does_not_fit_costs_only_itself() {
        let good = json!({
            "To": "a", "Time": 1, "Type": "full", "N": 7, "Maybe": 8, "Scale": 1.5, "Flag": true, "Text": "t",
            "List": [1], "Outer": {"Inner": [{"n": 1}]}, "Part": {"n": 2}, "All": {"n": 3}, "Kind": "number", "number": 9,
        });
        assert_eq!(serde_json::to_value(read::<Push>(&good)).expect("JSON"), good);
        let odd = [
            json!("abc"),
            json!("-"),
            json!(-1),
            json!(1.5),
            json!([1, "x"]),
            json!({"x": "y"}),
            json!([{"n": "x"}]),
        ];
        for key in ["N", "Maybe", "Scale", "Flag", "Text", "List", "Outer", "Part", "All", "number"] {
            for odd in &odd {
                let mut json = good.clone();
                json[key] = odd.clone();
                let full = full(&json);
                // What does not fit is reachable, somewhere within the kind of push.
                let written = serde_json::to_value(&full).expect("JSON");
                let kept = full.unknown_fields.get(key).is_some_and(|kept| kept == odd);
                let inner = full.all.unknown_fields.len()
                    + full.part.as_ref().map_or(0, |part| part.unknown_fields.len());
                let nested = full.unknown_fields.get("Outer").is_some()
                    || full.inner.iter().any(|part| !part.unknown_fields.is_empty());
                let fits = written.get(key) == Some(odd)
                    || matches!(
                        (key, odd),
                        ("N", Value::Number(_)) | ("Scale" | "Text", Value::String(_) | Value::Number(_))
                    );
                assert!(kept || inner > 0 || nested || fits, "{key} {odd}: {full:?}");
                if key != "Text" {
                    assert_eq!(full.text, "t", "{key} {odd}");
                }
                if key != "N" {
                    assert_eq!(full.n, 7, "{key} {odd}");
                }
            }
        }
    }

    #[test]
    fn an_option_stays_none_and_what_is_required_is_blank() {
        let full = full(&json!({
            "To": "a", "Time": 1, "type": "FULL", "n": "abc", "MAYBE": -1, "Scale": "-", "Flag": "perhaps",
            "Text": {"x": 1}, "List": [1, "x"], "Part": 5, "Shape": [1, 2], "Kind": "number", "number": "x",
        }));
        assert_eq!((full.n, full.maybe, full.scale, full.flag), (0, None, 0.0, None));
        assert_eq!((full.text.as_str(), full.list.len(), &full.part, &full.shape), ("", 0, &None, &None));
        for (key, value) in [
            ("N", json!("abc")),
            ("Maybe", json!(-1)),
            ("Scale", json!("-")),
            ("Flag", json!("perhaps")),
            ("Text", json!({"x": 1})),
            ("List", json!([1, "x"])),
            ("Part", json!(5)),
            ("Shape", json!([1, 2])),
            ("number", json!("x")),
        ] {
            assert_eq!(full.unknown_fields.get(key), Some(&value), "{key}");
        }
        // What nothing known is written for is written as it came.
        let written = serde_json::to_value(&full).expect("JSON");
        assert_eq!(
            (&written["Maybe"], &written["Flag"], &written["Part"]),
            (&json!(-1), &json!("perhaps"), &json!(5))
        );
    }

    #[test]
    fn a_push_without_its_own_fields_is_none() {
        let refusal =
            |json: Value| deserialize_as::<Push>(Mode::AnyCase, &json).expect_err("incomplete").to_string();
        assert_eq!(refusal(json!({"Time": 1})), "a required field is missing at `To`");
        assert_eq!(
            refusal(json!({"To": "a", "Time": "x", "Type": "full"})),
            "a required field does not fit at `Time`"
        );
        let push: Push = read(&json!({"To": "a", "Time": 1, "Type": "full"}));
        assert!(matches!(push.kind, Some(Kind::Full(_))), "{push:?}");
    }
}
