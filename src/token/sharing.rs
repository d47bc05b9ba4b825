//! A flight's dealings with the store: is the token there, whose turn is it to fetch, what to do without it.
//! The fetch itself and what the cache makes of it stand in `flight.rs`; the stores in `store/`.

use std::time::Duration;

use tokio::time::{sleep, timeout, Instant};

use super::cache::{Refused, Shared, StoreKey};
use super::guard::guarded;
use super::held::Held;
use super::log;
use super::store::{Lease, StoredToken, TokenStore};
use super::{BoxFuture, SourceKind, TokenPolicy};
use crate::error::{Error, ErrorKind, Result};

/// How long the store may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// How much longer than a lock's life one waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pauses between two looks at a lock that somebody else has: from, to.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// A process that can't see the others fetches legacy tokens this often. The platform keeps the previous token
/// alive for about as long, so that even two of them leave each other a working token.
const ALONE: Duration = Duration::from_secs(300);

/// How long a lock is taken for: a fetch, and telling the store.
fn lock_life(policy: &TokenPolicy) -> Duration {
    policy.fetch_timeout.saturating_add(Duration::from_secs(3))
}

/// The longest that a flight can take which has to wait for the lock of a process that died.
pub(super) fn longest(policy: &TokenPolicy) -> Duration {
    (lock_life(policy) + PATIENCE + ANSWER * 4).saturating_add(policy.fetch_timeout)
}

/// The right to fetch.
#[derive(Clone)]
pub(super) struct Turn {
    /// Without one, the store is down and this process is on its own.
    pub(super) lease: Option<Lease>,
    /// When somebody else may take over.
    pub(super) until: Option<Instant>,
}

impl Turn {
    pub(super) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// What a look at the store has led to.
pub(super) enum Found {
    /// A token that another process fetched, as it was at the given time.
    Token(StoredToken, Duration),
    /// The very token that was refused here, asked for again by another process since: it is the valid one.
    Insisted(StoredToken, Duration),
    /// The token at hand is as good as any; the store knows it by this number.
    Same(Option<u64>),
    /// It is this process's turn.
    Fetch(Turn),
    /// There is no token, and none may be fetched.
    Failed(Error),
}

/// What the flight knows while it looks.
struct Known {
    current: Option<Current>,
    refused: Option<Refused>,
    /// The token at hand is neither refused nor due for renewal.
    fresh: bool,
}

struct Current {
    value: String,
    fence: Option<u64>,
    hard: Duration,
}

impl Known {
    /// The number of the token at hand or refused; what the store has must be newer.
    fn fence(&self) -> Option<u64> {
        let current = self.current.as_ref().and_then(|current| current.fence);
        current.max(self.refused.as_ref().and_then(|refused| refused.fence))
    }
}

impl StoreKey {
    async fn ask<'a, T>(&'a self, ask: impl Fn(&'a dyn TokenStore) -> BoxFuture<'a, Result<T>>) -> Result<T> {
        match timeout(ANSWER, guarded(|| ask(&*self.store))).await {
            Ok(Some(result)) => result,
            Ok(None) => Err(Error::new(ErrorKind::Token, "the token store panicked")),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "the token store did not answer within 2 s")),
        }
    }

    async fn read(&self) -> Result<Option<StoredToken>> {
        let stored = self.ask(|store| store.read(&self.key)).await?;
        Ok(stored.filter(|stored| !stored.value.trim().is_empty() && !stored.remaining.is_zero()))
    }
}

impl Shared {
    /// Looks for a token in the store, and for the right to fetch one if it has none.
    pub(super) async fn look(&self, store: &StoreKey) -> Found {
        match self.try_look(store).await {
            Ok(found) => {
                self.lock().store_failure = None;
                found
            }
            Err(error) => self.alone(error),
        }
    }

