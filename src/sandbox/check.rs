//! Judges the fields of a request against the spec: required, known, of the right type, within the limits.
//! Tokens, account types and what the flows know stand in `route.rs` and `flow/`; one value is
//! `check/value.rs`.

mod value;

use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::answer::{refused_for, Refusal};
use super::catalogue::{scalar, Catalogue, Fault, Field, Named, Type, Union, Variant};
use super::echo::Echoes;
use super::request::Part;

/// The code for an argument that breaks a rule, where the spec names none.
pub(super) const INVALID_ARGS: i64 = 40097;
/// The code for a value of the wrong type.
pub(super) const FORMAT: i64 = 47001;
/// The code for a file that is not there.
const NO_MEDIA: i64 = 41005;

/// A record as it arrived.
pub(crate) enum Given<'a> {
    Json(&'a Map<String, Value>),
    /// Pairs of a query or parts of a form: everything that is not a file is text.
    Text(Vec<(&'a str, Item<'a>)>),
}

/// One value of a record.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Json(&'a Value),
    Text(&'a str),
    File(&'a Part),
}

/// A place in a record where the spec allows a value.
struct Slot<'a> {
    path: Vec<&'a str>,
    kind: SlotKind<'a>,
}

enum SlotKind<'a> {
    Field(&'a Field),
    /// The tag of a union; its value was judged when the variant was chosen.
    Tag,
    /// The payload of a union's variant under a key of its own, and the field that holds the union.
    Payload(&'a Type, &'a Field),
}

/// Reads requests by the types of one catalogue.
#[derive(Clone, Copy)]
pub(crate) struct Checker<'a> {
    catalogue: &'a Catalogue,
    /// Collected once a request has a field that it should not have.
    echoes: &'a OnceLock<Echoes>,
}

type Verdict = Result<(), Refusal>;

impl<'a> Given<'a> {
    pub(crate) fn pairs(pairs: &'a [(String, String)]) -> Self {
        Self::Text(pairs.iter().map(|(name, value)| (name.as_str(), Item::Text(value))).collect())
    }

    /// The parts of a form; a text part that is not UTF-8 counts as a file and so fits no text field.
    pub(crate) fn parts(parts: &'a [Part]) -> Self {
        let item = |part: &'a Part| match (&part.filename, std::str::from_utf8(&part.bytes)) {
            (None, Ok(text)) => Item::Text(text),
            _ => Item::File(part),
        };
        Self::Text(parts.iter().map(|part| (part.name.as_str(), item(part))).collect())
    }

    /// The value at a path; an object that is due on the way and is none is an error.
    pub(crate) fn at(&self, path: &[&str]) -> Result<Option<Item<'a>>, Refusal> {
        match self {
            Self::Text(items) => {
                let [name] = path else { return Ok(None) };
                Ok(items.iter().find(|(key, _)| key == name).map(|(_, item)| *item))
            }
            Self::Json(object) => {
                let Some((last, parents)) = path.split_last() else { return Ok(None) };
                let mut object: &'a Map<String, Value> = object;
                for (depth, name) in parents.iter().enumerate() {
                    match object.get(*name) {
                        None => return Ok(None),
                        Some(Value::Object(inner)) => object = inner,
                        Some(_) => {
                            let place = path[..=depth].join(".");
                            return Err(refused_for(FORMAT, format!("`{place}` must be an object")));
                        }
                    }
                }
                Ok(object.get(*last).map(Item::Json))
            }
        }
    }
}

/// The field is missing where it is required.
fn missing(at: &str, field: &Field, ty: &Type) -> Refusal {
    let code = match ty {
        // One code for a field is that of its contents.
        Type::File => field.error.exactly(Fault::Missing).unwrap_or(NO_MEDIA),
        _ => field.error.of(Fault::Missing).unwrap_or(INVALID_ARGS),
    };
    refused_for(code, format!("`{at}` is missing"))
}

pub(super) fn mistyped(field: &Field, at: &str, due: &str) -> Refusal {
    refused_for(field.error.of(Fault::Kind).unwrap_or(FORMAT), format!("`{at}` must be {due}"))
}

/// A value that breaks a limit or is none of those allowed.
pub(super) fn broken(at: &str, field: &Field, fault: Fault, problem: &str) -> Refusal {
    refused_for(field.error.of(fault).unwrap_or(INVALID_ARGS), format!("`{at}` {problem}"))
}

