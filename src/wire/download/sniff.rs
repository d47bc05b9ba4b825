//! What the first bytes of an answer say that it is.
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
    /// It begins like an HTML page.
    Html,
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
        Some(b'<') => html(text),
        Some(_) => Sniff::Binary,
    }
}

fn html(text: &[u8]) -> Sniff {
    let mut verdict = Sniff::Binary;
    for tag in [&b"<!doctype html"[..], b"<html"] {
        match text.get(..tag.len()) {
            Some(begin) if begin.eq_ignore_ascii_case(tag) => return Sniff::Html,
            None if tag.get(..text.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(text)) => {
                verdict = Sniff::Undecided;
            }
            _ => {}
        }
    }
    verdict
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
    use super::{is_envelope, is_object, sniff, Sniff};

    #[test]
    fn decides_by_the_first_bytes() {
        for (bytes, verdict) in [
            (&b""[..], Sniff::Undecided),
            (b"\xef\xbb", Sniff::Undecided),
            (b"\xef\xbb\xbf \r\n\t", Sniff::Undecided),
            (b"\xef\xbb\xbf \n{", Sniff::Brace),
            (b"{\"errcode\":0}", Sniff::Brace),
            (b"<", Sniff::Undecided),
            (b"<!DocType", Sniff::Undecided),
            (b" \n<!DOCTYPE HTML PUBLIC", Sniff::Html),
            (b"<!doctype htm", Sniff::Undecided),
            (b"<HTML>", Sniff::Html),
            (b"<htm", Sniff::Undecided),
            (b"<xml><a/></xml>", Sniff::Binary),
            (b"<svg", Sniff::Binary),
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
