//! The record engine: what a generated type tells about itself, so that one piece of code, not generic over
//! the type, can read, write, compare and print all of them. No endpoint and no HTTP lives here.
//!
//! A generated struct is a [`Record`]: a `static` [`Table`] of its fields, and two functions that show them all.
//! A field's type is a [`Slot`]: it shows its value as a [`Ref`] and takes a new one through a [`Mut`].

#[macro_use]
mod text;
mod check;
mod copy;
mod equal;
mod field;
pub(crate) mod form;
pub mod id;
mod node;
mod object;
pub(crate) mod part;
pub(crate) mod query;
mod read;
mod show;
mod slot;
mod table;
#[cfg(test)]
#[allow(clippy::large_enum_variant)]
mod tests;
mod unknown;
mod value;
mod write;

use std::any::Any;

use serde_json::Value;

pub(crate) use self::check::has_word;
pub use self::copy::copied;
pub use self::equal::{record_equal, union_equal};
pub(crate) use self::field::Field;
pub use self::field::Place;
pub(crate) use self::object::{take_out, Object};
#[cfg(feature = "callback")]
pub(crate) use self::read::deserialize_as;
pub use self::read::{deserialize, read_target, Envelope, Mode};
pub use self::show::{debug_record, debug_union};
pub use self::table::Table;
pub use self::unknown::{UnknownFields, UnknownVariant, Unlisted};
pub use self::value::{Date, Timestamp};
#[cfg(feature = "callback")]
pub(crate) use self::write::write_union;
pub use self::write::{body_json, parts, query, serialize, serialize_union, Constant, ConstantValue};

use crate::record::part::FilePart;

/// A generated struct. It shows all its fields at once: an accessor for each would be most of what there is to compile.
pub trait Record: Any + Send + Sync {
    /// Hands over the table and the values of its fields, the last of them `Ref::Unknown`.
    fn refs<'a>(&'a self, see: See<'_, 'a>);
    /// Hands over the table and the places of its fields, the last of them `Mut::Unknown`.
    fn slots<'a>(&'a mut self, fill: Fill<'_, 'a>);
}

/// What looks at the values of a record. The type and the function [`see`] stand for the closure, whose type is long:
/// the compiler would come to it in each generated type.
#[allow(missing_debug_implementations)]
pub struct See<'s, 'a>(&'s mut dyn FnMut(&'static Table, &[Ref<'a>]));

/// What fills the places of a record, called by [`fill`].
#[allow(missing_debug_implementations)]
pub struct Fill<'s, 'a>(&'s mut dyn FnMut(&'static Table, &mut [Mut<'a>]));

#[inline]
pub fn see<'a>(see: See<'_, 'a>, table: &'static Table, refs: &[Ref<'a>]) {
    (see.0)(table, refs);
}

#[inline]
pub fn fill<'a>(fill: Fill<'_, 'a>, table: &'static Table, slots: &mut [Mut<'a>]) {
    (fill.0)(table, slots);
}

impl dyn Record {
    pub(crate) fn table(&self) -> &'static Table {
        self.seen(|table, _| table)
    }

    /// What is made of the table and the values.
    pub(crate) fn seen<'a, T>(&'a self, see: impl FnOnce(&'static Table, &[Ref<'a>]) -> T) -> T {
        let (mut see, mut seen) = (Some(see), None);
        self.refs(See(&mut |table, refs| seen = see.take().map(|see| see(table, refs))));
        seen.expect("a record shows itself, once")
    }

    /// What is made of the table and the places.
    pub(crate) fn filled<'a, T>(&'a mut self, fill: impl FnOnce(&'static Table, &mut [Mut<'a>]) -> T) -> T {
        let (mut fill, mut filled) = (Some(fill), None);
        self.slots(Fill(&mut |table, slots| filled = fill.take().map(|fill| fill(table, slots))));
        filled.expect("a record shows its places, once")
    }

    pub(crate) fn keep_unknown(&mut self, fields: Object) {
        self.filled(|_, slots| keep_unknown(slots, fields));
    }
}

/// The fields behind the last one of the table: those that the spec does not know.
pub(crate) fn unknown<'a>(refs: &[Ref<'a>]) -> &'a UnknownFields {
    match refs.last() {
        Some(Ref::Unknown(fields)) => fields,
        _ => &UnknownFields::__NONE,
    }
}

