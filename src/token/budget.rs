//! Counts forced fetches of one process.
//! What all processes together may do is counted by the store that they share, which a refresh asks.

use std::collections::VecDeque;
use std::time::Duration;

use super::TokenPolicy;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The forced fetches of the last 24 hours.
#[derive(Default)]
pub(super) struct ForceBudget {
    spent: VecDeque<Duration>,
}

impl ForceBudget {
    /// Takes one forced fetch out of the budget, if the policy still has one.
    pub(super) fn take(&mut self, policy: &TokenPolicy, now: Duration) -> bool {
        while self.spent.front().is_some_and(|at| now.saturating_sub(*at) >= DAY) {
            self.spent.pop_front();
        }
        let waited =
            self.spent.back().is_none_or(|at| now.saturating_sub(*at) >= policy.min_forced_refresh_interval);
        let left = self.spent.len() < policy.max_forced_refreshes_per_day as usize;
        let granted = policy.can_force && waited && left;
        if granted {
            self.spent.push_back(now);
        }
        granted
    }
}
