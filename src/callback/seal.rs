//! What sealed a push, and seals the reply to it. The envelope around a sealed reply is written in `delivery.rs`.

use std::sync::Arc;

use super::crypt::Key;
use super::signature::Signature;
use crate::error::Result;

/// The token, the key and the account of an encrypted push.
pub(super) struct Seal {
    /// The token that signed.
    pub(super) token: Arc<str>,
    /// The key that opened.
    pub(super) key: Arc<Key>,
    pub(super) app_id: Arc<str>,
    pub(super) nonce: String,
}

/// A sealed reply, still without its envelope.
pub(super) struct Sealed {
    pub(super) encrypt: String,
    pub(super) signature: Signature,
}

impl Seal {
    /// Seals a reply, with `random` in front, which must differ every time.
    pub(super) fn seal(&self, plain: &str, random: [u8; 16], timestamp: &str) -> Result<Sealed> {
        let encrypt = self.key.encrypt(random, plain, &self.app_id)?;
        let signature = Signature::new([&self.token, timestamp, &self.nonce, &encrypt]);
        Ok(Sealed { encrypt, signature })
    }
}
