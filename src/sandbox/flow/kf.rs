//! Customer service: the accounts of colleagues, and the conversations that they hold.
//! Messages stand in `flow/custom.rs`, what was said in `flow/record.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{json, Value};

use super::media;
use super::user::Users;
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// How many accounts there can be.
const ACCOUNTS: usize = 100;
/// Characters before and behind the `@` of an account's name.
const PREFIX: usize = 10;
const WEIXIN_NAME: usize = 30;
/// How many waiting customers an answer lists.
const LISTED: usize = 100;
/// The numbers of accounts begin behind this one.
const FIRST: u64 = 1000;

#[derive(Debug, Default)]
pub(crate) struct Kf {
    /// By name.
    accounts: BTreeMap<String, Account>,
    /// Names that were deleted.
    gone: BTreeSet<String>,
    made: u64,
    /// In the order in which they began.
    sessions: Vec<Session>,
    /// Customers whom nobody has answered, with the time of their latest message; who came first stands first.
    waiting: Vec<(String, u64)>,
}

#[derive(Debug, Default)]
struct Account {
    id: u64,
    nick: String,
    /// WeChat name of the colleague. Whoever is invited agrees at once and is online from then on.
    worker: Option<String>,
    portrait: Option<String>,
}

#[derive(Debug)]
struct Session {
    account: String,
    openid: String,
    created: u64,
}

impl Kf {
    /// Refuses an account that does not exist, with this code.
    pub(super) fn check(&self, name: &str, field: &str, code: i64) -> Result<(), Refusal> {
        if self.accounts.contains_key(name) {
            return Ok(());
        }
        let detail = format!("`{field}` is `{name}`; there is no such account");
        // A name that was in use is really gone, whatever an example says of it.
        Err(if self.gone.contains(name) { refused_for(code, detail) } else { unknown(code, detail) })
    }

    /// Refuses an account that no colleague works as.
    fn check_bound(&self, name: &str) -> Result<(), Refusal> {
        self.check(name, "kf_account", 65401)?;
        let bound = self.accounts.get(name).is_some_and(|account| account.worker.is_some());
        let unbound = || refused_for(65402, format!("`kf_account` is `{name}`, which nobody is bound to"));
        bound.then_some(()).ok_or_else(unbound)
    }

    fn account(&mut self, name: &str) -> Result<&mut Account, Refusal> {
        self.check(name, "kf_account", 65401)?;
        self.accounts.get_mut(name).ok_or_else(|| unknown(65401, "`kf_account` does not exist"))
    }

    fn session(&self, openid: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.openid == openid)
    }

    /// A customer wrote: the colleague whom they talk with; without one, they wait.
    pub(crate) fn customer_wrote(&mut self, openid: &str, now: u64) -> Option<String> {
        if let Some(session) = self.session(openid) {
            return Some(session.account.clone());
        }
        match self.waiting.iter_mut().find(|(waiting, _)| waiting == openid) {
            Some((_, latest)) => *latest = now,
            None => self.waiting.push((openid.to_owned(), now)),
        }
        None
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("GET", "/cgi-bin/customservice/getkflist") => list(call),
        ("GET", "/cgi-bin/customservice/getonlinekflist") => online(call),
        ("POST", "/customservice/kfaccount/add") => add(call).into(),
        ("POST", "/customservice/kfaccount/update") => update(call).into(),
        ("POST", "/customservice/kfaccount/del") => delete(call).into(),
        ("POST", "/customservice/kfaccount/uploadheadimg") => portrait(call).into(),
        ("POST", "/customservice/kfaccount/inviteworker") => invite(call).into(),
        ("POST", "/customservice/kfsession/create") => begin(call).into(),
        ("POST", "/customservice/kfsession/close") => end(call).into(),
        ("GET", "/customservice/kfsession/getsession") => session(call).into(),
        ("GET", "/customservice/kfsession/getsessionlist") => sessions(call).into(),
        ("GET", "/customservice/kfsession/getwaitcase") => waiting(call),
        _ => return None,
    })
}

fn list(call: &Call<'_>) -> Answer {
    let kf = call.state.of::<Kf>();
    let described = |(name, account): (&String, &Account)| {
        let mut described = json!({
            "kf_account": name,
            "kf_headimgurl": account.portrait.as_deref().unwrap_or_default(),
            "kf_id": account.id.to_string(),
            "kf_nick": account.nick,
        });
        if let Some(worker) = &account.worker {
            described["kf_wx"] = json!(worker);
        }
        described
    };
    let listed: Vec<Value> = kf.accounts.iter().map(described).collect();
    Answer::object(&[("kf_list", json!(listed))])
}

fn online(call: &Call<'_>) -> Answer {
    let kf = call.state.of::<Kf>();
    let described = |(name, account): (&String, &Account)| {
        let held = kf.sessions.iter().filter(|session| session.account == *name).count();
        json!({"kf_account": name, "status": 1, "kf_id": account.id.to_string(), "accepted_case": held})
    };
    let bound = kf.accounts.iter().filter(|(_, account)| account.worker.is_some());
    let listed: Vec<Value> = bound.map(described).collect();
    Answer::object(&[("kf_online_list", json!(listed))])
}

