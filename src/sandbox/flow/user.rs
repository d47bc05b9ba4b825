//! Users: who follows, who did, what is known of them, and the remarks of the operators.
//! How many a page holds is set on the sandbox's builder.

use std::collections::{BTreeMap, HashMap};

use serde_json::{json, Value};

use super::super::answer::{refused, refused_for, Answer, Refusal};
use super::Call;

#[derive(Debug, Default)]
pub(crate) struct Users {
    by_openid: HashMap<String, User>,
    /// Followers in the order in which they followed.
    followers: BTreeMap<u64, String>,
    followed: u64,
}

#[derive(Debug)]
struct User {
    /// Place in the order of followers; kept when they leave, so that paging can go on behind them.
    number: u64,
    follows: bool,
    since: u64,
    unionid: String,
    remark: String,
}

impl Users {
    /// Makes somebody a follower; the latest one, unless they already follow.
    pub(crate) fn add(&mut self, openid: &str, unionid: String, seconds: u64) {
        if self.follows(openid) {
            return;
        }
        self.followed += 1;
        let number = self.followed;
        let remark = self.by_openid.remove(openid).map(|user| user.remark).unwrap_or_default();
        let user = User { number, follows: true, since: seconds, unionid, remark };
        self.by_openid.insert(openid.to_owned(), user);
        self.followers.insert(number, openid.to_owned());
    }

    /// Ends following; the user stays known.
    pub(crate) fn unfollow(&mut self, openid: &str) {
        if let Some(user) = self.by_openid.get_mut(openid) {
            user.follows = false;
            self.followers.remove(&user.number);
        }
    }

    /// Forgets the user altogether.
    pub(crate) fn remove(&mut self, openid: &str) {
        if let Some(user) = self.by_openid.remove(openid) {
            self.followers.remove(&user.number);
        }
    }

    pub(crate) fn follows(&self, openid: &str) -> bool {
        self.by_openid.get(openid).is_some_and(|user| user.follows)
    }

    pub(crate) fn followers(&self) -> Vec<String> {
        self.followers.values().cloned().collect()
    }

    pub(crate) fn remark(&self, openid: &str) -> Option<String> {
        self.by_openid.get(openid).map(|user| user.remark.clone())
    }

    pub(crate) fn unionid(&self, openid: &str) -> Option<String> {
        self.by_openid.get(openid).map(|user| user.unionid.clone())
    }

    fn get(&self, openid: &str) -> Result<&User, Refusal> {
        self.by_openid.get(openid).ok_or_else(|| unknown(openid))
    }

    fn described(&self, openid: &str, lang: &str) -> Result<Vec<(&'static str, Value)>, Refusal> {
        let user = self.get(openid)?;
        if !user.follows {
            return Ok(vec![("subscribe", json!(0)), ("openid", json!(openid))]);
        }
        Ok(vec![
            ("subscribe", json!(1)),
            ("openid", json!(openid)),
            ("language", json!(if lang.is_empty() { "zh_CN" } else { lang })),
            ("subscribe_time", json!(user.since)),
            ("unionid", json!(user.unionid)),
            ("remark", json!(user.remark)),
            ("groupid", json!(0)),
            ("tagid_list", json!([])),
            ("subscribe_scene", json!("ADD_SCENE_QR_CODE")),
            ("qr_scene", json!(0)),
            ("qr_scene_str", json!("")),
        ])
    }
}

fn unknown(openid: &str) -> Refusal {
    refused_for(40003, format!("`{openid}` is no user of this account"))
}

pub(super) fn info(call: &Call<'_>) -> Answer {
    match call.state.users().described(call.query("openid"), call.query("lang")) {
        Ok(members) => Answer::object(&members),
        Err(refusal) => refusal.into(),
    }
}

pub(super) fn infos(call: &Call<'_>) -> Answer {
    let users = call.state.users();
    let mut infos = Vec::new();
    for query in call.body.get("user_list").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| query[name].as_str().unwrap_or_default();
        match users.described(text("openid"), text("lang")) {
            Ok(members) => {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                infos.push(Value::Object(members.collect()));
            }
            Err(refusal) => return refusal.into(),
        }
    }
    Answer::object(&[("user_info_list", json!(infos))])
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    let users = call.state.users();
    let after = match call.query("next_openid") {
        "" => 0,
        openid => match users.get(openid) {
            Ok(user) => user.number,
            Err(refusal) => return refusal.into(),
        },
    };
    let page: Vec<&String> =
        users.followers.range(after + 1..).map(|(_, openid)| openid).take(call.state.page).collect();
    let mut members = vec![("total", json!(users.followers.len())), ("count", json!(page.len()))];
    if !page.is_empty() {
        members.push(("data", json!({ "openid": page })));
    }
    members.push(("next_openid", json!(page.last().map(|openid| openid.as_str()).unwrap_or_default())));
    Answer::object(&members)
}

pub(super) fn remark(call: &Call<'_>) -> Answer {
    if let Some(refusal) = stranger(call, call.body("openid")) {
        return refusal;
    }
    if let Some(user) = call.state.users().by_openid.get_mut(call.body("openid")) {
        user.remark = call.body("remark").to_owned();
    }
    Answer::ok()
}

/// Refuses a message to somebody who is unknown or does not follow; else the spec's example answers.
pub(super) fn refuse_stranger(call: &Call<'_>) -> Option<Answer> {
    stranger(call, call.body("touser"))
}

fn stranger(call: &Call<'_>, openid: &str) -> Option<Answer> {
    let users = call.state.users();
    match users.get(openid) {
        Err(refusal) => Some(refusal.into()),
        Ok(user) if !user.follows => Some(refused(43004).into()),
        Ok(_) => None,
    }
}
