//! The search for a way to take a document apart: where each text of a user ends. The texts are made when it is found.

use std::borrow::Cow;

use quick_xml::escape::unescape;
use serde_json::{Map, Value};

use super::cursor::{lines, Cursor, BLANK, MARK, MARK_END};
use crate::callback::envelope;
use crate::callback::layout::{self, Kind, Node};
use crate::callback::tree;

/// How much work a document may cost: tries, and bytes looked at by sixteen. Words can be written so that there are
/// very many ways to divide them.
const BUDGET: usize = 1 << 21;

/// One piece of a document that was taken apart.
#[derive(Clone, PartialEq)]
enum Piece<'t> {
    Open(&'t str),
    Close,
    Value(&'t str, Cow<'t, str>),
    /// A user's words.
    Words(&'t str, Words<'t>),
}

/// Where a user's words stand. They are copied once the way is found, and not for each end that they could have.
#[derive(Clone, Copy, PartialEq)]
struct Words<'t> {
    raw: &'t str,
    /// In a marked section.
    marked: bool,
}

/// The search for a way to take a document apart.
pub(super) struct Search<'t> {
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
    pub(super) fn new(kind: &'static Kind, cursor: Cursor<'t>, early: &[&str]) -> Option<Self> {
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
            note(&mut seen, node.id);
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

    pub(super) fn run(mut self) -> Option<Map<String, Value>> {
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
            let mut cursor = Cursor::new(self.text, state.at);
            match state.words {
                None => cursor.skip_layout(),
                Some(_) => cursor.skip_blank(),
            }
            if cursor.at == self.text.len() && state.open.is_empty() {
                return Step::End;
            }
            if let Some((name, _)) = state.open.last()
                && cursor.close(name)
            {
                state.open.pop();
                self.pieces.push(Piece::Close);
                state.at = cursor.at;
                continue;
            }
            let step = self.pass_field(state, &mut cursor);
            if !self.pay(cursor.looked.max(cursor.at) - state.at) {
                return Step::Spent;
            }
            state.at = cursor.at;
            if let Some(step) = step {
                return step;
            }
        }
    }

    /// Passes one element of the platform, or enters it. `None`: more may follow.
    fn pass_field(&mut self, state: &mut State<'t>, cursor: &mut Cursor<'t>) -> Option<Step<'t>> {
        let Some((name, closed)) = cursor.open() else { return Some(Step::Stuck) };
        let siblings = state.open.last().map_or(&self.kind.nodes, |(_, node)| &node.children);
        let Some(node) = layout::child(siblings, name) else {
            // Beside the fields in the clear, compatible mode has the ciphertext.
            if !state.open.is_empty() || state.sealed || name != envelope::CIPHERTEXT || closed {
                return Some(Step::Stuck);
            }
            state.sealed = true;
            state.over = state.words.is_some();
            return self.pass_value(cursor, name);
        };
        if !node.list && state.seen.contains(&node.id) || node.free && state.over {
            return Some(Step::Stuck);
        }
        note(&mut state.seen, node.id);
        if node.free && !closed {
            return Some(Step::Words(name, node));
        }
        if node.children.is_empty() {
            note(&mut state.since, node.id);
        }
        if closed {
            self.pieces.push(Piece::Value(name, Cow::Borrowed("")));
        } else if node.children.is_empty() || cursor.rest().trim_start().starts_with(MARK) {
            return self.pass_value(cursor, name);
        } else {
            state.seen.retain(|id| *id <= node.id || *id >= node.end);
            state.open.push((name, node));
            self.pieces.push(Piece::Open(name));
        }
        None
    }

    fn pass_value(&mut self, cursor: &mut Cursor<'t>, name: &'t str) -> Option<Step<'t>> {
        let Some(value) = cursor.scalar(name) else { return Some(Step::Stuck) };
        self.pieces.push(Piece::Value(name, value));
        None
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
        let inner = behind.trim_start_matches(BLANK);
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
            let Some(words) = Words::between(&text[start..place], marked, loose) else { continue };
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

/// Adds a node once, however often it comes: a list may have very many items.
fn note(nodes: &mut Vec<usize>, id: usize) {
    if !nodes.contains(&id) {
        nodes.push(id);
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

impl<'t> Words<'t> {
    /// What stands between two tags. `loose`: there is white space around the mark.
    fn between(raw: &'t str, marked: bool, loose: bool) -> Option<Self> {
        let raw = if loose { raw.trim_end_matches(BLANK).strip_suffix(MARK_END)? } else { raw };
        Some(Self { raw, marked })
    }

    /// The words as they were typed.
    fn text(self) -> Cow<'t, str> {
        if self.marked || self.raw.contains('<') {
            return lines(Cow::Borrowed(self.raw));
        }
        // Nothing broke out of this one, so it is XML.
        let text = unescape(self.raw).unwrap_or(Cow::Borrowed(self.raw));
        if text.trim().is_empty() {
            Cow::Borrowed("")
        } else {
            lines(text)
        }
    }
}

/// The fields that the pieces are, up to the end of their object.
fn assemble<'t>(pieces: &mut impl Iterator<Item = Piece<'t>>) -> tree::Fields {
    let mut fields = tree::Fields::default();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Close => break,
            Piece::Open(name) => {
                let inner = assemble(&mut *pieces).into_map();
                let value = if inner.is_empty() { Value::from("") } else { Value::Object(inner) };
                fields.add(name, value);
            }
            Piece::Value(name, text) => {
                fields.add(name, Value::from(text));
            }
            Piece::Words(name, words) => {
                fields.add(name, Value::from(words.text()));
            }
        }
    }
    fields
}
