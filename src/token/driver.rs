//! Does what the state machine asks for: a refresh in a task of its own, those who wait for it, pauses, the store.
//! What is to be done is decided in `state.rs`, and nowhere here.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::clock::{Clock, Moment};
use super::guard::guarded;
use super::held::Held;
use super::pace::Permit;
use super::state::{longest, unanswered, Action, Event, Finish, State, Step, Trouble, ANSWER};
use super::{Grant, Token, TokenPolicy, TokenSource, TokenStore};
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;

/// A runtime that does nothing for this long is driven by nobody, and its refresh is taken over.
const IDLE: Duration = Duration::from_secs(1);

/// What waiters watch: empty until the refresh is over. Closed while still empty, the refresh has ended without an
/// outcome or has died.
type Outcome = watch::Receiver<Option<Result<Token>>>;

/// What a cache and its refresh share.
pub(super) struct Core {
    pub(super) source: Arc<dyn TokenSource>,
    pub(super) policy: TokenPolicy,
    pub(super) clock: Arc<dyn Clock>,
    /// The token of the state, read without the lock.
    pub(super) current: ArcSwapOption<Held>,
    /// Whose tokens these are, for the log.
    pub(super) label: OnceLock<String>,
    /// What other processes share, if anything, and the token's name in it.
    pub(super) store: OnceLock<(Arc<dyn TokenStore>, String)>,
    inner: Mutex<Inner>,
}

pub(super) struct Inner {
    pub(super) state: State,
    running: Option<Running>,
}

/// The task of the refresh under way.
struct Running {
    id: u64,
    outcome: Outcome,
    task: AbortHandle,
    runtime: Handle,
}

/// How a caller gets its token.
pub(super) enum Way {
    Held(Token),
    Wait(Waiting),
}

/// A refresh to wait for.
pub(super) struct Waiting {
    id: u64,
    outcome: Outcome,
    runtime: Handle,
    /// It was started for this caller.
    pub(super) mine: bool,
}

impl Core {
    pub(super) fn new(source: Arc<dyn TokenSource>, policy: TokenPolicy, clock: Arc<dyn Clock>) -> Self {
        let state = State::new(source.kind(), policy.clone());
        Self {
            source,
            policy,
            clock,
            current: ArcSwapOption::empty(),
            label: OnceLock::new(),
            store: OnceLock::new(),
            inner: Mutex::new(Inner { state, running: None }),
        }
    }

    /// Never held across an await, nor while a user's source, store or log runs.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the state machine what has happened.
    pub(super) fn on(&self, event: Event) -> Action {
        self.with(|inner, moment| inner.state.on(event, moment))
    }

    /// Shows readers the token that the state has afterwards, and logs what it has to say.
    fn with<T>(&self, act: impl FnOnce(&mut Inner, Moment) -> T) -> T {
        let moment = Moment::of(&*self.clock);
        let mut inner = self.lock();
        let done = act(&mut inner, moment);
        let current = self.current.load();
        let same = match (&*current, &inner.state.held) {
            (Some(current), Some(held)) => Arc::ptr_eq(current, held),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.current.store(inner.state.held.clone());
        }
        let notes = std::mem::take(&mut inner.state.notes);
        drop(inner);
        for note in notes {
            note.log(self.label.get().map_or("", String::as_str));
        }
        done
    }

    /// The token, the remembered failure, or the refresh to wait for: the one under way or a new one.
    pub(super) fn want(self: &Arc<Self>) -> Result<Way> {
        let runtime = Handle::try_current();
        self.with(|inner, moment| {
            inner.bury();
            let usable = inner.state.held.as_ref().filter(|held| moment.now < held.hard);
            let runtime = match (runtime, usable) {
                (Ok(runtime), _) => runtime,
                (Err(_), Some(held)) => return Ok(Way::Held(held.token())),
                (Err(_), None) => {
                    return Err(Error::new(ErrorKind::Config, "fetching a token needs a tokio runtime"));
                }
            };
            let mine = match inner.state.on(Event::Wanted, moment) {
                Action::Use(token) => return Ok(Way::Held(token)),
                Action::Fail(error) => return Err(error),
                Action::Start(id) => {
                    inner.start(self, id, runtime);
                    true
                }
                _ => false,
            };
            match &inner.running {
                Some(Running { id, outcome, runtime, .. }) => {
                    let (outcome, runtime) = (outcome.clone(), runtime.clone());
                    Ok(Way::Wait(Waiting { id: *id, outcome, runtime, mine }))
                }
                // What is joined is running.
                None => Err(Error::new(ErrorKind::Token, "the fetch of an access token was cut off")),
            }
        })
    }

    /// Starts a refresh that nobody waits for, if this reader is the first to find that one is due.
    #[cold]
    pub(super) fn refresh_behind(self: &Arc<Self>, held: &Arc<Held>, now: Duration) {
        let Ok(runtime) = Handle::try_current() else { return };
        // If the refresh dies with its runtime, a reader after this time tries again.
        let longest = longest(&self.policy, self.store.get().is_some());
        if !held.claim(now, now.saturating_add(longest)) {
            return;
        }
        self.with(|inner, moment| {
            inner.bury();
            if let Action::Start(id) = inner.state.on(Event::Due(Arc::clone(held)), moment) {
                inner.start(self, id, runtime);
            }
        });
    }

