//! What the endpoints respond with whose response may be a file: always, or instead of JSON.
//! How a file is read stands in `wire/download.rs`.

use crate::endpoint::{Decoded, Kind, Response};
use crate::record::{FieldType, Target};
use crate::wire::download::Download;

impl Response for Download {
    const KIND: Kind = Kind::Bytes;

    fn target() -> Option<Box<dyn Target>> {
        None
    }

    fn from_decoded(decoded: Decoded) -> Option<Self> {
        decoded.downcast().ok().map(|download| *download)
    }
}

/// The answer of an endpoint that gives bytes or JSON, depending on what was asked for.
#[derive(Debug)]
#[non_exhaustive]
// Short-lived: a box around the download would only be in the way of its methods.
#[allow(clippy::large_enum_variant)]
pub enum Payload<T> {
    /// The answer was JSON.
    Json(T),
    /// The answer was bytes.
    Bytes(Download),
}

impl<T> Payload<T> {
    /// The JSON answer, if it was one.
    pub fn json(self) -> Option<T> {
        match self {
            Self::Json(value) => Some(value),
            Self::Bytes(_) => None,
        }
    }

    /// The bytes, if there were any.
    pub fn bytes(self) -> Option<Download> {
        match self {
            Self::Bytes(download) => Some(download),
            Self::Json(_) => None,
        }
    }
}

impl<T: FieldType> Response for Payload<T> {
    const KIND: Kind = Kind::Either;

    fn target() -> Option<Box<dyn Target>> {
        T::target()
    }

    fn from_decoded(decoded: Decoded) -> Option<Self> {
        match decoded.downcast() {
            Ok(download) => Some(Self::Bytes(*download)),
            Err(json) => T::from_decoded(json).map(Self::Json),
        }
    }
}
