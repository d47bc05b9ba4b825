//! One fetch of a token: asking the source, surviving it, and judging its answer.
//! Who waits for it and when one is due is decided in `cache.rs`; the store is asked in `sharing.rs`.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::cache::{Shared, State, StoreKey};
use super::guard::guarded;
use super::held::{Held, Times};
use super::log;
use super::sharing::{Found, Turn};
use super::store::StoredToken;
use super::{Grant, Token, TokenOrigin};
use crate::error::{Error, ErrorKind, Result};

/// How long a token is used before the store is asked whether the others still use it.
const LOOK: Duration = Duration::from_secs(60);

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
    /// The source returned the refused token; ask with force.
    Force(Insisted),
    /// The refused token is all there is: it is used again, and other processes are told.
    Insist(Token, Insisted),
    /// Nothing to tell: somebody else starts over.
    Lost,
}

/// The source returned the refused token: when it was asked, and with which life.
#[derive(Clone, Copy)]
struct Insisted {
    at: Duration,
    life: Duration,
}

async fn fly(shared: Arc<Shared>, id: u64, sender: watch::Sender<Option<Result<Token>>>) {
    let store = shared.store.get();
    let mut turn = None;
    let next = shared.run(id, store, &mut turn).await;
    let mut again = None;
    match next {
        Next::Insist(token, insisted) => {
            again = Some((token.clone(), insisted.life));
            sender.send_replace(Some(Ok(token)));
        }
        Next::Over(result) => {
            sender.send_replace(Some(result));
        }
        Next::AskAgain | Next::Force(_) | Next::Lost => {}
    }
    drop(sender);
    // The callers need not wait for this.
    if let (Some(store), Some(turn)) = (store, &turn) {
        if let (Some((token, life)), Some(lease)) = (again, &turn.lease) {
            shared.publish(store, lease, token.expose(), life).await;
        }
        shared.give_back(store, turn).await;
    }
}

async fn ask_source(shared: &Shared, force: bool, deadline: Option<Instant>) -> Result<Grant, Trouble> {
    let fetch = guarded(|| shared.source.fetch(force));
    let answer = match deadline {
        Some(deadline) => match tokio::time::timeout_at(deadline, fetch).await {
            Ok(answer) => answer,
            Err(_) => {
                let seconds = shared.policy.fetch_timeout.as_secs_f32();
                let message = format!("the source of access tokens did not answer within {seconds} s");
                return Err(Trouble::Failure(Error::new(ErrorKind::Timeout, message)));
            }
        },
        None => fetch.await,
    };
    match answer {
        None => Err(Trouble::Panic),
        Some(Ok(grant)) if grant.value.trim().is_empty() => {
            let error = Error::new(ErrorKind::Token, "the source of access tokens answered an empty token");
            Err(Trouble::Failure(error))
        }
        Some(result) => result.map_err(Trouble::Failure),
    }
}

impl Shared {
    /// Looks into the store, if there is one; asks the source, if it is this process's turn; judges the answer.
    async fn run(&self, id: u64, store: Option<&StoreKey>, turn: &mut Option<Turn>) -> Next {
        let mut deadline = None;
        let mut insisted = None;
        loop {
            let ask = Ask { force: insisted.is_some(), at: self.clock.now(), refusals: self.lock().refusals };
            if let Some(store) = store.filter(|_| turn.as_ref().is_none_or(Turn::is_over)) {
                // A turn that took too long is somebody else's now.
                (*turn, deadline, insisted) = (None, None, None);
                match self.look(store).await {
                    Found::Fetch(mine) => *turn = Some(mine),
                    found => match self.settle_found(id, &ask, found) {
                        Next::AskAgain => {}
                        next => return next,
                    },
                }
                continue;
            }
            let limit =
                *deadline.get_or_insert_with(|| Instant::now().checked_add(self.policy.fetch_timeout));
            let answer = ask_source(self, ask.force, limit).await;
            let lease = turn.as_ref().and_then(|turn| turn.lease.as_ref());
            if let (Ok(grant), Some(store), Some(lease)) = (&answer, store, lease) {
                let good = !self.is_refused(&grant.value);
                if good && !self.publish(store, lease, &grant.value, grant.expires_in).await {
                    *turn = None;
                    continue;
                }
            }
            match self.settle(id, &ask, answer, insisted, lease.map(|lease| lease.fence)) {
                Next::AskAgain => {}
                Next::Force(seen) => {
                    let granted = match store {
                        Some(store) => self.may_force(store).await,
                        None => true,
                    };
                    if !granted {
                        return self.give_in(id, seen, lease.map(|lease| lease.fence));
                    }
                    insisted = Some(seen);
                }
                next => return next,
            }
        }
    }

