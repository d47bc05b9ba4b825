//! Where fields stand: nested paths, flattened objects, wire forms, the path of what does not fit.

use std::collections::BTreeMap;

use super::{read, refusal, write};

weixin::object! {
    /// Fields in nested objects.
    pub struct Nested {
        /// Before them.
        life: Option<u32> = "life" optional(u32);
        /// Two deep.
        id: u32 = "info" / "scene" / "id" required(u32) [required];
        /// Beside it.
        name: Option<String> = "info" / "scene" / "name" optional(impl Into<String>);
        /// One deep.
        note: Option<String> = "info" / "note" optional(impl Into<String>);
        /// Another object.
        other: Option<u32> = "other" / "n" optional(u32);
        /// After them.
        last: Option<u32> = "last" optional(u32);
    }
}

#[test]
fn nested_fields_share_their_objects() {
    let nested = Nested::new(7_u32);
    assert_eq!(write(&nested), r#"{"info":{"scene":{"id":7}}}"#);
    let full = nested.life(1).name("x").note("y").other(2).last(3);
    let json = r#"{"life":1,"info":{"scene":{"id":7,"name":"x"},"note":"y"},"other":{"n":2},"last":3}"#;
    assert_eq!(write(&full), json);
    assert_eq!(read::<Nested>(json), full);
    let turned = r#"{"last":3,"other":{"n":2},"info":{"note":"y","scene":{"name":"x","id":7}},"life":1}"#;
    assert_eq!(read::<Nested>(turned), full);
}

#[test]
fn nested_fields_are_missed_where_they_should_be() {
    assert_eq!(refusal::<Nested>("{}"), "a required field is missing at `info`");
    assert_eq!(refusal::<Nested>(r#"{"info": null}"#), "a required field is missing at `info`");
    assert_eq!(refusal::<Nested>(r#"{"info": {}}"#), "a required field is missing at `info.scene`");
    assert_eq!(
        refusal::<Nested>(r#"{"info": {"scene": ""}}"#),
        "a required field is missing at `info.scene`"
    );
    assert_eq!(
        refusal::<Nested>(r#"{"info": {"scene": {}}}"#),
        "a required field is missing at `info.scene.id`"
    );
    assert_eq!(
        refusal::<Nested>(r#"{"info": {"scene": {"id": "x"}}}"#),
        "expected an integer, found a string at `info.scene.id`"
    );
    assert_eq!(refusal::<Nested>(r#"{"info": [1]}"#), "expected an object, found 1 at `info[0]`");
    assert_eq!(refusal::<Nested>(r#"{"info": [{}, {}]}"#), "a required field is missing at `info[0].scene`");
    assert_eq!(read::<Nested>(r#"{"info": {"scene": {"id": 7}}, "other": 0.5e-1, "other": null}"#.replace("0.5e-1", "{}").as_str()).other, None);
}

#[test]
fn unknown_fields_are_kept() {
    let nested: Nested = read(r#"{"info": {"scene": {"id": 7}}, "b": {"c": [1]}, "a": null}"#);
    let unknown = &nested.unknown_fields;
    assert_eq!((unknown.len(), &unknown["b"]["c"][0]), (2, &serde_json::json!(1)));
    let again: Nested = read(&write(&nested));
    assert_eq!(again, nested);
    assert_ne!(nested, Nested::new(7_u32));
}

weixin::object! {
    /// Everything that can stand inside something.
    pub struct Deep {
        /// A list in an object.
        openid: Vec<i64> = "data" / "openid" optional(impl Into<Vec<i64>>);
        /// A list of lists.
        grid: Vec<Vec<u32>> = "grid" optional(impl Into<Vec<Vec<u32>>>);
        /// A map.
        map: BTreeMap<String, Nested> = "map" optional(impl Into<BTreeMap<String, Nested>>);
        /// A list of objects.
        list: Vec<Nested> = "list" optional(impl Into<Vec<Nested>>);
        /// JSON in a string.
        json: Option<Nested> = "json" optional(Nested) [json];
        /// Itself.
        deep: Option<Box<Deep>> = "deep" optional(Deep);
    }
}

#[test]
fn the_path_leads_to_the_first_value_that_does_not_fit() {
    let path = |json: &str| {
        let message = refusal::<Deep>(json);
        message
            .rsplit_once(" at `")
            .map_or(message.clone(), |(_, path)| path.trim_end_matches('`').to_owned())
    };
    assert_eq!(path(r#"{"data": {"openid": [1, "2", 3, "x", "y"]}}"#), "data.openid[3]");
    assert_eq!(path(r#"{"grid": [[1], [2, 3, -4]]}"#), "grid[1][2]");
    assert_eq!(
        path(r#"{"map": {"a b": {"info": {"scene": {"id": 1}}}, "中": {"info": []}}}"#),
        "map.中.info"
    );
    assert_eq!(
        path(r#"{"list": [{"info": {"scene": {"id": 1}}}, {"info": {"scene": {"id": {"x": 1}}}}]}"#),
        "list[1].info.scene.id"
    );
    assert_eq!(path(r#"{"json": "{\"info\": {\"scene\": {\"id\": {\"x\": 1}}}}"}"#), "json.info.scene.id");
    assert_eq!(path(r#"{"deep": {"deep": {"data": {"openid": {"x": 1}}}}}"#), "deep.deep.data.openid");
    // What is wrong first is named, whatever follows; and the rest is still read to its end.
    assert_eq!(path(r#"{"grid": [["x"]], "data": {"openid": ["y"]}}"#), "grid[0][0]");
    assert!(refusal::<Deep>(r#"{"grid": [["x"]], "data": "#).starts_with("EOF while parsing"));
}

#[test]
fn json_in_a_string() {
    let deep = Deep::new().json(Nested::new(7_u32).note("\"quoted\""));
    let json = r#"{"json":"{\"info\":{\"scene\":{\"id\":7},\"note\":\"\\\"quoted\\\"\"}}"}"#;
    assert_eq!(write(&deep), json);
    assert_eq!(read::<Deep>(json), deep);
    assert_eq!(
        read::<Deep>(r#"{"json": {"info": {"scene": {"id": 7}}}}"#),
        Deep::new().json(Nested::new(7_u32))
    );
    assert_eq!(read::<Deep>(r#"{"json": ""}"#), Deep::new());
    assert!(refusal::<Deep>(r#"{"json": "{"}"#).starts_with("the string should hold JSON: "));
    assert!(refusal::<Deep>(r#"{"json": "{\"info\": {\"scene\": {\"id\": 7}}} {}"}"#)
        .starts_with("the string should hold JSON: "));
}

weixin::object! {
    /// Every wire form.
    pub struct Forms {
        /// 0 or 1.
        yes: bool = "yes" required(bool) [required bool01];
        /// A number as text.
        count: u64 = "count" required(u64) [required text];
        /// 0 or 1 as text.
        no: Option<bool> = "no" optional(bool) [bool01 text];
        /// Numbers as text.
        counts: Vec<i32> = "counts" optional(impl Into<Vec<i32>>) [text];
        /// 0 or 1, under free keys.
        flags: BTreeMap<String, bool> = "flags" optional(impl Into<BTreeMap<String, bool>>) [bool01];
        /// A list as JSON in a string.
        list: Vec<u32> = "list" optional(impl Into<Vec<u32>>) [json];
        /// A fraction as text.
        share: Option<f64> = "share" optional(f64) [text];
        /// Written even when empty.
        always: Vec<u32> = "always" required(Vec<u32>) [required];
    }
}

#[test]
fn every_form_is_written_as_it_is_due() {
    let forms = Forms::new(true, 7_u64, vec![])
        .no(false)
        .counts([1, -2])
        .flags([("a".to_owned(), true), ("b".to_owned(), false)])
        .list([1, 2])
        .share(0.5);
    let json = r#"{"yes":1,"count":"7","no":"0","counts":["1","-2"],"flags":{"a":1,"b":0},"list":"[1,2]","share":"0.5","always":[]}"#;
    assert_eq!(write(&forms), json);
    assert_eq!(read::<Forms>(json), forms);
    let plain = r#"{"yes":"true","count":7,"no":false,"counts":[1,-2],"flags":{"a":true,"b":"0"},"list":[1,2],"share":0.5,"always":[]}"#;
    assert_eq!(read::<Forms>(plain), forms);
    assert_eq!(write(&Forms::new(false, 0_u64, vec![])), r#"{"yes":0,"count":"0","always":[]}"#);
}

weixin::object! {
    /// Fields of another object beside its own.
    pub struct Outer {
        /// Its own.
        a: u32 = "a" required(u32) [required];
        /// The other's.
        inner: Inner = "inner" required(Inner) [required flatten];
        /// Its own.
        z: Option<u32> = "z" optional(u32);
    }
}
weixin::object! {
    /// Flattened.
    pub struct Inner {
        /// The other's.
        b: u32 = "b" required(u32) [required];
        /// The other's.
        c: Option<u32> = "deep" / "c" optional(u32);
    }
}

#[test]
fn a_flattened_object_stands_beside_the_others() {
    let mut outer = Outer::new(1_u32, Inner::new(2_u32).c(3)).z(4);
    outer.unknown_fields.insert("x", "y");
    let json = r#"{"a":1,"b":2,"deep":{"c":3},"z":4,"x":"y"}"#;
    assert_eq!(write(&outer), json);
    assert_eq!(read::<Outer>(json), outer);
    assert_eq!(refusal::<Outer>(r#"{"a": 1}"#), "a required field is missing at `b`");
    assert_eq!(refusal::<Outer>(r#"{"a": 1, "b": "x"}"#), "expected an integer, found a string at `b`");
}

/// A type with more fields than one word tells apart.
macro_rules! wide {
    ($($field:ident $wire:literal)*) => {
        weixin::response! {
            /// The widest type.
            pub struct Wide {
                $(
                    /// One of many.
                    $field: u32 = $wire [required];
                )*
            }
        }
        const NAMES: &[&str] = &[$($wire),*];
    };
}

wide! {
    a0 "a0" a1 "a1" a2 "a2" a3 "a3" a4 "a4" a5 "a5" a6 "a6" a7 "a7"
    b0 "b0" b1 "b1" b2 "b2" b3 "b3" b4 "b4" b5 "b5" b6 "b6" b7 "b7"
    c0 "c0" c1 "c1" c2 "c2" c3 "c3" c4 "c4" c5 "c5" c6 "c6" c7 "c7"
    d0 "d0" d1 "d1" d2 "d2" d3 "d3" d4 "d4" d5 "d5" d6 "d6" d7 "d7"
    e0 "e0" e1 "e1" e2 "e2" e3 "e3" e4 "e4" e5 "e5" e6 "e6" e7 "e7"
    f0 "f0" f1 "f1" f2 "f2" f3 "f3" f4 "f4" f5 "f5" f6 "f6" f7 "f7"
    g0 "g0" g1 "g1" g2 "g2" g3 "g3" g4 "g4" g5 "g5" g6 "g6" g7 "g7"
    h0 "h0" h1 "h1" h2 "h2" h3 "h3" h4 "h4" h5 "h5" h6 "h6" h7 "h7"
    i0 "i0" i1 "i1" i2 "i2" i3 "i3" i4 "i4" i5 "i5" i6 "i6" i7 "i7"
    j0 "j0" j1 "j1" j2 "j2" j3 "j3" j4 "j4" j5 "j5" j6 "j6" j7 "j7"
    k0 "k0" k1 "k1" k2 "k2" k3 "k3" k4 "k4" k5 "k5" k6 "k6" k7 "k7"
    l0 "l0" l1 "l1" l2 "l2" l3 "l3" l4 "l4" l5 "l5" l6 "l6" l7 "l7"
    m0 "m0" m1 "m1" m2 "m2" m3 "m3" m4 "m4" m5 "m5" m6 "m6" m7 "m7"
    n0 "n0" n1 "n1" n2 "n2" n3 "n3" n4 "n4" n5 "n5" n6 "n6" n7 "n7"
    o0 "o0" o1 "o1" o2 "o2" o3 "o3" o4 "o4" o5 "o5" o6 "o6" o7 "o7"
    p0 "p0" p1 "p1" p2 "p2" p3 "p3" p4 "p4" p5 "p5" p6 "p6" p7 "p7"
    q0 "q0" q1 "q1" q2 "q2"
}

#[test]
fn fields_of_wide_types_are_told_apart() {
    assert_eq!(NAMES.len(), 131);
    let json = |skip: &str| {
        let fields = NAMES.iter().enumerate().filter(|(_, name)| **name != skip);
        let fields: Vec<String> = fields.map(|(index, name)| format!("\"{name}\":{index}")).collect();
        format!("{{{}}}", fields.join(","))
    };
    let wide: Wide = read(&json(""));
    assert_eq!((wide.a0, wide.h7, wide.i0, wide.q2), (0, 63, 64, 130));
    assert_eq!(write(&wide), json(""));
    for name in NAMES {
        assert_eq!(refusal::<Wide>(&json(name)), format!("a required field is missing at `{name}`"));
        // The last of a key given twice counts, and a null takes back what was there.
        let twice = json("").replace('}', &format!(",\"{name}\":null}}"));
        assert_eq!(refusal::<Wide>(&twice), format!("a required field is missing at `{name}`"));
    }
}

weixin::object! {
    /// A field in four objects.
    pub struct Deepest {
        /// Its number.
        id: Option<u32> = "a" / "b" / "c" / "d" / "id" optional(u32);
        /// Beside it.
        other: Option<u32> = "a" / "b" / "c" / "d" / "other" optional(u32);
    }
}

#[test]
fn a_field_may_stand_as_deep_as_it_likes() {
    let json = r#"{"a":{"b":{"c":{"d":{"id":1,"other":2}}}}}"#;
    assert_eq!(write(&Deepest::new().id(1_u32).other(2_u32)), json);
    assert_eq!(read::<Deepest>(json), Deepest::new().id(1_u32).other(2_u32));
    assert_eq!(write(&Deepest::new()), "{}");
}
