//! The record engine: what a generated type tells about itself, so that one piece of code, not generic over
//! the type, can read, write, compare and print all of them. No endpoint and no HTTP lives here.
//!
//! A generated struct is a [`Record`]: a `static` [`Table`] of its fields and two accessors by index. A field's
//! type is a [`Slot`]: it shows its value as a [`Ref`] and takes a new one through a [`Mut`].

#[macro_use]
mod text;
mod copy;
mod equal;
pub(crate) mod form;
mod open_id;
mod read;
mod show;
mod slot;
mod table;
#[cfg(test)]
mod tests;
mod unknown;
mod value;
mod write;

use std::any::Any;

use serde_json::{Map, Value};

pub use self::copy::copied;
pub use self::equal::{record_equal, union_equal};
pub use self::open_id::OpenId;
#[cfg(feature = "callback")]
pub(crate) use self::read::deserialize_as;
pub use self::read::{deserialize, read_target, Envelope, Mode};
pub use self::show::{debug_record, debug_union};
pub(crate) use self::table::Field;
pub use self::table::{Place, Table};
pub use self::unknown::{UnknownFields, UnknownVariant, Unlisted};
pub use self::value::{Date, Timestamp};
#[cfg(feature = "callback")]
pub(crate) use self::write::write_union;
pub use self::write::{body_json, parts, query, serialize, serialize_union, Constant, ConstantValue};

use crate::upload::FilePart;

/// A generated struct.
pub trait Record: Any + Send + Sync {
    fn table(&self) -> &'static Table;
    /// The value of the field with this index in the table; for any other index, the unknown fields.
    fn get(&self, index: usize) -> Ref<'_>;
    /// The place of the field with this index in the table; for any other index, that of the unknown fields.
    fn at(&mut self, index: usize) -> Mut<'_>;
}

/// An index that no field has: there, `get` and `at` give what the spec does not know.
const UNKNOWN: usize = usize::MAX;

impl dyn Record {
    pub(crate) fn unknown(&self) -> &UnknownFields {
        match self.get(UNKNOWN) {
            Ref::Unknown(fields) => fields,
            _ => &UnknownFields::__NONE,
        }
    }

    pub(crate) fn keep_unknown(&mut self, fields: Object) {
        if let Mut::Unknown(place) = self.at(UNKNOWN) {
            place.extend(fields);
        }
    }

    pub(crate) fn forget_unknown(&mut self) {
        if let Mut::Unknown(place) = self.at(UNKNOWN) {
            *place = UnknownFields::__NONE;
        }
    }
}

/// The variants of a generated union.
#[derive(Debug)]
pub struct UnionTable {
    pub name: &'static str,
    /// The key whose value names the variant; `None`: the keys present tell it.
    pub tag: Option<&'static str>,
    /// The payload stands under a key of its own, else beside the tag.
    pub keyed: bool,
    pub variants: &'static [Variant],
}

#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The tag's value; without a tag, the key that tells the variant.
    pub tag: &'static str,
    /// Other values of the tag that mean the same.
    pub also: &'static [&'static str],
    /// The key of the payload, if the union is keyed.
    pub key: &'static str,
    /// The name in Rust.
    pub name: &'static str,
}

/// A generated union.
pub trait Union: Any + Send + Sync {
    fn table(&self) -> &'static UnionTable;
    /// The tag of the variant and its payload; `None` for an unknown one.
    fn get(&self) -> Option<(&'static str, Ref<'_>)>;
    /// Becomes the variant with this tag, its payload blank, and gives the place of the payload.
    fn select(&mut self, tag: &str) -> Option<Mut<'_>>;
    /// The place of the payload; `None` for an unknown variant.
    fn payload(&mut self) -> Option<Mut<'_>>;
    fn unknown(&self) -> Option<&UnknownVariant>;
    fn set_unknown(&mut self, unknown: UnknownVariant);
}

/// A generated open enum.
pub trait OpenEnum: Any + Send + Sync {
    /// Its values are integers, not strings.
    fn is_integer(&self) -> bool;
    fn set_str(&mut self, raw: &str) -> bool;
    fn set_int(&mut self, raw: i64) -> bool;
}

/// A type that a field can have.
#[diagnostic::on_unimplemented(
    message = "a field can't have the type `{Self}`",
    label = "neither a plain type of the API nor one made by the macros of `weixin`",
    note = "plain types are bool, i32, i64, u32, u64, f64, String, weixin::Date, weixin::Timestamp, weixin::OpenId, \
            weixin::FilePart, serde_json::Value, and Option, Box, Vec and BTreeMap<String, …> of these"
)]
pub trait Slot: Sized + Send + Sync + 'static {
    /// How it shows itself, if not by methods of its own: two functions fewer in each of a thousand types.
    type Via: Via<Self>;
    fn show(&self) -> Ref<'_> {
        Self::Via::show(self)
    }
    fn place(&mut self) -> Mut<'_> {
        Self::Via::place(self)
    }
    /// A value to be filled; never visible to users.
    fn blank() -> Self;
}

