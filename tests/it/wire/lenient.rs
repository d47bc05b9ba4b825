//! Values in other forms than the documented ones: what still fits, and how an error names what does not.

use std::collections::BTreeMap;

use serde_json::Value;
use weixin::user::GetUser;
use weixin::{Date, ErrorKind, Timestamp};

use crate::account::{client, failed};
use crate::server::{Answer, Server};

weixin::endpoint! {
    /// Answers a value of every type.
    pub struct GetOdd => Odd {
    }
    name: "get_odd",
    method: GET,
    path: "/odd",
}
weixin::response! {
    /// A value of every type.
    pub struct Odd {
        /// Text.
        text: Option<String> = "text";
        /// Small.
        small: Option<i32> = "small";
        /// A count.
        count: Option<u32> = "count";
        /// An id.
        id: Option<i64> = "id";
        /// A large id.
        big: Option<u64> = "big";
        /// A share.
        share: Option<f64> = "share";
        /// Yes or no.
        flag: Option<bool> = "flag";
        /// Yes or no, as 1 or 0.
        flag01: Option<bool> = "flag01" [bool01];
        /// A day.
        day: Option<Date> = "day";
        /// A moment.
        time: Option<Timestamp> = "time";
        /// A kind.
        kind: Option<Kind> = "kind";
        /// A level.
        level: Option<Level> = "level";
        /// An object.
        inner: Option<Inner> = "inner";
        /// A list of objects.
        list: Vec<Inner> = "list";
        /// A list of ids.
        ids: Vec<u64> = "ids";
        /// A list of lists.
        grid: Vec<Vec<u32>> = "grid";
        /// By name.
        map: BTreeMap<String, u32> = "map";
        /// JSON inside a string.
        packed: Option<Inner> = "packed" [json];
        /// One of two.
        shape: Option<Shape> = "shape";
        /// Anything.
        value: Option<Value> = "value";
        /// Further inside.
        deep: Option<u32> = "outer" / "inside" / "deep";
    }
}
weixin::response! {
    /// An object.
    #[derive(Default)]
    pub struct Inner {
        /// Its number.
        n: u32 = "n" [required];
        /// More of them.
        more: Vec<Inner> = "more";
    }
}
weixin::open_enum! {
    /// A kind.
    pub enum Kind: string {
        /// Red.
        Red = "red",
        /// Seven.
        Seven = "7",
    }
}
weixin::open_enum! {
    /// A level.
    pub enum Level: integer {
        /// Low.
        Low = 1,
    }
}
weixin::one_of! {
    /// One of two.
    pub enum Shape (keyed, tag "type") {
        /// Round.
        Circle(Inner) = "circle";
        /// Nothing more to say.
        Point = "point";
    }
}

async fn ask(body: &str) -> weixin::Result<Odd> {
    let server = Server::start([Answer::json(body)]).await;
    let result = client(&server).send(GetOdd::new()).await;
    server.only();
    result
}

async fn odd(body: &str) -> Odd {
    ask(body).await.unwrap_or_else(|error| panic!("{body}: {error}"))
}

/// The path of the value that does not fit, and what is said about it.
async fn misfit(body: &str) -> (String, String) {
    let error = failed(ask(body).await);
    assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    assert_eq!(error.status(), Some(200), "{body}");
    (error.json_path().unwrap_or_default().to_owned(), error.message().to_owned())
}

