//! Unions of all the kinds that the grammar has, in any order of keys, with variants that nobody knows.

use super::{read, refusal, write};

weixin::object! {
    /// A text.
    pub struct Text {
        /// The text.
        content: String = "content" required(impl Into<String>) [required];
    }
}
weixin::object! {
    /// Pictures.
    pub struct Images {
        /// Their ids.
        ids: Vec<String> = "ids" optional(impl Into<Vec<String>>);
    }
}
weixin::object! {
    /// A scene in nested objects, with a sibling.
    pub struct Scene {
        /// Of some variants only.
        expire_seconds: Option<u32> = "expire_seconds" optional(u32);
        /// The scene.
        scene_id: u32 = "action_info" / "scene" / "scene_id" required(u32) [required];
    }
}
weixin::object! {
    /// A scene in nested objects, without.
    pub struct LimitScene {
        /// The scene.
        scene_id: u32 = "action_info" / "scene" / "scene_id" required(u32) [required];
    }
}
weixin::one_of! {
    /// Tag and payload under a key.
    pub enum Message (keyed, tag "msgtype") {
        /// Key like the tag.
        Text(Text) = "text" new text(content: impl Into<String>) [from];
        /// Key unlike the tag.
        Images(Images) = "image" in "images" new images() [from];
        /// A plain payload.
        Number(u64) = "number" [from];
        /// No payload.
        Poke = "poke";
    }
}
weixin::one_of! {
    /// Tag with the fields beside it, some nested.
    pub enum Action (beside, tag "action_name") {
        /// With a sibling.
        Scene(Scene) = "QR_SCENE" new scene(scene_id: u32) [from];
        /// Without.
        Limit(LimitScene) = "QR_LIMIT_SCENE" new limit(scene_id: u32) [from];
        /// Nothing at all.
        None = "NONE";
    }
}
weixin::one_of! {
    /// Told by the keys that are there.
    pub enum Content (beside) {
        /// By `content`.
        Text(Text) = "content" [from];
        /// By `ids`.
        Images(Images) = "ids" [from];
    }
}
weixin::one_of! {
    /// Exactly one of two fields.
    pub enum Picture (keyed) {
        /// An address.
        Url(String) = "img_url" [from];
        /// An object.
        Images(Images) = "img" [from];
    }
}
weixin::object! {
    /// A message to somebody.
    pub struct Send {
        /// Who.
        to: String = "to" required(impl Into<String>) [required];
        /// What.
        message: Message = "message" required(impl Into<Message>) [required flatten];
        /// A second union beside the first.
        picture: Option<Picture> = "picture" optional(impl Into<Picture>) [flatten];
        /// Something after it.
        note: Option<String> = "note" optional(impl Into<String>);
    }
}
weixin::object! {
    /// Unions under keys, in lists, in unions.
    pub struct Nest {
        /// Under a key.
        action: Option<Action> = "action" optional(impl Into<Action>);
        /// In a list.
        contents: Vec<Content> = "contents" optional(impl Into<Vec<Content>>);
        /// Beside, and missing.
        extra: Option<Action> = "extra" optional(impl Into<Action>) [flatten];
    }
}

fn both<T>(value: &T, json: &str)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_eq!(write(value), json);
    assert_eq!(&read::<T>(json), value, "{json}");
}

