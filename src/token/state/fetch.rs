//! A refresh asks the source: when it may, and what follows from the answer.
//! Whether a fetch is needed at all is decided in `look.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::look::refuses;
use super::{Action, Ask, Finish, Insisted, Phase, State, Trouble};
use crate::error::{Error, ErrorKind, Result};
use crate::token::clock::Moment;
use crate::token::held::{Held, Times};
use crate::token::log::Note;
use crate::token::status::TokenOrigin;
use crate::token::{Grant, Token, TokenPolicy};

/// A source that is asked for less time than this is hardly able to answer. Of a short timeout it is a tenth.
const LEAST: Duration = Duration::from_secs(1);

/// The source did not answer in time.
pub(in super::super) fn unanswered(limit: Duration) -> Error {
    let seconds = limit.as_secs_f32();
    let message = format!("the source of access tokens did not answer within {seconds} s");
    Error::new(ErrorKind::Timeout, message)
}

impl State {
    /// Asks the source, as soon as that is allowed. Nothing else in this crate does.
    pub(super) fn fetch(&mut self, moment: Moment) -> Action {
        let now = moment.now;
        let mut limit = self.time_left();
        if let Some(turn) = &self.turn {
            let left = turn.until.saturating_sub(now);
            if left.is_zero() {
                // A turn that took too long is somebody else's now.
                self.turn = None;
                return self.begin(moment);
            }
            if left < self.least() {
                let lease = turn.lease.clone();
                self.turn = None;
                return self.go(Phase::Release, Action::Unlock(lease));
            }
            limit = limit.map(|limit| limit.min(left));
        }
        let Some(refresh) = &mut self.refresh else { return Action::Stop };
        // Force is for this one request.
        let insisted = refresh.insisted.take();
        let Some(limit) = limit else { return self.out_of_time(insisted, moment) };
        let force = insisted.is_some();
        let wait = self.pace.take(now, force);
        if !wait.is_zero() {
            refresh.insisted = insisted;
            return self.go(Phase::Pace, Action::Sleep(wait));
        }
        let ask = Ask { insisted, at: now, refusals: self.refusals };
        self.go(Phase::Fetch(ask), Action::Fetch { force, at: now, limit })
    }

    /// With less time than this no request is made.
    fn least(&self) -> Duration {
        (self.policy.fetch_timeout / 10).min(LEAST)
    }

    /// How long the source may take for the next request: what its earlier ones have left. Pauses don't count.
    fn time_left(&self) -> Option<Duration> {
        let spent = self.refresh.as_ref().map(|refresh| refresh.spent).unwrap_or_default();
        let left = self.policy.fetch_timeout.saturating_sub(spent);
        (!left.is_zero() && left >= self.least()).then_some(left)
    }

    /// The source has used up its time: no request is made that nobody could wait for.
    fn out_of_time(&mut self, insisted: Option<Insisted>, moment: Moment) -> Action {
        let fence = self.lease().map(|lease| lease.fence);
        match insisted {
            Some(seen) => self.insist(seen, fence, true, moment),
            None => self.fail(unanswered(self.policy.fetch_timeout), moment),
        }
    }

    pub(super) fn fetched(&mut self, ask: Ask, answer: Result<Grant, Trouble>, moment: Moment) -> Action {
        if let Some(refresh) = &mut self.refresh {
            refresh.spent = refresh.spent.saturating_add(moment.now.saturating_sub(ask.at));
        }
        let answer = match answer {
            Ok(grant) if grant.value.trim().is_empty() => {
                let message = "the source of access tokens answered an empty token";
                Err(Trouble::Failure(Error::new(ErrorKind::Token, message)))
            }
            answer => answer,
        };
        match (answer, self.lease().cloned()) {
            (Ok(grant), Some(lease)) if !self.is_refused(&grant.value) => {
                // The store keeps it as long as the cache itself uses it.
                let life = grant.expires_in.max(TokenPolicy::SHORTEST);
                let write = Action::Write(lease, grant.value.clone(), life);
                self.go(Phase::Write(ask, grant), write)
            }
            (answer, lease) => self.settle(ask, answer, lease.map(|lease| lease.fence), moment),
        }
    }

