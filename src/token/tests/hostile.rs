//! A store, a source and callers that do whatever they can: refuse, fail, hang, panic, answer late or nonsense.
//! What is counted is what reaches the source, and that everybody gets an answer. The clock is tokio's, paused.

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout, Instant};

use super::super::pace::Pace;
use super::super::{Lease, StoredToken, TokenStore};
use super::*;

#[derive(Clone)]
struct PausedClock(Instant, Dice);

impl Clock for PausedClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(sleep(time))
    }

    fn chance(&self) -> u32 {
        self.1.below(1024) as u32
    }
}

/// Chance that comes out the same each time.
#[derive(Clone)]
struct Dice(Arc<Mutex<u64>>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(0x2545_f491_4f6c_dd1d ^ (seed << 20))))
    }

    fn below(&self, most: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        for (left, shift) in [(true, 13), (false, 7), (true, 17)] {
            *state ^= if left { *state << shift } else { *state >> shift };
        }
        *state % most
    }

    fn likely(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Hangs, panics, fails, comes late or in time; `false` if it fails.
    async fn trouble(&self) -> bool {
        match self.below(6) {
            0 => std::future::pending().await,
            1 => panic!("the dice say so"),
            2 => return false,
            3 => sleep(Duration::from_millis(2500)).await,
            _ => sleep(Duration::from_millis(self.below(1900))).await,
        }
        true
    }
}

/// An honest store, unless the dice say otherwise.
#[derive(Clone)]
struct Shared {
    dice: Dice,
    /// How often it is not honest, in percent.
    bad: Arc<Mutex<u64>>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    lock: Option<(Lease, Instant)>,
    handed: u64,
    written: u64,
    token: Option<(String, u64, Instant)>,
}

impl Shared {
    /// What an honest store does, or something else.
    fn ask<'a, T: Send + 'a>(
        &self,
        honest: impl FnOnce(&mut Kept, &Dice) -> T + Send + 'a,
        otherwise: impl FnOnce(&mut Kept, &Dice) -> T + Send + 'a,
    ) -> BoxFuture<'a, Result<T>> {
        let bad = *self.bad.lock().unwrap();
        if self.dice.likely(bad / 10) {
            panic!("the dice say so");
        }
        let Self { dice, kept, .. } = self.clone();
        Box::pin(async move {
            if dice.likely(bad) && !dice.trouble().await {
                return Err(outage());
            }
            let done = {
                let mut kept = kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                if dice.likely(bad) {
                    otherwise(&mut kept, &dice)
                } else {
                    honest(&mut kept, &dice)
                }
            };
            // What was done may still be denied.
            if dice.likely(bad) && !dice.trouble().await {
                return Err(outage());
            }
            Ok(done)
        })
    }
}

fn any_number(dice: &Dice, near: u64) -> u64 {
    [0, 1, near.saturating_sub(1), near, near + 1, u64::MAX - 1, u64::MAX][dice.below(7) as usize]
}

fn any_time(dice: &Dice) -> Duration {
    [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(7200), Duration::MAX]
        [dice.below(4) as usize]
}

impl TokenStore for Shared {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        self.ask(
            |kept, _| {
                let (value, fence, until) = kept.token.clone()?;
                let left = until.saturating_duration_since(Instant::now());
                (!left.is_zero()).then(|| StoredToken::new(value, fence, left, Duration::ZERO))
            },
            |kept, dice| {
                let value = ["", " ", "\0", "stale", "stale too"][dice.below(5) as usize];
                let fence = any_number(dice, kept.written);
                dice.likely(70).then(|| StoredToken::new(value, fence, any_time(dice), any_time(dice)))
            },
        )
    }

    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.ask(
            move |kept, _| {
                let now = Instant::now();
                if kept.lock.as_ref().is_some_and(|(_, until)| *until > now) {
                    return None;
                }
                kept.handed = kept.handed.max(kept.written) + 1;
                let lease = Lease::new(key, Lease::unique_owner(), kept.handed);
                kept.lock = Some((lease.clone(), now + ttl));
                Some(lease)
            },
            // None, the same one twice, or one with any number.
            move |kept, dice| match dice.below(3) {
                0 => None,
                1 => kept.lock.as_ref().map(|(lease, _)| lease.clone()),
                _ => Some(Lease::new(key, "", any_number(dice, kept.handed))),
            },
        )
    }

    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>> {
        self.ask(
            move |kept, _| {
                let newer = lease.fence > kept.written;
                if newer && lease.fence < u64::MAX / 2 {
                    kept.written = lease.fence;
                    let life = life.min(Duration::from_secs(100_000));
                    kept.token = Some((value.to_owned(), lease.fence, Instant::now() + life));
                }
                newer
            },
            |_, dice| dice.likely(30),
        )
    }

    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.ask(
            move |kept, _| drop(kept.lock.take_if(|(current, _)| current == lease)),
            // All are free, or none.
            |kept, dice| drop(kept.lock.take_if(|_| dice.likely(50))),
        )
    }

    fn discard<'a>(&'a self, _: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>> {
        self.ask(
            move |kept, _| kept.token.take_if(|(_, current, _)| *current == fence).is_some(),
            |_, dice| dice.likely(50),
        )
    }

    fn acquire_forced_refresh<'a>(&'a self, _: &'a str, _: Duration, _: u32) -> BoxFuture<'a, Result<bool>> {
        self.ask(|_, _| true, |_, dice| dice.likely(50))
    }
}