    fn is_refused(&self, value: &str) -> bool {
        self.lock().refused.as_ref().is_some_and(|refused| refused.token.expose() == value)
    }

    /// Draws the conclusions from a look at the store that leaves nothing to fetch.
    fn settle_found(&self, id: u64, ask: &Ask, found: Found) -> Next {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.flight.as_ref().is_none_or(|flight| flight.id != id) {
            return Next::Lost;
        }
        let now = self.clock.now();
        if !matches!(found, Found::Failed(_)) && ask.refusals != state.refusals {
            return Next::AskAgain;
        }
        let next = match found {
            Found::Token(stored, at) => Next::Over(Ok(self.adopt(state, stored, at, now))),
            Found::Insisted(stored, at) => match state.refused.take() {
                Some(refused) => {
                    let seen = Insisted { at, life: stored.remaining };
                    Next::Over(Ok(self.insist(state, refused.token, seen, Some(stored.fence), now)))
                }
                None => Next::AskAgain,
            },
            Found::Same(fence) => match &*self.current.load() {
                Some(held) => {
                    let held = held.looked_up(fence, self.look_at(now));
                    let token = held.token();
                    self.current.store(Some(Arc::new(held)));
                    Next::Over(Ok(token))
                }
                None => Next::AskAgain,
            },
            Found::Failed(error) => self.fail(state, error, now),
            // It is not over then.
            Found::Fetch(_) => Next::AskAgain,
        };
        if matches!(next, Next::Over(_)) {
            state.land();
        }
        next
    }

    /// Takes over what another process fetched.
    fn adopt(&self, state: &mut State, stored: StoredToken, at: Duration, now: Duration) -> Token {
        state.failures.clear();
        state.refused = None;
        let times =
            Times { points: self.policy.expiry_of(&*self.clock, at, &stored), look: self.look_at(now) };
        let (held, reason) = match &*self.current.load() {
            Some(held) if held.value() == stored.value => {
                (held.renewed(times, Some(stored.fence)), "renewed")
            }
            current => {
                let reason = if current.is_some() { "newer" } else { "wanted" };
                let token = Token::new(stored.value);
                let held = Held::new(&token, now, times, Some(stored.fence), TokenOrigin::Store);
                (held.served(stored.age), reason)
            }
        };
        log::shared(self.account(), reason, stored.fence, stored.remaining);
        let token = held.token();
        self.current.store(Some(Arc::new(held)));
        token
    }

