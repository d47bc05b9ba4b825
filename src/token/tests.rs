//! Tests of the token cache, with a scripted source that counts fetches and a clock set by hand.
//! No test's outcome depends on how fast the machine is.

mod expiry;
mod hostile;
mod refresh;
mod refusal;
mod repeat;
mod sharing;
mod state;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::clock::Clock;
use super::{Grant, SourceKind, Token, TokenCache, TokenPolicy, TokenProvider, TokenSource};
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;

#[derive(Clone, Default)]
struct HandClock(Arc<Mutex<Duration>>);

impl HandClock {
    fn pass(&self, seconds: f64) {
        *self.0.lock().unwrap() += Duration::from_secs_f64(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    /// On tokio's clock, so that nobody waits in a runtime whose time is paused; this one is set to the end.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let (clock, end) = (Arc::clone(&self.0), self.now() + time);
        Box::pin(async move {
            tokio::time::sleep(time).await;
            let mut now = clock.lock().unwrap();
            *now = end.max(*now);
        })
    }

    fn chance(&self) -> u32 {
        0
    }
}

enum Answer {
    Grant(&'static str, u64),
    Fail(Error),
    /// Panics when the future is polled.
    Panic,
    /// Panics before there is a future.
    PanicAtOnce,
    Hang,
    /// Waits for a permit, then grants.
    Gate(Arc<Semaphore>, &'static str, u64),
}
use Answer::{Fail, Gate, Hang, Panic, PanicAtOnce};

fn grant(value: &'static str) -> Answer {
    Answer::Grant(value, 7200)
}

/// Gives its answers in order and then fails; knows how often it was asked, and which times with force.
#[derive(Clone)]
struct Script {
    kind: SourceKind,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<bool>>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            kind: SourceKind::Stable,
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            asked: Arc::default(),
        }
    }

    fn push(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    fn fetches(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn forced(&self) -> Vec<bool> {
        self.asked.lock().unwrap().clone()
    }

    fn cache(&self) -> (Arc<TokenCache>, HandClock) {
        let clock = HandClock::default();
        let cache = TokenCache::with_clock(self.clone(), TokenPolicy::new(self.kind), clock.clone());
        (Arc::new(cache), clock)
    }
}

impl TokenSource for Script {
    fn fetch(&self, force: bool) -> BoxFuture<'static, Result<Grant>> {
        self.asked.lock().unwrap().push(force);
        let answer = self.answers.lock().unwrap().pop_front();
        if matches!(answer, Some(PanicAtOnce)) {
            panic!("the script says so");
        }
        Box::pin(async move {
            match answer {
                Some(Answer::Grant(value, life)) => Ok(Grant::new(value, Duration::from_secs(life))),
                Some(Fail(error)) => Err(error),
                Some(Panic | PanicAtOnce) => panic!("the script says so"),
                Some(Hang) => std::future::pending().await,
                Some(Gate(gate, value, life)) => {
                    gate.acquire().await.unwrap().forget();
                    Ok(Grant::new(value, Duration::from_secs(life)))
                }
                None => Err(Error::new(ErrorKind::Token, "the script is over")),
            }
        })
    }

    fn kind(&self) -> SourceKind {
        self.kind
    }
}

/// A source computed from the number of the request and whether it is forced.
struct Computed<F>(Arc<AtomicUsize>, F);

impl<F: Fn(usize, bool) -> String + Send + Sync + 'static> TokenSource for Computed<F> {
    fn fetch(&self, force: bool) -> BoxFuture<'static, Result<Grant>> {
        let value = (self.1)(self.0.fetch_add(1, Ordering::SeqCst), force);
        Box::pin(async move { Ok(Grant::new(value, Duration::from_secs(7200))) })
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Stable
    }
}

async fn value(cache: &TokenCache) -> String {
    cache.get().await.unwrap().expose().to_owned()
}

/// Lets a task in the background get as far as it can: in a single-threaded runtime each turn polls every
/// task that is ready.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

fn outage() -> Error {
    Error::new(ErrorKind::Connect, "no route")
}

fn poll_once<T>(future: &mut BoxFuture<'_, T>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn runtime(threads: usize) -> Runtime {
    match threads {
        0 => Builder::new_current_thread().enable_all().build().unwrap(),
        threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn invalidate_forgets_token_and_failure() {
    let script = Script::new([Fail(Error::api(40164, "not in whitelist")), grant("one"), grant("two")]);
    let (cache, _) = script.cache();
    assert!(cache.get().await.is_err());
    cache.invalidate();
    assert_eq!(value(&cache).await, "one");
    cache.invalidate();
    assert_eq!(value(&cache).await, "two");
    assert_eq!(script.forced(), [false; 3]);
}

#[tokio::test(start_paused = true)]
async fn two_caches_never_mix() {
    let (left, right) = (Script::new([grant("left")]), Script::new([grant("right")]));
    let ((left_cache, _), (right_cache, _)) = (left.cache(), right.cache());
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (left, right) = (left_cache.clone(), right_cache.clone());
            tokio::spawn(async move {
                let (one, two) = (left.get().await.unwrap(), right.get().await.unwrap());
                // A report to the wrong cache does nothing.
                left.report(&two).await;
                right.report(&one).await;
                (one.expose().to_owned(), two.expose().to_owned())
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), ("left".to_owned(), "right".to_owned()));
    }
    assert_eq!((left.fetches(), right.fetches()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_cache_leaves_no_task() {
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    for _ in 0..1000 {
        let script = Script::new([Hang]);
        let (cache, _) = script.cache();
        let mut get = cache.get();
        assert!(poll_once(&mut get).is_pending());
    }
    settle().await;
    assert_eq!(alive(), before);
}

#[tokio::test(start_paused = true)]
async fn a_finished_fetch_leaves_no_task() {
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let script = Script::new([grant("one")]);
    let (cache, _) = script.cache();
    value(&cache).await;
    settle().await;
    assert_eq!(alive(), before);
}

#[tokio::test(start_paused = true)]
async fn nothing_prints_the_secret() {
    let secret = "87_hEuSecret";
    let script = Script::new([Answer::Grant(secret, 7200), Fail(outage())]);
    let (cache, clock) = script.cache();
    let token = cache.get().await.unwrap();
    clock.pass(7000.0);
    value(&cache).await;
    settle().await;
    let texts = [
        format!("{token:?} {:?}", Token::new(secret)),
        format!("{:?}", Grant::new(secret, Duration::ZERO)),
        format!("{cache:#?}"),
        format!("{:?}", cache.status()),
    ];
    for text in texts {
        assert!(!text.contains("hEuSecret"), "{text}");
    }
    assert!(cache.status().failure.is_some());
    assert_eq!(format!("{token:?}"), "Token(***)");
}

#[test]
fn issues_are_told_apart() {
    let one = Token::new("same");
    let other = Token::new("same");
    assert!(one.ptr_eq(&one.clone()));
    assert!(!one.ptr_eq(&other));
}