/// A source that grants one of a few tokens, unless the dice say otherwise.
#[derive(Clone)]
struct Source {
    kind: SourceKind,
    dice: Dice,
    bad: Arc<Mutex<u64>>,
    start: Instant,
    asked: Arc<Mutex<Vec<(Duration, bool)>>>,
}

impl TokenSource for Source {
    fn fetch(&self, force: bool) -> BoxFuture<'static, Result<Grant>> {
        self.asked.lock().unwrap().push((self.start.elapsed(), force));
        let (dice, bad) = (self.dice.clone(), *self.bad.lock().unwrap());
        if dice.likely(bad / 10) {
            panic!("the dice say so");
        }
        Box::pin(async move {
            if dice.likely(bad) && !dice.trouble().await {
                return Err(if dice.likely(50) { outage() } else { Error::api(40164, "not in whitelist") });
            }
            let value = if dice.likely(bad / 3) { String::new() } else { format!("token {}", dice.below(4)) };
            let life = if dice.likely(bad) { any_time(&dice) } else { Duration::from_secs(7200) };
            Ok(Grant::new(value, life))
        })
    }

    fn kind(&self) -> SourceKind {
        self.kind
    }
}

/// What callers do in one round; `answered` counts those who got a token.
async fn round(caches: &[Arc<TokenCache>], callers: usize, dice: &Dice) -> usize {
    let mut tasks = JoinSet::new();
    for number in 0..callers {
        let (cache, dice) = (Arc::clone(&caches[number % caches.len()]), dice.clone());
        tasks.spawn(async move {
            if dice.likely(20) {
                // Gives up early.
                return timeout(Duration::from_millis(dice.below(3000)), cache.get()).await.is_ok();
            }
            let got = timeout(Duration::from_secs(300), cache.get()).await.expect("everybody gets an answer");
            match &got {
                Ok(token) if dice.likely(10) => cache.report(token).await,
                Ok(_) if dice.likely(3) => cache.invalidate(),
                Err(error) => assert!(!error.message().contains("cut off"), "a refresh has died: {error}"),
                Ok(_) => {}
            }
            got.is_ok()
        });
    }
    let mut answered = 0;
    while let Some(done) = tasks.join_next().await {
        answered += usize::from(done.expect("no panic reaches a caller"));
    }
    answered
}

fn check(asked: &[(Duration, bool)]) {
    for pair in asked.windows(2) {
        let ((before, before_forced), (at, force)) = (pair[0], pair[1]);
        assert!(at - before >= Duration::from_secs(1) || (force && !before_forced), "{pair:?}");
    }
    for eleven in asked.windows(11) {
        assert!(eleven[10].0 - eleven[0].0 >= Duration::from_secs(10), "{eleven:?}");
    }
}

/// Two clients of one account under siege; gives how often the source was asked, and how many callers had a token.
async fn siege(kind: SourceKind, seed: u64, bad: u64, callers: usize) -> (usize, usize) {
    let (dice, start) = (Dice::new(seed), Instant::now());
    let bad = Arc::new(Mutex::new(bad));
    let source = Source { kind, dice: dice.clone(), bad: Arc::clone(&bad), start, asked: Arc::default() };
    let store = Shared { dice: dice.clone(), bad: Arc::clone(&bad), kept: Arc::default() };
    let pace = Pace::default();
    let policy = TokenPolicy::new(kind).min_forced_refresh_interval(Duration::ZERO);
    let policy = policy.fetch_timeout(Duration::from_millis([400, 15_000][seed as usize % 2]));
    let caches: Vec<_> = (0..2)
        .map(|_| {
            let clock = PausedClock(start, dice.clone());
            let cache = TokenCache::with_clock(source.clone(), policy.clone(), clock);
            Arc::new(cache.with_pace(pace.clone()).with_store(store.clone(), "key"))
        })
        .collect();
    let mut answered = 0;
    for _ in 0..15 {
        answered += round(&caches, callers, &dice).await;
        sleep(Duration::from_millis([0, 10, 1000, 61_000, 8_000_000][dice.below(5) as usize])).await;
    }
    // Peace: whatever was left behind ends.
    *bad.lock().unwrap() = 0;
    sleep(Duration::from_secs(400)).await;
    for cache in &caches {
        cache.invalidate();
        cache.get().await.expect("all is well again");
    }
    let asked = source.asked.lock().unwrap().clone();
    check(&asked);
    (asked.len(), answered)
}

#[tokio::test(start_paused = true)]
async fn no_store_and_no_source_gets_around_the_pace() {
    let (mut requests, mut answered) = (0, 0);
    for kind in [SourceKind::Stable, SourceKind::Legacy, SourceKind::Custom] {
        for seed in 1..=30 {
            let (more, had) = siege(kind, seed, [5, 30, 70][seed as usize % 3], 20).await;
            requests += more;
            answered += had;
        }
    }
    // Enough has happened for this to mean something.
    assert!(requests > 1000 && answered > 1000, "{requests} requests, {answered} callers with a token");
}

#[tokio::test(start_paused = true)]
async fn nor_do_a_thousand_callers() {
    for (kind, seed) in [(SourceKind::Stable, 3), (SourceKind::Legacy, 4)] {
        let (requests, answered) = siege(kind, seed, 30, 1000).await;
        assert!(requests < 1000 && answered > 1000, "{requests} requests, {answered} callers with a token");
    }
}
