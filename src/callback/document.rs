//! A push as the fields that it truly has, whatever a user typed: read strictly, and where that shows that somebody's
//! words broke out of their text, read raw. What the fields mean is not known here.

use serde::de::{Deserializer, Error as _};
use serde_json::{Map, Value};

use super::envelope::{self, Envelope};
use super::format::Format;
use super::layout::{self, Kind, Node};
use super::tree::{same_name, Around, Signs, Tree};
use super::{json, raw, xml};
use crate::error::Result;
use crate::wire::clean::BOM;

/// Where a push has its whole text that could not be taken apart. No element of XML can be called so.
pub(super) const WHOLE: &str = "#document";

/// What a push says.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) fields: Map<String, Value>,
    /// The fields are all that it has; else only the envelope is sure, and the rest stands under [`WHOLE`].
    pub(super) told: bool,
}

impl Document {
    /// # Errors
    /// It is neither of the format nor can its head be read.
    pub(super) fn read(format: Format, bytes: &[u8]) -> Result<Self> {
        Self::after(Self::strictly(format, bytes), format, bytes)
    }

    /// The same, where the strict look has been taken.
    pub(super) fn after(strict: Result<Option<Self>>, format: Format, bytes: &[u8]) -> Result<Self> {
        match (strict, format) {
            (Ok(Some(document)), _) => Ok(document),
            (strict, Format::Xml) => Self::from_raw(&xml::text(bytes), strict.map(|_| ())),
            (strict, Format::Json) => strict.and_then(|_| Self::from_head(bytes)),
        }
    }

    /// The document, if nothing shows that words broke out of their text.
    ///
    /// # Errors
    /// It is not of the format.
    pub(super) fn strictly(format: Format, bytes: &[u8]) -> Result<Option<Self>> {
        let tree = match format {
            Format::Xml => xml::read(&xml::text(bytes))?,
            Format::Json => json::read(bytes)?,
        };
        let sound = is_sound(&tree);
        Ok(sound.then(|| match format {
            Format::Xml => Self { fields: tree.fields, told: true },
            Format::Json => Self::of(tree),
        }))
    }

    /// A push that was written by this crate.
    ///
    /// # Errors
    /// A key comes again, or it is no object.
    pub(super) fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let tree = json::tree(deserializer)?;
        match may_repeat(nodes(&tree), &tree.signs) {
            true => Ok(Self::of(tree)),
            false => Err(D::Error::custom("a key of the push comes again")),
        }
    }

    /// JSON in which nothing is suspicious. What could not be told once stays so.
    fn of(tree: Tree) -> Self {
        Self { told: !tree.fields.contains_key(WHOLE), fields: tree.fields }
    }

    fn from_raw(text: &str, strict: Result<()>) -> Result<Self> {
        match raw::read(text) {
            Some(raw::Raw { fields: Some(fields), .. }) => Ok(Self { fields, told: true }),
            Some(raw::Raw { envelope, fields: None }) => Ok(Self::whole(&envelope, text)),
            None => Err(strict
                .err()
                .unwrap_or_else(|| xml::refuse("has names twice, and no head that can be read"))),
        }
    }

    /// JSON in which names come again: the first ones count.
    fn from_head(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let mut head = Envelope::default();
        for (name, value) in json::in_order(bytes) {
            match head.wants(&name) {
                true => head.set(&name, value),
                false if head.is_whole() || layout::may_be_free(&name) => break,
                false => {}
            }
        }
        if head.has_sender() {
            return Ok(Self::whole(&head, &String::from_utf8_lossy(bytes)));
        }
        Err(xml::refuse("has names twice, and no head that can be read"))
    }

    fn whole(envelope: &Envelope, text: &str) -> Self {
        let mut fields = envelope.fields();
        fields.insert(WHOLE.to_owned(), text.into());
        Self { fields, told: false }
    }
}

/// Whether nothing shows that words broke out: whoever ends a marked section early must begin another one for the
/// end of the real one, so that a name comes again; or hide that end in a comment, an instruction or an attribute; or
/// leave it as text.
fn is_sound(tree: &Tree) -> bool {
    let signs = &tree.signs;
    if signs.odd {
        return false;
    }
    if signs.repeats.is_empty() && !signs.nested {
        return true;
    }
    let nodes = nodes(tree);
    may_repeat(nodes, signs) && words_are_text(nodes, nodes, &tree.fields)
}

/// What stands in pushes of the tree's kind.
fn nodes(tree: &Tree) -> &'static [Node] {
    let text = |name: &str| {
        let (_, value) = tree.fields.iter().find(|(known, _)| same_name(known, name))?;
        envelope::text(value)
    };
    let event = text(envelope::MSG_TYPE).filter(|kind| envelope::is_event(kind)).and(text(envelope::EVENT));
    let kind = text(envelope::MSG_TYPE).and_then(|kind| layout::find(kind, event));
    kind.map(|kind: &Kind| kind.nodes.as_slice()).unwrap_or_default()
}

/// Whether the names that come again may do so: as items of a list, and below what the spec does not know.
fn may_repeat(root: &[Node], signs: &Signs) -> bool {
    // What the spec knows of each object; `None`: nothing, so that anything may stand in it.
    let mut known: Vec<Option<&[Node]>> = Vec::with_capacity(signs.around.len());
    for Around { within, name } in &signs.around {
        let nodes = within.map_or(Some(root), |object| known[object]);
        let node = nodes.and_then(|nodes| layout::child(nodes, name));
        known.push(node.map(|node| node.children.as_slice()).filter(|children| !children.is_empty()));
    }
    signs.repeats.iter().all(|repeat| match repeat.within.map_or(Some(root), |object| known[object]) {
        Some(nodes) => layout::child(nodes, &repeat.name).is_some_and(|node| node.list && repeat.exact),
        None => true,
    })
}

/// Whether no words hold elements, and nothing that the kind does not know holds words: a sender with two texts can
/// open an element in one of them and close it in the other.
fn words_are_text(kind: &[Node], nodes: &[Node], fields: &Map<String, Value>) -> bool {
    fields.iter().all(|(name, value)| match (layout::child(nodes, name), value) {
        (Some(node), Value::Object(_)) if node.free => false,
        (Some(node), Value::Object(inner)) if !node.children.is_empty() => {
            words_are_text(kind, &node.children, inner)
        }
        (_, value) => !holds_words(kind, value),
    })
}

/// Whether a name of the kind's free texts stands somewhere in a value.
fn holds_words(kind: &[Node], value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| is_words(kind, name) || holds_words(kind, value))
        }
        Value::Array(items) => items.iter().any(|item| holds_words(kind, item)),
        _ => false,
    }
}

fn is_words(nodes: &[Node], name: &str) -> bool {
    nodes.iter().any(|node| node.free && same_name(node.name, name) || is_words(&node.children, name))
}
