//! Which keys an object of an example may and must have, now that it is known which variants it shows.
//! What stands under a key is checked by `value`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Check, Places, Side};
use crate::codegen::json::{Json, Member, Value};
use crate::spec::diagnostic::Diagnostics;
use crate::spec::layout::{self, Choice, Due, Layout, Location, Message, Node, Shown, Untold};
use crate::spec::model::{Field, Required, Union, Variant};
use crate::spec::naming;

/// An object of an example, about to be laid out.
struct Example<'j, 's, 'p, 'o> {
    json: &'j Json,
    side: Side,
    places: Places<'p>,
    unsound: &'s BTreeSet<String>,
    out: &'o mut Diagnostics,
}

impl<'s> Check<'s, '_> {
    /// An object with these fields; the keys in `watched` may be there too.
    pub fn object(&mut self, json: &Json, fields: &'s [Field], side: Side, places: Places, watched: &[&str]) {
        let Value::Object(members) = &json.value else {
            self.error(places, json.span.start, format!("an object is due, not {}", json.kind()));
            return;
        };
        let mut example = Example { json, side, places, unsound: self.unsound, out: self.out };
        let Ok(layout) = layout::of_fields(&self.index, &mut example, fields);
        self.members(json, members, &layout, side, places, watched);
    }

    /// An object that is one of a union's variants.
    pub fn union(&mut self, json: &Json, union: &'s Union, side: Side, places: Places, watched: &[&str]) {
        let Value::Object(members) = &json.value else {
            self.error(places, json.span.start, format!("an object is due, not {}", json.kind()));
            return;
        };
        let demanded = side != Side::Failure;
        let mut example = Example { json, side, places, unsound: self.unsound, out: self.out };
        let Ok(layout) = layout::of_union(&self.index, &mut example, union, None, demanded);
        self.members(json, members, &layout, side, places, watched);
    }

    fn members(
        &mut self,
        json: &Json,
        members: &[Member],
        layout: &Layout<'s>,
        side: Side,
        places: Places,
        watched: &[&str],
    ) {
        self.level(json, members, &layout.nodes(), layout.open, side, places, watched, "");
    }

    /// One level of keys: each known, none missing, in order.
    #[allow(clippy::too_many_arguments)]
    fn level(
        &mut self,
        json: &Json,
        members: &[Member],
        nodes: &[Node<'_, 's>],
        open: bool,
        side: Side,
        places: Places,
        watched: &[&str],
        around: &str,
    ) {
        let mut last: Option<(usize, &str)> = None;
        let mut seen = vec![false; nodes.len()];
        for member in members {
            let Some((at, node)) = nodes.iter().enumerate().find(|(_, node)| has(node, &member.key)) else {
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
                Node::Leaf(location) => self.due(&member.json, location.due, side, places),
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
                for missing in required(node, side, around) {
                    self.error(places, json.span.start, format!("`{missing}` is missing, which is required"));
                }
            }
        }
    }
}

impl<'s> Message<'s> for Example<'_, 's, '_, '_> {
    type Error = std::convert::Infallible;

    fn at(&self, path: &[&'s str]) -> Result<Option<Shown<'_>>, Self::Error> {
        let found = path.iter().try_fold(self.json, |json, key| json.get(key));
        Ok(found.map(|json| match &json.value {
            Value::Text(text) => Shown::Text(Cow::Borrowed(text)),
            _ => Shown::Other,
        }))
    }

    fn requires(&self, field: &Field) -> bool {
        match (field.required, self.side) {
            (_, Side::Failure) | (Required::No, _) => false,
            (Required::Always, _) => true,
            (Required::Request, side) => side == Side::Request,
        }
    }

    fn knows(&self, name: &str) -> bool {
        !self.unsound.contains(name)
    }

    fn untold(&mut self, choice: Choice<'s>, why: Untold<'s>) -> Result<Option<&'s Variant>, Self::Error> {
        let Choice { union, path, .. } = choice;
        let name = &union.name.value;
        let json = path.iter().try_fold(self.json, |json, key| json.get(key)).unwrap_or(self.json);
        let start = |key: &str| json.get(key).map_or(json.span.start, |json| json.span.start);
        let keys = || {
            let keys = union.variants.iter().map(|variant| format!("`{}`", variant.tag.value));
            keys.collect::<Vec<_>>().join(", ")
        };
        let (offset, message) = match why {
            Untold::NoTag(tag) => (json.span.start, format!("`{tag}` is missing, the tag of `{name}`")),
            Untold::OddTag(tag) => {
                let tags = union.variants.iter().map(|variant| variant.tag.value.as_str());
                let message = match json.get(tag).map(|found| (&found.value, found.kind())) {
                    Some((Value::Text(text), _)) => {
                        format!("`{text}` is no variant of `{name}`{}", naming::suggestion(text, tags))
                    }
                    found => {
                        let kind = found.map_or("nothing", |(_, kind)| kind);
                        format!("the tag of `{name}` must be text, not {kind}")
                    }
                };
                (start(tag), message)
            }
            Untold::NoKey => {
                let keys = keys();
                (json.span.start, format!("one of {keys} is missing, which tell what `{name}` it is"))
            }
            // Keys of one variant may stand in another; the first that fits counts.
            Untold::Keys(told) if !union.keyed => return Ok(told.first().copied()),
            Untold::Keys(told) => {
                let second = told.get(1).map(|variant| variant.tag.value.as_str()).unwrap_or_default();
                let keys = keys();
                let message = format!("`{second}` stands beside another of {keys}: `{name}` is one of them");
                (start(second), message)
            }
        };
        self.out.error(self.places.span(offset), message);
        Ok(None)
    }
}

fn has(node: &Node, name: &str) -> bool {
    let also: &[_] = match node {
        Node::Leaf(Location { due: Due::Field(field), .. }) => &field.also,
        _ => &[],
    };
    node.key() == name || also.iter().any(|other| other.value == name)
}

/// The required keys in a node, with the objects around them.
fn required(node: &Node, side: Side, around: &str) -> Vec<String> {
    match node {
        Node::Leaf(location) if location.required && side != Side::Failure => {
            vec![format!("{around}{}", node.key())]
        }
        Node::Leaf(_) => Vec::new(),
        Node::Nest { key, nodes } => {
            let around = format!("{around}{key}.");
            nodes.iter().flat_map(|node| required(node, side, &around)).collect()
        }
    }
}
