//! Secrets taken out of what errors quote, in whatever way a server repeats them.
//! Which secrets a call holds is the caller's knowledge.

use std::collections::HashSet;

use crate::error::Error;

/// A piece of a secret of so many bytes is as bad as the whole.
const PIECE: usize = 8;
/// At a cut, where the rest of it is missing, so many bytes are enough to know a secret by.
const REST: usize = 3;
/// How often a text may have been encoded on its way.
const LAYERS: usize = 3;
/// What stands where a text was cut.
const CUT: char = '…';

/// Takes secrets out of what an error quotes: a gateway's page may repeat the address that it was asked for, and
/// the platform's message what it was sent.
///
/// They are found as they are and percent-encoded (a space also as `+`), escaped as in JSON or HTML, one of these on
/// top of another, in upper or lower case, and cut: pieces of eight bytes and more never stay.
pub(crate) fn without(error: Error, secrets: &[&str]) -> Error {
    let mask = Mask::new(secrets);
    error.map_quoted(|text| mask.apply(text))
}

struct Mask {
    /// Secrets in full, normalised.
    secrets: Vec<Vec<u8>>,
    /// All pieces of the longer ones.
    pieces: HashSet<Vec<u8>>,
    /// Those that are shorter than a piece, as they are.
    short: Vec<Vec<u8>>,
}

/// A byte of a text, decoded, and where in the text it stands.
#[derive(Clone, Copy)]
struct Unit {
    byte: u8,
    start: usize,
    end: usize,
}

impl Mask {
    fn new(secrets: &[&str]) -> Self {
        let mut mask = Self { secrets: Vec::new(), pieces: HashSet::new(), short: Vec::new() };
        for secret in secrets.iter().map(|secret| secret.as_bytes()) {
            if secret.len() < PIECE {
                mask.short.extend((!secret.is_empty()).then(|| secret.to_vec()));
            } else {
                let secret: Vec<u8> = secret.iter().map(|byte| normal(*byte)).collect();
                mask.pieces.extend(secret.windows(PIECE).map(<[u8]>::to_vec));
                mask.secrets.push(secret);
            }
        }
        mask
    }

    /// The text without secrets, if it holds any.
    fn apply(&self, text: &str) -> Option<String> {
        let mut marks = vec![false; text.len()];
        let mut layer: Vec<Unit> =
            text.bytes().enumerate().map(|(at, byte)| Unit { byte, start: at, end: at + 1 }).collect();
        for _ in 0..LAYERS {
            self.mark(text, &layer, &mut marks);
            let decoded = decoded(&layer);
            if decoded.len() == layer.len() {
                break;
            }
            layer = decoded;
        }
        marks.contains(&true).then(|| hidden(text, &marks))
    }

    /// Marks what of the text holds a secret in this layer.
    fn mark(&self, text: &str, layer: &[Unit], marks: &mut [bool]) {
        let mut set = |units: &[Unit], until: usize| {
            if let Some(first) = units.first() {
                marks.get_mut(first.start..until).unwrap_or_default().fill(true);
            }
        };
        let plain: Vec<u8> = layer.iter().map(|unit| unit.byte).collect();
        for short in &self.short {
            for (at, window) in plain.windows(short.len()).enumerate() {
                if window == &short[..] && (short.len() >= PIECE / 2 || is_word(&plain, at, short.len())) {
                    let units = &layer[at..at + short.len()];
                    set(units, units[units.len() - 1].end);
                }
            }
        }
        let normal: Vec<u8> = plain.iter().map(|byte| self::normal(*byte)).collect();
        for (at, window) in normal.windows(PIECE).enumerate() {
            if self.pieces.contains(window) {
                let units = &layer[at..at + PIECE];
                set(units, units[PIECE - 1].end);
            }
        }
        for (begin, end) in stretches(text) {
            let from = layer.partition_point(|unit| unit.start < begin);
            let to = layer.partition_point(|unit| unit.end <= end);
            let Some(bytes) = normal.get(from..to) else { continue };
            // A secret whose beginning is missing, and one whose end is: perhaps cut in the middle of an escape.
            let escaped = unfinished(bytes);
            for secret in self.secrets.iter().chain(&self.short) {
                let lengths = || (REST..secret.len().min(bytes.len() + 1)).rev();
                if let Some(length) =
                    lengths().find(|length| bytes.starts_with(&secret[secret.len() - length..]))
                {
                    let units = &layer[from..from + length];
                    set(units, units[length - 1].end);
                }
                for cut in [bytes.len(), escaped] {
                    let bytes = &bytes[..cut];
                    if let Some(length) = lengths().find(|length| bytes.ends_with(&secret[..*length])) {
                        set(&layer[from + cut - length..to], end);
                    }
                }
            }
        }
    }
}

