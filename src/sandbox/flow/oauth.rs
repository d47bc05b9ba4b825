//! Web authorisation: visitors of a page, the codes they come back with, and their tokens.
//! The account's own tokens stand in `flow/token.rs`; neither kind works in the place of the other.

use std::collections::HashMap;

use serde_json::{json, Value};

use super::user::Users;
use crate::sandbox::answer::{refused, refused_for, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::request::pairs;
use crate::sandbox::state::State;
use crate::{Error, Result};

/// Life of a code, in milliseconds.
const CODE_LIFE: u64 = 300_000;
/// Life of a visitor's token, in milliseconds.
const TOKEN_LIFE: u64 = 7_200_000;
/// How long a visitor's token can be renewed, in milliseconds.
const REFRESH_LIFE: u64 = 30 * 86_400_000;

/// Where browsers are sent to.
pub(crate) const AUTHORIZE: &str = "/connect/oauth2/authorize";

#[derive(Debug, Default)]
pub(crate) struct Visits {
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Granted>,
    refreshes: HashMap<String, Granted>,
}

#[derive(Clone, Debug)]
struct Visit {
    openid: String,
    scope: String,
}

#[derive(Debug)]
struct Code {
    visit: Visit,
    expires: u64,
    used: bool,
}

#[derive(Clone, Debug)]
struct Granted {
    visit: Visit,
    expires: u64,
}

/// Sends a visitor who consents back to the page: its address, with code and state.
pub(crate) fn authorize(state: &State, query: &str, openid: &str) -> Result<String> {
    let query = pairs(query);
    let value = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    };
    let due = |name: &str, right: &[&str]| match value(name) {
        Some(value) if right.contains(&value) => Ok(value),
        _ => Err(Error::config(format!("`{name}` of the authorise address must be {}", right.join(" or ")))),
    };
    due("appid", &[&state.app_id])?;
    due("response_type", &["code"])?;
    let scope = due("scope", &["snsapi_base", "snsapi_userinfo"])?;
    let page = value("redirect_uri").and_then(|page| url::Url::parse(page).ok());
    let mut page = page.filter(|page| page.has_host()).ok_or_else(|| {
        Error::config("`redirect_uri` of the authorise address must be the whole address of a page")
    })?;
    let code = state.idents.text(32);
    page.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", value("state").unwrap_or_default());
    let visit = Visit { openid: openid.to_owned(), scope: scope.to_owned() };
    let expires = state.clock.millis().saturating_add(CODE_LIFE);
    state.of::<Visits>().codes.insert(code, Code { visit, expires, used: false });
    Ok(page.into())
}

pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    // Examples of the spec hold codes and tokens that nobody was given; they are answered as they stand.
    let known = |name: &str| {
        let given = (name.to_owned(), call.query(name).to_owned());
        let mut queries = call.endpoint.examples.iter().filter_map(|example| example.query.as_ref());
        queries.any(|query| pairs(&query.value).contains(&given))
    };
    let answered = match line {
        ("GET", "/sns/oauth2/access_token") if !known("code") => exchange(call),
        ("GET", "/sns/oauth2/refresh_token") if !known("refresh_token") => refresh(call),
        ("GET", "/sns/userinfo") if !known("access_token") => user(call),
        ("GET", "/sns/auth") if !known("access_token") => check(call),
        _ => return None,
    };
    Some(answered.unwrap_or_else(Answer::from))
}

fn exchange(call: &Call<'_>) -> std::result::Result<Answer, Refusal> {
    let now = call.state.clock.millis();
    let visit = {
        let mut visits = call.state.of::<Visits>();
        let code = visits.codes.get_mut(call.query("code")).ok_or_else(|| refused(40029))?;
        if code.used {
            return Err(refused(40163));
        }
        if code.expires <= now {
            return Err(refused(42003));
        }
        code.used = true;
        code.visit.clone()
    };
    let refresh = call.state.idents.text(64);
    let granted = Granted { visit: visit.clone(), expires: now.saturating_add(REFRESH_LIFE) };
    call.state.of::<Visits>().refreshes.insert(refresh.clone(), granted);
    Ok(grant(call, &visit, &refresh, now))
}

fn refresh(call: &Call<'_>) -> std::result::Result<Answer, Refusal> {
    let now = call.state.clock.millis();
    let refresh = call.query("refresh_token");
    let granted = call.state.of::<Visits>().refreshes.get(refresh).cloned().ok_or_else(|| refused(40030))?;
    if granted.expires <= now {
        return Err(refused(42002));
    }
    Ok(grant(call, &granted.visit, refresh, now))
}

/// A new token for the visitor.
fn grant(call: &Call<'_>, visit: &Visit, refresh: &str, now: u64) -> Answer {
    let token = call.state.idents.text(64);
    let granted = Granted { visit: visit.clone(), expires: now.saturating_add(TOKEN_LIFE) };
    call.state.of::<Visits>().tokens.insert(token.clone(), granted);
    Answer::object(&[
        ("access_token", json!(token)),
        ("expires_in", json!(TOKEN_LIFE / 1000)),
        ("refresh_token", json!(refresh)),
        ("openid", json!(visit.openid)),
        ("scope", json!(visit.scope)),
    ])
}

/// The visit that the token of a call belongs to.
fn visit(call: &Call<'_>) -> std::result::Result<Visit, Refusal> {
    let visits = call.state.of::<Visits>();
    let granted = visits.tokens.get(call.query("access_token")).ok_or_else(|| refused(40001))?;
    if granted.expires <= call.state.clock.millis() {
        return Err(refused(42001));
    }
    if granted.visit.openid != call.query("openid") {
        return Err(refused_for(40003, "`openid` is not whom the token belongs to"));
    }
    Ok(granted.visit.clone())
}

fn user(call: &Call<'_>) -> std::result::Result<Answer, Refusal> {
    let visit = visit(call)?;
    if visit.scope != "snsapi_userinfo" {
        return Err(refused_for(48001, "the visitor was not asked for `snsapi_userinfo`"));
    }
    let mut members: Vec<(&str, Value)> = vec![
        ("openid", json!(visit.openid)),
        ("nickname", json!("微信用户")),
        ("sex", json!(0)),
        ("province", json!("")),
        ("city", json!("")),
        ("country", json!("")),
        ("headimgurl", json!("")),
        ("privilege", json!([])),
    ];
    if let Some(unionid) = call.state.of::<Users>().unionid(&visit.openid) {
        members.push(("unionid", json!(unionid)));
    }
    Ok(Answer::object(&members))
}

fn check(call: &Call<'_>) -> std::result::Result<Answer, Refusal> {
    visit(call).map(|_| Answer::ok())
}
