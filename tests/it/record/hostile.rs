//! JSON that nobody writes by accident: nested without end, numbers at the edges of their types, keys of all sorts.

use serde_json::{json, Value};

use super::{read, refusal, write};
use crate::record::shape::{Deep, Nested};
use crate::record::unknown::{Age, Holder, Words};

weixin::response! {
    /// Every kind of number, and what may hold anything.
    pub struct Numbers {
        /// Signed, 32 bits.
        a: Option<i32> = "a";
        /// Signed, 64 bits.
        b: Option<i64> = "b";
        /// Unsigned, 32 bits.
        c: Option<u32> = "c";
        /// Unsigned, 64 bits.
        d: Option<u64> = "d";
        /// A fraction.
        e: Option<f64> = "e";
        /// Text.
        f: Option<String> = "f";
        /// Anything.
        g: Option<Value> = "g";
        /// A flag.
        h: Option<bool> = "h";
    }
}

/// `inner` within very many objects or lists.
fn deep(open: &str, close: &str, inner: &str, depth: usize) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn nesting_without_end_is_an_error_wherever_it_stands() {
    let depth = 10_000;
    let lists = deep("[", "]", "1", depth);
    let objects = deep("{\"a\":", "}", "1", depth);
    let mut count = 0;
    for inner in [&lists, &objects] {
        let quoted = Value::from(inner.as_str()).to_string();
        for json in [
            inner.clone(),
            format!("{{\"unknown\":{inner}}}"),
            format!("{{\"data\":{inner}}}"),
            format!("{{\"data\":{{\"openid\":{inner}}}}}"),
            format!("{{\"data\":{{\"unknown\":{inner}}}}}"),
            format!("{{\"grid\":{inner}}}"),
            format!("{{\"grid\":[[{inner}]]}}"),
            format!("{{\"map\":{inner}}}"),
            format!("{{\"map\":{{\"k\":{inner}}}}}"),
            format!("{{\"list\":{inner}}}"),
            format!("{{\"list\":[{inner}]}}"),
            format!("{{\"json\":{inner}}}"),
            format!("{{\"json\":{quoted}}}"),
            format!(
                "{{\"json\":\"{{\\\"info\\\":{{\\\"scene\\\":{{\\\"id\\\":1}}}},\\\"x\\\":{}}}\"}}",
                inner.replace('"', "\\\"")
            ),
            format!("{{\"deep\":{inner}}}"),
            deep("{\"deep\":", "}", "{}", depth),
            deep("{\"deep\":[", "]}", "{}", depth),
        ] {
            refusal::<Deep>(&json);
            count += 1;
        }
        for json in [
            format!("{{\"age\":{inner}}}"),
            format!("{{\"age\":{{\"type\":{inner}}}}}"),
            format!("{{\"age\":{{\"type\":\"DAYS\",\"span\":{inner}}}}}"),
            format!("{{\"age\":{{\"x\":{inner},\"type\":\"PERMANENT\"}}}}"),
            format!("{{\"ages\":[{{\"type\":\"NEW\",\"x\":{inner}}}]}}"),
            format!("{{\"named\":{{\"k\":{{\"x\":{inner}}}}}}}"),
        ] {
            refusal::<Holder>(&json);
            count += 1;
        }
        for json in [
            format!("{{\"word\":{{\"kind\":\"days\",\"days\":{inner}}}}}"),
            format!("{{\"word\":{{\"number\":{inner},\"kind\":\"number\"}}}}"),
            format!("{{\"type\":\"DAYS\",\"span\":{{\"days\":1,\"x\":{inner}}}}}"),
        ] {
            refusal::<Words>(&json);
            count += 1;
        }
    }
    assert_eq!(count, 52);
}

/// As deep as serde_json reads at all.
#[test]
fn what_is_deep_and_unknown_survives() {
    for depth in [1, 50, 120] {
        let inner = deep("{\"k\":[", "]}", "1.5", depth / 2);
        for json in [
            format!("{{\"zz\":{inner}}}"),
            format!("{{\"info\":{{\"scene\":{{\"id\":1,\"zz\":{inner}}}}}}}"),
            format!("{{\"info\":{{\"scene\":{{\"id\":1}},\"zz\":{inner}}}}}"),
        ] {
            let Ok(nested) = serde_json::from_str::<Nested>(
                &json.replace("{\"zz\"", "{\"info\":{\"scene\":{\"id\":1}},\"zz\""),
            ) else {
                panic!("{json}")
            };
            let written = write(&nested);
            assert!(written.contains(&inner), "{written}");
            assert_eq!(read::<Nested>(&written), nested);
        }
    }
}

