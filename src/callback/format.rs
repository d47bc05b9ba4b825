//! The two formats of pushes, told apart by their first byte. Neither the content type nor the settings are asked.
//! What the fields mean is not known here.

use serde_json::{Map, Value};

use super::xml;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::clean::{clean, BOM};

/// How a push is written, and so how its reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Xml,
    Json,
}

impl Format {
    /// Reads the fields of a body or of a decrypted message.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Map<String, Value>)> {
        let body = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let format = match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'<') => Self::Xml,
            Some(b'{') => Self::Json,
            _ => return Err(Error::new(ErrorKind::Decode, "the push is neither XML nor JSON")),
        };
        let value = match format {
            Self::Xml => xml::read(body)?,
            Self::Json => read_json(body)?,
        };
        match value {
            Value::Object(fields) => Ok((format, fields)),
            _ => Err(Error::new(ErrorKind::Decode, "the push is no object")),
        }
    }
}

/// Strictly first; what the platform writes wrongly now and then is repaired.
pub(crate) fn read_json(json: &[u8]) -> Result<Value> {
    serde_json::from_slice(json)
        .or_else(|error| clean(json).map_or(Err(error), |cleaned| serde_json::from_slice(&cleaned)))
        .map_err(|error| Error::new(ErrorKind::Decode, "the push is not JSON").with_source(error))
}
