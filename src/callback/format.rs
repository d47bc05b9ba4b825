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
    /// The format of a body, or of a decrypted message.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self> {
        let body = bytes.strip_prefix(BOM).unwrap_or(bytes);
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'<') => Ok(Self::Xml),
            Some(b'{') => Ok(Self::Json),
            _ => Err(Error::new(ErrorKind::Decode, "the push is neither XML nor JSON")),
        }
    }

    /// The fields that stand in it.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Map<String, Value>> {
        let value = match self {
            Self::Xml => xml::read(bytes)?,
            Self::Json => read_json(bytes)?,
        };
        match value {
            Value::Object(fields) => Ok(fields),
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
