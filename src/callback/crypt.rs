//! The encryption of messages: AES-256-CBC around random bytes, a length, the message and the AppID.
//! Signatures and the envelope that carries the ciphertext do not live here.

use std::fmt;
use std::ops::Range;

use aes::{Aes256Dec, Aes256Enc};
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{self, GeneralPurpose, GeneralPurposeConfig};
use base64::Engine as _;
use cbc::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use subtle::{Choice, ConstantTimeEq};

use crate::error::{Error, ErrorKind, Result};

/// The platform pads to the length of the key, not to that of AES's block.
const BLOCK: usize = 32;

/// Random text and the message's length, before the message.
const HEAD: usize = 20;

/// 43 characters hold 258 bits. The two that are too many are not always zero: the platform lets people choose
/// the key themselves.
const KEY_ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// One EncodingAESKey, ready for use.
#[derive(Clone)]
pub(crate) struct Key {
    encrypt: Aes256Enc,
    decrypt: Aes256Dec,
    iv: [u8; 16],
}

impl Key {
    /// Reads the 43 characters of the platform's settings.
    pub(crate) fn new(encoded: &str) -> Result<Self> {
        let wrong = || Error::config("an EncodingAESKey is 43 characters of base64: letters and digits");
        if encoded.len() != 43 {
            return Err(wrong());
        }
        let bytes = KEY_ENGINE.decode(encoded).map_err(|_| wrong())?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| wrong())?;
        let mut iv = [0; 16];
        iv.copy_from_slice(&key[..16]);
        Ok(Self { encrypt: Aes256Enc::new(&key.into()), decrypt: Aes256Dec::new(&key.into()), iv })
    }

    /// Opens a ciphertext that was made for the account `app_id`.
    ///
    /// `None` whatever is wrong with it: text, length, padding and AppID can't be told apart from outside.
    pub(crate) fn decrypt(&self, sealed: &str, app_id: &str) -> Option<Opened> {
        let mut bytes = general_purpose::STANDARD.decode(sealed).ok()?;
        if bytes.is_empty() || bytes.len() % BLOCK != 0 {
            return None;
        }
        let (blocks, _) = Array::slice_as_chunks_mut(&mut bytes);
        cbc::Decryptor::inner_iv_init(self.decrypt.clone(), &self.iv.into()).decrypt_blocks(blocks);
        let end = bytes.len().checked_sub(padding(&bytes)?)?;
        let length = bytes.get(16..HEAD)?;
        let length = u32::from_be_bytes(length.try_into().ok()?);
        let message = HEAD..HEAD.checked_add(usize::try_from(length).ok()?)?;
        let account = bytes.get(message.end..end)?;
        bool::from(account.ct_eq(app_id.as_bytes())).then_some(Opened { bytes, message })
    }

    /// Seals a message for the account `app_id`, with `random` in front, which must differ every time.
    pub(crate) fn encrypt(&self, random: [u8; 16], message: &str, app_id: &str) -> Result<String> {
        let length = u32::try_from(message.len())
            .map_err(|_| Error::new(ErrorKind::TooLarge, "a message of 4 GiB and more can't be encrypted"))?;
        let filled = HEAD + message.len() + app_id.len();
        let pad = BLOCK - filled % BLOCK;
        let mut bytes = Vec::with_capacity(filled + pad);
        bytes.extend_from_slice(&random);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(message.as_bytes());
        bytes.extend_from_slice(app_id.as_bytes());
        bytes.resize(filled + pad, pad as u8);
        let (blocks, _) = Array::slice_as_chunks_mut(&mut bytes);
        cbc::Encryptor::inner_iv_init(self.encrypt.clone(), &self.iv.into()).encrypt_blocks(blocks);
        Ok(general_purpose::STANDARD.encode(bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How many bytes of padding there are: 1 to 32, each holding that number.
fn padding(bytes: &[u8]) -> Option<usize> {
    let last = *bytes.last()?;
    let count = usize::from(last);
    if !(1..=BLOCK).contains(&count) {
        return None;
    }
    let tail = bytes.get(bytes.len().checked_sub(count)?..)?;
    let same = tail.iter().fold(Choice::from(1), |same, byte| same & byte.ct_eq(&last));
    bool::from(same).then_some(count)
}

/// A message that was opened.
pub(crate) struct Opened {
    bytes: Vec<u8>,
    message: Range<usize>,
}

impl Opened {
    pub(crate) fn message(&self) -> &[u8] {
        self.bytes.get(self.message.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{padding, Key};

    const ZERO_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const SAMPLE_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    /// The replies that the documentation calculates, and those that the platform's sample code tests with.
    #[test]
    fn seals_as_documented() {
        for (key, random, message, app_id, sealed) in [
            (
                ZERO_KEY,
                b"707722b803182950",
                r#"{"demo_resp":"good luck"}"#,
                "wxba5fad812f8e6fb9",
                "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
            ),
            (
                ZERO_KEY,
                b"999951349e8ee746",
                "<xml><demo_resp>[CDATA[good luck]]</demo_resp></xml>",
                "wx134c8103faa5a59e",
                "hE8R6mGXHkJJjU72KxzKUd1GEkKJaEZq7vRL8XgK3o+00k8JGq6+pZJUIlTSyhsX+bxIBQ72g3GyvDdIZcr6+3HAZbSvPT9t/o11MI7d6WELwqrGd7jMnV0zv3Zc9Nq7",
            ),
            (
                SAMPLE_KEY,
                b"aaaabbbbccccdddd",
                "我是中文abcd123",
                "wxb11529c136998cb6",
                "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==",
            ),
        ] {
            let key = Key::new(key).expect("a key");
            assert_eq!(key.encrypt(*random, message, app_id).expect("sealed"), sealed);
            let opened = key.decrypt(sealed, app_id).expect("opened");
            assert_eq!(opened.message(), message.as_bytes());
            assert!(key.decrypt(sealed, "").is_none() && key.decrypt(sealed, &app_id[1..]).is_none());
        }
    }

    #[test]
    fn only_whole_paddings_count() {
        for count in 1..=32_u8 {
            let bytes = vec![count; usize::from(count)];
            assert_eq!(padding(&bytes), Some(usize::from(count)));
            assert_eq!(padding(&bytes[1..]), None, "{count} of which one is missing");
        }
        for last in (33..=255).chain([0]) {
            assert_eq!(padding(&vec![last; 256]), None);
        }
        assert_eq!(padding(&[]), None);
    }
}
