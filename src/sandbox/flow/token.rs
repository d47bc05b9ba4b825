//! Access tokens and tickets: how long they live and what makes them invalid.
//! AppID and secret were checked before, in `route.rs`.

use std::collections::HashMap;

use serde_json::{json, Value};

use crate::sandbox::answer::{refused, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::ident::Idents;

/// How long a legacy token works on after the next one was issued, in milliseconds.
const OVERLAP: u64 = 300_000;
/// The shortest time between two forced refreshes, in milliseconds.
const FORCE_GAP: u64 = 30_000;
/// Forced refreshes a day.
const FORCE_BUDGET: u32 = 20;
/// Life of a ticket, in milliseconds.
const TICKET_LIFE: u64 = 7_200_000;
const DAY: u64 = 86_400_000;
/// Midnight of the platform is in Beijing.
const BEIJING: u64 = 8 * 3_600_000;

/// All tokens of the account. Times are milliseconds of the sandbox's clock.
#[derive(Default)]
pub(crate) struct Tokens {
    /// Life of a new token.
    life: u64,
    issued: HashMap<String, Issued>,
    legacy: Option<String>,
    stable: Option<String>,
    forced_at: Option<u64>,
    forced_day: u64,
    forced: u32,
    tickets: HashMap<String, (String, u64)>,
}

#[derive(Clone, Copy, Debug)]
struct Issued {
    expires: u64,
    /// From when on the token counts as replaced.
    replaced: Option<u64>,
}

impl Tokens {
    /// How long tokens live that are issued from now on.
    pub(crate) fn set_life(&mut self, life: u64) {
        self.life = life;
    }

    /// Judges the token of a call.
    pub(crate) fn check(&self, token: &str, now: u64) -> Result<(), Refusal> {
        match self.issued.get(token) {
            None => Err(refused(40001)),
            Some(issued) if issued.replaced.is_some_and(|from| from <= now) => Err(refused(40001)),
            Some(issued) if issued.expires <= now => Err(refused(42001)),
            Some(_) => Ok(()),
        }
    }

    fn issue(&mut self, idents: &Idents, now: u64) -> (String, u64) {
        // Nobody asks about a token that has been dead for a day.
        self.issued.retain(|_, issued| issued.expires.saturating_add(DAY) > now);
        let token = format!("81_{}", idents.text(133));
        let expires = now.saturating_add(self.life);
        self.issued.insert(token.clone(), Issued { expires, replaced: None });
        (token, expires)
    }

    fn replace(&mut self, token: &str, from: u64) {
        if let Some(issued) = self.issued.get_mut(token) {
            issued.replaced = Some(issued.replaced.map_or(from, |earlier| earlier.min(from)));
        }
    }

    fn legacy(&mut self, idents: &Idents, now: u64) -> (String, u64) {
        if let Some(before) = self.legacy.take() {
            self.replace(&before, now.saturating_add(OVERLAP));
        }
        let (token, expires) = self.issue(idents, now);
        self.legacy = Some(token.clone());
        (token, expires)
    }

    /// The stable token and when it expires.
    pub(crate) fn stable(
        &mut self,
        force: bool,
        idents: &Idents,
        now: u64,
    ) -> Result<(String, u64), Refusal> {
        let current = self.stable.clone().filter(|token| self.check(token, now).is_ok());
        let current = current.and_then(|token| self.issued.get(&token).map(|issued| (token, issued.expires)));
        if let Some((token, expires)) = current {
            // A new one is due in the last 24th of the life: five minutes of two hours.
            let fresh = expires.saturating_sub(now) > self.life / 24;
            let too_soon = self.forced_at.is_some_and(|last| now < last.saturating_add(FORCE_GAP));
            if (!force && fresh) || (force && too_soon) {
                return Ok((token, expires));
            }
            if force {
                self.count_force(now)?;
                self.replace(&token, now);
            }
        } else if force {
            self.count_force(now)?;
        }
        let (token, expires) = self.issue(idents, now);
        self.stable = Some(token.clone());
        Ok((token, expires))
    }

    fn count_force(&mut self, now: u64) -> Result<(), Refusal> {
        let day = (now + BEIJING) / DAY;
        if day != self.forced_day {
            (self.forced_day, self.forced) = (day, 0);
        }
        if self.forced >= FORCE_BUDGET {
            return Err(refused(45009));
        }
        self.forced += 1;
        self.forced_at = Some(now);
        Ok(())
    }

    fn ticket(&mut self, kind: &str, idents: &Idents, now: u64) -> (String, u64) {
        if let Some((ticket, expires)) = self.tickets.get(kind).filter(|(_, expires)| *expires > now) {
            return (ticket.clone(), *expires);
        }
        let ticket = (idents.text(86), now.saturating_add(TICKET_LIFE));
        self.tickets.insert(kind.to_owned(), ticket.clone());
        ticket
    }

    /// Makes one token invalid.
    pub(crate) fn revoke(&mut self, token: &str, now: u64) {
        self.replace(token, now);
    }

    /// Makes every token that was ever issued invalid.
    pub(crate) fn revoke_all(&mut self, now: u64) {
        for issued in self.issued.values_mut() {
            issued.replaced = Some(issued.replaced.map_or(now, |earlier| earlier.min(now)));
        }
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("GET", "/cgi-bin/token") => legacy(call),
        ("POST", "/cgi-bin/stable_token") => stable(call),
        ("GET", "/cgi-bin/ticket/getticket") => ticket(call),
        _ => return None,
    })
}

fn seconds_left(expires: u64, now: u64) -> Value {
    json!(expires.saturating_sub(now) / 1000)
}

fn grant((token, expires): (String, u64), now: u64) -> Answer {
    Answer::object(&[("access_token", json!(token)), ("expires_in", seconds_left(expires, now))])
}

fn legacy(call: &Call<'_>) -> Answer {
    let now = call.state.clock.millis();
    grant(call.state.of::<Tokens>().legacy(&call.state.idents, now), now)
}

fn stable(call: &Call<'_>) -> Answer {
    let now = call.state.clock.millis();
    let force = call.body.get("force_refresh").and_then(Value::as_bool).unwrap_or_default();
    let granted = call.state.of::<Tokens>().stable(force, &call.state.idents, now);
    granted.map_or_else(Answer::from, |token| grant(token, now))
}

fn ticket(call: &Call<'_>) -> Answer {
    let now = call.state.clock.millis();
    let (ticket, expires) = call.state.of::<Tokens>().ticket(call.query("type"), &call.state.idents, now);
    Answer::object(&[
        ("errcode", json!(0)),
        ("errmsg", json!("ok")),
        ("ticket", json!(ticket)),
        ("expires_in", seconds_left(expires, now)),
    ])
}
