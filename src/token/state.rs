//! The rules of a token cache as a state machine: what has happened goes in, what is to be done comes out.
//! No I/O, no clock and no lock here: `driver.rs` does what is asked for, `cache.rs` faces the callers.

mod fetch;
mod look;

use std::sync::Arc;
use std::time::Duration;

use super::budget::ForceBudget;
use super::clock::Moment;
use super::failures::Failures;
use super::held::Held;
use super::log::Note;
use super::pace::Pace;
use super::rejections::Rejections;
use super::store::{Lease, StoredToken};
use super::{Grant, SourceKind, Token, TokenPolicy};
use crate::error::{Error, Result};

pub(super) use fetch::unanswered;
pub(super) use look::{longest, ANSWER};

/// What has happened.
pub(super) enum Event {
    /// A caller found no token that it could use.
    Wanted,
    /// A reader found that this token is due for renewal, or for a look at the store.
    Due(Arc<Held>),
    /// The platform refused a call with this token.
    Rejected(Token),
    /// The user wants another token.
    Invalidated,
    /// A refresh has died, or is given up.
    Abandoned(u64),
    /// A refresh has done what it was to do.
    Step(u64, Step),
    /// A refresh that is over has put its token into the store, under this number.
    Published(u64),
    /// A refresh that is over could not tell the store.
    StoreFailed(Error),
}

/// What has come of an [`Action`] of a refresh.
pub(super) enum Step {
    Begun,
    Slept,
    Fetched(Result<Grant, Trouble>),
    Read(Result<Option<StoredToken>>),
    Locked(Result<Option<Lease>>),
    Written(Result<bool>),
    Unlocked(Result<()>),
    Discarded(Result<bool>),
    ForceAcquired(Result<bool>),
}

/// Why the source has no token.
pub(super) enum Trouble {
    Panic,
    Failure(Error),
}

/// What is to be done. Holds secrets.
pub(super) enum Action {
    Nothing,
    /// The caller gets this token.
    Use(Token),
    /// The caller gets this error.
    Fail(Error),
    /// The caller waits for the refresh under way.
    Join,
    /// A new refresh is to begin, for which the caller waits unless it has a token.
    Start(u64),
    /// From here on for the task of a refresh, which answers with a [`Step`].
    Sleep(Duration),
    /// Ask the source, for at most `limit`; `at` is the time that its pace knows of.
    Fetch {
        force: bool,
        at: Duration,
        limit: Duration,
    },
    Read,
    Lock(Duration),
    Write(Lease, String, Duration),
    Unlock(Lease),
    Discard(u64),
    AcquireForce,
    /// The refresh is over.
    Finish(Finish),
    /// Another refresh has taken over.
    Stop,
}

/// The end of a refresh.
#[derive(Default)]
pub(super) struct Finish {
    /// What waiters get; without it they ask again.
    pub(super) outcome: Option<Result<Token>>,
    /// What the store is still to be told: nobody waits for that.
    pub(super) publish: Option<(Lease, String, Duration)>,
    pub(super) unlock: Option<Lease>,
}

/// A token that the platform refused.
pub(super) struct Refused {
    token: Token,
    /// The number under which the store knows it.
    fence: Option<u64>,
    at: Duration,
}

/// The right to fetch.
struct Turn {
    lease: Lease,
    /// When somebody else may take over.
    until: Duration,
}

/// A refresh under way.
struct Refresh {
    id: u64,
    started: Duration,
    /// There was a token when it began, so nobody had to wait for it.
    behind: bool,
    phase: Phase,
    /// When it gives up waiting for a lock.
    patience: Duration,
    /// The next pause before it looks at a lock again.
    pause: Duration,
    /// How long the source has taken to answer so far.
    spent: Duration,
    /// The source returned the refused token, and the next request is to be forced.
    insisted: Option<Insisted>,
    /// How often the store refused what was fetched.
    refused_writes: u32,
    /// A lock that is of no use any more.
    release: Option<Lease>,
}

/// What a refresh is waiting for. `locked` says whether it has the lock.
#[derive(Default)]
enum Phase {
    #[default]
    Begin,
    /// The store is to drop the refused token.
    DiscardRefused,
    Read {
        locked: bool,
        at: Duration,
    },
    /// The store had the refused token under another number.
    DiscardFound {
        locked: bool,
    },
    /// The store has lost the token at hand, and gets it again under the old number.
    Restore {
        locked: bool,
        fence: u64,
    },
    Lock {
        at: Duration,
    },
    /// The token at hand was fetched while the store was down; it gets it under a new number.
    Introduce {
        fence: u64,
    },
    /// A pause, after which the store is read again.
    Poll,
    /// A pause, after which the source is asked.
    Pace,
    Fetch(Ask),
    /// The store gets what was fetched.
    Write(Ask, Grant),
    /// The store has refused what was fetched; the lock goes back, and all begins anew.
    Release,
    /// All processes together count forced fetches.
    Budget(Insisted),
}

