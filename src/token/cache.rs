//! `TokenCache`: what callers see of the token cache, and the way to the token that takes no lock.
//! What is decided stands in `state.rs`, what is done about it in `driver.rs`.

use std::fmt;
use std::sync::Arc;

use super::clock::{Clock, SystemClock};
use super::driver::{Core, Way};
use super::pace::Pace;
use super::state::Event;
use super::status::TokenStatus;
use super::{Token, TokenPolicy, TokenProvider, TokenSource, TokenStore};
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;

/// Keeps one token in memory and gets a new one from its [`TokenSource`] when it is time. The default
/// [`TokenProvider`].
///
/// - Reading the token takes no lock.
/// - One fetch at a time, in a task of its own, however many callers wait and whichever of them give up.
/// - Before the token expires it is renewed in the background; a renewal that fails changes nothing.
/// - Before the source is asked again at least a second passes, but for the forced refresh that follows upon a
///   refused token; ten seconds have at most ten requests, whatever callers, source and store do.
/// - A failure is remembered for 1 s, doubling up to 60 s (60 s to 300 s if it requires manual intervention),
///   and is every caller's answer meanwhile; that of a renewal in the background is nobody's.
/// - A token that the platform refuses is asked for again; if the source insists on it, with force, as often
///   as the [`TokenPolicy`] allows.
/// - With a [`TokenStore`], one process fetches and all use it; see [`with_store`](Self::with_store).
///
/// Fetching needs a tokio runtime with timers; a fetch under way ends when the cache is dropped. One cache may
/// serve several runtimes: a fetch on a runtime that nobody drives is taken over after a second.
pub struct TokenCache {
    core: Arc<Core>,
}

impl TokenCache {
    /// A cache with the policy that fits the source's kind.
    pub fn new(source: impl TokenSource) -> Self {
        let policy = TokenPolicy::new(source.kind());
        Self::with_policy(source, policy)
    }

    /// A cache with a policy of your own.
    pub fn with_policy(source: impl TokenSource, policy: TokenPolicy) -> Self {
        Self::with_clock(source, policy, SystemClock::new())
    }

    pub(crate) fn with_clock(source: impl TokenSource, policy: TokenPolicy, clock: impl Clock) -> Self {
        Self { core: Arc::new(Core::new(Arc::new(source), policy, Arc::new(clock))) }
    }

    /// Says whose tokens these are, for example the AppID: the label is included in log events. Only the first
    /// label counts.
    #[must_use]
    pub fn with_label(self, label: impl Into<String>) -> Self {
        self.core.label.get_or_init(|| label.into());
        self
    }

    /// Shares the limits of how often the source is asked with all caches of this account in this process.
    pub(crate) fn with_pace(self, pace: Pace) -> Self {
        self.core.lock().state.pace = pace;
        self
    }

    /// Shares the token with other processes, by way of a store, under this key. The key must tell accounts and
    /// kinds of tokens apart. Only the first store counts.
    #[must_use]
    pub fn with_store(self, store: impl TokenStore, key: impl Into<String>) -> Self {
        let (_, key) = self.core.store.get_or_init(|| (Arc::new(store), key.into()));
        self.core.lock().state.key = Some(key.clone());
        self
    }

    /// Drops the token and the memory of failures: the next caller fetches, though not within a second of the last
    /// fetch. If the source then returns the same token, it is treated like one that the platform refused.
    pub fn invalidate(&self) {
        self.core.on(Event::Invalidated);
    }

    /// What the cache holds right now.
    pub fn status(&self) -> TokenStatus {
        let now = self.core.clock.now();
        let inner = self.core.lock();
        let state = &inner.state;
        let held = state.held.as_ref();
        let failure = state.failures.standing(now);
        TokenStatus {
            source: self.core.source.kind(),
            origin: held.map(|held| held.origin),
            usable: held.is_some_and(|held| now < held.hard),
            age: held.map(|held| held.age(now)),
            refresh_in: held.map(|held| held.soft.saturating_sub(now)),
            expires_in: held.map(|held| held.hard.saturating_sub(now)),
            failure: failure.map(|(error, _)| error.clone()),
            retry_in: failure.map(|(_, until)| until.saturating_sub(now)),
            store_failure: state.store_failure.clone(),
        }
    }

    async fn wait(&self) -> Result<Token> {
        let mut died = 0;
        loop {
            let waiting = match self.core.want()? {
                Way::Held(token) => return Ok(token),
                Way::Wait(waiting) => waiting,
            };
            let mine = waiting.mine;
            if let Some(outcome) = self.core.outcome(waiting).await {
                return outcome;
            }
            // Each caller pays only for the refreshes it started itself, so this ends for all of them.
            died += u32::from(mine);
            if died >= 2 {
                return Err(Error::new(ErrorKind::Token, "the fetch of an access token was cut off"));
            }
        }
    }
}

impl TokenProvider for TokenCache {
    fn get(&self) -> BoxFuture<'_, Result<Token>> {
        match self.cached() {
            Some(token) => Box::pin(std::future::ready(Ok(token))),
            None => Box::pin(self.wait()),
        }
    }

    fn report(&self, bad: &Token) -> BoxFuture<'_, ()> {
        // Most reports are late ones, about a token that is gone: they need no lock.
        if self.core.current.load().as_ref().is_some_and(|held| held.is(bad)) {
            self.core.on(Event::Rejected(bad.clone()));
        }
        Box::pin(std::future::ready(()))
    }

    #[inline]
    fn cached(&self) -> Option<Token> {
        let current = self.core.current.load();
        let held = current.as_ref()?;
        let now = self.core.clock.now();
        if now >= held.due {
            if now >= held.hard {
                return None;
            }
            self.core.refresh_behind(held, now);
        }
        Some(held.token())
    }
}

impl Drop for TokenCache {
    fn drop(&mut self) {
        self.core.abort();
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("policy", &self.core.policy)
            .field("status", &self.status())
            .finish()
    }
}
