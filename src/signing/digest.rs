//! SHA-1 as the platform and the fingerprints of tokens write it. What is signed in which order stands with the callers.

use std::fmt;

use sha1::{Digest, Sha1};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A SHA-1 as it is written: 40 hexadecimal digits in lower case.
#[derive(Clone, Copy)]
pub(crate) struct Sha1Hex([u8; 40]);

impl Sha1Hex {
    /// Of the parts, one behind the other.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let mut hash = Sha1::new();
        for part in parts {
            hash.update(part.as_bytes());
        }
        let mut text = [0; 40];
        for (pair, byte) in text.chunks_exact_mut(2).zip(hash.finalize()) {
            pair.copy_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        // Never empty: all digits are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Sha1Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
