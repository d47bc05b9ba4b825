//! A refresh looks into the store: is the token there, whose turn is it to fetch, and what to do without the store.
//! The fetch itself and what follows from its answer stand in `fetch.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::{Action, Insisted, Phase, State, Turn};
use crate::error::{Error, ErrorKind};
use crate::token::clock::Moment;
use crate::token::held::{Held, Times};
use crate::token::log::Note;
use crate::token::status::TokenOrigin;
use crate::token::store::{Lease, StoredToken};
use crate::token::{SourceKind, Token, TokenPolicy};

/// How long a token is used before the store is asked whether the others still use it.
const LOOK: Duration = Duration::from_secs(60);

/// How long the store may take to answer.
pub(in super::super) const ANSWER: Duration = Duration::from_secs(2);

/// How much longer than a lock's life one waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// No lock is taken for longer, however long a fetch may take: its holder may die.
const LONGEST_LOCK: Duration = Duration::from_secs(3600);

/// The pauses between two looks at a lock that somebody else has: from, to.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// A process that can't see the others fetches legacy tokens this often. The platform keeps the previous token
/// alive for about as long, so that even two of them leave each other a working token.
const ALONE: Duration = Duration::from_secs(300);

/// How long a lock is taken for: a fetch, and telling the store.
fn lock_life(policy: &TokenPolicy) -> Duration {
    policy.fetch_timeout.saturating_add(Duration::from_secs(3)).min(LONGEST_LOCK)
}

/// The longest that a refresh can take: one that has to wait for the lock of a process that died.
pub(in super::super) fn longest(policy: &TokenPolicy, shared: bool) -> Duration {
    let looking = match shared {
        true => lock_life(policy) + PATIENCE + ANSWER * 4,
        false => Duration::ZERO,
    };
    looking.saturating_add(policy.fetch_timeout).saturating_add(PATIENCE)
}

impl State {
    pub(super) fn begin(&mut self, moment: Moment) -> Action {
        let patience = moment.now.saturating_add(lock_life(&self.policy) + PATIENCE);
        let Some(refresh) = &mut self.refresh else { return Action::Stop };
        (refresh.spent, refresh.insisted) = (Duration::ZERO, None);
        if self.key.is_none() {
            return self.fetch(moment);
        }
        (refresh.patience, refresh.pause) = (patience, POLL.0);
        match self.refused.as_ref().and_then(|refused| refused.fence) {
            Some(fence) => self.go(Phase::DiscardRefused, Action::Discard(fence)),
            None => self.read(false, moment),
        }
    }

    pub(super) fn read(&mut self, locked: bool, moment: Moment) -> Action {
        self.go(Phase::Read { locked, at: moment.now }, Action::Read)
    }

    /// What the store had at the time `at`.
    pub(super) fn found(
        &mut self,
        stored: Option<StoredToken>,
        locked: bool,
        at: Duration,
        moment: Moment,
    ) -> Action {
        let stored = stored.filter(|stored| {
            let spoiled = self.spoiled.is_some_and(|fence| stored.fence <= fence);
            !spoiled && !stored.value.trim().is_empty() && !stored.remaining.is_zero()
        });
        if let Some(held) = self.fresh(moment.now) {
            return self.compare(&held, stored, locked, at, moment);
        }
        let Some(stored) = stored else { return self.unfound(locked, moment) };
        if let Some(refused) = self.refused.as_ref().filter(|refused| refused.token.expose() == stored.value)
        {
            let written = moment.now.saturating_sub(stored.age);
            if refused.fence != Some(stored.fence) && written > refused.at {
                // Another process has asked again since, and this is the valid one.
                let seen = Insisted { at, life: stored.remaining };
                return self.insist(seen, Some(stored.fence), false, moment);
            }
            return self.go(Phase::DiscardFound { locked }, Action::Discard(stored.fence));
        }
        let usable = self.usable(moment.now);
        let known = usable.and_then(|held| held.fence);
        if known.is_some_and(|fence| stored.fence <= fence) {
            return self.unfound(locked, moment);
        }
        // Whoever has a token waits for a better one; whoever has none takes what is there.
        let (soft, _) = self.policy.expiry_of(moment, at, &stored);
        match usable.is_none() || soft > moment.now {
            true => self.adopt(stored, at, moment),
            false => self.unfound(locked, moment),
        }
    }

    /// The token at hand is fine by itself: is it what the others use?
    fn compare(
        &mut self,
        held: &Held,
        stored: Option<StoredToken>,
        locked: bool,
        at: Duration,
        moment: Moment,
    ) -> Action {
        if let Some(stored) = stored {
            if stored.value == held.value() && held.fence.is_none_or(|fence| fence <= stored.fence) {
                return self.same(Some(stored.fence), moment);
            }
            if held.fence.is_none_or(|fence| fence < stored.fence) {
                return self.adopt(stored, at, moment);
            }
        }
        // The store has lost it, or never got it: there the old number is good enough. If it was discarded, the
        // store refuses, and a new one is needed.
        match (held.fence, &self.key) {
            (Some(fence), Some(key)) => {
                let lease = Lease::new(key, Lease::unique_owner(), fence);
                let life = held.hard.saturating_sub(moment.now);
                let write = Action::Write(lease, held.value().to_owned(), life);
                self.go(Phase::Restore { locked, fence }, write)
            }
            _ => self.unfound(locked, moment),
        }
    }

