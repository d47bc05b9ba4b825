//! The platform's signatures: SHA-1 of what is signed, sorted and joined. They are made here and compared here.
//! Which parts are signed is known to the caller.

use subtle::ConstantTimeEq;

use crate::signing::digest::Sha1Hex;

/// A signature as it is written: 40 hexadecimal digits in lower case.
#[derive(Clone, Copy)]
pub(crate) struct Signature(Sha1Hex);

impl Signature {
    /// Signs the token, the time, the nonce and, where the message is encrypted, the ciphertext.
    pub(crate) fn new<const N: usize>(mut parts: [&str; N]) -> Self {
        parts.sort_unstable();
        Self(Sha1Hex::of(&parts))
    }

    /// Whether `claimed` is this signature, in a time that does not tell how much of it is right.
    ///
    /// The documentation writes signatures in lower case and its sample code compares them as text, so
    /// upper case is refused.
    pub(crate) fn is(&self, claimed: &str) -> bool {
        self.as_str().as_bytes().ct_eq(claimed.as_bytes()).into()
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::Signature;

    #[test]
    fn signs_as_documented() {
        let signature = Signature::new(["AAAAA", "1714036504", "1514711492"]);
        assert_eq!(signature.as_str(), "f464b24fc39322e44b38aa78f5edd27bd1441696");
        assert!(signature.is("f464b24fc39322e44b38aa78f5edd27bd1441696"));
    }

    #[test]
    fn anything_else_is_another_signature() {
        let signature = Signature::new(["AAAAA", "1714036504", "1514711492"]);
        let right = signature.as_str();
        for index in 0..right.len() {
            let mut wrong = right.as_bytes().to_vec();
            wrong[index] = if wrong[index] == b'0' { b'1' } else { b'0' };
            assert!(!signature.is(std::str::from_utf8(&wrong).expect("ASCII")), "digit {index}");
            assert!(!signature.is(&right[..index]), "{index} digits");
        }
        assert!(!signature.is(&format!("{right}0")));
        assert!(!signature.is(&right.to_uppercase()));
    }
}
