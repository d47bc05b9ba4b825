//! What stands in each kind of push, in which order, and which of it are words of a user: emitted from the spec as
//! text, parsed when a push is first suspected. How a push is read with it stands in `raw.rs`.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::tree::same_name;

include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

/// A field, or an object around fields.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: &'static str,
    /// The node's place among all nodes of its kind, counted from the root downwards.
    pub(super) id: usize,
    /// Where the places of the nodes inside end.
    pub(super) end: usize,
    /// Words of a user.
    pub(super) free: bool,
    /// Comes again for each item.
    pub(super) list: bool,
    pub(super) children: Vec<Node>,
}

/// One kind of message or event.
#[derive(Debug)]
pub(super) struct Kind {
    /// Values of `MsgType` or `Event`.
    words: Vec<&'static str>,
    is_event: bool,
    pub(super) nodes: Vec<Node>,
    /// Between two free texts, the platform writes fields of its own.
    pub(super) mixed: bool,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| LAYOUTS.lines().filter_map(kind).collect());

/// The names for [`may_be_free`], in lower case: a document may ask for very many.
static FREE: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let nodes = KINDS.iter().flat_map(|kind| &kind.nodes);
    nodes.filter(|node| node.has_free()).map(|node| node.name.to_ascii_lowercase()).collect()
});

/// The kind of a push; `None` if the spec knows none.
pub(super) fn find(msg_type: &str, event: Option<&str>) -> Option<&'static Kind> {
    let word = event.unwrap_or(msg_type);
    KINDS.iter().find(|kind| {
        kind.is_event == event.is_some() && kind.words.iter().any(|known| same_name(known, word))
    })
}

/// Whether a field of the root may be, or hold, words of a user in any kind of push.
pub(super) fn may_be_free(name: &str) -> bool {
    FREE.contains(&name.trim().to_ascii_lowercase())
}

impl Node {
    fn has_free(&self) -> bool {
        self.free || self.children.iter().any(Self::has_free)
    }
}

/// The node of this name.
pub(super) fn child<'n>(nodes: &'n [Node], name: &str) -> Option<&'n Node> {
    nodes.iter().find(|node| same_name(node.name, name))
}

/// One line of the table: the words with `|` between them, `event/` in front for events, and behind a space the
/// fields: `Name` of the platform, `Name~` of a user, `Name*` in a list, `Name{ … }` around others.
fn kind(line: &'static str) -> Option<Kind> {
    let (words, fields) = line.split_once('\t')?;
    let (is_event, words) = match words.strip_prefix("event/") {
        Some(words) => (true, words),
        None => (false, words),
    };
    let mut tokens = fields.split_ascii_whitespace();
    let nodes = nodes(&mut tokens, &mut 0);
    let mut leaves = Vec::new();
    flatten(&nodes, &mut leaves);
    let first = leaves.iter().position(|free| *free);
    let last = leaves.iter().rposition(|free| *free);
    let mixed = match (first, last) {
        (Some(first), Some(last)) => leaves[first..=last].iter().any(|free| !free),
        _ => false,
    };
    Some(Kind { words: words.split('|').collect(), is_event, nodes, mixed })
}

fn nodes(tokens: &mut impl Iterator<Item = &'static str>, id: &mut usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    while let Some(token) = tokens.next().filter(|token| *token != "}") {
        let name = token.trim_end_matches(['~', '*', '{']);
        let marks = &token[name.len()..];
        let own = *id;
        *id += 1;
        let children = if marks.contains('{') { self::nodes(tokens, id) } else { Vec::new() };
        nodes.push(Node {
            name,
            id: own,
            end: *id,
            free: marks.contains('~'),
            list: marks.contains('*'),
            children,
        });
    }
    nodes
}

/// For each field that holds no others, whether it is free.
fn flatten(nodes: &[Node], leaves: &mut Vec<bool>) {
    for node in nodes {
        if node.children.is_empty() {
            leaves.push(node.free);
        }
        flatten(&node.children, leaves);
    }
}
