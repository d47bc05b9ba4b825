//! The shape of an article: what the platform adds to it, and how it is listed.
//! Where articles are kept is the work of `flow/draft.rs`, `flow/news.rs` and `flow/publish.rs`.

use serde_json::{json, Map, Value};

/// How much of the text is the digest of an article without one, in characters.
const DIGEST: usize = 54;

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
