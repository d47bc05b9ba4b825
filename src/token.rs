//! Access tokens: the value, who provides one to calls, and where new ones come from.
//! The cache lives in `token/cache.rs`, its rules in `token/state.rs`; the sources of this crate in `token/source/`.

mod budget;
mod cache;
mod clock;
mod driver;
mod failures;
mod guard;
mod held;
mod log;
pub(crate) mod pace;
mod policy;
mod rejections;
pub(crate) mod source;
mod state;
mod status;
mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::future::BoxFuture;

pub use cache::TokenCache;
pub use policy::TokenPolicy;
pub use status::{TokenOrigin, TokenStatus};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use store::RedisStore;
pub use store::{FileStore, Lease, MemoryStore, StoredToken, TokenStore};

/// An access token (or a ticket): a secret that is cheap to clone and prints as `***`.
///
/// Each token remembers which issue it is, so that a refused one can be told from its successor; see
/// [`Token::ptr_eq`].
#[derive(Clone)]
pub struct Token(Arc<Secret>);

/// Aligned so that the reference counts of two copies never share a cache line (see `held.rs`).
#[repr(align(128))]
struct Secret {
    value: Arc<str>,
    generation: u64,
}

impl Token {
    /// A new token. Every call makes a new issue, also for an equal value.
    pub fn new(value: impl Into<Arc<str>>) -> Self {
        /// Unique in the process, so that tokens of two caches are never taken for one another.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(Arc::new(Secret { value: value.into(), generation: NEXT.fetch_add(1, Ordering::Relaxed) }))
    }

    /// The secret value, as it is sent to the platform. Don't log it.
    pub fn expose(&self) -> &str {
        &self.0.value
    }

    /// A short name of the value, from which it can't be had back: the SHA-1 in hexadecimal digits. Tells whether
    /// two processes hold the same token.
    pub fn fingerprint(&self) -> String {
        crate::signing::digest::Sha1Hex::of(&[self.expose()]).to_string()
    }

    /// Whether both are clones of one issue. Two issues of the same value are not the same token.
    pub fn ptr_eq(&self, other: &Token) -> bool {
        self.0.generation == other.0.generation
    }

    /// The same issue with a reference count of its own.
    fn copy(&self) -> Self {
        Self(Arc::new(Secret { value: Arc::clone(&self.0.value), generation: self.0.generation }))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// What a [`TokenSource`] hands out: a token's value and how long it is still good for.
#[derive(Clone)]
#[non_exhaustive]
pub struct Grant {
    /// The token's value.
    pub value: String,
    /// The **remaining** life at the time of the answer. May be zero: such a token serves the calls that
    /// wait for it, and those of the next second.
    pub expires_in: Duration,
}

impl Grant {
    /// A token's value and its remaining life.
    pub fn new(value: impl Into<String>, expires_in: Duration) -> Self {
        Self { value: value.into(), expires_in }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("value", &"***").field("expires_in", &self.expires_in).finish()
    }
}

/// Gives calls their access token.
///
/// [`TokenCache`] is the one a client has by default. Write your own to use tokens that something else looks
/// after altogether; to only change where new tokens come from, write a [`TokenSource`] instead.
pub trait TokenProvider: Send + Sync + 'static {
    /// A token to call with.
    ///
    /// # Errors
    /// Whatever kept the provider from having one; the call that wanted it fails with this error.
    fn get(&self) -> BoxFuture<'_, Result<Token>>;

    /// The platform refused a call with exactly this token (40001, 40014, 42001). Reports arrive late and
    /// many at a time: one about a token that is no longer handed out must change nothing. The client asks
    /// [`get`](Self::get) next, and sends again only if that returns another token.
    fn report(&self, bad: &Token) -> BoxFuture<'_, ()>;

    /// The token at hand, if one can be had without waiting. Only saves the cost of a future.
    fn cached(&self) -> Option<Token> {
        None
    }
}

impl<P: TokenProvider + ?Sized> TokenProvider for Arc<P> {
    fn get(&self) -> BoxFuture<'_, Result<Token>> {
        (**self).get()
    }

    fn report(&self, bad: &Token) -> BoxFuture<'_, ()> {
        (**self).report(bad)
    }

    fn cached(&self) -> Option<Token> {
        (**self).cached()
    }
}

/// Which call a [`TokenSource`] makes; decides the default [`TokenPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceKind {
    /// `stable_token`: hands the same token to everybody who asks, until its last five minutes.
    Stable,
    /// `token`: each call makes a new token and soon invalidates the previous one.
    Legacy,
    /// Anything else, for example a central token server.
    Custom,
}

/// Where new tokens come from.
///
/// [`TokenCache`] asks one request at a time, remembers failures, and survives a source that hangs or panics.
/// A source needs no cache, retry or lock of its own.
pub trait TokenSource: Send + Sync + 'static {
    /// Fetches a token.
    ///
    /// With `force` the token that a plain request returns is known to be refused by the platform: ask for a
    /// new one whatever it costs. It is set rarely (see [`TokenPolicy::max_forced_refreshes_per_day`]); a source that has no
    /// such option ignores it.
    ///
    /// # Errors
    /// An error is remembered, longer and longer, and given to all callers; it must not contain a secret.
    fn fetch(&self, force: bool) -> BoxFuture<'static, Result<Grant>>;

    /// Which call this source makes.
    fn kind(&self) -> SourceKind {
        SourceKind::Custom
    }
}

impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    fn fetch(&self, force: bool) -> BoxFuture<'static, Result<Grant>> {
        (**self).fetch(force)
    }

    fn kind(&self) -> SourceKind {
        (**self).kind()
    }
}
