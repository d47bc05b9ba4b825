//! The plain types that a field can have, as slots. Generated types are made slots by their macros.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Dict, Mut, Opt, Ref, Seq, Slot, ViaItself};
use crate::record::part::FilePart;

macro_rules! plain {
    ($($ty:ty: $place:ident, |$value:ident| $show:expr, $blank:expr;)*) => { $(
        impl Slot for $ty {
            type Via = ViaItself;
            fn show(&self) -> Ref<'_> {
                let $value = self;
                $show
            }
            fn place(&mut self) -> Mut<'_> {
                Mut::$place(self)
            }
            fn blank() -> Self {
                $blank
            }
        }
    )* };
}

plain! {
    bool: Bool, |value| Ref::Bool(*value), false;
    i32: I32, |value| Ref::Int(i64::from(*value)), 0;
    i64: I64, |value| Ref::Int(*value), 0;
    u32: U32, |value| Ref::Uint(u64::from(*value)), 0;
    u64: U64, |value| Ref::Uint(*value), 0;
    f64: Float, |value| Ref::Float(*value), 0.0;
    String: Str, |value| Ref::Str(value), String::new();
    Value: Value, |value| Ref::Value(value), Value::Null;
    FilePart: File, |value| Ref::File(value), FilePart::bytes("", Vec::new());
}

impl<T: Slot> Slot for Option<T> {
    type Via = ViaItself;
    fn show(&self) -> Ref<'_> {
        match self {
            Some(value) => value.show(),
            None => Ref::Absent,
        }
    }
    fn place(&mut self) -> Mut<'_> {
        Mut::Opt(self)
    }
    fn blank() -> Self {
        None
    }
}

impl<T: Slot> Opt for Option<T> {
    fn show(&self) -> Ref<'_> {
        Slot::show(self)
    }
    fn fill(&mut self) -> Mut<'_> {
        self.insert(T::blank()).place()
    }
    fn unset(&mut self) {
        *self = None;
    }
}

impl<T: Slot> Slot for Box<T> {
    type Via = ViaItself;
    fn show(&self) -> Ref<'_> {
        (**self).show()
    }
    fn place(&mut self) -> Mut<'_> {
        (**self).place()
    }
    fn blank() -> Self {
        Self::new(T::blank())
    }
}

impl<T: Slot> Slot for Vec<T> {
    type Via = ViaItself;
    fn show(&self) -> Ref<'_> {
        Ref::Seq(self)
    }
    fn place(&mut self) -> Mut<'_> {
        Mut::Seq(self)
    }
    fn blank() -> Self {
        Self::new()
    }
}

impl<T: Slot> Seq for Vec<T> {
    fn size(&self) -> usize {
        self.len()
    }
    fn item(&self, index: usize) -> Ref<'_> {
        self.get(index).map_or(Ref::Absent, Slot::show)
    }
    fn grow(&mut self) -> Mut<'_> {
        self.push(T::blank());
        self.last_mut().map_or(Mut::Nothing, Slot::place)
    }
    fn truncate(&mut self, size: usize) {
        self.truncate(size);
    }
}

impl<T: Slot> Slot for BTreeMap<String, T> {
    type Via = ViaItself;
    fn show(&self) -> Ref<'_> {
        Ref::Map(self)
    }
    fn place(&mut self) -> Mut<'_> {
        Mut::Map(self)
    }
    fn blank() -> Self {
        Self::new()
    }
}

impl<T: Slot> Dict for BTreeMap<String, T> {
    fn size(&self) -> usize {
        self.len()
    }
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, Ref<'a>)) {
        for (key, value) in self {
            visit(key, value.show());
        }
    }
    fn entry(&mut self, key: String) -> Mut<'_> {
        let entry = BTreeMap::entry(self, key).or_insert_with(T::blank);
        *entry = T::blank();
        entry.place()
    }
    fn remove(&mut self, key: &str) {
        self.remove(key);
    }
    fn reset(&mut self) {
        self.clear();
    }
}
