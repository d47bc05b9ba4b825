//! New tokens that are refused as well: when a report is no longer acted on.
//! Forced fetches are counted in `budget.rs`.

use std::time::Duration;

use super::failures::pause;

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
        if self.strikes >= Self::FREE && age < pause(1, 60, self.strikes - Self::FREE + 1) {
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
