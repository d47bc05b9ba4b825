//! The library of permanent material: pictures, recordings, videos, and how they and its articles are listed.
//! Articles are written in `flow/news.rs`.
//! Formats and sizes are judged as for temporary media, in `flow/media.rs`.

use std::collections::{BTreeSet, HashMap};

use serde_json::{json, Map, Value};

use super::media::Media;
use super::{article, media};
use crate::sandbox::answer::{refused, refused_for, unknown, Answer, Refusal, StoredFile};
use crate::sandbox::call::{texts, Call, RequestLine};
use crate::sandbox::state::State;

#[derive(Debug, Default)]
pub(crate) struct Library {
    by_id: HashMap<String, Material>,
    /// How many there ever were: the number of the latest one, by which lists are sorted.
    uploads: u64,
    /// What buttons of the menus send or open.
    in_menus: BTreeSet<String>,
}

#[derive(Debug)]
struct Material {
    number: u64,
    content: Content,
    updated: u64,
}

#[derive(Debug)]
enum Content {
    File { kind: String, file: StoredFile, title: String, introduction: String },
    Articles { articles: Vec<Map<String, Value>>, created: u64 },
}

impl Material {
    fn file(&self) -> Option<&StoredFile> {
        match &self.content {
            Content::File { file, .. } => Some(file),
            Content::Articles { .. } => None,
        }
    }

    /// As what the library lists it: a thumb is a picture there.
    fn listed_as(&self) -> &str {
        match &self.content {
            Content::File { kind, .. } if kind == "thumb" => "image",
            Content::File { kind, .. } => kind,
            Content::Articles { .. } => "news",
        }
    }
}

impl Library {
    fn keep(&mut self, id: String, content: Content, now: u64) {
        self.uploads += 1;
        self.by_id.insert(id, Material { number: self.uploads, content, updated: now });
    }

    #[cfg(test)]
    pub(crate) fn keep_picture(&mut self, id: String, file: StoredFile, now: u64) {
        let (title, introduction) = (String::new(), String::new());
        self.keep(id, Content::File { kind: "image".to_owned(), file, title, introduction }, now);
    }

    pub(super) fn keep_articles(&mut self, id: String, articles: Vec<Map<String, Value>>, now: u64) {
        self.keep(id, Content::Articles { articles, created: now }, now);
    }

    pub(super) fn articles(&self, id: &str) -> Option<&[Map<String, Value>]> {
        match &self.by_id.get(id)?.content {
            Content::Articles { articles, .. } => Some(articles),
            Content::File { .. } => None,
        }
    }

    /// Puts an article in the place of another; whether there is such a place.
    pub(super) fn replace_article(
        &mut self,
        id: &str,
        index: usize,
        article: Map<String, Value>,
        now: u64,
    ) -> bool {
        let Some(material) = self.by_id.get_mut(id) else { return false };
        let Content::Articles { articles, .. } = &mut material.content else { return false };
        let Some(place) = articles.get_mut(index) else { return false };
        *place = article;
        material.updated = now;
        true
    }

    /// Notes what the menus use, which can't be deleted.
    pub(super) fn set_in_menus(&mut self, ids: BTreeSet<String>) {
        self.in_menus = ids;
    }

    fn served(&self, id: &str) -> Option<StoredFile> {
        self.by_id.get(id).and_then(Material::file).cloned()
    }

    /// Whether this is the id of a file, or of articles.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    fn has_file(&self, id: &str) -> bool {
        self.by_id.get(id).is_some_and(|material| material.file().is_some())
    }

    /// Whether the library lists this id among those of this kind.
    pub(super) fn holds(&self, id: &str, kind: &str) -> bool {
        self.by_id.get(id).is_some_and(|material| material.listed_as() == kind)
    }

    /// The file of a film.
    pub(super) fn video(&self, id: &str) -> Option<StoredFile> {
        let material = self.by_id.get(id).filter(|material| material.listed_as() == "video")?;
        material.file().cloned()
    }

    fn count(&self, kind: &str) -> usize {
        self.by_id.values().filter(|material| material.listed_as() == kind).count()
    }
}

/// Whether this is the id of something uploaded, temporary or permanent.
pub(crate) fn has_media(state: &State, id: &str) -> bool {
    let temporary = state.of::<Media>().has(id, state.clock.millis());
    temporary || state.of::<Library>().has_file(id)
}

/// The file behind an address of the sandbox.
pub(crate) fn served(state: &State, id: &str) -> Option<StoredFile> {
    let served = state.of::<Media>().served(id, state.clock.millis());
    served.or_else(|| state.of::<Library>().served(id))
}

