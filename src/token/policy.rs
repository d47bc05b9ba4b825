//! The times and limits of a token cache, and the expiry points that follow from them.
//! What happens when a point is reached stands in `cache.rs`.

use std::time::Duration;

use super::clock::Moment;
use super::store::StoredToken;
use super::SourceKind;

/// Longer lives are cut to this; nothing is lost by asking once a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// The times and limits of a [`TokenCache`](super::TokenCache). The defaults fit the platform's rules.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    pub(super) refresh_before_expiry: Duration,
    pub(super) fetch_timeout: Duration,
    pub(super) can_force: bool,
    pub(super) min_forced_refresh_interval: Duration,
    pub(super) max_forced_refreshes_per_day: u32,
}

impl TokenPolicy {
    /// The shortest time for which a token that just arrived is used, so that a source whose tokens are spent on
    /// arrival costs one request a second and not one a call.
    pub(super) const SHORTEST: Duration = Duration::from_secs(1);

    /// The defaults for a kind of source.
    pub fn new(kind: SourceKind) -> Self {
        Self {
            refresh_before_expiry: match kind {
                // Asked earlier, the platform returns the same token again.
                SourceKind::Stable | SourceKind::Custom => Duration::from_secs(300),
                // The previous token lives on for about five minutes, so others have time to notice.
                SourceKind::Legacy => Duration::from_secs(600),
            },
            fetch_timeout: Duration::from_secs(15),
            can_force: kind != SourceKind::Legacy,
            min_forced_refresh_interval: Duration::from_secs(30),
            max_forced_refreshes_per_day: 10,
        }
    }

    /// How long before its expiry a token is refreshed in the background, while callers keep the current one (5
    /// minutes by default, 10 for legacy tokens). At most a quarter of the token's life; put off by a random
    /// quarter of itself, so that many processes don't ask at once.
    #[must_use]
    pub fn refresh_before_expiry(mut self, time: Duration) -> Self {
        self.refresh_before_expiry = time;
        self
    }

    /// How long one fetch may take (15 s by default); after that, those who wait for it get a timeout error.
    /// A lock in a [`TokenStore`](super::TokenStore) is taken for three seconds more, but for an hour at most.
    #[must_use]
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.fetch_timeout = timeout;
        self
    }

    /// Whether the source has a way to replace a token that it would otherwise return again.
    #[must_use]
    pub fn can_force(mut self, can_force: bool) -> Self {
        self.can_force = can_force;
        self
    }

    /// The shortest time between two forced refreshes (30 s by default, the platform's rule).
    #[must_use]
    pub fn min_forced_refresh_interval(mut self, interval: Duration) -> Self {
        self.min_forced_refresh_interval = interval;
        self
    }

    /// How many forced refreshes are allowed in 24 hours (10 by default). The platform allows 20 to the whole
    /// account, so leave room for other programs.
    #[must_use]
    pub fn max_forced_refreshes_per_day(mut self, most: u32) -> Self {
        self.max_forced_refreshes_per_day = most;
        self
    }

    /// When a token asked for at `asked` and received now is due for renewal, and when it is spent.
    pub(super) fn expiry(&self, moment: Moment, asked: Duration, life: Duration) -> (Duration, Duration) {
        self.points(moment, asked, life, life)
    }

    /// The same for a token that a store had at `asked`: as the process would have it that fetched it.
    pub(super) fn expiry_of(
        &self,
        moment: Moment,
        asked: Duration,
        stored: &StoredToken,
    ) -> (Duration, Duration) {
        let life = stored.remaining.saturating_add(stored.age);
        self.points(moment, asked, stored.remaining, life)
    }

    fn points(
        &self,
        moment: Moment,
        asked: Duration,
        remaining: Duration,
        life: Duration,
    ) -> (Duration, Duration) {
        // Counted from the request, since nobody knows how long the answer was on its way.
        let earliest = moment.now.saturating_add(Self::SHORTEST);
        let hard = asked.saturating_add(remaining.min(LONGEST)).max(earliest);
        let early = self.refresh_before_expiry.min(life.min(LONGEST).max(Self::SHORTEST) / 4);
        // The jitter only puts off: a stable token asked for too early is the same one again.
        (hard.saturating_sub(early).saturating_add(moment.jitter(early / 4)), hard)
    }
}