    async fn try_look(&self, store: &StoreKey) -> Result<Found> {
        let known = self.known();
        if let Some(fence) = known.refused.as_ref().and_then(|refused| refused.fence) {
            store.ask(|store_| store_.discard(&store.key, fence)).await?;
        }
        let patience = lock_life(&self.policy).saturating_add(PATIENCE);
        let began = Instant::now();
        let mut pause = POLL.0;
        loop {
            if let Some(found) = self.look_once(store, &known).await? {
                return Ok(found);
            }
            if let Some(turn) = self.take_turn(store).await? {
                return self.with_turn(store, &known, turn).await;
            }
            if known.fresh {
                return Ok(Found::Same(known.current.and_then(|current| current.fence)));
            }
            if began.elapsed() >= patience {
                let message = "another process has held the lock of the token store for too long";
                return Ok(Found::Failed(Error::new(ErrorKind::Timeout, message)));
            }
            sleep(pause / 2 + self.clock.jitter(pause)).await;
            pause = (pause * 2).min(POLL.1);
        }
    }

    /// The lock, if it is to be had.
    async fn take_turn(&self, store: &StoreKey) -> Result<Option<Turn>> {
        // Of a flight that died with its runtime: nobody else will use it.
        let left = self.lock().turn.take();
        if let Some(turn) = left.filter(|turn| !turn.is_over()) {
            self.lock().turn = Some(turn.clone());
            return Ok(Some(turn));
        }
        let life = lock_life(&self.policy);
        let until = Instant::now().checked_add(life);
        let lease = store.ask(|store_| store_.lock(&store.key, life)).await?;
        let turn = lease.map(|lease| Turn { lease: Some(lease), until });
        self.lock().turn.clone_from(&turn);
        Ok(turn)
    }

    /// Somebody may have been faster between the look and the lock.
    async fn with_turn(&self, store: &StoreKey, known: &Known, turn: Turn) -> Result<Found> {
        let found = match self.look_once(store, known).await {
            Ok(None) => match (&known.current, &turn.lease) {
                // Fetched while the store was down, and unknown to it.
                (Some(current), Some(lease)) if known.fresh && current.fence.is_none() => {
                    let life = current.hard.saturating_sub(self.clock.now());
                    match store.ask(|store| store.write(lease, &current.value, life)).await {
                        Ok(_) => {
                            log::published(self.account(), "the store is back", lease.fence);
                            Ok(Found::Same(Some(lease.fence)))
                        }
                        Err(error) => Err(error),
                    }
                }
                _ => return Ok(Found::Fetch(turn)),
            },
            Ok(Some(found)) => Ok(found),
            Err(error) => Err(error),
        };
        self.lock().turn = None;
        self.give_back(store, &turn).await;
        found
    }

    /// What the store has, if that settles the matter.
    async fn look_once(&self, store: &StoreKey, known: &Known) -> Result<Option<Found>> {
        let at = self.clock.now();
        let stored = store.read().await?;
        if known.fresh {
            if let Some(current) = &known.current {
                return self.look_again(store, current, stored, at).await;
            }
        }
        let Some(stored) = stored else { return Ok(None) };
        if let Some(refused) = &known.refused {
            if refused.token.expose() == stored.value {
                let written = self.clock.now().saturating_sub(stored.age);
                if refused.fence != Some(stored.fence) && written > refused.at {
                    return Ok(Some(Found::Insisted(stored, at)));
                }
                store.ask(|store_| store_.discard(&store.key, stored.fence)).await?;
                return Ok(None);
            }
        }
        if known.fence().is_some_and(|fence| stored.fence <= fence) {
            return Ok(None);
        }
        // Whoever has a token waits for a better one; whoever has none takes what is there.
        let (soft, _) = self.policy.expiry_of(&*self.clock, at, &stored);
        let better = known.current.is_none() || soft > self.clock.now();
        Ok(better.then_some(Found::Token(stored, at)))
    }

