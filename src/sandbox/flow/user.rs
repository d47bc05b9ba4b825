//! Users: who follows, who did, what is known of them, and the remarks of the operators.
//! How many a page holds is set on the sandbox's builder; tags, groups and the blacklist have files of their own.

use std::collections::{BTreeMap, HashMap};

use serde_json::{json, Value};

use super::qrcode::Scene;
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::state::State;

#[derive(Debug, Default)]
pub(crate) struct Users {
    pub(super) by_openid: HashMap<String, User>,
    /// Followers in the order in which they followed.
    followers: BTreeMap<u64, String>,
    followed: u64,
    /// Who is on the blacklist, in the order in which they came there.
    pub(super) blocked: BTreeMap<u64, String>,
    pub(super) blocks: u64,
    /// The new OpenIDs of those who were moved here from another account, by its AppID and their old ones.
    moved: HashMap<String, HashMap<String, String>>,
}

#[derive(Debug)]
pub(crate) struct User {
    /// Place in the order of followers; kept when they leave, so that paging can go on behind them.
    pub(super) number: u64,
    pub(super) follows: bool,
    since: u64,
    unionid: String,
    /// The scene of the QR code that they followed by.
    scene: Option<Scene>,
    remark: String,
    /// Tags in the order in which they were put on; the first counts as the user's group.
    pub(super) tags: Vec<u32>,
    /// Place in the blacklist.
    pub(super) blocked: Option<u64>,
    /// When the user last followed or wrote, in seconds.
    pub(super) active: u64,
}

/// The group of those who are in none, and that of the blacklist.
pub(super) const UNGROUPED: u32 = 0;
pub(super) const BLACKLIST: u32 = 1;

impl User {
    /// The group that the user is in.
    pub(super) fn group(&self) -> u32 {
        match self.blocked {
            Some(_) => BLACKLIST,
            None => self.tags.first().copied().unwrap_or(UNGROUPED),
        }
    }
}

impl Users {
    /// Makes somebody a follower; the latest one, unless they already follow.
    pub(crate) fn add(&mut self, openid: &str, unionid: String, seconds: u64) {
        if self.follows(openid) {
            return;
        }
        self.followed += 1;
        let number = self.followed;
        let (remark, blocked) = match self.by_openid.remove(openid) {
            Some(user) => (user.remark, user.blocked),
            None => (String::new(), None),
        };
        let tags = Vec::new();
        let user = User {
            number,
            follows: true,
            since: seconds,
            unionid,
            scene: None,
            remark,
            tags,
            blocked,
            active: seconds,
        };
        self.by_openid.insert(openid.to_owned(), user);
        self.followers.insert(number, openid.to_owned());
    }

    /// Notes which QR code led a follower here.
    #[cfg(feature = "callback")]
    pub(crate) fn came_by(&mut self, openid: &str, scene: Scene) {
        if let Some(user) = self.by_openid.get_mut(openid) {
            user.scene = Some(scene);
        }
    }

    /// Ends following; the user stays known, without tags.
    pub(crate) fn unfollow(&mut self, openid: &str) {
        if let Some(user) = self.by_openid.get_mut(openid) {
            user.follows = false;
            user.tags.clear();
            self.followers.remove(&user.number);
        }
    }