/// One request to the source.
#[derive(Clone, Copy)]
struct Ask {
    /// Why it is forced, if it is.
    insisted: Option<Insisted>,
    at: Duration,
    /// How many refusals were known then.
    refusals: u64,
}

/// The source returned the refused token: when it was asked, and the life it gave.
#[derive(Clone, Copy)]
struct Insisted {
    at: Duration,
    life: Duration,
}

/// All that a cache decides by.
pub(super) struct State {
    policy: TokenPolicy,
    kind: SourceKind,
    /// The token's name in the store that processes share, if there is one.
    pub(super) key: Option<String>,
    pub(super) held: Option<Arc<Held>>,
    /// The token that was dropped because the platform refused it, until there is another one.
    refused: Option<Refused>,
    /// How often a token has been dropped for that.
    refusals: u64,
    /// The greatest number of a dropped token: what a store still has under it is of no use, though the store could
    /// not be told.
    spoiled: Option<u64>,
    pub(super) failures: Failures,
    rejections: Rejections,
    budget: ForceBudget,
    pub(super) pace: Pace,
    /// Panics of the source in a row.
    panics: u32,
    /// Why the store could not be used the last time.
    pub(super) store_failure: Option<Error>,
    /// The lock of the refresh under way; of the one before, if that was abandoned.
    turn: Option<Turn>,
    /// When this process last fetched a legacy token without the store.
    alone: Option<Duration>,
    refresh: Option<Refresh>,
    refreshes: u64,
    /// What is to be logged.
    pub(super) notes: Vec<Note>,
}

impl State {
    pub(super) fn new(kind: SourceKind, policy: TokenPolicy) -> Self {
        Self {
            policy,
            kind,
            key: None,
            held: None,
            refused: None,
            refusals: 0,
            spoiled: None,
            failures: Failures::default(),
            rejections: Rejections::default(),
            budget: ForceBudget::default(),
            pace: Pace::default(),
            panics: 0,
            store_failure: None,
            turn: None,
            alone: None,
            refresh: None,
            refreshes: 0,
            notes: Vec::new(),
        }
    }

    /// The only way in: everything that happens, one after the other.
    pub(super) fn on(&mut self, event: Event, moment: Moment) -> Action {
        match event {
            Event::Wanted => self.wanted(moment.now),
            Event::Due(held) => self.due(&held, moment.now),
            Event::Rejected(token) => self.rejected(&token, moment.now),
            Event::Invalidated => {
                self.failures.clear();
                self.rejections.clear();
                self.drop_held("asked for", moment.now)
            }
            // Its lock stays behind, for whoever comes next.
            Event::Abandoned(id) => {
                self.refresh.take_if(|refresh| refresh.id == id);
                Action::Nothing
            }
            Event::Step(id, step) => self.step(id, step, moment),
            Event::Published(fence) => {
                self.notes.push(Note::Published { reason: "fetched", fence });
                Action::Nothing
            }
            Event::StoreFailed(error) => {
                self.degrade(error);
                Action::Nothing
            }
        }
    }

    fn wanted(&mut self, now: Duration) -> Action {
        if let Some(held) = self.usable(now) {
            return Action::Use(held.token());
        }
        if self.refresh.is_some() {
            return Action::Join;
        }
        match self.failures.answer(now) {
            Some(error) => Action::Fail(error.clone()),
            None => self.start(false, now),
        }
    }

    fn due(&mut self, held: &Arc<Held>, now: Duration) -> Action {
        let overdue = longest(&self.policy, self.key.is_some());
        let underway = self.refresh.as_ref();
        let underway = underway.is_some_and(|refresh| now.saturating_sub(refresh.started) < overdue);
        let replaced = self.held.as_ref().is_none_or(|current| !Arc::ptr_eq(current, held));
        if replaced || underway {
            return Action::Nothing;
        }
        match self.failures.standing(now) {
            Some((_, until)) => {
                held.wait_until(until);
                Action::Nothing
            }
            None => self.start(true, now),
        }
    }

