//! What the token cache knows of time and chance; tests bring their own.
//! Waiting with a timer is not here: that is tokio's.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

/// Time since some fixed start, and a little chance.
pub(crate) trait Clock: Send + Sync + 'static {
    /// The time; never goes back.
    fn now(&self) -> Duration;

    /// A random part of `most`.
    fn jitter(&self, most: Duration) -> Duration;
}

/// The system's monotonic clock.
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn jitter(&self, most: Duration) -> Duration {
        // Every RandomState has keys of its own; that is all the randomness a jitter needs.
        let random = RandomState::new().build_hasher().finish() % 1024;
        most / 1024 * random as u32
    }
}
