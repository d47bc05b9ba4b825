//! Counts of calls: how often each endpoint was called today, and how often the counts were reset.
//! No call is refused for its count; a fault (45009) shows that.

use std::collections::HashMap;

use serde_json::json;

use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// How often an endpoint may be called in a day, as far as the answers say.
const DAILY: u64 = 500_000;
/// Resets of all counts, and of the count of one endpoint, within a month.
const RESETS: usize = 10;
const RESETS_OF_ONE: usize = 50;
const DAY: u64 = 86_400;
/// A month, in seconds of the sandbox's clock.
const MONTH: u64 = 30 * DAY;
/// The platform's day begins in Beijing.
const BEIJING: u64 = 8 * 3600;

#[derive(Debug, Default)]
pub(crate) struct Quota {
    day: u64,
    used: HashMap<String, u64>,
    resets: Vec<u64>,
    resets_of_one: Vec<u64>,
}

impl Quota {
    /// Counts a call of the endpoint at this path.
    pub(super) fn count(&mut self, path: &str, now: u64) {
        let day = (now + BEIJING) / DAY;
        if day != self.day {
            self.day = day;
            self.used.clear();
        }
        *self.used.entry(path.to_owned()).or_default() += 1;
    }
}

/// Notes a reset, if one is left within a month.
fn reset(resets: &mut Vec<u64>, allowed: usize, now: u64) -> bool {
    resets.retain(|at| at.saturating_add(MONTH) > now);
    let left = resets.len() < allowed;
    if left {
        resets.push(now);
    }
    left
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/clear_quota" | "/cgi-bin/clear_quota/v2") => clear(call).into(),
        ("POST", "/cgi-bin/openapi/quota/get") => get(call).into(),
        ("POST", "/cgi-bin/openapi/quota/clear") => clear_one(call).into(),
        _ => return None,
    })
}

fn clear(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut quota = call.state.of::<Quota>();
    if !reset(&mut quota.resets, RESETS, call.state.clock.seconds()) {
        return Err(refused_for(48006, format!("{RESETS} resets within a month are used up")));
    }
    quota.used.clear();
    Ok(Answer::ok())
}

/// The path that the request asks about.
fn path<'a>(call: &Call<'a>) -> Result<&'a str, Refusal> {
    let path = call.body("cgi_path");
    if path.starts_with("/sns/") {
        return Err(refused_for(76022, "`cgi_path` lies below /sns/"));
    }
    let known = call.state.tables.at_path(path).next();
    known.map(|_| path).ok_or_else(|| unknown(76021, format!("`cgi_path` is `{path}`")))
}

fn get(call: &Call<'_>) -> Result<Answer, Refusal> {
    let used = call.state.of::<Quota>().used.get(path(call)?).copied().unwrap_or_default();
    let quota = json!({"daily_limit": DAILY, "used": used, "remain": DAILY.saturating_sub(used)});
    Ok(Answer::ok_with(&[("quota", quota)]))
}

fn clear_one(call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = path(call)?;
    let mut quota = call.state.of::<Quota>();
    if !reset(&mut quota.resets_of_one, RESETS_OF_ONE, call.state.clock.seconds()) {
        return Err(refused_for(45009, format!("{RESETS_OF_ONE} resets within a month are used up")));
    }
    quota.used.remove(path);
    Ok(Answer::ok())
}
