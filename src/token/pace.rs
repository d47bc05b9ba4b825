//! How often a process may ask for a token, whatever callers, sources and stores do.
//! Failures and refused tokens slow it down further; they are counted in files of their own.

use std::collections::VecDeque;
use std::time::Duration;

/// The least time between two requests.
const GAP: Duration = Duration::from_secs(1);

/// No more than [`MOST`] requests in any time as long as this.
const WINDOW: Duration = Duration::from_secs(10);

const MOST: usize = 10;

/// The requests of the last ten seconds.
#[derive(Default)]
pub(super) struct Pace {
    asked: VecDeque<Duration>,
}

impl Pace {
    /// How long to wait before the next request. A forced one follows at once upon the one that shows that force
    /// is needed.
    pub(super) fn wait(&mut self, now: Duration, force: bool) -> Duration {
        while self.asked.front().is_some_and(|at| now.saturating_sub(*at) >= WINDOW) {
            self.asked.pop_front();
        }
        let left = |at: &Duration, time: Duration| at.saturating_add(time).saturating_sub(now);
        let gap = self.asked.back().filter(|_| !force).map(|at| left(at, GAP)).unwrap_or_default();
        // `record` keeps the last ten, so the first of ten is the tenth from the end.
        let full = self.asked.front().filter(|_| self.asked.len() >= MOST);
        gap.max(full.map(|at| left(at, WINDOW)).unwrap_or_default())
    }

    /// A request is made now.
    pub(super) fn record(&mut self, now: Duration) {
        self.asked.push_back(now);
        if self.asked.len() > MOST {
            self.asked.pop_front();
        }
    }
}
