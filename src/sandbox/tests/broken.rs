//! Ways to break a value that fits its type: each leaves a documented rule unheeded, and names the field whose rule
//! it is. Sending the broken requests is the work of the tests.

use std::sync::LazyLock;

use serde_json::{json, Map, Value};

use super::super::catalogue::{scalar, Catalogue, Codes, Field, Named, OpenEnum, Type, Union, Variant};

/// A broken value, and the field that a refusal has to name.
pub(super) type Broken<T> = (T, String);

#[derive(Clone, Copy)]
pub(super) struct Breaker<'a> {
    pub(super) catalogue: &'a Catalogue,
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
            None => object.remove(name),
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
            let named = match &field.ty {
                Type::Ref(name) if field.flatten => self.catalogue.named(name),
                _ => None,
            };
            match named {
                Some(Named::Union(union)) => self.union(union, field.required, &path, record, broken),
                Some(Named::Object(inner)) => {
                    let given = inner.iter().filter(|inner| {
                        value_at(record, &[path.as_slice(), &inner.path].concat(), &inner.name).is_some()
                    });
                    // Without its only field, an object that need not be there is not there.
                    let required = field.required || given.count() > 1;
                    self.fields(inner, &path, record, required, broken);
                }
                _ => {
                    let Some(value) = value_at(record, &path, &field.name) else { continue };
                    if required && field.required {
                        broken.push((with(record, &path, &field.name, None), field.name.clone()));
                    }
                    if field.account.is_none() {
                        self.place(&field.ty, field, &path, &field.name, value, record, broken);
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
        let sign = |variant: &'a Variant| if union.keyed { &variant.key } else { &variant.tag };
        let chosen = match &union.tag {
            Some(tag) => {
                let Some(value) = value_at(record, path, tag) else { return };
                let no_such = Value::from("no such value");
                broken.push((with(record, path, tag, Some(no_such)), tag.clone()));
                // Without the tag it is the default, if there is one.
                if required && !union.variants.iter().any(|variant| variant.default) {
                    broken.push((with(record, path, tag, None), tag.clone()));
                }
                union.variants.iter().find(|variant| variant.tag == scalar(value))
            }
            None => union.variants.iter().find(|variant| value_at(record, path, sign(variant)).is_some()),
        };
        let Some(variant) = chosen else { return };
        if union.tag.is_none() && required {
            broken.push((with(record, path, sign(variant), None), sign(variant).clone()));
        }
        match &variant.ty {
            Some(ty) if union.keyed => {
                let Some(value) = value_at(record, path, &variant.key) else { return };
                if union.tag.is_some() {
                    broken.push((with(record, path, &variant.key, None), variant.key.clone()));
                }
                let plain = plain();
                self.place(ty, plain, path, &variant.key, value, record, broken);
            }
            Some(Type::Ref(name)) => {
                if let Some(Named::Object(fields)) = self.catalogue.named(name) {
                    self.fields(fields, path, record, true, broken);
                }
            }
            _ => {}
        }
    }

    /// All ways to break a value; a blank name stands for the field that holds it.
    fn value(self, ty: &'a Type, field: &'a Field, value: &Value) -> Vec<Broken<Value>> {
        let here = |value: Value| (value, String::new());
        let mut broken = Vec::new();
        if let Some(constant) = &field.constant {
            let other = if constant.is_string() { json!("no such value") } else { json!(987_654_321) };
            return vec![here(other)];
        }
        match ty {
            Type::String => {
                if !self.text {
                    broken.push(here(self.other_type(ty, field)));
                }
                broken.extend(lengths(field).into_iter().map(|text| here(Value::from(text))));
            }
            Type::Integer(low, high) => {
                broken.push(here(json!("x")));
                let numbers = [
                    field.min.map(|min| min - 1),
                    field.max.map(|max| max + 1),
                    Some(low - 1),
                    Some(high + 1),
                ];
                let fits = |number: i128| {
                    i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from))
                };
                broken.extend(numbers.into_iter().flatten().filter_map(|number| fits(number).ok()).map(here));
            }
            Type::Decimal => {
                broken.push(here(json!("x")));
                let numbers = [field.min.map(|min| min - 1), field.max.map(|max| max + 1)];
                broken.extend(numbers.into_iter().flatten().map(|number| here(json!(number as f64))));
            }
            Type::Bool => broken.push(here(json!("x"))),
            Type::Bool01 => broken.push(here(json!(2))),
            Type::Date => broken.push(here(json!("2024-02-30"))),
            Type::File | Type::Json => {}
            Type::List(inner) => self.list(inner, field, value, &mut broken),
            Type::Map(inner) => {
                broken.push(here(json!("x")));
                let Some(members) = self.typed(value) else { return broken };
                let Some((name, item)) = members.as_object().and_then(|members| members.iter().next()) else {
                    return broken;
                };
                let members = members.as_object().cloned().unwrap_or_default();
                for (item, at) in self.inside().value(inner, field, item) {
                    broken.push((Value::Object(with(&members, &[], name, Some(item))), at));
                }
            }
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
            Type::Ref(name) => match self.catalogue.named(name) {
                Some(Named::Enum(OpenEnum { integer, .. })) => {
                    broken.push(here(if *integer { json!(987_654_321) } else { json!("no such value") }));
                    if *integer || !self.text {
                        broken.push(here(if *integer { json!("x") } else { json!(7) }));
                    }
                }
                Some(Named::Object(fields)) => {
                    broken.push(here(json!("x")));
                    let Some(Value::Object(record)) = self.typed(value) else { return broken };
                    let inner = self.inside().record(fields, &record).into_iter();
                    broken.extend(inner.map(|(record, at)| (Value::Object(record), at)));
                }
                Some(Named::Union(union)) => {
                    broken.push(here(json!("x")));
                    let Some(Value::Object(record)) = self.typed(value) else { return broken };
                    let mut inner = Vec::new();
                    self.inside().union(union, true, &[], &record, &mut inner);
                    broken.extend(inner.into_iter().map(|(record, at)| (Value::Object(record), at)));
                }
                None => {}
            },
        }
        broken
    }

    /// What no text is read from: of ids also numbers are.
    fn other_type(self, ty: &Type, field: &Field) -> Value {
        if self.catalogue.is_numbered(&field.name, ty) {
            json!(true)
        } else {
            json!(7)
        }
    }

    fn list(self, inner: &'a Type, field: &'a Field, value: &Value, broken: &mut Vec<Broken<Value>>) {
        broken.push((json!("x"), String::new()));
        let Some(Value::Array(items)) = self.typed(value) else { return };
        let Some(first) = items.first() else { return };
        if let Some(min) = field.min_items.filter(|min| *min > 0) {
            let fewer = vec![first.clone(); usize::try_from(min).unwrap_or_default() - 1];
            broken.push((Value::Array(fewer), String::new()));
        }
        if let Some(max) = field.max_items {
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

/// Texts that are too long or too short.
fn lengths(field: &Field) -> Vec<String> {
    let size = |count: u64| usize::try_from(count).unwrap_or_default();
    let mut texts = Vec::new();
    texts.extend(field.max_chars.map(|max| "长".repeat(size(max) + 1)));
    texts.extend(field.max_bytes.map(|max| "a".repeat(size(max) + 1)));
    texts.extend(field.min_chars.filter(|min| *min > 0).map(|min| "a".repeat(size(min) - 1)));
    texts
}

/// The rules of what a union holds under a key: none beside its type.
fn plain() -> &'static Field {
    static PLAIN: LazyLock<Field> = LazyLock::new(|| Field {
        name: String::new(),
        also: Vec::new(),
        ty: Type::Json,
        required: true,
        constant: None,
        account: None,
        flatten: false,
        path: Vec::new(),
        min: None,
        max: None,
        min_chars: None,
        max_chars: None,
        max_bytes: None,
        min_items: None,
        max_items: None,
        error: Codes::default(),
    });
    &PLAIN
}
