//! Reports of refused tokens: late ones, many at once, and a platform that refuses everything.
//! Ordinary renewal is tested in `expiry.rs`.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_without_force() {
    let script = Script::new([grant("one"), grant("two")]);
    let (cache, _) = script.cache();
    let one = cache.get().await.unwrap();
    cache.report(&one).await;
    assert!(cache.cached().is_none());
    let two = cache.get().await.unwrap();
    assert_eq!(two.expose(), "two");
    assert!(!two.ptr_eq(&one));
    // Late errors about the first one.
    for _ in 0..1000 {
        cache.report(&one).await;
    }
    assert!(cache.get().await.unwrap().ptr_eq(&two));
    assert_eq!(script.forced(), [false, false]);
}

#[test]
fn a_thousand_reports_are_one_fetch() {
    runtime(4).block_on(async {
        let gate = Arc::new(Semaphore::new(0));
        let script = Script::new([grant("one"), Gate(gate.clone(), "two", 7200)]);
        let (cache, clock) = script.cache();
        let one = cache.get().await.unwrap();
        clock.pass(10.0);
        let tasks: Vec<_> = (0..1000)
            .map(|_| {
                let (cache, one) = (cache.clone(), one.clone());
                tokio::spawn(async move {
                    cache.report(&one).await;
                    value(&cache).await
                })
            })
            .collect();
        gate.add_permits(1);
        for task in tasks {
            assert_eq!(task.await.unwrap(), "two");
        }
        assert_eq!(script.forced(), [false, false]);
    });
}

#[test]
fn a_thousand_reports_of_a_token_that_comes_back_are_two_fetches() {
    for forced_answer in [grant("one"), Fail(outage()), Panic] {
        runtime(4).block_on(async {
            let script = Script::new([grant("one"), grant("one"), forced_answer]);
            let (cache, clock) = script.cache();
            let one = cache.get().await.unwrap();
            clock.pass(10.0);
            let tasks: Vec<_> = (0..1000)
                .map(|_| {
                    let (cache, one) = (cache.clone(), one.clone());
                    tokio::spawn(async move {
                        cache.report(&one).await;
                        assert!(cache.get().await.unwrap().ptr_eq(&one));
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(script.forced(), [false, false, true]);
            assert!(cache.status().failure.is_none());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn force_comes_only_after_the_same_token_came_back() {
    let script = Script::new([grant("one"), grant("one"), grant("two")]);
    let (cache, _) = script.cache();
    let one = cache.get().await.unwrap();
    cache.report(&one).await;
    assert_eq!(value(&cache).await, "two");
    assert_eq!(script.forced(), [false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn force_has_a_gap_and_a_daily_budget() {
    // The platform returns what it returned, unless forced: then the next one.
    let forced = Arc::new(AtomicUsize::new(0));
    let (asked, counter) = (Arc::new(AtomicUsize::new(0)), forced.clone());
    let source = Computed(asked.clone(), move |_, force| {
        if force {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        format!("number {}", counter.load(Ordering::SeqCst))
    });
    let clock = HandClock::default();
    let cache = TokenCache::with_clock(source, TokenPolicy::new(SourceKind::Stable), clock.clone());
    let refuse = || async {
        let token = cache.get().await.unwrap();
        cache.report(&token).await;
        cache.get().await.unwrap();
        forced.load(Ordering::SeqCst)
    };
    assert_eq!(refuse().await, 1);
    assert_eq!(refuse().await, 1);
    // A second has passed before the source was asked once more.
    clock.pass(28.0);
    assert_eq!(refuse().await, 1);
    clock.pass(1.0);
    assert_eq!(refuse().await, 1, "just handed out again: the report is not acted on");
    clock.pass(1.0);
    assert_eq!(refuse().await, 2);
    for expected in 3..=10 {
        clock.pass(130.0);
        assert_eq!(refuse().await, expected);
    }
    for _ in 0..20 {
        clock.pass(130.0);
        assert_eq!(refuse().await, 10);
    }
    clock.pass(24.0 * 3600.0);
    assert_eq!(refuse().await, 11);
}

#[tokio::test(start_paused = true)]
async fn one_fetch_forces_at_most_once() {
    let script = Script::new((0..10).map(|_| grant("one")));
    let policy = TokenPolicy::new(SourceKind::Stable).min_forced_refresh_interval(Duration::ZERO);
    let cache = TokenCache::with_clock(script.clone(), policy, HandClock::default());
    let one = cache.get().await.unwrap();
    cache.report(&one).await;
    assert!(cache.get().await.unwrap().ptr_eq(&one));
    assert_eq!(script.forced(), [false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_served_for_a_while_gives_the_free_replacements_back() {
    let asked = Arc::new(AtomicUsize::new(0));
    let clock = HandClock::default();
    let source = Computed(asked.clone(), |number, _| format!("number {number}"));
    let cache = TokenCache::with_clock(source, TokenPolicy::new(SourceKind::Stable), clock.clone());
    let refuse = || async {
        let token = cache.get().await.unwrap();
        cache.report(&token).await;
        cache.get().await.unwrap();
        asked.load(Ordering::SeqCst)
    };
    for expected in [2, 3, 4, 4, 4] {
        assert_eq!(refuse().await, expected);
    }
    clock.pass(120.0);
    for expected in [5, 6, 7, 8, 8, 8] {
        assert_eq!(refuse().await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_without_force_is_never_forced() {
    let mut script = Script::new([grant("one"), grant("one")]);
    script.kind = SourceKind::Legacy;
    let (cache, _) = script.cache();
    let one = cache.get().await.unwrap();
    cache.report(&one).await;
    assert!(cache.get().await.unwrap().ptr_eq(&one));
    assert_eq!(script.forced(), [false, false]);
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_refuses_everything_costs_a_bounded_number_of_requests() {
    for same in [false, true] {
        let asked = Arc::new(AtomicUsize::new(0));
        let source =
            Computed(asked.clone(), move |number, _| format!("number {}", if same { 0 } else { number }));
        let clock = HandClock::default();
        let cache = TokenCache::with_clock(source, TokenPolicy::new(SourceKind::Stable), clock.clone());
        // As the client makes a call: send, report, send again if there is another token.
        let call = || async {
            let token = cache.get().await.unwrap();
            cache.report(&token).await;
            let next = cache.get().await.unwrap();
            if !next.ptr_eq(&token) {
                cache.report(&next).await;
            }
        };
        for _ in 0..1000 {
            call().await;
        }
        let at_once = asked.load(Ordering::SeqCst);
        assert_eq!(at_once, if same { 3 } else { 4 });
        // An hour with ten calls a second.
        for _ in 0..36_000 {
            clock.pass(0.1);
            call().await;
        }
        let in_an_hour = asked.load(Ordering::SeqCst) - at_once;
        assert!((50..90).contains(&in_an_hour), "{in_an_hour}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_while_it_is_being_fetched_again_is_asked_for_once_more() {
    // The answer under way was given before the refusal, so it proves nothing; no force is spent on it.
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([grant("one"), Gate(gate.clone(), "one", 300), grant("two")]);
    let (cache, clock) = script.cache();
    let one = cache.get().await.unwrap();
    clock.pass(6900.0);
    cache.get().await.unwrap();
    settle().await;
    assert_eq!(script.fetches(), 2);
    cache.report(&one).await;
    let mut get = cache.get();
    assert!(poll_once(&mut get).is_pending());
    gate.add_permits(1);
    assert_eq!(get.await.unwrap().expose(), "two");
    assert_eq!(script.forced(), [false; 3]);
}