/// Refuses an article whose cover or pictures are not in the library; `at` is where it stands.
pub(super) fn check_article(state: &State, article: &Value, at: &str) -> Result<(), Refusal> {
    let missing = |place: String| unknown(40007, format!("`{place}` is no picture of the library"));
    let library = state.of::<Library>();
    if let Some(id) = article["thumb_media_id"].as_str()
        && !library.holds(id, "image")
    {
        return Err(missing(format!("{at}.thumb_media_id")));
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

/// Refuses a list of media ids of which one is that of no picture.
pub(super) fn check_pictures(state: &State, ids: Option<&Value>, at: &str) -> Result<(), Refusal> {
    let library = state.of::<Library>();
    match texts(ids).iter().position(|id| !library.holds(id, "image")) {
        Some(index) => Err(unknown(40007, format!("`{at}[{index}]` is no picture of the library"))),
        None => Ok(()),
    }
}

/// Whether the platform doesn't look at this part: only a video has a description.
pub(super) fn unread(line: RequestLine<'_>, query: &[(String, String)], part: &str) -> bool {
    let video = query.iter().any(|(name, value)| name == "type" && value == "video");
    line == ("POST", "/cgi-bin/material/add_material") && part == "description" && !video
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/material/add_material") => add(call),
        ("POST", "/cgi-bin/material/get_material") => get(call),
        ("POST", "/cgi-bin/material/del_material") => delete(call),
        ("POST", "/cgi-bin/material/batchget_material") => list(call),
        ("GET", "/cgi-bin/material/get_materialcount") => count(call),
        _ => return None,
    })
}

fn missing() -> Answer {
    unknown(40007, "`media_id` is unknown").into()
}

fn add(call: &Call<'_>) -> Answer {
    let kind = call.query("type");
    let formats: &[&str] = match kind {
        "image" => &["bmp", "png", "jpeg", "jpg", "gif"],
        "voice" => &["mp3", "wma", "wav", "amr"],
        "video" => &["mp4"],
        "thumb" => &["jpg", "jpeg"],
        _ => return refused(40004).into(),
    };
    let file = match media::accept(call, kind, formats) {
        Ok(file) => file,
        Err(refusal) => return refusal.into(),
    };
    let words = call.part("description").and_then(|part| serde_json::from_slice::<Value>(&part.bytes).ok());
    if kind == "video" && words.is_none() {
        return refused_for(40097, "`description` is missing; a video needs it").into();
    }
    let word =
        |name: &str| words.as_ref().and_then(|words| words[name].as_str()).unwrap_or_default().to_owned();
    let (title, introduction) = (word("title"), word("introduction"));
    let id = call.state.idents.text(43);
    let content = Content::File { kind: kind.to_owned(), file, title, introduction };
    call.state.of::<Library>().keep(id.clone(), content, call.state.clock.seconds());
    let mut members = vec![("media_id", json!(id))];
    if matches!(kind, "image" | "thumb") {
        members.push(("url", json!(call.state.address_of(&id))));
    }
    Answer::object(&members)
}

/// Articles as the library shows them.
fn news(state: &State, id: &str, articles: &[Map<String, Value>]) -> Value {
    let mut listed =
        article::listed(articles, |index| format!("{}/s?material={id}&idx={}", state.url, index + 1));
    for article in &mut listed {
        let thumb = article["thumb_media_id"].as_str().map(|id| state.address_of(id));
        article["thumb_url"] = json!(thumb.unwrap_or_default());
    }
    json!(listed)
}

fn get(call: &Call<'_>) -> Answer {
    let id = call.body("media_id");
    let library = call.state.of::<Library>();
    let Some(material) = library.by_id.get(id) else { return missing() };
    match &material.content {
        Content::Articles { articles, created } => Answer::object(&[
            ("news_item", news(call.state, id, articles)),
            ("create_time", json!(created)),
            ("update_time", json!(material.updated)),
        ]),
        Content::File { kind, title, introduction, .. } if kind == "video" => Answer::object(&[
            ("title", json!(title)),
            ("description", json!(introduction)),
            ("down_url", json!(call.state.address_of(id))),
        ]),
        Content::File { file, .. } => Answer::File(file.clone()),
    }
}

fn delete(call: &Call<'_>) -> Answer {
    let id = call.body("media_id");
    let mut library = call.state.of::<Library>();
    if library.in_menus.contains(id) {
        return refused_for(48005, "`media_id` is that of a button of the menu").into();
    }
    match library.by_id.remove(id) {
        Some(_) => Answer::ok(),
        None => missing(),
    }
}

fn list(call: &Call<'_>) -> Answer {
    let kind = call.body("type");
    let library = call.state.of::<Library>();
    let mut listed: Vec<_> =
        library.by_id.iter().filter(|(_, material)| material.listed_as() == kind).collect();
    listed.sort_by_key(|(_, material)| std::cmp::Reverse(material.number));
    let item = |(id, material): &(&String, &Material)| match &material.content {
        Content::Articles { articles, created } => json!({
            "media_id": id,
            "content": {
                "news_item": news(call.state, id, articles),
                "create_time": created,
                "update_time": material.updated,
            },
            "update_time": material.updated,
        }),
        Content::File { file, .. } => {
            let name = file.filename.as_deref().unwrap_or_default();
            let mut item = json!({"media_id": id, "name": name, "update_time": material.updated});
            if material.listed_as() == "image" {
                item["url"] = json!(call.state.address_of(id));
            }
            item
        }
    };
    call.excerpt(&listed, item)
}

fn count(call: &Call<'_>) -> Answer {
    let library = call.state.of::<Library>();
    Answer::object(&[
        ("voice_count", json!(library.count("voice"))),
        ("video_count", json!(library.count("video"))),
        ("image_count", json!(library.count("image"))),
        ("news_count", json!(library.count("news"))),
    ])
}
