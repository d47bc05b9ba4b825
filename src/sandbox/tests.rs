//! Tests of the checks by themselves: on a small spec with every kind of field, and on all examples of
//! the spec. What the server does as a whole is tested from outside, in `tests/it/sandbox.rs`.

mod broken;
mod echo;
mod pairs;
mod refusal;
mod sample;
mod wire;

use std::sync::{LazyLock, OnceLock};

use serde_json::{json, Map, Value};

use self::sample::{code, field, flat, limited, list, named, other, required, spec, within};
use super::check::{Checker, Given};
use super::example::fails;
use super::request::{has_escapes, json_object, pairs};
use super::route::strays;
use super::tables::Tables;
use crate::spec::model::{Const, Content, Field, FieldErrors, Limits, Origin, Spec, Type};

/// Judges a record that has one field; the code and the words of a refusal.
fn judge(field: &Field, given: &Given<'_>) -> Result<(), (i64, String)> {
    static SPEC: LazyLock<Spec> = LazyLock::new(spec);
    let tables = Tables::new(&SPEC);
    let echoes = OnceLock::new();
    let verdict = Checker::new(&tables, &echoes).record(std::slice::from_ref(field), given, "");
    verdict.map_err(|refusal| (refusal.code, refusal.detail))
}

fn body(field: &Field, body: Value) -> Result<(), (i64, String)> {
    judge(field, &Given::Json(body.as_object().unwrap()))
}

fn query(field: &Field, text: &str) -> Result<(), (i64, String)> {
    judge(field, &Given::pairs(&pairs(text)))
}

fn refused(code: i64, detail: &str) -> Result<(), (i64, String)> {
    Err((code, detail.to_owned()))
}

/// Of a field of this type, the values that fit and those that are mistyped.
fn types(ty: Type, fit: &[Value], mistyped: &[Value]) {
    let field = field("f", ty);
    let ty = &field.ty.value;
    for value in fit {
        assert_eq!(body(&field, json!({ "f": value })), Ok(()), "{ty:?}: {value}");
    }
    for value in mistyped {
        let code = body(&field, json!({ "f": value })).map_err(|(code, _)| code);
        assert_eq!(code, Err(47001), "{ty:?}: {value}");
    }
}

#[test]
fn types_are_strict() {
    types(Type::String, &[json!(""), json!("a")], &[json!(1), Value::Null, json!(["a"])]);
    types(Type::I32, &[json!(-1), json!(2147483647)], &[json!("1"), json!(1.0), json!(2147483648_u32)]);
    types(Type::U32, &[json!(0), json!(4294967295_u32)], &[json!(-1), json!(4294967296_u64)]);
    types(Type::I64, &[json!(i64::MIN), json!(i64::MAX)], &[json!(u64::MAX), json!(true)]);
    types(Type::U64, &[json!(u64::MAX)], &[json!(-1), json!(1.5)]);
    types(Type::Decimal, &[json!(1), json!(1.5)], &[json!("1.5")]);
    types(Type::Bool, &[json!(true)], &[json!(1), json!("true")]);
    types(Type::Bool01, &[json!(0), json!(1)], &[json!(true), json!(2), json!("1")]);
    types(
        Type::Date,
        &[json!("2024-02-29"), json!("2000-02-29"), json!("2024-12-31")],
        &[
            json!("2023-02-29"),
            json!("1900-02-29"),
            json!("2024-13-01"),
            json!("2024-1-1"),
            json!("+024-01-01"),
            json!(1),
        ],
    );
    types(Type::Timestamp, &[json!(1700000000)], &[json!("1700000000")]);
    let text = |inner| Type::Text(Box::new(inner));
    types(text(Type::U32), &[json!("7")], &[json!(7), json!("seven"), json!("07"), json!("-7")]);
    types(text(Type::Bool01), &[json!("0"), json!("1")], &[json!("2"), json!(1)]);
    types(Type::Json, &[Value::Null, json!({"any": [1]})], &[]);
}

