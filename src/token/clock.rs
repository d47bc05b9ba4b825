//! What the token cache knows of time and chance; tests bring their own.
//! How long a source or a store may take is not measured here: that is tokio's.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::future::BoxFuture;

/// Time since some fixed start, pauses, and a little chance.
pub(crate) trait Clock: Send + Sync + 'static {
    /// The time; never goes back.
    fn now(&self) -> Duration;

    /// Waits until this time has passed.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;

    /// A number below 1024 that nobody can foresee.
    fn chance(&self) -> u32;
}

/// A point in time, and the chance that comes with it: all that a decision may depend on besides the state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment {
    pub(super) now: Duration,
    /// Below 1024.
    pub(super) chance: u32,
}

impl Moment {
    pub(super) fn of(clock: &dyn Clock) -> Self {
        Self { now: clock.now(), chance: clock.chance() }
    }

    /// A random part of `most`.
    pub(super) fn jitter(&self, most: Duration) -> Duration {
        most / 1024 * self.chance
    }
}

/// The system's monotonic clock, which counts from the first time that anybody in this process asked for it.
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    pub(crate) fn new() -> Self {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        Self(*START)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn chance(&self) -> u32 {
        // Without random numbers, processes that began together go on together: no more than that.
        getrandom::u32().unwrap_or(0) % 1024
    }
}
