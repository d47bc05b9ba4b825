//! The same types by the macros and by serde's derive, on generated values: what one writes the other writes, and
//! what one reads the other reads.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::Value;

use super::{read, write};
use crate::record::random::{fraction, integer, json, list, map, maybe, scribble, text};

mod ours {
    use super::{BTreeMap, Value};

    weixin::object! {
        /// Every type that needs no flag.
        pub struct Tree {
            /// A value.
            flag: bool = "flag" required(bool) [required];
            /// A value.
            small: i32 = "small" required(i32) [required];
            /// A value.
            big: i64 = "big" required(i64) [required];
            /// A value.
            count: u32 = "count" required(u32) [required];
            /// A value.
            huge: u64 = "huge" required(u64) [required];
            /// A value.
            share: f64 = "share" required(f64) [required];
            /// A value.
            name: String = "name" required(impl Into<String>) [required];
            /// A value.
            leaf: Leaf = "leaf" required(Leaf) [required];
            /// A value.
            maybe_flag: Option<bool> = "maybeFlag" optional(bool);
            /// A value.
            maybe_huge: Option<u64> = "maybeHuge" optional(u64);
            /// A value.
            maybe_share: Option<f64> = "maybeShare" optional(f64);
            /// A value.
            maybe_name: Option<String> = "maybeName" optional(impl Into<String>);
            /// A value.
            maybe_leaf: Option<Leaf> = "maybeLeaf" optional(Leaf);
            /// A value.
            first: Option<Box<Tree>> = "first" optional(Tree);
            /// A value.
            children: Vec<Tree> = "children" optional(impl Into<Vec<Tree>>);
            /// A value.
            numbers: Vec<i64> = "numbers" optional(impl Into<Vec<i64>>);
            /// A value.
            names: Vec<String> = "names" required(Vec<String>) [required];
            /// A value.
            grid: Vec<Vec<u32>> = "grid" optional(impl Into<Vec<Vec<u32>>>);
            /// A value.
            shares: BTreeMap<String, f64> = "shares" optional(impl Into<BTreeMap<String, f64>>);
            /// A value.
            leaves: BTreeMap<String, Leaf> = "leaves" required(BTreeMap<String, Leaf>) [required];
            /// A value.
            any: Option<Value> = "any" optional(impl Into<Value>);
            /// A value.
            colour: Colour = "colour" required(impl Into<Colour>) [required];
            /// A value.
            shape: Option<Shape> = "shape" optional(impl Into<Shape>);
            /// A value.
            picture: Picture = "picture" required(impl Into<Picture>) [required flatten];
        }
    }
    weixin::object! {
        /// A leaf.
        pub struct Leaf {
            /// A value.
            n: i64 = "n" required(i64) [required];
            /// A value.
            note: Option<String> = "note" optional(impl Into<String>);
        }
    }
    weixin::open_enum! {
        /// A colour.
        pub enum Colour: string {
            /// Red.
            Red = "red",
            /// Green.
            Green = "dark green",
        }
    }
    weixin::one_of! {
        /// A shape.
        pub enum Shape (beside, tag "kind") {
            /// With a field that must be there.
            Circle(Circle) = "circle";
            /// With one that need not.
            Square(Square) = "square";
            /// With nothing.
            Point = "point";
        }
    }
    weixin::object! {
        /// A circle.
        pub struct Circle {
            /// A value.
            label: String = "label" required(impl Into<String>) [required];
        }
    }
    weixin::object! {
        /// A square.
        pub struct Square {
            /// A value.
            label: Option<String> = "label" optional(impl Into<String>);
        }
    }
    weixin::one_of! {
        /// A picture.
        pub enum Picture (keyed) {
            /// By address.
            Url(String) = "img_url";
            /// By itself.
            Text(String) = "img";
        }
    }
}

mod theirs {
    use super::{BTreeMap, Value};
    use serde::{Deserialize, Serialize};

