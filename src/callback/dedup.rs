//! Doing something once for each push, however often the platform delivers it. In the memory of this process: for
//! several, keep [`DeliveryKey`]s in a store of your own. What is done is not known here.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::key::DeliveryKey;

/// The platform delivers three times, five seconds apart; a slow network adds a little.
const KEEP: Duration = Duration::from_secs(60);
const CAPACITY: usize = 10_000;

/// Remembers pushes and their results, so that the platform's three deliveries of one push do its work once and
/// get the same answer. Cheap to clone; clones share the memory.
///
/// ```
/// use weixin::callback::{Dedup, Push};
///
/// # async fn example(dedup: Dedup<u32>, push: Push) -> weixin::Result<()> {
/// // Runs once, even if the second delivery comes while the first is still at it.
/// let number = dedup.run(push.key(), || async { weixin::Result::Ok(42) }).await?;
/// # Ok(()) }
/// ```
///
/// A push whose work fails, panics or is dropped is forgotten, so that the next delivery tries again.
pub struct Dedup<T>(Arc<Memory<T>>);

struct Memory<T> {
    capacity: usize,
    keep: Duration,
    state: Mutex<State<T>>,
}

struct State<T> {
    slots: HashMap<DeliveryKey, Arc<Slot<T>>>,
    /// Settled ones, the oldest first. Those in flight are not here: each has a running program for its owner.
    settled: VecDeque<(Instant, DeliveryKey)>,
}

struct Slot<T> {
    stage: watch::Sender<Stage<T>>,
}

enum Stage<T> {
    InFlight,
    Settled(T),
    Abandoned,
}

impl<T: Clone> Dedup<T> {
    /// A memory of the last 10,000 pushes, for a minute each.
    pub fn new() -> Self {
        Self::with_limits(CAPACITY, KEEP)
    }

    /// A memory of the last `capacity` pushes that are settled, for `keep` each. Pushes in flight are remembered
    /// until they are settled.
    pub fn with_limits(capacity: usize, keep: Duration) -> Self {
        let state = State { slots: HashMap::new(), settled: VecDeque::new() };
        Self(Arc::new(Memory { capacity, keep, state: Mutex::new(state) }))
    }

    /// Says whether a push is new.
    pub fn claim(&self, key: DeliveryKey) -> Claim<T> {
        let mut state = self.state();
        self.forget(&mut state);
        if let Some(slot) = state.slots.get(&key) {
            return Claim::Repeat(Pending { dedup: self.clone(), key, slot: Arc::clone(slot) });
        }
        let slot = Arc::new(Slot { stage: watch::Sender::new(Stage::InFlight) });
        state.slots.insert(key.clone(), Arc::clone(&slot));
        Claim::New(WorkGuard(Pending { dedup: self.clone(), key, slot }))
    }

    /// Does `work` if the push is new, and gives the earlier result if it is not: at once, or when it is there.
    ///
    /// # Errors
    /// Those of `work`, to the one who did it. Whoever waits for it then does the work in turn.
    pub async fn run<E, F, W>(&self, key: DeliveryKey, work: F) -> Result<T, E>
    where
        F: FnOnce() -> W,
        W: Future<Output = Result<T, E>>,
    {
        loop {
            match self.claim(key.clone()) {
                Claim::New(guard) => {
                    let result = work().await?;
                    return Ok(match guard.settle(result.clone()) {
                        Ok(()) => result,
                        // Somebody with a `Pending` was faster; all deliveries get the same.
                        Err(result) => guard.settled().unwrap_or(result),
                    });
                }
                Claim::Repeat(pending) => {
                    if let Some(result) = pending.wait().await {
                        return Ok(result);
                    }
                }
            }
        }
    }

    /// How many pushes are remembered.
    pub fn len(&self) -> usize {
        self.state().slots.len()
    }

