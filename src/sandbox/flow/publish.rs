//! Publishing: the jobs that turn drafts into articles, and the articles that came of them.
//! How long a job takes is set on the sandbox's builder.

use std::collections::{BTreeMap, HashMap};

use serde_json::{json, Map, Value};

use super::comment::Comments;
use super::draft::Drafts;
use super::{article, draft};
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::state::State;
use crate::sandbox::tables::written;

/// The numbers of jobs and messages begin behind this one.
const FIRST: u64 = 2_247_490_000;

/// Published messages, by the number of the job that published them.
#[derive(Debug, Default)]
pub(crate) struct Articles {
    by_job: BTreeMap<u64, Message>,
    jobs: HashMap<String, u64>,
    made: u64,
}

#[derive(Debug)]
struct Message {
    article_id: String,
    articles: Vec<Map<String, Value>>,
    deleted: Vec<bool>,
    /// When the job ends, in milliseconds.
    due: u64,
    updated: u64,
}

impl Message {
    fn gone(&self) -> bool {
        self.deleted.iter().all(|deleted| *deleted)
    }
}

impl Articles {
    /// A number that names a message, published or sent, in the calls about comments.
    pub(super) fn number(&mut self) -> u64 {
        self.made += 1;
        FIRST + self.made
    }

    /// The message of this id: its job is done, and not all of its articles are deleted.
    fn get(&self, article_id: &str, now: u64) -> Result<(u64, &Message), Refusal> {
        let job = self.jobs.get(article_id).copied().unwrap_or_default();
        match self.by_job.get(&job) {
            Some(message) if message.due <= now && !message.gone() => Ok((job, message)),
            Some(_) => Err(refused_for(53600, "`article_id` is that of a message that is not there")),
            None => Err(unknown(53600, "`article_id` is unknown")),
        }
    }

    pub(super) fn has(&self, article_id: &str, now: u64) -> bool {
        self.get(article_id, now).is_ok()
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/freepublish/submit") => submit(call).into(),
        ("POST", "/cgi-bin/freepublish/get") => status(call).into(),
        ("POST", "/cgi-bin/freepublish/delete") => delete(call).into(),
        ("POST", "/cgi-bin/freepublish/getarticle") => get(call).into(),
        ("POST", "/cgi-bin/freepublish/batchget") => list(call),
        _ => return None,
    })
}

/// The address of an article of a message, published or sent; `index` begins with 0.
pub(super) fn address(state: &State, number: u64, index: usize) -> String {
    format!("{}/s?mid={number}&idx={}", state.url, index + 1)
}

fn submit(call: &Call<'_>) -> Result<Answer, Refusal> {
    let state = call.state;
    let draft = state.of::<Drafts>().take(call.body("media_id")).ok_or_else(draft::missing)?;
    let article_id = state.idents.text(43);
    let number = {
        let mut articles = state.of::<Articles>();
        let number = articles.number();
        articles.jobs.insert(article_id.clone(), number);
        let message = Message {
            article_id,
            deleted: vec![false; draft.articles.len()],
            articles: draft.articles.clone(),
            due: state.clock.millis().saturating_add(state.publish_delay),
            updated: state.clock.seconds(),
        };
        articles.by_job.insert(number, message);
        number
    };
    state.of::<Comments>().register(number, &draft.articles);
    let written = |name: &'static str| (name, written(call.endpoint, name, number));
    Ok(Answer::ok_with(&[written("publish_id"), written("msg_data_id")]))
}

fn status(call: &Call<'_>) -> Result<Answer, Refusal> {
    let articles = call.state.of::<Articles>();
    let found = call.number("publish_id").and_then(|job| Some((job, articles.by_job.get(&job)?)));
    let (job, message) = found.ok_or_else(|| unknown(40002, "`publish_id` is the id of no job"))?;
    let id = written(call.endpoint, "publish_id", job);
    if message.due > call.state.clock.millis() {
        let members = [("publish_id", id), ("publish_status", json!(1)), ("fail_idx", json!([]))];
        return Ok(Answer::object(&members));
    }
    let link = |index: usize| json!({"idx": index + 1, "article_url": address(call.state, job, index)});
    let links: Vec<Value> = (0..message.articles.len()).map(link).collect();
    Ok(Answer::object(&[
        ("publish_id", id),
        ("publish_status", json!(if message.gone() { 5 } else { 0 })),
        ("article_id", json!(message.article_id)),
        ("article_detail", json!({"count": links.len(), "item": links})),
        ("fail_idx", json!([])),
    ]))
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut articles = call.state.of::<Articles>();
    let (job, _) = articles.get(call.body("article_id"), call.state.clock.millis())?;
    let gone = || unknown(53600, "`article_id` is unknown");
    let message = articles.by_job.get_mut(&job).ok_or_else(gone)?;
    let count = message.deleted.len();
    match call.index("index") {
        0 => message.deleted.fill(true),
        index if index <= count => message.deleted[index - 1] = true,
        index => {
            let detail = format!("`index` is {index}; the message has {count} articles");
            return Err(refused_for(40114, detail));
        }
    }
    message.updated = call.state.clock.seconds();
    Ok(Answer::ok())
}

fn articles(state: &State, job: u64, message: &Message) -> Vec<Value> {
    let mut listed = article::listed(&message.articles, |index| address(state, job, index));
    for (article, deleted) in listed.iter_mut().zip(&message.deleted) {
        article["is_deleted"] = json!(deleted);
        // What drafts tell of kind and cover, published articles do not.
        if let Some(members) = article.as_object_mut() {
            let thumb = members["thumb_media_id"].as_str().map(|id| state.address_of(id));
            members.insert("thumb_url".to_owned(), json!(thumb.unwrap_or_default()));
            members.retain(|name, _| !matches!(name.as_str(), "article_type" | "image_info" | "cover_info"));
        }
    }
    listed
}

fn get(call: &Call<'_>) -> Result<Answer, Refusal> {
    let stored = call.state.of::<Articles>();
    let (job, message) = stored.get(call.body("article_id"), call.state.clock.millis())?;
    Ok(Answer::object(&[("news_item", json!(articles(call.state, job, message)))]))
}

fn list(call: &Call<'_>) -> Answer {
    let (bare, now) = (call.number("no_content") == Some(1), call.state.clock.millis());
    let stored = call.state.of::<Articles>();
    let there = |(_, message): &(&u64, &Message)| message.due <= now && !message.gone();
    let listed: Vec<_> = stored.by_job.iter().rev().filter(there).collect();
    let item = |(job, message): &(&u64, &Message)| {
        let mut item = json!({"article_id": message.article_id, "update_time": message.updated});
        if !bare {
            item["content"] = json!({ "news_item": articles(call.state, **job, message) });
        }
        item
    };
    call.excerpt(&listed, item)
}
