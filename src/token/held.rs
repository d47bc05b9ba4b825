//! The token that a cache holds, and reading it without threads getting in each other's way.
//! When it is replaced is decided in `state.rs`.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::status::TokenOrigin;
use super::Token;

/// Copies of the token with a reference count each. With one count for all, every clone and drop on one
/// core would take the cache line away from the others, and reads would slow down with each thread
/// (measured with `benches/token_read.rs` on two cores: 92 ns a read instead of 45).
const STRIPES: usize = 16;

/// A token and its times, all on the cache's clock.
pub(super) struct Held {
    stripes: [Token; STRIPES],
    /// From here on a reader has something to do: the earlier of `soft` and the next look at the store. The
    /// only time that most reads compare.
    pub(super) due: Duration,
    /// From here on it is not handed out any more.
    pub(super) hard: Duration,
    /// From here on a new one is asked for in the background.
    pub(super) soft: Duration,
    /// When this token was first handed out, or handed out again after a report against it.
    since: Duration,
    /// How long it had served in other processes then.
    before: Duration,
    /// The number under which the store knows it.
    pub(super) fence: Option<u64>,
    pub(super) origin: TokenOrigin,
    /// Before this time (in nanoseconds) no reader starts a refresh in the background.
    wait_until: AtomicU64,
}

/// When something is to be done about a token.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// Soft and hard expiry.
    pub(super) points: (Duration, Duration),
    /// The next look at the store.
    pub(super) look: Duration,
}

impl Held {
    pub(super) fn new(
        token: &Token,
        since: Duration,
        times: Times,
        fence: Option<u64>,
        origin: TokenOrigin,
    ) -> Self {
        let (soft, hard) = times.points;
        Self {
            stripes: std::array::from_fn(|_| token.copy()),
            due: soft.min(times.look),
            hard,
            soft,
            since,
            before: Duration::ZERO,
            fence,
            origin,
            wait_until: AtomicU64::new(0),
        }
    }

    /// The same token, which others have used for some time already.
    pub(super) fn served(self, before: Duration) -> Self {
        Self { before, ..self }
    }

    /// The same token with other times.
    pub(super) fn renewed(&self, times: Times, fence: Option<u64>) -> Self {
        let (soft, hard) = times.points;
        Self {
            stripes: self.stripes.clone(),
            due: soft.min(times.look),
            hard,
            soft,
            fence,
            wait_until: AtomicU64::new(0),
            ..*self
        }
    }

    /// The same token, to be looked up in the store again at `look`.
    pub(super) fn looked_up(&self, fence: Option<u64>, look: Duration) -> Self {
        self.renewed(Times { points: (self.soft, self.hard), look }, fence)
    }

    /// How long the token has served.
    pub(super) fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.since).saturating_add(self.before)
    }

    /// The token, from the copy that belongs to this thread.
    pub(super) fn token(&self) -> Token {
        self.stripes[stripe()].clone()
    }

    /// Whether this is a clone of the token.
    pub(super) fn is(&self, token: &Token) -> bool {
        self.any().ptr_eq(token)
    }

    pub(super) fn value(&self) -> &str {
        self.any().expose()
    }

    fn any(&self) -> &Token {
        let [first, ..] = &self.stripes;
        first
    }

    /// Whether this reader is the one to start a refresh in the background; nobody else is before `until`.
    pub(super) fn claim(&self, now: Duration, until: Duration) -> bool {
        let waiting = self.wait_until.load(Ordering::Relaxed);
        nanos(now) >= waiting
            && self
                .wait_until
                .compare_exchange(waiting, nanos(until), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Sets when the next refresh in the background may be started.
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