    /// Whether no push is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Nothing that could panic in the middle of a change happens while it is held.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, state: &mut State<T>) {
        let now = Instant::now();
        while let Some((since, key)) = state.settled.front() {
            let old = now.saturating_duration_since(*since) >= self.0.keep;
            if !old && state.settled.len() <= self.0.capacity {
                break;
            }
            state.slots.remove(key);
            state.settled.pop_front();
        }
    }
}

impl<T: Clone> Default for Dedup<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Dedup<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Dedup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedup")
            .field("capacity", &self.0.capacity)
            .field("keep", &self.0.keep)
            .finish_non_exhaustive()
    }
}

/// Whether a push is new.
#[derive(Debug)]
pub enum Claim<T: Clone> {
    /// It is: do the work, and settle the guard.
    New(WorkGuard<T>),
    /// It came before.
    Repeat(Pending<T>),
}

/// The duty to do the work of a push. Dropped without a result, it leaves the work to the next delivery.
#[derive(Debug)]
pub struct WorkGuard<T: Clone>(Pending<T>);

impl<T: Clone> WorkGuard<T> {
    /// Gives the push its result.
    ///
    /// # Errors
    /// The result itself, if the push has one already: see [`Pending::settle`].
    pub fn settle(&self, result: T) -> Result<(), T> {
        self.0.settle(result)
    }

    /// Somebody else's view of the same push.
    pub fn pending(&self) -> Pending<T> {
        self.0.clone()
    }

    fn settled(&self) -> Option<T> {
        match &*self.0.slot.stage.borrow() {
            Stage::Settled(result) => Some(result.clone()),
            Stage::InFlight | Stage::Abandoned => None,
        }
    }
}

impl<T: Clone> Drop for WorkGuard<T> {
    fn drop(&mut self) {
        let Pending { dedup, key, slot } = &self.0;
        let mut state = dedup.state();
        let abandoned = slot.stage.send_if_modified(|stage| {
            let in_flight = matches!(stage, Stage::InFlight);
            if in_flight {
                *stage = Stage::Abandoned;
            }
            in_flight
        });
        if abandoned {
            state.slots.remove(key);
        }
    }
}

/// A push that somebody works on, or has worked on.
pub struct Pending<T: Clone> {
    dedup: Dedup<T>,
    key: DeliveryKey,
    slot: Arc<Slot<T>>,
}

impl<T: Clone> Pending<T> {
    /// Waits for the result; `None` if the [`WorkGuard`] was dropped, so that the push can be claimed again.
    pub async fn wait(&self) -> Option<T> {
        let mut stage = self.slot.stage.subscribe();
        // It can't be closed: the sender is in the slot, and the slot is ours too.
        let stage = stage.wait_for(|stage| !matches!(stage, Stage::InFlight)).await.ok()?;
        match &*stage {
            Stage::Settled(result) => Some(result.clone()),
            Stage::InFlight | Stage::Abandoned => None,
        }
    }

    /// Gives the push a result before the owner of the [`WorkGuard`] does, because the platform waits no longer. All
    /// deliveries get this one then, and the owner's result comes back to it.
    ///
    /// # Errors
    /// The result itself, if the push has one already or was abandoned.
    pub fn settle(&self, result: T) -> Result<(), T> {
        let mut result = Some(result);
        let mut state = self.dedup.state();
        self.slot.stage.send_if_modified(|stage| {
            if !matches!(stage, Stage::InFlight) {
                return false;
            }
            if let Some(result) = result.take() {
                *stage = Stage::Settled(result);
            }
            true
        });
        match result {
            Some(result) => Err(result),
            None => {
                state.settled.push_back((Instant::now(), self.key.clone()));
                self.dedup.forget(&mut state);
                Ok(())
            }
        }
    }
}

impl<T: Clone> Clone for Pending<T> {
    fn clone(&self) -> Self {
        Self { dedup: self.dedup.clone(), key: self.key.clone(), slot: Arc::clone(&self.slot) }
    }
}

impl<T: Clone> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("key", &self.key).finish_non_exhaustive()
    }
}
