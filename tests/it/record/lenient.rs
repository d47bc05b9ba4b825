//! What stands on the wire where something else is due: each type against each odd input, as one table.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};

use serde::de::DeserializeOwned;

use super::{read, refusal, write};

/// Two structs with one field of the type: it may be missing in the first, and not in the second.
macro_rules! holders {
    ($($name:ident $required:ident: $ty:ty $([$($flag:ident)*])?;)*) => {
        $(
            weixin::response! {
                /// May be missing.
                pub struct $name {
                    /// The value.
                    value: Option<$ty> = "value" $([$($flag)*])?;
                }
            }
            weixin::response! {
                /// Must be there.
                pub struct $required {
                    /// The value.
                    value: $ty = "value" [required $($($flag)*)?];
                }
            }
        )*
        const TYPES: &[(&str, fn(&str) -> String, fn(&str) -> String)] = &[
            $( (
                concat!(stringify!($ty) $(, $(" ", stringify!($flag)),*)?),
                |json| outcome::<$name, _>(json, |read| read.value.as_ref().map(written)),
                |json| outcome::<$required, _>(json, |read| Some(written(&read.value))),
            ), )*
        ];
    };
}

holders! {
    MaybeBool Bool: bool;
    MaybeBool01 Bool01: bool [bool01];
    MaybeI32 I32: i32;
    MaybeI64 I64: i64;
    MaybeU32 U32: u32;
    MaybeU64 U64: u64;
    MaybeU64Text U64Text: u64 [text];
    MaybeF64 F64: f64;
    MaybeText Text: String;
    MaybeDate Date: weixin::Date;
    MaybeTimestamp Timestamp: weixin::Timestamp;
    MaybeWind WindOf: Wind;
    MaybeLevel LevelOf: Level;
    MaybePart PartOf: Part;
    MaybeFull FullOf: Full;
    MaybeShape ShapeOf: Shape;
    MaybeJson Json: Part [json];
    MaybeMany Many: Vec<Part> [many];
    MaybeNumbers Numbers: Vec<i64>;
    MaybeNames Names: Vec<String>;
    MaybeMap Map: BTreeMap<String, u32>;
}

weixin::object! {
    /// Nothing in it is required.
    pub struct Part {
        /// A number.
        a: Option<u32> = "a" optional(u32);
    }
}
weixin::object! {
    /// Something in it is required.
    pub struct Full {
        /// A number.
        a: u32 = "a" required(u32) [required];
    }
}
weixin::open_enum! {
    /// Strings.
    pub enum Wind: string {
        /// A known one.
        North = "x",
        /// One that looks like a number.
        Seven = "7",
    }
}
weixin::open_enum! {
    /// Integers.
    pub enum Level: integer {
        /// A known one.
        Low = 1,
    }
}
weixin::one_of! {
    /// Told by the key.
    pub enum Shape (keyed) {
        /// The only one.
        A(u32) = "a";
    }
}

const INPUTS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "7",
    "-1",
    "1.0",
    "1.5",
    "1e3",
    "4294967296",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    r#""""#,
    r#""0""#,
    r#""1""#,
    r#"" 7 ""#,
    r#""-1""#,
    r#""1.5""#,
    r#""18446744073709551615""#,
    r#""true""#,
    r#""x""#,
    r#""{}""#,
    r#""{\"a\": 7}""#,
    "[]",
    "[1]",
    r#"["x"]"#,
    "[null]",
    "[{}]",
    "{}",
    r#"{"a": "7"}"#,
    r#"{"b": 7}"#,
];

fn written<T: serde::Serialize>(value: &T) -> String {
    write(value)
}

fn outcome<T: DeserializeOwned + Debug, F: Fn(&T) -> Option<String>>(json: &str, value: F) -> String {
    match serde_json::from_str::<T>(json) {
        Ok(read) => value(&read).unwrap_or_else(|| "none".to_owned()),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn every_type_against_every_odd_input() {
    let mut table = String::new();
    for (ty, maybe, required) in TYPES {
        let _ = writeln!(table, "{ty}");
        let rows = INPUTS.iter().map(|input| (*input, format!("{{\"value\": {input}}}")));
        for (input, json) in rows.chain([("(absent)", "{}".to_owned())]) {
            let (maybe, required) = (maybe(&json), required(&json));
            let _ = match maybe == required {
                true => writeln!(table, "    {input:24} {maybe}"),
                false => writeln!(table, "    {input:24} {maybe}, required: {required}"),
            };
        }
    }
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("lenient", table);
    });
}

weixin::response! {
    /// Lists and maps need no `Option`.
    pub struct Bare {
        /// A list.
        list: Vec<Part> = "list" [many];
        /// A map.
        map: BTreeMap<String, Part> = "map";
        /// Anything.
        any: Option<weixin::__private::Value> = "any";
        /// Anything.
        anything: Vec<weixin::__private::Value> = "anything";
        /// Nested.
        inner: Option<u32> = "outer" / "inner";
    }
}

