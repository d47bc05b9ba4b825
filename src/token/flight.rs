//! One fetch of a token: asking the source, surviving it, and judging its answer.
//! Who waits for it and when one is due is decided in `cache.rs`.

use std::future::poll_fn;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::cache::{Shared, State};
use super::held::Held;
use super::{BoxFuture, Grant, Token};
use crate::error::{Error, ErrorKind, Result};

/// What waiters watch: empty until the flight is over. Closed while still empty, the flight has died.
pub(super) type Outcome = watch::Receiver<Option<Result<Token>>>;

/// A fetch under way.
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) started: Duration,
    pub(super) outcome: Outcome,
    task: AbortHandle,
}

impl Flight {
    /// Whether the task still exists. It may exist on a runtime that nobody drives: waiters look at the time.
    pub(super) fn is_alive(&self) -> bool {
        self.outcome.has_changed().is_ok()
    }

    pub(super) fn abort(&self) {
        self.task.abort();
    }
}

/// Starts a flight on the runtime; the caller holds the lock and knows that there is none.
pub(super) fn start<'a>(
    shared: &Arc<Shared>,
    state: &'a mut State,
    runtime: &Handle,
    now: Duration,
) -> &'a Flight {
    let id = state.flights;
    state.flights += 1;
    let (sender, outcome) = watch::channel(None);
    let task = runtime.spawn(fly(Arc::clone(shared), id, sender)).abort_handle();
    state.flight.insert(Flight { id, started: now, outcome, task })
}

/// One request to the source.
struct Ask {
    force: bool,
    at: Duration,
    /// How many refusals were known then.
    refusals: u64,
}

/// Why the source has no answer.
enum Trouble {
    Panic,
    Failure(Error),
}

/// What follows from an answer.
enum Next {
    Over(Result<Token>),
    AskAgain,
    /// The source returned the refused token, with this life; ask with force.
    Force {
        life: Duration,
    },
    /// Nothing to tell: somebody else starts over.
    Lost,
}

async fn fly(shared: Arc<Shared>, id: u64, sender: watch::Sender<Option<Result<Token>>>) {
    let deadline = Instant::now().checked_add(shared.policy.fetch_timeout);
    let mut insisted = None;
    loop {
        let ask = Ask { force: insisted.is_some(), at: shared.clock.now(), refusals: shared.lock().refusals };
        let answer = ask_source(&shared, ask.force, deadline).await;
        match shared.settle(id, &ask, answer, insisted) {
            Next::Over(result) => {
                sender.send_replace(Some(result));
                return;
            }
            Next::AskAgain => {}
            Next::Force { life } => insisted = Some((ask.at, life)),
            Next::Lost => return,
        }
    }
}

/// The place where a store for several processes would be asked before the source, and told after it.
async fn ask_source(shared: &Shared, force: bool, deadline: Option<Instant>) -> Result<Grant, Trouble> {
    let mut fetch: Option<BoxFuture<'static, Result<Grant>>> = None;
    let survived = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| {
            fetch.get_or_insert_with(|| shared.source.fetch(force)).as_mut().poll(context)
        }));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => Poll::Ready(result.map_err(Trouble::Failure)),
            Err(_) => Poll::Ready(Err(Trouble::Panic)),
        }
    });
    let result = match deadline {
        Some(deadline) => match tokio::time::timeout_at(deadline, survived).await {
            Ok(result) => result,
            Err(_) => {
                let seconds = shared.policy.fetch_timeout.as_secs_f32();
                let message = format!("the source of access tokens did not answer within {seconds} s");
                Err(Trouble::Failure(Error::new(ErrorKind::Timeout, message)))
            }
        },
        None => survived.await,
    };
    match result {
        Ok(grant) if grant.value.trim().is_empty() => {
            let error = Error::new(ErrorKind::Token, "the source of access tokens answered an empty token");
            Err(Trouble::Failure(error))
        }
        result => result,
    }
}

impl Shared {
    /// Draws the conclusions from an answer. `insisted` is when, and with which life, the source returned the
    /// refused token in this flight.
    fn settle(
        &self,
        id: u64,
        ask: &Ask,
        answer: Result<Grant, Trouble>,
        insisted: Option<(Duration, Duration)>,
    ) -> Next {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.flight.as_ref().is_none_or(|flight| flight.id != id) {
            return Next::Lost;
        }
        let now = self.clock.now();
        let panicked = matches!(answer, Err(Trouble::Panic));
        state.panics = if panicked { state.panics.saturating_add(1) } else { 0 };
        let next = match answer {
            Ok(grant) => self.accept(state, ask, grant, now),
            // The plain request worked: the refused token is all there is.
            Err(_) if insisted.is_some() => match (insisted, state.refused.take()) {
                (Some((at, life)), Some(token)) => Next::Over(Ok(self.insist(state, token, at, life, now))),
                // Only invalidate() and report() set it, and only settle() clears it.
                _ => Next::Lost,
            },
            // Once is an accident and a waiter may try again; twice is how the source is.
            Err(Trouble::Panic) if state.panics == 1 => {
                if let Some(held) = &*self.current.load() {
                    held.wait_until(now);
                }
                Next::Lost
            }
            Err(trouble) => {
                let error = match trouble {
                    Trouble::Panic => Error::new(ErrorKind::Token, "the source of access tokens panicked"),
                    Trouble::Failure(error) => error,
                };
                let until = state.failures.record(error.clone(), now);
                if let Some(held) = &*self.current.load() {
                    held.wait_until(until);
                }
                Next::Over(Err(error))
            }
        };
        if matches!(next, Next::Over(_) | Next::Lost) {
            state.flight = None;
        }
        next
    }

    fn accept(&self, state: &mut State, ask: &Ask, grant: Grant, now: Duration) -> Next {
        state.failures.clear();
        if let Some(token) = state.refused.take_if(|token| token.expose() == grant.value) {
            // The token was refused while this request was under way: the answer may be older than that.
            if ask.refusals != state.refusals {
                state.refused = Some(token);
                return Next::AskAgain;
            }
            if !ask.force && state.budget.take(&self.policy, now) {
                state.refused = Some(token);
                return Next::Force { life: grant.expires_in };
            }
            return Next::Over(Ok(self.insist(state, token, ask.at, grant.expires_in, now)));
        }
        state.refused = None;
        let expiry = self.policy.expiry(&*self.clock, ask.at, now, grant.expires_in);
        let held = match &*self.current.load() {
            Some(held) if held.value() == grant.value => held.renewed(expiry),
            _ => Held::new(&Token::new(grant.value), now, expiry),
        };
        let token = held.token();
        self.current.store(Some(Arc::new(held)));
        Next::Over(Ok(token))
    }

    /// Hands the refused token out again, as the same token, since the source says that it is the valid one.
    /// Who was refused with it sees that nothing has changed, and need not send again.
    fn insist(
        &self,
        state: &mut State,
        token: Token,
        asked: Duration,
        life: Duration,
        now: Duration,
    ) -> Token {
        state.rejections.insist();
        let expiry = self.policy.expiry(&*self.clock, asked, now, life);
        self.current.store(Some(Arc::new(Held::new(&token, now, expiry))));
        token
    }
}