    /// The token at hand is fine by itself: is it what the others use?
    async fn look_again(
        &self,
        store: &StoreKey,
        current: &Current,
        stored: Option<StoredToken>,
        at: Duration,
    ) -> Result<Option<Found>> {
        if let Some(stored) = stored {
            if stored.value == current.value && current.fence.is_none_or(|fence| fence <= stored.fence) {
                return Ok(Some(Found::Same(Some(stored.fence))));
            }
            if current.fence.is_none_or(|fence| fence < stored.fence) {
                return Ok(Some(Found::Token(stored, at)));
            }
        }
        // The store has lost it, or never got it: there the old number is good enough. If it was discarded, the
        // store refuses, and a new one is due.
        let Some(fence) = current.fence else { return Ok(None) };
        let lease = Lease::new(&store.key, Lease::unique_owner(), fence);
        let life = current.hard.saturating_sub(self.clock.now());
        let written = store.ask(|store| store.write(&lease, &current.value, life)).await?;
        if written {
            log::published(self.account(), "the store had lost it", fence);
        }
        Ok(written.then_some(Found::Same(Some(fence))))
    }

    /// How to go on while the store is down.
    fn alone(&self, error: Error) -> Found {
        log::degraded(self.account(), &error);
        let now = self.clock.now();
        let known = self.known();
        let mut state = self.lock();
        state.store_failure = Some(error.clone());
        if known.fresh {
            return Found::Same(known.current.and_then(|current| current.fence));
        }
        if self.source.kind() == SourceKind::Legacy {
            let usable = known.current.is_some();
            let early = state.alone.is_some_and(|last| now.saturating_sub(last) < ALONE);
            if usable || early {
                let message =
                    "the token store is down, and fetching legacy tokens without it would make those of \
                               other processes invalid";
                return Found::Failed(Error::new(ErrorKind::Token, message).with_source(error));
            }
            state.alone = Some(now);
        }
        Found::Fetch(Turn { lease: None, until: None })
    }

    /// Puts a fetched token into the store; `false` if another process has put a newer one there.
    pub(super) async fn publish(&self, store: &StoreKey, lease: &Lease, value: &str, life: Duration) -> bool {
        // As long as the cache itself uses it.
        let life = life.max(TokenPolicy::SHORTEST);
        match store.ask(|store| store.write(lease, value, life)).await {
            Ok(written) => {
                if written {
                    log::published(self.account(), "fetched", lease.fence);
                }
                written
            }
            Err(error) => {
                log::degraded(self.account(), &error);
                self.lock().store_failure = Some(error);
                true
            }
        }
    }

    /// Ends a turn; a lock that can't be given back ends by itself.
    pub(super) async fn give_back(&self, store: &StoreKey, turn: &Turn) {
        let Some(lease) = &turn.lease else { return };
        if let Err(error) = store.ask(|store| store.unlock(lease)).await {
            log::degraded(self.account(), &error);
            self.lock().store_failure = Some(error);
        }
    }

    /// Whether all processes together may force one more fetch; the process's own budget has agreed already.
    pub(super) async fn may_force(&self, store: &StoreKey) -> bool {
        let (gap, per_day) = (self.policy.force_gap, self.policy.forces_a_day);
        match store.ask(|store_| store_.take_force(&store.key, gap, per_day)).await {
            Ok(granted) => granted,
            Err(error) => {
                log::degraded(self.account(), &error);
                self.lock().store_failure = Some(error);
                true
            }
        }
    }

    fn known(&self) -> Known {
        let state = self.lock();
        let now = self.clock.now();
        let current = self.current.load();
        let current = current.as_deref().filter(|held| now < held.hard);
        let fresh = state.refused.is_none() && current.is_some_and(|held| now < held.soft);
        let copy =
            |held: &Held| Current { value: held.value().to_owned(), fence: held.fence, hard: held.hard };
        Known { current: current.map(copy), refused: state.refused.clone(), fresh }
    }
}
