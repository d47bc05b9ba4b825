//! The sources of tokens that this crate brings, and what they make of an answer. When a source is asked is decided
//! in `state.rs`.

pub(crate) mod remote;

use std::time::Duration;

use super::Grant;
use crate::error::{Error, ErrorKind, Result};

/// A life that is missing is taken for the documented one; an empty token is no token.
pub(crate) fn grant(endpoint: &'static str, token: String, expires_in: Option<u32>) -> Result<Grant> {
    const DOCUMENTED: u32 = 7200;
    if token.trim().is_empty() {
        let error = Error::new(ErrorKind::Token, "the answer holds an empty access token");
        return Err(error.with_endpoint(endpoint));
    }
    Ok(Grant::new(token, Duration::from_secs(expires_in.unwrap_or(DOCUMENTED).into())))
}
