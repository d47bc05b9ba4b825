//! What the first bytes of a response say that it is.
//! Nothing is read here; `download.rs` reads on and decides.

use serde::de::IgnoredAny;

use crate::wire::clean::{clean, BOM};

/// How much white space may stand before the first character that counts, in bytes.
const MARGIN: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sniff {
    /// Too short to tell.
    Undecided,
    /// It begins like a JSON object.
    Brace,
    /// It begins like a page or like XML.
    Markup,
    Binary,
}

pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    if bytes.len() < BOM.len() && BOM.starts_with(bytes) {
        return Sniff::Undecided;
    }
    let text = trim(bytes);
    match text.first() {
        None if bytes.len() > MARGIN => Sniff::Binary,
        None => Sniff::Undecided,
        Some(b'{') => Sniff::Brace,
        Some(b'<') => markup(text),
        Some(_) => Sniff::Binary,
    }
}

/// Any element, but for that of a picture.
fn markup(text: &[u8]) -> Sniff {
    const PICTURE: &[u8] = b"<svg";
    let begin = text.get(..PICTURE.len()).unwrap_or(text);
    if PICTURE.get(..begin.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(begin)) {
        return if begin.len() < PICTURE.len() { Sniff::Undecided } else { Sniff::Binary };
    }
    // What it says in the end tells XML from a page.
    let starts = |tag: &[u8]| text.len() < tag.len() && tag.get(..text.len()) == Some(text);
    if starts(b"<?xml") || starts(b"<xml") {
        return Sniff::Undecided;
    }
    match text.get(1) {
        Some(b'!' | b'?' | b'/' | b'a'..=b'z' | b'A'..=b'Z') => Sniff::Markup,
        _ => Sniff::Binary,
    }
}

/// What a content type says about a response where a file was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// A page, or data of a kind that no file of the platform has.
    Report,
    /// Text: a table of orders, or a line that says what went wrong.
    Text,
    /// A picture made of markup.
    Drawing,
    Other,
}

impl Declared {
    pub(super) fn of(content_type: Option<&str>) -> Self {
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "text/html" | "text/xml" | "text/json" | "application/xml" | "application/json" => Self::Report,
            "image/svg+xml" => Self::Drawing,
            other if other.ends_with("+xml") || other.ends_with("+json") => Self::Report,
            "text/plain" => Self::Text,
            _ => Self::Other,
        }
    }

    /// Whether a body that begins like this has to be read further before it is known what it is.
    pub(super) fn wants_more(self, bytes: &[u8]) -> bool {
        match self {
            // No file is text for so long.
            Self::Report => bytes.len() < 64 && is_text(bytes),
            Self::Text => bytes.len() <= MARGIN && is_line(bytes),
            Self::Drawing | Self::Other => false,
        }
    }

    /// Whether a body is words instead of a file. `ended` tells whether `bytes` are all of it.
    pub(super) fn is_report(self, bytes: &[u8], ended: bool) -> bool {
        match self {
            Self::Report => is_text(bytes),
            Self::Text => ended && bytes.len() <= MARGIN && is_line(bytes),
            Self::Drawing | Self::Other => false,
        }
    }
}

/// The beginning of a body is text; a character may be cut at its end.
fn is_text(bytes: &[u8]) -> bool {
    let bytes = bytes.get(..MARGIN).unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace())
}

/// Text of one line.
fn is_line(bytes: &[u8]) -> bool {
    is_text(bytes) && !bytes.trim_ascii().contains(&b'\n')
}

/// The body begins with a tag, in any case of letters.
pub(super) fn begins_with(body: &[u8], tag: &str) -> bool {
    trim(body).get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag.as_bytes()))
}

/// The whole body is one JSON object, perhaps after cleaning.
pub(super) fn is_object(body: &[u8]) -> bool {
    let parses = |json: &[u8]| serde_json::from_slice::<IgnoredAny>(json).is_ok();
    trim(body).starts_with(b"{") && (parses(body) || clean(body).is_some_and(|cleaned| parses(&cleaned)))
}

