//! Customer-service messages: who may receive one, and when.
//! The colleagues who send them stand in `flow/kf.rs`, what was said in `flow/record.rs`.

use serde_json::Value;

use super::kf::Kf;
use super::outbox::SentKind;
use super::publish::Articles;
use super::record::Records;
use super::user::Users;
use super::{material, record};
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// How long the account may write after the user did something, in seconds.
const WINDOW: u64 = 48 * 3600;

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/message/custom/send") => send(call).into(),
        ("POST", "/cgi-bin/message/custom/typing") => typing(call).into(),
        _ => return None,
    })
}

fn send(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (state, openid, kind) = (call.state, call.body("touser"), call.body("msgtype"));
    let now = state.clock.seconds();
    let active = state.of::<Users>().recipient(openid)?.active;
    if now >= active.saturating_add(WINDOW) {
        return Err(refused_for(45015, format!("`touser`: `{openid}` did nothing in the last 48 hours")));
    }
    let given = |name: &str| call.inner(kind, name).and_then(Value::as_str);
    for name in ["media_id", "thumb_media_id"] {
        let Some(id) = given(name) else { continue };
        let found = if kind == "mpnews" { state.has_articles(id) } else { material::has_media(state, id) };
        if !found {
            return Err(unknown(40007, format!("`{kind}.{name}` is unknown or has expired")));
        }
    }
    if given("article_id").is_some_and(|id| !state.of::<Articles>().has(id, state.clock.millis())) {
        return Err(unknown(53600, format!("`{kind}.article_id` is unknown")));
    }
    let worker = call.inner("customservice", "kf_account").and_then(Value::as_str);
    if let Some(worker) = worker {
        state.of::<Kf>().check(worker, "customservice.kf_account", 61452)?;
        let words = match kind {
            "text" => given("content").unwrap_or_default().to_owned(),
            kind => format!("[{kind}]"),
        };
        state.of::<Records>().add(openid, record::WORKER_SENT, &words, worker, now);
    }
    state.deliver(SentKind::Custom, call.body, [openid]);
    Ok(Answer::ok())
}

fn typing(call: &Call<'_>) -> Result<Answer, Refusal> {
    call.state.of::<Users>().recipient(call.body("touser"))?;
    Ok(Answer::ok())
}
