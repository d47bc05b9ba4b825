//! Looks up the types that a spec describes by their names; of two with one name it knows the first.
//! Walks over fields and types stand in `walk.rs`.

use std::collections::BTreeMap;

use super::model::{Area, Object, OpenEnum, Spec, Type, Union};

/// A described type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind<'s> {
    Object(&'s Object),
    Enum(&'s OpenEnum),
    Union(&'s Union),
}

/// A described type and the area that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Described<'s> {
    pub kind: Kind<'s>,
    pub area: &'s Area,
}

/// The types of a spec by name.
#[derive(Debug)]
pub struct Index<'s> {
    pub(super) types: BTreeMap<&'s str, Described<'s>>,
}

impl<'s> Index<'s> {
    /// Notes every described type.
    pub fn new(spec: &'s Spec) -> Self {
        let mut types = BTreeMap::new();
        for area in &spec.areas {
            let objects = area.objects.iter().map(|object| (&object.name, Kind::Object(object)));
            let enums = area.enums.iter().map(|open_enum| (&open_enum.name, Kind::Enum(open_enum)));
            let unions = area.unions.iter().map(|union| (&union.name, Kind::Union(union)));
            for (name, kind) in objects.chain(enums).chain(unions) {
                if !name.value.is_empty() {
                    types.entry(name.value.as_str()).or_insert(Described { kind, area });
                }
            }
        }
        Self { types }
    }

    /// The type with this name.
    pub fn get(&self, name: &str) -> Option<Described<'s>> {
        self.types.get(name).copied()
    }

    /// What a type is, if it is one that the spec describes (not a list of such).
    pub fn kind(&self, ty: &Type) -> Option<Kind<'s>> {
        match ty {
            Type::Named(name) => self.get(name).map(|described| described.kind),
            _ => None,
        }
    }
}
