//! The Rust types of fields and arguments, and which types users build themselves.

use std::collections::BTreeSet;

use crate::spec::index::Index;
use crate::spec::model::{Area, Endpoint, Field, Object, Origin, Required, Response, Spec, Type, Union};
use crate::spec::walk;

/// A named type of the spec.
#[derive(Clone, Copy)]
pub enum Named<'a> {
    Object(&'a Object),
    Enum,
    Union(&'a Union),
}

/// The spec as one place of it sees it.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub spec: &'a Spec,
    pub area: &'a Area,
    pub index: &'a Index<'a>,
    /// The types that are part of a request.
    pub sent: &'a BTreeSet<&'a str>,
}

/// The type with this name, and its area.
pub fn find<'a>(spec: &'a Spec, name: &str) -> Option<(&'a Area, Named<'a>)> {
    spec.areas.iter().find_map(|area| {
        let object = area.objects.iter().find(|object| object.name.value == name).map(Named::Object);
        let open = || area.enums.iter().find(|open| open.name.value == name).map(|_| Named::Enum);
        let union = || area.unions.iter().find(|union| union.name.value == name).map(Named::Union);
        object.or_else(open).or_else(union).map(|named| (area, named))
    })
}

/// The object that a type names.
pub fn object<'a>(spec: &'a Spec, ty: &Type) -> Option<&'a Object> {
    let Type::Named(name) = ty else { return None };
    match find(spec, name)? {
        (_, Named::Object(object)) => Some(object),
        _ => None,
    }
}

/// All fields of a request, in the order in which they are written.
pub fn request_fields(endpoint: &Endpoint) -> impl Iterator<Item = (&'static str, &Field)> {
    let query = endpoint.query.iter().map(|field| ("query", field));
    let body = endpoint.body.iter().flatten().map(|field| ("", field));
    let parts = endpoint.parts.iter().flatten().map(|field| ("part", field));
    let raw = endpoint.raw.iter().map(|field| ("raw", &**field));
    query.chain(body).chain(parts).chain(raw)
}

/// The fields that the caller gives.
pub fn callers(fields: &[Field]) -> impl Iterator<Item = &Field> {
    fields.iter().filter(|field| field.origin == Origin::Caller)
}

/// The answer of an endpoint holds a secret somewhere.
pub fn answers_secret<'s>(index: &Index<'s>, endpoint: &'s Endpoint) -> bool {
    let fields = match &endpoint.response {
        Response::Missing => Vec::new(),
        Response::Fields(fields) => index.all_fields(fields),
        Response::Named(name) => index.fields_below(&name.value),
    };
    fields.iter().any(|field| field.secret)
}

