//! Unknown fields stay in the object in which they stood, and are sent from there.

use std::collections::BTreeMap;

use serde_json::json;

use super::{read, write};

weixin::object! {
    /// Fields in nested objects, not all side by side.
    pub struct Nested {
        /// Two deep.
        id: u32 = "info" / "scene" / "id" required(u32) [required];
        /// Outside.
        life: Option<u32> = "life" optional(u32);
        /// One deep.
        note: Option<String> = "info" / "note" optional(impl Into<String>);
        /// Two deep again.
        name: Option<String> = "info" / "scene" / "name" optional(impl Into<String>);
    }
}
weixin::object! {
    /// Holds whatever can hold something.
    pub struct Holder {
        /// A union with a variant that is a tag and nothing else.
        age: Option<Age> = "age" optional(impl Into<Age>);
        /// Several of them.
        ages: Vec<Age> = "ages" optional(impl Into<Vec<Age>>);
        /// Several under free keys.
        named: BTreeMap<String, Age> = "named" optional(impl Into<BTreeMap<String, Age>>);
        /// In another object.
        deep: Option<Age> = "outer" / "deep" optional(impl Into<Age>);
        /// A record.
        nested: Option<Nested> = "nested" optional(Nested);
        /// JSON in a string.
        text: Option<Nested> = "text" optional(Nested) [json];
    }
}
weixin::one_of! {
    /// How long something lasts.
    pub enum Age (beside, tag "type") {
        /// For ever.
        Permanent = "PERMANENT";
        /// Days.
        Days(Days) = "DAYS" [from];
    }
}
weixin::object! {
    /// Some days.
    pub struct Days {
        /// How many.
        days: u32 = "span" / "days" required(u32) [required];
    }
}
weixin::one_of! {
    /// Keyed, with payloads that are no objects.
    pub enum Word (keyed, tag "kind") {
        /// A number.
        Number(u64) = "number" [from];
        /// An object.
        Days(Days) = "days" [from];
        /// Several that have no place for what nobody knows.
        Ages(Vec<Age>) = "ages" [from];
        /// Nothing.
        Nothing = "nothing";
    }
}
weixin::object! {
    /// A word under a key, and one beside the fields.
    pub struct Words {
        /// Under a key.
        word: Option<Word> = "word" optional(impl Into<Word>);
        /// Beside.
        age: Option<Age> = "age" optional(impl Into<Age>) [flatten];
    }
}

/// What is read is written back the same.
fn back<T: serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug + PartialEq>(json: &str) -> T {
    let value: T = read(json);
    let written = write(&value);
    assert_eq!(read::<serde_json::Value>(&written), read::<serde_json::Value>(json), "{written}");
    // As text too: no key comes twice.
    assert_eq!(written.len(), read::<serde_json::Value>(&written).to_string().len(), "{written}");
    assert_eq!(read::<T>(&written), value);
    value
}