#[test]
fn integers_are_exact_to_the_edges_of_their_types() {
    type Seen = (Option<i64>, Option<i64>, Option<i64>, Option<u64>);
    // For each way to write a number, what it is as i32, i64, u32 and u64; `None`: it is none.
    let edges: [(&str, Seen); 20] = [
        ("0", (Some(0), Some(0), Some(0), Some(0))),
        ("-0", (Some(0), Some(0), Some(0), Some(0))),
        ("-1", (Some(-1), Some(-1), None, None)),
        ("2147483647", (Some(2_147_483_647), Some(2_147_483_647), Some(2_147_483_647), Some(2_147_483_647))),
        ("2147483648", (None, Some(2_147_483_648), Some(2_147_483_648), Some(2_147_483_648))),
        ("-2147483648", (Some(-2_147_483_648), Some(-2_147_483_648), None, None)),
        ("-2147483649", (None, Some(-2_147_483_649), None, None)),
        ("4294967295", (None, Some(4_294_967_295), Some(4_294_967_295), Some(4_294_967_295))),
        ("4294967296", (None, Some(4_294_967_296), None, Some(4_294_967_296))),
        ("9007199254740993", (None, Some(9_007_199_254_740_993), None, Some(9_007_199_254_740_993))),
        ("9223372036854775807", (None, Some(i64::MAX), None, Some(9_223_372_036_854_775_807))),
        ("9223372036854775808", (None, None, None, Some(9_223_372_036_854_775_808))),
        ("-9223372036854775808", (None, Some(i64::MIN), None, None)),
        ("-9223372036854775809", (None, None, None, None)),
        ("18446744073709551615", (None, None, None, Some(u64::MAX))),
        ("18446744073709551616", (None, None, None, None)),
        ("340282366920938463463374607431768211456", (None, None, None, None)),
        ("1.5", (None, None, None, None)),
        ("9223372036854775807.0", (None, None, None, None)),
        ("1e19", (None, None, None, None)),
    ];
    for (number, seen) in edges {
        for text in
            [number.to_owned(), format!("\"{number}\""), format!("\" {number}\\n\""), format!("[{number}]")]
        {
            let one = |key: &str| serde_json::from_str::<Numbers>(&format!("{{\"{key}\":{text}}}")).ok();
            assert_eq!(one("a").and_then(|n| n.a).map(i64::from), seen.0, "i32 of {text}");
            assert_eq!(one("b").and_then(|n| n.b), seen.1, "i64 of {text}");
            assert_eq!(one("c").and_then(|n| n.c).map(i64::from), seen.2, "u32 of {text}");
            assert_eq!(one("d").and_then(|n| n.d), seen.3, "u64 of {text}");
        }
    }
    // Whole numbers written as fractions are whole as long as a float tells them apart.
    for (text, due) in
        [("1e3", 1000), ("1.0", 1), ("-2.50e1", -25), ("4503599627370495.0", 4_503_599_627_370_495)]
    {
        assert_eq!(read::<Numbers>(&format!("{{\"b\":{text}}}")).b, Some(due), "{text}");
    }
    for text in [
        "\"1e3\"",
        "\"0x10\"",
        "\"1_000\"",
        "\"1,000\"",
        "\"NaN\"",
        "\"inf\"",
        "\"٣\"",
        "9007199254740991.0",
        "9007199254740993.0",
    ] {
        refusal::<Numbers>(&format!("{{\"b\":{text}}}"));
        refusal::<Numbers>(&format!("{{\"d\":{text}}}"));
    }
    // JSON itself has none of these.
    for text in ["01", "+1", ".5", "1.", "0x1", "NaN", "Infinity", "1e", "--1"] {
        refusal::<Numbers>(&format!("{{\"b\":{text}}}"));
        refusal::<Numbers>(&format!("{{\"zz\":{text}}}"));
    }
    // As text, an id is its digits, or nothing at all.
    for id in ["0", "-1", "9223372036854775807", "18446744073709551615"] {
        assert_eq!(read::<Numbers>(&format!("{{\"f\":{id}}}")).f.as_deref(), Some(id));
    }
    refusal::<Numbers>("{\"f\":18446744073709551616}");
    for text in ["\"NaN\"", "\"inf\"", "\"-Infinity\"", "\"1e999\""] {
        refusal::<Numbers>(&format!("{{\"e\":{text}}}"));
    }
}

