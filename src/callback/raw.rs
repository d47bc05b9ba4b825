//! The second reading of a push in XML, for documents in which a user's words broke out of their text: as a string of
//! fields whose free texts end at the last place where they can. Which documents need it is decided in `document.rs`.

use std::borrow::Cow;

use quick_xml::escape::unescape;
use serde_json::{Map, Value};

use super::envelope::{self, Envelope};
use super::layout::{self, Kind, Node};

const MARK: &str = "<![CDATA[";
const MARK_END: &str = "]]>";

/// Deeper than any kind of push.
const DEEPEST: usize = 32;

/// How much work a document may cost: tries, and bytes looked at by sixteen. Words can be written so that there are
/// very many ways to divide them.
const BUDGET: usize = 1 << 21;

/// What a document says when it is read this way.
pub(super) struct Raw {
    pub(super) envelope: Envelope,
    /// All its fields, those of the envelope among them; `None` if nothing fits.
    pub(super) fields: Option<Map<String, Value>>,
}

/// `None` if the document is no push at all: its head does not say from whom it is, or it ends in the middle.
pub(super) fn read(text: &str) -> Option<Raw> {
    let (begin, end) = inside(text)?;
    let mut cursor = Cursor { text: &text[..end], at: begin };
    let mut envelope = Envelope::default();
    let mut early: Vec<&str> = Vec::new();
    let mut head = Map::new();
    loop {
        let before = cursor.at;
        cursor.skip_layout();
        let Some((name, closed)) = cursor.open() else { break };
        let wanted = envelope.wants(name);
        // A field that may hold a user's words ends the head, and so does what stands behind a whole envelope.
        if !wanted && (envelope.is_whole() || layout::may_be_free(name)) {
            cursor.at = before;
            break;
        }
        let Some(value) = (if closed { Some(Value::from("")) } else { cursor.value(name, 0) }) else {
            cursor.at = before;
            break;
        };
        if wanted {
            envelope.set(name, value);
        } else {
            early.push(name);
            head.insert(name.to_owned(), value);
        }
    }
    if !envelope.has_sender() {
        return None;
    }
    let fields = envelope.kind().and_then(|kind| Search::new(kind, cursor, &early)?.run()).map(|found| {
        let mut fields = envelope.fields();
        fields.extend(head);
        fields.extend(found);
        fields
    });
    Some(Raw { envelope, fields })
}

/// All that the document could be the ciphertext of: the first and the last that stands in it.
pub(super) fn ciphertexts(text: &str) -> impl Iterator<Item = &str> {
    let between = |start: usize| {
        let rest = text.get(start..)?.strip_prefix("<Encrypt><![CDATA[")?;
        rest.split_once("]]></Encrypt>").map(|(sealed, _)| sealed)
    };
    let (first, last) = (text.find("<Encrypt><![CDATA["), text.rfind("<Encrypt><![CDATA["));
    first.into_iter().chain(last.filter(|last| first != Some(*last))).filter_map(between)
}

/// Where the content of the root element begins and ends.
fn inside(text: &str) -> Option<(usize, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip_layout();
    let tag = cursor.rest().strip_prefix('<')?;
    let (tag, _) = tag.split_once('>').filter(|(tag, _)| !tag.ends_with('/'))?;
    let root = tag.split_ascii_whitespace().next().filter(|root| is_name(root))?;
    cursor.at += tag.len() + 2;
    let end = text.trim_end().strip_suffix('>')?.trim_end().strip_suffix(root)?.strip_suffix("</")?.len();
    (cursor.at <= end).then_some((cursor.at, end))
}

/// A place in the text.
#[derive(Clone, Copy)]
struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// Passes white space, comments and instructions: only where no words of a user have come yet.
    fn skip_layout(&mut self) {
        loop {
            self.skip_blank();
            let rest = self.rest();
            let end = match () {
                () if rest.starts_with("<!--") => "-->",
                () if rest.starts_with("<?") => "?>",
                () => return,
            };
            let Some(at) = rest.find(end) else { return };
            self.at += at + end.len();
        }
    }

    /// The name in a start tag, and whether the element ends with it. There are no attributes in a push.
    fn open(&mut self) -> Option<(&'t str, bool)> {
        let inner = self.rest().strip_prefix('<')?;
        let end = inner.find(['<', '>']).filter(|end| inner[*end..].starts_with('>'))?;
        let whole = inner[..end].trim_end_matches([' ', '\t', '\r', '\n']);
        let (name, closed) = match whole.strip_suffix('/') {
            Some(name) => (name.trim_end_matches([' ', '\t', '\r', '\n']), true),
            None => (whole, false),
        };
        is_name(name).then(|| {
            self.at += end + 2;
            (name, closed)
        })
    }

    /// Passes an end tag of this name.
    fn close(&mut self, name: &str) -> bool {
        let Some(rest) = self.rest().strip_prefix("</").and_then(|rest| rest.strip_prefix(name)) else {
            return false;
        };
        let rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(rest) = rest.strip_prefix('>') else { return false };
        self.at = self.text.len() - rest.len();
        true
    }

    /// The text of an element that holds nothing else, behind its start tag; with the end tag.
    fn scalar(&mut self, name: &str) -> Option<Cow<'t, str>> {
        let mut ahead = *self;
        ahead.skip_blank();
        let value = if let Some(marked) = ahead.rest().strip_prefix(MARK) {
            let (value, _) = marked.split_once(MARK_END)?;
            ahead.at += MARK.len() + value.len() + MARK_END.len();
            ahead.skip_blank();
            Cow::Borrowed(value)
        } else {
            let plain = self.rest();
            let value = &plain[..plain.find('<')?];
            ahead.at = self.at + value.len();
            match value.trim().is_empty() {
                true => Cow::Borrowed(""),
                false => unescape(value).ok()?,
            }
        };
        ahead.close(name).then(|| {
            *self = ahead;
            lines(value)
        })
    }

    /// The content of an element in the head, whatever it is.
    fn value(&mut self, name: &str, depth: usize) -> Option<Value> {
        let begin = *self;
        if let Some(text) = self.scalar(name) {
            return Some(Value::from(text));
        }
        *self = begin;
        let mut inner = super::tree::Fields::default();
        loop {
            self.skip_blank();
            if self.close(name) {
                return Some(Value::Object(inner.into_map()));
            }
            let (child, closed) = self.open().filter(|_| depth < DEEPEST)?;
            let value = if closed { Value::from("") } else { self.value(child, depth + 1)? };
            inner.add(child.to_owned(), value);
        }
    }
}

