//! `TokenStore`: the place where several processes keep one token, and what a store must promise.
//! When the token cache asks its store stands in `state/look.rs`; the stores of this crate in `store/`.

mod entry;
mod file;
mod memory;
#[cfg(feature = "redis")]
mod redis;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Result;
use crate::future::BoxFuture;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use file::FileStore;
pub use memory::MemoryStore;

/// Keeps tokens (and tickets) where several processes find them, so that one process fetches and all use it.
///
/// A [`TokenCache`](super::TokenCache) reads its own copy first. It asks the store when that copy is due for
/// renewal or was refused, and otherwise once a minute at most while there are calls. Of all processes, the one
/// that gets the lock fetches; the others wait and take what it wrote.
///
/// A key looks like `weixin:wx1234:stable_token` and holds no secret; a store may put something of its own in
/// front of it. Everything below is per key. **Every method must be atomic** as seen from other processes.
///
/// Futures may be dropped at any point. Each call is given two seconds; a store that takes longer, fails or
/// panics counts as down, as does one whose lock does not end or that refuses what was fetched under its own lock
/// twice in a row; then the cache goes on with its own memory (how, depends on the source: see
/// [`ClientBuilder::token_store`](crate::ClientBuilder::token_store)).
///
/// # Fencing
/// A process can stall for longer than its lock lives: suspended, swapped out, cut off. So that it can't undo
/// what another one has done meanwhile, every lock comes with a number that is greater than all before it, and
/// [`write`](Self::write) refuses any number that is not greater than the last one written. The store remembers
/// that last number even when the token itself has expired or was discarded. If the store may lose its data,
/// let the numbers begin with the time in milliseconds: then they grow nevertheless.
///
/// # Errors
/// Errors are logged and shown by [`Client::token_status`](crate::Client::token_status): no secret, no address
/// with a password, may be in them.
pub trait TokenStore: Send + Sync + 'static {
    /// The token, with the life that is left to it by the store's own clock; `None` if there is none, it has
    /// expired, or it was discarded.
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>>;

    /// Takes the lock for at most `ttl`; `None` while somebody else has it.
    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>>;

    /// Puts the token in place for `life`, if the lease's fencing number is greater than every number written
    /// so far; `false` if it is not. Whether the lease still runs does not matter: a late writer whom nobody
    /// has overtaken brings a good token.
    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>>;

    /// Gives the lock back, if it is still this lease's: another one's lock stays.
    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>>;

    /// Drops the token because the platform refused it, if it is still the one that was written with this
    /// number; `false` if it is not. A complaint that comes late thus drops nothing newer. The token stays
    /// away: the same number can't be written again.
    fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>>;

    /// Takes one out of the budget of forced fetches, which the platform counts for the whole account: grants
    /// it if the last one granted is at least `interval` ago and the last 24 hours have had less than `per_day`.
    fn acquire_forced_refresh<'a>(
        &'a self,
        key: &'a str,
        interval: Duration,
        per_day: u32,
    ) -> BoxFuture<'a, Result<bool>>;
}

impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        (**self).read(key)
    }

    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        (**self).lock(key, ttl)
    }

    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>> {
        (**self).write(lease, value, life)
    }

    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        (**self).unlock(lease)
    }

    fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>> {
        (**self).discard(key, fence)
    }

    fn acquire_forced_refresh<'a>(
        &'a self,
        key: &'a str,
        interval: Duration,
        per_day: u32,
    ) -> BoxFuture<'a, Result<bool>> {
        (**self).acquire_forced_refresh(key, interval, per_day)
    }
}

/// A token as a [`TokenStore`] has it.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoredToken {
    /// The token's value: a secret.
    pub value: String,
    /// The fencing number that it was written with.
    pub fence: u64,
    /// The life that is left to it.
    pub remaining: Duration,
    /// How long ago it was written.
    pub age: Duration,
}

impl StoredToken {
    /// A token that was written `age` ago with this number and lives on for `remaining`.
    pub fn new(value: impl Into<String>, fence: u64, remaining: Duration, age: Duration) -> Self {
        Self { value: value.into(), fence, remaining, age }
    }
}

impl fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredToken")
            .field("value", &"***")
            .field("fence", &self.fence)
            .field("remaining", &self.remaining)
            .field("age", &self.age)
            .finish()
    }
}

/// A lock that a [`TokenStore`] has handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// What is locked.
    pub key: String,
    /// A value that no other lease has, by which the store knows its own.
    pub owner: String,
    /// The fencing number: greater than that of every lease of this key before.
    pub fence: u64,
}

impl Lease {
    /// A lease of `key`.
    pub fn new(key: impl Into<String>, owner: impl Into<String>, fence: u64) -> Self {
        Self { key: key.into(), owner: owner.into(), fence }
    }

    /// A value for [`owner`](Self::owner) that no other process and no other lease has: 32 hexadecimal digits.
    /// Not a secret.
    pub fn unique_owner() -> String {
        let mut bytes = [0; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // Unique on this host at least.
            static NEXT: AtomicU64 = AtomicU64::new(0);
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            let number =
                u128::from(NEXT.fetch_add(1, Ordering::Relaxed)) << 32 | u128::from(std::process::id());
            bytes = (now << 64 ^ number).to_be_bytes();
        }
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
