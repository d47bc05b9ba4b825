//! What colleagues and customers said to each other.
//! Conversations stand in `flow/kf.rs`; customers write through the sandbox's handle.

use serde_json::{json, Value};

use super::kf::Kf;
use super::user::Users;
use crate::sandbox::answer::{refused_for, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::state::State;

/// The longest time that can be asked about, in seconds.
const SPAN: u64 = 86_400;
/// A colleague wrote.
pub(crate) const WORKER_SENT: u32 = 2002;
/// A colleague received a message.
const WORKER_RECEIVED: u32 = 2003;

/// Everything that was said, in its order; the first message has number 1.
#[derive(Debug, Default)]
pub(crate) struct Records(Vec<Record>);

#[derive(Debug)]
struct Record {
    openid: String,
    code: u32,
    text: String,
    time: u64,
    worker: String,
}

impl Records {
    pub(crate) fn add(&mut self, openid: &str, code: u32, text: &str, worker: &str, time: u64) {
        let (openid, text, worker) = (openid.to_owned(), text.to_owned(), worker.to_owned());
        self.0.push(Record { openid, code, text, time, worker });
    }

    /// Messages of a span of time, with their numbers.
    fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (usize, &Record)> {
        let numbered = self.0.iter().enumerate().map(|(index, record)| (index + 1, record));
        numbered.filter(move |(_, record)| (from..=to).contains(&record.time))
    }
}

impl Record {
    fn described(&self) -> Value {
        json!({
            "openid": self.openid,
            "opercode": self.code,
            "text": self.text,
            "time": self.time,
            "worker": self.worker,
        })
    }
}

impl State {
    /// Notes that a user wrote to the account.
    pub(crate) fn customer_wrote(&self, openid: &str, text: &str) {
        let now = self.clock.seconds();
        self.of::<Users>().touch(openid, now);
        let worker = self.of::<Kf>().customer_wrote(openid, now);
        if let Some(worker) = worker {
            self.of::<Records>().add(openid, WORKER_RECEIVED, text, &worker, now);
        }
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/customservice/msgrecord/getmsglist") => list(call).into(),
        ("POST", "/customservice/msgrecord/getrecord") => page(call).into(),
        _ => return None,
    })
}

/// Beginning and end of the time asked about.
fn span(call: &Call<'_>) -> Result<(u64, u64), Refusal> {
    let time = |name: &str| {
        let negative = || refused_for(65416, format!("`{name}` is no time"));
        call.number(name).ok_or_else(negative)
    };
    let (from, to) = (time("starttime")?, time("endtime")?);
    if to <= from {
        return Err(refused_for(65416, "`endtime` is not behind `starttime`"));
    }
    if to - from > SPAN {
        return Err(refused_for(65417, "`endtime` is more than 24 hours behind `starttime`"));
    }
    Ok((from, to))
}

fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (from, to) = span(call)?;
    let first = call.index("msgid");
    let records = call.state.of::<Records>();
    let found = records.between(from, to).filter(|(number, _)| *number >= first).take(call.index("number"));
    let page: Vec<(usize, &Record)> = found.collect();
    let next = page.last().map_or(first, |(number, _)| number + 1);
    let listed: Vec<Value> = page.iter().map(|(_, record)| record.described()).collect();
    Ok(Answer::object(&[
        ("recordlist", json!(listed)),
        ("number", json!(listed.len())),
        ("msgid", json!(next)),
    ]))
}

fn page(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (from, to) = span(call)?;
    let (openid, size) = (call.body("openid"), call.index("pagesize"));
    let skip = call.index("pageindex").saturating_sub(1).saturating_mul(size);
    let records = call.state.of::<Records>();
    let wanted = records.between(from, to).filter(|(_, record)| openid.is_empty() || record.openid == openid);
    let listed: Vec<Value> = wanted.skip(skip).take(size).map(|(_, record)| record.described()).collect();
    Ok(Answer::object(&[("recordlist", json!(listed))]))
}
