//! `TokenCache`: reading the token, joining the one fetch under way, reports of refused tokens.
//! What a fetch does and how its answer is judged stands in `flight.rs`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;

use super::backoff::{Failures, Rejections};
use super::budget::ForceBudget;
use super::clock::{Clock, SystemClock};
use super::flight::{self, Flight, Outcome};
use super::held::Held;
use super::sharing::Turn;
use super::{log, sharing};
use super::{BoxFuture, SourceKind, Token, TokenPolicy, TokenProvider, TokenSource, TokenStore};
use crate::error::{Error, ErrorKind, Result};

/// How much longer than a fetch's own timeout its waiters hold out. A fetch that is still not over then
/// belongs to a runtime that nobody drives.
const GRACE: Duration = Duration::from_secs(2);

/// Keeps one token in memory and gets a new one from its [`TokenSource`] when it is time. The default
/// [`TokenProvider`].
///
/// - Reading the token takes no lock.
/// - One fetch at a time, in a task of its own, however many callers wait and whichever of them give up.
/// - Before the token expires it is renewed in the background; a renewal that fails changes nothing.
/// - A failure is remembered for 1 s, doubling up to 60 s (60 s to 300 s if only a person can mend it), and
///   is every caller's answer meanwhile.
/// - A token that the platform refuses is asked for again; if the source insists on it, with force, as often
///   as the [`TokenPolicy`] allows.
/// - With a [`TokenStore`], one process fetches and all use it; see [`shared_by`](Self::shared_by).
///
/// Fetching needs a tokio runtime with timers; a fetch under way ends when the cache is dropped.
pub struct TokenCache {
    shared: Arc<Shared>,
}

/// What a [`TokenCache`] holds. No secret in it.
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
    /// Another process; the token was taken from the [`TokenStore`].
    Store,
}

/// What the cache and a fetch under way share.
pub(super) struct Shared {
    pub(super) source: Arc<dyn TokenSource>,
    pub(super) policy: TokenPolicy,
    pub(super) clock: Box<dyn Clock>,
    /// Read without the lock, written under it.
    pub(super) current: ArcSwapOption<Held>,
    /// Whose tokens these are, for the log.
    pub(super) account: OnceLock<String>,
    /// What other processes share, if anything.
    pub(super) store: OnceLock<StoreKey>,
    state: Mutex<State>,
}

/// A store, and what to ask it for.
pub(super) struct StoreKey {
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) key: String,
}

/// A token that the platform refused.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) token: Token,
    /// The number under which the store knows it.
    pub(super) fence: Option<u64>,
    pub(super) at: Duration,
}

/// Everything that is decided under the lock. The store is asked by the flights, never here.
#[derive(Default)]
pub(super) struct State {
    pub(super) flight: Option<Flight>,
    pub(super) flights: u64,
    pub(super) failures: Failures,
    pub(super) rejections: Rejections,
    pub(super) budget: ForceBudget,
    /// The token that was dropped because the platform refused it, until there is another one.
    pub(super) refused: Option<Refused>,
    /// How often a token has been dropped for that.
    pub(super) refusals: u64,
    /// Panics of the source in a row.
    pub(super) panics: u32,
    /// Why the store could not be used the last time.
    pub(super) store_failure: Option<Error>,
    /// The lock of the flight under way; of the one before, if that died.
    pub(super) turn: Option<Turn>,
    /// When this process last fetched a legacy token without the store.
    pub(super) alone: Option<Duration>,
}

