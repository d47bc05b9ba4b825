//! Articles of the time before drafts: uploaded for a mass message, or written into the material library.
//! Drafts stand in `flow/draft.rs`; files of the library, and how it is listed, in `flow/material.rs`.

use serde_json::{json, Map, Value};

use super::draft::Drafts;
use super::material::Library;
use super::media::Media;
use super::{article, material};
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::state::State;

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/media/uploadnews") => upload(call).into(),
        ("POST", "/cgi-bin/material/add_news") => add(call).into(),
        ("POST", "/cgi-bin/material/update_news") => update(call).into(),
        _ => return None,
    })
}

fn given<'a>(call: &Call<'a>) -> &'a [Value] {
    call.body.get("articles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn completed(given: &[Value]) -> Vec<Map<String, Value>> {
    given.iter().map(|article| article::complete(article, given.len() == 1)).collect()
}

fn upload(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (state, given) = (call.state, given(call));
    for (index, article) in given.iter().enumerate() {
        if !article["thumb_media_id"].as_str().is_some_and(|id| material::has_media(state, id)) {
            let detail = format!("`articles[{index}].thumb_media_id` is unknown or has expired");
            return Err(unknown(40007, detail));
        }
    }
    let (id, now) = (state.idents.text(64), state.clock.millis());
    state.of::<Media>().keep_articles(id.clone(), completed(given), now);
    Ok(Answer::object(&[("type", json!("news")), ("media_id", json!(id)), ("created_at", json!(now / 1000))]))
}

fn add(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (state, given) = (call.state, given(call));
    for (index, article) in given.iter().enumerate() {
        material::check_article(state, article, &format!("articles[{index}]"))?;
    }
    let (id, now) = (state.idents.text(43), state.clock.seconds());
    state.of::<Library>().keep_articles(id.clone(), completed(given), now);
    Ok(Answer::object(&[("media_id", json!(id))]))
}

fn update(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (state, id, index) = (call.state, call.body("media_id"), call.index("index"));
    let missing = || unknown(40007, "`media_id` is that of no articles of the library");
    let count = state.of::<Library>().articles(id).ok_or_else(missing)?.len();
    let beyond = || refused_for(40114, format!("`index` is {index}; the material has {count} articles"));
    if index >= count {
        return Err(beyond());
    }
    let given = call.body.get("articles").unwrap_or(&Value::Null);
    material::check_article(state, given, "articles")?;
    let article = article::complete(given, count == 1);
    let mut library = state.of::<Library>();
    let replaced = library.replace_article(id, index, article, state.clock.seconds());
    replaced.then(Answer::ok).ok_or_else(beyond)
}

impl State {
    /// The articles that a message can send by this id: a draft's, uploaded ones, or those of the library.
    pub(super) fn has_articles(&self, id: &str) -> bool {
        self.of::<Drafts>().has(id) || self.stored_articles(id).is_some()
    }

    /// The articles, for a message that sends them; a draft is used up by that.
    pub(super) fn take_articles(&self, id: &str) -> Option<Vec<Map<String, Value>>> {
        let draft = self.of::<Drafts>().take(id);
        draft.map(|draft| draft.articles).or_else(|| self.stored_articles(id))
    }

    fn stored_articles(&self, id: &str) -> Option<Vec<Map<String, Value>>> {
        let uploaded = self.of::<Media>().articles(id, self.clock.millis());
        uploaded.or_else(|| self.of::<Library>().articles(id).map(<[_]>::to_vec))
    }
}
