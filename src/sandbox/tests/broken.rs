//! Ways to break a value that fits its type: each leaves a documented rule unheeded, and names the field whose rule
//! it is. Sending the broken requests is the work of the tests.

use std::sync::LazyLock;

use serde_json::{json, Map, Value};

use super::super::request::scalar;
use super::super::tables::{constant, is_required, Tables};
use crate::spec::index::Kind;
use crate::spec::model::{Field, OpenEnum, Origin, Type, Union};

/// A broken value, and the field that a refusal has to name.
pub(super) type Broken<T> = (T, String);

#[derive(Clone, Copy)]
pub(super) struct Breaker<'a> {
    pub(super) tables: &'a Tables<'a>,
    /// Values stand as text in a query or a form: a string can't be of the wrong type there.
    pub(super) text: bool,
}

fn object_at<'m>(record: &'m mut Map<String, Value>, path: &[String]) -> Option<&'m mut Map<String, Value>> {
    let mut object = record;
    for name in path {
        object = object.get_mut(name)?.as_object_mut()?;
    }
    Some(object)
}

fn value_at<'m>(record: &'m Map<String, Value>, path: &[String], name: &str) -> Option<&'m Value> {
    let mut object = record;
    for name in path {
        object = object.get(name)?.as_object()?;
    }
    object.get(name)
}

/// The record with another value at a place, or without one.
fn with(
    record: &Map<String, Value>,
    path: &[String],
    name: &str,
    value: Option<Value>,
) -> Map<String, Value> {
    let mut changed = record.clone();
    if let Some(object) = object_at(&mut changed, path) {
        match value {
            Some(value) => object.insert(name.to_owned(), value),
            None => crate::record::take_out(object, name),
        };
    }
    changed
}

impl<'a> Breaker<'a> {
    /// All ways to break a record that fits these fields.
    pub(super) fn record(
        self,
        fields: &'a [Field],
        record: &Map<String, Value>,
    ) -> Vec<Broken<Map<String, Value>>> {
        let mut broken =
            vec![(with(record, &[], "no_such_field", Some(json!(1))), "no_such_field".to_owned())];
        self.fields(fields, &[], record, true, &mut broken);
        broken
    }

