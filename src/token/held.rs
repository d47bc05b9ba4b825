//! The token that a cache holds, and reading it without threads getting in each other's way.
//! When it is replaced is decided in `cache.rs` and `flight.rs`.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::Token;

/// Copies of the token with a reference count each. With one count for all, every clone and drop on one
/// core would take the cache line away from the others, and reads would slow down with each thread
/// (measured with `benches/token_read.rs` on two cores: 92 ns a read instead of 45).
const STRIPES: usize = 16;

/// A token and its times, all on the cache's clock.
pub(super) struct Held {
    stripes: [Token; STRIPES],
    /// When this token was first handed out, or handed out again after a report against it.
    pub(super) since: Duration,
    /// From here on a new one is asked for in the background.
    pub(super) soft: Duration,
    /// From here on it is not handed out any more.
    pub(super) hard: Duration,
    /// Before this time (in nanoseconds) no reader starts a background refresh.
    wait_until: AtomicU64,
}

impl Held {
    pub(super) fn new(token: &Token, since: Duration, (soft, hard): (Duration, Duration)) -> Self {
        Self {
            stripes: std::array::from_fn(|_| token.copy()),
            since,
            soft,
            hard,
            wait_until: AtomicU64::new(0),
        }
    }

    /// The same token with other times.
    pub(super) fn renewed(&self, (soft, hard): (Duration, Duration)) -> Self {
        Self { stripes: self.stripes.clone(), since: self.since, soft, hard, wait_until: AtomicU64::new(0) }
    }

    /// The token, from the copy that belongs to this thread.
    pub(super) fn token(&self) -> Token {
        self.stripes[stripe()].clone()
    }

    /// Whether this is the very token.
    pub(super) fn is(&self, token: &Token) -> bool {
        self.any().is_same(token)
    }

    pub(super) fn value(&self) -> &str {
        self.any().expose()
    }

    fn any(&self) -> &Token {
        let [first, ..] = &self.stripes;
        first
    }

    /// Whether this reader is the one to start a background refresh; nobody else is before `until`.
    pub(super) fn claim(&self, now: Duration, until: Duration) -> bool {
        let waiting = self.wait_until.load(Ordering::Relaxed);
        nanos(now) >= waiting
            && self
                .wait_until
                .compare_exchange(waiting, nanos(until), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Sets when the next background refresh may be started.
    pub(super) fn wait_until(&self, until: Duration) {
        self.wait_until.store(nanos(until), Ordering::Relaxed);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// This thread's copy: always below [`STRIPES`].
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES;
    }
    MINE.try_with(|mine| *mine).unwrap_or(0)
}