/// The body begins as a report of an error does; no file does.
pub(super) fn is_envelope(body: &[u8]) -> bool {
    trim(body).strip_prefix(b"{").is_some_and(|inner| inner.trim_ascii_start().starts_with(b"\"errcode\""))
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::{is_envelope, is_object, sniff, Declared, Sniff};

    #[test]
    fn decides_by_the_first_bytes() {
        for (bytes, verdict) in [
            (&b""[..], Sniff::Undecided),
            (b"\xef\xbb", Sniff::Undecided),
            (b"\xef\xbb\xbf \r\n\t", Sniff::Undecided),
            (b"\xef\xbb\xbf \n{", Sniff::Brace),
            (b"{\"errcode\":0}", Sniff::Brace),
            (b"<", Sniff::Undecided),
            (b"<!DocType", Sniff::Markup),
            (b" \n<!DOCTYPE HTML PUBLIC", Sniff::Markup),
            (b"<HTML>", Sniff::Markup),
            (b"<h1>502 Bad Gateway</h1>", Sniff::Markup),
            (b"</html>", Sniff::Markup),
            (b"<?xml version=\"1.0\"?>", Sniff::Markup),
            (b"<xml><a/></xml>", Sniff::Markup),
            (b"<SV", Sniff::Undecided),
            (b"<s>", Sniff::Markup),
            (b"<svg", Sniff::Binary),
            (b"<\xff\xd8", Sniff::Binary),
            (b"\xff\xd8\xff\xe0", Sniff::Binary),
            (b"\x89PNG", Sniff::Binary),
            (b"#!AMR\n", Sniff::Binary),
            (b"[{}]", Sniff::Binary),
            (b"\xef\xbb\xbe{", Sniff::Binary),
            (b"\0{", Sniff::Binary),
        ] {
            assert_eq!(sniff(bytes), verdict, "{:?}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(sniff(&[b' '; 1024]), Sniff::Undecided);
        assert_eq!(sniff(&[b' '; 1025]), Sniff::Binary);
    }

    #[test]
    fn knows_words_from_files() {
        for (content_type, body, report) in [
            ("text/html; charset=utf-8", &b"Bad Gateway"[..], true),
            ("TEXT/HTML", b"two\nlines", true),
            ("text/html", b"\xff\xd8\xff\xe0\0\x10JFIF", false),
            ("text/html", b"#!AMR\n\x3c\0", false),
            ("application/json", b"[\"no\"]", true),
            ("application/problem+json", b"null", true),
            ("text/xml", "中".as_bytes(), true),
            ("text/xml", &"中".as_bytes()[..2], true),
            ("text/plain", b"no healthy upstream\r\n", true),
            ("text/plain", b"a,b\n1,2\n", false),
            ("text/plain", b"\xff\xd8\xff", false),
            ("image/jpeg", b"words", false),
            ("image/svg+xml", b"<?xml?><svg/>", false),
            ("", b"words", false),
        ] {
            let declared = Declared::of(Some(content_type));
            assert_eq!(declared.is_report(body, true), report, "{content_type} {body:?}");
        }
        assert!(Declared::Text.wants_more(b"no healthy") && !Declared::Text.is_report(b"no healthy", false));
        assert!(!Declared::Text.wants_more(&[b'x'; 1025]) && !Declared::Text.is_report(&[b'x'; 1025], true));
        assert_eq!(Declared::of(None), Declared::Other);
    }

    #[test]
    fn knows_an_object() {
        for yes in [
            &b"{}"[..],
            b" {\"a\":[1,{}]} \r\n",
            b"\xef\xbb\xbf{\"errcode\":\"40007\"}",
            b"{\"a\":\"x\ny\xff\"}",
        ] {
            assert!(is_object(yes), "{:?}", String::from_utf8_lossy(yes));
        }
        for no in [&b""[..], b"{", b"{}{}", b"{}\0", b"[]", b"1", b"{\"a\":1", b"{\xff\xd8", b"{a:1}"] {
            assert!(!is_object(no), "{:?}", String::from_utf8_lossy(no));
        }
        // Nesting must not cost stack.
        let deep = b"{\"a\":".repeat(200_000);
        assert!(!is_object(&deep));
    }

    #[test]
    fn knows_the_beginning_of_an_error() {
        assert!(is_envelope(b"\xef\xbb\xbf{ \n\"errcode\":400"));
        assert!(!is_envelope(b"{\"title\":1"));
        assert!(!is_envelope(b"\"errcode\""));
    }
}
