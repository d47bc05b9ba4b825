//! Which keys an object of an example may and must have, now that it is known which variants it shows.
//! What stands under a key is checked by `value`.

use super::{Check, Places, Side};
use crate::codegen::json::{Json, Member, Value};
use crate::spec::index::Kind;
use crate::spec::model::{At, Field, Origin, Required, Type, Union};
use crate::spec::naming;

/// What stands under a key.
#[derive(Clone, Copy)]
pub enum Due<'s> {
    Type(&'s Type),
    Fixed(&'s Origin),
    /// The tag of a union, checked while its variant was chosen.
    Tag,
}

/// A key, within the keys of the objects around it.
struct Slot<'s> {
    keys: Vec<&'s str>,
    /// Other names of the last key.
    also: &'s [At<String>],
    due: Due<'s>,
    required: bool,
}

/// The keys of an object, nested as they are written.
enum Node<'s> {
    Leaf { key: &'s str, also: &'s [At<String>], due: Due<'s>, required: bool },
    Nest { key: &'s str, nodes: Vec<Node<'s>> },
}

/// All slots of an object.
#[derive(Default)]
struct Slots<'s> {
    slots: Vec<Slot<'s>>,
    /// A variant could not be told, so nobody knows which other keys there may be.
    open: bool,
}

