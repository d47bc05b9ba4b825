//! What a message holds: fields and their limits, types, and the objects, enums and unions that types name.
//! Endpoints and events, which hold messages, stand in `model.rs`.

use super::At;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Required {
    #[default]
    No,
    /// Needed to build the value; an answer may leave it out.
    Request,
    Always,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    Text(String),
    Integer(i64),
    Bool(bool),
}

/// Where a field's value comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Origin {
    /// The caller.
    #[default]
    Caller,
    Const(Const),
    AppId,
    Secret,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// The name on the wire, and where the line begins.
    pub wire: At<String>,
    /// The name in Rust, given or derived, and where it is given (else the wire name's place).
    pub rust: At<String>,
    /// `Type::String` for constants and the account's values.
    pub ty: At<Type>,
    pub origin: Origin,
    pub required: Required,
    pub doc: At<String>,
    pub secret: bool,
    /// The objects that the field is nested in, outermost first.
    pub path: Vec<String>,
    /// Other wire names under which an answer may have it.
    pub also: Vec<At<String>>,
    pub flatten: bool,
    /// Words that a user typed, in a push.
    pub free_text: bool,
    /// The key that holds the list's length, written right before the list.
    pub count: Option<At<String>>,
    pub limits: Limits,
    pub deprecated: Option<String>,
    /// The keys that are given, and where.
    pub keys: Vec<At<String>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub min_chars: Option<u64>,
    pub max_chars: Option<u64>,
    pub max_bytes: Option<u64>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub error: FieldErrors,
}

/// The platform's error codes for what can be wrong with a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldErrors {
    /// Not there, or a file without a name.
    pub missing: Option<At<i64>>,
    /// There, but empty.
    pub empty: Option<At<i64>>,
    /// Below a lower limit.
    pub small: Option<At<i64>>,
    /// Above an upper limit.
    pub large: Option<At<i64>>,
    /// Of another type.
    pub kind: Option<At<i64>>,
    /// None of those allowed.
    pub value: Option<At<i64>>,
    /// Whatever else is wrong, but for the type.
    pub other: Option<At<i64>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Type {
    #[default]
    String,
    I32,
    I64,
    U32,
    U64,
    Decimal,
    Bool,
    Bool01,
    Date,
    Timestamp,
    /// Anything.
    Json,
    File,
    /// One of the ids, as a type of its own.
    Id(&'static Id),
    List(Box<Type>),
    Map(Box<Type>),
    /// A list that may arrive as one bare object.
    Many(Box<Type>),
    /// A number or 0/1 written as text.
    Text(Box<Type>),
    /// JSON inside a string.
    JsonText(Box<Type>),
    /// An object, enum or union; the name stands somewhere in the spec.
    Named(String),
}

/// An id.
#[derive(Debug, PartialEq)]
pub struct Id {
    /// As the spec calls it.
    pub name: &'static str,
    /// Its type in Rust, in `weixin::id`.
    pub rust: &'static str,
    /// What it is on the wire.
    pub on_the_wire: Type,
}

impl Type {
    /// What it is on the wire, of an id.
    pub fn plain(&self) -> &Self {
        match self {
            Self::Id(id) => &id.on_the_wire,
            ty => ty,
        }
    }

    /// The smallest and the largest value, of an integer.
    pub fn bounds(&self) -> Option<(i128, i128)> {
        match self.plain() {
            Self::I32 => Some((i32::MIN.into(), i32::MAX.into())),
            Self::I64 | Self::Timestamp => Some((i64::MIN.into(), i64::MAX.into())),
            Self::U32 => Some((0, u32::MAX.into())),
            Self::U64 => Some((0, u64::MAX.into())),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    pub name: At<String>,
    pub doc: At<String>,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenEnum {
    pub name: At<String>,
    pub doc: At<String>,
    /// Integers on the wire, else strings.
    pub integer: bool,
    pub values: Vec<EnumValue>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    pub wire: At<String>,
    /// The variant's name, given or derived.
    pub rust: At<String>,
    pub doc: At<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Union {
    pub name: At<String>,
    pub doc: At<String>,
    pub tag: Option<At<String>>,
    /// The payload stands under a key of its own, else beside the tag.
    pub keyed: bool,
    pub variants: Vec<Variant>,
}

impl Union {
    /// The variant that a missing tag means.
    pub fn default_variant(&self) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.default.value)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The tag's value, or without a tag the key that tells the variant.
    pub tag: At<String>,
    /// A missing tag means this variant.
    pub default: At<bool>,
    /// The variant's name in Rust, given or derived.
    pub rust: At<String>,
    pub ty: Option<At<Type>>,
    /// The payload's key (`keyed` only): given, or the tag's value.
    pub key: String,
    pub doc: At<String>,
}