    /// What the refresh leads to; nothing if it has ended without an outcome, died, or been taken over.
    pub(super) async fn outcome(&self, waiting: Waiting) -> Option<Result<Token>> {
        let Waiting { id, mut outcome, runtime, .. } = waiting;
        let mut over = std::pin::pin!(async move {
            outcome.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone())
        });
        if Handle::current().id() == runtime.id() {
            return over.await;
        }
        loop {
            // Whoever drives that runtime runs this as well.
            let ping = runtime.spawn(async {});
            tokio::select! {
                outcome = &mut over => return outcome,
                alive = timeout(IDLE, ping) => if !matches!(alive, Ok(Ok(()))) {
                    self.give_up(id);
                    return None;
                },
            }
            if let Ok(outcome) = timeout(IDLE, &mut over).await {
                return outcome;
            }
        }
    }

    /// Abandons a refresh that does not get on, unless another caller has already done so.
    fn give_up(&self, id: u64) {
        self.with(|inner, moment| {
            if let Some(running) = inner.running.take_if(|running| running.id == id) {
                running.task.abort();
                inner.state.on(Event::Abandoned(id), moment);
            }
        });
    }

    /// Ends the refresh under way, with its cache.
    pub(super) fn abort(&self) {
        if let Some(running) = self.lock().running.take() {
            running.task.abort();
        }
    }

    async fn refresh(self: Arc<Self>, id: u64, outcome: watch::Sender<Option<Result<Token>>>) {
        let mut step = Step::Begun;
        let finish = loop {
            step = match self.on(Event::Step(id, step)) {
                Action::Sleep(time) => {
                    self.clock.sleep(time).await;
                    Step::Slept
                }
                Action::Fetch { force, at, limit } => Step::Fetched(self.fetch(force, at, limit).await),
                Action::Read => Step::Read(self.ask(|store, key| store.read(key)).await),
                Action::Lock(life) => Step::Locked(self.ask(|store, key| store.lock(key, life)).await),
                Action::Write(lease, value, life) => {
                    Step::Written(self.ask(|store, _| store.write(&lease, &value, life)).await)
                }
                Action::Unlock(lease) => Step::Unlocked(self.ask(|store, _| store.unlock(&lease)).await),
                Action::Discard(fence) => {
                    Step::Discarded(self.ask(|store, key| store.discard(key, fence)).await)
                }
                Action::AcquireForce => {
                    let interval = self.policy.min_forced_refresh_interval;
                    let per_day = self.policy.max_forced_refreshes_per_day;
                    let asked = self.ask(|store, key| store.acquire_forced_refresh(key, interval, per_day));
                    Step::ForceAcquired(asked.await)
                }
                Action::Finish(finish) => break finish,
                _ => return,
            }
        };
        if let Some(result) = &finish.outcome {
            outcome.send_replace(Some(result.clone()));
        }
        drop(outcome);
        self.tell_store(finish).await;
    }

    /// What the callers need not wait for.
    async fn tell_store(&self, finish: Finish) {
        if let Some((lease, value, life)) = finish.publish {
            match self.ask(|store, _| store.write(&lease, &value, life)).await {
                Ok(true) => self.on(Event::Published(lease.fence)),
                Ok(false) => Action::Nothing,
                Err(error) => self.on(Event::StoreFailed(error)),
            };
        }
        if let Some(lease) = finish.unlock {
            // A lock that can't be given back ends by itself.
            if let Err(error) = self.ask(|store, _| store.unlock(&lease)).await {
                self.on(Event::StoreFailed(error));
            }
        }
    }

    async fn fetch(&self, force: bool, at: Duration, limit: Duration) -> Result<Grant, Trouble> {
        let permit = Permit { pace: self.lock().state.pace.clone(), clock: Arc::clone(&self.clock), at };
        match timeout(limit, permit.of(guarded(|| self.source.fetch(force)))).await {
            Ok(Some(answer)) => answer.map_err(Trouble::Failure),
            Ok(None) => Err(Trouble::Panic),
            Err(_) => Err(Trouble::Failure(unanswered(self.policy.fetch_timeout))),
        }
    }

    async fn ask<'a, T>(
        &'a self,
        ask: impl Fn(&'a dyn TokenStore, &'a str) -> BoxFuture<'a, Result<T>>,
    ) -> Result<T> {
        let Some((store, key)) = self.store.get() else {
            return Err(Error::new(ErrorKind::Token, "there is no token store"));
        };
        match timeout(ANSWER, guarded(|| ask(&**store, key))).await {
            Ok(Some(result)) => result,
            Ok(None) => Err(Error::new(ErrorKind::Token, "the token store panicked")),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "the token store did not answer within 2 s")),
        }
    }
}

impl Inner {
    /// Tells the state about a refresh that has died: its runtime was shut down.
    fn bury(&mut self) {
        let dead = self.running.take_if(|running| running.outcome.has_changed().is_err());
        if let Some(running) = dead {
            self.state.on(Event::Abandoned(running.id), Moment::default());
        }
    }

    /// Runs a refresh. The one before it has ended, or finds at its next step that it was taken over.
    fn start(&mut self, core: &Arc<Core>, id: u64, runtime: Handle) {
        let (sender, outcome) = watch::channel(None);
        let task = runtime.spawn(Arc::clone(core).refresh(id, sender)).abort_handle();
        self.running = Some(Running { id, outcome, task, runtime });
    }
}
