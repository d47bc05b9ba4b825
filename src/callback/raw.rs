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

/// `None` if the document is no push at all: its head does not say from whom it is, or it ends in the middle.
pub(super) fn read(text: &str) -> Option<Raw> {
    let (begin, end) = inside(text)?;
    let mut cursor = Cursor::new(&text[..end], begin);
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
    let mut cursor = Cursor::new(text, 0);
    cursor.skip_layout();
    let tag = cursor.rest().strip_prefix('<')?;
    let (tag, _) = tag.split_once('>').filter(|(tag, _)| !tag.ends_with('/'))?;
    let root = tag.split_ascii_whitespace().next().filter(|root| is_name(root))?;
    cursor.at += tag.len() + 2;
    let end = text.trim_end().strip_suffix('>')?.trim_end().strip_suffix(root)?.strip_suffix("</")?.len();
    (cursor.at <= end).then_some((cursor.at, end))
}
