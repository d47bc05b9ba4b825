//! What a handler of pushes may return. What is made of it stands in `responder.rs`.

use std::error::Error as StdError;
use std::fmt;

use super::Reply;
use crate::error::{Error, ErrorKind, Result};

/// What a handler of pushes may return: a [`Reply`], `Option<Reply>`, `()`, or a `Result` of one of these with any
/// error type.
pub trait IntoReply {
    /// The reply, if there is one.
    ///
    /// # Errors
    /// [`ErrorKind::Handler`] if the handler failed.
    fn into_reply(self) -> Result<Option<Reply>>;
}

impl IntoReply for Option<Reply> {
    fn into_reply(self) -> Result<Option<Reply>> {
        Ok(self)
    }
}

impl IntoReply for Reply {
    fn into_reply(self) -> Result<Option<Reply>> {
        Ok(Some(self))
    }
}

impl IntoReply for () {
    fn into_reply(self) -> Result<Option<Reply>> {
        Ok(None)
    }
}

impl<O: IntoReply, E: Into<Box<dyn StdError + Send + Sync>>> IntoReply for Result<O, E> {
    fn into_reply(self) -> Result<Option<Reply>> {
        match self {
            Ok(outcome) => outcome.into_reply(),
            Err(error) => {
                Err(Error::new(ErrorKind::Handler, "the handler failed").with_source(Failure(error.into())))
            }
        }
    }
}

/// A boxed error is no error itself.
struct Failure(Box<dyn StdError + Send + Sync>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
