//! Tests of the checks by themselves: on a small catalogue with every kind of field, and on all examples of
//! the spec. What the server does as a whole is tested from outside, in `tests/it/sandbox.rs`.

mod broken;
mod echo;
mod pairs;
mod refusal;
mod wire;

use std::sync::OnceLock;

use serde_json::{json, Map, Value};

use super::catalogue::{Catalogue, Content};
use super::check::{Checker, Given};
use super::request::{has_escapes, json_object, pairs};
use super::route::strays;

/// One endpoint whose body has the field under test.
fn catalogue(field: Value) -> Catalogue {
    let text = json!({
        "endpoints": [{
            "name": "try", "method": "POST", "path": "/try", "auth": "none", "accounts": ["service"],
            "query": [field.clone()], "body": [field], "returns": "json", "envelope": "errcode",
        }],
        "objects": {
            "Point": [{"name": "x", "type": "i32", "required": true}, {"name": "y", "type": "i32"}],
            "Deep": [
                {"name": "life", "type": "u32"},
                {"name": "id", "type": "u32", "required": true, "path": ["info", "scene"], "min": 1,
                 "error": {"other": 40053}},
            ],
            "Articles": [
                {"name": "articles", "type": {"list": {"ref": "Point"}}, "required": true, "max_items": 2},
            ],
            "Tree": [{"name": "sub", "type": {"list": {"ref": "Tree"}}}],
        },
        "enums": {
            "Lang": {"integer": false, "values": ["en", "zh_CN"]},
            "Level": {"integer": true, "values": ["0", "1"]},
        },
        "unions": {
            "Message": {"tag": "msgtype", "keyed": true, "variants": [
                {"tag": "text", "key": "text", "type": {"ref": "Point"}},
                {"tag": "image", "key": "images", "type": {"list": "string"}},
                {"tag": "poke", "key": "poke", "type": null},
            ]},
            "Action": {"tag": "action", "keyed": false, "variants": [
                {"tag": "DEEP", "type": {"ref": "Deep"}},
            ]},
            "Told": {"tag": null, "keyed": false, "variants": [
                {"tag": "articles", "type": {"ref": "Articles"}}, {"tag": "x", "type": {"ref": "Point"}},
            ]},
            "Source": {"tag": null, "keyed": true, "variants": [
                {"tag": "img_url", "key": "img_url", "type": "string"},
                {"tag": "img", "key": "img", "type": "u32"},
            ]},
        },
        "errors": {},
    });
    Catalogue::parse(&text.to_string()).unwrap()
}

/// Judges a body; the code and the words of a refusal.
fn body(field: Value, body: Value) -> Result<(), (i64, String)> {
    let catalogue = catalogue(field);
    let Content::Json(fields) = &catalogue.endpoints[0].content else { panic!("a JSON body") };
    let object = body.as_object().unwrap();
    let verdict = Checker::new(&catalogue, &OnceLock::new()).record(fields, &Given::Json(object), "");
    verdict.map_err(|refusal| (refusal.code, refusal.detail))
}

fn query(field: Value, text: &str) -> Result<(), (i64, String)> {
    let catalogue = catalogue(field);
    let pairs = pairs(text);
    let verdict = Checker::new(&catalogue, &OnceLock::new()).record(
        &catalogue.endpoints[0].query,
        &Given::pairs(&pairs),
        "",
    );
    verdict.map_err(|refusal| (refusal.code, refusal.detail))
}

fn refused(code: i64, detail: &str) -> Result<(), (i64, String)> {
    Err((code, detail.to_owned()))
}

/// Of a field of this type, the values that fit and those that are mistyped.
fn types(ty: Value, fit: &[Value], mistyped: &[Value]) {
    let field = json!({"name": "f", "type": ty});
    for value in fit {
        assert_eq!(body(field.clone(), json!({ "f": value })), Ok(()), "{ty}: {value}");
    }
    for value in mistyped {
        let code = body(field.clone(), json!({ "f": value })).map_err(|(code, _)| code);
        assert_eq!(code, Err(47001), "{ty}: {value}");
    }
}

