//! Text that nobody can foresee: what makes one signed or encrypted message differ from the next.

use crate::{Error, ErrorKind, Result};

/// All that any of the platform's pages allows.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AZ";

/// Sixteen letters and digits.
#[derive(Clone, Copy)]
pub(crate) struct Nonce([u8; 16]);

impl Nonce {
    /// From the system's random numbers.
    pub(crate) fn new() -> Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            Error::new(ErrorKind::Io, "the system has no random numbers to give")
                .with_source(std::io::Error::other(error))
        })?;
        Ok(Self(bytes.map(|byte| LETTERS[usize::from(byte % 64)])))
    }

    #[cfg(feature = "callback")]
    pub(crate) fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|letter| std::fmt::Write::write_char(f, char::from(*letter)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Nonce;

    #[test]
    fn no_two_are_the_same() {
        let all: HashSet<String> = (0..100).map(|_| Nonce::new().expect("a nonce").to_string()).collect();
        assert_eq!(all.len(), 100);
        let plain =
            |nonce: &String| nonce.len() == 16 && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert!(all.iter().all(plain));
    }
}
