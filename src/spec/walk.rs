//! Walks over a spec: all lists of fields, and all types that a type mentions.
//! Only the generator walks; a type is looked up by its name in `index.rs`.

use std::collections::BTreeSet;

use super::index::{Described, Index, Kind};
use super::model::{Area, Endpoint, Event, Field, Object, Response, Spec, Type};

/// What holds a list of fields.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'s> {
    Query(&'s Endpoint),
    Body(&'s Endpoint),
    Parts(&'s Endpoint),
    Raw(&'s Endpoint),
    Response(&'s Endpoint),
    Object(&'s Object),
    Event(&'s Event),
}

/// A list of fields and the area that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct List<'s> {
    pub holder: Holder<'s>,
    pub fields: &'s [Field],
    pub area: &'s Area,
}

impl Holder<'_> {
    /// For messages: ``the body of `create_qrcode` ``.
    pub fn what(&self) -> String {
        match self {
            Self::Query(endpoint) => format!("the query of `{}`", endpoint.name.value),
            Self::Body(endpoint) => format!("the body of `{}`", endpoint.name.value),
            Self::Parts(endpoint) => format!("the parts of `{}`", endpoint.name.value),
            Self::Raw(endpoint) => format!("the raw body of `{}`", endpoint.name.value),
            Self::Response(endpoint) => format!("the response of `{}`", endpoint.name.value),
            Self::Object(object) => format!("object `{}`", object.name.value),
            Self::Event(event) => format!("{} `{}`", event.kind.word(), event.name.value),
        }
    }
}

impl<'s> Index<'s> {
    /// The names that types mention, and those inside them.
    pub fn reached(&self, types: impl IntoIterator<Item = &'s Type>) -> BTreeSet<&'s str> {
        let mut found = BTreeSet::new();
        types.into_iter().for_each(|ty| self.reach(ty, &mut found));
        found
    }

    fn reach(&self, ty: &'s Type, found: &mut BTreeSet<&'s str>) {
        if let Some(name) = named(ty) {
            self.enter(name, found);
        }
    }

    /// Adds a name, and those inside its type.
    fn enter(&self, name: &'s str, found: &mut BTreeSet<&'s str>) {
        if !found.insert(name) {
            return;
        }
        match self.get(name).map(|described| described.kind) {
            Some(Kind::Object(object)) => {
                object.fields.iter().for_each(|field| self.reach(&field.ty.value, found));
            }
            Some(Kind::Union(union)) => {
                let payloads = union.variants.iter().filter_map(|variant| variant.ty.as_ref());
                payloads.for_each(|payload| self.reach(&payload.value, found));
            }
            Some(Kind::Enum(_)) | None => {}
        }
    }

    /// The fields of all objects that a type with this name is or mentions.
    pub fn fields_below(&self, name: &'s str) -> Vec<&'s Field> {
        let mut found = BTreeSet::new();
        self.enter(name, &mut found);
        found.into_iter().flat_map(|name| self.fields_of(name)).collect()
    }

    /// These fields, and those of all objects that their types mention.
    pub fn all_fields(&self, fields: impl IntoIterator<Item = &'s Field>) -> Vec<&'s Field> {
        let mut all: Vec<&Field> = fields.into_iter().collect();
        let reached = self.reached(all.iter().map(|field| &field.ty.value));
        all.extend(reached.into_iter().flat_map(|name| self.fields_of(name)));
        all
    }

    /// The fields of the object with this name; none of any other type.
    fn fields_of(&self, name: &str) -> &'s [Field] {
        match self.get(name).map(|described| described.kind) {
            Some(Kind::Object(object)) => &object.fields,
            _ => &[],
        }
    }

    /// The names of all types, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.types.keys().copied()
    }

    /// All types, in the order of their names.
    pub fn types(&self) -> impl Iterator<Item = (&'s str, Described<'s>)> + '_ {
        self.types.iter().map(|(name, described)| (*name, *described))
    }
}

/// All lists of fields of a spec, in the order of its files.
pub fn lists(spec: &Spec) -> Vec<List<'_>> {
    let mut lists = Vec::new();
    for area in &spec.areas {
        for endpoint in &area.endpoints {
            lists.extend(requests(area, endpoint));
            if let Response::Fields(fields) = &endpoint.response {
                lists.push(List { holder: Holder::Response(endpoint), fields, area });
            }
        }
        for object in &area.objects {
            lists.push(List { holder: Holder::Object(object), fields: &object.fields, area });
        }
        for event in area.events.iter().chain(&area.replies) {
            lists.push(List { holder: Holder::Event(event), fields: &event.fields, area });
        }
    }
    lists
}

/// The lists of fields of a request, in the order in which its type holds them.
pub fn requests<'s>(area: &'s Area, endpoint: &'s Endpoint) -> Vec<List<'s>> {
    let mut lists = vec![List { holder: Holder::Query(endpoint), fields: &endpoint.query, area }];
    if let Some(fields) = &endpoint.body {
        lists.push(List { holder: Holder::Body(endpoint), fields, area });
    }
    if let Some(fields) = &endpoint.parts {
        lists.push(List { holder: Holder::Parts(endpoint), fields, area });
    }
    if let Some(field) = &endpoint.raw {
        lists.push(List { holder: Holder::Raw(endpoint), fields: std::slice::from_ref(field), area });
    }
    lists
}

/// The names of all types that are part of a request or a reply.
pub fn sent<'s>(index: &Index<'s>, spec: &'s Spec) -> BTreeSet<&'s str> {
    index.reached(spec.areas.iter().flat_map(|area| {
        let requests = area.endpoints.iter().flat_map(|endpoint| requests(area, endpoint));
        let replies = area.replies.iter().flat_map(|reply| &reply.fields);
        requests.flat_map(|list| list.fields).chain(replies).map(|field| &field.ty.value)
    }))
}

/// The names that a type mentions.
pub fn named(ty: &Type) -> Option<&str> {
    match ty {
        Type::Named(name) => Some(name).filter(|name| !name.is_empty()).map(String::as_str),
        Type::List(inner)
        | Type::Map(inner)
        | Type::Many(inner)
        | Type::Text(inner)
        | Type::JsonText(inner) => named(inner),
        _ => None,
    }
}