#[test]
fn types_with_parts_are_strict() {
    types(list(list(Type::String)), &[json!([]), json!([["a"]])], &[json!("a"), json!(["a"]), json!([[1]])]);
    // What may come as one bare object is sent as a list.
    types(Type::Many(Box::new(Type::U32)), &[json!([]), json!([1])], &[json!(1), json!(["1"])]);
    let map = Type::Map(Box::new(Type::U32));
    types(map, &[json!({}), json!({"a": 1})], &[json!({"a": "1"}), json!([])]);
    types(
        Type::JsonText(Box::new(named("Point"))),
        &[json!(r#"{"x":1}"#)],
        &[json!({"x": 1}), json!("{"), json!(r#"{"x":"1"}"#)],
    );
    types(named("Lang"), &[json!("en")], &[json!(1)]);
    types(named("Level"), &[json!(1)], &[json!("1")]);
    types(named("Tree"), &[json!({"sub": [{"sub": []}]})], &[json!({"sub": [{"sub": {}}]}), json!([])]);
}

#[test]
fn limits_name_the_field() {
    let limits = Limits { min_chars: Some(1), max_chars: Some(3), ..other(45158) };
    let text = limited(field("t", Type::String), limits);
    assert_eq!(body(&text, json!({"t": "二维码"})), Ok(()));
    assert_eq!(
        body(&text, json!({"t": "abcd"})),
        refused(45158, "`t` has 4 characters; at most 3 are allowed")
    );
    assert_eq!(body(&text, json!({"t": ""})), refused(45158, "`t` has 0 characters; at least 1 are due"));
    let bytes = limited(field("t", Type::String), Limits { max_bytes: Some(8), ..Limits::default() });
    assert_eq!(
        body(&bytes, json!({"t": "二维码"})),
        refused(40097, "`t` has 9 bytes; at most 8 are allowed")
    );
    let limits = Limits { min: Some(1), max: Some(9), ..Limits::default() };
    let number = limited(field("n", Type::Text(Box::new(Type::U32))), limits);
    assert_eq!(body(&number, json!({"n": "0"})), refused(40097, "`n` is too small; at least 1 is due"));
    assert_eq!(body(&number, json!({"n": "10"})), refused(40097, "`n` is too large; at most 9 is allowed"));
    let limits = Limits { min_items: Some(1), max_items: Some(2), max_chars: Some(1), ..Limits::default() };
    let list = limited(field("l", list(Type::String)), limits);
    assert_eq!(body(&list, json!({"l": []})), refused(40097, "`l` holds 0 items; at least 1 are due"));
    assert_eq!(
        body(&list, json!({"l": ["a", "b", "c"]})),
        refused(40097, "`l` holds 3 items; at most 2 are allowed")
    );
    assert_eq!(
        body(&list, json!({"l": ["a", "bc"]})),
        refused(40097, "`l[1]` has 2 characters; at most 1 are allowed")
    );
    let lang = limited(field("lang", named("Lang")), other(40035));
    assert_eq!(
        body(&lang, json!({"lang": "fr"})),
        refused(40035, "`lang` is `fr`; exactly one of `en`, `zh_CN` is allowed")
    );
}

#[test]
fn required_constant_and_unknown_fields() {
    let point = limited(required(field("p", named("Point"))), other(41009));
    assert_eq!(body(&point, json!({})), refused(41009, "`p` is missing"));
    assert_eq!(body(&point, json!({"p": {}})), refused(40097, "`p.x` is missing"));
    assert_eq!(body(&point, json!({"p": {"x": 1, "z": 2}})), refused(40097, "`p.z` is unknown"));
    assert_eq!(body(&point, json!({"p": {"x": 1}, "q": 1})), refused(40097, "`q` is unknown"));
    let constant = |name, value| {
        let origin = Origin::Const(value);
        Field { origin, ..required(field(name, Type::String)) }
    };
    let action = constant("action", Const::Text("add".to_owned()));
    assert_eq!(body(&action, json!({"action": "add"})), Ok(()));
    assert_eq!(body(&action, json!({})), refused(40097, "`action` is missing"));
    assert_eq!(
        body(&action, json!({"action": "del"})),
        refused(40097, "`action` is `del`; it must be `add`")
    );
    let flag = constant("flag", Const::Integer(1));
    assert!(body(&flag, json!({"flag": "1"})).is_err());
    assert!(query(&flag, "flag=1").is_ok());
}

#[test]
fn nested_paths() {
    let field = within(&["info", "scene"], required(field("id", Type::U32)));
    assert_eq!(body(&field, json!({"info": {"scene": {"id": 1}}})), Ok(()));
    assert_eq!(body(&field, json!({"info": {}})), refused(40097, "`info.scene.id` is missing"));
    assert_eq!(body(&field, json!({"info": 1})), refused(47001, "`info` must be an object"));
    let unknown = json!({"info": {"scene": {"id": 1, "ids": 2}}});
    assert_eq!(body(&field, unknown), refused(40097, "`info.scene.ids` is unknown"));
    let unknown = json!({"info": {"scene": {"id": 1}, "more": {}}});
    assert_eq!(body(&field, unknown), refused(40097, "`info.more` is unknown"));
}

#[test]
fn a_union_told_by_its_tag() {
    let message = limited(required(flat(field("m", named("Message")))), other(40008));
    let check = |value| body(&message, value);
    assert_eq!(check(json!({"text": {"x": 1}, "msgtype": "text"})), Ok(()));
    assert_eq!(check(json!({"msgtype": "image", "images": ["a"]})), Ok(()));
    assert_eq!(check(json!({"msgtype": "poke"})), Ok(()));
    assert_eq!(check(json!({})), refused(40008, "`msgtype` is missing"));
    assert_eq!(check(json!({"msgtype": "text"})), refused(40008, "`text` is missing"));
    assert_eq!(
        check(json!({"msgtype": "text", "text": {"x": "1"}})),
        refused(47001, "`text.x` must be an integer")
    );
    assert_eq!(check(json!({"msgtype": "image", "image": []})), refused(40008, "`images` is missing"));
    assert_eq!(
        check(json!({"msgtype": "fax"})),
        refused(40008, "`msgtype` is `fax`; exactly one of `text`, `image`, `poke` is allowed")
    );
    assert_eq!(check(json!({"msgtype": ["fax"]})), refused(47001, "`msgtype` must be a string"));
    assert_eq!(check(json!({"msgtype": "poke", "text": {"x": 1}})), refused(40097, "`text` is unknown"));

    let action = required(flat(field("a", named("Action"))));
    let check = |value| body(&action, value);
    assert_eq!(check(json!({"life": 60, "action": "DEEP", "info": {"scene": {"id": 1}}})), Ok(()));
    assert_eq!(
        check(json!({"action": "DEEP", "info": {"scene": {"id": 0}}})),
        refused(40053, "`info.scene.id` is too small; at least 1 is due")
    );
    assert_eq!(check(json!({"action": 5})), refused(40097, "`action` is `5`; only `DEEP` is allowed"));
}

#[test]
fn a_union_told_by_its_keys() {
    let told = required(field("t", named("Told")));
    let check = |value| body(&told, json!({ "t": value }));
    assert_eq!(check(json!({"x": 1})), Ok(()));
    assert_eq!(check(json!({"articles": [{"x": 1}]})), Ok(()));
    assert_eq!(
        check(json!({"articles": [{"x": 1}, {"y": 1}]})),
        refused(40097, "`t.articles[1].x` is missing")
    );
    assert!(check(json!({})).is_err());
    assert_eq!(
        check(json!({"x": 1, "articles": []})),
        refused(40097, "`t` holds 2 fields of a choice; exactly one of `articles`, `x` is allowed")
    );

    let source = required(flat(field("s", named("Source"))));
    assert_eq!(query(&source, "img_url=a"), Ok(()));
    assert_eq!(query(&source, "img=x"), refused(47001, "`img` must be an integer"));
    let none = "`the request` holds 0 fields of a choice; exactly one of `img_url`, `img` is allowed";
    assert_eq!(query(&source, ""), refused(40097, none));
    assert_eq!(query(&flat(field("s", named("Source"))), ""), Ok(()));
}

#[test]
fn an_object_beside_other_fields() {
    let object = flat(field("o", named("Point")));
    assert_eq!(body(&object, json!({})), Ok(()));
    assert_eq!(body(&object, json!({"y": 1})), refused(40097, "`x` is missing"));
    assert_eq!(body(&required(object), json!({})), refused(40097, "`x` is missing"));
}

#[test]
fn queries_are_text() {
    let number = required(field("n", Type::U32));
    assert_eq!(query(&number, "n=7"), Ok(()));
    assert_eq!(query(&number, "n=+7"), refused(47001, "`n` must be an integer"));
    assert_eq!(query(&number, "n=7&n=8"), refused(40097, "`n` is given twice"));
    assert_eq!(query(&number, "n=7&m"), refused(40097, "`m` is unknown"));
    assert_eq!(
        pairs("a=%E4%BA%8C+b&=&c"),
        [
            ("a".to_owned(), "二 b".to_owned()),
            (String::new(), String::new()),
            ("c".to_owned(), String::new())
        ]
    );
    assert_eq!(pairs("a=%FF%"), [("a".to_owned(), "\u{fffd}%".to_owned())]);
}

#[test]
fn json_bodies_are_read_strictly() {
    let code = |body: &[u8]| json_object(body).map_err(|refusal| refusal.code);
    assert_eq!(code(b""), Err(44002));
    assert_eq!(code(b"{"), Err(47001));
    assert_eq!(code(b"[]"), Err(47001));
    assert_eq!(code(b"{\"a\":\"\xff\"}"), Err(40033));
    assert_eq!(code(br#"{"a":"\u4e8c"}"#), Err(40033));
    assert_eq!(code(br#"{"a":"\u0001\\u4e8c\n\/"}"#).map(|object| object.len()), Ok(1));
    assert_eq!(code(&[b'['; 100_000]), Err(47001));
    for broken in ["\\", "\\u", "\\u12", "\\u二维", "\"\\u00"] {
        // Only a valid text is ever asked about; no other one may panic.
        has_escapes(broken);
    }
}

#[test]
fn every_example_of_the_spec_passes_the_checks() {
    let tables = Tables::load().unwrap();
    let echoes = OnceLock::new();
    let checker = Checker::new(tables, &echoes);
    assert!(tables.endpoints().count() > 0);
    for endpoint in tables.endpoints() {
        for example in &endpoint.examples {
            let passes = |verdict: Result<(), super::answer::Refusal>| {
                assert!(verdict.is_ok(), "{}: {verdict:?}", endpoint.name.value);
            };
            if fails(example) {
                // It may show just what a limit does.
                continue;
            }
            let mut query = pairs(super::example::text(&example.query));
            if let Content::Parts(fields) = endpoint.content() {
                strays(tables, fields, &mut query);
            }
            passes(checker.record(&endpoint.query, &Given::pairs(&query), ""));
            // An example names its files and does not hold them, so forms are left to tests from outside.
            if let Content::Json(fields) = endpoint.content() {
                let body = example.body.as_ref().map(|body| serde_json::from_str(&body.value).unwrap());
                let body: Map<String, Value> = body.unwrap_or_default();
                passes(checker.record(fields, &Given::Json(&body), ""));
            }
        }
    }
}

#[test]
fn a_fault_has_its_own_code() {
    let error = FieldErrors {
        missing: code(1),
        empty: code(2),
        small: code(3),
        large: code(4),
        kind: code(5),
        other: code(9),
        ..FieldErrors::default()
    };
    let limits = Limits { min_chars: Some(2), max_chars: Some(3), error, ..Limits::default() };
    let text = limited(required(field("f", Type::String)), limits);
    let found = |value: Value| body(&text, value).map_err(|(code, _)| code);
    assert_eq!(found(json!({})), Err(1));
    assert_eq!(found(json!({"f": ""})), Err(2));
    assert_eq!(found(json!({"f": "a"})), Err(3));
    assert_eq!(found(json!({"f": "abcd"})), Err(4));
    assert_eq!(found(json!({"f": 7})), Err(5));
    assert_eq!(found(json!({"f": "abc"})), Ok(()));
    // Without a code of its own, a fault has that of the field; a wrong type is a wrong type.
    let limits = Limits { min: Some(1), max: Some(2), ..other(9) };
    let number = limited(required(field("f", Type::U32)), limits);
    let found = |value: Value| body(&number, value).map_err(|(code, _)| code);
    assert_eq!([found(json!({})), found(json!({"f": 0})), found(json!({"f": 3}))], [Err(9), Err(9), Err(9)]);
    assert_eq!(found(json!({"f": "1"})), Err(47001));
    // An empty list is too small, unless that has a code.
    let error = FieldErrors { small: code(3), kind: code(5), ..FieldErrors::default() };
    let limits = Limits { min_items: Some(1), error, ..Limits::default() };
    let numbers = limited(field("f", list(Type::U32)), limits);
    let found = |value: Value| body(&numbers, value).map_err(|(code, _)| code);
    assert_eq!(
        [found(json!({"f": []})), found(json!({"f": 1})), found(json!({"f": ["a"]}))],
        [Err(3), Err(5), Err(5)]
    );
}

/// What is read lazily out of the spec must be readable.
#[test]
fn every_download_of_the_examples_has_bytes() {
    let examples = Tables::load().unwrap().endpoints().flat_map(|endpoint| &endpoint.examples);
    let downloads = examples.filter(|example| example.download.is_some()).map(|example| {
        let super::answer::Answer::File(file) = super::example::answer_of(example) else {
            panic!("{example:?}")
        };
        assert!(!file.bytes.is_empty(), "{example:?}");
    });
    assert!(downloads.count() > 5);
}
