//! Where the fields of one message go: the location of each on the wire, and of what is flattened into the message the
//! fields that it shows. What stands there is judged by others: examples by `codegen/example`, requests by the
//! sandbox.

use std::borrow::Cow;

use super::index::{Index, Kind};
use super::model::{Field, Type, Union, Variant};

/// A location in a message where the spec allows a value.
#[derive(Clone, Debug)]
pub struct Location<'s> {
    /// The keys that lead to it; the last is its own.
    pub path: Vec<&'s str>,
    pub due: Due<'s>,
    pub required: bool,
}

/// What may stand at a location.
#[derive(Clone, Copy, Debug)]
pub enum Due<'s> {
    Field(&'s Field),
    /// The tag of a union, judged while its variant was chosen.
    Tag,
    /// What a variant holds under a key of its own, by the rules of the field that holds the union.
    Payload(&'s Type, Option<&'s Field>),
}

/// All locations of a message, in the order in which they are written.
#[derive(Debug, Default)]
pub struct Layout<'s> {
    pub locations: Vec<Location<'s>>,
    /// A variant could not be told, so nobody knows which other keys there may be.
    pub open: bool,
}

/// What a message has at a location.
pub enum Shown<'m> {
    /// Text, or what can be read as the text of a tag.
    Text(Cow<'m, str>),
    Other,
}

/// A union whose variant a message must tell.
pub struct Choice<'s> {
    pub union: &'s Union,
    /// The field that is the union; none where the whole message is one.
    pub field: Option<&'s Field>,
    /// The keys that lead to the object in which it stands.
    pub path: Vec<&'s str>,
}

/// Why a message does not tell the variant.
pub enum Untold<'s> {
    /// The tag of this name is not there.
    NoTag(&'s str),
    /// The tag of this name has a value that no variant has.
    OddTag(&'s str),
    /// There is no tag, and none of the keys that would tell is there.
    NoKey,
    /// There is no tag, and several of these keys are there.
    Keys(Vec<&'s Variant>),
}

type Chosen<'s> = Result<&'s Variant, Untold<'s>>;

/// A message that is laid out.
pub trait Message<'s> {
    type Error;

    /// What stands at the end of these keys.
    fn at(&self, path: &[&'s str]) -> Result<Option<Shown<'_>>, Self::Error>;

    /// Whether a message of this kind must have the field.
    fn requires(&self, field: &Field) -> bool;

    /// Whether the type of this name may be relied on.
    fn knows(&self, name: &str) -> bool;

    /// Reports that a variant can't be told. Which one is to be taken all the same, or none.
    fn untold(&mut self, choice: Choice<'s>, why: Untold<'s>) -> Result<Option<&'s Variant>, Self::Error>;
}

/// The layout of a message with these fields.
pub fn of_fields<'s, M: Message<'s>>(
    index: &Index<'s>,
    message: &mut M,
    fields: &'s [Field],
) -> Result<Layout<'s>, M::Error> {
    let mut maker = Maker { index, message, layout: Layout::default() };
    maker.fields(fields, true, &[])?;
    Ok(maker.layout)
}

/// The layout of a message that is a union. `field` has its rules, if a field holds it.
pub fn of_union<'s, M: Message<'s>>(
    index: &Index<'s>,
    message: &mut M,
    union: &'s Union,
    field: Option<&'s Field>,
    demanded: bool,
) -> Result<Layout<'s>, M::Error> {
    let mut maker = Maker { index, message, layout: Layout::default() };
    maker.union(union, field, demanded, &[])?;
    Ok(maker.layout)
}

/// What of the choices among the parts of a form is sent in the query: the variants that are no file.
pub fn strays<'s>(index: &Index<'s>, parts: &'s [Field]) -> Vec<&'s Variant> {
    let unions =
        parts.iter().filter(|field| field.flatten).filter_map(|field| match index.kind(&field.ty.value) {
            Some(Kind::Union(union)) if union.tag.is_none() => Some(union),
            _ => None,
        });
    let is_file = |variant: &&Variant| variant.ty.as_ref().is_some_and(|ty| ty.value == Type::File);
    unions.flat_map(|union| &union.variants).filter(|variant| !is_file(variant)).collect()
}

struct Maker<'i, 's, 'm, M> {
    index: &'i Index<'s>,
    message: &'m mut M,
    layout: Layout<'s>,
}

fn below<'s>(path: &[&'s str], key: &'s str) -> Vec<&'s str> {
    let mut keys = path.to_vec();
    keys.push(key);
    keys
}