/// Shows the values of a kind of generated types.
pub trait Via<T> {
    fn show(value: &T) -> Ref<'_>;
    fn place(value: &mut T) -> Mut<'_>;
}

/// Generated structs.
#[derive(Debug)]
pub struct ViaRecord;

impl<T: Record> Via<T> for ViaRecord {
    #[inline]
    fn show(value: &T) -> Ref<'_> {
        Ref::Record(value)
    }
    #[inline]
    fn place(value: &mut T) -> Mut<'_> {
        Mut::Record(value)
    }
}

/// Generated unions.
#[derive(Debug)]
pub struct ViaUnion;

impl<T: Union> Via<T> for ViaUnion {
    #[inline]
    fn show(value: &T) -> Ref<'_> {
        Ref::Union(value)
    }
    #[inline]
    fn place(value: &mut T) -> Mut<'_> {
        Mut::Union(value)
    }
}

/// All others, which have both methods themselves.
#[derive(Debug)]
pub struct ViaItself;

impl<T> Via<T> for ViaItself {
    #[inline]
    fn show(_: &T) -> Ref<'_> {
        Ref::Absent
    }
    #[inline]
    fn place(_: &mut T) -> Mut<'_> {
        Mut::Nothing
    }
}

/// A value as the engine sees it.
#[derive(Clone, Copy)]
pub enum Ref<'a> {
    Absent,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'a str),
    Value(&'a Value),
    Seq(&'a dyn Seq),
    Map(&'a dyn Dict),
    Record(&'a dyn Record),
    Union(&'a dyn Union),
    File(&'a FilePart),
    /// Behind the last field of a record.
    Unknown(&'a UnknownFields),
}

/// A place that the engine fills.
pub enum Mut<'a> {
    /// The payload of a variant that has none.
    Nothing,
    Bool(&'a mut bool),
    I32(&'a mut i32),
    I64(&'a mut i64),
    U32(&'a mut u32),
    U64(&'a mut u64),
    Float(&'a mut f64),
    Str(&'a mut String),
    Value(&'a mut Value),
    Opt(&'a mut dyn Opt),
    Seq(&'a mut dyn Seq),
    Map(&'a mut dyn Dict),
    Record(&'a mut dyn Record),
    Enum(&'a mut dyn OpenEnum),
    Union(&'a mut dyn Union),
    File(&'a mut FilePart),
    /// Behind the last field of a record.
    Unknown(&'a mut UnknownFields),
}

/// An optional value.
pub trait Opt {
    /// Makes it present (blank) and gives its place.
    fn fill(&mut self) -> Mut<'_>;
    fn unset(&mut self);
}

/// A list.
pub trait Seq {
    fn size(&self) -> usize;
    fn item(&self, index: usize) -> Ref<'_>;
    /// Appends a blank item and gives its place.
    fn grow(&mut self) -> Mut<'_>;
    /// Keeps the first items.
    fn truncate(&mut self, size: usize);
}

/// A map with free keys.
pub trait Dict {
    fn size(&self) -> usize;
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, Ref<'a>));
    /// Adds a blank entry and gives its place.
    fn entry(&mut self, key: String) -> Mut<'_>;
    fn remove(&mut self, key: &str);
    fn reset(&mut self);
}

/// A field that a setter sets: an `Option` becomes `Some`, a list or a map is replaced.
pub trait Setting {
    type Value;
    fn setting(value: Self::Value) -> Self;
}

/// Sets a field.
#[inline]
pub fn set<T: Setting>(field: &mut T, value: impl Into<T::Value>) {
    *field = T::setting(value.into());
}

impl<T> Setting for Option<T> {
    type Value = T;
    fn setting(value: T) -> Self {
        Some(value)
    }
}

impl<T> Setting for Vec<T> {
    type Value = Self;
    fn setting(value: Self) -> Self {
        value
    }
}

impl<T> Setting for std::collections::BTreeMap<String, T> {
    type Value = Self;
    fn setting(value: Self) -> Self {
        value
    }
}

/// What an answer is decoded into: a record, a union or a raw value, whose type the engine need not know.
pub trait Target: Any + Send {
    fn slot(&mut self) -> Mut<'_>;
}

impl<T: Slot> Target for T {
    fn slot(&mut self) -> Mut<'_> {
        self.place()
    }
}

/// The fields of a JSON object.
pub(crate) type Object = Map<String, Value>;