    /// Forgets the user altogether.
    pub(crate) fn remove(&mut self, openid: &str) {
        if let Some(user) = self.by_openid.remove(openid) {
            self.followers.remove(&user.number);
            if let Some(place) = user.blocked {
                self.blocked.remove(&place);
            }
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

    /// Notes that somebody has a new OpenID here, after the account that they followed was moved.
    pub(crate) fn moved(&mut self, from_appid: &str, old: &str, new: &str) {
        self.moved.entry(from_appid.to_owned()).or_default().insert(old.to_owned(), new.to_owned());
    }

    /// Notes that the user did something that lets the account write.
    pub(crate) fn touch(&mut self, openid: &str, seconds: u64) {
        if let Some(user) = self.by_openid.get_mut(openid) {
            user.active = seconds;
        }
    }

    pub(super) fn get(&self, openid: &str) -> Result<&User, Refusal> {
        self.by_openid.get(openid).ok_or_else(|| stranger(openid))
    }

    /// The tags on a user, in the order in which they were put on.
    pub(super) fn tags_on(&self, openid: &str) -> Vec<u32> {
        self.by_openid.get(openid).map(|user| user.tags.clone()).unwrap_or_default()
    }

    /// A user who follows.
    pub(super) fn follower(&self, openid: &str) -> Result<&User, Refusal> {
        let user = self.get(openid)?;
        let left = || refused_for(43004, format!("`{openid}` does not follow this account"));
        user.follows.then_some(user).ok_or_else(left)
    }

    /// A follower whom the account may write to.
    pub(super) fn recipient(&self, openid: &str) -> Result<&User, Refusal> {
        let user = self.follower(openid)?;
        match user.blocked {
            Some(_) => Err(refused_for(43019, format!("`{openid}` is on the blacklist"))),
            None => Ok(user),
        }
    }

    /// Followers behind this place in their order.
    pub(super) fn behind(&self, number: u64) -> impl Iterator<Item = (&String, &User)> {
        let openids = self.followers.range(number.saturating_add(1)..).map(|(_, openid)| openid);
        openids.filter_map(|openid| Some((openid, self.by_openid.get(openid)?)))
    }

    fn described(&self, openid: &str, lang: &str) -> Result<Vec<(&'static str, Value)>, Refusal> {
        let user = self.get(openid)?;
        if !user.follows {
            return Ok(vec![("subscribe", json!(0)), ("openid", json!(openid))]);
        }
        let (number, text) = match &user.scene {
            Some(Scene::Number(number)) => (*number, ""),
            Some(Scene::Text(text)) => (0, text.as_str()),
            None => (0, ""),
        };
        Ok(vec![
            ("subscribe", json!(1)),
            ("openid", json!(openid)),
            ("language", json!(if lang.is_empty() { "zh_CN" } else { lang })),
            ("subscribe_time", json!(user.since)),
            ("unionid", json!(user.unionid)),
            ("remark", json!(user.remark)),
            ("groupid", json!(user.group())),
            ("tagid_list", json!(user.tags)),
            ("subscribe_scene", json!("ADD_SCENE_QR_CODE")),
            ("qr_scene", json!(number)),
            ("qr_scene_str", json!(text)),
        ])
    }
}

/// Makes somebody a follower, from now on; without effect on one who is.
pub(crate) fn follow(state: &State, openid: &str) {
    let unionid = format!("o{}", state.idents.text(27));
    state.of::<Users>().add(openid, unionid, state.clock.seconds());
}

fn stranger(openid: &str) -> Refusal {
    refused_for(40003, format!("`{openid}` is no user of this account"))
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("GET", "/cgi-bin/user/info") => info(call),
        ("POST", "/cgi-bin/user/info/batchget") => infos(call),
        ("GET", "/cgi-bin/user/get") => list(call),
        ("POST", "/cgi-bin/user/info/updateremark") => remark(call),
        ("POST", "/cgi-bin/changeopenid") => convert(call),
        _ => return None,
    })
}

fn info(call: &Call<'_>) -> Answer {
    match call.state.of::<Users>().described(call.query("openid"), call.query("lang")) {
        Ok(members) => Answer::object(&members),
        Err(refusal) => refusal.into(),
    }
}

fn infos(call: &Call<'_>) -> Answer {
    let users = call.state.of::<Users>();
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

fn list(call: &Call<'_>) -> Answer {
    let users = call.state.of::<Users>();
    let after = match call.query("next_openid") {
        "" => 0,
        openid => match users.get(openid) {
            Ok(user) => user.number,
            Err(refusal) => return refusal.into(),
        },
    };
    let page: Vec<&String> = users.behind(after).map(|(openid, _)| openid).take(call.state.page).collect();
    let mut members = vec![("total", json!(users.followers.len())), ("count", json!(page.len()))];
    if !page.is_empty() {
        members.push(("data", json!({ "openid": page })));
    }
    members.push(("next_openid", json!(page.last().map(|openid| openid.as_str()).unwrap_or_default())));
    Answer::object(&members)
}

fn remark(call: &Call<'_>) -> Answer {
    let openid = call.body("openid");
    let mut users = call.state.of::<Users>();
    if let Err(refusal) = users.follower(openid) {
        return refusal.into();
    }
    if let Some(user) = users.by_openid.get_mut(openid) {
        user.remark = call.body("remark").to_owned();
    }
    Answer::ok()
}

fn convert(call: &Call<'_>) -> Answer {
    let users = call.state.of::<Users>();
    let Some(moved) = users.moved.get(call.body("from_appid")) else {
        return unknown(63178, "nobody was moved here from `from_appid`").into();
    };
    let convert = |old: &str| match moved.get(old) {
        Some(new) => json!({"ori_openid": old, "new_openid": new, "err_msg": "ok"}),
        None => json!({"ori_openid": old, "err_msg": "ori_openid error"}),
    };
    let converted: Vec<Value> = call.texts("openid_list").into_iter().map(convert).collect();
    Answer::ok_with(&[("result_list", json!(converted))])
}
