//! What the compiler refuses about the fields of a type. The generator's lints see the same in a spec, and say where;
//! here it is for types that users declare themselves.

use super::field::Location;
use super::table::Table;

impl Table {
    /// Fails the build for fields that can't be told apart. `keys`: all keys as they stand in the source.
    #[track_caller]
    pub const fn checked(self, module: &str, keys: &str) -> Self {
        // The crate's own types have been judged by the lints.
        if !begins(module.as_bytes(), 0, b"weixin::") {
            check_keys(keys.as_bytes());
            assert!(
                words(self.names.as_bytes()) == lines(self.lines.as_bytes()),
                "a key on the wire holds no line break"
            );
            check_lines(self.lines.as_bytes());
        }
        self
    }

    /// Whether there is a field that is written there.
    pub(crate) const fn writes(&self, location: Location) -> bool {
        let lines = self.lines.as_bytes();
        let mut start = 0;
        while start < lines.len() {
            let end = end_of_line(lines, start + 1);
            let (query, part, raw) = (
                has_column(lines, start, end, b"query"),
                has_column(lines, start, end, b"part"),
                has_column(lines, start, end, b"raw"),
            );
            let found = match location {
                Location::Query => query,
                Location::Part => part,
                Location::Raw => raw,
                Location::Body => !(query || part || raw),
            };
            if found {
                return true;
            }
            start = end;
        }
        false
    }
}

/// Whether a word stands in the text at least so often.
pub(crate) const fn has_word(text: &str, word: &str, mut times: usize) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let mut index = 0;
    while index < text.len() {
        let starts = index == 0 || text[index - 1].is_ascii_whitespace();
        let after = index + word.len();
        if starts && begins(text, index, word) && (after == text.len() || text[after].is_ascii_whitespace()) {
            times -= 1;
            if times == 0 {
                return true;
            }
        }
        index += 1;
    }
    false
}

/// The columns of a line are told apart by what no key holds.
#[track_caller]
const fn check_keys(keys: &[u8]) {
    let mut index = 0;
    while index < keys.len() {
        // Long source text is shown on several lines.
        let control = keys[index].is_ascii_control() && keys[index] != b'\n';
        assert!(
            !control && keys[index] != b'\\',
            "a key on the wire holds no control character or backslash"
        );
        index += 1;
    }
}

const fn lines(text: &[u8]) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < text.len() {
        count += (text[index] == b'\n') as usize;
        index += 1;
    }
    count
}

const fn words(text: &[u8]) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < text.len() {
        let starts = index == 0 || text[index - 1].is_ascii_whitespace();
        count += (starts && !text[index].is_ascii_whitespace()) as usize;
        index += 1;
    }
    count
}

/// No two fields have one key, and none is the object around another.
#[track_caller]
const fn check_lines(lines: &[u8]) {
    let mut one = 0;
    while one < lines.len() {
        let end = end_of_line(lines, one + 1);
        let mut other = end;
        while other < lines.len() {
            let other_end = end_of_line(lines, other + 1);
            let flat =
                has_column(lines, one, end, b"flatten") || has_column(lines, other, other_end, b"flatten");
            if !flat {
                let (path, other_path) =
                    (end_of_path(lines, one + 1) - one, end_of_path(lines, other + 1) - other);
                let shorter = if path < other_path { path } else { other_path };
                if same(lines, one, other, shorter) {
                    assert!(path != other_path, "two fields have the same key");
                    let longer = if path < other_path { other } else { one };
                    assert!(
                        lines[longer + shorter] != b'\t',
                        "a key is both that of a field and that of an object around another field"
                    );
                }
            }
            other = other_end;
        }
        one = end;
    }
}

const fn end_of_line(lines: &[u8], mut index: usize) -> usize {
    while index < lines.len() && lines[index] != b'\n' {
        index += 1;
    }
    index
}

/// The end of a field's keys, from the outermost to its own.
const fn end_of_path(lines: &[u8], mut index: usize) -> usize {
    while index < lines.len() && lines[index] != b'\n' {
        if lines[index] == b'\t' && lines[index + 1] != b'/' {
            return index;
        }
        index += 1;
    }
    index
}

const fn has_column(lines: &[u8], start: usize, end: usize, column: &[u8]) -> bool {
    let mut index = start;
    while index < end {
        let after = index + 1 + column.len();
        if lines[index] == b'\t'
            && begins(lines, index + 1, column)
            && (after == end || lines[after] == b'\t')
        {
            return true;
        }
        index += 1;
    }
    false
}

const fn same(lines: &[u8], one: usize, other: usize, length: usize) -> bool {
    let mut index = 0;
    while index < length {
        if lines[one + index] != lines[other + index] {
            return false;
        }
        index += 1;
    }
    true
}

const fn begins(text: &[u8], at: usize, word: &[u8]) -> bool {
    if text.len() < at + word.len() {
        return false;
    }
    let mut index = 0;
    while index < word.len() {
        if text[at + index] != word[index] {
            return false;
        }
        index += 1;
    }
    true
}
