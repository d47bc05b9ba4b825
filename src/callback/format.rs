//! The two formats of pushes, told apart by their first byte. Neither the content type nor the settings are asked.
//! What the fields mean is not known here.

#[cfg(feature = "sandbox")]
use serde_json::{Map, Value};

#[cfg(feature = "sandbox")]
use super::{json, xml};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::clean::BOM;

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

    /// The fields that stand in what a server replied, by the rules of the format.
    #[cfg(feature = "sandbox")]
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Map<String, Value>> {
        let tree = match self {
            Self::Xml => xml::read(&xml::text(bytes))?,
            Self::Json => json::read(bytes)?,
        };
        Ok(tree.fields)
    }
}
