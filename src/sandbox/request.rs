//! A request as it came: its bytes, its query pairs, its JSON, its multipart parts.
//! Whether it fits an endpoint is decided in `check.rs`.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{HeaderMap, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use serde_json::{Map, Value};

use super::answer::{refused, refused_for, Refusal};

#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// As it came, still encoded.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// One part of a multipart form.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

/// The text of a scalar as it would stand in a query.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The decoded pairs of a query string; `+` is a space, as in a form.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Reads a JSON object as strictly as the platform does.
pub(crate) fn json_object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Err(refused(44002));
    }
    let text = std::str::from_utf8(body).map_err(|_| refused_for(40033, "the body is not UTF-8"))?;
    let parsed = serde_json::from_str(text).map(|mut value| {
        drop_nulls(&mut value);
        value
    });
    match parsed {
        Ok(Value::Object(object)) => {
            if has_escapes(text) {
                return Err(refused_for(40033, "the body escapes characters as \\uXXXX"));
            }
            Ok(object)
        }
        Ok(_) => Err(refused_for(47001, "the body is not a JSON object")),
        Err(error) => Err(refused_for(47001, format!("the body is not JSON: {error}"))),
    }
}

/// The integer that these digits are.
pub(crate) fn integer(text: &str) -> Option<Value> {
    let number =
        text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()?;
    // `+7` and `007` parse, but nobody who writes numbers writes them so.
    (scalar(&number) == text).then_some(number)
}

/// Takes away the members that are `null`, which says the same as not to have them. Lists keep theirs, since the
/// other items have places.
pub(crate) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Valid JSON that writes a character as `\uXXXX` although it need not: control characters have no other
/// form.
pub(crate) fn has_escapes(json: &str) -> bool {
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at + 1..];
        if let Some(digits) = escape.strip_prefix('u') {
            let control = digits.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            if control.is_none_or(|code| code >= 0x20) {
                return true;
            }
        }
        let skip = escape.chars().next().map_or(0, char::len_utf8);
        rest = &escape[skip..];
    }
    false
}

impl Received {
    /// The parts of a multipart form. Without an exact length the platform finds no file in it.
    pub(crate) async fn parts(&self) -> Result<Vec<Part>, Refusal> {
        if self.headers.contains_key(TRANSFER_ENCODING) || !self.headers.contains_key(CONTENT_LENGTH) {
            return Err(refused_for(41005, "the form has no Content-Length"));
        }
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = content_type.and_then(|value| multer::parse_boundary(value).ok());
        let Some(boundary) = boundary else {
            return Err(refused_for(41005, "the body is not a multipart form"));
        };
        let broken = |error: multer::Error| refused_for(41005, format!("the form can't be read: {error}"));
        let mut form = multer::Multipart::new(Whole(Some(self.body.clone())), boundary);
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let filename = field.file_name().map(str::to_owned);
            let content_type = field.content_type().map(|mime| mime.to_string());
            parts.push(Part { name, filename, content_type, bytes: field.bytes().await.map_err(broken)? });
        }
        Ok(parts)
    }
}

/// A body that is there already, as a stream.
struct Whole(Option<Bytes>);

impl Stream for Whole {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}
