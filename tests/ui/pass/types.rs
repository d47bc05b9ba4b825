//! Types of a user's own: objects in objects, lists and maps, both kinds of enum, all kinds of union, every flag.

#![deny(warnings)]

use std::collections::BTreeMap;

use weixin::{Date, Timestamp};

weixin::object! {
    /// Every type and every flag of a JSON field.
    pub struct All {
        /// Text.
        text: String = "text" required(impl Into<String>) [required];
        /// Integers.
        a: Option<i32> = "a" optional(i32);
        /// Integers.
        b: Option<i64> = "b" optional(i64) [text];
        /// Integers.
        c: Option<u32> = "c" optional(u32);
        /// Integers.
        d: u64 = "d" required(u64) [required lax];
        /// A fraction.
        share: Option<f64> = "share" optional(f64);
        /// Yes or no.
        yes: Option<bool> = "yes" optional(bool) [bool01];
        /// A day.
        day: Option<Date> = "day" optional(impl Into<Date>);
        /// A moment.
        at: Option<Timestamp> = "at" optional(impl Into<Timestamp>);
        /// Anything.
        any: Option<weixin::__private::Value> = "any" optional(impl Into<weixin::__private::Value>);
        /// In one, two and three objects.
        one: Option<u32> = "x" / "one" optional(u32);
        /// In one, two and three objects.
        two: Option<u32> = "x" / "y" / "two" optional(u32);
        /// In one, two and three objects.
        three: Option<u32> = "x" / "y" / "z" / "three" optional(u32);
        /// A list of lists.
        lists: Vec<Vec<String>> = "lists" optional(impl Into<Vec<Vec<String>>>);
        /// A list that may be one.
        many: Vec<Part> = "many" optional(impl Into<Vec<Part>>) [many];
        /// JSON in a string.
        json: Option<Part> = "json" optional(Part) [json];
        /// A map.
        map: BTreeMap<String, Part> = "map" optional(impl Into<BTreeMap<String, Part>>);
        /// The type itself.
        inner: Option<Box<All>> = "inner" optional(All);
        /// An enum.
        colour: Option<Colour> = "colour" optional(impl Into<Colour>);
        /// An enum.
        level: Option<Level> = "level" optional(impl Into<Level>);
        /// Beside the other fields.
        shape: Option<Shape> = "shape" optional(impl Into<Shape>) [flatten];
        /// Never printed.
        #[deprecated(note = "just to have an attribute")]
        secret: Option<String> = "secret" optional(impl Into<String>) [secret];
    }
}

weixin::object! {
    /// A part.
    #[doc(alias = "piece")]
    pub struct Part {
        /// Its number.
        n: Option<u32> = "n" optional(u32);
    }
}

weixin::open_enum! {
    /// Strings.
    pub enum Colour: string {
        /// Red.
        Red = "red",
        /// Green.
        Green = "green"
    }
}

weixin::open_enum! {
    /// Integers.
    pub enum Level: integer {
        /// Low.
        Low = -1,
        /// High.
        High = 1,
    }
}

weixin::one_of! {
    /// Tag and a payload under a key.
    pub enum Shape (keyed, tag "shape") {
        /// Key and tag alike.
        Part(Part) = "part" new part() [from];
        /// Key and tag differ.
        Parts(Vec<Part>) = "parts" in "list" [from];
        /// No payload.
        Empty = "empty";
    }
}

weixin::one_of! {
    /// Tag with fields beside it.
    pub enum Button (beside, tag "type") {
        /// With fields.
        Part(Part) = "part" new part() [from];
        /// Without.
        Nothing = "nothing";
    }
}

weixin::one_of! {
    /// No tag.
    pub enum Content (beside) {
        /// Told by `n`.
        Part(Part) = "n" [from];
    }
}

weixin::one_of! {
    /// Exactly one of several.
    pub enum Picture (keyed) {
        /// By address.
        Url(String) = "img_url";
        /// By bytes.
        Part(Part) = "img" new part();
    }
}

fn main() {
    let mut all = All::new("t", 9_u64)
        .a(-1)
        .b(2)
        .yes(true)
        .day(Date::new(2024, 2, 3))
        .at(Timestamp(5))
        .one(1)
        .two(2)
        .three(3)
        .many(vec![Part::new().n(1)])
        .json(Part::new())
        .inner(All::new("inner", 0_u64))
        .colour("blue")
        .level(Level::High)
        .shape(Part::new().n(4));
    all.unknown_fields.insert("new", 1);
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(
        json,
        r#"{"text":"t","a":-1,"b":"2","d":9,"yes":1,"day":"2024-02-03","at":5,"x":{"one":1,"y":{"two":2,"z":{"three":3}}},"many":[{"n":1}],"json":"{}","inner":{"text":"inner","d":0},"colour":"blue","level":1,"shape":"part","part":{"n":4},"new":1}"#
    );
    let again: All = serde_json::from_str(&json).unwrap();
    assert_eq!(again, all);

    let write = |button: &Button| serde_json::to_string(button).unwrap();
    assert_eq!(write(&Button::part()), r#"{"type":"part"}"#);
    assert_eq!(write(&Button::Nothing), r#"{"type":"nothing"}"#);
    assert_eq!(serde_json::to_string(&Content::from(Part::new().n(1))).unwrap(), r#"{"n":1}"#);
    assert_eq!(serde_json::to_string(&Picture::Url("u".into())).unwrap(), r#"{"img_url":"u"}"#);
    assert_eq!(Shape::from(vec![]), Shape::Parts(vec![]));
    assert_eq!(Picture::part(), Picture::Part(Part::new()));
}