    fn start(&mut self, behind: bool, now: Duration) -> Action {
        let id = self.refreshes;
        self.refreshes += 1;
        self.refresh = Some(Refresh {
            id,
            started: now,
            behind,
            phase: Phase::Begin,
            patience: Duration::MAX,
            pause: Duration::ZERO,
            spent: Duration::ZERO,
            insisted: None,
            refused_writes: 0,
            release: None,
        });
        Action::Start(id)
    }

    fn rejected(&mut self, token: &Token, now: Duration) -> Action {
        let age = self.held.as_ref().filter(|held| held.is(token)).map(|held| held.age(now));
        if age.is_some_and(|age| self.rejections.admit(age)) {
            return self.drop_held("refused", now);
        }
        Action::Nothing
    }

    /// Other processes are told by the refresh that fetches the next token.
    fn drop_held(&mut self, reason: &'static str, now: Duration) -> Action {
        if let Some(held) = self.held.take() {
            self.notes.push(Note::Invalidated { reason, origin: held.origin });
            self.refused = Some(Refused { token: held.token(), fence: held.fence, at: now });
            self.refusals += 1;
            self.spoiled = self.spoiled.max(held.fence);
        }
        Action::Nothing
    }

    /// One step of a refresh leads to the next.
    fn step(&mut self, id: u64, step: Step, moment: Moment) -> Action {
        let Some(refresh) = self.refresh.as_mut().filter(|refresh| refresh.id == id) else {
            return Action::Stop;
        };
        match (std::mem::take(&mut refresh.phase), step) {
            (Phase::Begin, Step::Begun) => self.begin(moment),
            (Phase::DiscardRefused, Step::Discarded(Ok(_))) => self.read(false, moment),
            (Phase::Read { locked, at }, Step::Read(Ok(stored))) => {
                self.store_failure = None;
                self.found(stored, locked, at, moment)
            }
            (Phase::DiscardFound { locked }, Step::Discarded(Ok(_))) => self.unfound(locked, moment),
            (Phase::Restore { locked, fence }, Step::Written(Ok(written))) => {
                self.restored(written, locked, fence, moment)
            }
            (Phase::Lock { at }, Step::Locked(Ok(lease))) => self.locked(lease, at, moment),
            (Phase::Introduce { fence }, Step::Written(Ok(written))) => {
                self.introduced(written, fence, moment)
            }
            (Phase::Poll, Step::Slept) => self.read(false, moment),
            (Phase::Pace, Step::Slept) => self.fetch(moment),
            (Phase::Fetch(ask), Step::Fetched(answer)) => self.fetched(ask, answer, moment),
            (Phase::Write(ask, grant), Step::Written(result)) => self.written(ask, grant, result, moment),
            (Phase::Release, Step::Unlocked(Ok(()))) => self.begin(moment),
            (Phase::Budget(insisted), Step::ForceAcquired(result)) => {
                self.force_acquired(insisted, result, moment)
            }
            (_, Step::Read(Err(error)) | Step::Locked(Err(error)) | Step::Written(Err(error)))
            | (_, Step::Unlocked(Err(error)) | Step::Discarded(Err(error))) => self.store_down(error, moment),
            // The driver answers what it was asked.
            _ => self.finish(None),
        }
    }

    /// The refresh goes on with this action, and then is in this phase.
    fn go(&mut self, phase: Phase, action: Action) -> Action {
        match &mut self.refresh {
            Some(refresh) => {
                refresh.phase = phase;
                action
            }
            None => Action::Stop,
        }
    }

    /// The refresh is over. A failure in the background is nobody's answer.
    fn finish(&mut self, outcome: Option<Result<Token>>) -> Action {
        let refresh = self.refresh.take();
        let behind = refresh.as_ref().is_some_and(|refresh| refresh.behind);
        let outcome = outcome.filter(|outcome| outcome.is_ok() || !behind);
        let unlock = self.turn.take().map(|turn| turn.lease);
        let unlock = unlock.or_else(|| refresh.and_then(|refresh| refresh.release));
        Action::Finish(Finish { outcome, publish: None, unlock })
    }

    fn degrade(&mut self, error: Error) {
        self.notes.push(Note::Degraded { error: error.clone() });
        self.store_failure = Some(error);
    }

    fn usable(&self, now: Duration) -> Option<&Arc<Held>> {
        self.held.as_ref().filter(|held| now < held.hard)
    }

    /// The token at hand, if it is neither refused nor due for renewal.
    fn fresh(&self, now: Duration) -> Option<Arc<Held>> {
        self.usable(now).filter(|held| self.refused.is_none() && now < held.soft).cloned()
    }

    fn lease(&self) -> Option<&Lease> {
        self.turn.as_ref().map(|turn| &turn.lease)
    }
}
