//! The record engine: what a generated type tells about itself, so that one piece of code, not generic over
//! the type, can read, write, compare and print all of them. No endpoint and no HTTP lives here.
//!
//! A generated struct is a [`Record`]: a `static` [`Table`] of its fields, and two functions that show all their values.
//! What a field can hold is a [`FieldType`]: it shows its value as a [`ValueRef`], and takes a new one through a [`ValueMut`].

#[macro_use]
mod text;
mod check;
mod clone;
mod debug;
mod equal;
mod field;
mod field_type;
pub(crate) mod form;
pub mod id;
mod node;
mod object;
pub(crate) mod part;
pub(crate) mod query;
mod read;
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
pub use self::clone::cloned;
pub use self::debug::{debug_record, debug_union};
pub use self::equal::{record_equal, union_equal};
pub(crate) use self::field::Field;
pub use self::field::Location;
pub(crate) use self::object::{take_out, Object};
#[cfg(feature = "callback")]
pub(crate) use self::read::deserialize_as;
pub use self::read::{deserialize, read_target, Envelope, Mode};
pub use self::table::Table;
pub use self::unknown::{UnknownFields, UnknownVariant, Unlisted};
pub use self::value::{Date, Timestamp};
#[cfg(feature = "callback")]
pub(crate) use self::write::write_union;
pub use self::write::{body_json, parts, query, serialize, serialize_union, Constant, ConstantValue};

use crate::record::part::FilePart;

/// A generated struct. It shows all its fields at once: an accessor for each would be most of what there is to compile.
pub trait Record: Any + Send + Sync {
    /// Shows the table and the values of its fields, the last of them `ValueRef::Unknown`.
    fn visit_values<'a>(&'a self, visit: Visit<'_, 'a>);
    /// Gives the table and access to the values of its fields, the last of them `ValueMut::Unknown`.
    fn visit_values_mut<'a>(&'a mut self, visit: VisitMut<'_, 'a>);
}

/// What looks at the values of a record. The type and the function [`visit`] stand for the closure, whose type is long:
/// the compiler would come to it in each generated type.
#[allow(missing_debug_implementations)]
pub struct Visit<'v, 'a>(&'v mut dyn FnMut(&'static Table, &[ValueRef<'a>]));

/// What changes the values of a record, called by [`visit_mut`].
#[allow(missing_debug_implementations)]
pub struct VisitMut<'v, 'a>(&'v mut dyn FnMut(&'static Table, &mut [ValueMut<'a>]));

#[inline]
pub fn visit<'a>(visit: Visit<'_, 'a>, table: &'static Table, values: &[ValueRef<'a>]) {
    (visit.0)(table, values);
}

#[inline]
pub fn visit_mut<'a>(visit: VisitMut<'_, 'a>, table: &'static Table, values: &mut [ValueMut<'a>]) {
    (visit.0)(table, values);
}

impl dyn Record {
    pub(crate) fn table(&self) -> &'static Table {
        self.with_values(|table, _| table)
    }

    /// What is made of the table and the values.
    pub(crate) fn with_values<'a, T>(
        &'a self,
        visit: impl FnOnce(&'static Table, &[ValueRef<'a>]) -> T,
    ) -> T {
        let (mut visit, mut result) = (Some(visit), None);
        self.visit_values(Visit(&mut |table, values| {
            result = visit.take().map(|visit| visit(table, values));
        }));
        result.expect("a record shows its values, once")
    }

    /// What is made of the table and the values, which may be changed.
    pub(crate) fn with_values_mut<'a, T>(
        &'a mut self,
        visit: impl FnOnce(&'static Table, &mut [ValueMut<'a>]) -> T,
    ) -> T {
        let (mut visit, mut result) = (Some(visit), None);
        self.visit_values_mut(VisitMut(&mut |table, values| {
            result = visit.take().map(|visit| visit(table, values));
        }));
        result.expect("a record gives its values, once")
    }

    pub(crate) fn keep_unknown(&mut self, fields: Object) {
        self.with_values_mut(|_, values| keep_unknown(values, fields));
    }
}

/// The fields behind the last one of the table: those that the spec does not know.
pub(crate) fn unknown<'a>(values: &[ValueRef<'a>]) -> &'a UnknownFields {
    match values.last() {
        Some(ValueRef::Unknown(fields)) => fields,
        _ => &UnknownFields::__NONE,
    }
}

pub(crate) fn keep_unknown(values: &mut [ValueMut<'_>], fields: Object) {
    if let Some(ValueMut::Unknown(unknown)) = values.last_mut() {
        unknown.extend(fields);
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
    fn get(&self) -> Option<(&'static str, ValueRef<'_>)>;
    /// Becomes the variant with this tag, its payload blank, and gives access to the payload.
    fn select(&mut self, tag: &str) -> Option<ValueMut<'_>>;
    /// Access to the payload; `None` for an unknown variant.
    fn payload(&mut self) -> Option<ValueMut<'_>>;
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

/// A string that is one of some values.
pub trait TextValue: Any + Send + Sync {
    fn set(&mut self, raw: &str);
    fn get(&self) -> &str;
}

impl<T: TextEnum> TextValue for T {
    fn set(&mut self, raw: &str) {
        *self = Self::from(raw);
    }
    fn get(&self) -> &str {
        self.text()
    }
}

/// An integer that is one of some values.
pub trait IntegerValue: Any + Send + Sync {
    fn set(&mut self, raw: i64);
}

impl<T: IntegerEnum> IntegerValue for T {
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
pub trait FieldType: Sized + Send + Sync + 'static {
    /// How its value is shown, if not by methods of its own: two functions fewer in each generated type.
    type Access: Access<Self>;
    fn value_ref(&self) -> ValueRef<'_> {
        Self::Access::value_ref(self)
    }
    fn value_mut(&mut self) -> ValueMut<'_> {
        Self::Access::value_mut(self)
    }
    /// A value to be filled; never visible to users.
    fn blank() -> Self;
}

/// Shows the values of one kind of generated types.
pub trait Access<T> {
    fn value_ref(value: &T) -> ValueRef<'_>;
    fn value_mut(value: &mut T) -> ValueMut<'_>;
}

/// Generated structs.
#[derive(Debug)]
pub struct RecordAccess;

impl<T: Record> Access<T> for RecordAccess {
    #[inline]
    fn value_ref(value: &T) -> ValueRef<'_> {
        ValueRef::Record(value)
    }
    #[inline]
    fn value_mut(value: &mut T) -> ValueMut<'_> {
        ValueMut::Record(value)
    }
}