#[test]
fn types_are_strict() {
    types(json!("string"), &[json!(""), json!("a")], &[json!(1), Value::Null, json!(["a"])]);
    types(json!("i32"), &[json!(-1), json!(2147483647)], &[json!("1"), json!(1.0), json!(2147483648_u32)]);
    types(json!("u32"), &[json!(0), json!(4294967295_u32)], &[json!(-1), json!(4294967296_u64)]);
    types(json!("i64"), &[json!(i64::MIN), json!(i64::MAX)], &[json!(u64::MAX), json!(true)]);
    types(json!("u64"), &[json!(u64::MAX)], &[json!(-1), json!(1.5)]);
    types(json!("decimal"), &[json!(1), json!(1.5)], &[json!("1.5")]);
    types(json!("bool"), &[json!(true)], &[json!(1), json!("true")]);
    types(json!("bool01"), &[json!(0), json!(1)], &[json!(true), json!(2), json!("1")]);
    types(
        json!("date"),
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
    types(json!("timestamp"), &[json!(1700000000)], &[json!("1700000000")]);
    types(
        json!({"list": {"list": "string"}}),
        &[json!([]), json!([["a"]])],
        &[json!("a"), json!(["a"]), json!([[1]])],
    );
    types(json!({"map": "u32"}), &[json!({}), json!({"a": 1})], &[json!({"a": "1"}), json!([])]);
    types(json!({"text": "u32"}), &[json!("7")], &[json!(7), json!("seven"), json!("07"), json!("-7")]);
    types(json!({"text": "bool01"}), &[json!("0"), json!("1")], &[json!("2"), json!(1)]);
    types(
        json!({"json": {"ref": "Point"}}),
        &[json!(r#"{"x":1}"#)],
        &[json!({"x": 1}), json!("{"), json!(r#"{"x":"1"}"#)],
    );
    types(json!({"ref": "Lang"}), &[json!("en")], &[json!(1)]);
    types(json!({"ref": "Level"}), &[json!(1)], &[json!("1")]);
    types(
        json!({"ref": "Tree"}),
        &[json!({"sub": [{"sub": []}]})],
        &[json!({"sub": [{"sub": {}}]}), json!([])],
    );
    types(json!("json"), &[Value::Null, json!({"any": [1]})], &[]);
}

#[test]
fn limits_name_the_field() {
    let text =
        json!({"name": "t", "type": "string", "min_chars": 1, "max_chars": 3, "error": {"other": 45158}});
    assert_eq!(body(text.clone(), json!({"t": "二维码"})), Ok(()));
    assert_eq!(
        body(text.clone(), json!({"t": "abcd"})),
        refused(45158, "`t` has 4 characters; at most 3 are allowed")
    );
    assert_eq!(body(text, json!({"t": ""})), refused(45158, "`t` has 0 characters; at least 1 are due"));
    let bytes = json!({"name": "t", "type": "string", "max_bytes": 8});
    assert_eq!(body(bytes, json!({"t": "二维码"})), refused(40097, "`t` has 9 bytes; at most 8 are allowed"));
    let number = json!({"name": "n", "type": {"text": "u32"}, "min": 1, "max": 9});
    assert_eq!(
        body(number.clone(), json!({"n": "0"})),
        refused(40097, "`n` is too small; at least 1 is due")
    );
    assert_eq!(body(number, json!({"n": "10"})), refused(40097, "`n` is too large; at most 9 is allowed"));
    let list =
        json!({"name": "l", "type": {"list": "string"}, "min_items": 1, "max_items": 2, "max_chars": 1});
    assert_eq!(body(list.clone(), json!({"l": []})), refused(40097, "`l` holds 0 items; at least 1 are due"));
    assert_eq!(
        body(list.clone(), json!({"l": ["a", "b", "c"]})),
        refused(40097, "`l` holds 3 items; at most 2 are allowed")
    );
    assert_eq!(
        body(list, json!({"l": ["a", "bc"]})),
        refused(40097, "`l[1]` has 2 characters; at most 1 are allowed")
    );
    let lang = json!({"name": "lang", "type": {"ref": "Lang"}, "error": {"other": 40035}});
    assert_eq!(
        body(lang, json!({"lang": "fr"})),
        refused(40035, "`lang` is `fr`; exactly one of `en`, `zh_CN` is allowed")
    );
}

#[test]
fn required_constant_and_unknown_fields() {
    let point = json!({"name": "p", "type": {"ref": "Point"}, "required": true, "error": {"other": 41009}});
    assert_eq!(body(point.clone(), json!({})), refused(41009, "`p` is missing"));
    assert_eq!(body(point.clone(), json!({"p": {}})), refused(40097, "`p.x` is missing"));
    assert_eq!(body(point.clone(), json!({"p": {"x": 1, "z": 2}})), refused(40097, "`p.z` is unknown"));
    assert_eq!(body(point, json!({"p": {"x": 1}, "q": 1})), refused(40097, "`q` is unknown"));
    let action = json!({"name": "action", "const": "add"});
    assert_eq!(body(action.clone(), json!({"action": "add"})), Ok(()));
    assert_eq!(body(action.clone(), json!({})), refused(40097, "`action` is missing"));
    assert_eq!(body(action, json!({"action": "del"})), refused(40097, "`action` is `del`; it must be `add`"));
    assert!(body(json!({"name": "flag", "const": 1}), json!({"flag": "1"})).is_err());
    assert!(query(json!({"name": "flag", "const": 1}), "flag=1").is_ok());
}

#[test]
fn nested_paths() {
    let field = json!({"name": "id", "type": "u32", "required": true, "path": ["info", "scene"]});
    assert_eq!(body(field.clone(), json!({"info": {"scene": {"id": 1}}})), Ok(()));
    assert_eq!(body(field.clone(), json!({"info": {}})), refused(40097, "`info.scene.id` is missing"));
    assert_eq!(body(field.clone(), json!({"info": 1})), refused(47001, "`info` must be an object"));
    let unknown = json!({"info": {"scene": {"id": 1, "ids": 2}}});
    assert_eq!(body(field.clone(), unknown), refused(40097, "`info.scene.ids` is unknown"));
    let unknown = json!({"info": {"scene": {"id": 1}, "more": {}}});
    assert_eq!(body(field, unknown), refused(40097, "`info.more` is unknown"));
}

#[test]
fn unions() {
    let message = json!({"name": "m", "type": {"ref": "Message"}, "flatten": true, "required": true, "error": {"other": 40008}});
    let check = |value| body(message.clone(), value);
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
    assert_eq!(check(json!({"msgtype": "poke", "text": {"x": 1}})), refused(40097, "`text` is unknown"));

    let action = json!({"name": "a", "type": {"ref": "Action"}, "flatten": true, "required": true});
    let check = |value| body(action.clone(), value);
    assert_eq!(check(json!({"life": 60, "action": "DEEP", "info": {"scene": {"id": 1}}})), Ok(()));
    assert_eq!(
        check(json!({"action": "DEEP", "info": {"scene": {"id": 0}}})),
        refused(40053, "`info.scene.id` is too small; at least 1 is due")
    );
    assert_eq!(check(json!({"action": 5})), refused(40097, "`action` is `5`; only `DEEP` is allowed"));

    let told = json!({"name": "t", "type": {"ref": "Told"}, "required": true});
    let check = |value| body(told.clone(), json!({ "t": value }));
    assert_eq!(check(json!({"x": 1})), Ok(()));
    assert_eq!(check(json!({"articles": [{"x": 1}]})), Ok(()));
    assert_eq!(
        check(json!({"articles": [{"x": 1}, {"y": 1}]})),
        refused(40097, "`t.articles[1].x` is missing")
    );
    assert!(check(json!({})).is_err());
    assert!(check(json!({"x": 1, "articles": []})).is_err());

    let source = json!({"name": "s", "type": {"ref": "Source"}, "flatten": true, "required": true});
    assert_eq!(query(source.clone(), "img_url=a"), Ok(()));
    assert_eq!(query(source.clone(), "img=x"), refused(47001, "`img` must be an integer"));
    let none = "`the request` holds 0 fields of a choice; exactly one of `img_url`, `img` is allowed";
    assert_eq!(query(source, ""), refused(40097, none));
    let optional = json!({"name": "s", "type": {"ref": "Source"}, "flatten": true});
    assert_eq!(query(optional, ""), Ok(()));

    let object = json!({"name": "o", "type": {"ref": "Point"}, "flatten": true});
    assert_eq!(body(object.clone(), json!({})), Ok(()));
    assert_eq!(body(object, json!({"y": 1})), refused(40097, "`x` is missing"));
}

#[test]
fn queries_are_text() {
    let number = json!({"name": "n", "type": "u32", "required": true});
    assert_eq!(query(number.clone(), "n=7"), Ok(()));
    assert_eq!(query(number.clone(), "n=+7"), refused(47001, "`n` must be an integer"));
    assert_eq!(query(number.clone(), "n=7&n=8"), refused(40097, "`n` is given twice"));
    assert_eq!(query(number, "n=7&m"), refused(40097, "`m` is unknown"));
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
    let catalogue = Catalogue::load().unwrap();
    let echoes = OnceLock::new();
    let checker = Checker::new(catalogue, &echoes);
    assert!(!catalogue.endpoints.is_empty());
    for endpoint in &catalogue.endpoints {
        for example in &endpoint.examples {
            let passes = |verdict: Result<(), super::answer::Refusal>| {
                assert!(verdict.is_ok(), "{}: {verdict:?}", endpoint.name);
            };
            if example.fails {
                // It may show just what a limit does.
                continue;
            }
            let mut query = pairs(example.query.as_deref().unwrap_or_default());
            if let Content::Parts(fields) = &endpoint.content {
                strays(catalogue, fields, &mut query);
            }
            passes(checker.record(&endpoint.query, &Given::pairs(&query), ""));
            let empty = Map::new();
            // The catalogue carries no files, so the forms of examples are left to tests from outside.
            if let Content::Json(fields) = &endpoint.content {
                let body = example.body.as_ref().and_then(Value::as_object).unwrap_or(&empty);
                passes(checker.record(fields, &Given::Json(body), ""));
            }
        }
    }
}

#[test]
fn a_fault_has_its_own_code() {
    let field = json!({
        "name": "f", "type": "string", "required": true, "min_chars": 2, "max_chars": 3,
        "error": {"missing": 1, "empty": 2, "small": 3, "large": 4, "type": 5, "other": 9}
    });
    let code = |value: Value| body(field.clone(), value).map_err(|(code, _)| code);
    assert_eq!(code(json!({})), Err(1));
    assert_eq!(code(json!({"f": ""})), Err(2));
    assert_eq!(code(json!({"f": "a"})), Err(3));
    assert_eq!(code(json!({"f": "abcd"})), Err(4));
    assert_eq!(code(json!({"f": 7})), Err(5));
    assert_eq!(code(json!({"f": "abc"})), Ok(()));
    // Without a code of its own, a fault has that of the field; a wrong type is a wrong type.
    let field =
        json!({"name": "f", "type": "u32", "required": true, "min": 1, "max": 2, "error": {"other": 9}});
    let code = |value: Value| body(field.clone(), value).map_err(|(code, _)| code);
    assert_eq!([code(json!({})), code(json!({"f": 0})), code(json!({"f": 3}))], [Err(9), Err(9), Err(9)]);
    assert_eq!(code(json!({"f": "1"})), Err(47001));
    // An empty list is too small, unless that has a code.
    let field = json!({
        "name": "f", "type": {"list": "u32"}, "min_items": 1, "error": {"small": 3, "type": 5}
    });
    let code = |value: Value| body(field.clone(), value).map_err(|(code, _)| code);
    assert_eq!(
        [code(json!({"f": []})), code(json!({"f": 1})), code(json!({"f": ["a"]}))],
        [Err(3), Err(5), Err(5)]
    );
}
