//! Encrypted pushes with a signature that is right: any ciphertext, and any plaintext under the right key, is a push
//! or an error.

#![no_main]

use aes::cipher::{block_padding::NoPadding, BlockModeEncrypt, KeyIvInit};
use base64::Engine as _;
use libfuzzer_sys::fuzz_target;
use sha1::{Digest, Sha1};
use weixin::callback::{Received, Receiver};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const BLOCK: usize = 32;

fn signature(encrypted: &str) -> String {
    let mut parts = ["token", "1717200000", "nonce", encrypted];
    parts.sort_unstable();
    Sha1::digest(parts.concat().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Under the all-zero key, which is also the vector.
fn encrypt(plain: &[u8]) -> Vec<u8> {
    let mut bytes = plain.to_vec();
    bytes.resize(plain.len().div_ceil(BLOCK) * BLOCK, 0);
    let length = bytes.len();
    let cipher = cbc::Encryptor::<aes::Aes256>::new(&[0; 32].into(), &[0; 16].into());
    cipher.encrypt_padded::<NoPadding>(&mut bytes, length).expect("whole blocks").to_vec()
}

/// What the platform would encrypt around a message.
fn layout(message: &[u8]) -> Vec<u8> {
    let mut plain = [b'r'; 16].to_vec();
    plain.extend_from_slice(&(message.len() as u32).to_be_bytes());
    plain.extend_from_slice(message);
    plain.extend_from_slice(b"wx_appid");
    let pad = BLOCK - plain.len() % BLOCK;
    plain.resize(plain.len() + pad, pad as u8);
    plain
}

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else { return };
    let ciphertext = match which % 3 {
        0 => bytes.to_vec(),
        1 => encrypt(bytes),
        _ => encrypt(&layout(bytes)),
    };
    let encrypted = base64::engine::general_purpose::STANDARD.encode(ciphertext);
    let signature = signature(&encrypted);
    let receiver = Receiver::builder("token").encrypted("wx_appid", KEY).build().expect("settings");
    let query = format!("timestamp=1717200000&nonce=nonce&encrypt_type=aes&msg_signature={signature}");
    for body in [
        format!("<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"),
        format!(r#"{{"ToUserName":"gh","Encrypt":"{encrypted}"}}"#),
    ] {
        if let Ok(Received::Push(delivery)) = receiver.receive("POST", &query, body.as_bytes()) {
            let _ = format!("{delivery:?}");
            delivery.acknowledge();
        }
        // With one byte of the signature changed nothing gets through.
        let forged = query.replace(&signature[..1], if signature.starts_with('0') { "1" } else { "0" });
        assert!(receiver.receive("POST", &forged, body.as_bytes()).is_err());
    }
});