fn add(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.body("kf_account");
    let letters = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let well_formed = name.split_once('@').is_some_and(|(prefix, weixin_name)| {
        (1..=PREFIX).contains(&prefix.len())
            && letters(prefix)
            && (1..=WEIXIN_NAME).contains(&weixin_name.chars().count())
            && !weixin_name.contains('@')
    });
    if !well_formed {
        return Err(refused_for(65404, format!("`kf_account` is `{name}`; `prefix@weixin_name` is due")));
    }
    let mut kf = call.state.of::<Kf>();
    if kf.accounts.contains_key(name) {
        return Err(refused_for(65406, format!("`kf_account` is `{name}`, which is taken")));
    }
    if kf.accounts.len() >= ACCOUNTS {
        return Err(refused_for(65405, format!("there are {ACCOUNTS} accounts")));
    }
    kf.made += 1;
    let account =
        Account { id: FIRST + kf.made, nick: call.body("nickname").to_owned(), ..Account::default() };
    kf.accounts.insert(name.to_owned(), account);
    Ok(Answer::ok())
}

fn update(call: &Call<'_>) -> Result<Answer, Refusal> {
    call.state.of::<Kf>().account(call.body("kf_account"))?.nick = call.body("nickname").to_owned();
    Ok(Answer::ok())
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.body("kf_account");
    let mut kf = call.state.of::<Kf>();
    kf.account(name)?;
    kf.accounts.remove(name);
    kf.gone.insert(name.to_owned());
    kf.sessions.retain(|session| session.account != name);
    Ok(Answer::ok())
}

fn portrait(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.query("kf_account");
    call.state.of::<Kf>().account(name)?;
    let file = media::accept(call, "image", &["jpg", "jpeg", "png"])?;
    let address = call.state.keep_picture(file);
    call.state.of::<Kf>().account(name)?.portrait = Some(address);
    Ok(Answer::ok())
}

fn invite(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, worker) = (call.body("kf_account"), call.body("invite_wx"));
    let mut kf = call.state.of::<Kf>();
    if kf.account(name)?.worker.is_some() {
        return Err(refused_for(65412, format!("`kf_account` is `{name}`, which somebody is bound to")));
    }
    if kf.accounts.values().any(|account| account.worker.as_deref() == Some(worker)) {
        return Err(refused_for(65407, format!("`invite_wx` is `{worker}`, who works for the account")));
    }
    kf.account(name)?.worker = Some(worker.to_owned());
    Ok(Answer::ok())
}

/// The colleague and the customer that a call is about, both fit to talk.
fn pair<'a>(call: &Call<'a>) -> Result<(&'a str, &'a str), Refusal> {
    let (account, openid) = (call.body("kf_account"), call.body("openid"));
    call.state.of::<Users>().get(openid)?;
    call.state.of::<Kf>().check_bound(account)?;
    Ok((account, openid))
}

fn begin(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (account, openid) = pair(call)?;
    let mut kf = call.state.of::<Kf>();
    match kf.session(openid) {
        Some(session) if session.account == account => return Ok(Answer::ok()),
        Some(session) => {
            return Err(refused_for(65414, format!("`openid` talks with `{}`", session.account)));
        }
        None => {}
    }
    let created = call.state.clock.seconds();
    kf.sessions.push(Session { account: account.to_owned(), openid: openid.to_owned(), created });
    kf.waiting.retain(|(waiting, _)| waiting != openid);
    Ok(Answer::ok())
}

fn end(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (account, openid) = pair(call)?;
    let mut kf = call.state.of::<Kf>();
    match kf.session(openid) {
        None => Err(refused_for(65413, "`openid` has no conversation")),
        Some(session) if session.account != account => {
            Err(refused_for(65414, format!("`openid` talks with `{}`", session.account)))
        }
        Some(_) => {
            kf.sessions.retain(|session| session.openid != openid);
            Ok(Answer::ok())
        }
    }
}

fn session(call: &Call<'_>) -> Result<Answer, Refusal> {
    let openid = call.query("openid");
    call.state.of::<Users>().get(openid)?;
    let kf = call.state.of::<Kf>();
    let (created, account) =
        kf.session(openid).map(|session| (session.created, session.account.as_str())).unwrap_or_default();
    Ok(Answer::object(&[("createtime", json!(created)), ("kf_account", json!(account))]))
}

fn sessions(call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = call.query("kf_account");
    let kf = call.state.of::<Kf>();
    kf.check_bound(name)?;
    let held = kf.sessions.iter().filter(|session| session.account == name);
    let described = held.map(|session| json!({"createtime": session.created, "openid": session.openid}));
    let listed: Vec<Value> = described.collect();
    Ok(Answer::object(&[("sessionlist", json!(listed))]))
}

fn waiting(call: &Call<'_>) -> Answer {
    let kf = call.state.of::<Kf>();
    let first = kf.waiting.iter().take(LISTED);
    let listed: Vec<Value> =
        first.map(|(openid, latest)| json!({"latest_time": latest, "openid": openid})).collect();
    Answer::object(&[("count", json!(kf.waiting.len())), ("waitcaselist", json!(listed))])
}
