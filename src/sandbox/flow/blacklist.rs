//! The blacklist: users whom the account does not want to hear from and does not write to.
//! Refusing messages to them is the work of the flows that send.

use serde_json::json;

use super::user::Users;
use crate::sandbox::answer::{Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// How many users an answer lists at most.
const PAGE: usize = 1000;

impl Users {
    pub(super) fn block(&mut self, openid: &str) {
        let place = self.blocks + 1;
        if let Some(user) = self.by_openid.get_mut(openid).filter(|user| user.blocked.is_none()) {
            user.blocked = Some(place);
            self.blocks = place;
            self.blocked.insert(place, openid.to_owned());
        }
    }

    pub(super) fn unblock(&mut self, openid: &str) {
        let place = self.by_openid.get_mut(openid).and_then(|user| user.blocked.take());
        if let Some(place) = place {
            self.blocked.remove(&place);
        }
    }

    pub(crate) fn is_blocked(&self, openid: &str) -> bool {
        self.by_openid.get(openid).is_some_and(|user| user.blocked.is_some())
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/tags/members/getblacklist") => list(call).into(),
        ("POST", "/cgi-bin/tags/members/batchblacklist") => change(call, Users::block).into(),
        ("POST", "/cgi-bin/tags/members/batchunblacklist") => change(call, Users::unblock).into(),
        _ => return None,
    })
}

fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let users = call.state.of::<Users>();
    let after = match call.body("begin_openid") {
        "" => 0,
        // Behind somebody who has been let in again, the list begins anew.
        openid => users.get(openid)?.blocked.unwrap_or_default(),
    };
    let behind = users.blocked.range(after + 1..).map(|(_, openid)| openid);
    let page: Vec<&String> = behind.take(call.state.page.min(PAGE)).collect();
    let mut members = vec![("total", json!(users.blocked.len())), ("count", json!(page.len()))];
    if !page.is_empty() {
        members.push(("data", json!({ "openid": page })));
    }
    members.push(("next_openid", json!(page.last().map(|openid| openid.as_str()).unwrap_or_default())));
    Ok(Answer::object(&members))
}

fn change(call: &Call<'_>, change: fn(&mut Users, &str)) -> Result<Answer, Refusal> {
    let openids = call.texts("openid_list");
    let mut users = call.state.of::<Users>();
    // All or nobody.
    for openid in &openids {
        users.get(openid)?;
    }
    openids.iter().for_each(|openid| change(&mut users, openid));
    Ok(Answer::ok())
}