/// Upper and lower case are taken for the same, and so are the two ways of writing a space in a query.
fn normal(byte: u8) -> u8 {
    match byte {
        b' ' => b'+',
        byte => byte.to_ascii_lowercase(),
    }
}

/// What is shorter than a few bytes counts only where it stands alone.
fn is_word(bytes: &[u8], at: usize, length: usize) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    !joins(at.checked_sub(1).and_then(|before| bytes.get(before))) && !joins(bytes.get(at + length))
}

/// The stretches of a text between the places where it was cut.
fn stretches(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut begin = 0;
    text.split(CUT).map(move |stretch| {
        let from = begin;
        begin = from + stretch.len() + CUT.len_utf8();
        (from, from + stretch.len())
    })
}

/// The length without an escape that has only begun at the end.
fn unfinished(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(PIECE);
    let begun = bytes[tail..].iter().rposition(|byte| matches!(byte, b'%' | b'\\' | b'&'));
    begun.map_or(bytes.len(), |at| tail + at)
}

/// The text with `***` for what is marked.
fn hidden(text: &str, marks: &[bool]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for (at, c) in text.char_indices() {
        let marked = marks[at..at + c.len_utf8()].contains(&true);
        match (marked, inside) {
            (true, false) => out.push_str("***"),
            (true, true) => {}
            (false, _) => out.push(c),
        }
        inside = marked;
    }
    out
}

/// One way of encoding less: percent signs, backslashes and entities.
fn decoded(layer: &[Unit]) -> Vec<Unit> {
    let bytes: Vec<u8> = layer.iter().map(|unit| unit.byte).collect();
    let mut out = Vec::with_capacity(layer.len());
    let mut at = 0;
    while let Some(unit) = layer.get(at) {
        let rest = &bytes[at..];
        let found = match unit.byte {
            b'%' => hex(rest, 1, 2).map(|byte| (byte, 3)),
            b'\\' => backslash(rest),
            b'&' => entity(rest),
            _ => None,
        };
        let Some((c, length)) = found else {
            out.push(*unit);
            at += 1;
            continue;
        };
        let end = layer[at + length - 1].end;
        let mut push = |byte| out.push(Unit { byte, start: unit.start, end });
        match (unit.byte, char::from_u32(c)) {
            (b'%', _) => push(c as u8),
            (_, Some(c)) => c.encode_utf8(&mut [0; 4]).bytes().for_each(push),
            (_, None) => push(b'?'),
        }
        at += length;
    }
    out
}

/// `length` hexadecimal digits at `from`.
fn hex(bytes: &[u8], from: usize, length: usize) -> Option<u32> {
    let digits = bytes.get(from..from + length)?;
    digits.iter().try_fold(0, |value, digit| Some(value << 4 | char::from(*digit).to_digit(16)?))
}

/// What an escape of JSON or JavaScript stands for, and its length.
fn backslash(bytes: &[u8]) -> Option<(u32, usize)> {
    match bytes.get(1)? {
        b'u' => hex(bytes, 2, 4).map(|c| (c, 6)),
        b'x' => hex(bytes, 2, 2).map(|c| (c, 4)),
        other if !other.is_ascii_alphanumeric() => Some((u32::from(*other), 2)),
        _ => None,
    }
}