#[test]
fn keys_of_all_sorts() {
    let keys: [String; 13] = [
        String::new(),
        " ".to_owned(),
        "\u{0}".to_owned(),
        "a\u{0}".to_owned(),
        "A".to_owned(),
        "\u{feff}a".to_owned(),
        "\u{202e}".to_owned(),
        "\u{1f600}".to_owned(),
        "\u{10ffff}".to_owned(),
        "a.b".to_owned(),
        "a/b~0".to_owned(),
        "\"\\\n".to_owned(),
        "k".repeat(1 << 20),
    ];
    let mut fields = serde_json::Map::new();
    for (number, key) in keys.iter().enumerate() {
        fields.insert(key.clone(), json!([number, {key: null}]));
    }
    let json = Value::Object(fields.clone()).to_string();
    let numbers: Numbers = read(&json);
    assert_eq!(*numbers.unknown_fields, fields);
    assert_eq!(read::<Value>(&write(&numbers)), Value::Object(fields.clone()));
    let age: Age = read(&json.replacen('{', "{\"type\":\"NEW\",", 1));
    let Age::Unknown(unknown) = &age else { panic!("{age:?}") };
    assert_eq!(unknown.fields().len(), keys.len() + 1);
    assert_eq!(read::<Age>(&write(&age)), age);
    // Escaped or not, a key is the same.
    assert_eq!(read::<Numbers>(r#"{"\u0062":7}"#).b, Some(7));
    for json in
        [r#"{"\ud800":1}"#, r#"{"a\q":1}"#, "{\"a\u{1}\":1}", "\u{feff}{}", "{\"a\":1}}", "{\"a\":1,}"]
    {
        refusal::<Numbers>(json);
    }
}

#[test]
fn of_keys_that_come_again_the_last_counts_and_leaves_nothing_of_the_others() {
    let numbers: Numbers = read(r#"{"b":1,"zz":1,"b":2,"zz":[2],"g":{"x":1},"b":3,"g":{"y":2}}"#);
    assert_eq!(
        (numbers.b, &numbers.g, &numbers.unknown_fields["zz"]),
        (Some(3), &Some(json!({"y": 2})), &json!([2]))
    );
    assert_eq!(read::<Numbers>(r#"{"b":1,"b":null}"#).b, None);
    assert_eq!(read::<Numbers>(r#"{"f":"x","f":""}"#).f.as_deref(), Some(""));
    let deep: Deep = read(
        r#"{"grid":[[1,2],[3]],"grid":[[4]],"data":{"openid":[1]},"data":{},"map":{"k":{"info":{"scene":{"id":1}}},"k":{"info":{"scene":{"id":2}}}}}"#,
    );
    assert_eq!((&deep.grid, deep.openid.len(), deep.map.len(), deep.map["k"].id), (&vec![vec![4]], 0, 1, 2));
    let age: Age = read(r#"{"type":"PERMANENT","span":{"days":3},"type":"DAYS"}"#);
    assert!(matches!(&age, Age::Days(days) if days.days == 3), "{age:?}");
    let holder: Holder = read(
        r#"{"age":{"type":"PERMANENT","x":1},"age":{"type":"DAYS","span":{"days":1}},"ages":[{"type":"PERMANENT","x":1}],"ages":[]}"#,
    );
    assert_eq!(write(&holder), r#"{"age":{"type":"DAYS","span":{"days":1}}}"#);
}

#[test]
fn fifty_megabytes_of_one_string_and_a_million_small_items() {
    let long = "中".repeat((50 << 20) / 3);
    let numbers: Numbers = read(&format!("{{\"f\":\"{long}\",\"zz\":\"x\"}}"));
    assert_eq!((numbers.f.as_deref() == Some(long.as_str()), numbers.unknown_fields.len()), (true, 1));
    let json = format!("{{\"data\":{{\"openid\":[{}0]}}}}", "7,".repeat(1_000_000));
    assert_eq!(read::<Deep>(&json).openid.len(), 1_000_001);
}