#[tokio::test]
async fn numbers_as_text_and_text_as_numbers() {
    let answer = odd(concat!(
        r#"{"text":12.5,"small":"-7","count":" 4294967295 ","id":"-9007199254740993","share":"0.25","#,
        r#""time":"1382694957","day":20241231,"kind":7,"level":"1","ids":["1",2,"3"],"map":{"a":"1","b":2}}"#
    ))
    .await;
    assert_eq!(answer.text.as_deref(), Some("12.5"));
    assert_eq!(answer.small, Some(-7));
    assert_eq!(answer.count, Some(u32::MAX));
    assert_eq!(answer.id, Some(-9_007_199_254_740_993));
    assert_eq!(answer.share, Some(0.25));
    assert_eq!(answer.time, Some(Timestamp(1_382_694_957)));
    assert_eq!(answer.day.unwrap().ymd(), Some((2024, 12, 31)));
    assert_eq!(answer.kind, Some(Kind::Seven));
    assert_eq!(answer.level, Some(Level::Low));
    assert_eq!(answer.ids, [1, 2, 3]);
    assert_eq!(answer.map, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));

    let answer = odd(r#"{"text":true,"small":3.0,"share":7,"count":1e3,"flag":1}"#).await;
    assert_eq!(answer.text.as_deref(), Some("true"));
    assert_eq!((answer.small, answer.share, answer.count), (Some(3), Some(7.0), Some(1000)));
    assert_eq!(answer.flag, Some(true));
}