/// The names that elements of pushes have.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

/// Text with one kind of line break, as every reader of XML gives it.
fn lines(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    text
}

/// One piece of a document that was taken apart.
#[derive(Clone, PartialEq)]
enum Piece<'t> {
    Open(&'t str),
    Close,
    Value(&'t str, Cow<'t, str>),
    /// A user's words.
    Words(&'t str, Cow<'t, str>),
}

/// The search for a way to take a document apart.
struct Search<'t> {
    kind: &'static Kind,
    text: &'t str,
    pieces: Vec<Piece<'t>>,
    budget: usize,
    found: Option<Vec<Piece<'t>>>,
    /// Two ways give the platform's own fields different values.
    ambiguous: bool,
    begin: State<'t>,
}

/// How far a way has come.
#[derive(Clone)]
struct State<'t> {
    at: usize,
    /// The elements that are open: as they are spelled, and what they are.
    open: Vec<(&'t str, &'static Node)>,
    seen: Vec<usize>,
    sealed: bool,
    /// The ciphertext came behind free text: the platform writes no other text behind it.
    over: bool,
    /// The last free text, and the platform's fields since then.
    words: Option<usize>,
    since: Vec<usize>,
}

impl<'t> Search<'t> {
    /// Behind the head, in which these fields have come already.
    fn new(kind: &'static Kind, cursor: Cursor<'t>, early: &[&str]) -> Option<Self> {
        let mut seen = Vec::new();
        let mut sealed = false;
        for name in early {
            if *name == envelope::CIPHERTEXT && !sealed {
                sealed = true;
                continue;
            }
            let node = layout::child(&kind.nodes, name)?;
            if seen.contains(&node.id) && !node.list {
                return None;
            }
            seen.push(node.id);
        }
        let begin = State {
            at: cursor.at,
            open: Vec::new(),
            seen,
            sealed,
            over: false,
            words: None,
            since: Vec::new(),
        };
        Some(Self {
            kind,
            text: cursor.text,
            pieces: Vec::new(),
            budget: BUDGET,
            found: None,
            ambiguous: false,
            begin,
        })
    }

    fn run(mut self) -> Option<Map<String, Value>> {
        self.go(self.begin.clone());
        let found = self.found.filter(|_| !self.ambiguous)?;
        Some(assemble(&mut found.into_iter()).into_map())
    }

    /// Goes on from a state, to all ends that are wanted. `true`: no more are.
    fn go(&mut self, mut state: State<'t>) -> bool {
        let mark = self.pieces.len();
        let done = match self.pass_fields(&mut state) {
            Step::End => self.arrived(),
            Step::Stuck => false,
            Step::Spent => {
                self.ambiguous = true;
                true
            }
            Step::Words(name, node) => self.words(&state, name, node),
        };
        self.pieces.truncate(mark);
        done
    }