    fn is_empty<T>(list: &[T]) -> bool {
        list.is_empty()
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Tree {
        pub flag: bool,
        pub small: i32,
        pub big: i64,
        pub count: u32,
        pub huge: u64,
        pub share: f64,
        pub name: String,
        pub leaf: Leaf,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub maybe_flag: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub maybe_huge: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub maybe_share: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub maybe_name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub maybe_leaf: Option<Leaf>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub first: Option<Box<Tree>>,
        #[serde(default, skip_serializing_if = "is_empty")]
        pub children: Vec<Tree>,
        #[serde(default, skip_serializing_if = "is_empty")]
        pub numbers: Vec<i64>,
        pub names: Vec<String>,
        #[serde(default, skip_serializing_if = "is_empty")]
        pub grid: Vec<Vec<u32>>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub shares: BTreeMap<String, f64>,
        pub leaves: BTreeMap<String, Leaf>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub any: Option<Value>,
        pub colour: Colour,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub shape: Option<Shape>,
        #[serde(flatten)]
        pub picture: Picture,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Leaf {
        pub n: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub note: Option<String>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Colour {
        #[serde(rename = "red")]
        Red,
        #[serde(rename = "dark green")]
        Green,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", rename_all = "lowercase")]
    pub enum Shape {
        Circle {
            label: String,
        },
        Square {
            #[serde(skip_serializing_if = "Option::is_none")]
            label: Option<String>,
        },
        Point,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Picture {
        #[serde(rename = "img_url")]
        Url(String),
        #[serde(rename = "img")]
        Text(String),
    }
}

fn leaf(rng: &mut Rng) -> theirs::Leaf {
    theirs::Leaf { n: integer(rng), note: maybe(rng, text) }
}

fn tree(rng: &mut Rng, depth: u8) -> theirs::Tree {
    theirs::Tree {
        flag: rng.bool(),
        small: rng.i32(..),
        big: integer(rng),
        count: rng.u32(..),
        huge: rng.u64(..) >> rng.u32(0..64),
        share: fraction(rng),
        name: text(rng),
        leaf: leaf(rng),
        maybe_flag: maybe(rng, Rng::bool),
        maybe_huge: maybe(rng, |rng| u64::MAX - rng.u64(0..3)),
        maybe_share: maybe(rng, fraction),
        maybe_name: maybe(rng, text),
        maybe_leaf: maybe(rng, leaf),
        first: (depth > 0).then(|| maybe(rng, |rng| Box::new(tree(rng, depth - 1)))).flatten(),
        children: if depth > 0 { list(rng, |rng| tree(rng, depth - 1)) } else { Vec::new() },
        numbers: list(rng, integer),
        names: list(rng, text),
        grid: list(rng, |rng| list(rng, |rng| rng.u32(..))),
        shares: map(rng, fraction),
        leaves: map(rng, leaf),
        any: maybe(rng, |rng| json(rng, 3)),
        colour: if rng.bool() { theirs::Colour::Red } else { theirs::Colour::Green },
        shape: maybe(rng, |rng| match rng.u8(0..3) {
            0 => theirs::Shape::Circle { label: text(rng) },
            1 => theirs::Shape::Square { label: maybe(rng, text) },
            _ => theirs::Shape::Point,
        }),
        picture: if rng.bool() { theirs::Picture::Url(text(rng)) } else { theirs::Picture::Text(text(rng)) },
    }
}

/// The same value in the type of the macros, by its constructor and setters.
fn same(tree: &theirs::Tree) -> ours::Tree {
    fn leaf(leaf: &theirs::Leaf) -> ours::Leaf {
        let same = ours::Leaf::new(leaf.n);
        leaf.note.iter().fold(same, |same, note| same.note(note))
    }
    let colour = match tree.colour {
        theirs::Colour::Red => ours::Colour::Red,
        theirs::Colour::Green => ours::Colour::Green,
    };
    let picture = match &tree.picture {
        theirs::Picture::Url(text) => ours::Picture::Url(text.clone()),
        theirs::Picture::Text(text) => ours::Picture::Text(text.clone()),
    };
    let leaves = tree.leaves.iter().map(|(key, value)| (key.clone(), leaf(value))).collect();
    let mut same_tree = ours::Tree::new(
        tree.flag,
        tree.small,
        tree.big,
        tree.count,
        tree.huge,
        tree.share,
        &tree.name,
        leaf(&tree.leaf),
        tree.names.clone(),
        leaves,
        colour,
        picture,
    )
    .children(tree.children.iter().map(same).collect::<Vec<_>>())
    .numbers(tree.numbers.clone())
    .grid(tree.grid.clone())
    .shares(tree.shares.clone());
    same_tree.maybe_flag = tree.maybe_flag;
    same_tree.maybe_huge = tree.maybe_huge;
    same_tree.maybe_share = tree.maybe_share;
    same_tree.maybe_name = tree.maybe_name.clone();
    same_tree.maybe_leaf = tree.maybe_leaf.as_ref().map(leaf);
    same_tree.first = tree.first.as_deref().map(|first| Box::new(same(first)));
    same_tree.any = tree.any.clone();
    same_tree.shape = tree.shape.as_ref().map(|shape| match shape {
        theirs::Shape::Circle { label } => ours::Shape::Circle(ours::Circle::new(label)),
        theirs::Shape::Square { label } => {
            let square = ours::Square::new();
            ours::Shape::Square(label.iter().fold(square, |square, label| square.label(label)))
        }
        theirs::Shape::Point => ours::Shape::Point,
    });
    same_tree
}

/// Some hundred values, of each depth.
fn trees() -> impl Iterator<Item = (Rng, theirs::Tree)> {
    (0..400).map(|seed| {
        let mut rng = Rng::with_seed(seed);
        let depth = rng.u8(0..3);
        let tree = tree(&mut rng, depth);
        (rng, tree)
    })
}

#[test]
fn both_write_the_same_bytes() {
    for (_, theirs) in trees() {
        let ours = same(&theirs);
        assert_eq!(write(&ours), write(&theirs));
        assert_eq!(
            serde_json::to_string_pretty(&ours).unwrap(),
            serde_json::to_string_pretty(&theirs).unwrap()
        );
        assert_eq!(serde_json::to_value(&ours).unwrap(), serde_json::to_value(&theirs).unwrap());
    }
}

#[test]
fn both_read_the_same_value() {
    for (mut rng, theirs) in trees() {
        let ours = same(&theirs);
        let value = serde_json::to_value(&theirs).unwrap();
        let json = scribble(&value, &mut rng);
        assert_eq!(read::<theirs::Tree>(&json), theirs, "{json}");
        assert_eq!(read::<ours::Tree>(&json), ours, "{json}");
        assert_eq!(serde_json::from_reader::<_, ours::Tree>(json.as_bytes()).unwrap(), ours, "{json}");
        assert_eq!(serde_json::from_value::<ours::Tree>(value).unwrap(), ours, "{json}");
        // And across: what one has written the other reads.
        assert_eq!(read::<theirs::Tree>(&write(&ours)), theirs);
        assert_eq!(read::<ours::Tree>(&write(&ours)), ours);
    }
}

#[test]
fn both_pass_over_what_they_do_not_know_and_ours_keeps_it() {
    for (mut rng, theirs) in trees() {
        let mut value = serde_json::to_value(&theirs).unwrap();
        let extra = json(&mut rng, 2);
        value["leaf"]["extra"] = extra.clone();
        value["extra"] = extra.clone();
        let json = scribble(&value, &mut rng);
        assert_eq!(read::<theirs::Tree>(&json), theirs, "{json}");
        let ours: ours::Tree = read(&json);
        assert_eq!(ours.unknown_fields["extra"], extra);
        assert_eq!(ours.leaf.unknown_fields["extra"], extra);
        assert_eq!(serde_json::to_value(&ours).unwrap(), value, "{json}");
    }
}

#[test]
fn both_take_null_for_what_may_be_missing() {
    for (mut rng, theirs) in trees() {
        let mut value = serde_json::to_value(&theirs).unwrap();
        for key in ["maybeFlag", "maybeHuge", "maybeShare", "maybeName", "maybeLeaf", "first", "any", "shape"]
        {
            if value.get(key).is_none() {
                value[key] = Value::Null;
            }
        }
        let json = scribble(&value, &mut rng);
        assert_eq!(read::<theirs::Tree>(&json), theirs, "{json}");
        assert_eq!(read::<ours::Tree>(&json), same(&theirs), "{json}");
    }
}

#[test]
fn both_refuse_what_is_missing_and_what_is_no_json() {
    let (_, theirs) = trees().find(|(_, tree)| tree.children.len() == 1 && tree.first.is_none()).unwrap();
    let value = serde_json::to_value(&theirs).unwrap();
    let required =
        ["flag", "small", "big", "count", "huge", "share", "name", "leaf", "names", "leaves", "colour"];
    for key in required {
        let mut value = value.clone();
        value.as_object_mut().unwrap().retain(|name, _| name != key);
        let json = value.to_string();
        assert!(serde_json::from_str::<theirs::Tree>(&json).is_err(), "{key}");
        assert_eq!(
            crate::record::refusal::<ours::Tree>(&json),
            format!("a required field is missing at `{key}`")
        );
    }
    let json = write(&theirs);
    for (cut, _) in json.char_indices() {
        assert!(serde_json::from_str::<theirs::Tree>(&json[..cut]).is_err());
        assert!(serde_json::from_str::<ours::Tree>(&json[..cut]).is_err(), "{}", &json[..cut]);
        let broken = format!("{}\u{1}{}", &json[..cut], &json[cut..]);
        assert!(serde_json::from_str::<ours::Tree>(&broken).is_err(), "{broken}");
    }
    assert!(serde_json::from_str::<ours::Tree>(&format!("{json} x")).is_err());
}