#[tokio::test]
async fn large_ids_are_exact() {
    for (body, id, big) in [
        (r#"{"id":9007199254740993,"big":9007199254740993}"#, 9_007_199_254_740_993, 9_007_199_254_740_993),
        (r#"{"id":-9223372036854775808,"big":18446744073709551615}"#, i64::MIN, u64::MAX),
        (r#"{"id":"9223372036854775807","big":"18446744073709551615"}"#, i64::MAX, u64::MAX),
    ] {
        let answer = odd(body).await;
        assert_eq!((answer.id, answer.big), (Some(id), Some(big)), "{body}");
    }
    let answer = odd(concat!(
        r#"{"text":18446744073709551615,"ids":[18446744073709551615,"9007199254740993"],"#,
        r#""value":{"id":18446744073709551615},"new":9007199254740993}"#
    ))
    .await;
    assert_eq!(answer.text.as_deref(), Some("18446744073709551615"));
    assert_eq!(answer.ids, [u64::MAX, 9_007_199_254_740_993]);
    assert_eq!(answer.value.as_ref().unwrap()["id"], u64::MAX);
    assert_eq!(answer.unknown_fields["new"], 9_007_199_254_740_993_u64);
    for (body, path) in [
        (r#"{"big":18446744073709551616}"#, "big"),
        (r#"{"big":"18446744073709551616"}"#, "big"),
        (r#"{"big":-1}"#, "big"),
        (r#"{"id":9223372036854775808}"#, "id"),
        (r#"{"count":4294967296}"#, "count"),
        (r#"{"small":2147483648}"#, "small"),
        (r#"{"small":1.5}"#, "small"),
        (r#"{"ids":[1,"x"]}"#, "ids[1]"),
    ] {
        assert_eq!(misfit(body).await.0, path, "{body}");
    }
}

#[tokio::test]
async fn every_way_to_say_yes() {
    for yes in ["1", "true", r#""1""#, r#""true""#, "1.0"].into_iter().take(4) {
        let answer = odd(&format!(r#"{{"flag":{yes},"flag01":{yes}}}"#)).await;
        assert_eq!((answer.flag, answer.flag01), (Some(true), Some(true)), "{yes}");
    }
    for no in ["0", "false", r#""0""#, r#""false""#] {
        let answer = odd(&format!(r#"{{"flag":{no},"flag01":{no}}}"#)).await;
        assert_eq!((answer.flag, answer.flag01), (Some(false), Some(false)), "{no}");
    }
    for absent in ["null", r#""""#] {
        let answer = odd(&format!(r#"{{"flag":{absent},"flag01":{absent}}}"#)).await;
        assert_eq!((answer.flag, answer.flag01), (None, None), "{absent}");
    }
    for absent in ["[]", "{}"] {
        assert_eq!(odd(&format!(r#"{{"flag01":{absent}}}"#)).await.flag01, None, "{absent}");
    }
    for neither in ["2", r#""yes""#, "[1,1]", r#"{"x":1}"#] {
        assert_eq!(misfit(&format!(r#"{{"flag01":{neither}}}"#)).await.0, "flag01", "{neither}");
    }
}

#[tokio::test]
async fn what_stands_for_nothing() {
    for nothing in ["null", r#""""#] {
        let names = [
            "small", "count", "id", "big", "share", "flag", "flag01", "time", "inner", "list", "ids", "grid",
            "map", "packed", "shape",
        ];
        let fields: Vec<String> = names.iter().map(|name| format!(r#""{name}":{nothing}"#)).collect();
        let answer = odd(&format!("{{{}}}", fields.join(","))).await;
        assert_eq!(answer, odd("{}").await, "{nothing}");
    }
    // An empty text is a text.
    assert_eq!(odd(r#"{"text":""}"#).await.text.as_deref(), Some(""));
    assert_eq!(odd(r#"{"text":null}"#).await.text, None);
}

#[tokio::test]
async fn empty_lists_for_objects() {
    let answer = odd(r#"{"map":[],"shape":[],"outer":[]}"#).await;
    assert!(answer.map.is_empty());
    assert_eq!(answer.deep, None);
    for outer in ["null", r#""""#, "[]", "{}", r#"{"inside":null}"#, r#"{"inside":""}"#, r#"{"inside":[]}"#] {
        assert_eq!(odd(&format!(r#"{{"outer":{outer}}}"#)).await.deep, None, "{outer}");
    }
    assert_eq!(odd(r#"{"outer":{"x":1,"inside":{"deep":"5","y":2}}}"#).await.deep, Some(5));
}

#[tokio::test]
async fn a_single_value_for_a_list() {
    let answer = odd(r#"{"list":{"n":1},"ids":7}"#).await;
    assert_eq!((answer.list.len(), answer.list[0].n), (1, 1));
    assert_eq!(answer.ids, [7]);
    let answer = odd(r#"{"list":[{"n":1,"more":{"n":2,"more":[{"n":3}]}}],"grid":[[1,2],[],["3"]]}"#).await;
    assert_eq!(answer.list[0].more[0].more[0].n, 3);
    assert_eq!(answer.grid, [vec![1, 2], vec![], vec![3]]);
}

#[tokio::test]
async fn json_inside_a_string() {
    assert_eq!(odd(r#"{"packed":"{\"n\":5}"}"#).await.packed.unwrap().n, 5);
    assert_eq!(odd(r#"{"packed":{"n":5}}"#).await.packed.unwrap().n, 5);
    assert_eq!(misfit(r#"{"packed":"{\"n\":"}"#).await.0, "packed");
    assert_eq!(misfit(r#"{"packed":"{\"n\":\"x\"}"}"#).await.0, "packed.n");
}

#[tokio::test]
async fn unknown_things_are_kept() {
    let answer = odd(concat!(
        r#"{"kind":"ultraviolet","level":99,"shape":{"type":"square","square":{"side":2}},"#,
        r#""new":{"a":[1,null,"x"]},"value":[1,{"a":"b"}]}"#
    ))
    .await;
    assert_eq!(answer.kind.as_ref().map(Kind::as_str), Some("ultraviolet"));
    assert_eq!(answer.level.as_ref().map(Level::code), Some(99));
    let Some(Shape::Unknown(shape)) = &answer.shape else { panic!("{answer:?}") };
    assert_eq!(shape.tag(), "square");
    assert_eq!(shape.fields()["square"]["side"], 2);
    assert_eq!(answer.unknown_fields["new"], serde_json::json!({"a": [1, null, "x"]}));
    assert_eq!(answer.value, Some(serde_json::json!([1, {"a": "b"}])));
    // All of it is there again when it is written.
    let written: Value = serde_json::to_value(&answer).unwrap();
    assert_eq!(written["shape"], serde_json::json!({"type": "square", "square": {"side": 2}}));
    assert_eq!(written["new"]["a"][2], "x");

    // The payload may stand before the tag.
    let Some(Shape::Circle(inner)) = odd(r#"{"shape":{"circle":{"n":4},"type":"circle"}}"#).await.shape
    else {
        panic!("the circle is known")
    };
    assert_eq!(inner.n, 4);
    assert_eq!(odd(r#"{"shape":{"type":"point"}}"#).await.shape, Some(Shape::Point));
}

#[tokio::test]
async fn the_last_of_two_equal_keys_counts() {
    let answer = odd(
        r#"{"text":"a","ids":[1,2],"inner":{"n":1,"more":[{"n":9}]},"text":"b","ids":[3],"inner":{"n":2}}"#,
    )
    .await;
    assert_eq!(answer.text.as_deref(), Some("b"));
    assert_eq!(answer.ids, [3]);
    let inner = answer.inner.unwrap();
    assert_eq!((inner.n, inner.more.len()), (2, 0));
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    for (body, path, message) in [
        (r#"{"small":"x"}"#, "small", "expected an integer, found a string"),
        (r#"{"small":[1,2]}"#, "small", "expected an integer, found a list of several"),
        (r#"{"small":["x"]}"#, "small[0]", "expected an integer, found a string"),
        (r#"{"small":{"a":1}}"#, "small", "expected an integer, found an object"),
        (r#"{"text":{"a":1}}"#, "text", "expected a string, found an object"),
        (r#"{"text":["a","b"]}"#, "text", "expected a string, found a list of several"),
        (r#"{"share":"NaN"}"#, "share", "expected a number, found a string"),
        (r#"{"inner":7}"#, "inner", "expected an object, found 7"),
        (r#"{"inner":[1]}"#, "inner[0]", "expected an object, found 1"),
        (r#"{"inner":[{"n":1},{"n":2}]}"#, "inner", "expected an object, found a list of several"),
        (
            r#"{"list":[{"n":1},{"n":2,"more":[{"n":"x"}]}]}"#,
            "list[1].more[0].n",
            "expected an integer, found a string",
        ),
        (r#"{"map":{"a.b":"x"}}"#, "map.a.b", "expected an integer, found a string"),
        (r#"{"grid":[[1],["x"]]}"#, "grid[1][0]", "expected an integer, found a string"),
        (r#"{"level":"low"}"#, "level", "expected an integer, found a string"),
        (r#"{"shape":{"type":"circle","circle":7}}"#, "shape.circle", "expected an object, found 7"),
        (r#"{"outer":{"inside":{"deep":"x"}}}"#, "outer.inside.deep", "expected an integer, found a string"),
        (r#"{"outer":7}"#, "outer", "expected an object, found 7"),
        // The first of two is named.
        (r#"{"small":"x","count":"y"}"#, "small", "expected an integer, found a string"),
        // The whole.
        ("[7]", "", "expected an object, found a list"),
        ("7", "", "expected an object, found 7"),
        (r#""ok""#, "", "expected an object, found a string"),
    ] {
        let (its_path, its_message) = misfit(body).await;
        assert_eq!((its_path.as_str(), its_message.as_str()), (path, message), "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_is_nothing_is_an_error() {
    for body in ["null", r#""""#, "[]", "{}"] {
        let server = Server::start([Answer::json(body)]).await;
        let error = failed(client(&server).get_user(GetUser::new("o1")).await);
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    for (body, found) in [("null", "null"), (r#""""#, "an empty string"), ("[]", "a list")] {
        assert_eq!(misfit(body).await, (String::new(), format!("expected an object, found {found}")));
    }
}

#[tokio::test]
async fn what_is_missing_in_an_inner_object_is_blank() {
    for body in [r#"{"inner":{}}"#, r#"{"inner":{"n":null}}"#, r#"{"inner":[{}]}"#] {
        assert_eq!(odd(body).await.inner.map(|inner| inner.n), Some(0), "{body}");
    }
    let answer = odd(r#"{"list":[{"n":1},{}],"shape":{"type":"circle"}}"#).await;
    assert_eq!(answer.list.iter().map(|inner| inner.n).collect::<Vec<_>>(), [1, 0]);
    assert!(matches!(answer.shape, Some(Shape::Circle(_))), "{answer:?}");
}