pub(crate) fn keep_unknown(slots: &mut [Mut<'_>], fields: Object) {
    if let Some(Mut::Unknown(place)) = slots.last_mut() {
        place.extend(fields);
    }
}

/// The variants of a generated union.
#[derive(Debug)]
pub struct UnionTable {
    pub name: &'static str,
    /// The key whose value names the variant; `None`: the keys present tell it.
    pub tag: Option<&'static str>,
    /// The value that a missing tag stands for.
    pub default: Option<&'static str>,
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

/// A generated open enum whose values are strings.
pub trait TextEnum: for<'a> From<&'a str> + Any + Send + Sync {
    fn text(&self) -> &str;
}

/// A generated open enum whose values are integers.
pub trait IntegerEnum: From<i64> + Any + Send + Sync {
    fn integer(&self) -> i64;
}

/// The place of a string that is one of some values.
pub trait TextPlace: Any + Send + Sync {
    fn set(&mut self, raw: &str);
    fn get(&self) -> &str;
}

impl<T: TextEnum> TextPlace for T {
    fn set(&mut self, raw: &str) {
        *self = Self::from(raw);
    }
    fn get(&self) -> &str {
        self.text()
    }
}

/// The place of an integer that is one of some values.
pub trait IntegerPlace: Any + Send + Sync {
    fn set(&mut self, raw: i64);
}

impl<T: IntegerEnum> IntegerPlace for T {
    fn set(&mut self, raw: i64) {
        *self = Self::from(raw);
    }
}

/// A type that a field can have.
#[diagnostic::on_unimplemented(
    message = "a field can't have the type `{Self}`",
    label = "neither a plain type of the API nor one made by the macros of `weixin`",
    note = "plain types are bool, i32, i64, u32, u64, f64, String, weixin::Date, weixin::Timestamp, weixin::OpenId, \
            weixin::FilePart, serde_json::Value, and Option, Box, Vec and BTreeMap<String, …> of these"
)]
pub trait Slot: Sized + Send + Sync + 'static {
    /// How it shows itself, if not by methods of its own: two functions fewer in each generated type.
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

/// Generated enums whose values are strings.
#[derive(Debug)]
pub struct ViaText;

impl<T: TextEnum> Via<T> for ViaText {
    #[inline]
    fn show(value: &T) -> Ref<'_> {
        Ref::Str(value.text())
    }
    #[inline]
    fn place(value: &mut T) -> Mut<'_> {
        Mut::Text(value)
    }
}

/// Generated enums whose values are integers.
#[derive(Debug)]
pub struct ViaInteger;

impl<T: IntegerEnum> Via<T> for ViaInteger {
    #[inline]
    fn show(value: &T) -> Ref<'_> {
        Ref::Int(value.integer())
    }
    #[inline]
    fn place(value: &mut T) -> Mut<'_> {
        Mut::Integer(value)
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
    Text(&'a mut dyn TextPlace),
    Integer(&'a mut dyn IntegerPlace),
    Union(&'a mut dyn Union),
    File(&'a mut FilePart),
    /// Behind the last field of a record.
    Unknown(&'a mut UnknownFields),
}

impl Mut<'_> {
    /// The same place, for a shorter time.
    #[inline]
    pub(crate) fn reborrow(&mut self) -> Mut<'_> {
        match self {
            Self::Nothing => Mut::Nothing,
            Self::Bool(place) => Mut::Bool(place),
            Self::I32(place) => Mut::I32(place),
            Self::I64(place) => Mut::I64(place),
            Self::U32(place) => Mut::U32(place),
            Self::U64(place) => Mut::U64(place),
            Self::Float(place) => Mut::Float(place),
            Self::Str(place) => Mut::Str(place),
            Self::Value(place) => Mut::Value(place),
            Self::Opt(place) => Mut::Opt(&mut **place),
            Self::Seq(place) => Mut::Seq(&mut **place),
            Self::Map(place) => Mut::Map(&mut **place),
            Self::Record(place) => Mut::Record(&mut **place),
            Self::Text(place) => Mut::Text(&mut **place),
            Self::Integer(place) => Mut::Integer(&mut **place),
            Self::Union(place) => Mut::Union(&mut **place),
            Self::File(place) => Mut::File(place),
            Self::Unknown(place) => Mut::Unknown(place),
        }
    }

    /// The text that stands there, if it is a place of text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Str(place) => Some(place),
            Self::Text(place) => Some(place.get()),
            Self::Opt(place) => match place.show() {
                Ref::Str(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

/// An optional value.
pub trait Opt {
    fn show(&self) -> Ref<'_>;
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

/// A list of whatever becomes its items.
#[inline]
pub fn list<T, I: Into<T>>(items: impl IntoIterator<Item = I>) -> Vec<T> {
    items.into_iter().map(Into::into).collect()
}

/// A map of whatever becomes its names and values; of the same names the last counts.
#[inline]
pub fn map<T, K: Into<String>, V: Into<T>>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> std::collections::BTreeMap<String, T> {
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
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
