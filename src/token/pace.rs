//! How often a process may ask for a token, whatever callers, sources and stores do.
//! Failures and refused tokens slow it down further; they are counted in files of their own.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::{Clock, SystemClock};

/// The least time between two requests.
const GAP: Duration = Duration::from_secs(1);

/// No more than [`MOST`] requests in any time as long as this.
const WINDOW: Duration = Duration::from_secs(10);

const MOST: usize = 10;

/// The paces of the accounts that the clients of this process ask for: a program that builds a client for each request
/// asks no more often than one that keeps it. Accounts are known by a number, which says nothing about them.
static ACCOUNTS: LazyLock<Mutex<HashMap<u64, Pace>>> = LazyLock::new(Mutex::default);

/// When the source was asked, at most [`MOST`] times back.
type Asked = VecDeque<Duration>;

/// The requests of the last ten seconds.
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<Asked>>);

impl Pace {
    /// The pace of an account, the same for all caches with the system's clock that name it alike.
    pub(crate) fn of(account: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        account.hash(&mut hasher);
        let mut accounts = lock(&ACCOUNTS);
        if accounts.len() == accounts.capacity() {
            // Before it grows: what nobody asks for any more, and has not for a while, is forgotten.
            let now = SystemClock::new().now();
            accounts.retain(|_, pace| Arc::strong_count(&pace.0) > 1 || pace.is_recent(now));
        }
        accounts.entry(hasher.finish()).or_default().clone()
    }

    fn is_recent(&self, now: Duration) -> bool {
        lock(&self.0).back().is_some_and(|at| now.saturating_sub(*at) < WINDOW)
    }

    /// How long to wait before the next request. A forced one follows at once upon the one that shows that force
    /// is needed.
    pub(super) fn wait(&self, now: Duration, force: bool) -> Duration {
        wait(&mut lock(&self.0), now, force)
    }

    /// Takes the right to make a request now, or says how long to wait before trying again.
    pub(super) fn take(&self, now: Duration, force: bool) -> Duration {
        let mut asked = lock(&self.0);
        let wait = wait(&mut asked, now, force);
        if wait.is_zero() {
            asked.push_back(now);
            if asked.len() > MOST {
                asked.pop_front();
            }
        }
        wait
    }

    /// Takes the right to repeat at once what was asked at the time `at` and reached nobody.
    fn take_instead(&self, at: Duration, now: Duration) -> Duration {
        let mut asked = lock(&self.0);
        if asked.back() == Some(&at) {
            asked.pop_back();
            asked.push_back(now);
            return Duration::ZERO;
        }
        drop(asked);
        self.take(now, false)
    }
}

tokio::task_local! {
    /// The request for a token that the task is making.
    static PERMIT: Permit;
}

/// The right to make a request for a token.
#[derive(Clone)]
pub(super) struct Permit {
    pub(super) pace: Pace,
    pub(super) clock: Arc<dyn Clock>,
    /// When it was taken.
    pub(super) at: Duration,
}

impl Permit {
    /// Runs a fetch whose source may have to repeat its request.
    pub(super) async fn of<T>(self, fetch: impl Future<Output = T>) -> T {
        PERMIT.scope(self, fetch).await
    }
}

/// Waits until a source may repeat its request: a second after a failure that the server may know of, and no sooner
/// than the pace of whoever asks the source allows. What has certainly reached nobody is repeated at once.
pub(crate) async fn before_repeat(reached: bool) {
    let Ok(Permit { pace, clock, at }) = PERMIT.try_with(Permit::clone) else {
        // A source that somebody asks by himself.
        if reached {
            tokio::time::sleep(GAP).await;
        }
        return;
    };
    let mut wait = if reached { GAP } else { pace.take_instead(at, clock.now()) };
    while !wait.is_zero() {
        clock.sleep(wait).await;
        wait = pace.take(clock.now(), false);
    }
}

fn wait(asked: &mut Asked, now: Duration, force: bool) -> Duration {
    while asked.front().is_some_and(|at| now.saturating_sub(*at) >= WINDOW) {
        asked.pop_front();
    }
    let left = |at: &Duration, time: Duration| at.saturating_add(time).saturating_sub(now);
    let gap = asked.back().filter(|_| !force).map(|at| left(at, GAP)).unwrap_or_default();
    // The last ten are kept, so the first of ten is the tenth from the end.
    let full = asked.front().filter(|_| asked.len() >= MOST);
    gap.max(full.map(|at| left(at, WINDOW)).unwrap_or_default())
}

/// Nothing under these locks can panic and leave half of a change behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_reached_nobody_leaves_its_place_to_the_repeat() {
        let pace = Pace::default();
        assert_eq!(pace.take(seconds(100), false), Duration::ZERO);
        let later = seconds(100) + Duration::from_millis(300);
        assert_eq!(pace.take_instead(seconds(100), later), Duration::ZERO);
        assert_eq!(pace.take(seconds(101), false), Duration::from_millis(300), "counted from the repeat");
        assert_eq!(pace.take(seconds(102), false), Duration::ZERO);
        // Somebody else has asked since.
        assert_eq!(pace.take_instead(seconds(100), seconds(102)), seconds(1));
        assert_eq!(lock(&pace.0).len(), 2);
    }

    /// A client for each request asks no more often than one client.
    #[test]
    fn an_account_has_one_pace_however_many_ask() {
        let account = ("https://api.example", "wx_pace");
        assert_eq!(Pace::of(account).take(seconds(100), false), Duration::ZERO);
        assert_eq!(Pace::of(account).take(seconds(100), false), seconds(1));
        assert_eq!(
            Pace::of(account).take(seconds(100), true),
            Duration::ZERO,
            "the forced one follows at once"
        );
        for second in 101..109 {
            assert_eq!(Pace::of(account).take(seconds(second), false), Duration::ZERO, "{second}");
        }
        assert_eq!(Pace::of(account).take(seconds(109), false), seconds(1), "ten within ten seconds");
        assert_eq!(Pace::of(account).take(seconds(109), true), seconds(1), "nor by force");
        assert_eq!(Pace::of(("https://api.example", "wx_other")).take(seconds(109), false), Duration::ZERO);
    }

    /// A platform with ten thousand accounts that come and go keeps the memory of those only that are in use.
    #[test]
    fn accounts_that_nobody_asks_for_are_forgotten() {
        let used: Vec<Pace> = (0..10).map(|number| Pace::of(("used", number))).collect();
        for number in 0..10_000 {
            drop(Pace::of(("left", number)));
        }
        let accounts = lock(&ACCOUNTS);
        assert!(accounts.len() < 100, "{}", accounts.len());
        assert!(used.iter().all(|pace| accounts.values().any(|known| Arc::ptr_eq(&known.0, &pace.0))));
    }
}