    fn is_refused(&self, value: &str) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.token.expose() == value)
    }

    /// The store was given what was fetched.
    pub(super) fn written(
        &mut self,
        ask: Ask,
        grant: Grant,
        written: Result<bool>,
        moment: Moment,
    ) -> Action {
        let fence = self.lease().map(|lease| lease.fence);
        match written {
            Ok(true) => {
                self.notes.extend(fence.map(|fence| Note::Published { reason: "fetched", fence }));
                self.settle(ask, Ok(grant), fence, moment)
            }
            Err(error) => {
                self.degrade(error);
                self.settle(ask, Ok(grant), fence, moment)
            }
            Ok(false) => {
                let Some(refresh) = &mut self.refresh else { return Action::Stop };
                refresh.refused_writes += 1;
                // Another process was faster. Its token is read, or fetched anew under a new lock, once; a store
                // that refuses that as well is of no use.
                let lease = self.turn.take_if(|_| refresh.refused_writes == 1).map(|turn| turn.lease);
                match lease {
                    Some(lease) => self.go(Phase::Release, Action::Unlock(lease)),
                    None => {
                        self.degrade(refuses());
                        self.settle(ask, Ok(grant), None, moment)
                    }
                }
            }
        }
    }

    /// Draws the conclusions from an answer; `fence` is the number under which other processes know it.
    fn settle(
        &mut self,
        ask: Ask,
        answer: Result<Grant, Trouble>,
        fence: Option<u64>,
        moment: Moment,
    ) -> Action {
        let panicked = matches!(answer, Err(Trouble::Panic));
        self.panics = if panicked { self.panics.saturating_add(1) } else { 0 };
        match (answer, ask.insisted) {
            (Ok(grant), _) => self.accept(ask, grant, fence, moment),
            // The plain request worked: the refused token is all there is.
            (Err(_), Some(seen)) => self.insist(seen, fence, true, moment),
            // Once is an accident and a waiter may try again; twice is how the source is.
            (Err(Trouble::Panic), None) if self.panics == 1 => {
                if let Some(held) = &self.held {
                    held.wait_until(moment.now);
                }
                self.finish(None)
            }
            (Err(Trouble::Panic), None) => {
                self.fail(Error::new(ErrorKind::Token, "the source of access tokens panicked"), moment)
            }
            (Err(Trouble::Failure(error)), None) => self.fail(error, moment),
        }
    }

    fn accept(&mut self, ask: Ask, grant: Grant, fence: Option<u64>, moment: Moment) -> Action {
        self.failures.clear();
        if self.is_refused(&grant.value) {
            return self.refused_again(ask, grant.expires_in, fence, moment);
        }
        let reason = match (&self.held, ask.insisted.is_some(), &self.refused) {
            (_, true, _) => "forced",
            (_, _, Some(_)) => "refused",
            (Some(_), ..) => "due",
            (None, ..) => "none",
        };
        self.notes.push(Note::Fetched { reason, life: grant.expires_in });
        self.refused = None;
        let points = self.policy.expiry(moment, ask.at, grant.expires_in);
        let times = Times { points, look: self.next_look(moment.now) };
        let held = match &self.held {
            Some(held) if held.value() == grant.value => held.renewed(times, fence),
            _ => Held::new(&Token::new(grant.value), moment.now, times, fence, TokenOrigin::Source),
        };
        let token = held.token();
        self.held = Some(Arc::new(held));
        self.finish(Some(Ok(token)))
    }

    /// The source returned the token that the platform refused.
    fn refused_again(&mut self, ask: Ask, life: Duration, fence: Option<u64>, moment: Moment) -> Action {
        // It was refused while this request was under way: the answer may be older than that.
        if ask.refusals != self.refusals {
            return self.fetch(moment);
        }
        let seen = Insisted { at: ask.at, life };
        let no_time = self.time_left().is_none();
        if ask.insisted.is_some() || no_time || !self.budget.take(&self.policy, moment.now) {
            return self.insist(seen, fence, true, moment);
        }
        match self.key {
            Some(_) => self.go(Phase::Budget(seen), Action::AcquireForce),
            None => self.force(seen, moment),
        }
    }

    fn force(&mut self, seen: Insisted, moment: Moment) -> Action {
        if let Some(refresh) = &mut self.refresh {
            refresh.insisted = Some(seen);
        }
        self.fetch(moment)
    }

    /// Whether all processes together may force one more fetch; the process's own budget has agreed already.
    pub(super) fn force_acquired(&mut self, seen: Insisted, granted: Result<bool>, moment: Moment) -> Action {
        match granted {
            Ok(true) => self.force(seen, moment),
            Ok(false) => {
                let fence = self.lease().map(|lease| lease.fence);
                self.insist(seen, fence, true, moment)
            }
            Err(error) => {
                self.degrade(error);
                self.force(seen, moment)
            }
        }
    }

    /// Hands the refused token out again, as the same token, since the source says that it is the valid one.
    /// Who was refused with it sees that nothing has changed, and need not send again. With `publish` other
    /// processes are told.
    pub(super) fn insist(
        &mut self,
        seen: Insisted,
        fence: Option<u64>,
        publish: bool,
        moment: Moment,
    ) -> Action {
        // Only refusals set it, and only a refresh clears it.
        let Some(refused) = self.refused.take() else { return self.finish(None) };
        self.rejections.insist();
        let points = self.policy.expiry(moment, seen.at, seen.life);
        let times = Times { points, look: self.next_look(moment.now) };
        let held = Held::new(&refused.token, moment.now, times, fence, TokenOrigin::Source);
        self.held = Some(Arc::new(held));
        let lease = self.lease().filter(|_| publish).cloned();
        let life = seen.life.max(TokenPolicy::SHORTEST);
        let publish = lease.map(|lease| (lease, refused.token.expose().to_owned(), life));
        match self.finish(Some(Ok(refused.token))) {
            Action::Finish(finish) => Action::Finish(Finish { publish, ..finish }),
            action => action,
        }
    }

    /// Remembers the failure, and puts the next attempt off.
    pub(super) fn fail(&mut self, error: Error, moment: Moment) -> Action {
        // No token was issued, so none of another process has been made invalid.
        if matches!(error.kind(), ErrorKind::Api | ErrorKind::Connect) {
            self.alone = None;
        }
        let behind = self.refresh.as_ref().is_some_and(|refresh| refresh.behind);
        let until = self.failures.record(error.clone(), behind, moment.now);
        self.notes.push(Note::NotFetched { error: error.clone(), pause: until.saturating_sub(moment.now) });
        if let Some(held) = &self.held {
            held.wait_until(until);
        }
        self.finish(Some(Err(error)))
    }
}
