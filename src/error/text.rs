//! What an error says, and what its message says to those who look into it.
//! What a server sent is quoted in bounded length and on one line; secrets are taken out in `wire/mask.rs`.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;

use super::{Error, ErrorCode, ErrorKind};
use crate::auth::Auth;

/// How much of a message is kept, in characters.
const KEPT: usize = 2000;
/// How much of a text is shown, in characters.
const SHOWN: usize = 400;
/// The end of a shortened text that stays, in characters: there the platform puts its request ID.
const TAIL: usize = 120;
/// How many causes are shown.
const CAUSES: usize = 8;

/// The text, shortened in its middle if it is very long.
pub(super) fn bounded(text: String) -> String {
    // A character has four bytes at most, and a byte more often than not is one.
    if text.len() <= KEPT {
        return text;
    }
    shortened(&text, KEPT).unwrap_or(text)
}

fn shortened(text: &str, most: usize) -> Option<String> {
    let (cut, _) = text.char_indices().nth(most)?;
    let head = text[..cut].char_indices().nth(most - TAIL - 1).map_or(0, |(at, _)| at);
    let tail = text.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    Some(format!("{}…{}", &text[..head], &text[tail..]))
}

/// The text on one line: line breaks, other control characters and marks that turn the direction of writing each
/// become a space, and what is longer than `most` characters loses its middle.
fn line(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(4 * most));
    let mut gap = false;
    for c in text.chars() {
        if breaks(c) {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) && !out.ends_with(' ') {
            out.push(' ');
        }
        out.push(c);
    }
    shortened(&out, most).unwrap_or(out)
}

fn breaks(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// The next step for a code, with the address from the message where that is what matters.
pub(super) fn hint(code: ErrorCode, auth: Option<Auth>, message: &str) -> Option<String> {
    let hint = code.hint_under(auth)?;
    Some(match (code, address(message)) {
        (ErrorCode::IP_NOT_ALLOWED, Some(address)) => format!("add {address} to the account's IP allow-list"),
        _ => hint.to_owned(),
    })
}

/// The first IP address in a message.
pub(super) fn address(message: &str) -> Option<IpAddr> {
    message
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':')))
        .find_map(|word| word.trim_end_matches(['.', ':']).parse().or_else(|_| word.parse()).ok())
}

/// What follows the last `rid:` that is a word of its own.
pub(super) fn request_id(message: &str) -> Option<&str> {
    let rest = after(message, "rid:")?.trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|id| !id.is_empty())
}

/// What stands in brackets after the last `hint:` that is a word of its own.
pub(super) fn hint_id(message: &str) -> Option<&str> {
    let rest = after(message, "hint:")?.trim_start().strip_prefix('[')?;
    rest.split_once(']').map(|(id, _)| id.trim()).filter(|id| !id.is_empty())
}

fn after<'a>(message: &'a str, word: &str) -> Option<&'a str> {
    message.rmatch_indices(word).find_map(|(at, _)| {
        let apart = !message[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
        apart.then(|| &message[at + word.len()..])
    })
}

/// The message for a connection that could not be made, and a hint for one that failed over a certificate.
pub(super) fn unreachable(server: &str, cause: &(dyn StdError + 'static)) -> (String, Option<&'static str>) {
    let reason = reason(cause);
    let certificate = reason.to_ascii_lowercase().contains("certificate");
    let hint = "check this machine's clock, and whether a proxy or gateway brings a certificate of its own";
    (format!("can't connect to {server}: {reason}"), certificate.then_some(hint))
}

/// The message for a connection that broke under way.
pub(super) fn broken(server: &str, cause: &(dyn StdError + 'static)) -> String {
    format!("the connection to {server} broke: {}", reason(cause))
}

/// The innermost cause.
fn reason(error: &(dyn StdError + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    line(&error.to_string(), SHOWN)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(endpoint) = inner.endpoint {
            write!(f, "{endpoint}: ")?;
        }
        if let Some(code) = inner.code {
            write!(f, "error {code}")?;
            if let Some(name) = code.name() {
                write!(f, " ({name})")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&line(&inner.message, SHOWN))?;
        if let Some(path) = &inner.json_path {
            write!(f, " at `{}`", line(path, SHOWN))?;
        }
        match (inner.status, &inner.content_type) {
            (Some(status), Some(content_type)) if inner.kind != ErrorKind::Api => {
                write!(f, " (HTTP {status}, {})", line(content_type, SHOWN))?;
            }
            (Some(status), _) if inner.kind != ErrorKind::Api || !(200..300).contains(&status) => {
                write!(f, " (HTTP {status})")?;
            }
            _ => {}
        }
        if let Some(excerpt) = &inner.excerpt {
            write!(
                f,
                "; the response begins with {:?}",
                shortened(excerpt, SHOWN).as_ref().unwrap_or(excerpt)
            )?;
        }
        if let Some(hint) = &inner.hint {
            write!(f, "; {}", line(hint, SHOWN))?;
        }
        Ok(())
    }
}

/// Like `Display`, with the causes that it does not name.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.to_string();
        f.write_str(&said)?;
        let mut lead = "; caused by: ";
        let mut cause = StdError::source(self);
        for _ in 0..CAUSES {
            let Some(error) = cause else { break };
            let text = line(&error.to_string(), SHOWN);
            if !text.is_empty() && !said.contains(&text) {
                write!(f, "{lead}{text}")?;
                said.push_str(&text);
                lead = ": ";
            }
            cause = error.source();
        }
        Ok(())
    }
}