#[test]
fn lists_and_maps_are_empty_where_there_is_none() {
    for json in [
        "{}",
        "null",
        "[]",
        r#""""#,
        r#"{"list": null, "map": null, "any": null, "anything": null, "outer": null}"#,
        r#"{"list": "", "map": "", "anything": "", "outer": ""}"#,
        r#"{"list": [], "map": [], "anything": [], "outer": []}"#,
        r#"{"list": [null], "map": {"x": null}, "outer": {"inner": null}}"#,
    ] {
        assert_eq!(write(&read::<Bare>(json)), "{}", "{json}");
    }
    assert_eq!(write(&read::<Bare>(r#"{"list": {"a": 1}}"#)), r#"{"list":[{"a":1}]}"#);
    // What is free of any shape is kept as it came, null among others included.
    let json = r#"{"any":[null,{"x":""}],"anything":[null,"",[]]}"#;
    assert_eq!(write(&read::<Bare>(json)), json);
}

#[test]
fn what_is_no_object_at_all_is_refused() {
    assert_eq!(refusal::<Bare>("7"), "expected an object, found 7");
    assert_eq!(refusal::<Bare>("true"), "expected an object, found true");
    assert_eq!(refusal::<Bare>(r#""x""#), "expected an object, found a string");
    assert_eq!(refusal::<Bare>("[1]"), "expected an object, found 1 at `[0]`");
    assert_eq!(refusal::<Bare>(r#"{"outer": 7}"#), "expected an object, found 7 at `outer`");
    assert_eq!(refusal::<Bare>(r#"{"map": 7}"#), "expected an object, found 7 at `map`");
    for json in ["null", r#""""#, "[]", "{}"] {
        assert_eq!(refusal::<Full>(json), "a required field is missing at `a`", "{json}");
    }
}

/// The last of several values under one key counts.
#[test]
fn a_key_that_stands_twice() {
    assert_eq!(read::<Full>(r#"{"a": 1, "a": 2}"#).a, 2);
    assert_eq!(refusal::<Full>(r#"{"a": 1, "a": null}"#), "a required field is missing at `a`");
    assert_eq!(write(&read::<PartOf>(r#"{"value": {"a": 1, "x": 1}, "value": {}}"#)), r#"{"value":{}}"#);
    assert_eq!(write(&read::<ShapeOf>(r#"{"value": {"a": 1}, "value": {"b": 2}}"#)), r#"{"value":{"b":2}}"#);
    assert_eq!(write(&read::<Bare>(r#"{"outer": {"inner": 1}, "outer": {}}"#)), "{}");
    assert_eq!(write(&read::<Bare>(r#"{"list": [{"a": 1}], "list": []}"#)), "{}");
    assert_eq!(write(&read::<Bare>(r#"{"map": {"x": {"a": 1}}, "map": {"y": {}}}"#)), r#"{"map":{"y":{}}}"#);
}

/// Numbers are exact to 64 bits and never pass through a float.
#[test]
fn large_numbers_are_exact() {
    for number in ["9007199254740993", "18446744073709551615"] {
        assert_eq!(read::<U64>(&format!("{{\"value\": {number}}}")).value.to_string(), number);
        assert_eq!(read::<U64>(&format!("{{\"value\": \"{number}\"}}")).value.to_string(), number);
        assert_eq!(read::<Text>(&format!("{{\"value\": {number}}}")).value, number);
        assert_eq!(
            write(&read::<U64Text>(&format!("{{\"value\": {number}}}"))),
            format!("{{\"value\":\"{number}\"}}")
        );
    }
    assert_eq!(read::<I64>(r#"{"value": -9223372036854775808}"#).value, i64::MIN);
}

weixin::response! {
    /// A field with other names.
    pub struct Renamed {
        /// The id.
        id: String = "id" also ["ident" "key"] [required];
        /// Inside an object.
        inner: Option<u32> = "outer" / "inner" also ["within"];
    }
}

#[test]
fn a_field_may_arrive_under_another_name() {
    for json in [r#"{"id":"a"}"#, r#"{"ident":"a"}"#, r#"{"key":"a"}"#] {
        let renamed: Renamed = serde_json::from_str(json).unwrap();
        assert_eq!((renamed.id.as_str(), renamed.unknown_fields.len()), ("a", 0), "{json}");
        assert_eq!(serde_json::to_string(&renamed).unwrap(), r#"{"id":"a"}"#);
    }
    // Its own name wins, whichever comes first.
    for json in [r#"{"id":"a","key":"b"}"#, r#"{"key":"b","id":"a"}"#] {
        let renamed: Renamed = serde_json::from_str(json).unwrap();
        assert_eq!(renamed.id, "a", "{json}");
    }
    let renamed: Renamed = serde_json::from_str(r#"{"id":"a","outer":{"within":7}}"#).unwrap();
    assert_eq!(renamed.inner, Some(7));
    // Elsewhere the name is unknown.
    let renamed: Renamed = serde_json::from_str(r#"{"id":"a","within":7}"#).unwrap();
    assert_eq!((renamed.inner, &renamed.unknown_fields["within"]), (None, &serde_json::json!(7)));
    assert!(serde_json::from_str::<Renamed>(r#"{"keys":"a"}"#).is_err());
}