impl<'s, M: Message<'s>> Maker<'_, 's, '_, M> {
    fn has(&self, path: &[&'s str]) -> Result<bool, M::Error> {
        Ok(self.message.at(path)?.is_some())
    }

    /// Adds the locations of fields. `demanded`: the whole must be there, else it may be absent as a whole.
    fn fields(&mut self, fields: &'s [Field], demanded: bool, prefix: &[&'s str]) -> Result<(), M::Error> {
        for field in fields {
            let required = demanded && self.message.requires(field);
            let mut path = prefix.to_vec();
            path.extend(field.path.iter().map(String::as_str));
            if !field.flatten {
                path.push(&field.wire.value);
                self.layout.locations.push(Location { path, due: Due::Field(field), required });
                continue;
            }
            match self.index.kind(&field.ty.value) {
                Some(Kind::Object(object)) if self.message.knows(&object.name.value) => {
                    let demanded = required || self.shows_any(&object.fields, &path)?;
                    self.fields(&object.fields, demanded, &path)?;
                }
                Some(Kind::Union(union)) => self.union(union, Some(field), required, &path)?,
                _ => self.layout.open = true,
            }
        }
        Ok(())
    }

    /// Whether one of these fields is there. What is flattened in turn is thought to be.
    fn shows_any(&self, fields: &'s [Field], prefix: &[&'s str]) -> Result<bool, M::Error> {
        for field in fields {
            let head = field.path.first().unwrap_or(&field.wire.value);
            if field.flatten || self.has(&below(prefix, head))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds the locations of the variant that is shown.
    fn union(
        &mut self,
        union: &'s Union,
        field: Option<&'s Field>,
        demanded: bool,
        prefix: &[&'s str],
    ) -> Result<(), M::Error> {
        if !self.message.knows(&union.name.value) {
            self.layout.open = true;
            return Ok(());
        }
        let variant = match self.choose(union, prefix)? {
            Ok(variant) => variant,
            Err(Untold::NoTag(_) | Untold::NoKey) if !demanded => return Ok(()),
            Err(why) => {
                let choice = Choice { union, field, path: prefix.to_vec() };
                let Some(taken) = self.message.untold(choice, why)? else {
                    self.layout.open = true;
                    return Ok(());
                };
                taken
            }
        };
        let before = self.layout.locations.len();
        match &variant.ty {
            Some(ty) if union.keyed => {
                let due = Due::Payload(&ty.value, field);
                let path = below(prefix, &variant.key);
                self.layout.locations.push(Location { path, due, required: true });
            }
            Some(ty) => match self.index.kind(&ty.value) {
                Some(Kind::Object(object)) if self.message.knows(&object.name.value) => {
                    self.fields(&object.fields, true, prefix)?;
                }
                _ => self.layout.open = true,
            },
            None => {}
        }
        if let Some(tag) = &union.tag {
            // It is written right before the first nested field, or else before all of them.
            let nested = self.layout.locations[before..]
                .iter()
                .position(|location| location.path.len() > prefix.len() + 1);
            let at = before + nested.filter(|_| !union.keyed).unwrap_or(0);
            let required = union.default_variant().is_none();
            let location = Location { path: below(prefix, &tag.value), due: Due::Tag, required };
            self.layout.locations.insert(at, location);
        }
        Ok(())
    }

    /// The variant that is shown.
    fn choose(&self, union: &'s Union, prefix: &[&'s str]) -> Result<Chosen<'s>, M::Error> {
        let Some(tag) = &union.tag else {
            let mut told = Vec::new();
            for variant in &union.variants {
                if self.has(&below(prefix, &variant.tag.value))? {
                    told.push(variant);
                }
            }
            return Ok(match told.as_slice() {
                [] => Err(Untold::NoKey),
                [variant] => Ok(*variant),
                _ => Err(Untold::Keys(told)),
            });
        };
        let tag = tag.value.as_str();
        Ok(match self.message.at(&below(prefix, tag))? {
            None => union.default_variant().ok_or(Untold::NoTag(tag)),
            Some(Shown::Text(text)) => {
                let mut variants = union.variants.iter();
                variants.find(|variant| variant.tag.value == text).ok_or(Untold::OddTag(tag))
            }
            Some(Shown::Other) => Err(Untold::OddTag(tag)),
        })
    }
}

/// The keys of an object, nested as they are written.
pub enum Node<'l, 's> {
    Leaf(&'l Location<'s>),
    Nest { key: &'s str, nodes: Vec<Node<'l, 's>> },
}

impl<'s> Layout<'s> {
    /// The locations as a tree of keys.
    pub fn nodes(&self) -> Vec<Node<'_, 's>> {
        let mut nodes = Vec::new();
        for location in &self.locations {
            nest(&mut nodes, &location.path, location);
        }
        nodes
    }
}

impl<'s> Node<'_, 's> {
    pub fn key(&self) -> &'s str {
        match self {
            Self::Leaf(location) => location.path.last().copied().unwrap_or_default(),
            Self::Nest { key, .. } => key,
        }
    }
}

fn nest<'l, 's>(nodes: &mut Vec<Node<'l, 's>>, keys: &[&'s str], location: &'l Location<'s>) {
    let Some((key, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        // Two of one key are reported by a lint; the first counts.
        if !nodes.iter().any(|node| node.key() == *key) {
            nodes.push(Node::Leaf(location));
        }
        return;
    }
    let known = nodes.iter_mut().find_map(|node| match node {
        Node::Nest { key: known, nodes } if known == key => Some(nodes),
        _ => None,
    });
    match known {
        Some(inner) => nest(inner, rest, location),
        None => {
            let mut inner = Vec::new();
            nest(&mut inner, rest, location);
            nodes.push(Node::Nest { key, nodes: inner });
        }
    }
}
