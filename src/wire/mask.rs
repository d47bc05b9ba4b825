//! Secrets taken out of what errors quote.
//! Which secrets a call holds is the caller's knowledge.

use crate::error::Error;
use crate::wire::query::push_pair;

/// Takes secrets out of what an error quotes: a gateway's page may repeat the address that it was asked for, and
/// the platform's message what it was sent.
pub(crate) fn without(error: Error, secrets: &[&str]) -> Error {
    let message = cleaned(error.message(), secrets);
    let excerpt = error.excerpt().and_then(|excerpt| cleaned(excerpt, secrets));
    let error = match message {
        Some(message) => error.with_message(message),
        None => error,
    };
    match excerpt {
        Some(excerpt) => error.with_excerpt(excerpt),
        None => error,
    }
}

/// The text without secrets, if it holds any.
fn cleaned(quoted: &str, secrets: &[&str]) -> Option<String> {
    let mut text = quoted.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let mut encoded = String::new();
        push_pair(&mut encoded, "", secret);
        for secret in [secret, encoded.trim_start_matches('=')] {
            text = text.replace(secret, "***");
            // The quotation may end in the middle of one.
            let cut = (1..secret.len()).rev().find_map(|length| {
                let begin = secret.get(..length)?;
                text.strip_suffix('…')?.strip_suffix(begin).map(str::len)
            });
            if let Some(cut) = cut {
                text.truncate(cut);
                text.push_str("***…");
            }
        }
    }
    (text != quoted).then_some(text)
}
