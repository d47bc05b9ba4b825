//! Judging a response: success, an error of the platform, or something that can't be read.
//! How it came over HTTP is not decided here, and secrets in it are taken out of errors by `wire/mask.rs`.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde_json::Value;

use crate::endpoint::meta::Meta;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{read_target, take_out, Mode, Object, Target};
use crate::wire::clean::clean;

/// The HTTP side of a response.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) content_encoding: Option<HeaderValue>,
    pub(crate) retry_after: Option<HeaderValue>,
}

impl Head {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn content_type(&self) -> Option<Cow<'_, str>> {
        self.content_type.as_ref().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The wait that the server asks for: in seconds, or until a date.
    fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let text = self.retry_after.as_ref()?.to_str().ok()?.trim();
        match text.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => {
                let date = httpdate::parse_http_date(text).ok()?;
                Some(date.duration_since(now).unwrap_or_default())
            }
        }
    }

    /// Adds to an error what the head says.
    fn describe(&self, meta: &Meta, error: Error) -> Error {
        error
            .with_endpoint(meta.name)
            .with_status(self.status, self.content_type().as_deref())
            .with_retry_after(self.retry_after(SystemTime::now()))
    }
}

/// Decodes a JSON response into its target, or says what is wrong with it.
pub(crate) fn decode(meta: &Meta, head: &Head, body: &[u8], target: &mut dyn Target) -> Result<()> {
    // Looked at once for the whole body, UTF-8 need not be looked at again for each string in it.
    let mut text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    let (mut outcome, mut result) = read_target(target, &text, meta.envelope, Mode::Lenient);
    if result.is_err()
        && let Some(repaired) = clean(body)
    {
        text = Cow::Owned(String::from_utf8_lossy(&repaired).into_owned());
        (outcome, result) = read_target(target, &text, meta.envelope, Mode::Lenient);
    }
    let body = text.as_bytes();
    if let Some(code) = outcome.code {
        return Err(api_error(meta, head, code, outcome.message, body));
    }
    if !head.is_success() {
        return Err(status_error(meta, head, body));
    }
    let problem = if body.iter().all(u8::is_ascii_whitespace) {
        Some(("the response is empty".to_owned(), None))
    } else if let Err(error) = result {
        let message = match error.classify() {
            serde_json::error::Category::Eof => "the response ends in the middle of its JSON",
            _ => "the response is not JSON",
        };
        // The position only: serde's own messages may quote the response.
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

/// The error of a response that is JSON where a file was expected, or whose status is no success.
pub(crate) fn judge_unwanted(meta: &Meta, head: &Head, body: &[u8]) -> Error {
    let mut nothing = Value::Null;
    match decode(meta, head, body, &mut nothing) {
        Err(error) => error,
        Ok(()) => decode_error(meta, head, "expected a file, got JSON".to_owned(), body),
    }
}

/// The platform's errors are short. What is larger costs more to keep, and to search for secrets, than it tells.
const LARGEST_ERROR: usize = 64 << 10;

fn api_error(meta: &Meta, head: &Head, code: i64, message: String, body: &[u8]) -> Error {
    let mut error = head.describe(meta, Error::api(code, message).with_auth(meta.auth));
    if !meta.sensitive
        && body.len() <= LARGEST_ERROR
        && let Ok(mut fields) = serde_json::from_slice::<Object>(body)
    {
        take_out(&mut fields, "errcode");
        take_out(&mut fields, "errmsg");
        error = error.with_fields(fields);
    }
    error
}

fn status_error(meta: &Meta, head: &Head, body: &[u8]) -> Error {
    let error = match (head.status, meta.not_found) {
        (404, Some(meaning)) => Error::new(ErrorKind::Status, meaning),
        _ => with_excerpt(Error::new(ErrorKind::Status, "the server refused the call"), meta, body),
    };
    head.describe(meta, error)
}

pub(crate) fn decode_error(meta: &Meta, head: &Head, message: String, body: &[u8]) -> Error {
    head.describe(meta, with_excerpt(Error::new(ErrorKind::Decode, message), meta, body))
}

/// Quotes the beginning of a response, unless it may hold secrets.
fn with_excerpt(error: Error, meta: &Meta, body: &[u8]) -> Error {
    const LONGEST: usize = 200;
    if meta.sensitive || body.is_empty() {
        return error;
    }
    // Four bytes to a character at most, and one more character to tell that there are more.
    let begin = &body[..body.len().min(4 * (LONGEST + 1))];
    let text = String::from_utf8_lossy(begin);
    let mut excerpt: String = text.chars().take(LONGEST).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    error.with_excerpt(excerpt)
}
