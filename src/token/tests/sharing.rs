//! Several caches, each for a process, with one store between them: who fetches, who waits, how often the store
//! is asked, and what happens without it. What a store itself must do is tested in `tests/processes/contract.rs`.

use std::sync::atomic::AtomicBool;

use super::super::{Lease, MemoryStore, StoredToken, TokenOrigin, TokenStore};
use super::*;

const KEY: &str = "weixin:wx1:stable_token";

/// Counts what it is asked, and can be down or lose all it has.
#[derive(Clone)]
struct Watched {
    inner: Arc<Mutex<Arc<MemoryStore>>>,
    clock: HandClock,
    log: Arc<Mutex<Vec<&'static str>>>,
    down: Arc<AtomicBool>,
}

impl Watched {
    fn new() -> Self {
        let clock = HandClock::default();
        // So that fencing numbers and times are no zeros.
        clock.pass(1000.0);
        let inner = Arc::new(Mutex::new(Arc::new(MemoryStore::with_clock(clock.clone()))));
        Self { inner, clock, log: Arc::default(), down: Arc::default() }
    }

    /// What it was asked since the last time.
    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    fn forget(&self) {
        *self.inner.lock().unwrap() = Arc::new(MemoryStore::with_clock(self.clock.clone()));
    }

    fn down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// A process that uses the store.
    fn process(&self, source: impl TokenSource) -> Arc<TokenCache> {
        let policy = TokenPolicy::new(source.kind());
        Arc::new(TokenCache::with_clock(source, policy, self.clock.clone()).with_store(self.clone(), KEY))
    }

    fn ask<'a, T: Send + 'a>(
        &self,
        what: &'static str,
        act: impl FnOnce(&MemoryStore) -> Result<T>,
    ) -> BoxFuture<'a, Result<T>> {
        self.log.lock().unwrap().push(what);
        let done = match self.down.load(Ordering::SeqCst) {
            true => Err(Error::new(ErrorKind::Connect, "the store is down")),
            false => act(&self.inner.lock().unwrap().clone()),
        };
        Box::pin(async { done })
    }
}

/// A store in memory is never pending.
fn at_once<T>(mut future: BoxFuture<'_, T>) -> T {
    let Poll::Ready(done) = poll_once(&mut future) else { panic!("pending") };
    done
}

impl TokenStore for Watched {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        self.ask("read", |store| at_once(store.read(key)))
    }

    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.ask("lock", |store| at_once(store.lock(key, ttl)))
    }

    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>> {
        self.ask("write", |store| at_once(store.write(lease, value, life)))
    }

    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.ask("unlock", |store| at_once(store.unlock(lease)))
    }

    fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>> {
        self.ask("discard", |store| at_once(store.discard(key, fence)))
    }

    fn acquire_forced_refresh<'a>(
        &'a self,
        key: &'a str,
        gap: Duration,
        per_day: u32,
    ) -> BoxFuture<'a, Result<bool>> {
        self.ask("acquire_forced_refresh", |store| at_once(store.acquire_forced_refresh(key, gap, per_day)))
    }
}

/// A source with one answer after the other, for all processes together.
fn numbered(asked: &Arc<AtomicUsize>) -> Computed<impl Fn(usize, bool) -> String + use<>> {
    Computed(asked.clone(), |number, _| format!("number {number}"))
}

fn legacy(answers: impl IntoIterator<Item = Answer>) -> Script {
    Script { kind: SourceKind::Legacy, ..Script::new(answers) }
}

const FETCH: [&str; 5] = ["read", "lock", "read", "write", "unlock"];

