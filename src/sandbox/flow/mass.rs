//! Mass messages: who receives them, the jobs that send them, their speed.
//! A job is done as soon as it is taken. What it delivered stands in `flow/outbox.rs`.

use std::collections::{BTreeMap, HashMap};

use serde_json::{json, Value};

use super::comment::Comments;
use super::material::Library;
use super::media::Media;
use super::outbox::SentKind;
use super::publish::Articles;
use super::tag::Tags;
use super::user::Users;
use super::{draft, group, material, publish, tag};
use crate::sandbox::answer::{refused, refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::state::State;
use crate::sandbox::tables::written;

/// How long a name of the sender's own keeps a job from being taken twice, in seconds.
const UNIQUE: u64 = 86_400;
/// What each speed stands for, in units of 10,000 messages a minute.
const SPEEDS: [u64; 5] = [80, 60, 45, 30, 10];
/// The numbers of jobs begin behind this one.
const FIRST: u64 = 1_000_000_000;

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    by_number: BTreeMap<u64, Job>,
    /// Jobs by the sender's name for them, with the time when they were taken.
    named: HashMap<String, (u64, u64)>,
    speed: usize,
}

#[derive(Debug)]
struct Job {
    kind: String,
    /// Addresses of the articles.
    addresses: Vec<String>,
    /// Which articles, or a film, were taken away.
    deleted: Vec<bool>,
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/message/mass/sendall") => send_by_tag(call).into(),
        ("POST", "/cgi-bin/message/mass/send") => send_by_openid(call).into(),
        ("POST", "/cgi-bin/message/mass/preview") => preview(call).into(),
        ("POST", "/cgi-bin/message/mass/get") => status(call).into(),
        ("POST", "/cgi-bin/message/mass/delete") => delete(call).into(),
        ("POST", "/cgi-bin/message/mass/speed/get") => speed(call),
        ("POST", "/cgi-bin/message/mass/speed/set") => set_speed(call),
        ("POST", "/cgi-bin/media/uploadvideo") => video(call).into(),
        _ => return None,
    })
}

fn send_by_tag(call: &Call<'_>) -> Result<Answer, Refusal> {
    let given = |name: &str| call.inner("filter", name);
    let fits: Box<dyn Fn(&super::user::User) -> bool> = if given("is_to_all") == Some(&json!(true)) {
        Box::new(|_| true)
    } else if let Some(id) = given("tag_id") {
        let id = tag::id(Some(id));
        call.state
            .of::<Tags>()
            .check(id, "filter.tag_id")
            .map_err(|refusal| Refusal { code: 40152, ..refusal })?;
        Box::new(move |user| user.carries(id))
    } else if let Some(id) = given("group_id") {
        let id = tag::id(Some(id));
        group::check(call.state, id, "filter.group_id")?;
        Box::new(move |user| user.group() == id)
    } else {
        return Err(refused_for(40152, "`filter.tag_id` is missing"));
    };
    let users = call.state.of::<Users>();
    let chosen = users.behind(0).filter(|(_, user)| user.blocked.is_none() && fits(user));
    let recipients: Vec<String> = chosen.map(|(openid, _)| openid.clone()).collect();
    drop(users);
    send(call, &recipients)
}

fn send_by_openid(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut recipients = Vec::new();
    {
        let users = call.state.of::<Users>();
        for (index, openid) in call.texts("touser").into_iter().enumerate() {
            let known = users.get(openid).map_err(|_| {
                refused_for(40031, format!("`touser[{index}]`: `{openid}` is no user of this account"))
            });
            // Those who left or are blocked receive nothing; the event at the end would count them.
            if known?.follows && !users.is_blocked(openid) {
                recipients.push(openid.to_owned());
            }
        }
    }
    send(call, &recipients)
}

/// Takes a job: judges what is sent, keeps it from going out twice, delivers.
fn send(call: &Call<'_>, recipients: &[String]) -> Result<Answer, Refusal> {
    let (state, now) = (call.state, call.state.clock.seconds());
    let name = match call.body("clientmsgid") {
        // Without a name the platform makes one out of recipients and content.
        "" => Value::Object(call.body.clone()).to_string(),
        name => name.to_owned(),
    };
    // Held to the end, so that of two jobs of one name at the same time one is refused.
    let mut jobs = state.of::<Jobs>();
    let before = jobs.named.get(&name).filter(|(_, at)| now < at.saturating_add(UNIQUE));
    if let Some((number, _)) = before {
        let mut refusal = refused_for(45065, "`clientmsgid` is that of an earlier job");
        refusal.more.push(("msg_id", json!(number)));
        return Err(refusal);
    }
    check(call)?;
    let kind = call.body("msgtype").to_owned();
    let number = FIRST + jobs.by_number.len() as u64 + 1;
    let mut receipt = vec![
        ("errcode", json!(0)),
        ("errmsg", json!("send job submission success")),
        ("msg_id", json!(number)),
    ];
    let mut addresses = Vec::new();
    if kind == "mpnews" {
        let media_id = media_id(call).unwrap_or_default();
        let sent = state.take_articles(media_id).ok_or_else(draft::missing)?;
        let message = state.of::<Articles>().number();
        state.of::<Comments>().register(message, &sent);
        addresses = (0..sent.len()).map(|index| publish::address(state, message, index)).collect();
        receipt.push(("msg_data_id", json!(message)));
    }
    let deleted = vec![false; addresses.len().max(1)];
    jobs.by_number.insert(number, Job { kind, addresses, deleted });
    jobs.named.insert(name, (number, now));
    state.deliver(SentKind::Mass, call.body, recipients.iter().map(String::as_str));
    Ok(Answer::object(&receipt))
}

