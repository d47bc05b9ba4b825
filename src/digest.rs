//! SHA-1 as the platform and the fingerprints of tokens write it. What is signed in which order stands with the callers.

use sha1::{Digest, Sha1};

/// In lower-case hexadecimal digits.
pub(crate) fn sha1_hex(text: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha1::digest(text).iter().fold(String::with_capacity(40), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
