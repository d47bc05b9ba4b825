//! Judges the fields of a request against the spec: required, known, of the right type, within the limits.
//! Tokens, account types and what the flows know stand in `route.rs` and `flow/`; one value is `check/value.rs`, where the
//! fields go is `spec/layout.rs`.

mod given;
mod record;
mod value;
mod verdict;

use std::sync::OnceLock;

use serde_json::{Map, Value};

pub(crate) use self::given::{Given, Item};
use self::record::Record;
use self::verdict::{broken, full_path, missing, unknown_field, Fault, Verdict, INVALID_ARGS};
use super::answer::refused_for;
use super::echo::Echoes;
use super::request::scalar;
use super::tables::{constant, Tables};
use crate::spec::layout::{self, Due, Layout, Node};
use crate::spec::model::{Field, Union};

/// Reads requests by the types of one spec.
#[derive(Clone, Copy)]
pub(crate) struct Checker<'a> {
    tables: &'a Tables<'a>,
    /// Collected once a request has a field that it should not have.
    echoes: &'a OnceLock<Echoes>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(tables: &'a Tables<'a>, echoes: &'a OnceLock<Echoes>) -> Self {
        Self { tables, echoes }
    }

    /// Judges a whole record; `at` is where it stands, for messages.
    pub(crate) fn record(self, fields: &'a [Field], given: &Given<'_>, at: &str) -> Verdict {
        let layout = layout::of_fields(&self.tables.index, &mut Record { given, at }, fields)?;
        self.locations(&layout, given, at)
    }

    /// Judges an object that is a union by itself, without other fields beside it.
    fn union_alone(self, union: &'a Union, field: &'a Field, given: &Given<'_>, at: &str) -> Verdict {
        let mut record = Record { given, at };
        let layout = layout::of_union(&self.tables.index, &mut record, union, Some(field), true)?;
        self.locations(&layout, given, at)
    }

    fn locations(self, layout: &Layout<'a>, given: &Given<'_>, at: &str) -> Verdict {
        for location in &layout.locations {
            let (ty, field) = match location.due {
                Due::Field(field) => (&field.ty.value, field),
                Due::Payload(ty, Some(field)) => (ty, field),
                Due::Tag | Due::Payload(_, None) => continue,
            };
            let full_path = full_path(at, &location.path);
            match (given.at(&location.path)?, constant(field)) {
                (None, _) if location.required => return Err(missing(&full_path, field, ty)),
                (None, _) => {}
                (Some(item), Some(constant)) => constant_is(&constant, item, &full_path, field)?,
                (Some(item), None) => self.item(ty, field, &full_path, item)?,
            }
        }
        match given {
            Given::Json(object) => self.unknown(object, &layout.nodes(), at),
            Given::Text(items) => {
                for (index, (name, _)) in items.iter().enumerate() {
                    let full_path = full_path(at, &[name]);
                    if !layout.locations.iter().any(|location| location.path == [*name]) {
                        return Err(unknown_field(&full_path));
                    }
                    if items.iter().take(index).any(|(other, _)| other == name) {
                        return Err(refused_for(INVALID_ARGS, format!("`{full_path}` is given twice")));
                    }
                }
                Ok(())
            }
        }
    }

    /// Whether the object came out of a response, `unknown` fields and all.
    fn echoed(self, object: &Map<String, Value>, unknown: &[&str]) -> bool {
        self.echoes.get_or_init(|| Echoes::collect(self.tables)).hold(object, unknown)
    }

    /// Refuses what the spec does not know, at any depth that the record itself describes. What the platform itself
    /// has told of such an object may stand in it.
    fn unknown(self, object: &Map<String, Value>, nodes: &[Node<'_, 'a>], at: &str) -> Verdict {
        let mut strangers = Vec::new();
        for (name, value) in object {
            match (nodes.iter().find(|node| node.key() == name), value) {
                (Some(Node::Leaf(_)), _) => {}
                (Some(Node::Nest { nodes, .. }), Value::Object(inner)) => {
                    self.unknown(inner, nodes, &full_path(at, &[name]))?;
                }
                _ => strangers.push(name.as_str()),
            }
        }
        match strangers.first() {
            Some(first) if !self.echoed(object, &strangers) => Err(unknown_field(&full_path(at, &[first]))),
            _ => Ok(()),
        }
    }
}

fn constant_is(constant: &Value, item: Item<'_>, at: &str, field: &Field) -> Verdict {
    let (same, found) = match item {
        // Compared as text: numbers may be kept in different ways, but not written in different ways.
        Item::Json(value) => {
            let alike = std::mem::discriminant(constant) == std::mem::discriminant(value);
            (alike && scalar(constant) == scalar(value), scalar(value))
        }
        Item::Text(text) => (scalar(constant) == text, text.to_owned()),
        Item::File(_) => (false, "a file".to_owned()),
    };
    if same {
        return Ok(());
    }
    Err(broken(at, field, Fault::Value, &format!("is `{found}`; it must be `{}`", scalar(constant))))
}
