//! The library of permanent material: pictures, recordings, videos; articles are written elsewhere.
//! Formats and sizes are judged as for temporary media, in `flow/media.rs`.

use std::collections::HashMap;

use serde_json::{json, Value};

use super::super::answer::{refused, refused_for, unknown, Answer, StoredFile};
use super::{media, Call, Place};

#[derive(Debug, Default)]
pub(crate) struct Library {
    by_id: HashMap<String, Material>,
    /// How many there ever were: the number of the latest one, by which lists are sorted.
    uploads: u64,
}

#[derive(Debug)]
struct Material {
    number: u64,
    kind: String,
    file: StoredFile,
    title: String,
    introduction: String,
    updated: u64,
}

impl Material {
    /// As what the library lists it: a thumb is a picture there.
    fn listed_as(&self) -> &str {
        match self.kind.as_str() {
            "thumb" => "image",
            kind => kind,
        }
    }
}

impl Library {
    pub(crate) fn served(&self, id: &str) -> Option<StoredFile> {
        self.by_id.get(id).map(|material| material.file.clone())
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Whether the library lists this id among those of this kind.
    pub(super) fn holds(&self, id: &str, kind: &str) -> bool {
        self.by_id.get(id).is_some_and(|material| material.listed_as() == kind)
    }

    /// The file of a film.
    pub(super) fn video(&self, id: &str) -> Option<StoredFile> {
        self.by_id.get(id).filter(|material| material.kind == "video").map(|material| material.file.clone())
    }

    fn count(&self, kind: &str) -> usize {
        self.by_id.values().filter(|material| material.listed_as() == kind).count()
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, place: Place<'_>) -> Option<Answer> {
    Some(match place {
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
    let mut library = call.state.library();
    library.uploads += 1;
    let (number, updated) = (library.uploads, call.state.clock.seconds());
    let material = Material { number, kind: kind.to_owned(), file, title, introduction, updated };
    library.by_id.insert(id.clone(), material);
    let mut members = vec![("media_id", json!(id))];
    if matches!(kind, "image" | "thumb") {
        members.push(("url", json!(call.state.address_of(&id))));
    }
    Answer::object(&members)
}

fn get(call: &Call<'_>) -> Answer {
    let id = call.body("media_id");
    match call.state.library().by_id.get(id) {
        None => missing(),
        Some(material) if material.kind == "video" => Answer::object(&[
            ("title", json!(material.title)),
            ("description", json!(material.introduction)),
            ("down_url", json!(call.state.address_of(id))),
        ]),
        Some(material) => Answer::File(material.file.clone()),
    }
}

fn delete(call: &Call<'_>) -> Answer {
    let id = call.body("media_id");
    if call.state.menus().uses(id) {
        return refused_for(48005, "`media_id` is that of a button of the menu").into();
    }
    match call.state.library().by_id.remove(id) {
        Some(_) => Answer::ok(),
        None => missing(),
    }
}

fn list(call: &Call<'_>) -> Answer {
    let kind = call.body("type");
    let library = call.state.library();
    let mut listed: Vec<_> =
        library.by_id.iter().filter(|(_, material)| material.listed_as() == kind).collect();
    listed.sort_by_key(|(_, material)| std::cmp::Reverse(material.number));
    let item = |(id, material): &(&String, &Material)| {
        let mut item = json!({
            "media_id": id,
            "name": material.file.filename.as_deref().unwrap_or_default(),
            "update_time": material.updated,
        });
        if material.listed_as() == "image" {
            item["url"] = json!(call.state.address_of(id));
        }
        item
    };
    call.excerpt(&listed, item)
}

fn count(call: &Call<'_>) -> Answer {
    let library = call.state.library();
    Answer::object(&[
        ("voice_count", json!(library.count("voice"))),
        ("video_count", json!(library.count("video"))),
        ("image_count", json!(library.count("image"))),
        ("news_count", json!(library.count("news"))),
    ])
}