impl<'s> Check<'s, '_> {
    /// An object with these fields; the keys in `watched` may be there too.
    pub fn object(&mut self, json: &Json, fields: &'s [Field], side: Side, places: Places, watched: &[&str]) {
        let Value::Object(members) = &json.value else {
            self.error(places, json.span.start, format!("an object is due, not {}", json.kind()));
            return;
        };
        let mut slots = Slots::default();
        self.fields(json, fields, true, &[], side, places, &mut slots);
        self.members(json, members, slots, side, places, watched);
    }

    /// An object that is one of a union's variants.
    pub fn union(&mut self, json: &Json, union: &'s Union, side: Side, places: Places, watched: &[&str]) {
        let Value::Object(members) = &json.value else {
            self.error(places, json.span.start, format!("an object is due, not {}", json.kind()));
            return;
        };
        let mut slots = Slots::default();
        self.variant(json, union, side != Side::Failure, &[], side, places, &mut slots);
        self.members(json, members, slots, side, places, watched);
    }

    fn members(
        &mut self,
        json: &Json,
        members: &[Member],
        slots: Slots<'s>,
        side: Side,
        places: Places,
        watched: &[&str],
    ) {
        let mut nodes = Vec::new();
        for slot in slots.slots {
            nest(&mut nodes, &slot.keys, &slot);
        }
        self.level(json, members, &nodes, slots.open, side, places, watched, "");
    }

    /// One level of keys: each known, none missing, in order.
    #[allow(clippy::too_many_arguments)]
    fn level(
        &mut self,
        json: &Json,
        members: &[Member],
        nodes: &[Node<'s>],
        open: bool,
        side: Side,
        places: Places,
        watched: &[&str],
        around: &str,
    ) {
        let mut last: Option<(usize, &str)> = None;
        let mut seen = vec![false; nodes.len()];
        for member in members {
            let Some((at, node)) = nodes.iter().enumerate().find(|(_, node)| node.has(&member.key)) else {
                if !open && !watched.contains(&member.key.as_str()) {
                    let meant = naming::suggestion(&member.key, nodes.iter().map(Node::key));
                    let message =
                        format!("`{around}{}` is not a field that the spec knows{meant}", member.key);
                    self.error(places, member.place.start, message);
                }
                continue;
            };
            if let Some(seen) = seen.get_mut(at) {
                *seen = true;
            }
            match last {
                Some((highest, before)) if side == Side::Request && at < highest => {
                    let message = format!("`{around}{}` is written before `{around}{before}`", member.key);
                    self.error(places, member.place.start, message);
                }
                _ => last = Some((at, &member.key)),
            }
            match node {
                Node::Leaf { due, .. } => self.due(&member.json, *due, side, places),
                Node::Nest { key, nodes } => match &member.json.value {
                    Value::Object(inner) => {
                        let around = format!("{around}{key}.");
                        self.level(&member.json, inner, nodes, open, side, places, &[], &around);
                    }
                    _ => {
                        let message =
                            format!("`{around}{key}` must be an object, not {}", member.json.kind());
                        self.error(places, member.json.span.start, message);
                    }
                },
            }
        }
        for (node, seen) in nodes.iter().zip(seen) {
            if !seen {
                for missing in node.required(around) {
                    self.error(places, json.span.start, format!("`{missing}` is missing, which is required"));
                }
            }
        }
    }

    /// The slots of a list of fields. `demanded`: the whole must be there, else it may be absent as a whole.
    #[allow(clippy::too_many_arguments)]
    fn fields(
        &mut self,
        json: &Json,
        fields: &'s [Field],
        demanded: bool,
        prefix: &[&'s str],
        side: Side,
        places: Places,
        slots: &mut Slots<'s>,
    ) {
        for field in fields {
            let required = demanded
                && match (field.required, side) {
                    (_, Side::Failure) | (Required::No, _) => false,
                    (Required::Always, _) => true,
                    (Required::Request, side) => side == Side::Request,
                };
            let mut keys = prefix.to_vec();
            keys.extend(field.path.iter().map(String::as_str));
            if !field.flatten {
                keys.push(&field.wire.value);
                let due = match &field.origin {
                    Origin::Caller => Due::Type(&field.ty.value),
                    fixed => Due::Fixed(fixed),
                };
                slots.slots.push(Slot { keys, also: &field.also, due, required });
                continue;
            }
            let within =
                keys.get(prefix.len()..).unwrap_or_default().iter().try_fold(json, |json, key| json.get(key));
            let empty = Json { span: json.span.clone(), value: Value::Object(Vec::new()) };
            let within = within.unwrap_or(&empty);
            match self.index.kind(&field.ty.value) {
                Some(Kind::Object(object)) if self.is_sound(&object.name.value) => {
                    let there = object.fields.iter().any(|inner| {
                        let head = inner.path.first().unwrap_or(&inner.wire.value);
                        inner.flatten || within.get(head).is_some()
                    });
                    self.fields(within, &object.fields, required || there, &keys, side, places, slots);
                }
                Some(Kind::Union(union)) if self.is_sound(&union.name.value) => {
                    self.variant(within, union, required, &keys, side, places, slots);
                }
                // Reported elsewhere.
                _ => slots.open = true,
            }
        }
    }

    /// The slots of the variant that an object shows.
    #[allow(clippy::too_many_arguments)]
    fn variant(
        &mut self,
        json: &Json,
        union: &'s Union,
        demanded: bool,
        prefix: &[&'s str],
        side: Side,
        places: Places,
        slots: &mut Slots<'s>,
    ) {
        let name = &union.name.value;
        if !self.is_sound(name) {
            slots.open = true;
            return;
        }
        let under = |key: &'s str| {
            let mut keys = prefix.to_vec();
            keys.push(key);
            keys
        };
        let absent = |key: &At<String>| json.get(&key.value).is_none();
        let variant = if let Some(default) =
            union.default_variant().filter(|_| union.tag.as_ref().is_some_and(absent))
        {
            default
        } else if let Some(tag) = &union.tag {
            let Some(found) = json.get(&tag.value) else {
                if demanded {
                    let message = format!("`{}` is missing, the tag of `{name}`", tag.value);
                    self.error(places, json.span.start, message);
                    slots.open = true;
                }
                return;
            };
            let variant = match &found.value {
                Value::Text(text) => union.variants.iter().find(|variant| variant.tag.value == *text),
                _ => None,
            };
            let Some(variant) = variant else {
                let tags = union.variants.iter().map(|variant| variant.tag.value.as_str());
                let message = match &found.value {
                    Value::Text(text) => {
                        format!("`{text}` is no variant of `{name}`{}", naming::suggestion(text, tags))
                    }
                    _ => format!("the tag of `{name}` must be text, not {}", found.kind()),
                };
                self.error(places, found.span.start, message);
                slots.open = true;
                return;
            };
            variant
        } else {
            let told: Vec<_> =
                union.variants.iter().filter(|variant| json.get(&variant.tag.value).is_some()).collect();
            let keys: Vec<String> =
                union.variants.iter().map(|variant| format!("`{}`", variant.tag.value)).collect();
            match told.as_slice() {
                [] if demanded => {
                    let message =
                        format!("one of {} is missing, which tell what `{name}` it is", keys.join(", "));
                    self.error(places, json.span.start, message);
                    slots.open = true;
                    return;
                }
                [] => return,
                [_, second, ..] if union.keyed => {
                    let message = format!(
                        "`{}` stands beside another of {}: `{name}` is one of them",
                        second.tag.value,
                        keys.join(", ")
                    );
                    let offset = json.get(&second.tag.value).map_or(json.span.start, |json| json.span.start);
                    self.error(places, offset, message);
                    slots.open = true;
                    return;
                }
                [first, ..] => *first,
            }
        };
        let tag = union.tag.as_ref().map(|tag| Slot {
            keys: under(&tag.value),
            also: &[],
            due: Due::Tag,
            required: union.default_variant().is_none(),
        });
        let mut payload = Slots::default();
        match &variant.ty {
            Some(ty) if union.keyed => {
                let keys = under(&variant.key);
                let (due, required) = (Due::Type(&ty.value), side != Side::Failure);
                payload.slots.push(Slot { keys, also: &[], due, required });
            }
            Some(ty) => match self.index.kind(&ty.value) {
                Some(Kind::Object(object)) if self.is_sound(&object.name.value) => {
                    self.fields(json, &object.fields, true, prefix, side, places, &mut payload);
                }
                _ => payload.open = true,
            },
            None => {}
        }
        // The tag is written right before the first nested field, or else before all of them.
        let nested = payload.slots.iter().position(|slot| slot.keys.len() > prefix.len() + 1);
        if let Some(tag) = tag {
            payload.slots.insert(nested.filter(|_| !union.keyed).unwrap_or(0), tag);
        }
        slots.slots.append(&mut payload.slots);
        slots.open |= payload.open;
    }
}

impl<'s> Node<'s> {
    fn key(&self) -> &'s str {
        match self {
            Self::Leaf { key, .. } | Self::Nest { key, .. } => key,
        }
    }

    fn has(&self, name: &str) -> bool {
        let also = match self {
            Self::Leaf { also, .. } => *also,
            Self::Nest { .. } => &[],
        };
        self.key() == name || also.iter().any(|other| other.value == name)
    }

    /// The required keys in it, with the objects around them.
    fn required(&self, around: &str) -> Vec<String> {
        match self {
            Self::Leaf { key, required: true, .. } => vec![format!("{around}{key}")],
            Self::Leaf { .. } => Vec::new(),
            Self::Nest { key, nodes } => {
                let around = format!("{around}{key}.");
                nodes.iter().flat_map(|node| node.required(&around)).collect()
            }
        }
    }
}

fn nest<'s>(nodes: &mut Vec<Node<'s>>, keys: &[&'s str], slot: &Slot<'s>) {
    let Some((key, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        // Two of one key are reported by a lint; the first counts.
        if !nodes.iter().any(|node| node.key() == *key) {
            nodes.push(Node::Leaf { key, also: slot.also, due: slot.due, required: slot.required });
        }
        return;
    }
    let known = nodes.iter_mut().find_map(|node| match node {
        Node::Nest { key: known, nodes } if known == key => Some(nodes),
        _ => None,
    });
    match known {
        Some(inner) => nest(inner, rest, slot),
        None => {
            let mut inner = Vec::new();
            nest(&mut inner, rest, slot);
            nodes.push(Node::Nest { key, nodes: inner });
        }
    }
}