#[test]
fn a_payload_under_a_key() {
    both(&Send::new("a", Message::text("hi")), r#"{"to":"a","msgtype":"text","text":{"content":"hi"}}"#);
    let images = Images::new().ids(["x".to_owned()]);
    both(
        &Send::new("a", images).note("n"),
        r#"{"to":"a","msgtype":"image","images":{"ids":["x"]},"note":"n"}"#,
    );
    both(&Send::new("a", 7_u64), r#"{"to":"a","msgtype":"number","number":7}"#);
    both(&Send::new("a", Message::Poke), r#"{"to":"a","msgtype":"poke"}"#);
    both(&Message::text("hi"), r#"{"msgtype":"text","text":{"content":"hi"}}"#);
}

#[test]
fn a_payload_before_its_tag() {
    let send = Send::new("a", Message::text("hi")).note("n");
    for json in [
        r#"{"text":{"content":"hi"},"note":"n","msgtype":"text","to":"a"}"#,
        r#"{"text":{"content":"hi"},"msgtype":"text","to":"a","note":"n"}"#,
        r#"{"note":"n","to":"a","text":{"content":"hi"},"msgtype":"text"}"#,
    ] {
        assert_eq!(read::<Send>(json), send, "{json}");
    }
    let action: Action =
        read(r#"{"action_info":{"scene":{"scene_id":7}},"expire_seconds":60,"action_name":"QR_SCENE"}"#);
    assert_eq!(action, Action::Scene(Scene::new(7_u32).expire_seconds(60)));
}

#[test]
fn two_unions_in_one_object() {
    let send = Send::new("a", Message::Poke).picture("u".to_owned());
    both(&send, r#"{"to":"a","msgtype":"poke","img_url":"u"}"#);
    let send = Send::new("a", Message::text("hi")).picture(Images::new());
    both(&send, r#"{"to":"a","msgtype":"text","text":{"content":"hi"},"img":{}}"#);
}

#[test]
fn fields_beside_the_tag() {
    both(
        &Action::from(Scene::new(7_u32).expire_seconds(60)),
        r#"{"expire_seconds":60,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":7}}}"#,
    );
    both(&Action::limit(7), r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":7}}}"#);
    both(&Action::None, r#"{"action_name":"NONE"}"#);
    let nest = Nest::new()
        .action(Action::scene(1))
        .contents([Content::from(Text::new("t")), Images::new().ids(["i".to_owned()]).into()]);
    both(
        &nest,
        r#"{"action":{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":1}}},"contents":[{"content":"t"},{"ids":["i"]}]}"#,
    );
    both(
        &Nest::new().extra(Action::limit(1)),
        r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":1}}}"#,
    );
    both(&Nest::new(), "{}");
}

#[test]
fn no_tag_but_the_keys() {
    assert_eq!(read::<Content>(r#"{"ids":[],"x":1}"#).clone(), {
        let mut images = Images::new();
        images.unknown_fields.insert("x", 1);
        Content::Images(images)
    });
    // A null says nothing where another key is there.
    assert_eq!(read::<Content>(r#"{"content":null,"ids":["x"]}"#), {
        let mut images = Images::new().ids(["x".to_owned()]);
        images.unknown_fields.insert("content", ());
        Content::Images(images)
    });
    both(&Picture::Url("u".to_owned()), r#"{"img_url":"u"}"#);
    both(&Picture::Images(Images::new()), r#"{"img":{}}"#);
}

#[test]
fn what_nobody_knows_is_kept_whole() {
    let json = r#"{"action_name":"QR_NEW","expire_seconds":60,"new":{"a":[1,null]}}"#;
    let action: Action = read(json);
    let Action::Unknown(unknown) = &action else { panic!("{action:?}") };
    assert_eq!((unknown.tag(), &unknown.fields()["new"]["a"][0]), ("QR_NEW", &serde_json::json!(1)));
    assert_eq!(read::<serde_json::Value>(&write(&action)), read::<serde_json::Value>(json));

    let json = r#"{"to":"a","msgtype":"video","video":{"id":1},"note":"n","extra":2}"#;
    let send: Send = read(json);
    let Message::Unknown(unknown) = &send.message else { panic!("{send:?}") };
    assert_eq!((unknown.tag(), unknown.fields().len()), ("video", 2));
    assert_eq!((send.note.as_deref(), send.unknown_fields.len()), (Some("n"), 1));
    assert_eq!(read::<serde_json::Value>(&write(&send)), read::<serde_json::Value>(json));

    for (json, tag) in [(r#"{"x":1}"#, ""), ("{}", ""), (r#"{"action_name":7,"x":1}"#, "7")] {
        let action: Action = read(json);
        let Action::Unknown(unknown) = &action else { panic!("{action:?}") };
        assert_eq!(unknown.tag(), tag);
        assert_eq!(
            read::<serde_json::Value>(&write(&action)).get("x"),
            read::<serde_json::Value>(json).get("x")
        );
    }
}

#[test]
fn what_is_missing_or_does_not_fit() {
    assert_eq!(
        refusal::<Send>(r#"{"to":"a"}"#),
        "`msgtype` is missing, which says what kind of Message it is"
    );
    assert_eq!(
        refusal::<Send>(r#"{"to":"a","msgtype":"text"}"#),
        "`text` is announced, but not there at `text`"
    );
    // A null says nothing in what is sent.
    assert_eq!(
        refusal::<Send>(r#"{"to":"a","msgtype":"text","text":null}"#),
        "`text` is announced, but not there at `text`"
    );
    assert_eq!(
        refusal::<Send>(r#"{"to":"a","msgtype":"text","text":{}}"#),
        "a required field is missing at `text.content`"
    );
    assert_eq!(
        refusal::<Send>(r#"{"to":"a","msgtype":"number","number":"x"}"#),
        "expected an integer, found a string at `number`"
    );
    assert_eq!(
        refusal::<Action>(r#"{"action_name":"QR_SCENE"}"#),
        "a required field is missing at `action_info`"
    );
    assert_eq!(
        refusal::<Nest>(
            r#"{"action":{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":{"x":1}}}}}"#
        ),
        "expected an integer, found an object at `action.action_info.scene.scene_id`"
    );
    assert_eq!(
        refusal::<Nest>(r#"{"contents":[{"ids":[]},{"content":{"x":1}}]}"#),
        "expected a string, found an object at `contents[1].content`"
    );
    assert_eq!(refusal::<Nest>(r#"{"action":7}"#), "expected an object, found 7 at `action`");
}

#[test]
fn no_value_is_no_union() {
    for json in [r#"{"action":null}"#, r#"{"action":""}"#, r#"{"action":[]}"#, r#"{"contents":[null]}"#] {
        assert_eq!(read::<Nest>(json), Nest::new(), "{json}");
    }
}

weixin::object! {
    /// Counted things.
    pub struct Basket {
        /// The things, in an object that they fill.
        things: Vec<String> = "things" / "item" required(impl Into<Vec<String>>) [required many "how_many"];
    }
}
weixin::one_of! {
    /// Variants with several tags, and one that is not there.
    pub enum Parcel (beside, tag "kind") {
        /// Two words for one thing.
        Basket(Basket) = "basket" or "hamper" or "pannier" new basket(things: impl Into<Vec<String>>) [from];
        /// Of a condition that never holds.
        Gone(NoSuchType) = "gone" if (any()) new gone(things: NoSuchType) [from];
    }
}
weixin::object! {
    /// Says what it is beside the union that is told by it.
    pub struct Labelled {
        /// The tag of both unions.
        kind: String = "kind" required(impl Into<String>) [required];
        /// Told by a tag of its own.
        action: Option<Action> = "action" optional(impl Into<Action>) [flatten];
        /// Told by the label.
        parcel: Option<Parcel> = "parcel" optional(impl Into<Parcel>) [flatten];
    }
}

#[test]
fn several_tags_of_one_variant() {
    for tag in ["basket", "hamper", "pannier"] {
        let parcel: Parcel =
            read(&format!(r#"{{"how_many":9,"kind":"{tag}","things":{{"item":["a","b"]}}}}"#));
        assert!(matches!(&parcel, Parcel::Basket(basket) if basket.things == ["a", "b"]), "{parcel:?}");
        assert_eq!(write(&parcel), r#"{"kind":"basket","how_many":2,"things":{"item":["a","b"]}}"#);
    }
    // Case has a meaning, except in pushes.
    assert!(matches!(read::<Parcel>(r#"{"kind":"HAMPER"}"#), Parcel::Unknown(_)));
}

#[test]
fn a_variant_that_is_switched_off_is_unknown() {
    let parcel: Parcel = read(r#"{"kind":"gone","things":1}"#);
    assert!(matches!(&parcel, Parcel::Unknown(gone) if gone.fields()["things"] == 1), "{parcel:?}");
}

#[test]
fn a_list_is_counted_by_itself() {
    let empty = Basket::new([]);
    assert_eq!(write(&empty), r#"{"how_many":0,"things":{"item":[]}}"#);
    let basket: Basket = read(r#"{"things":{"item":"a"},"how_many":"many","more":1}"#);
    assert_eq!(basket.things, ["a"]);
    assert_eq!(basket.unknown_fields.keys().collect::<Vec<_>>(), ["more"]);
    // A bare list where its items should stand.
    assert_eq!(read::<Basket>(r#"{"things":["a","b"]}"#).things, ["a", "b"]);
}

#[test]
fn a_tag_that_is_a_field_too() {
    let json = r#"{"kind":"basket","how_many":1,"things":{"item":["a"]}}"#;
    let labelled: Labelled = read(json);
    assert_eq!(labelled.kind, "basket");
    assert!(matches!(labelled.parcel, Some(Parcel::Basket(_))), "{labelled:?}");
    assert_eq!(write(&labelled), json);
    let unknown = r#"{"kind":"letter","words":3}"#;
    let labelled: Labelled = read(unknown);
    assert!(matches!(&labelled.parcel, Some(Parcel::Unknown(letter)) if letter.tag() == "letter"));
    assert_eq!(write(&labelled), unknown);
    // Another union has been told: the label is no parcel's.
    let action = r#"{"kind":"basket","action_name":"NONE"}"#;
    let labelled: Labelled = read(action);
    assert!(labelled.parcel.is_none() && labelled.action.is_some(), "{labelled:?}");
    assert_eq!(write(&labelled), action);
}

weixin::one_of! {
    /// A tag that may be left out.
    pub enum Soil (beside, tag "soil" default "loam") {
        /// What a missing tag means.
        Loam(Text) = "loam" [from];
        /// Something else.
        Sand = "sand";
    }
}

#[test]
fn a_tag_that_is_missing_may_have_a_meaning() {
    for json in [r#"{"content":"a"}"#, r#"{"content":"a","soil":null}"#, r#"{"soil":"loam","content":"a"}"#] {
        let soil: Soil = read(json);
        assert!(matches!(&soil, Soil::Loam(text) if text.content == "a"), "{soil:?}");
        assert_eq!(write(&soil), r#"{"soil":"loam","content":"a"}"#);
    }
    assert!(matches!(read::<Soil>(r#"{"soil":"sand"}"#), Soil::Sand));
    assert!(matches!(read::<Soil>(r#"{"soil":"clay"}"#), Soil::Unknown(_)));
    assert!(refusal::<Soil>("{}").contains("content"), "what the variant needs is still needed");
}
