//! The shape of an article: what the platform adds to it, and what it must refer to.
//! Where articles are kept is the work of `flow/draft.rs` and `flow/publish.rs`.

use serde_json::{json, Map, Value};

use super::super::answer::{unknown, Refusal};
use super::super::state::State;
use super::texts;

/// How much of the text is the digest of an article without one, in characters.
const DIGEST: usize = 54;

/// Refuses an article whose cover or pictures are not in the library; `at` is where it stands.
pub(super) fn check(state: &State, article: &Value, at: &str) -> Result<(), Refusal> {
    let missing = |place: String| unknown(40007, format!("`{place}` is no picture of the library"));
    let library = state.library();
    if let Some(id) = article["thumb_media_id"].as_str() {
        if !library.holds(id, "image") {
            return Err(missing(format!("{at}.thumb_media_id")));
        }
    }
    let pictures = article["image_info"]["image_list"].as_array();
    for (index, picture) in pictures.into_iter().flatten().enumerate() {
        let id = picture["image_media_id"].as_str().unwrap_or_default();
        if !library.holds(id, "image") {
            return Err(missing(format!("{at}.image_info.image_list[{index}].image_media_id")));
        }
    }
    Ok(())
}

/// What the platform tells of an article and nobody writes; it comes back with articles that are changed.
const TOLD: [&str; 4] = ["url", "thumb_url", "is_deleted", "update_time"];

/// The article with everything that the platform fills in.
pub(super) fn complete(article: &Value, alone: bool) -> Map<String, Value> {
    let mut complete = article.as_object().cloned().unwrap_or_default();
    complete.retain(|name, _| !TOLD.contains(&name.as_str()));
    let digest = if alone { digest(article["content"].as_str().unwrap_or_default()) } else { String::new() };
    let cover = article["image_info"]["image_list"][0]["image_media_id"].as_str().unwrap_or_default();
    let defaults = [
        ("author", json!("")),
        ("digest", json!(digest)),
        ("content_source_url", json!("")),
        ("thumb_media_id", json!(cover)),
        ("need_open_comment", json!(0)),
        ("only_fans_can_comment", json!(0)),
    ];
    for (name, value) in defaults {
        complete.entry(name).or_insert(value);
    }
    complete
}

/// The beginning of a text, without the tags of its HTML.
fn digest(content: &str) -> String {
    let mut inside = false;
    let visible = content.chars().filter(|&character| {
        inside |= character == '<';
        let shown = !inside;
        inside &= character != '>';
        shown
    });
    visible.take(DIGEST).collect()
}

/// Articles as an answer lists them, with the address of each.
pub(super) fn listed(articles: &[Map<String, Value>], address: impl Fn(usize) -> String) -> Vec<Value> {
    let listed = articles.iter().enumerate().map(|(index, article)| {
        let mut article = article.clone();
        article.insert("url".to_owned(), json!(address(index)));
        Value::Object(article)
    });
    listed.collect()
}

/// The materials that a body names in a list of media ids, each with its place.
pub(super) fn unknown_picture(state: &State, ids: Option<&Value>, at: &str) -> Result<(), Refusal> {
    let library = state.library();
    match texts(ids).iter().position(|id| !library.holds(id, "image")) {
        Some(index) => Err(unknown(40007, format!("`{at}[{index}]` is no picture of the library"))),
        None => Ok(()),
    }
}
