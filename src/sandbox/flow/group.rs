//! Groups of followers, of the time before tags: the same store as the tags, seen as the platform still shows it.
//! A follower's group is the first tag that they carry; the blacklist is group 1, nobody's group is 0.

use serde_json::{json, Value};

use super::tag::{self, Tags, STARRED, STARRED_NAME};
use super::user::{Users, BLACKLIST, UNGROUPED};
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::state::State;

/// Refuses a group that does not exist.
pub(super) fn check(state: &State, id: u32, field: &str) -> Result<(), Refusal> {
    if id <= BLACKLIST || state.of::<Tags>().has(id) {
        return Ok(());
    }
    Err(unknown(40050, format!("`{field}` is {id}; there is no such group")))
}

/// Refuses a group that is not the account's own.
fn check_own(state: &State, id: u32) -> Result<(), Refusal> {
    if id <= STARRED {
        return Err(refused_for(45016, format!("`group.id` is {id}, one of the platform's own groups")));
    }
    check(state, id, "group.id")
}

impl Users {
    fn move_to(&mut self, openid: &str, group: u32) {
        if group == BLACKLIST {
            self.block(openid);
            return;
        }
        self.unblock(openid);
        let Some(user) = self.by_openid.get_mut(openid) else { return };
        if !user.tags.is_empty() {
            user.tags.remove(0);
        }
        user.tags.retain(|carried| *carried != group);
        if group != UNGROUPED {
            user.tags.insert(0, group);
        }
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/groups/create") => create(call).into(),
        ("GET", "/cgi-bin/groups/get") => list(call),
        ("POST", "/cgi-bin/groups/getid") => of_user(call).into(),
        ("POST", "/cgi-bin/groups/update") => update(call).into(),
        ("POST", "/cgi-bin/groups/delete") => delete(call).into(),
        ("POST", "/cgi-bin/groups/members/update") => move_to(call, &[call.body("openid")]).into(),
        ("POST", "/cgi-bin/groups/members/batchupdate") => move_to(call, &call.texts("openid_list")).into(),
        _ => return None,
    })
}

fn name<'a>(call: &Call<'a>) -> &'a str {
    call.inner("group", "name").and_then(Value::as_str).unwrap_or_default()
}

fn taken(name: &str) -> Refusal {
    refused_for(40117, format!("`group.name` is `{name}`, which another group is called"))
}

fn create(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = name(call);
    let mut tags = call.state.of::<Tags>();
    if tags.taken(name, None) {
        return Err(taken(name));
    }
    if tags.full() {
        return Err(refused_for(45018, "the account has 100 groups"));
    }
    let id = tags.add(name);
    Ok(Answer::object(&[("group", json!({"id": id, "name": name}))]))
}

fn list(call: &Call<'_>) -> Answer {
    let platform = [(UNGROUPED, "未分组"), (BLACKLIST, "黑名单"), (STARRED, STARRED_NAME)];
    let platform = platform.map(|(id, name)| (id, name.to_owned()));
    let own: Vec<(u32, String)> = call.state.of::<Tags>().names.clone().into_iter().collect();
    let users = call.state.of::<Users>();
    let count = |id: u32| users.behind(0).filter(|(_, user)| user.group() == id).count();
    let all = platform.into_iter().chain(own);
    let groups: Vec<Value> =
        all.map(|(id, name)| json!({"id": id, "name": name, "count": count(id)})).collect();
    Answer::object(&[("groups", json!(groups))])
}

fn of_user(call: &Call<'_>) -> Result<Answer, Refusal> {
    let users = call.state.of::<Users>();
    Ok(Answer::object(&[("groupid", json!(users.get(call.body("openid"))?.group()))]))
}

fn update(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, name) = (tag::id(call.inner("group", "id")), name(call));
    check_own(call.state, id)?;
    let mut tags = call.state.of::<Tags>();
    if tags.taken(name, Some(id)) {
        return Err(taken(name));
    }
    tags.names.insert(id, name.to_owned());
    Ok(Answer::ok())
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = tag::id(call.inner("group", "id"));
    check_own(call.state, id)?;
    tag::remove(call.state, id);
    Ok(Answer::object(&[]))
}

fn move_to(call: &Call<'_>, openids: &[&str]) -> Result<Answer, Refusal> {
    let group = tag::id(call.body.get("to_groupid"));
    check(call.state, group, "to_groupid")?;
    let mut users = call.state.of::<Users>();
    // All or nobody.
    for openid in openids {
        users.follower(openid)?;
    }
    openids.iter().for_each(|openid| users.move_to(openid, group));
    Ok(Answer::ok())
}
