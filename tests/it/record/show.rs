//! `Debug` that hides secrets, `Clone`, `PartialEq`, and the values that the enums keep.

use std::collections::BTreeMap;

use super::{read, write};

weixin::object! {
    /// Something with secrets.
    pub struct Vault {
        /// Plain.
        name: String = "name" required(impl Into<String>) [required];
        /// Hidden.
        token: String = "token" required(impl Into<String>) [required secret];
        /// Hidden.
        pin: Option<u32> = "pin" optional(u32) [secret];
        /// Hidden with all that is in it.
        keys: Vec<String> = "keys" optional(impl Into<Vec<String>>) [secret];
        /// Plain, but not what is hidden in it.
        inner: Option<Box<Vault>> = "inner" optional(Vault);
        /// Plain, but not what is hidden in them.
        others: BTreeMap<String, Vault> = "others" optional(impl Into<BTreeMap<String, Vault>>);
        /// Plain, but not what is hidden in it.
        safe: Option<Box<Safe>> = "safe" optional(impl Into<Box<Safe>>);
        /// Plain.
        colour: Option<Colour> = "colour" optional(impl Into<Colour>);
    }
}
weixin::one_of! {
    /// One of two.
    pub enum Safe (keyed, tag "kind") {
        /// With a vault in it.
        Vault(Vault) = "vault" [from];
        /// With nothing.
        Empty = "empty";
    }
}
weixin::open_enum! {
    /// A colour.
    pub enum Colour: string {
        /// Red.
        Red = "red",
    }
}
weixin::open_enum! {
    /// A level.
    pub enum Level: integer {
        /// Low.
        Low = -1,
    }
}

fn vault() -> Vault {
    Vault::new("n", "hush1").pin(424_242).keys(["hush2".to_owned()])
}

#[test]
fn secrets_are_hidden_wherever_they_are() {
    let inner = vault();
    assert_eq!(
        format!("{inner:?}"),
        r#"Vault { name: "n", token: ***, pin: ***, keys: ***, inner: None, others: {}, safe: None, colour: None }"#
    );
    let outer = more(
        vault().inner(vault()).others([("k".to_owned(), vault())]).safe(Safe::from(vault())).colour("blue"),
        "new",
        "hush3",
    );
    for text in [format!("{outer:?}"), format!("{outer:#?}")] {
        assert!(!text.contains("hush") && !text.contains("424242"), "{text}");
        assert!(text.contains("unknown_fields: {") && text.contains("\"new\""), "{text}");
    }
    let unknown: Safe = read(r#"{"kind": "new", "new": {"token": "hush"}}"#);
    assert_eq!(
        format!("{unknown:?}"),
        r#"Unknown { tag: "new", fields: ["kind", "new"] }"#.replace(r#"["kind", "new"]"#, &keys(&unknown))
    );
    assert_eq!(format!("{:?}", Safe::Empty), "Empty");
    assert_eq!(
        format!("{:?}", read::<Vault>(r#"{"name": "", "token": ""}"#)),
        format!("{:?}", Vault::new("", ""))
    );
    // Written, they are there: caching is what writing is for.
    assert!(write(&outer).contains("hush1") && write(&outer).contains("424242"));
}

/// With a field that the type does not know.
fn more(mut vault: Vault, name: &str, value: impl Into<serde_json::Value>) -> Vault {
    vault.unknown_fields.insert(name, value);
    vault
}

fn keys(safe: &Safe) -> String {
    let Safe::Unknown(unknown) = safe else { panic!("{safe:?}") };
    format!("{:?}", unknown.fields().keys().collect::<Vec<_>>())
}

#[test]
fn a_clone_is_equal_and_any_change_is_not() {
    let value = vault().inner(vault()).safe(Safe::Empty).colour(Colour::Red);
    let same = value.clone();
    assert_eq!(value, same);
    let mut changes = vec![
        same.clone().pin(1),
        same.clone().keys([]),
        same.clone().inner(Vault::new("n", "other")),
        same.clone().others([("k".to_owned(), vault())]),
        same.clone().safe(Safe::from(vault())),
        same.clone().colour("green"),
        more(same.clone(), "x", 1),
    ];
    let mut renamed = same.clone();
    renamed.name = "m".to_owned();
    changes.push(renamed);
    let mut without = same.clone();
    without.pin = None;
    changes.push(without);
    for change in &changes {
        assert_ne!(change, &value);
        assert_eq!(changes.iter().filter(|other| *other == change).count(), 1, "{change:?}");
    }
    assert_ne!(more(Vault::new("a", ""), "x", 1), more(Vault::new("a", ""), "x", 2));
}

#[test]
fn an_enum_keeps_what_it_does_not_list() {
    let colour: Colour = read(r#""ultra violet""#);
    assert_eq!(
        (colour.as_str(), colour.to_string(), write(&colour)),
        ("ultra violet", "ultra violet".to_owned(), r#""ultra violet""#.to_owned())
    );
    assert_eq!(colour, Colour::from("ultra violet"));
    // A value that is listed can't hide in the variant for the others.
    assert_eq!(Colour::from("red".to_owned()), Colour::Red);
    assert_eq!(format!("{:?} {:?}", Colour::Red, colour), r#"Red Unlisted("ultra violet")"#);
    let level: Level = read("7");
    assert_eq!((level.code(), level.to_string(), write(&level)), (7, "7".to_owned(), "7".to_owned()));
    assert_eq!((Level::from(-1), read::<Level>(r#""-1""#)), (Level::Low, Level::Low));
    assert_eq!(format!("{:?} {:?}", Level::Low, level), "Low Unlisted(7)");
    assert_eq!(crate::record::refusal::<Level>(r#""low""#), "expected an integer, found a string");
    let both: std::collections::HashSet<Colour> = [Colour::Red, "red".into(), "blue".into()].into();
    assert_eq!(both.len(), 2);
}
