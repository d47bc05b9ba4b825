//! What became of a push: each delivery, and what the server answered. How it is delivered stands in `push.rs`.

use crate::callback::Reply;
use crate::{Error, Result};

/// One delivery of a push.
#[derive(Clone, Debug)]
pub struct Attempt(pub(super) Result<u16>);

impl Attempt {
    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match &self.0 {
            Ok(status) => Some(*status),
            Err(error) => error.status(),
        }
    }

    /// Why the platform delivers again: no connection, no answer in time, a status other than 2xx.
    pub fn error(&self) -> Option<&Error> {
        self.0.as_ref().err()
    }
}

/// What became of a push, once the platform is done with it.
#[derive(Clone, Debug)]
#[must_use]
pub struct PushReport {
    pub(super) attempts: Vec<Attempt>,
    pub(super) outcome: Result<Option<Reply>>,
}

impl PushReport {
    /// The deliveries, one to three: the last one is the only one that can have been answered well.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// What the server replied to the user; `None` for `success`, for an empty answer, and where it failed.
    pub fn reply(&self) -> Option<&Reply> {
        self.outcome.as_ref().ok()?.as_ref()
    }

    /// Why the user would be told that the account's service is out of order (该公众号提供的服务出现故障): no
    /// delivery was answered well, or the answer is neither a reply nor `success`.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.as_ref().err()
    }

    /// The reply, or the error of [`error`](Self::error).
    ///
    /// # Errors
    /// As said there.
    pub fn into_reply(self) -> Result<Option<Reply>> {
        self.outcome
    }
}
