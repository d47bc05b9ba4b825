//! Repair of bytes that are JSON but for a few faults known from the platform's answers.
//! Parsing is not done here: the caller parses strictly first and comes here only when that fails.

use std::borrow::Cow;

/// The UTF-8 byte order mark.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";

/// What stands for a character that can't be represented, as a JSON escape.
const REPLACEMENT: &[u8] = br"\ufffd";

/// Repairs what strict JSON refuses: a byte order mark, raw control characters inside strings, invalid UTF-8
/// and escapes of half a surrogate pair. Everything else, valid escapes above all, stays as it is.
///
/// `None` when there is nothing of that kind to repair.
pub(crate) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let body = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let text = String::from_utf8_lossy(body);
    let mut changed = body.len() != bytes.len() || matches!(text, Cow::Owned(_));
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut rest = text.as_bytes();
    let mut in_string = false;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'"' => {
                in_string = !in_string;
                out.push(byte);
            }
            b'\\' if in_string => rest = escape(tail, &mut out, &mut changed),
            0x00..=0x1f if in_string => {
                changed = true;
                control(byte, &mut out);
            }
            _ => out.push(byte),
        }
    }
    changed.then_some(out)
}

/// Copies one escape, whose backslash was just read, and gives what follows it.
fn escape<'a>(tail: &'a [u8], out: &mut Vec<u8>, changed: &mut bool) -> &'a [u8] {
    let Some((first, after)) = unit(tail) else {
        out.push(b'\\');
        // An escaped quote must not be taken for the end of the string. Anything that is no escape at all is
        // left for the parser to refuse.
        return match tail.split_first() {
            Some((&next @ (b'"' | b'\\' | b'/'), after)) => {
                out.push(next);
                after
            }
            _ => tail,
        };
    };
    let second = after.strip_prefix(b"\\").and_then(unit);
    match (first, second) {
        (0xd800..=0xdbff, Some((0xdc00..=0xdfff, after_pair))) => {
            copy(tail, after_pair, out);
            after_pair
        }
        (0xd800..=0xdfff, _) => {
            *changed = true;
            out.extend_from_slice(REPLACEMENT);
            after
        }
        _ => {
            copy(tail, after, out);
            after
        }
    }
}

/// Writes a backslash and what lies between `from` and its own end piece `to`.
fn copy(from: &[u8], to: &[u8], out: &mut Vec<u8>) {
    out.push(b'\\');
    out.extend(from.iter().take(from.len() - to.len()));
}

/// The UTF-16 unit of an escape `uXXXX`, and what follows it.
fn unit(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, after) = bytes.strip_prefix(b"u")?.split_first_chunk::<4>()?;
    let mut value = 0;
    for &digit in digits {
        value = value << 4 | char::from(digit).to_digit(16)? as u16;
    }
    Some((value, after))
}

fn control(byte: u8, out: &mut Vec<u8>) {
    match byte {
        0x08 => out.extend_from_slice(br"\b"),
        b'\t' => out.extend_from_slice(br"\t"),
        b'\n' => out.extend_from_slice(br"\n"),
        0x0c => out.extend_from_slice(br"\f"),
        b'\r' => out.extend_from_slice(br"\r"),
        _ => {
            let low = byte & 0x0f;
            out.extend_from_slice(br"\u00");
            out.push(b'0' + (byte >> 4));
            out.push(if low < 10 { b'0' + low } else { b'a' + low - 10 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[track_caller]
    fn repaired(dirty: &[u8], expected: &[u8]) {
        let out = clean(dirty).expect("there is something to repair");
        assert_eq!(out, expected, "{:?}", String::from_utf8_lossy(&out));
        serde_json::from_slice::<serde_json::Value>(&out).expect("the repaired bytes are JSON");
        assert_eq!(clean(&out), None, "a second pass finds nothing");
    }

    #[test]
    fn leaves_valid_json_alone() {
        for text in [
            "{}",
            "",
            r#"{"url":"http:\/\/weixin.qq.com\/q\/x","a":"\"\\\b\f\n\r\t"}"#,
            r#""\ud83d\ude00 \uD83D\uDE00 \u4e2d \u0000""#,
            "{\r\n\t\"名\" : \"中文😀\u{7f}\"\r\n}",
            r#"["\\","\\\"","a\\u","\\ud83d"]"#,
        ] {
            assert_eq!(clean(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn drops_the_byte_order_mark() {
        repaired(b"\xef\xbb\xbf{\"a\":1}", b"{\"a\":1}");
        // Only at the very beginning: inside a string it is a character like another.
        assert_eq!(clean(b"\"\xef\xbb\xbf\""), None);
    }

    #[test]
    fn escapes_control_characters_in_strings_only() {
        repaired(
            b"{\n\"a\":\"x\ny\tz\rq\x08\x0c\x00\x01\x1f\x1b\"\t}",
            br#"{
"a":"x\ny\tz\rq\b\f\u0000\u0001\u001f\u001b"	}"#,
        );
        // A quote behind an escaped backslash ends the string; one behind a lone backslash does not.
        repaired(b"[\"a\\\\\",\n\"b\\\"\n\"]", b"[\"a\\\\\",\n\"b\\\"\\n\"]");
    }

    #[test]
    fn replaces_invalid_utf8() {
        repaired(b"[\"a\xff\xfeb\"]", b"[\"a\xef\xbf\xbd\xef\xbf\xbdb\"]");
        // A character cut before the closing quote: one replacement, and the quote still closes.
        repaired(b"[\"\xe4\xb8\",\"\xf0\x9f\x98\"]", b"[\"\xef\xbf\xbd\",\"\xef\xbf\xbd\"]");
        // A surrogate encoded as three bytes, and an overlong quote.
        repaired(b"[\"\xed\xa0\xbd\"]", b"[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]");
        repaired(b"[\"\xc0\xa2\"]", b"[\"\xef\xbf\xbd\xef\xbf\xbd\"]");
    }

    #[test]
    fn replaces_lone_surrogates() {
        repaired(br#"["\ud83d"]"#, br#"["\ufffd"]"#);
        repaired(br#"["\ude00x"]"#, br#"["\ufffdx"]"#);
        repaired(br#"["\ud83d\ud83d\ude00"]"#, br#"["\ufffd\ud83d\ude00"]"#);
        repaired(br#"["\ud83d\n\/\"\u4e2d"]"#, br#"["\ufffd\n\/\"\u4e2d"]"#);
        repaired(br#"["\uD83D\\ude00"]"#, br#"["\ufffd\\ude00"]"#);
        repaired(b"[\"\\ud83d\n\"]", br#"["\ufffd\n"]"#);
        repaired(b"[\"\\ud83d\xff\"]", b"[\"\\ufffd\xef\xbf\xbd\"]");
    }

    #[test]
    fn survives_broken_ends() {
        // Not JSON, before or after; but no panic and nothing invented.
        for text in ["\"", "\"\\", "\"\\u", "\"\\u12", "\"\\u12g4\"", "\"\\ud83", "\\", "\\u", "\"\\x\""] {
            assert_eq!(clean(text.as_bytes()), None, "{text}");
        }
        assert_eq!(clean(b"\"\\ud83d\\").as_deref(), Some(&b"\"\\ufffd\\"[..]));
        assert_eq!(clean(b"\"\\\n").as_deref(), Some(&b"\"\\\\n"[..]));
    }
}
