//! `MemoryStore`: a store within one process.
//! The memory of a cache itself is not this; it stands in `cache.rs`.

use std::collections::HashMap;
use std::fmt;
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::clock::{Clock, SystemClock};
use super::entry::Entry;
use super::{Lease, StoredToken, TokenStore};
use crate::error::Result;
use crate::future::BoxFuture;

/// A [`TokenStore`] in the memory of this process, for several clients of one account that can't be clones of
/// each other. A client alone needs no store: its cache is memory already.
pub struct MemoryStore {
    entries: Mutex<HashMap<String, Entry>>,
    clock: Box<dyn Clock>,
}

impl MemoryStore {
    /// An empty store. Share it as an `Arc`.
    pub fn new() -> Self {
        Self::with_clock(SystemClock::new())
    }

    pub(crate) fn with_clock(clock: impl Clock) -> Self {
        Self { entries: Mutex::default(), clock: Box::new(clock) }
    }

    fn with<T: Send + 'static>(
        &self,
        key: &str,
        act: impl FnOnce(&mut Entry, u64) -> T,
    ) -> BoxFuture<'static, Result<T>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let now = u64::try_from(self.clock.now().as_millis()).unwrap_or(u64::MAX);
        let done = act(entries.entry(key.to_owned()).or_default(), now);
        Box::pin(ready(Ok(done)))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenStore for MemoryStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        self.with(key, |entry, now| entry.read(now))
    }

    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.with(key, |entry, now| entry.lock(key, ttl, now))
    }

    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>> {
        self.with(&lease.key, |entry, now| entry.write(lease, value, life, now))
    }

    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.with(&lease.key, |entry, _| entry.unlock(lease))
    }

    fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>> {
        self.with(key, |entry, _| entry.discard(fence))
    }

    fn acquire_forced_refresh<'a>(
        &'a self,
        key: &'a str,
        interval: Duration,
        per_day: u32,
    ) -> BoxFuture<'a, Result<bool>> {
        self.with(key, |entry, now| entry.acquire_forced_refresh(interval, per_day, now))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
