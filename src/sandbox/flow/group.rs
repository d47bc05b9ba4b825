//! Groups of followers, of the time before tags: the same store as the tags, seen as the platform still shows it.
//! A follower's group is the first tag that they carry; the blacklist is group 1, nobody's group is 0.

use serde_json::{json, Value};

use super::super::answer::{refused_for, unknown, Answer, Refusal};
use super::tag::{self, STARRED, STARRED_NAME};
use super::user::{User, Users};
use super::{Call, Place};

const NONE: u32 = 0;
const BLACKLIST: u32 = 1;

impl User {
    /// The group that the user is in.
    pub(super) fn group(&self) -> u32 {
        match self.blocked {
            Some(_) => BLACKLIST,
            None => self.tags.first().copied().unwrap_or(NONE),
        }
    }
}

impl Users {
    /// Refuses a group that does not exist.
    pub(super) fn check_group(&self, id: u32, field: &str) -> Result<(), Refusal> {
        if id <= BLACKLIST || self.tags.has(id) {
            return Ok(());
        }
        Err(unknown(40050, format!("`{field}` is {id}; there is no such group")))
    }

    /// Refuses a group that is not the account's own.
    fn own_group(&self, id: u32) -> Result<(), Refusal> {
        if id <= STARRED {
            return Err(refused_for(45016, format!("`group.id` is {id}, one of the platform's own groups")));
        }
        self.check_group(id, "group.id")
    }

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
        if group != NONE {
            user.tags.insert(0, group);
        }
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, place: Place<'_>) -> Option<Answer> {
    Some(match place {
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
    let tags = &mut call.state.users().tags;
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
    let users = call.state.users();
    let platform = [(NONE, "未分组"), (BLACKLIST, "黑名单"), (STARRED, STARRED_NAME)];
    let all = platform.into_iter().chain(users.tags.names.iter().map(|(id, name)| (*id, name.as_str())));
    let count = |id: u32| users.behind(0).filter(|(_, user)| user.group() == id).count();
    let groups: Vec<Value> =
        all.map(|(id, name)| json!({"id": id, "name": name, "count": count(id)})).collect();
    Answer::object(&[("groups", json!(groups))])
}

fn of_user(call: &Call<'_>) -> Result<Answer, Refusal> {
    let users = call.state.users();
    Ok(Answer::object(&[("groupid", json!(users.get(call.body("openid"))?.group()))]))
}

fn update(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, name) = (tag::id(call.inner("group", "id")), name(call));
    let mut users = call.state.users();
    users.own_group(id)?;
    if users.tags.taken(name, Some(id)) {
        return Err(taken(name));
    }
    users.tags.names.insert(id, name.to_owned());
    Ok(Answer::ok())
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = tag::id(call.inner("group", "id"));
    let mut users = call.state.users();
    users.own_group(id)?;
    users.delete_tag(id);
    Ok(Answer::object(&[]))
}

fn move_to(call: &Call<'_>, openids: &[&str]) -> Result<Answer, Refusal> {
    let group = tag::id(call.body.get("to_groupid"));
    let mut users = call.state.users();
    users.check_group(group, "to_groupid")?;
    // All or nobody.
    for openid in openids {
        users.follower(openid)?;
    }
    openids.iter().for_each(|openid| users.move_to(openid, group));
    Ok(Answer::ok())
}
