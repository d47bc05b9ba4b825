//! The plain types that a field can have, and how they show their values. Generated types do so by their macros.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Dict, FieldType, Opt, OwnAccess, Seq, ValueMut, ValueRef};
use crate::record::part::FilePart;

macro_rules! plain {
    ($($ty:ty: $kind:ident, |$value:ident| $shown:expr, $blank:expr;)*) => { $(
        impl FieldType for $ty {
            type Access = OwnAccess;
            fn value_ref(&self) -> ValueRef<'_> {
                let $value = self;
                $shown
            }
            fn value_mut(&mut self) -> ValueMut<'_> {
                ValueMut::$kind(self)
            }
            fn blank() -> Self {
                $blank
            }
        }
    )* };
}

plain! {
    bool: Bool, |value| ValueRef::Bool(*value), false;
    i32: I32, |value| ValueRef::Int(i64::from(*value)), 0;
    i64: I64, |value| ValueRef::Int(*value), 0;
    u32: U32, |value| ValueRef::Uint(u64::from(*value)), 0;
    u64: U64, |value| ValueRef::Uint(*value), 0;
    f64: Float, |value| ValueRef::Float(*value), 0.0;
    String: Str, |value| ValueRef::Str(value), String::new();
    Value: Value, |value| ValueRef::Value(value), Value::Null;
    FilePart: File, |value| ValueRef::File(value), FilePart::bytes("", Vec::new());
}

impl<T: FieldType> FieldType for Option<T> {
    type Access = OwnAccess;
    fn value_ref(&self) -> ValueRef<'_> {
        match self {
            Some(value) => value.value_ref(),
            None => ValueRef::Absent,
        }
    }
    fn value_mut(&mut self) -> ValueMut<'_> {
        ValueMut::Opt(self)
    }
    fn blank() -> Self {
        None
    }
}

impl<T: FieldType> Opt for Option<T> {
    fn get(&self) -> ValueRef<'_> {
        FieldType::value_ref(self)
    }
    fn insert(&mut self) -> ValueMut<'_> {
        Option::insert(self, T::blank()).value_mut()
    }
    fn unset(&mut self) {
        *self = None;
    }
}

impl<T: FieldType> FieldType for Box<T> {
    type Access = OwnAccess;
    fn value_ref(&self) -> ValueRef<'_> {
        (**self).value_ref()
    }
    fn value_mut(&mut self) -> ValueMut<'_> {
        (**self).value_mut()
    }
    fn blank() -> Self {
        Self::new(T::blank())
    }
}

impl<T: FieldType> FieldType for Vec<T> {
    type Access = OwnAccess;
    fn value_ref(&self) -> ValueRef<'_> {
        ValueRef::Seq(self)
    }
    fn value_mut(&mut self) -> ValueMut<'_> {
        ValueMut::Seq(self)
    }
    fn blank() -> Self {
        Self::new()
    }
}

impl<T: FieldType> Seq for Vec<T> {
    fn size(&self) -> usize {
        self.len()
    }
    fn item(&self, index: usize) -> ValueRef<'_> {
        self.get(index).map_or(ValueRef::Absent, FieldType::value_ref)
    }
    fn grow(&mut self) -> ValueMut<'_> {
        self.push(T::blank());
        self.last_mut().map_or(ValueMut::Nothing, FieldType::value_mut)
    }
    fn truncate(&mut self, size: usize) {
        self.truncate(size);
    }
}

impl<T: FieldType> FieldType for BTreeMap<String, T> {
    type Access = OwnAccess;
    fn value_ref(&self) -> ValueRef<'_> {
        ValueRef::Map(self)
    }
    fn value_mut(&mut self) -> ValueMut<'_> {
        ValueMut::Map(self)
    }
    fn blank() -> Self {
        Self::new()
    }
}

impl<T: FieldType> Dict for BTreeMap<String, T> {
    fn size(&self) -> usize {
        self.len()
    }
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, ValueRef<'a>)) {
        for (key, value) in self {
            visit(key, value.value_ref());
        }
    }
    fn entry(&mut self, key: String) -> ValueMut<'_> {
        let entry = BTreeMap::entry(self, key).or_insert_with(T::blank);
        *entry = T::blank();
        entry.value_mut()
    }
    fn remove(&mut self, key: &str) {
        self.remove(key);
    }
    fn reset(&mut self) {
        self.clear();
    }
}
