//! The sandbox's clock: it starts at the real time and then moves only when it is told to.
//! Delays of faults are not its business; they are real.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The end of the year 9999: far enough, and additions to it still fit everywhere.
const LATEST: u64 = 253_402_300_799_000;

/// Milliseconds since 1970.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) fn start() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Whole seconds, so that no rule depends on the fraction at which a test happened to start.
        Self(AtomicU64::new(now.as_secs().saturating_mul(1000).min(LATEST)))
    }

    pub(crate) fn millis(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.millis() / 1000
    }

    pub(crate) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.millis())
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(LATEST);
        // The closure never returns `None`, so the update can't fail.
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| Some(now.saturating_add(by).min(LATEST)));
    }
}
