//! What an endpoint is: the traits of its request and of what answers it. How it is called stands in `endpoint/meta.rs`,
//! sending in `client/send.rs`.

pub(crate) mod meta;

use std::any::Any;

use self::meta::Meta;
use crate::record::{FieldType, Record, Target};

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
/// [`Download`](crate::Download), or [`Payload`](crate::Payload). Can't be implemented by hand.
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
    fn from_decoded(decoded: Decoded) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: FieldType> Response for T {
    const KIND: Kind = Kind::Json;

    fn target() -> Option<Box<dyn Target>> {
        Some(Box::new(T::blank()))
    }

    fn from_decoded(decoded: Decoded) -> Option<Self> {
        decoded.downcast().ok().map(|value| *value)
    }
}

/// What an endpoint responds with on success.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Json,
    Bytes,
    Either,
}

/// A successful response: the target it was decoded into, or a [`Download`](crate::Download). Which of them is known to
/// the type that takes it out again, so sending is not generic.
#[doc(hidden)]
pub type Decoded = Box<dyn Any + Send>;
