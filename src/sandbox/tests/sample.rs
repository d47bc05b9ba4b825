//! A small spec with a type of every kind, and fields of these types.
//! What the checks make of them is tested in `tests.rs`.

use crate::spec::model::{
    Area, At, EnumValue, Field, FieldErrors, Limits, Object, OpenEnum, Required, Spec, Type, Union, Variant,
};

/// What is described nowhere stands nowhere.
pub(super) fn at<T: Default>(value: T) -> At<T> {
    At { value, ..At::default() }
}

pub(super) fn text(text: &str) -> At<String> {
    at(text.to_owned())
}

pub(super) fn code(code: i64) -> Option<At<i64>> {
    Some(at(code))
}

pub(super) fn named(name: &str) -> Type {
    Type::Named(name.to_owned())
}

pub(super) fn list(item: Type) -> Type {
    Type::List(Box::new(item))
}

pub(super) fn field(name: &str, ty: Type) -> Field {
    Field { wire: text(name), ty: at(ty), ..Field::default() }
}

pub(super) fn required(field: Field) -> Field {
    Field { required: Required::Always, ..field }
}

pub(super) fn limited(field: Field, limits: Limits) -> Field {
    Field { limits, ..field }
}

pub(super) fn within(path: &[&str], field: Field) -> Field {
    Field { path: path.iter().map(|name| (*name).to_owned()).collect(), ..field }
}

pub(super) fn flat(field: Field) -> Field {
    Field { flatten: true, ..field }
}

/// Limits that say only which code there is for whatever is wrong.
pub(super) fn other(error: i64) -> Limits {
    Limits { error: FieldErrors { other: code(error), ..FieldErrors::default() }, ..Limits::default() }
}

pub(super) fn object(name: &str, fields: Vec<Field>) -> Object {
    Object { name: text(name), fields, ..Object::default() }
}

pub(super) fn open_enum(name: &str, integer: bool, values: [&str; 2]) -> OpenEnum {
    let value = |wire: &str| EnumValue { wire: text(wire), rust: text(""), doc: text("") };
    OpenEnum { name: text(name), integer, values: values.map(value).into(), ..OpenEnum::default() }
}

pub(super) fn variant(tag: &str, key: &str, ty: Option<Type>) -> Variant {
    let (rust, doc) = (text(""), text(""));
    Variant { tag: text(tag), default: at(false), rust, ty: ty.map(at), key: key.to_owned(), doc }
}

pub(super) fn union(name: &str, tag: Option<&str>, keyed: bool, variants: Vec<Variant>) -> Union {
    Union { name: text(name), tag: tag.map(text), keyed, variants, ..Union::default() }
}

/// A spec with a type of every kind.
pub(super) fn spec() -> Spec {
    let id = within(&["info", "scene"], required(field("id", Type::U32)));
    let point = || named("Point");
    let area = Area {
        objects: vec![
            object("Point", vec![required(field("x", Type::I32)), field("y", Type::I32)]),
            object(
                "Deep",
                vec![field("life", Type::U32), limited(id, Limits { min: Some(1), ..other(40053) })],
            ),
            object(
                "Articles",
                vec![limited(
                    required(field("articles", list(point()))),
                    Limits { max_items: Some(2), ..Limits::default() },
                )],
            ),
            object("Tree", vec![field("sub", list(named("Tree")))]),
        ],
        enums: vec![open_enum("Lang", false, ["en", "zh_CN"]), open_enum("Level", true, ["0", "1"])],
        unions: vec![
            union(
                "Message",
                Some("msgtype"),
                true,
                vec![
                    variant("text", "text", Some(point())),
                    variant("image", "images", Some(list(Type::String))),
                    variant("poke", "poke", None),
                ],
            ),
            union("Action", Some("action"), false, vec![variant("DEEP", "DEEP", Some(named("Deep")))]),
            union(
                "Told",
                None,
                false,
                vec![
                    variant("articles", "articles", Some(named("Articles"))),
                    variant("x", "x", Some(point())),
                ],
            ),
            union(
                "Source",
                None,
                true,
                vec![
                    variant("img_url", "img_url", Some(Type::String)),
                    variant("img", "img", Some(Type::U32)),
                ],
            ),
        ],
        ..Area::default()
    };
    Spec { areas: vec![area], ..Spec::default() }
}