impl<'a> Checker<'a> {
    pub(crate) fn new(catalogue: &'a Catalogue, echoes: &'a OnceLock<Echoes>) -> Self {
        Self { catalogue, echoes }
    }

    /// Judges a whole record; `at` is where it stands, for messages.
    pub(crate) fn record(self, fields: &'a [Field], given: &Given<'_>, at: &str) -> Verdict {
        let mut layout = Layout { catalogue: self.catalogue, given, at, slots: Vec::new() };
        layout.fields(fields, &[])?;
        self.slots(&layout.slots, given, at)
    }

    /// Judges an object that is a union by itself, without other fields beside it.
    fn union_alone(self, union: &'a Union, field: &'a Field, given: &Given<'_>, at: &str) -> Verdict {
        let mut layout = Layout { catalogue: self.catalogue, given, at, slots: Vec::new() };
        layout.union(union, field, true, &[])?;
        self.slots(&layout.slots, given, at)
    }

    fn slots(self, slots: &[Slot<'a>], given: &Given<'_>, at: &str) -> Verdict {
        for slot in slots {
            let (ty, field, required) = match slot.kind {
                SlotKind::Tag => continue,
                SlotKind::Field(field) => (&field.ty, field, field.required),
                SlotKind::Payload(ty, field) => (ty, field, true),
            };
            let place = place(at, &slot.path);
            match given.at(&slot.path)? {
                None if required => return Err(missing(&place, field, ty)),
                None => {}
                Some(item) => match &field.constant {
                    Some(constant) => constant_is(constant, item, &place, field)?,
                    None => self.item(ty, field, &place, item)?,
                },
            }
        }
        match given {
            Given::Json(object) => self.unknown(object, &[], slots, at),
            Given::Text(items) => {
                for (index, (name, _)) in items.iter().enumerate() {
                    let place = place(at, &[name]);
                    if !slots.iter().any(|slot| slot.path == [*name]) {
                        return Err(unknown_field(&place));
                    }
                    if items.iter().take(index).any(|(other, _)| other == name) {
                        return Err(refused_for(INVALID_ARGS, format!("`{place}` is given twice")));
                    }
                }
                Ok(())
            }
        }
    }
}

impl Checker<'_> {
    /// Whether the object came out of a response, `unknown` fields and all.
    fn echoed(self, object: &Map<String, Value>, unknown: &[&str]) -> bool {
        self.echoes.get_or_init(|| Echoes::collect(self.catalogue)).hold(object, unknown)
    }

    /// Refuses what the spec does not know, at any depth that the record itself describes. What the platform itself
    /// has told of such an object may stand in it.
    fn unknown(self, object: &Map<String, Value>, path: &[&str], slots: &[Slot<'_>], at: &str) -> Verdict {
        let mut strangers = Vec::new();
        for (name, value) in object {
            let here = below(path, name);
            let alike = |slot: &&Slot<'_>| slot.path.iter().zip(&here).all(|(due, found)| due == found);
            if slots.iter().any(|slot| slot.path.len() == here.len() && alike(&slot)) {
                continue;
            }
            let parent = slots.iter().any(|slot| slot.path.len() > here.len() && alike(&slot));
            match value {
                Value::Object(inner) if parent => self.unknown(inner, &here, slots, at)?,
                _ => strangers.push(name.as_str()),
            }
        }
        match strangers.first() {
            Some(first) if !self.echoed(object, &strangers) => {
                Err(unknown_field(&place(at, &below(path, first))))
            }
            _ => Ok(()),
        }
    }
}

/// Where the fields of one record may stand; what is flattened into it depends on what is given.
struct Layout<'a, 'g> {
    catalogue: &'a Catalogue,
    given: &'g Given<'g>,
    /// Where the record stands, for messages.
    at: &'g str,
    slots: Vec<Slot<'a>>,
}

fn below<'a>(prefix: &[&'a str], name: &'a str) -> Vec<&'a str> {
    let mut path = prefix.to_vec();
    path.push(name);
    path
}