    fn fields(
        self,
        fields: &'a [Field],
        prefix: &[String],
        record: &Map<String, Value>,
        required: bool,
        broken: &mut Vec<Broken<Map<String, Value>>>,
    ) {
        for field in fields {
            let path = [prefix, field.path.as_slice()].concat();
            match self.tables.index.kind(&field.ty.value).filter(|_| field.flatten) {
                Some(Kind::Union(union)) => self.union(union, is_required(field), &path, record, broken),
                Some(Kind::Object(inner)) => {
                    let given = inner.fields.iter().filter(|inner| {
                        let path = [path.as_slice(), &inner.path].concat();
                        value_at(record, &path, &inner.wire.value).is_some()
                    });
                    // Without its only field, an object that need not be there is not there.
                    let required = is_required(field) || given.count() > 1;
                    self.fields(&inner.fields, &path, record, required, broken);
                }
                _ => {
                    let name = &field.wire.value;
                    let Some(value) = value_at(record, &path, name) else { continue };
                    if required && is_required(field) {
                        broken.push((with(record, &path, name, None), name.clone()));
                    }
                    if !matches!(field.origin, Origin::AppId | Origin::Secret) {
                        self.place(&field.ty.value, field, &path, name, value, record, broken);
                    }
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn place(
        self,
        ty: &'a Type,
        field: &'a Field,
        path: &[String],
        name: &str,
        value: &Value,
        record: &Map<String, Value>,
        broken: &mut Vec<Broken<Map<String, Value>>>,
    ) {
        for (value, at) in self.value(ty, field, value) {
            let at = if at.is_empty() { name.to_owned() } else { at };
            broken.push((with(record, path, name, Some(value)), at));
        }
    }

    fn union(
        self,
        union: &'a Union,
        required: bool,
        path: &[String],
        record: &Map<String, Value>,
        broken: &mut Vec<Broken<Map<String, Value>>>,
    ) {
        let chosen = match &union.tag {
            Some(tag) => {
                let tag = &tag.value;
                let Some(value) = value_at(record, path, tag) else { return };
                let no_such = Value::from("no such value");
                broken.push((with(record, path, tag, Some(no_such)), tag.clone()));
                // Without the tag it is the default, if there is one.
                if required && union.default_variant().is_none() {
                    broken.push((with(record, path, tag, None), tag.clone()));
                }
                union.variants.iter().find(|variant| variant.tag.value == scalar(value))
            }
            None => {
                union.variants.iter().find(|variant| value_at(record, path, &variant.tag.value).is_some())
            }
        };
        let Some(variant) = chosen else { return };
        if union.tag.is_none() && required {
            let tag = &variant.tag.value;
            broken.push((with(record, path, tag, None), tag.clone()));
        }
        let Some(ty) = &variant.ty else { return };
        if union.keyed {
            let Some(value) = value_at(record, path, &variant.key) else { return };
            if union.tag.is_some() {
                broken.push((with(record, path, &variant.key, None), variant.key.clone()));
            }
            self.place(&ty.value, plain(), path, &variant.key, value, record, broken);
        } else if let Some(Kind::Object(object)) = self.tables.index.kind(&ty.value) {
            self.fields(&object.fields, path, record, true, broken);
        }
    }

    /// All ways to break a value; a blank name stands for the field that holds it.
    fn value(self, ty: &'a Type, field: &'a Field, value: &Value) -> Vec<Broken<Value>> {
        let here = |value: Value| (value, String::new());
        let mut broken = Vec::new();
        if let Some(constant) = constant(field) {
            let other = if constant.is_string() { json!("no such value") } else { json!(987_654_321) };
            return vec![here(other)];
        }
        if let Some(bounds) = ty.bounds() {
            return numbers(bounds, field).into_iter().map(here).collect();
        }
        match ty.plain() {
            Type::String => {
                if !self.text {
                    broken.push(here(self.other_type(ty, field)));
                }
                broken.extend(lengths(field).into_iter().map(|text| here(Value::from(text))));
            }
            Type::Decimal => {
                broken.push(here(json!("x")));
                let numbers = [field.limits.min.map(|min| min - 1), field.limits.max.map(|max| max + 1)];
                broken.extend(numbers.into_iter().flatten().map(|number| here(json!(number as f64))));
            }
            Type::Bool => broken.push(here(json!("x"))),
            Type::Bool01 => broken.push(here(json!(2))),
            Type::Date => broken.push(here(json!("2024-02-30"))),
            Type::File | Type::Json | Type::Id(_) => {}
            Type::I32 | Type::I64 | Type::U32 | Type::U64 | Type::Timestamp => {}
            Type::List(inner) | Type::Many(inner) => self.list(inner, field, value, &mut broken),
            Type::Map(inner) => self.map(inner, field, value, &mut broken),
            Type::Text(inner) => {
                if !self.text {
                    broken.push(here(self.other_type(ty, field)));
                }
                let typed = serde_json::from_str(value.as_str().unwrap_or_default()).unwrap_or_default();
                let inner = self.value(inner, field, &typed).into_iter();
                broken.extend(inner.map(|(value, at)| (Value::from(scalar(&value)), at)));
            }
            Type::JsonText(inner) => {
                broken.push(here(json!("{")));
                let typed = serde_json::from_str(value.as_str().unwrap_or_default()).unwrap_or_default();
                let inner = self.inside().value(inner, field, &typed).into_iter();
                broken.extend(inner.map(|(value, at)| (Value::from(value.to_string()), at)));
            }
            Type::Named(_) => self.named(ty, value, &mut broken),
        }
        broken
    }

    fn named(self, ty: &'a Type, value: &Value, broken: &mut Vec<Broken<Value>>) {
        let mut here = |value: Value| broken.push((value, String::new()));
        let kind = self.tables.index.kind(ty);
        if let Some(Kind::Enum(OpenEnum { integer, .. })) = kind {
            here(if *integer { json!(987_654_321) } else { json!("no such value") });
            if *integer || !self.text {
                here(if *integer { json!("x") } else { json!(7) });
            }
            return;
        }
        here(json!("x"));
        let Some(Value::Object(record)) = self.typed(value) else { return };
        let mut inner = Vec::new();
        match kind {
            Some(Kind::Object(object)) => inner = self.inside().record(&object.fields, &record),
            Some(Kind::Union(union)) => self.inside().union(union, true, &[], &record, &mut inner),
            Some(Kind::Enum(_)) | None => {}
        }
        broken.extend(inner.into_iter().map(|(record, at)| (Value::Object(record), at)));
    }

    fn map(self, inner: &'a Type, field: &'a Field, value: &Value, broken: &mut Vec<Broken<Value>>) {
        broken.push((json!("x"), String::new()));
        let Some(Value::Object(members)) = self.typed(value) else { return };
        let Some((name, item)) = members.iter().next() else { return };
        for (item, at) in self.inside().value(inner, field, item) {
            broken.push((Value::Object(with(&members, &[], name, Some(item))), at));
        }
    }

    /// What no text is read from: of ids also numbers are.
    fn other_type(self, ty: &Type, field: &Field) -> Value {
        if self.tables.is_numbered(&field.wire.value, ty) {
            json!(true)
        } else {
            json!(7)
        }
    }

    fn list(self, inner: &'a Type, field: &'a Field, value: &Value, broken: &mut Vec<Broken<Value>>) {
        broken.push((json!("x"), String::new()));
        let Some(Value::Array(items)) = self.typed(value) else { return };
        let Some(first) = items.first() else { return };
        if let Some(min) = field.limits.min_items.filter(|min| *min > 0) {
            let fewer = vec![first.clone(); usize::try_from(min).unwrap_or_default() - 1];
            broken.push((Value::Array(fewer), String::new()));
        }
        if let Some(max) = field.limits.max_items {
            let more = vec![first.clone(); usize::try_from(max).unwrap_or_default() + 1];
            broken.push((Value::Array(more), String::new()));
        }
        for (item, at) in self.inside().value(inner, field, first) {
            let mut items = items.clone();
            items[0] = item;
            broken.push((Value::Array(items), at));
        }
    }

    /// What stands inside a JSON value is JSON.
    fn inside(self) -> Self {
        Self { text: false, ..self }
    }

    /// A value out of a query, as the JSON that it stands for.
    fn typed(self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) if self.text => serde_json::from_str(text).ok(),
            value => Some(value.clone()),
        }
    }
}

/// What is no integer, and integers that are too large or too small.
fn numbers((low, high): (i128, i128), field: &Field) -> Vec<Value> {
    let (min, max) = (field.limits.min.map(i128::from), field.limits.max.map(i128::from));
    let numbers = [min.map(|min| min - 1), max.map(|max| max + 1), Some(low - 1), Some(high + 1)];
    let fits = |number: i128| {
        i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from))
    };
    let outside = numbers.into_iter().flatten().filter_map(|number| fits(number).ok());
    std::iter::once(json!("x")).chain(outside).collect()
}

/// Texts that are too long or too short.
fn lengths(field: &Field) -> Vec<String> {
    let size = |count: u64| usize::try_from(count).unwrap_or_default();
    let mut texts = Vec::new();
    texts.extend(field.limits.max_chars.map(|max| "长".repeat(size(max) + 1)));
    texts.extend(field.limits.max_bytes.map(|max| "a".repeat(size(max) + 1)));
    texts.extend(field.limits.min_chars.filter(|min| *min > 0).map(|min| "a".repeat(size(min) - 1)));
    texts
}

/// The rules of what a union holds under a key: none beside its type.
fn plain() -> &'static Field {
    static PLAIN: LazyLock<Field> = LazyLock::new(Field::default);
    &PLAIN
}
