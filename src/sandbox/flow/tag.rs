//! Tags: those of the account, and who carries which.
//! Groups, the older view of the same thing, stand in `flow/group.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{json, Value};

use super::user::{User, Users};
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{number, Call, RequestLine};
use crate::sandbox::state::State;

/// The platform's own tag that can be put on followers: starred (星标组).
pub(super) const STARRED: u32 = 2;
pub(super) const STARRED_NAME: &str = "星标组";
/// The number of the first tag that an account makes.
const FIRST: u32 = 100;
/// Tags of an account's own.
const TAGS: usize = 100;
/// Tags on one follower.
const ON_USER: usize = 20;
/// A tag with more bearers can't be deleted at once.
const POPULAR: usize = 100_000;

/// The tags of the account. Bearers are found through the users.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    pub(super) names: BTreeMap<u32, String>,
    /// Numbers that were given away and are free again; they are never used a second time.
    gone: BTreeSet<u32>,
}

impl Tags {
    /// Adds a tag of a name that is not taken.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        let latest = self.names.keys().chain(&self.gone).max();
        let id = latest.map_or(FIRST, |latest| latest + 1);
        self.names.insert(id, name.to_owned());
        id
    }

    pub(super) fn full(&self) -> bool {
        self.names.len() >= TAGS
    }

    /// The name belongs to another tag than this one.
    pub(super) fn taken(&self, name: &str, id: Option<u32>) -> bool {
        name == STARRED_NAME || self.names.iter().any(|(other, taken)| taken == name && Some(*other) != id)
    }

    pub(super) fn has(&self, id: u32) -> bool {
        id == STARRED || self.names.contains_key(&id)
    }

    fn missing(&self, id: u32, field: &str) -> Refusal {
        let detail = format!("`{field}` is {id}; there is no such tag");
        // A number that was in use is really gone, whatever an example says of it.
        if self.gone.contains(&id) {
            return refused_for(45159, detail);
        }
        unknown(45159, detail)
    }

    /// Refuses a tag that does not exist.
    pub(super) fn check(&self, id: u32, field: &str) -> Result<(), Refusal> {
        if self.has(id) {
            return Ok(());
        }
        Err(self.missing(id, field))
    }

    /// Refuses a tag that is not the account's own.
    fn own(&self, id: u32) -> Result<(), Refusal> {
        if id <= STARRED {
            return Err(refused_for(45058, format!("`tag.id` is {id}, one of the platform's own tags")));
        }
        self.check(id, "tag.id")
    }
}

impl User {
    pub(super) fn carries(&self, tag: u32) -> bool {
        self.tags.contains(&tag)
    }
}

impl Users {
    pub(super) fn bearers(&self, tag: u32) -> usize {
        self.behind(0).filter(|(_, user)| user.carries(tag)).count()
    }

    fn take_off(&mut self, tag: u32) {
        for user in self.by_openid.values_mut() {
            user.tags.retain(|carried| *carried != tag);
        }
    }
}

/// The names of the tags on a user.
pub(crate) fn names_on(state: &State, openid: &str) -> Vec<String> {
    let carried = state.of::<Users>().tags_on(openid);
    let tags = state.of::<Tags>();
    let name = |id: &u32| tags.names.get(id).cloned().unwrap_or_else(|| STARRED_NAME.to_owned());
    carried.iter().map(name).collect()
}

/// Takes a tag away from the account and from all who carry it.
pub(super) fn remove(state: &State, tag: u32) {
    {
        let mut tags = state.of::<Tags>();
        tags.names.remove(&tag);
        tags.gone.insert(tag);
    }
    state.of::<Users>().take_off(tag);
}

/// A number out of the request; none of a tag's where it is too large.
pub(super) fn id(value: Option<&Value>) -> u32 {
    value.and_then(number).and_then(|id| u32::try_from(id).ok()).unwrap_or(u32::MAX)
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/tags/create") => create(call).into(),
        ("GET", "/cgi-bin/tags/get") => list(call),
        ("POST", "/cgi-bin/tags/update") => update(call).into(),
        ("POST", "/cgi-bin/tags/delete") => delete(call).into(),
        ("POST", "/cgi-bin/user/tag/get") => bearers(call).into(),
        ("POST", "/cgi-bin/tags/members/batchtagging") => batch(call, true).into(),
        ("POST", "/cgi-bin/tags/members/batchuntagging") => batch(call, false).into(),
        ("POST", "/cgi-bin/tags/getidlist") => of_user(call).into(),
        _ => return None,
    })
}

