//! What the platform says of an object beyond what a request may say: programs read a menu or a draft, change it and
//! post it back with all that stood in it. Which fields a request has of its own stands in `check.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::tables::{response, Tables};
use crate::spec::index::Kind;
use crate::spec::model::{Field, Response, Type};

/// The names in each object that some response holds.
#[derive(Debug, Default)]
pub(crate) struct Echoes(Vec<BTreeSet<String>>);

/// One object, and those that stand in it because fields have a path.
#[derive(Default)]
struct Level {
    names: BTreeSet<String>,
    below: BTreeMap<String, Level>,
}

impl Echoes {
    pub(crate) fn collect(tables: &Tables<'_>) -> Self {
        let mut collector = Collector { tables, seen: BTreeSet::new(), found: Vec::new() };
        for endpoint in tables.endpoints() {
            collector.object(response(endpoint));
            if let Response::Named(name) = &endpoint.response {
                collector.named(&name.value);
            }
        }
        Self(collector.found)
    }

    /// Whether the object came out of a response: one has these `unknown` names, and most of the others that are
    /// given.
    pub(crate) fn hold(&self, object: &Map<String, Value>, unknown: &[&str]) -> bool {
        self.0.iter().any(|names| {
            let known = object.keys().filter(|name| !unknown.contains(&name.as_str()));
            let (shared, own): (Vec<_>, Vec<_>) = known.partition(|name| names.contains(*name));
            unknown.iter().all(|name| names.contains(*name)) && shared.len() >= own.len()
        })
    }
}

struct Collector<'a> {
    tables: &'a Tables<'a>,
    /// Types that were visited: objects hold each other, and themselves.
    seen: BTreeSet<&'a str>,
    found: Vec<BTreeSet<String>>,
}

impl<'a> Collector<'a> {
    fn object(&mut self, fields: &'a [Field]) {
        let mut level = Level::default();
        self.fields(fields, &mut level);
        self.keep(level);
    }

    fn keep(&mut self, level: Level) {
        level.below.into_values().for_each(|below| self.keep(below));
        self.found.push(level.names);
    }

    fn fields(&mut self, fields: &'a [Field], level: &mut Level) {
        for field in fields {
            let mut place = &mut *level;
            for name in &field.path {
                place.names.insert(name.clone());
                place = place.below.entry(name.clone()).or_default();
            }
            match &field.ty.value {
                Type::Named(name) if field.flatten => self.flattened(name, place),
                ty => {
                    let names = std::iter::once(&field.wire).chain(&field.also);
                    place.names.extend(names.map(|name| name.value.clone()));
                    self.ty(ty);
                }
            }
        }
    }

    /// What stands beside other fields.
    fn flattened(&mut self, name: &'a str, level: &mut Level) {
        match self.tables.index.get(name).map(|described| described.kind) {
            Some(Kind::Object(object)) => self.fields(&object.fields, level),
            Some(Kind::Union(union)) => {
                level.names.extend(union.tag.iter().map(|tag| tag.value.clone()));
                for variant in &union.variants {
                    match variant.ty.as_ref().map(|ty| &ty.value) {
                        Some(Type::Named(inner)) if !union.keyed => self.flattened(inner, level),
                        ty => {
                            level.names.insert(variant.key.clone());
                            ty.iter().for_each(|ty| self.ty(ty));
                        }
                    }
                }
            }
            Some(Kind::Enum(_)) | None => {}
        }
    }

    fn ty(&mut self, ty: &'a Type) {
        match ty {
            Type::List(inner) | Type::Many(inner) | Type::Map(inner) | Type::JsonText(inner) => {
                self.ty(inner)
            }
            Type::Named(name) => self.named(name),
            _ => {}
        }
    }

    fn named(&mut self, name: &'a str) {
        if self.seen.insert(name) {
            let mut level = Level::default();
            self.flattened(name, &mut level);
            self.keep(level);
        }
    }
}