impl<'a> Layout<'a, '_> {
    fn fields(&mut self, fields: &'a [Field], prefix: &[&'a str]) -> Verdict {
        for field in fields {
            let mut path = prefix.to_vec();
            path.extend(field.path.iter().map(String::as_str));
            let named = match &field.ty {
                Type::Ref(name) if field.flatten => self.catalogue.named(name),
                _ => None,
            };
            match named {
                Some(Named::Union(union)) => self.union(union, field, field.required, &path)?,
                Some(Named::Object(inner)) => {
                    let before = self.slots.len();
                    self.fields(inner, &path)?;
                    let mut present = field.required;
                    for slot in &self.slots[before..] {
                        present |= self.given.at(&slot.path)?.is_some();
                    }
                    if !present {
                        self.slots.truncate(before);
                    }
                }
                _ => {
                    path.push(&field.name);
                    self.slots.push(Slot { path, kind: SlotKind::Field(field) });
                }
            }
        }
        Ok(())
    }

    /// Chooses the variant of a union by what is given, and adds its fields.
    fn union(&mut self, union: &'a Union, field: &'a Field, required: bool, prefix: &[&'a str]) -> Verdict {
        let chosen = match &union.tag {
            Some(tag) => self.by_tag(union, tag, field, required, prefix)?,
            None => self.by_keys(union, field, required, prefix)?,
        };
        let Some(variant) = chosen else { return Ok(()) };
        match &variant.ty {
            Some(ty) if union.keyed => {
                let kind = SlotKind::Payload(ty, field);
                self.slots.push(Slot { path: below(prefix, &variant.key), kind });
            }
            Some(Type::Ref(name)) => {
                if let Some(Named::Object(fields)) = self.catalogue.named(name) {
                    self.fields(fields, prefix)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn by_tag(
        &mut self,
        union: &'a Union,
        tag: &'a str,
        field: &'a Field,
        required: bool,
        prefix: &[&'a str],
    ) -> Result<Option<&'a Variant>, Refusal> {
        let path = below(prefix, tag);
        let place = place(self.at, &path);
        let value = match self.given.at(&path)? {
            None if union.variants.iter().any(|variant| variant.default) => {
                return Ok(union.variants.iter().find(|variant| variant.default));
            }
            None if required => return Err(missing(&place, field, &field.ty)),
            None => return Ok(None),
            Some(Item::Text(text)) => text.to_owned(),
            Some(Item::Json(value @ (Value::String(_) | Value::Number(_)))) => scalar(value),
            Some(_) => return Err(mistyped(field, &place, "a string")),
        };
        let Some(variant) = union.variants.iter().find(|variant| variant.tag == value) else {
            let tags = union.variants.iter().map(|variant| variant.tag.as_str());
            return Err(broken(&place, field, Fault::Value, &format!("is `{value}`; {}", one_of(tags))));
        };
        self.slots.push(Slot { path, kind: SlotKind::Tag });
        Ok(Some(variant))
    }

    fn by_keys(
        &self,
        union: &'a Union,
        field: &Field,
        required: bool,
        prefix: &[&'a str],
    ) -> Result<Option<&'a Variant>, Refusal> {
        let sign = |variant: &'a Variant| if union.keyed { &variant.key } else { &variant.tag };
        let mut present = Vec::new();
        for variant in &union.variants {
            if self.given.at(&below(prefix, sign(variant)))?.is_some() {
                present.push(variant);
            }
        }
        match present.as_slice() {
            [variant] => Ok(Some(*variant)),
            [] if !required => Ok(None),
            found => {
                let place = place(self.at, prefix);
                let place = if place.is_empty() { "the request" } else { place.as_str() };
                let fault = if found.is_empty() { Fault::Missing } else { Fault::Value };
                let names = one_of(union.variants.iter().map(|variant| sign(variant).as_str()));
                Err(broken(
                    place,
                    field,
                    fault,
                    &format!("holds {} fields of a choice; {names}", found.len()),
                ))
            }
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

fn unknown_field(at: &str) -> Refusal {
    refused_for(INVALID_ARGS, format!("`{at}` is unknown"))
}

/// `at` and the names below it, with dots.
pub(super) fn place(at: &str, path: &[&str]) -> String {
    match (at, path) {
        ("", path) => path.join("."),
        (at, []) => at.to_owned(),
        (at, path) => format!("{at}.{}", path.join(".")),
    }
}

/// The names that are allowed, or how many there are where the list would be long.
pub(super) fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [only] => format!("only {only} is allowed"),
        names if names.len() <= 12 => format!("exactly one of {} is allowed", names.join(", ")),
        names => format!("there are {} values to choose from", names.len()),
    }
}