/// Generated unions.
#[derive(Debug)]
pub struct UnionAccess;

impl<T: Union> Access<T> for UnionAccess {
    #[inline]
    fn value_ref(value: &T) -> ValueRef<'_> {
        ValueRef::Union(value)
    }
    #[inline]
    fn value_mut(value: &mut T) -> ValueMut<'_> {
        ValueMut::Union(value)
    }
}

/// Generated enums whose values are strings.
#[derive(Debug)]
pub struct TextAccess;

impl<T: TextEnum> Access<T> for TextAccess {
    #[inline]
    fn value_ref(value: &T) -> ValueRef<'_> {
        ValueRef::Str(value.text())
    }
    #[inline]
    fn value_mut(value: &mut T) -> ValueMut<'_> {
        ValueMut::Text(value)
    }
}

/// Generated enums whose values are integers.
#[derive(Debug)]
pub struct IntegerAccess;

impl<T: IntegerEnum> Access<T> for IntegerAccess {
    #[inline]
    fn value_ref(value: &T) -> ValueRef<'_> {
        ValueRef::Int(value.integer())
    }
    #[inline]
    fn value_mut(value: &mut T) -> ValueMut<'_> {
        ValueMut::Integer(value)
    }
}

/// All others, which have both methods themselves.
#[derive(Debug)]
pub struct OwnAccess;

impl<T> Access<T> for OwnAccess {
    #[inline]
    fn value_ref(_: &T) -> ValueRef<'_> {
        ValueRef::Absent
    }
    #[inline]
    fn value_mut(_: &mut T) -> ValueMut<'_> {
        ValueMut::Nothing
    }
}

/// A value as the engine sees it.
#[derive(Clone, Copy)]
pub enum ValueRef<'a> {
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

/// A value as the engine fills it.
pub enum ValueMut<'a> {
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
    Text(&'a mut dyn TextValue),
    Integer(&'a mut dyn IntegerValue),
    Union(&'a mut dyn Union),
    File(&'a mut FilePart),
    /// Behind the last field of a record.
    Unknown(&'a mut UnknownFields),
}

impl ValueMut<'_> {
    /// The same value, for a shorter time.
    #[inline]
    pub(crate) fn reborrow(&mut self) -> ValueMut<'_> {
        match self {
            Self::Nothing => ValueMut::Nothing,
            Self::Bool(value) => ValueMut::Bool(value),
            Self::I32(value) => ValueMut::I32(value),
            Self::I64(value) => ValueMut::I64(value),
            Self::U32(value) => ValueMut::U32(value),
            Self::U64(value) => ValueMut::U64(value),
            Self::Float(value) => ValueMut::Float(value),
            Self::Str(value) => ValueMut::Str(value),
            Self::Value(value) => ValueMut::Value(value),
            Self::Opt(value) => ValueMut::Opt(&mut **value),
            Self::Seq(value) => ValueMut::Seq(&mut **value),
            Self::Map(value) => ValueMut::Map(&mut **value),
            Self::Record(value) => ValueMut::Record(&mut **value),
            Self::Text(value) => ValueMut::Text(&mut **value),
            Self::Integer(value) => ValueMut::Integer(&mut **value),
            Self::Union(value) => ValueMut::Union(&mut **value),
            Self::File(value) => ValueMut::File(value),
            Self::Unknown(value) => ValueMut::Unknown(value),
        }
    }

    /// The text that it is, if it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Str(value) => Some(value),
            Self::Text(value) => Some(value.get()),
            Self::Opt(value) => match value.get() {
                ValueRef::Str(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

/// An optional value.
pub trait Opt {
    fn get(&self) -> ValueRef<'_>;
    /// Makes it present (blank) and gives access to it.
    fn insert(&mut self) -> ValueMut<'_>;
    fn unset(&mut self);
}

/// A list.
pub trait Seq {
    fn size(&self) -> usize;
    fn item(&self, index: usize) -> ValueRef<'_>;
    /// Appends a blank item and gives access to it.
    fn grow(&mut self) -> ValueMut<'_>;
    /// Keeps the first items.
    fn truncate(&mut self, size: usize);
}

/// A map with free keys.
pub trait Dict {
    fn size(&self) -> usize;
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, ValueRef<'a>));
    /// Adds a blank entry and gives access to it.
    fn entry(&mut self, key: String) -> ValueMut<'_>;
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
    fn value(&mut self) -> ValueMut<'_>;
}

impl<T: FieldType> Target for T {
    fn value(&mut self) -> ValueMut<'_> {
        self.value_mut()
    }
}