/// What an entity of HTML stands for, and its length.
fn entity(bytes: &[u8]) -> Option<(u32, usize)> {
    let end = bytes.iter().take(12).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(bytes.get(1..end)?).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "plus" => '+',
        "equals" => '=',
        "sol" => '/',
        "lowbar" => '_',
        "hyphen" | "dash" => '-',
        "period" => '.',
        "nbsp" => ' ',
        name => match name.strip_prefix('#')?.strip_prefix(['x', 'X']) {
            Some(digits) => return Some((u32::from_str_radix(digits, 16).ok()?, end + 1)),
            None => return Some((name[1..].parse().ok()?, end + 1)),
        },
    };
    Some((u32::from(c), end + 1))
}

#[cfg(test)]
mod tests {
    use super::Mask;

    const TOKEN: &str = "81_aB3+/x=Zq\"7&k9 mN4";

    fn masked(text: &str) -> String {
        Mask::new(&[TOKEN, "s3cr3t", "abc"]).apply(text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn finds_a_secret_however_it_is_written() {
        for written in [
            TOKEN,
            "81_aB3%2B%2Fx%3DZq%227%26k9%20mN4",
            "81_aB3%2b%2fx%3dZq%227%26k9+mN4",
            "%38%31_aB3+/x=Zq%227&k9 mN4",
            "81_aB3%252B%252Fx%253DZq%25227%2526k9%2520mN4",
            r#"81_aB3+\/x=Zq\"7&k9 mN4"#,
            r"81_aB3\u002b\u002Fx\x3dZq\u00227\u0026k9\u0020mN4",
            "81_aB3+/x=Zq&quot;7&amp;k9 mN4",
            "81_aB3&#43;&#x2F;x&equals;Zq&#34;7&#X26;k9&nbsp;mN4",
            "81_aB3%2B%2Fx%3DZq%227&amp;k9+mN4",
            "81_AB3+/X=ZQ\"7&K9 MN4",
        ] {
            assert_eq!(masked(written), "***", "{written}");
            assert_eq!(masked(&format!("/a?t={written}&b=1")), "/a?t=***&b=1", "{written}");
            assert_eq!(masked(&format!("中{written}中")), "中***中", "{written}");
        }
    }

    #[test]
    fn finds_pieces_and_what_is_cut() {
        let encoded = "81_aB3%2B%2Fx%3DZq%227%26k9%20mN4";
        for length in super::REST..TOKEN.len() {
            assert_eq!(masked(&format!("t={}…", &TOKEN[..length])), "t=***…");
            assert_eq!(masked(&format!("t={}", &TOKEN[..length])), "t=***");
            assert_eq!(masked(&format!("…{} is bad", &TOKEN[TOKEN.len() - length..])), "…*** is bad");
            assert_eq!(masked(&format!("{} is bad", &TOKEN[TOKEN.len() - length..])), "*** is bad");
        }
        // In the middle of an escape too.
        for length in super::REST..encoded.len() {
            assert_eq!(masked(&format!("t={}…", &encoded[..length])), "t=***…", "{}", &encoded[..length]);
        }
        for begin in 0..=TOKEN.len() - super::PIECE {
            let piece = &TOKEN[begin..begin + super::PIECE];
            assert_eq!(masked(&format!("is {piece} bad")).matches("***").count(), 1, "{piece}");
        }
        assert_eq!(masked("the s3cr3t is s3cr3t, abc is not abcd"), "the *** is ***, *** is not abcd");
    }

    #[test]
    fn leaves_everything_else() {
        for text in [
            "",
            "…",
            "%",
            "\\",
            "&",
            "100% & more; \\o/ 中…",
            "t=81…",
            "invalid credential 40001",
            "&#99999999;%zz\\u12",
        ] {
            assert_eq!(Mask::new(&[TOKEN, "", "s3cr3t"]).apply(text), None, "{text}");
        }
    }
}
