//! One refresh for many callers, whatever happens to the callers, the source or the runtime.
//! When a fetch is due is tested in `expiry.rs`.

use super::*;

#[test]
fn ten_thousand_first_calls_are_one_fetch() {
    runtime(4).block_on(async {
        let gate = Arc::new(Semaphore::new(0));
        let script = Script::new([Gate(gate.clone(), "one", 7200)]);
        let (cache, _) = script.cache();
        let tasks: Vec<_> = (0..10_000)
            .map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { cache.get().await.map(|token| token.expose().to_owned()) })
            })
            .collect();
        gate.add_permits(1);
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), "one");
        }
        assert_eq!(script.forced(), [false]);
    });
}

#[tokio::test(start_paused = true)]
async fn a_failing_first_fetch_fails_all_its_waiters_at_once() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([Fail(Error::api(40125, "invalid appsecret"))]);
    let (cache, _) = script.cache();
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let (cache, gate) = (cache.clone(), gate.clone());
            tokio::spawn(async move {
                gate.acquire().await.unwrap().forget();
                cache.get().await
            })
        })
        .collect();
    gate.add_permits(1000);
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap_err().code().unwrap().0, 40125);
    }
    assert_eq!(script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_first_caller_may_leave() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([Gate(gate.clone(), "one", 7200)]);
    let (cache, _) = script.cache();
    let mut first = cache.get();
    assert!(poll_once(&mut first).is_pending());
    let mut second = cache.get();
    assert!(poll_once(&mut second).is_pending());
    drop(first);
    gate.add_permits(1);
    assert_eq!(second.await.unwrap().expose(), "one");
    assert_eq!(script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_fetch_goes_on_when_all_callers_leave() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([Gate(gate.clone(), "one", 7200)]);
    let (cache, _) = script.cache();
    let mut only = cache.get();
    assert!(poll_once(&mut only).is_pending());
    drop(only);
    gate.add_permits(1);
    settle().await;
    assert_eq!(cache.cached().unwrap().expose(), "one");
    assert_eq!(script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_dropped_at_random_lose_nobody() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for _round in 0..20 {
        let gate = Arc::new(Semaphore::new(0));
        let script = Script::new([Gate(gate.clone(), "one", 7200)]);
        let (cache, _) = script.cache();
        let tasks: Vec<_> = (0..1000)
            .map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { value(&cache).await })
            })
            .collect();
        settle().await;
        assert_eq!(script.fetches(), 1);
        let mut kept = Vec::new();
        for (index, task) in tasks.into_iter().enumerate() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            if index == 500 {
                gate.add_permits(1);
            }
            match random % 3 {
                0 => kept.push(task),
                1 => {
                    task.abort();
                    tokio::task::yield_now().await;
                }
                _ => task.abort(),
            }
        }
        for task in kept {
            assert_eq!(task.await.unwrap(), "one");
        }
        assert_eq!(script.fetches(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_source_is_survived_once() {
    for panic in [Panic, PanicAtOnce] {
        let script = Script::new([panic, grant("one")]);
        let (cache, _) = script.cache();
        let mut waiters: Vec<_> = (0..50).map(|_| cache.get()).collect();
        for waiter in &mut waiters {
            assert!(poll_once(waiter).is_pending());
        }
        for waiter in waiters {
            assert_eq!(waiter.await.unwrap().expose(), "one");
        }
        assert_eq!(script.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_always_panics_is_a_remembered_failure() {
    let script = Script::new([Panic, Panic, Panic, grant("one")]);
    let (cache, clock) = script.cache();
    for _ in 0..10 {
        let error = cache.get().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Token, "the source of access tokens panicked")
        );
    }
    assert_eq!(script.fetches(), 2);
    clock.pass(1.0);
    assert!(cache.get().await.is_err());
    assert_eq!(script.fetches(), 3);
    clock.pass(2.0);
    assert_eq!(value(&cache).await, "one");
}

#[test]
fn the_runtime_of_the_fetch_is_shut_down() {
    let script = Script::new([Hang, grant("one")]);
    let (cache, clock) = script.cache();
    let (dying, living) = (runtime(1), runtime(2));
    let starter = cache.clone();
    dying.spawn(async move { starter.get().await });
    while script.fetches() == 0 {
        std::thread::yield_now();
    }
    let entered = Arc::new(AtomicUsize::new(0));
    let waiters: Vec<_> = (0..100)
        .map(|_| {
            let (cache, entered) = (cache.clone(), entered.clone());
            living.spawn(async move {
                let mut get = cache.get();
                let first = poll_once(&mut get);
                assert!(first.is_pending());
                entered.fetch_add(1, Ordering::SeqCst);
                get.await.map(|token| token.expose().to_owned())
            })
        })
        .collect();
    while entered.load(Ordering::SeqCst) < 100 {
        std::thread::yield_now();
    }
    assert_eq!(script.fetches(), 1);
    clock.pass(1.0);
    drop(dying);
    living.block_on(async {
        for waiter in waiters {
            assert_eq!(waiter.await.unwrap().unwrap(), "one");
        }
    });
    assert_eq!(script.fetches(), 2);
}

#[test]
fn a_static_cache_outlives_many_runtimes() {
    let script = Script::new((0..30).map(|_| Hang));
    let (cache, clock) = script.cache();
    for round in 1..=30 {
        clock.pass(1.0);
        runtime(0).block_on(async {
            let mut get = cache.get();
            assert!(poll_once(&mut get).is_pending());
            while script.fetches() < round {
                tokio::task::yield_now().await;
            }
        });
    }
    clock.pass(1.0);
    script.push(grant("one"));
    assert_eq!(runtime(0).block_on(value(&cache)), "one");
    assert_eq!(script.fetches(), 31);
}

#[test]
fn a_fetch_on_a_runtime_that_nobody_drives_is_taken_over() {
    let script = Script::new([Hang, grant("one")]);
    let (cache, _) = script.cache();
    let idle = runtime(0);
    idle.block_on(async {
        let mut get = cache.get();
        assert!(poll_once(&mut get).is_pending());
        while script.fetches() == 0 {
            tokio::task::yield_now().await;
        }
    });
    let other = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    other.block_on(async {
        let waiters: Vec<_> = (0..20)
            .map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { value(&cache).await })
            })
            .collect();
        for waiter in waiters {
            assert_eq!(waiter.await.unwrap(), "one");
        }
    });
    assert_eq!(script.fetches(), 2);
    drop(idle);
    assert_eq!(cache.cached().unwrap().expose(), "one");
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let script = Script::new([grant("one")]);
    let (cache, clock) = script.cache();
    let Poll::Ready(Err(error)) = poll_once(&mut cache.get()) else { panic!("pending or a token") };
    assert_eq!(error.kind(), ErrorKind::Config);
    // Nothing is remembered of it, and a token at hand needs no runtime.
    assert_eq!(runtime(0).block_on(value(&cache)), "one");
    clock.pass(7000.0);
    assert_eq!(cache.cached().unwrap().expose(), "one");
    assert_eq!(script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_times_out() {
    let script = Script::new([Hang, grant("one")]);
    let (cache, clock) = script.cache();
    let began = tokio::time::Instant::now();
    let error = cache.get().await.unwrap_err();
    assert_eq!((error.kind(), began.elapsed().as_secs()), (ErrorKind::Timeout, 15));
    assert_eq!(error.to_string(), "the source of access tokens did not answer within 15 s");
    assert!(cache.get().await.is_err());
    assert_eq!(script.fetches(), 1);
    clock.pass(1.0);
    assert_eq!(value(&cache).await, "one");
}
