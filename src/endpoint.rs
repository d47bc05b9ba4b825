//! What an endpoint is: the traits of its request and of what answers it. How it is called stands in `endpoint/meta.rs`,
//! sending in `client/send.rs`.

pub(crate) mod meta;

use self::meta::Meta;
use crate::record::{Record, Slot, Target};
use crate::wire::decode::{Answer, Kind};
use crate::wire::download::Download;

/// A request that the platform answers.
///
/// Implemented by [`endpoint!`](crate::endpoint), for the crate's own endpoints as for yours.
pub trait Endpoint: Record + Sized {
    /// What a successful call gives.
    type Response: Response;
    /// How the endpoint is called.
    const META: &'static Meta;
}

/// A URL that is built for a browser and never called by the client.
pub trait BrowserUrl: Record + Sized {
    /// Host, path and fixed values.
    const META: &'static Meta;
}

/// A type that an endpoint can answer: a type made by the crate's macros, `serde_json::Value`, [`Empty`](crate::Empty),
/// [`Download`], or [`Payload`]. Can't be implemented by hand.
#[diagnostic::on_unimplemented(
    message = "no endpoint can answer `{Self}`",
    label = "not a response",
    note = "a response is made by `weixin::response!`, `object!` or `one_of!`, or is weixin::Empty, \
            weixin::Download, weixin::Payload<…> or serde_json::Value"
)]
pub trait Response: Sized + Send + 'static {
    #[doc(hidden)]
    const KIND: Kind;
    #[doc(hidden)]
    fn target() -> Option<Box<dyn Target>>;
    #[doc(hidden)]
    fn from_answer(answer: Answer) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Slot> Response for T {
    const KIND: Kind = Kind::Json;

    fn target() -> Option<Box<dyn Target>> {
        Some(Box::new(T::blank()))
    }

    fn from_answer(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Json(target) => {
                let any: Box<dyn std::any::Any> = target;
                any.downcast().ok().map(|value| *value)
            }
            Answer::Bytes(_) => None,
        }
    }
}

impl Response for Download {
    const KIND: Kind = Kind::Bytes;

    fn target() -> Option<Box<dyn Target>> {
        None
    }

    fn from_answer(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Bytes(download) => Some(*download),
            Answer::Json(_) => None,
        }
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

impl<T: Slot> Response for Payload<T> {
    const KIND: Kind = Kind::Either;

    fn target() -> Option<Box<dyn Target>> {
        T::target()
    }

    fn from_answer(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Bytes(download) => Some(Self::Bytes(*download)),
            json @ Answer::Json(_) => T::from_answer(json).map(Self::Json),
        }
    }
}
