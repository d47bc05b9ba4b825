//! How trouble slows the token cache down: failed fetches, and new tokens that are refused as well.
//! Forced fetches are counted in `budget.rs`.

use std::time::Duration;

use crate::error::Error;

/// Doubles from `first` with each step after the first one, up to `most`.
fn doubled(first: u64, step: u32, most: u64) -> Duration {
    let factor = 1_u64.checked_shl(step.saturating_sub(1)).unwrap_or(u64::MAX);
    Duration::from_secs(first.saturating_mul(factor).min(most))
}

/// The memory of the last failed fetch.
#[derive(Default)]
pub(super) struct Failures {
    count: u32,
    last: Option<(Error, Duration)>,
}

impl Failures {
    /// Remembers a failure; returns the time of the next attempt.
    pub(super) fn record(&mut self, error: Error, now: Duration) -> Duration {
        self.count = self.count.saturating_add(1);
        let pause = match error.is_lasting() {
            true => doubled(60, self.count, 300),
            false => doubled(1, self.count, 60),
        };
        let until = now.saturating_add(pause);
        self.last = Some((error, until));
        until
    }

    /// The failure that stands for an attempt at `now`, and until when.
    pub(super) fn standing(&self, now: Duration) -> Option<(&Error, Duration)> {
        self.last.as_ref().filter(|(_, until)| now < *until).map(|(error, until)| (error, *until))
    }

    /// A fetch succeeded.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Decides whether a report of a refused token is acted on. A platform that refuses every token must not be
/// asked for one with each call.
#[derive(Default)]
pub(super) struct Rejections {
    strikes: u32,
}

impl Rejections {
    /// This many young tokens in a row are replaced at once.
    const FREE: u32 = 3;
    /// A token that has served for this long is beyond suspicion: its end is no strike.
    const CALM: Duration = Duration::from_secs(120);

    /// The token is refused at the given age: replace it?
    pub(super) fn admit(&mut self, age: Duration) -> bool {
        if age >= Self::CALM {
            self.strikes = 0;
            return true;
        }
        if self.strikes >= Self::FREE && age < doubled(1, self.strikes - Self::FREE + 1, 60) {
            return false;
        }
        self.strikes = self.strikes.saturating_add(1);
        true
    }

    /// The source gave the refused token back and nothing can be done about it now. No free strikes any
    /// more: the other calls that were refused together with this one still report it.
    pub(super) fn insist(&mut self) {
        self.strikes = self.strikes.max(Self::FREE);
    }

    pub(super) fn clear(&mut self) {
        self.strikes = 0;
    }
}