fn media_id<'a>(call: &Call<'a>) -> Option<&'a str> {
    call.inner(call.body("msgtype"), "media_id").and_then(Value::as_str)
}

/// Judges what is sent: everything that it names has to be there.
fn check(call: &Call<'_>) -> Result<(), Refusal> {
    let (state, kind) = (call.state, call.body("msgtype"));
    if kind == "wxcard" && !call.endpoint.path.value.ends_with("/preview") {
        return Err(refused(45113));
    }
    material::check_pictures(state, call.inner("images", "media_ids"), "images.media_ids")?;
    let Some(id) = media_id(call) else { return Ok(()) };
    let found = if kind == "mpnews" { state.has_articles(id) } else { material::has_media(state, id) };
    let missing = || unknown(40007, format!("`{kind}.media_id` is unknown or has expired"));
    found.then_some(()).ok_or_else(missing)
}

fn preview(call: &Call<'_>) -> Result<Answer, Refusal> {
    let openid = call.body("touser");
    if !openid.is_empty() {
        call.state.of::<Users>().recipient(openid)?;
    }
    check(call)?;
    // Nobody in a sandbox has a WeChat name, so what is sent to one is delivered to nobody.
    let recipient = Some(openid).filter(|openid| !openid.is_empty());
    call.state.deliver(SentKind::Preview, call.body, recipient);
    Ok(Answer::object(&[("errcode", json!(0)), ("errmsg", json!("preview success"))]))
}

fn missing() -> Refusal {
    unknown(40059, "`msg_id` is that of no job")
}

fn status(call: &Call<'_>) -> Result<Answer, Refusal> {
    let number = call.number("msg_id").unwrap_or_default();
    let jobs = call.state.of::<Jobs>();
    let job = jobs.by_number.get(&number).ok_or_else(missing)?;
    let status = if job.deleted.iter().all(|deleted| *deleted) { "DELETE" } else { "SEND_SUCCESS" };
    let asked = written(call.endpoint, "msg_id", number);
    Ok(Answer::object(&[("msg_id", asked), ("msg_status", json!(status))]))
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut jobs = call.state.of::<Jobs>();
    if let Some(url) = call.body.get("url").and_then(Value::as_str) {
        for job in jobs.by_number.values_mut() {
            if let Some(index) = job.addresses.iter().position(|address| address == url) {
                job.deleted[index] = true;
                return Ok(Answer::ok());
            }
        }
        return Err(unknown(40066, "`url` is that of no article that was sent"));
    }
    let job = jobs.by_number.get_mut(&call.number("msg_id").unwrap_or_default()).ok_or_else(missing)?;
    if !matches!(job.kind.as_str(), "mpnews" | "mpvideo") {
        return Err(refused_for(40065, "`msg_id` is that of neither articles nor a film"));
    }
    let count = job.deleted.len();
    match call.index("article_idx") {
        0 => job.deleted.fill(true),
        index if index <= count => job.deleted[index - 1] = true,
        index => {
            let detail = format!("`article_idx` is {index}; the message has {count} articles");
            return Err(refused_for(40060, detail));
        }
    }
    Ok(Answer::ok())
}

fn speed(call: &Call<'_>) -> Answer {
    let speed = call.state.of::<Jobs>().speed;
    let real = SPEEDS.get(speed).copied().unwrap_or_default();
    Answer::object(&[("speed", json!(speed)), ("realspeed", json!(real))])
}

fn set_speed(call: &Call<'_>) -> Answer {
    call.state.of::<Jobs>().speed = call.index("speed");
    Answer::ok()
}

/// Gives a film another media id, which mass messages take.
fn video(call: &Call<'_>) -> Result<Answer, Refusal> {
    let missing = || unknown(40007, "`media_id` is that of no film");
    let created = call.state.clock.seconds();
    let id = renamed(call.state, call.body("media_id")).ok_or_else(missing)?;
    Ok(Answer::object(&[("type", json!("video")), ("media_id", json!(id)), ("created_at", json!(created))]))
}

fn renamed(state: &State, media_id: &str) -> Option<String> {
    let permanent = state.of::<Library>().video(media_id);
    let mut media = state.of::<Media>();
    let file = permanent.or_else(|| media.video(media_id, state.clock.millis()))?;
    let id = state.idents.text(64);
    media.keep(id.clone(), "video", file, state.clock.millis());
    Some(id)
}
