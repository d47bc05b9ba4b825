//! What the tests of the spec look at and no program needs: strict reading, and a request as it would be sent.
//! Nothing is sent here, and nothing of it is part of the interface.

use crate::client::Client;
use crate::endpoint::meta::{Body, Meta};
use crate::error::Result;
use crate::record::part::PartValue;
use crate::record::{self, Envelope, FieldType, Location, Mode, Record};
use crate::wire::decode::{self, Head};

/// Reads JSON into a generated type exactly as the spec has it: no unknown field, nothing forgiven. With `meta`
/// it is the answer of that endpoint, which may hold an error code.
pub fn decode_strict<T: FieldType>(json: &str, meta: Option<&Meta>) -> Result<T, String> {
    let mut value = T::blank();
    let envelope = meta.map_or(Envelope::None, |meta| meta.envelope);
    let (outcome, result) = record::read_target(&mut value, json, envelope, Mode::Strict);
    result.map_err(|error| error.to_string())?;
    match (outcome.code, outcome.issue) {
        (Some(code), _) => Err(format!("error {code}: {}", outcome.message)),
        (None, Some(issue)) => Err(format!("{} at `{}`", issue.message, issue.path)),
        (None, None) => Ok(value),
    }
}

/// Reads an answer as a call does, for measuring.
pub fn decode<T: FieldType>(json: &[u8], meta: &Meta) -> Result<T> {
    let mut value = T::blank();
    decode::decode(
        meta,
        &Head { status: 200, content_type: None, content_encoding: None, retry_after: None },
        json,
        &mut value,
    )?;
    Ok(value)
}

/// A request as it would be sent, without the access token.
#[derive(Debug)]
pub struct Written {
    pub url: String,
    /// A JSON body, or the text of a raw one.
    pub body: Option<String>,
    /// Name of each part, and its text or the name of its file.
    pub parts: Vec<(String, String)>,
}

/// Writes a request without sending it.
pub fn write(client: &Client, meta: &Meta, request: &dyn Record) -> Result<Written> {
    let account = &client.shared.account;
    let encoder = &account.encoder;
    let mut written = Written { url: account.browser_url(meta, request)?, body: None, parts: Vec::new() };
    match meta.body_kind() {
        Body::None => {}
        Body::Json => {
            let json = record::body_json(request, &encoder.constants(meta)?)?;
            written.body = Some(String::from_utf8_lossy(&json).into_owned());
        }
        Body::Multipart => written.parts = parts(request, Location::Part)?,
        Body::Raw => written.body = parts(request, Location::Raw)?.pop().map(|(_, text)| text),
    }
    Ok(written)
}

fn parts(request: &dyn Record, location: Location) -> Result<Vec<(String, String)>> {
    let parts = record::parts(request, location)?.into_iter();
    Ok(parts
        .map(|part| match part.value {
            PartValue::Text(text) => (part.name.into_owned(), text),
            PartValue::File(file) => (part.name.into_owned(), file.filename().to_owned()),
        })
        .collect())
}
