//! What tells a receiver the time: the system, or a test.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Timestamp;

/// A source of the current time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(super) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Since 1970-01-01 00:00:00 UTC.
    pub(super) fn elapsed(&self) -> Duration {
        (self.0)().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.elapsed().as_secs()).unwrap_or(i64::MAX))
    }
}
