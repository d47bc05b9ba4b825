//! What a token cache tells about itself: where its token came from, how long it lasts, what failed.
//! How that comes about is decided in `state.rs`.

use std::time::Duration;

use super::SourceKind;
use crate::error::Error;

/// What a [`TokenCache`](super::TokenCache) holds. No secret in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenStatus {
    /// Where tokens come from.
    pub source: SourceKind,
    /// Who fetched the token at hand: this process, or another one.
    pub origin: Option<TokenOrigin>,
    /// Whether there is a token that calls can use.
    pub usable: bool,
    /// For how long the token has been in use, in any process.
    pub age: Option<Duration>,
    /// The time left until it is renewed; zero once that is due.
    pub refresh_in: Option<Duration>,
    /// The time left until it expires.
    pub expires_in: Option<Duration>,
    /// The failure of the last fetch, while it is remembered.
    pub failure: Option<Error>,
    /// The time left until the next attempt after that failure.
    pub retry_in: Option<Duration>,
    /// Why the store can't be used, if it could not be the last time.
    pub store_failure: Option<Error>,
}

/// Who fetched a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenOrigin {
    /// This process, from its source.
    Source,
    /// Another process; the token was taken from the [`TokenStore`](super::TokenStore).
    Store,
}