    pub(super) fn restored(&mut self, written: bool, locked: bool, fence: u64, moment: Moment) -> Action {
        if !written {
            return self.unfound(locked, moment);
        }
        self.notes.push(Note::Published { reason: "the store had lost it", fence });
        self.same(Some(fence), moment)
    }

    /// The store has nothing that helps.
    pub(super) fn unfound(&mut self, locked: bool, moment: Moment) -> Action {
        let fresh = self.fresh(moment.now);
        if locked {
            // Somebody might have been faster between the look and the lock, but has not.
            return match (fresh.filter(|held| held.fence.is_none()), self.lease().cloned()) {
                (Some(held), Some(lease)) => {
                    let (fence, life) = (lease.fence, held.hard.saturating_sub(moment.now));
                    let write = Action::Write(lease, held.value().to_owned(), life);
                    self.go(Phase::Introduce { fence }, write)
                }
                _ => self.fetch(moment),
            };
        }
        // Of a refresh that was abandoned: nobody else will use it.
        self.turn.take_if(|turn| turn.until <= moment.now);
        if self.turn.is_some() {
            return self.read(true, moment);
        }
        // No lock is taken before the source may be asked.
        let wait = self.pace.wait(moment.now, false);
        if fresh.is_none() && !wait.is_zero() {
            return self.go(Phase::Poll, Action::Sleep(wait));
        }
        self.go(Phase::Lock { at: moment.now }, Action::Lock(lock_life(&self.policy)))
    }

    pub(super) fn introduced(&mut self, written: bool, fence: u64, moment: Moment) -> Action {
        if written {
            self.notes.push(Note::Published { reason: "the store is back", fence });
            return self.same(Some(fence), moment);
        }
        self.degrade(refuses());
        self.same(None, moment)
    }

    /// The answer to the request for the lock that was made at the time `at`.
    pub(super) fn locked(&mut self, lease: Option<Lease>, at: Duration, moment: Moment) -> Action {
        if let Some(lease) = lease {
            self.turn = Some(Turn { lease, until: at.saturating_add(lock_life(&self.policy)) });
            return self.read(true, moment);
        }
        if let Some(held) = self.fresh(moment.now) {
            return self.same(held.fence, moment);
        }
        let Some(refresh) = &mut self.refresh else { return Action::Stop };
        if moment.now < refresh.patience {
            let pause = refresh.pause;
            refresh.pause = (pause * 2).min(POLL.1);
            return self.go(Phase::Poll, Action::Sleep(pause / 2 + moment.jitter(pause)));
        }
        let message = "another process has held the lock of the token store for too long";
        let error = Error::new(ErrorKind::Timeout, message);
        match self.kind {
            SourceKind::Legacy => self.fail(error, moment),
            // A store whose lock never ends is of no more use than one that is down.
            SourceKind::Stable | SourceKind::Custom => self.store_down(error, moment),
        }
    }

    /// How to go on without the store.
    pub(super) fn store_down(&mut self, error: Error, moment: Moment) -> Action {
        self.degrade(error.clone());
        let lease = self.turn.take().map(|turn| turn.lease);
        if let (Some(refresh), Some(lease)) = (&mut self.refresh, lease) {
            refresh.release = Some(lease);
        }
        if let Some(held) = self.fresh(moment.now) {
            return self.same(held.fence, moment);
        }
        if self.kind == SourceKind::Legacy {
            let early = self.alone.is_some_and(|last| moment.now.saturating_sub(last) < ALONE);
            if early || self.usable(moment.now).is_some() {
                let message =
                    "the token store is down, and fetching legacy tokens without it would make those of \
                               other processes invalid";
                let error = Error::new(ErrorKind::Token, message).with_source(error);
                return self.fail(error, moment);
            }
            self.alone = Some(moment.now);
        }
        self.fetch(moment)
    }

    /// The token at hand is as good as any; the store knows it by this number.
    fn same(&mut self, fence: Option<u64>, moment: Moment) -> Action {
        // It may have been refused meanwhile.
        let Some(held) = self.fresh(moment.now) else { return self.begin(moment) };
        let held = held.looked_up(fence, self.next_look(moment.now));
        let token = held.token();
        self.held = Some(Arc::new(held));
        self.finish(Some(Ok(token)))
    }

    /// Takes over what another process fetched.
    fn adopt(&mut self, stored: StoredToken, at: Duration, moment: Moment) -> Action {
        self.failures.clear();
        self.refused = None;
        let points = self.policy.expiry_of(moment, at, &stored);
        let times = Times { points, look: self.next_look(moment.now) };
        let (fence, life) = (stored.fence, stored.remaining);
        let (held, reason) = match &self.held {
            Some(held) if held.value() == stored.value => (held.renewed(times, Some(fence)), "renewed"),
            current => {
                let reason = if current.is_some() { "newer" } else { "wanted" };
                let token = Token::new(stored.value);
                let held = Held::new(&token, moment.now, times, Some(fence), TokenOrigin::Store);
                (held.served(stored.age), reason)
            }
        };
        self.notes.push(Note::Shared { reason, fence, life });
        let token = held.token();
        self.held = Some(Arc::new(held));
        self.finish(Some(Ok(token)))
    }

    /// When the store is to be looked at again.
    pub(super) fn next_look(&self, now: Duration) -> Duration {
        match self.key {
            Some(_) => now.saturating_add(LOOK),
            None => Duration::MAX,
        }
    }
}

/// A store that says no to a number that it has handed out itself, again and again.
pub(super) fn refuses() -> Error {
    Error::new(ErrorKind::Token, "the token store refuses the token that was fetched")
}