/// How a caller gets its token.
enum Way {
    Held(Token),
    Wait { id: u64, outcome: Outcome, mine: bool, limit: Duration },
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
        let shared = Shared {
            source: Arc::new(source),
            policy,
            clock: Box::new(clock),
            current: ArcSwapOption::empty(),
            account: OnceLock::new(),
            store: OnceLock::new(),
            state: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Says whose tokens these are: the name stands in what is logged. Only the first name counts.
    #[must_use]
    pub fn named(self, account: impl Into<String>) -> Self {
        self.shared.account.get_or_init(|| account.into());
        self
    }

    /// Shares the token with other processes, by way of a store, under this key. The key must tell accounts and
    /// kinds of tokens apart. Only the first store counts.
    #[must_use]
    pub fn shared_by(self, store: impl TokenStore, key: impl Into<String>) -> Self {
        self.shared.store.get_or_init(|| StoreKey { store: Arc::new(store), key: key.into() });
        self
    }

    /// Drops the token and the memory of failures: the next caller fetches. If the source then returns the
    /// same token, it is treated like one that the platform refused.
    pub fn invalidate(&self) {
        let mut state = self.shared.lock();
        state.failures.clear();
        state.rejections.clear();
        if let Some(held) = self.shared.current.swap(None) {
            self.shared.refuse(&mut state, &held, "asked for");
        }
    }

    /// What the cache holds right now.
    pub fn status(&self) -> TokenStatus {
        let state = self.shared.lock();
        let now = self.shared.clock.now();
        let held = self.shared.current.load();
        let held = held.as_ref();
        let failure = state.failures.standing(now);
        TokenStatus {
            source: self.shared.source.kind(),
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
            let (id, mut outcome, mine, limit) = match self.shared.join()? {
                Way::Held(token) => return Ok(token),
                Way::Wait { id, outcome, mine, limit } => (id, outcome, mine, limit),
            };
            match tokio::time::timeout(limit, outcome.wait_for(Option::is_some)).await {
                Ok(Ok(seen)) => {
                    if let Some(result) = &*seen {
                        return result.clone();
                    }
                }
                // The flight died: its source panicked, or its runtime was shut down.
                Ok(Err(_)) => {}
                Err(_) => self.shared.give_up(id),
            }
            // Each caller pays only for the flights it started itself, so this ends for all of them.
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
        self.shared.report(bad);
        Box::pin(std::future::ready(()))
    }

    #[inline]
    fn cached(&self) -> Option<Token> {
        let current = self.shared.current.load();
        let held = current.as_ref()?;
        let now = self.shared.clock.now();
        if now >= held.due {
            if now >= held.hard {
                return None;
            }
            self.shared.refresh_behind(held, now);
        }
        Some(held.token())
    }
}

impl Drop for TokenCache {
    fn drop(&mut self) {
        if let Some(flight) = self.shared.lock().flight.take() {
            flight.abort();
        }
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("policy", &self.shared.policy)
            .field("status", &self.status())
            .finish()
    }
}

impl Shared {
    /// Never held across an await, nor while a user's source runs.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token, the remembered failure, or the flight to wait for: the one under way or a new one.
    fn join(self: &Arc<Self>) -> Result<Way> {
        let mut state = self.lock();
        let now = self.clock.now();
        if let Some(held) = &*self.current.load() {
            if now < held.hard {
                return Ok(Way::Held(held.token()));
            }
        }
        let limit = self.limit();
        if let Some(flight) = state.flight.as_ref().filter(|flight| flight.is_alive()) {
            let limit = limit.saturating_sub(now.saturating_sub(flight.started));
            return Ok(Way::Wait { id: flight.id, outcome: flight.outcome.clone(), mine: false, limit });
        }
        if let Some((error, _)) = state.failures.standing(now) {
            return Err(error.clone());
        }
        let runtime = Handle::try_current()
            .map_err(|_| Error::new(ErrorKind::Config, "fetching a token needs a tokio runtime"))?;
        let flight = flight::start(self, &mut state, &runtime, now);
        Ok(Way::Wait { id: flight.id, outcome: flight.outcome.clone(), mine: true, limit })
    }

    /// How long a flight can take at most.
    fn limit(&self) -> Duration {
        let longest = match self.store.get() {
            Some(_) => sharing::longest(&self.policy),
            None => self.policy.fetch_timeout,
        };
        longest.saturating_add(GRACE)
    }

    pub(super) fn account(&self) -> &str {
        self.account.get().map_or("", String::as_str)
    }

    /// Starts a flight that nobody waits for, if this reader is the first to find that one is due.
    #[cold]
    fn refresh_behind(self: &Arc<Self>, held: &Arc<Held>, now: Duration) {
        let Ok(runtime) = Handle::try_current() else { return };
        // If the flight dies with its runtime, a reader after this time tries again.
        if !held.claim(now, now.saturating_add(self.limit())) {
            return;
        }
        let mut state = self.lock();
        let replaced = self.current.load().as_ref().is_none_or(|current| !Arc::ptr_eq(current, held));
        if replaced || state.flight.as_ref().is_some_and(Flight::is_alive) {
            return;
        }
        match state.failures.standing(now) {
            Some((_, until)) => held.wait_until(until),
            None => {
                flight::start(self, &mut state, &runtime, now);
            }
        }
    }

    /// Abandons a flight that is overdue, unless another caller has already done so.
    fn give_up(&self, id: u64) {
        let mut state = self.lock();
        if let Some(flight) = state.flight.take_if(|flight| flight.id == id) {
            flight.abort();
        }
    }

    fn report(&self, bad: &Token) {
        // Most reports are late ones, about a token that is gone: they need no lock.
        if !self.holds(bad) {
            return;
        }
        let mut state = self.lock();
        if !self.holds(bad) {
            return;
        }
        let Some(held) = self.current.load_full() else { return };
        if state.rejections.admit(held.age(self.clock.now())) {
            self.current.store(None);
            self.refuse(&mut state, &held, "refused");
        }
    }

    /// Other processes are told by the flight that fetches the next token.
    fn refuse(&self, state: &mut State, held: &Held, reason: &str) {
        log::invalidated(self.account(), reason, held.origin);
        state.refused = Some(Refused { token: held.token(), fence: held.fence, at: self.clock.now() });
        state.refusals += 1;
    }

    fn holds(&self, token: &Token) -> bool {
        self.current.load().as_ref().is_some_and(|held| held.is(token))
    }
}

impl State {
    /// The flight is over.
    pub(super) fn land(&mut self) {
        self.flight = None;
        self.turn = None;
    }
}
