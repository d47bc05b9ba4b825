//! Short keys: texts that are kept for a while. Short links, which the platform no longer makes, come back long.

use std::collections::HashMap;

use serde_json::json;

use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// The longest life of a key, and the life of one that names none, in seconds.
const LIFE: u64 = 2_592_000;

#[derive(Debug, Default)]
pub(crate) struct ShortKeys(HashMap<String, Kept>);

#[derive(Debug)]
struct Kept {
    text: String,
    created: u64,
    expires: u64,
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/shorten/gen") => create(call),
        ("POST", "/cgi-bin/shorten/fetch") => fetch(call).into(),
        ("POST", "/cgi-bin/shorturl") => Answer::ok_with(&[("short_url", json!(call.body("long_url")))]),
        _ => return None,
    })
}

fn create(call: &Call<'_>) -> Answer {
    let created = call.state.clock.seconds();
    let expires = created.saturating_add(call.number("expire_seconds").unwrap_or(LIFE));
    // A key is made of letters and digits only.
    let key: String =
        call.state.idents.text(64).chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    let kept = Kept { text: call.body("long_data").to_owned(), created, expires };
    call.state.of::<ShortKeys>().0.insert(key.clone(), kept);
    Answer::ok_with(&[("short_key", json!(key))])
}

fn fetch(call: &Call<'_>) -> Result<Answer, Refusal> {
    let now = call.state.clock.seconds();
    let keys = call.state.of::<ShortKeys>();
    let kept = keys.0.get(call.body("short_key"));
    let kept = kept.ok_or_else(|| unknown(9_410_012, "`short_key` is unknown"))?;
    if kept.expires <= now {
        return Err(refused_for(9_410_012, "`short_key` has expired"));
    }
    Ok(Answer::ok_with(&[
        ("long_data", json!(kept.text)),
        ("create_time", json!(kept.created)),
        ("expire_seconds", json!(kept.expires - now)),
    ]))
}
