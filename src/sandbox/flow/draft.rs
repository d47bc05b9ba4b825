//! Drafts: articles that are being written. Publishing and sending take them from here.
//! What an article looks like stands in `flow/article.rs`.

use std::collections::HashMap;

use serde_json::{json, Map, Value};

use super::{article, material};
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::state::State;

#[derive(Debug, Default)]
pub(crate) struct Drafts {
    by_id: HashMap<String, Draft>,
    /// How many there ever were: the number of the latest one, by which lists are sorted.
    made: u64,
}

#[derive(Debug)]
pub(super) struct Draft {
    number: u64,
    /// As they were written, and completed by the platform.
    pub(super) articles: Vec<Map<String, Value>>,
    updated: u64,
}

impl Drafts {
    pub(super) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Takes a draft away, to be published or sent.
    pub(super) fn take(&mut self, id: &str) -> Option<Draft> {
        self.by_id.remove(id)
    }
}

pub(super) fn missing() -> Refusal {
    unknown(40007, "`media_id` is the id of no draft")
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/draft/add") => add(call).into(),
        ("POST", "/cgi-bin/draft/update") => update(call).into(),
        ("POST", "/cgi-bin/draft/get") => get(call).into(),
        ("POST", "/cgi-bin/draft/delete") => delete(call).into(),
        ("GET", "/cgi-bin/draft/count") => count(call),
        ("POST", "/cgi-bin/draft/batchget") => list(call),
        _ => return None,
    })
}

fn add(call: &Call<'_>) -> Result<Answer, Refusal> {
    let given = call.body.get("articles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (index, article) in given.iter().enumerate() {
        material::check_article(call.state, article, &format!("articles[{index}]"))?;
    }
    let articles = given.iter().map(|article| article::complete(article, given.len() == 1)).collect();
    let id = call.state.idents.text(43);
    let mut drafts = call.state.of::<Drafts>();
    drafts.made += 1;
    let draft = Draft { number: drafts.made, articles, updated: call.state.clock.seconds() };
    drafts.by_id.insert(id.clone(), draft);
    Ok(Answer::object(&[("media_id", json!(id))]))
}

fn update(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.body("media_id");
    // Judged before the article, and before the drafts are locked to change one.
    let count =
        call.state.of::<Drafts>().by_id.get(id).map(|draft| draft.articles.len()).ok_or_else(missing)?;
    let index = call.index("index");
    let beyond = || refused_for(40114, format!("`index` is {index}; the draft has {count} articles"));
    if index >= count {
        return Err(beyond());
    }
    let given = call.body.get("articles").unwrap_or(&Value::Null);
    material::check_article(call.state, given, "articles")?;
    let mut drafts = call.state.of::<Drafts>();
    let draft = drafts.by_id.get_mut(id).ok_or_else(missing)?;
    *draft.articles.get_mut(index).ok_or_else(beyond)? = article::complete(given, count == 1);
    draft.updated = call.state.clock.seconds();
    Ok(Answer::ok())
}

fn articles(state: &State, id: &str, draft: &Draft) -> Vec<Value> {
    article::listed(&draft.articles, |index| format!("{}/s?draft={id}&idx={}", state.url, index + 1))
}

fn get(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.body("media_id");
    let drafts = call.state.of::<Drafts>();
    let draft = drafts.by_id.get(id).ok_or_else(missing)?;
    Ok(Answer::object(&[("news_item", json!(articles(call.state, id, draft)))]))
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    call.state.of::<Drafts>().take(call.body("media_id")).ok_or_else(missing)?;
    Ok(Answer::ok())
}

fn count(call: &Call<'_>) -> Answer {
    Answer::object(&[("total_count", json!(call.state.of::<Drafts>().by_id.len()))])
}

fn list(call: &Call<'_>) -> Answer {
    let bare = call.number("no_content") == Some(1);
    let drafts = call.state.of::<Drafts>();
    let mut listed: Vec<_> = drafts.by_id.iter().collect();
    listed.sort_by_key(|(_, draft)| std::cmp::Reverse(draft.number));
    let item = |(id, draft): &(&String, &Draft)| {
        let mut item = json!({"media_id": id, "update_time": draft.updated});
        if !bare {
            item["content"] = json!({ "news_item": articles(call.state, id, draft) });
        }
        item
    };
    call.excerpt(&listed, item)
}
