//! The memory of failed fetches: how long the next attempt is put off, and whose answer a failure is meanwhile.
//! Tokens that the platform refuses are counted in `rejections.rs`.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::error::Error;

/// The pause before attempt `step` (from 1): doubles from `first` up to `most`, in seconds.
pub(super) fn pause(first: u64, most: u64, step: u32) -> Duration {
    /// From here on every pause is the longest one.
    const ENOUGH: usize = 16;
    let most = Duration::from_secs(most);
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(first))
        .with_max_delay(most)
        .with_max_times(ENOUGH)
        .build();
    pauses.take(step.max(1) as usize).last().unwrap_or(most)
}

/// The memory of the last failed fetch.
#[derive(Default)]
pub(super) struct Failures {
    count: u32,
    last: Option<Failure>,
}

struct Failure {
    error: Error,
    until: Duration,
    /// It failed in the background, while callers had a token.
    behind: bool,
}

impl Failures {
    /// Remembers a failure; returns the time of the next attempt.
    pub(super) fn record(&mut self, error: Error, behind: bool, now: Duration) -> Duration {
        self.count = self.count.saturating_add(1);
        let pause = match error.is_lasting() {
            true => pause(60, 300, self.count),
            false => pause(1, 60, self.count),
        };
        let until = now.saturating_add(pause);
        self.last = Some(Failure { error, until, behind });
        until
    }

    /// The failure that stands at `now`, and until when.
    pub(super) fn standing(&self, now: Duration) -> Option<(&Error, Duration)> {
        let failure = self.last.as_ref().filter(|failure| now < failure.until)?;
        Some((&failure.error, failure.until))
    }

    /// The failure that answers callers who have no token. One of the background does not: nobody has waited
    /// for that fetch, and it may have failed only because its runtime stood still.
    pub(super) fn answer(&self, now: Duration) -> Option<&Error> {
        let failure = self.last.as_ref().filter(|failure| now < failure.until && !failure.behind)?;
        Some(&failure.error)
    }

    /// A fetch succeeded.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
