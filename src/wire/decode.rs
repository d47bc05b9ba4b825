//! Judging an answer: success, an error of the platform, or something that can't be read.
//! How the answer came over HTTP is the client's business.

use std::borrow::Cow;

use http::HeaderValue;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::meta::{Auth, Meta};
use crate::record::{read_target, Mode, Object, Target};
use crate::wire::clean::clean;
use crate::wire::download::Download;

/// What an endpoint answers on success.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Json,
    Bytes,
    Either,
}

/// A successful answer.
#[doc(hidden)]
pub enum Answer {
    Json(Box<dyn Target>),
    Bytes(Box<Download>),
}

/// The HTTP side of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) content_type: Option<HeaderValue>,
}

impl Head {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn content_type(&self) -> Option<Cow<'_, str>> {
        self.content_type.as_ref().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }
}

/// Decodes a JSON answer into its target, or says what is wrong with it.
pub(crate) fn decode(meta: &Meta, head: &Head, body: &[u8], target: &mut dyn Target) -> Result<()> {
    // Looked at once for the whole body, UTF-8 need not be looked at again for each string in it.
    let mut text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    let (mut outcome, mut result) = read_target(target, &text, meta.envelope, Mode::Lenient);
    if result.is_err() {
        if let Some(repaired) = clean(body) {
            text = Cow::Owned(String::from_utf8_lossy(&repaired).into_owned());
            (outcome, result) = read_target(target, &text, meta.envelope, Mode::Lenient);
        }
    }
    let body = text.as_bytes();
    if let Some(code) = outcome.code {
        return Err(api_error(meta, head, code, outcome.message, body));
    }
    if !head.is_success() {
        return Err(status_error(meta, head, body));
    }
    let problem = if body.iter().all(u8::is_ascii_whitespace) {
        Some(("the answer is empty".to_owned(), None))
    } else if let Err(error) = result {
        let message = match error.classify() {
            serde_json::error::Category::Eof => "the answer ends in the middle of its JSON",
            _ => "the answer is not JSON",
        };
        // The position only: serde's own messages may quote the answer.
        Some((format!("{message} (line {}, column {})", error.line(), error.column()), None))
    } else {
        outcome.issue.map(|issue| (issue.message, Some(issue.path)))
    };
    match problem {
        None => Ok(()),
        Some((message, path)) => {
            let mut error = decode_error(meta, head, message, body);
            if let Some(path) = path.filter(|path| !path.is_empty()) {
                error = error.with_json_path(path);
            }
            Err(error)
        }
    }
}

/// The error of an answer that is JSON where bytes were due, or whose status is no success.
pub(crate) fn judge_unwanted(meta: &Meta, head: &Head, body: &[u8]) -> Error {
    let mut nothing = Value::Null;
    match decode(meta, head, body, &mut nothing) {
        Err(error) => error,
        Ok(()) => decode_error(meta, head, "the answer is JSON, but bytes were due".to_owned(), body),
    }
}

fn api_error(meta: &Meta, head: &Head, code: i64, message: String, body: &[u8]) -> Error {
    let mut error = Error::api(code, message).with_endpoint(meta.name);
    error = error.with_status(head.status, head.content_type().as_deref());
    if meta.auth == Auth::UserToken && error.is_token_invalid() {
        error =
            error.with_hint("the user's token is invalid or has expired: refresh it, or ask the user again");
    }
    if !meta.sensitive {
        if let Ok(mut fields) = serde_json::from_slice::<Object>(body) {
            fields.remove("errcode");
            fields.remove("errmsg");
            error = error.with_fields(fields);
        }
    }
    error
}

fn status_error(meta: &Meta, head: &Head, body: &[u8]) -> Error {
    let error = match (head.status, meta.not_found) {
        (404, Some(meaning)) => Error::new(ErrorKind::Status, meaning),
        _ => with_excerpt(Error::new(ErrorKind::Status, "the server refused the call"), meta, body),
    };
    error.with_endpoint(meta.name).with_status(head.status, head.content_type().as_deref())
}

pub(crate) fn decode_error(meta: &Meta, head: &Head, message: String, body: &[u8]) -> Error {
    with_excerpt(Error::new(ErrorKind::Decode, message), meta, body)
        .with_endpoint(meta.name)
        .with_status(head.status, head.content_type().as_deref())
}

/// Quotes the beginning of an answer, unless it may hold secrets.
fn with_excerpt(error: Error, meta: &Meta, body: &[u8]) -> Error {
    const LONGEST: usize = 200;
    if meta.sensitive || body.is_empty() {
        return error;
    }
    let text = String::from_utf8_lossy(body);
    let mut excerpt: String = text.chars().take(LONGEST).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    error.with_excerpt(excerpt)
}