#[tokio::test(start_paused = true)]
async fn one_of_many_processes_fetches() {
    let (store, asked) = (Watched::new(), Arc::new(AtomicUsize::new(0)));
    let processes: Vec<_> = (0..8).map(|_| store.process(numbered(&asked))).collect();
    let tasks: Vec<_> = (0..800)
        .map(|index| {
            let process = processes[index % 8].clone();
            tokio::spawn(async move { value(&process).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "number 0");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let fetched = |process: &&Arc<TokenCache>| process.status().origin == Some(TokenOrigin::Source);
    assert_eq!(processes.iter().filter(fetched).count(), 1);
    settle().await;
    assert_eq!(store.asked().iter().filter(|what| **what == "write").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_store_is_read_once_a_minute_and_not_at_all_by_the_idle() {
    let store = Watched::new();
    let script = Script::new([grant("one")]);
    let process = store.process(script.clone());
    value(&process).await;
    settle().await;
    assert_eq!(store.asked(), FETCH);
    for _ in 0..3 {
        for _ in 0..100 {
            value(&process).await;
        }
        store.clock.pass(59.0);
        for _ in 0..100 {
            value(&process).await;
            settle().await;
        }
        assert_eq!(store.asked(), [] as [&str; 0]);
        store.clock.pass(1.0);
        for _ in 0..100 {
            value(&process).await;
            settle().await;
        }
        assert_eq!(store.asked(), ["read"]);
    }
    // An hour without a call.
    store.clock.pass(3600.0);
    settle().await;
    assert_eq!(store.asked(), [] as [&str; 0]);
    value(&process).await;
    settle().await;
    assert_eq!(store.asked(), ["read"]);
    assert_eq!(script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_another_process_has_fetched_is_used_within_a_minute() {
    let store = Watched::new();
    let (left, right) = (Script::new([grant("one"), grant("two")]), Script::new([]));
    let (left_process, right_process) = (store.process(left.clone()), store.process(right.clone()));
    assert_eq!((value(&left_process).await, value(&right_process).await), ("one".into(), "one".into()));
    store.clock.pass(10.0);
    left_process.invalidate();
    assert_eq!(value(&left_process).await, "two");
    store.clock.pass(49.0);
    assert_eq!(value(&right_process).await, "one");
    settle().await;
    assert_eq!(value(&right_process).await, "one");
    store.clock.pass(1.0);
    value(&right_process).await;
    settle().await;
    assert_eq!(value(&right_process).await, "two");
    let status = right_process.status();
    assert_eq!((status.origin, status.age), (Some(TokenOrigin::Store), Some(Duration::from_secs(50))));
    assert_eq!((left.fetches(), right.fetches()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_in_several_processes_is_replaced_once() {
    let (store, asked) = (Watched::new(), Arc::new(AtomicUsize::new(0)));
    let processes: Vec<_> = (0..4).map(|_| store.process(numbered(&asked))).collect();
    let mut held = Vec::new();
    for process in &processes {
        held.push(process.get().await.unwrap());
    }
    store.clock.pass(10.0);
    for (process, token) in processes.iter().zip(&held) {
        process.report(token).await;
        assert_eq!(value(process).await, "number 1");
        settle().await;
    }
    // Late complaints, and about a token that the store no longer has.
    for (process, token) in processes.iter().zip(&held) {
        process.report(token).await;
        assert_eq!(value(process).await, "number 1");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_the_life_counts() {
    let store = Watched::new();
    let first = store.process(Script::new([grant("one")]));
    value(&first).await;
    store.clock.pass(6000.0);
    let second = store.process(Script::new([]));
    assert_eq!(value(&second).await, "one");
    let status = second.status();
    assert_eq!(status.age, Some(Duration::from_secs(6000)));
    assert_eq!(status.expires_in, Some(Duration::from_secs(1200)));
    assert_eq!(status.refresh_in, Some(Duration::from_secs(900)));
    // In its last minutes it still serves a process that has none, which renews it behind its callers.
    store.clock.pass(1100.0);
    let script = Script::new([grant("two")]);
    let third = store.process(script.clone());
    assert_eq!(value(&third).await, "one");
    assert_eq!(script.fetches(), 0);
    assert_eq!(value(&third).await, "one");
    settle().await;
    assert_eq!(value(&third).await, "two");
    assert_eq!(script.fetches(), 1);
    // And the others take what it has fetched instead of fetching.
    value(&second).await;
    settle().await;
    assert_eq!(value(&second).await, "two");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_has_lost_everything_is_told() {
    let (store, asked) = (Watched::new(), Arc::new(AtomicUsize::new(0)));
    let process = store.process(numbered(&asked));
    value(&process).await;
    settle().await;
    store.asked();
    store.forget();
    store.clock.pass(60.0);
    value(&process).await;
    settle().await;
    assert_eq!(store.asked(), ["read", "write"]);
    let other = store.process(numbered(&asked));
    assert_eq!(value(&other).await, "number 0");
    assert_eq!(other.status().expires_in, Some(Duration::from_secs(7140)));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_discarded_token_does_not_come_back() {
    let (store, asked) = (Watched::new(), Arc::new(AtomicUsize::new(0)));
    let process = store.process(numbered(&asked));
    value(&process).await;
    settle().await;
    let stored = store.read(KEY).await.unwrap().unwrap();
    // Another process has complained, and died before it had a new one.
    assert!(store.discard(KEY, stored.fence).await.unwrap());
    store.clock.pass(60.0);
    value(&process).await;
    settle().await;
    assert_eq!(value(&process).await, "number 1");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn without_the_store_stable_tokens_are_fetched_as_from_memory() {
    let store = Watched::new();
    store.down(true);
    let script = Script::new([grant("one"), grant("two")]);
    let process = store.process(script.clone());
    for _ in 0..1000 {
        assert_eq!(value(&process).await, "one");
    }
    settle().await;
    assert_eq!(store.asked(), ["read"]);
    assert_eq!(process.status().store_failure.unwrap().message(), "the store is down");
    // Ten minutes of calls: one attempt a minute, and no fetch.
    for _ in 0..600 {
        store.clock.pass(1.0);
        value(&process).await;
        settle().await;
    }
    assert_eq!(store.asked(), ["read"; 10]);
    assert_eq!(script.fetches(), 1);
    // Refusals are dealt with as ever.
    let one = process.get().await.unwrap();
    process.report(&one).await;
    assert_eq!(value(&process).await, "two");
    // The store is back, and gets the token.
    store.down(false);
    store.clock.pass(60.0);
    value(&process).await;
    settle().await;
    assert!(process.status().store_failure.is_none());
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "two");
    assert_eq!(script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_the_store_legacy_tokens_are_used_to_their_end() {
    let store = Watched::new();
    let script = legacy([grant("one"), grant("two"), grant("three")]);
    let process = store.process(script.clone());
    let one = process.get().await.unwrap();
    store.down(true);
    for _ in 0..719 {
        store.clock.pass(10.0);
        assert!(process.get().await.unwrap().ptr_eq(&one));
        settle().await;
    }
    assert_eq!(script.fetches(), 1);
    // Then it is fetched, once the pause after the last failure is over.
    store.clock.pass(61.0);
    let two = process.get().await.unwrap();
    assert_eq!((two.expose(), script.fetches()), ("two", 2));
    // Refused, it is not fetched again at once: that might be a war with another process.
    process.report(&two).await;
    let mut refused = 0;
    while script.fetches() == 2 {
        match process.get().await {
            Ok(token) => assert_eq!(token.expose(), "three"),
            Err(error) => {
                assert!(error.message().starts_with("the token store is down"), "{error}");
                refused += 1;
            }
        }
        store.clock.pass(1.0);
    }
    assert!((300..=360).contains(&refused), "{refused}");
    assert_eq!(script.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cold_start_without_the_store_fetches_one_legacy_token() {
    let store = Watched::new();
    store.down(true);
    let script = legacy([Fail(outage()), grant("one")]);
    let process = store.process(script.clone());
    assert_eq!(process.get().await.unwrap_err().kind(), ErrorKind::Connect);
    // That attempt has made nobody's token invalid, so it may be repeated.
    store.clock.pass(1.0);
    for _ in 0..100 {
        assert_eq!(value(&process).await, "one");
    }
    assert_eq!(script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_or_panics_is_down() {
    struct Broken(bool);
    impl Broken {
        fn ask<'a, T: 'a>(&'a self) -> BoxFuture<'a, Result<T>> {
            assert!(self.0, "the store stumbles");
            Box::pin(std::future::pending())
        }
    }
    impl TokenStore for Broken {
        fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
            self.ask()
        }
        fn lock<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
            self.ask()
        }
        fn write<'a>(&'a self, _: &'a Lease, _: &'a str, _: Duration) -> BoxFuture<'a, Result<bool>> {
            self.ask()
        }
        fn unlock<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<()>> {
            self.ask()
        }
        fn discard<'a>(&'a self, _: &'a str, _: u64) -> BoxFuture<'a, Result<bool>> {
            self.ask()
        }
        fn acquire_forced_refresh<'a>(
            &'a self,
            _: &'a str,
            _: Duration,
            _: u32,
        ) -> BoxFuture<'a, Result<bool>> {
            self.ask()
        }
    }
    for (hangs, message) in
        [(true, "the token store did not answer within 2 s"), (false, "the token store panicked")]
    {
        let script = Script::new([grant("one")]);
        let (cache, _) = script.cache();
        let cache = Arc::into_inner(cache).unwrap().with_store(Broken(hangs), KEY);
        assert_eq!(value(&cache).await, "one");
        assert_eq!(cache.status().store_failure.unwrap().message(), message);
    }
}

#[tokio::test(start_paused = true)]
async fn who_dies_with_the_lock_is_succeeded() {
    let store = Watched::new();
    let dead = store.lock(KEY, Duration::from_secs(18)).await.unwrap().unwrap();
    let script = Script::new([grant("one")]);
    let process = store.process(script.clone());
    let mut get = process.get();
    assert!(poll_once(&mut get).is_pending());
    settle().await;
    assert_eq!(script.fetches(), 0);
    store.clock.pass(18.0);
    assert_eq!(get.await.unwrap().expose(), "one");
    assert_eq!(script.fetches(), 1);
    // Back from the dead, it can neither overwrite nor unlock.
    assert!(!store.write(&dead, "zero", Duration::from_secs(7200)).await.unwrap());
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "one");
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_never_ends_is_a_remembered_failure() {
    let store = Watched::new();
    store.lock(KEY, Duration::from_secs(1_000_000)).await.unwrap().unwrap();
    let script = legacy([]);
    let process = store.process(script.clone());
    for _ in 0..10 {
        assert_eq!(process.get().await.unwrap_err().kind(), ErrorKind::Timeout);
    }
    let looks = store.asked().len();
    // Twenty seconds, at most four times a second, two questions each.
    assert!(looks < 200, "{looks}");
    assert_eq!(script.fetches(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_never_ends_is_done_without_where_nobody_else_is_hurt() {
    for kind in [SourceKind::Stable, SourceKind::Custom] {
        let store = Watched::new();
        store.lock(KEY, Duration::from_secs(1_000_000)).await.unwrap().unwrap();
        let script = Script { kind, ..Script::new([grant("one")]) };
        let process = store.process(script.clone());
        for _ in 0..10 {
            assert_eq!(value(&process).await, "one");
        }
        let looks = store.asked().len();
        assert!(looks < 200, "{looks}");
        let failure = process.status().store_failure.unwrap();
        assert_eq!((failure.kind(), script.fetches()), (ErrorKind::Timeout, 1));
    }
}

#[test]
fn a_refresh_that_died_with_its_runtime_leaves_its_lock_to_the_next() {
    let store = Watched::new();
    let script = Script::new([Hang, grant("one")]);
    let process = store.process(script.clone());
    runtime(0).block_on(async {
        let mut get = process.get();
        assert!(poll_once(&mut get).is_pending());
        while script.fetches() == 0 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(store.asked(), ["read", "lock", "read"]);
    store.clock.pass(1.0);
    runtime(0).block_on(async {
        assert_eq!(value(&process).await, "one");
        settle().await;
    });
    assert_eq!(store.asked(), ["read", "read", "write", "unlock"]);
}

#[tokio::test(start_paused = true)]
async fn who_was_overtaken_uses_the_newer_token() {
    let store = Watched::new();
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([Gate(gate.clone(), "old", 7200)]);
    let process = store.process(script.clone());
    let mut get = process.get();
    assert!(poll_once(&mut get).is_pending());
    settle().await;
    assert_eq!(script.fetches(), 1);
    // Stalled for longer than its lock lives.
    store.clock.pass(20.0);
    let lease = store.lock(KEY, Duration::from_secs(18)).await.unwrap().unwrap();
    assert!(store.write(&lease, "new", Duration::from_secs(7200)).await.unwrap());
    store.unlock(&lease).await.unwrap();
    gate.add_permits(1);
    assert_eq!(get.await.unwrap().expose(), "new");
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "new");
    assert_eq!((script.fetches(), process.status().origin), (1, Some(TokenOrigin::Store)));
}

#[tokio::test(start_paused = true)]
async fn all_processes_together_have_one_budget_of_force() {
    // The platform returns what it returned, unless forced: then the next one.
    let (store, asked, forced) =
        (Watched::new(), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let processes: Vec<_> = (0..2)
        .map(|_| {
            let forced = forced.clone();
            store.process(Computed(asked.clone(), move |_, force| {
                let number = forced.fetch_add(usize::from(force), Ordering::SeqCst) + usize::from(force);
                format!("number {number}")
            }))
        })
        .collect();
    for round in 0..30 {
        let process = &processes[round % 2];
        let token = process.get().await.unwrap();
        process.report(&token).await;
        process.get().await.unwrap();
        settle().await;
        store.clock.pass(130.0);
        // The other one hears of it.
        for process in &processes {
            process.get().await.unwrap();
            settle().await;
        }
    }
    // Ten a day, however many processes.
    assert_eq!(forced.load(Ordering::SeqCst), 10);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_another_process_was_given_again_is_the_valid_one() {
    let store = Watched::new();
    let legacy = || legacy([grant("one"), grant("one")]);
    let (left, right) = (legacy(), legacy());
    let (left_process, right_process) = (store.process(left.clone()), store.process(right.clone()));
    let (one, same) = (left_process.get().await.unwrap(), right_process.get().await.unwrap());
    store.clock.pass(10.0);
    left_process.report(&one).await;
    right_process.report(&same).await;
    store.clock.pass(1.0);
    assert!(left_process.get().await.unwrap().ptr_eq(&one));
    settle().await;
    // The same issue, so nothing is sent again with it.
    assert!(right_process.get().await.unwrap().ptr_eq(&same));
    assert_eq!((left.fetches(), right.fetches()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn accounts_in_one_store_never_mix() {
    let store = Watched::new();
    let (left, right) = (Script::new([grant("left")]), Script::new([grant("right")]));
    let cache = |script: &Script, key: &str| {
        let cache =
            TokenCache::with_clock(script.clone(), TokenPolicy::new(SourceKind::Stable), store.clock.clone());
        cache.with_store(store.clone(), key)
    };
    for _ in 0..3 {
        // New processes each time.
        assert_eq!(value(&cache(&left, "weixin:wx1:stable_token")).await, "left");
        assert_eq!(value(&cache(&right, "weixin:wx2:stable_token")).await, "right");
    }
    assert_eq!((left.fetches(), right.fetches()), (1, 1));
}
