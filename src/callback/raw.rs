//! The second reading of a push in XML, for documents in which a user's words broke out of their text: as a string of
//! fields whose free texts end at the last place where they can. Which documents need it is decided in `document.rs`,
//! where the texts end in `raw/search.rs`.

mod cursor;
mod search;

use serde_json::{Map, Value};

use self::cursor::{is_name, Cursor};
use self::search::Search;
use super::envelope::Envelope;
use super::layout;

/// What a document says when it is read this way.
pub(super) struct Raw {
    pub(super) envelope: Envelope,
    /// All its fields, those of the envelope among them; `None` if nothing fits.
    pub(super) fields: Option<Map<String, Value>>,
}

/// What stands before any words of a user can.
struct Head<'t> {
    envelope: Envelope,
    /// The names of the other fields, and all they say.
    names: Vec<&'t str>,
    fields: Map<String, Value>,
    /// Where the head ends.
    end: Cursor<'t>,
}

impl<'t> Head<'t> {
    /// `None` if the document is no push at all: its head does not say from whom it is, or it ends in the middle.
    fn read(text: &'t str) -> Option<Self> {
        let (begin, end) = inside(text)?;
        let end = Cursor::new(&text[..end], begin);
        let mut head = Self { envelope: Envelope::default(), names: Vec::new(), fields: Map::new(), end };
        while head.pass_field().is_some() {}
        head.envelope.has_sender().then_some(head)
    }

    /// Passes one more field, if it belongs to the head.
    fn pass_field(&mut self) -> Option<()> {
        let mut cursor = self.end;
        cursor.skip_layout();
        let (name, closed) = cursor.open()?;
        let wanted = self.envelope.wants(name);
        // A field that may hold a user's words ends the head, and so does what stands behind a whole envelope.
        if !wanted && (self.envelope.is_whole() || layout::may_be_free(name)) {
            return None;
        }
        let value = if closed { Value::from("") } else { cursor.value(name, 0)? };
        if wanted {
            self.envelope.set(name, value);
        } else {
            self.names.push(name);
            self.fields.insert(name.to_owned(), value);
        }
        self.end = cursor;
        Some(())
    }
}

/// `None` if the document is no push at all.
pub(super) fn read(text: &str) -> Option<Raw> {
    let Head { envelope, names, fields: head, end } = Head::read(text)?;
    let fields = envelope.kind().and_then(|kind| Search::new(kind, end, &names)?.run()).map(|found| {
        let mut fields = envelope.fields();
        fields.extend(head);
        fields.extend(found);
        fields
    });
    Some(Raw { envelope, fields })
}

/// All that a push could be the ciphertext of: the first and the last that stands in it.
pub(super) fn ciphertexts(text: &str) -> impl Iterator<Item = &str> {
    let text = Head::read(text).map(|_| text).unwrap_or_default();
    let between = |start: usize| {
        let rest = text.get(start..)?.strip_prefix("<Encrypt><![CDATA[")?;
        rest.split_once("]]></Encrypt>").map(|(sealed, _)| sealed)
    };
    let (first, last) = (text.find("<Encrypt><![CDATA["), text.rfind("<Encrypt><![CDATA["));
    first.into_iter().chain(last.filter(|last| first != Some(*last))).filter_map(between)
}

/// Where the content of the root element begins and ends.
fn inside(text: &str) -> Option<(usize, usize)> {
    let mut cursor = Cursor::new(text, 0);
    cursor.skip_layout();
    let tag = cursor.rest().strip_prefix('<')?;
    let (tag, _) = tag.split_once('>').filter(|(tag, _)| !tag.ends_with('/'))?;
    let root = tag.split_ascii_whitespace().next().filter(|root| is_name(root))?;
    cursor.at += tag.len() + 2;
    let end = text.trim_end().strip_suffix('>')?.trim_end().strip_suffix(root)?.strip_suffix("</")?.len();
    (cursor.at <= end).then_some((cursor.at, end))
}