    /// Passes the platform's own fields until there are words, or the end.
    fn pass_fields(&mut self, state: &mut State<'t>) -> Step<'t> {
        loop {
            let mut cursor = Cursor { text: self.text, at: state.at };
            match state.words {
                None => cursor.skip_layout(),
                Some(_) => cursor.skip_blank(),
            }
            if cursor.at == self.text.len() && state.open.is_empty() {
                return Step::End;
            }
            if let Some((name, _)) = state.open.last() {
                if cursor.close(name) {
                    state.open.pop();
                    self.pieces.push(Piece::Close);
                    state.at = cursor.at;
                    continue;
                }
            }
            let Some((name, closed)) = cursor.open() else { return Step::Stuck };
            let siblings = state.open.last().map_or(&self.kind.nodes, |(_, node)| &node.children);
            let Some(node) = layout::child(siblings, name) else {
                // Beside the fields in the clear, compatible mode has the ciphertext.
                if !state.open.is_empty() || state.sealed || name != envelope::CIPHERTEXT || closed {
                    return Step::Stuck;
                }
                let Some(value) = cursor.scalar(name) else { return Step::Stuck };
                state.sealed = true;
                state.over = state.words.is_some();
                self.pieces.push(Piece::Value(name, value));
                state.at = cursor.at;
                continue;
            };
            if !node.list && state.seen.contains(&node.id) || node.free && state.over {
                return Step::Stuck;
            }
            state.seen.push(node.id);
            if node.free && !closed {
                state.at = cursor.at;
                return Step::Words(name, node);
            }
            if closed {
                self.pieces.push(Piece::Value(name, Cow::Borrowed("")));
            } else if node.children.is_empty() || cursor.rest().trim_start().starts_with(MARK) {
                let Some(value) = cursor.scalar(name) else { return Step::Stuck };
                self.pieces.push(Piece::Value(name, value));
            } else {
                state.seen.retain(|id| *id <= node.id || *id >= node.end);
                state.open.push((name, node));
                self.pieces.push(Piece::Open(name));
            }
            if node.children.is_empty() {
                state.since.push(node.id);
            }
            if !self.pay(cursor.at - state.at) {
                return Step::Spent;
            }
            state.at = cursor.at;
        }
    }

    /// Words of a user: they end at the last place behind which all fits, and if that could change what the platform
    /// says, at the only one.
    fn words(&mut self, state: &State<'t>, name: &'t str, node: &'static Node) -> bool {
        if let Some(last) = state.words {
            // What stands between two free texts is only what the platform writes there.
            let (low, high) = (last.min(node.id), last.max(node.id));
            if !state.since.iter().all(|id| low < *id && *id < high) {
                return false;
            }
        }
        let text = self.text;
        let behind = &text[state.at..];
        let inner = behind.trim_start_matches([' ', '\t', '\r', '\n']);
        // Layout around the mark is only looked for where there is some.
        let (start, marked, loose) = match inner.strip_prefix(MARK) {
            Some(words) => (text.len() - words.len(), true, inner.len() != behind.len()),
            None => (state.at, false, false),
        };
        let closer = if marked && !loose { format!("{MARK_END}</{name}>") } else { format!("</{name}>") };
        let mut looked = text.len();
        for (offset, _) in text[start..].rmatch_indices(closer.as_str()) {
            let place = start + offset;
            if !self.pay(looked - place) {
                self.ambiguous = true;
                return true;
            }
            looked = place;
            let Some(words) = words_of(&text[start..place], marked, loose) else { continue };
            let mut next = state.clone();
            next.at = place + closer.len();
            next.words = Some(node.id);
            next.since.clear();
            self.pieces.push(Piece::Words(name, words));
            let done = self.go(next);
            self.pieces.pop();
            if done {
                return true;
            }
        }
        false
    }

    /// A way has come to the end of the document.
    fn arrived(&mut self) -> bool {
        match &self.found {
            None => self.found = Some(self.pieces.clone()),
            Some(found) => {
                let said = |piece: &&Piece<'_>| matches!(piece, Piece::Value(..));
                self.ambiguous = !found.iter().filter(said).eq(self.pieces.iter().filter(said));
            }
        }
        self.ambiguous || !self.kind.mixed
    }

    fn pay(&mut self, bytes: usize) -> bool {
        self.budget = self.budget.saturating_sub(8 + bytes / 16);
        self.budget > 0
    }
}

enum Step<'t> {
    End,
    /// Something stands here that can't.
    Stuck,
    /// It took too long.
    Spent,
    Words(&'t str, &'static Node),
}

/// The words that stand between two tags, as they were typed.
fn words_of(raw: &str, marked: bool, loose: bool) -> Option<Cow<'_, str>> {
    if loose {
        let raw = raw.trim_end_matches([' ', '\t', '\r', '\n']).strip_suffix(MARK_END)?;
        return Some(lines(Cow::Borrowed(raw)));
    }
    if marked || raw.contains('<') {
        return Some(lines(Cow::Borrowed(raw)));
    }
    // Nothing broke out of this one, so it is XML.
    let text = unescape(raw).unwrap_or(Cow::Borrowed(raw));
    Some(if text.trim().is_empty() { Cow::Borrowed("") } else { lines(text) })
}

/// The fields that the pieces are, up to the end of their object.
fn assemble<'t>(pieces: &mut impl Iterator<Item = Piece<'t>>) -> super::tree::Fields {
    let mut fields = super::tree::Fields::default();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Close => break,
            Piece::Open(name) => {
                let inner = assemble(&mut *pieces).into_map();
                let value = if inner.is_empty() { Value::from("") } else { Value::Object(inner) };
                fields.add(name.to_owned(), value);
            }
            Piece::Value(name, text) | Piece::Words(name, text) => {
                fields.add(name.to_owned(), Value::from(text));
            }
        }
    }
    fields
}