fn name<'a>(call: &Call<'a>) -> &'a str {
    call.inner("tag", "name").and_then(Value::as_str).unwrap_or_default()
}

fn create(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = name(call);
    let mut tags = call.state.of::<Tags>();
    if tags.taken(name, None) {
        return Err(refused_for(45157, format!("`tag.name` is `{name}`, which another tag is called")));
    }
    if tags.full() {
        return Err(refused_for(45056, format!("the account has {TAGS} tags")));
    }
    let id = tags.add(name);
    Ok(Answer::object(&[("tag", json!({"id": id, "name": name}))]))
}

fn list(call: &Call<'_>) -> Answer {
    let own: Vec<(u32, String)> = call.state.of::<Tags>().names.clone().into_iter().collect();
    let users = call.state.of::<Users>();
    let all = std::iter::once((STARRED, STARRED_NAME.to_owned())).chain(own);
    let tags: Vec<Value> =
        all.map(|(id, name)| json!({"id": id, "name": name, "count": users.bearers(id)})).collect();
    Answer::object(&[("tags", json!(tags))])
}

fn update(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, name) = (id(call.inner("tag", "id")), name(call));
    let mut tags = call.state.of::<Tags>();
    tags.own(id)?;
    if tags.taken(name, Some(id)) {
        return Err(refused_for(45157, format!("`tag.name` is `{name}`, which another tag is called")));
    }
    tags.names.insert(id, name.to_owned());
    Ok(Answer::ok())
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = id(call.inner("tag", "id"));
    call.state.of::<Tags>().own(id)?;
    if call.state.of::<Users>().bearers(id) > POPULAR {
        return Err(refused_for(45057, format!("`tag.id` is {id}; more than {POPULAR} followers carry it")));
    }
    remove(call.state, id);
    Ok(Answer::ok())
}

fn bearers(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = id(call.body.get("tagid"));
    call.state.of::<Tags>().check(id, "tagid")?;
    let users = call.state.of::<Users>();
    let after = match call.body("next_openid") {
        "" => 0,
        openid => users.get(openid)?.number,
    };
    let behind = users.behind(after).filter(|(_, user)| user.carries(id));
    let page: Vec<&String> = behind.map(|(openid, _)| openid).take(call.state.page).collect();
    Ok(match page.last() {
        None => Answer::object(&[("count", json!(0))]),
        Some(last) => Answer::object(&[
            ("count", json!(page.len())),
            ("data", json!({ "openid": page })),
            ("next_openid", json!(last)),
        ]),
    })
}

/// Puts a tag on users or takes it off. Users who can't be found are named, the others are done.
fn batch(call: &Call<'_>, on: bool) -> Result<Answer, Refusal> {
    let id = id(call.body.get("tagid"));
    let openids = call.texts("openid_list");
    call.state.of::<Tags>().check(id, "tagid")?;
    let mut users = call.state.of::<Users>();
    let failed: Vec<&str> = openids.iter().copied().filter(|openid| !users.follows(openid)).collect();
    if let (Some(first), true) = (failed.first(), failed.len() == openids.len()) {
        users.get(first)?;
        return Err(refused_for(50005, format!("`openid_list`: `{first}` does not follow this account")));
    }
    let full = |openid: &&&str| {
        users.by_openid.get(**openid).is_some_and(|user| !user.carries(id) && user.tags.len() >= ON_USER)
    };
    if let (true, Some(openid)) = (on, openids.iter().find(full)) {
        return Err(refused_for(45059, format!("`openid_list`: `{openid}` carries {ON_USER} tags")));
    }
    for openid in openids.iter().filter(|openid| !failed.contains(openid)) {
        let Some(user) = users.by_openid.get_mut(*openid) else { continue };
        user.tags.retain(|carried| on || *carried != id);
        if on && !user.carries(id) {
            user.tags.push(id);
        }
    }
    if failed.is_empty() {
        return Ok(Answer::ok());
    }
    let mut refusal = refused_for(45171, format!("`openid_list` holds {} who do not follow", failed.len()));
    refusal.more.push(("fail_openid_list", json!(failed)));
    Err(refusal)
}

fn of_user(call: &Call<'_>) -> Result<Answer, Refusal> {
    let users = call.state.of::<Users>();
    let user = users.follower(call.body("openid"))?;
    Ok(Answer::object(&[("tagid_list", json!(user.tags))]))
}