impl Scope<'_> {
    /// A named type as it is written here.
    pub fn path(&self, name: &str) -> String {
        match find(self.spec, name) {
            Some((area, _)) if area.name != self.area.name => format!("crate::{}::{name}", area.name),
            _ => name.to_owned(),
        }
    }

    /// The type of a value.
    pub fn value(&self, ty: &Type) -> String {
        match ty {
            Type::String => "String".to_owned(),
            Type::I32 => "i32".to_owned(),
            Type::I64 => "i64".to_owned(),
            Type::U32 => "u32".to_owned(),
            Type::U64 => "u64".to_owned(),
            Type::Decimal => "f64".to_owned(),
            Type::Bool | Type::Bool01 => "bool".to_owned(),
            Type::Date => "crate::Date".to_owned(),
            Type::Timestamp => "crate::Timestamp".to_owned(),
            Type::Json => "crate::__private::Value".to_owned(),
            Type::File => "crate::FilePart".to_owned(),
            Type::Id(id) => format!("crate::id::{}", id.rust),
            Type::List(inner) | Type::Many(inner) => format!("Vec<{}>", self.value(inner)),
            Type::Map(inner) => format!("std::collections::BTreeMap<String, {}>", self.value(inner)),
            Type::Text(inner) | Type::JsonText(inner) => self.value(inner),
            Type::Named(name) => self.path(name),
        }
    }

    /// The type of a field of `owner`.
    pub fn field(&self, owner: &str, field: &Field) -> String {
        let ty = self.value(&field.ty.value);
        if collection(&field.ty.value).is_some() || field.required != Required::No {
            ty
        } else if self.holds(&field.ty.value, owner) {
            format!("Option<Box<{ty}>>")
        } else {
            format!("Option<{ty}>")
        }
    }

    /// The type in which a setter or the constructor of `owner` takes a field. What is boxed is boxed by `into`.
    pub fn argument_of(&self, owner: &str, field: &Field) -> String {
        let argument = self.argument(&field.ty.value);
        if argument.starts_with("impl ") && self.field(owner, field).starts_with("Option<Box<") {
            return format!("impl Into<Box<{}>>", self.value(&field.ty.value));
        }
        argument
    }

    /// Whether an object is a value of a map and needs no more than one text, which then stands for it.
    pub fn is_text(&self, object: &Object) -> bool {
        let mut required = object.fields.iter().filter(|field| field.required != Required::No);
        let one = matches!((required.next(), required.next()), (Some(field), None) if field.ty.value == Type::String);
        let name = object.name.value.as_str();
        let holds = |ty: &Type| matches!(ty, Type::Map(value) if **value == Type::Named(name.to_owned()));
        one && self.sent.contains(name)
            && walk::lists(self.spec).iter().flat_map(|list| list.fields).any(|field| holds(&field.ty.value))
    }

    /// A value of the type can hold one of `owner` without a list or a map between them.
    fn holds(&self, ty: &Type, owner: &str) -> bool {
        fn reach(spec: &Spec, ty: &Type, owner: &str, seen: &mut BTreeSet<String>) -> bool {
            let name = match ty {
                Type::JsonText(inner) => return reach(spec, inner, owner, seen),
                Type::Named(name) => name,
                _ => return false,
            };
            if name == owner {
                return true;
            }
            if !seen.insert(name.clone()) {
                return false;
            }
            match find(spec, name) {
                Some((_, Named::Object(object))) => {
                    object.fields.iter().any(|field| reach(spec, &field.ty.value, owner, seen))
                }
                Some((_, Named::Union(union))) => {
                    let payloads = union.variants.iter().filter_map(|variant| variant.ty.as_ref());
                    payloads.into_iter().any(|payload| reach(spec, &payload.value, owner, seen))
                }
                Some((_, Named::Enum)) | None => false,
            }
        }
        reach(self.spec, ty, owner, &mut BTreeSet::new())
    }

    /// The type in which `new` or a setter takes a value.
    pub fn argument(&self, ty: &Type) -> String {
        match ty {
            Type::Text(inner) | Type::JsonText(inner) => self.argument(inner),
            Type::I32 | Type::I64 | Type::U32 | Type::U64 | Type::Decimal | Type::Bool | Type::Bool01 => {
                self.value(ty)
            }
            Type::File => self.value(ty),
            Type::List(inner) | Type::Many(inner) => {
                format!("impl IntoIterator<Item = {}>", self.argument(inner))
            }
            Type::Map(inner) => {
                format!("impl IntoIterator<Item = (impl Into<String>, impl Into<{}>)>", self.value(inner))
            }
            Type::Named(name) => match find(self.spec, name) {
                Some((_, Named::Object(_))) | None => self.value(ty),
                Some(_) => format!("impl Into<{}>", self.value(ty)),
            },
            _ => format!("impl Into<{}>", self.value(ty)),
        }
    }
}

/// What is empty instead of absent.
pub enum Collection<'a> {
    /// Of these items.
    List(&'a Type),
    /// Of these values.
    Map(&'a Type),
}

/// The list or map that a type is.
pub fn collection(ty: &Type) -> Option<Collection<'_>> {
    match ty {
        Type::List(inner) | Type::Many(inner) => Some(Collection::List(inner)),
        Type::Map(inner) => Some(Collection::Map(inner)),
        Type::JsonText(inner) => collection(inner),
        _ => None,
    }
}

/// The flags of a field that its Rust type does not tell.
pub fn forms(ty: &Type, out: &mut Vec<&'static str>) {
    match ty {
        Type::Bool01 => out.push("bool01"),
        Type::Text(inner) => {
            out.push("text");
            forms(inner, out);
        }
        Type::JsonText(inner) => {
            out.push("json");
            forms(inner, out);
        }
        Type::Many(inner) => {
            out.push("many");
            forms(inner, out);
        }
        Type::List(inner) | Type::Map(inner) => forms(inner, out),
        _ => {}
    }
}
