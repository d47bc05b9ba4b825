//! What a store keeps of one key, and the rules of `TokenStore` as plain functions of the time.
//! Where it is kept, and how access to it is made exclusive, is each store's own business.

use std::time::Duration;

use serde_json::{json, Value};

use super::{Lease, StoredToken};

const DAY: u64 = 24 * 3600 * 1000;

/// The version of what [`Entry::to_json`] makes.
const VERSION: u64 = 1;

/// Fencing numbers begin with the time in milliseconds. One from here on (the year 287396) is a mistake, after which
/// there would be none that is greater.
const BEYOND: u64 = 1 << 53;

/// Clocks of the wall are corrected by this much without anything being wrong, in milliseconds.
const SLACK: u64 = 2000;

/// All times are milliseconds of the store's clock, which may be the one on the wall: it can be set back.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Entry {
    token: Option<Kept>,
    lock: Option<Locked>,
    /// The greatest fencing number handed out.
    handed: u64,
    /// The greatest fencing number written.
    written: u64,
    /// When fetches were forced in the last 24 hours, in order.
    forced: Vec<u64>,
}

#[derive(Clone, PartialEq)]
struct Kept {
    value: String,
    fence: u64,
    since: u64,
    until: u64,
}

#[derive(Clone, PartialEq)]
struct Locked {
    owner: String,
    since: u64,
    until: u64,
}

impl Locked {
    fn stands(&self, now: u64) -> bool {
        // A lock of the future was taken before the clock was set back; nobody knows when it would end.
        now < self.until && self.since <= now.saturating_add(SLACK)
    }
}

impl Entry {
    pub(super) fn read(&self, now: u64) -> Option<StoredToken> {
        let kept = self.token.as_ref().filter(|kept| now < kept.until)?;
        let life = kept.until.saturating_sub(kept.since);
        // Never more than the life it began with, wherever the clock has gone.
        let remaining = Duration::from_millis(kept.until.saturating_sub(now).min(life));
        let age = Duration::from_millis(now.saturating_sub(kept.since));
        Some(StoredToken::new(kept.value.clone(), kept.fence, remaining, age))
    }

    pub(super) fn lock(&mut self, key: &str, ttl: Duration, now: u64) -> Option<Lease> {
        if self.lock.as_ref().is_some_and(|lock| lock.stands(now)) {
            return None;
        }
        // Beginning with the time, the numbers grow even if all this was lost.
        self.handed = now.max(self.handed.max(self.written).saturating_add(1));
        let owner = Lease::unique_owner();
        self.lock = Some(Locked { owner: owner.clone(), since: now, until: now.saturating_add(millis(ttl)) });
        Some(Lease::new(key, owner, self.handed))
    }

    pub(super) fn write(&mut self, lease: &Lease, value: &str, life: Duration, now: u64) -> bool {
        if lease.fence <= self.written {
            return false;
        }
        self.written = lease.fence;
        let until = now.saturating_add(millis(life));
        self.token = Some(Kept { value: value.to_owned(), fence: lease.fence, since: now, until });
        true
    }

    pub(super) fn unlock(&mut self, lease: &Lease) {
        self.lock.take_if(|lock| lock.owner == lease.owner);
    }

    pub(super) fn discard(&mut self, fence: u64) -> bool {
        self.token.take_if(|kept| kept.fence == fence).is_some()
    }

    pub(super) fn acquire_forced_refresh(&mut self, interval: Duration, per_day: u32, now: u64) -> bool {
        self.forced.retain(|at| now.saturating_sub(*at) < DAY);
        for at in &mut self.forced {
            *at = now.min(*at);
        }
        let waited = self.forced.last().is_none_or(|at| now - at >= millis(interval));
        let granted = waited && self.forced.len() < per_day as usize;
        if granted {
            self.forced.push(now);
        }
        granted
    }

    /// As it is kept in a file.
    pub(super) fn to_json(&self) -> Value {
        let token = self.token.as_ref().map(|kept| {
            json!({ "value": kept.value, "fence": kept.fence, "since": kept.since, "until": kept.until })
        });
        let lock = self
            .lock
            .as_ref()
            .map(|lock| json!({ "owner": lock.owner, "since": lock.since, "until": lock.until }));
        json!({
            "version": VERSION,
            "token": token,
            "lock": lock,
            "handed": self.handed,
            "written": self.written,
            "forced": self.forced,
        })
    }

    /// Whether another version of this crate has made it, which should not lose what it keeps.
    pub(super) fn is_of_another_version(json: &Value) -> bool {
        json.get("version").and_then(Value::as_u64).is_some_and(|version| version != VERSION)
    }

    /// `None` if this is not what [`to_json`](Self::to_json) has made.
    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let number = |json: &Value, name: &str| json.get(name)?.as_u64();
        let text = |json: &Value, name: &str| json.get(name)?.as_str().map(str::to_owned);
        let fence = |json: &Value, name: &str| number(json, name).filter(|fence| *fence < BEYOND);
        if number(json, "version")? != VERSION {
            return None;
        }
        let token = match json.get("token")? {
            Value::Null => None,
            token => Some(Kept {
                value: text(token, "value").filter(|value| !value.trim().is_empty())?,
                fence: fence(token, "fence")?,
                since: number(token, "since")?,
                until: number(token, "until")?,
            }),
        };
        let lock = match json.get("lock")? {
            Value::Null => None,
            lock => Some(Locked {
                owner: text(lock, "owner")?,
                since: number(lock, "since")?,
                until: number(lock, "until")?,
            }),
        };
        let forced = json.get("forced")?.as_array()?.iter().map(Value::as_u64).collect::<Option<_>>()?;
        Some(Self { token, lock, handed: fence(json, "handed")?, written: fence(json, "written")?, forced })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
