//! Identifiers that nobody guesses by accident: tokens, tickets, media ids, request ids.
//! Unique within a sandbox and, because the seed is random, different in every other one.

use std::sync::atomic::{AtomicU64, Ordering};

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[derive(Debug)]
pub(crate) struct Idents(AtomicU64);

impl Idents {
    pub(crate) fn new() -> Self {
        // Without random numbers, the next sandbox gives the same ones: nothing worse.
        Self(AtomicU64::new(getrandom::u64().unwrap_or_default()))
    }

    /// A well-mixed number; the sequence does not repeat (splitmix64).
    pub(crate) fn number(&self) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `length` characters that need no encoding in a URL.
    pub(crate) fn text(&self, length: usize) -> String {
        let mut text = String::with_capacity(length + 10);
        while text.len() < length {
            let mut number = self.number();
            for _ in 0..10 {
                text.push(char::from(LETTERS[(number % 64) as usize]));
                number /= 64;
            }
        }
        text.truncate(length);
        text
    }
}
