//! When a token is renewed, how long it is used, and how long a failure is remembered.
//! Tokens that the platform refuses are tested in `refusal.rs`.

use super::super::clock::{Moment, SystemClock};
use super::*;

#[tokio::test(start_paused = true)]
async fn renewal_runs_behind_the_callers() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([grant("one"), Gate(gate.clone(), "two", 7200)]);
    let (cache, clock) = script.cache();
    assert_eq!(value(&cache).await, "one");
    clock.pass(6899.0);
    assert_eq!(value(&cache).await, "one");
    settle().await;
    assert_eq!(script.fetches(), 1);
    clock.pass(1.0);
    for _ in 0..100 {
        assert_eq!(value(&cache).await, "one");
        assert_eq!(cache.cached().unwrap().expose(), "one");
    }
    settle().await;
    assert_eq!(script.fetches(), 2);
    gate.add_permits(1);
    settle().await;
    assert_eq!(value(&cache).await, "two");
    assert_eq!(script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn at_hard_expiry_callers_wait_for_the_renewal_under_way() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([grant("one"), Gate(gate.clone(), "two", 7200)]);
    let (cache, clock) = script.cache();
    value(&cache).await;
    clock.pass(7000.0);
    assert_eq!(value(&cache).await, "one");
    clock.pass(200.0);
    assert!(cache.cached().is_none());
    let mut late = cache.get();
    assert!(poll_once(&mut late).is_pending());
    gate.add_permits(1);
    assert_eq!(late.await.unwrap().expose(), "two");
    assert_eq!(script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_keeps_the_token() {
    let script = Script::new([grant("one"), Fail(outage()), Fail(outage()), Panic, grant("two")]);
    let (cache, clock) = script.cache();
    value(&cache).await;
    clock.pass(6900.0);
    // Each pause is one step of the schedule; in between nothing is sent. After a first panic there is none.
    for (pause, fetches) in [(0.0, 2), (0.9, 2), (0.1, 3), (1.9, 3), (0.1, 4)] {
        clock.pass(pause);
        assert_eq!(value(&cache).await, "one");
        settle().await;
        assert_eq!(script.fetches(), fetches);
    }
    assert_eq!(value(&cache).await, "one");
    settle().await;
    // There never is a second request within a second.
    assert_eq!(script.fetches(), 4);
    tokio::time::sleep(Duration::from_secs(1)).await;
    settle().await;
    assert_eq!(value(&cache).await, "two");
    assert!(cache.status().failure.is_none());
}

#[tokio::test(start_paused = true)]
async fn at_hard_expiry_a_failure_of_the_background_is_nobodys_answer() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([grant("one"), Gate(gate.clone(), "late", 7200), grant("two"), Fail(outage())]);
    let (cache, clock) = script.cache();
    value(&cache).await;
    clock.pass(7199.0);
    // Its runtime stands still, and the time of the fetch runs out.
    assert_eq!(value(&cache).await, "one");
    settle().await;
    assert_eq!(script.fetches(), 2);
    clock.pass(1.0);
    let mut late = cache.get();
    assert!(poll_once(&mut late).is_pending());
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!(late.await.unwrap().expose(), "two");
    assert_eq!(script.fetches(), 3);
    // A failure that is remembered from the background is no answer either.
    clock.pass(7199.5);
    value(&cache).await;
    settle().await;
    assert_eq!(script.fetches(), 4);
    clock.pass(0.5);
    assert!(cache.status().failure.is_some() && cache.cached().is_none());
    script.push(grant("three"));
    assert_eq!(value(&cache).await, "three");
}

#[test]
fn a_renewal_that_died_with_its_runtime_is_started_again() {
    let script = Script::new([grant("one"), Hang, grant("two")]);
    let (cache, clock) = script.cache();
    runtime(0).block_on(async {
        value(&cache).await;
        clock.pass(6900.0);
        value(&cache).await;
        settle().await;
        assert_eq!(script.fetches(), 2);
    });
    runtime(0).block_on(async {
        clock.pass(17.0);
        assert_eq!(value(&cache).await, "one");
        settle().await;
        assert_eq!(value(&cache).await, "two");
    });
}

#[tokio::test(start_paused = true)]
async fn the_platform_may_return_the_same_token_with_its_remaining_life() {
    let script = Script::new([grant("one"), Answer::Grant("one", 300), grant("two")]);
    let (cache, clock) = script.cache();
    let first = cache.get().await.unwrap();
    clock.pass(6900.0);
    value(&cache).await;
    settle().await;
    // It is still the same issue, its age goes on, and nothing was forced.
    assert!(cache.cached().unwrap().ptr_eq(&first));
    assert_eq!(cache.status().age, Some(Duration::from_secs(6900)));
    assert_eq!(cache.status().refresh_in, Some(Duration::from_secs(225)));
    clock.pass(224.0);
    value(&cache).await;
    settle().await;
    assert_eq!(script.fetches(), 2);
    clock.pass(1.0);
    value(&cache).await;
    settle().await;
    assert_eq!(value(&cache).await, "two");
    assert_eq!(script.forced(), [false; 3]);
}

#[tokio::test(start_paused = true)]
async fn short_lives() {
    for (life, refresh, expires) in [
        (0, 0.75, 1.0),
        (1, 0.75, 1.0),
        (299, 224.25, 299.0),
        (345, 258.75, 345.0),
        (1200, 900.0, 1200.0),
        (7200, 6900.0, 7200.0),
        (u64::MAX, 31_535_700.0, 31_536_000.0),
    ] {
        let script = Script::new([Answer::Grant("one", life), grant("two")]);
        let (cache, clock) = script.cache();
        assert_eq!(value(&cache).await, "one");
        let status = cache.status();
        assert_eq!(status.refresh_in, Some(Duration::from_secs_f64(refresh)), "life {life}");
        assert_eq!(status.expires_in, Some(Duration::from_secs_f64(expires)), "life {life}");
        assert_eq!(script.fetches(), 1);
        clock.pass(expires);
        assert_eq!(value(&cache).await, "two");
        assert_eq!(script.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn windows_by_source() {
    for (kind, refresh) in
        [(SourceKind::Stable, 6900), (SourceKind::Legacy, 6600), (SourceKind::Custom, 6900)]
    {
        let mut script = Script::new([grant("one"), grant("two")]);
        script.kind = kind;
        let (cache, clock) = script.cache();
        value(&cache).await;
        assert_eq!(cache.status().refresh_in, Some(Duration::from_secs(refresh)), "{kind:?}");
        clock.pass(refresh as f64 - 0.001);
        value(&cache).await;
        settle().await;
        assert_eq!(script.fetches(), 1, "{kind:?}");
        clock.pass(0.001);
        assert_eq!(value(&cache).await, "one");
        settle().await;
        assert_eq!(value(&cache).await, "two");
    }
}

#[tokio::test(start_paused = true)]
async fn spent_tokens_cost_one_fetch_a_second() {
    let script = Script::new((0..100).map(|_| Answer::Grant("one", 0)));
    let (cache, clock) = script.cache();
    // Fifty seconds, twenty calls in each.
    for _ in 0..1000 {
        assert_eq!(value(&cache).await, "one");
        settle().await;
        clock.pass(0.05);
    }
    assert!((50..=67).contains(&script.fetches()), "{}", script.fetches());
    assert!(script.forced().iter().all(|forced| !forced));
}

#[tokio::test(start_paused = true)]
async fn life_counts_from_the_request() {
    let gate = Arc::new(Semaphore::new(0));
    let script = Script::new([Gate(gate.clone(), "one", 7200)]);
    let (cache, clock) = script.cache();
    let mut get = cache.get();
    assert!(poll_once(&mut get).is_pending());
    settle().await;
    clock.pass(10.0);
    gate.add_permits(1);
    get.await.unwrap();
    assert_eq!(cache.status().expires_in, Some(Duration::from_secs(7190)));
}

#[test]
fn jitter_only_puts_off() {
    let policy = TokenPolicy::new(SourceKind::Stable);
    let (now, life) = (Duration::from_secs(100), Duration::from_secs(7200));
    let points: Vec<_> = (0..1024).map(|chance| policy.expiry(Moment { now, chance }, now, life)).collect();
    for (soft, hard) in &points {
        assert_eq!(hard.as_secs(), 7300);
        assert!(*soft >= Duration::from_secs(7000) && *soft < Duration::from_secs(7075), "{soft:?}");
    }
    assert!(points.iter().any(|point| point != &points[0]));
    let clock = SystemClock::new();
    let chances: Vec<_> = (0..1000).map(|_| clock.chance()).collect();
    assert!(
        chances.iter().all(|chance| *chance < 1024) && chances.iter().any(|chance| *chance != chances[0])
    );
}

#[tokio::test(start_paused = true)]
async fn failures_are_remembered_longer_and_longer() {
    let pauses = [1, 2, 4, 8, 16, 32, 60, 60, 60];
    let script = Script::new(pauses.map(|_| Fail(outage())));
    script.push(grant("one"));
    let (cache, clock) = script.cache();
    let mut fetches = 0;
    for pause in pauses {
        fetches += 1;
        for _ in 0..10 {
            assert_eq!(cache.get().await.unwrap_err().kind(), ErrorKind::Connect);
        }
        assert_eq!(script.fetches(), fetches);
        assert_eq!(cache.status().retry_in, Some(Duration::from_secs(pause)));
        clock.pass(pause as f64 - 0.001);
        assert!(cache.get().await.is_err());
        assert_eq!(script.fetches(), fetches);
        clock.pass(0.001);
    }
    assert_eq!(value(&cache).await, "one");
    // A success resets the schedule.
    script.push(Fail(outage()));
    clock.pass(7200.0);
    assert!(cache.get().await.is_err());
    assert_eq!(cache.status().retry_in, Some(Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn failures_that_a_person_must_mend_are_remembered_for_minutes() {
    for code in [40001, 40013, 40125, 40164, 40243, 50002] {
        let script = Script::new((0..4).map(|_| Fail(Error::api(code, "no"))));
        script.push(grant("one"));
        let (cache, clock) = script.cache();
        for pause in [60, 120, 240, 300] {
            assert_eq!(cache.get().await.unwrap_err().code().unwrap().0, code);
            assert_eq!(cache.status().retry_in, Some(Duration::from_secs(pause)));
            clock.pass(pause as f64);
        }
        assert_eq!(value(&cache).await, "one");
        assert_eq!(script.fetches(), 5);
    }
    let script = Script::new([Fail(Error::new(ErrorKind::Config, "no"))]);
    let (cache, _) = script.cache();
    assert!(cache.get().await.is_err());
    assert_eq!(cache.status().retry_in, Some(Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn an_empty_token_is_a_failure() {
    for empty in ["", " \n"] {
        let script = Script::new([Answer::Grant(empty, 7200)]);
        let (cache, _) = script.cache();
        let error = cache.get().await.unwrap_err();
        assert_eq!(error.message(), "the source of access tokens answered an empty token");
        assert!(cache.cached().is_none());
        assert_eq!(script.fetches(), 1);
    }
}
