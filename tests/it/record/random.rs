//! Random values, and random ways to write one value as JSON. The same seed gives the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::Value;

pub fn text(rng: &mut Rng) -> String {
    const ODD: &[char] = &[
        '"', '\\', '/', '\n', '\r', '\t', '\0', '\u{1f}', '\u{7f}', '中', '文', 'é', '😀', '\u{2028}',
        '\u{feff}', ' ',
    ];
    (0..rng.usize(0..8))
        .map(|_| if rng.bool() { rng.alphanumeric() } else { ODD[rng.usize(0..ODD.len())] })
        .collect()
}

/// Integers of all sizes, the extremes among them.
pub fn integer(rng: &mut Rng) -> i64 {
    match rng.u8(0..6) {
        0 => i64::MIN,
        1 => i64::MAX,
        2 => rng.i64(-2..3),
        _ => rng.i64(..) >> rng.u32(0..63),
    }
}

/// A fraction that every correct reader reads alike: few binary digits.
pub fn fraction(rng: &mut Rng) -> f64 {
    f64::from(rng.i32(-1_000_000..1_000_000)) / 64.0
}

pub fn maybe<T>(rng: &mut Rng, make: impl FnOnce(&mut Rng) -> T) -> Option<T> {
    rng.bool().then(|| make(rng))
}

pub fn list<T>(rng: &mut Rng, mut make: impl FnMut(&mut Rng) -> T) -> Vec<T> {
    (0..rng.usize(0..4)).map(|_| make(rng)).collect()
}

pub fn map<T>(rng: &mut Rng, mut make: impl FnMut(&mut Rng) -> T) -> BTreeMap<String, T> {
    (0..rng.usize(0..4)).map(|_| (text(rng), make(rng))).collect()
}

/// Any JSON but null.
pub fn json(rng: &mut Rng, depth: u8) -> Value {
    match rng.u8(0..if depth == 0 { 4 } else { 6 }) {
        0 => rng.bool().into(),
        1 => integer(rng).into(),
        2 => fraction(rng).into(),
        3 => text(rng).into(),
        4 => list(rng, |rng| json(rng, depth - 1)).into(),
        _ => Value::Object(map(rng, |rng| json(rng, depth - 1)).into_iter().collect()),
    }
}

/// Writes a value in one of the many ways that mean the same: white space, order of keys, escapes.
pub fn scribble(value: &Value, rng: &mut Rng) -> String {
    let mut out = String::new();
    scribble_into(value, rng, &mut out);
    out
}

fn scribble_into(value: &Value, rng: &mut Rng, out: &mut String) {
    space(rng, out);
    match value {
        Value::String(text) => quote(text, rng, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                scribble_into(item, rng, out);
            }
            space(rng, out);
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            rng.shuffle(&mut fields);
            out.push('{');
            for (index, (key, value)) in fields.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                space(rng, out);
                quote(key, rng, out);
                space(rng, out);
                out.push(':');
                scribble_into(value, rng, out);
            }
            space(rng, out);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
    space(rng, out);
}

fn space(rng: &mut Rng, out: &mut String) {
    if rng.u8(0..4) == 0 {
        out.push([' ', '\n', '\t', '\r'][rng.usize(0..4)]);
    }
}

fn quote(text: &str, rng: &mut Rng, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let must = c == '"' || c == '\\' || c < ' ';
        if must || rng.u8(0..5) == 0 {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(out, "\\u{unit:04x}").unwrap());
        } else {
            out.push(c);
        }
    }
    out.push('"');
}
