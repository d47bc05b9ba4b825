//! An answer as its type writes it: under the fields' own names, lists as lists. How values are compared does not
//! stand here.

use serde_json::Value;

use crate::spec::model::{Endpoint, Field, Object, Response, Spec, Type, Union, Variant};

/// The variant that an object is.
pub fn variant_of<'u>(union: &'u Union, object: &Value) -> Option<&'u Variant> {
    union.variants.iter().find(|variant| match &union.tag {
        Some(tag) => object[&tag.value] == variant.tag.value,
        None if union.keyed => object.get(&variant.key).is_some(),
        None => object.get(&variant.tag.value).is_some(),
    })
}

/// Brings answers into the form in which they are written.
pub struct Canonical<'s> {
    pub spec: &'s Spec,
}

impl Canonical<'_> {
    pub fn answer(&self, endpoint: &Endpoint, answer: &mut Value) {
        match &endpoint.response {
            Response::Missing => {}
            Response::Fields(fields) => self.fields(fields, answer),
            Response::Named(name) => self.named(&name.value, answer),
        }
    }

    fn fields(&self, fields: &[Field], object: &mut Value) {
        for field in fields {
            let within = field.path.iter().try_fold(&mut *object, |object, key| object.get_mut(key));
            let Some(within) = within else { continue };
            if field.flatten {
                self.value(&field.ty.value, within);
                continue;
            }
            let Some(members) = within.as_object_mut() else { continue };
            for other in &field.also {
                if !members.contains_key(&field.wire.value)
                    && let Some(value) = members.remove(&other.value)
                {
                    members.insert(field.wire.value.clone(), value);
                }
            }
            if let Some(value) = members.get_mut(&field.wire.value) {
                self.value(&field.ty.value, value);
            }
        }
    }

    fn value(&self, ty: &Type, value: &mut Value) {
        match (ty, value) {
            (Type::Many(inner), value @ Value::Object(_)) => {
                self.value(inner, value);
                *value = Value::Array(vec![value.take()]);
            }
            (Type::List(inner) | Type::Many(inner), Value::Array(items)) => {
                items.iter_mut().for_each(|item| self.value(inner, item));
            }
            (Type::Map(inner), Value::Object(members)) => {
                members.values_mut().for_each(|member| self.value(inner, member));
            }
            (Type::JsonText(inner), value) => self.value(inner, value),
            (Type::Named(name), value) => self.named(name, value),
            _ => {}
        }
    }

    fn named(&self, name: &str, value: &mut Value) {
        let mut objects = self.spec.areas.iter().flat_map(|area| &area.objects);
        let mut unions = self.spec.areas.iter().flat_map(|area| &area.unions);
        if let Some(Object { fields, .. }) = objects.find(|object| object.name.value == name) {
            self.fields(fields, value);
        } else if let Some(union) = unions.find(|union| union.name.value == name) {
            self.union(union, value);
        }
    }

    fn union(&self, union: &Union, value: &mut Value) {
        let Some(variant) = variant_of(union, value) else { return };
        let payload = if union.keyed { value.get_mut(&variant.key) } else { Some(value) };
        if let (Some(ty), Some(payload)) = (&variant.ty, payload) {
            self.value(&ty.value, payload);
        }
    }
}