    /// Draws the conclusions from an answer. `insisted` is set if the source returned the refused token earlier
    /// in this flight, `fence` is the number under which other processes know the answer.
    fn settle(
        &self,
        id: u64,
        ask: &Ask,
        answer: Result<Grant, Trouble>,
        insisted: Option<Insisted>,
        fence: Option<u64>,
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
            Ok(grant) => self.accept(state, ask, grant, fence, now),
            // The plain request worked: the refused token is all there is.
            Err(_) if insisted.is_some() => match (insisted, state.refused.take()) {
                (Some(seen), Some(refused)) => {
                    Next::Insist(self.insist(state, refused.token, seen, fence, now), seen)
                }
                // Only invalidate() and report() set it, and only a flight clears it.
                _ => Next::Lost,
            },
            // Once is an accident and a waiter may try again; twice is how the source is.
            Err(Trouble::Panic) if state.panics == 1 => {
                if let Some(held) = &*self.current.load() {
                    held.wait_until(now);
                }
                Next::Lost
            }
            Err(Trouble::Panic) => {
                self.fail(state, Error::new(ErrorKind::Token, "the source of access tokens panicked"), now)
            }
            Err(Trouble::Failure(error)) => self.fail(state, error, now),
        };
        if matches!(next, Next::Over(_) | Next::Insist(..) | Next::Lost) {
            state.land();
        }
        next
    }

    /// Remembers the failure, and puts the next attempt off.
    fn fail(&self, state: &mut State, error: Error, now: Duration) -> Next {
        // No token was issued, so none of another process has been made invalid.
        if matches!(error.kind(), ErrorKind::Api | ErrorKind::Connect) {
            state.alone = None;
        }
        let until = state.failures.record(error.clone(), now);
        log::not_fetched(self.account(), &error, until.saturating_sub(now));
        if let Some(held) = &*self.current.load() {
            held.wait_until(until);
        }
        Next::Over(Err(error))
    }

    fn accept(&self, state: &mut State, ask: &Ask, grant: Grant, fence: Option<u64>, now: Duration) -> Next {
        state.failures.clear();
        if let Some(refused) = state.refused.take_if(|refused| refused.token.expose() == grant.value) {
            // The token was refused while this request was under way: the answer may be older than that.
            if ask.refusals != state.refusals {
                state.refused = Some(refused);
                return Next::AskAgain;
            }
            let seen = Insisted { at: ask.at, life: grant.expires_in };
            if !ask.force && state.budget.take(&self.policy, now) {
                state.refused = Some(refused);
                return Next::Force(seen);
            }
            return Next::Insist(self.insist(state, refused.token, seen, fence, now), seen);
        }
        let current = self.current.load();
        let reason = match (&*current, ask.force, &state.refused) {
            (_, true, _) => "forced",
            (_, _, Some(_)) => "refused",
            (Some(_), ..) => "due",
            (None, ..) => "none",
        };
        log::fetched(self.account(), reason, grant.expires_in);
        state.refused = None;
        let points = self.policy.expiry(&*self.clock, ask.at, now, grant.expires_in);
        let times = Times { points, look: self.look_at(now) };
        let held = match &*current {
            Some(held) if held.value() == grant.value => held.renewed(times, fence),
            _ => Held::new(&Token::new(grant.value), now, times, fence, TokenOrigin::Source),
        };
        let token = held.token();
        self.current.store(Some(Arc::new(held)));
        Next::Over(Ok(token))
    }

    /// All processes together have no forced fetch left.
    fn give_in(&self, id: u64, seen: Insisted, fence: Option<u64>) -> Next {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.flight.as_ref().is_none_or(|flight| flight.id != id) {
            return Next::Lost;
        }
        state.land();
        match state.refused.take() {
            Some(refused) => {
                let now = self.clock.now();
                Next::Insist(self.insist(state, refused.token, seen, fence, now), seen)
            }
            None => Next::Lost,
        }
    }

    /// Hands the refused token out again, as the same token, since the source says that it is the valid one.
    /// Who was refused with it sees that nothing has changed, and need not send again.
    fn insist(
        &self,
        state: &mut State,
        token: Token,
        seen: Insisted,
        fence: Option<u64>,
        now: Duration,
    ) -> Token {
        state.rejections.insist();
        let points = self.policy.expiry(&*self.clock, seen.at, now, seen.life);
        let times = Times { points, look: self.look_at(now) };
        self.current.store(Some(Arc::new(Held::new(&token, now, times, fence, TokenOrigin::Source))));
        token
    }

    /// When the store is to be looked at again.
    fn look_at(&self, now: Duration) -> Duration {
        match self.store.get() {
            Some(_) => now.saturating_add(LOOK),
            None => Duration::MAX,
        }
    }
}