#[test]
fn within_the_objects_of_a_path() {
    let nested: Nested =
        back(r#"{"info":{"scene":{"id":7,"x":1},"note":"n","y":{"z":[2]}},"life":3,"scene":{"x":4}}"#);
    assert_eq!(nested.unknown_fields["info"], json!({"scene": {"x": 1}, "y": {"z": [2]}}));
    assert_eq!(nested.unknown_fields["scene"], json!({"x": 4}));
    let mut built = Nested::new(7_u32).note("n");
    built.unknown_fields.insert("info", json!({"scene": {"x": 1}, "y": 2}));
    let json = r#"{"info":{"scene":{"id":7,"x":1},"note":"n","y":2}}"#;
    assert_eq!(write(&built), json);
    assert_eq!(read::<Nested>(json), built);
}

/// Fields of one path need not stand side by side: they share one object on the wire.
#[test]
fn fields_of_one_path_are_one_object() {
    let nested = Nested::new(7_u32).life(1).note("n").name("x");
    let json = r#"{"info":{"scene":{"id":7,"name":"x"},"note":"n"},"life":1}"#;
    assert_eq!(write(&nested), json);
    assert_eq!(read::<Nested>(json), nested);
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let nested: Nested = read(r#"{"info":{"scene":{"id":1,"x":1}},"info":{"scene":{"id":2},"y":1}}"#);
    assert_eq!((nested.id, &nested.unknown_fields["info"]), (2, &json!({"y": 1})));
}

#[test]
fn beside_a_variant_that_is_a_tag_and_nothing_else() {
    let holder: Holder = back(
        r#"{"age":{"type":"PERMANENT","begin":5},"outer":{"deep":{"type":"PERMANENT","end":6,"x":{"y":1}},"z":1}}"#,
    );
    assert!(matches!(holder.age, Some(Age::Permanent)) && matches!(holder.deep, Some(Age::Permanent)));
    assert_eq!(holder.unknown_fields["age"], json!({"begin": 5}));
    let holder: Holder = back(
        r#"{"ages":[{"type":"DAYS","span":{"days":1,"x":1},"y":1},{"type":"PERMANENT","x":2},{"type":"PERMANENT"}],
            "named":{"a":{"type":"PERMANENT","x":3},"b":{"type":"NEW","x":4}}}"#
            .replace("\n            ", "")
            .as_str(),
    );
    assert_eq!((holder.ages.len(), holder.named.len()), (3, 2));
    let mut built = Holder::new().age(Age::Permanent);
    built.unknown_fields.insert("age", json!({"begin": 5}));
    assert_eq!(write(&built), r#"{"age":{"type":"PERMANENT","begin":5}}"#);
}

#[test]
fn beside_a_payload_that_is_under_a_key() {
    let words: Words = back(r#"{"word":{"kind":"number","number":7,"x":1},"type":"PERMANENT","y":2}"#);
    assert_eq!((&words.unknown_fields["word"], &words.unknown_fields["y"]), (&json!({"x": 1}), &json!(2)));
    back::<Words>(r#"{"word":{"kind":"days","days":{"span":{"days":1,"x":1},"y":2},"z":3}}"#);
    back::<Words>(r#"{"word":{"kind":"nothing","x":1}}"#);
    back::<Words>(r#"{"word":{"kind":"new","new":{"a":1},"x":1}}"#);
    let words: Words = back(
        r#"{"word":{"ages":[{"type":"PERMANENT","x":1},{"type":"DAYS","span":{"days":1},"y":2}],"kind":"ages","z":3}}"#,
    );
    assert_eq!(words.unknown_fields["word"], json!({"ages": [{"x": 1}], "z": 3}));
    back::<Words>(r#"{"word":{"ages":[{"type":"PERMANENT","x":1}],"kind":"ages"}}"#);
    // What stands beside the fields keeps what is in its own objects; what is in the common one is the record's.
    let words: Words = back(r#"{"type":"DAYS","span":{"days":1,"x":1},"y":2}"#);
    let Some(Age::Days(days)) = &words.age else { panic!("{words:?}") };
    assert_eq!((&days.unknown_fields["span"], &words.unknown_fields["y"]), (&json!({"x": 1}), &json!(2)));
}

#[test]
fn an_object_under_the_key_of_a_field_becomes_part_of_it() {
    let mut holder = Holder::new().nested(Nested::new(1_u32)).text(Nested::new(2_u32));
    holder.unknown_fields.insert("nested", json!({"info": {"scene": {"x": 1, "id": 9}, "y": 2}, "z": 3}));
    holder.unknown_fields.insert("text", json!({"q": 1}));
    assert_eq!(
        write(&holder),
        r#"{"nested":{"info":{"scene":{"id":1,"x":1},"y":2},"z":3},"text":"{\"info\":{\"scene\":{\"id\":2}},\"q\":1}"}"#
    );
    let mut words = Words::new().age(Days::new(1_u32));
    words.unknown_fields.insert("span", json!({"x": 1}));
    assert_eq!(write(&words), r#"{"type":"DAYS","span":{"days":1,"x":1}}"#);
}

#[test]
fn what_is_known_wins_and_no_key_comes_twice() {
    let mut nested = Nested::new(7_u32).life(1);
    nested.unknown_fields.insert("life", 2);
    nested.unknown_fields.insert("info", json!({"scene": {"id": 8, "name": 9}, "note": null}));
    assert_eq!(write(&nested), r#"{"info":{"scene":{"id":7,"name":9},"note":null},"life":1}"#);
    nested.unknown_fields.insert("info", 5);
    assert_eq!(write(&nested), r#"{"info":{"scene":{"id":7}},"life":1}"#);
    let mut words = Words::new().age(Age::Permanent);
    words.unknown_fields.insert("type", "OTHER");
    assert_eq!(write(&words), r#"{"type":"PERMANENT"}"#);
    // A variant that nobody knows brings a key that the record has as well.
    let mut moved = Named::new("n");
    moved.age = read::<Words>(r#"{"type":"NEW","name":"other","x":1}"#).age;
    assert_eq!(write(&moved), r#"{"name":"n","type":"NEW","x":1}"#);
}

/// What says the kind may be of any kind itself.
#[test]
fn a_tag_that_is_no_text_stays_what_it_was() {
    for tag in ["5", "-1", "0.5", "true", r#"{"a":[1]}"#, r#"["DAYS"]"#] {
        let json = format!(r#"{{"type":{tag},"x":1}}"#);
        let age: Age = back(&json);
        let Age::Unknown(unknown) = &age else { panic!("{age:?}") };
        assert_eq!((unknown.tag(), &unknown.fields()["type"]), (tag, &read(tag)));
        back::<Holder>(&format!(r#"{{"ages":[{json},{{"type":"PERMANENT"}}],"named":{{"a":{json}}}}}"#));
        back::<Words>(&format!(r#"{{"word":{{"kind":{tag},"x":1}},"type":{tag},"y":2}}"#));
    }
}

/// Under many keys at once, no more than each by itself.
#[test]
fn under_very_many_free_keys() {
    let entries: Vec<String> =
        (0..20_000).map(|number| format!(r#""k{number:05}":{{"type":"PERMANENT","x":{number}}}"#)).collect();
    let json = format!(r#"{{"named":{{{}}}}}"#, entries.join(","));
    let holder: Holder = back(&json);
    assert_eq!(holder.unknown_fields["named"]["k19999"], json!({"x": 19_999}));
}

weixin::object! {
    /// Has a name.
    pub struct Named {
        /// The name.
        name: String = "name" required(impl Into<String>) [required];
        /// Beside.
        age: Option<Age> = "age" optional(impl Into<Age>) [flatten];
    }
}
