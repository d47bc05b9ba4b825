//! Temporary media and the pictures of articles: stored on upload, given back byte for byte.
//! The library of permanent material stands in `flow/material.rs`; both share the rules for files here.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{json, Map, Value};

use crate::sandbox::answer::{refused, refused_for, unknown, Answer, Refusal, StoredFile};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::request::Part;
use crate::sandbox::state::State;
use crate::sandbox::tables::responds;

/// Life of temporary media, in milliseconds.
const LIFE: u64 = 3 * 86_400_000;

#[derive(Debug, Default)]
pub(crate) struct Media {
    temporary: HashMap<String, Temporary>,
    /// Articles uploaded for a mass message, with the time when they expire.
    articles: HashMap<String, (Vec<Map<String, Value>>, u64)>,
    /// Pictures of articles; they have no media id and live for ever.
    pictures: HashMap<String, StoredFile>,
}

#[derive(Debug)]
struct Temporary {
    kind: String,
    file: StoredFile,
    expires: u64,
}

impl Media {
    fn get(&self, id: &str, now: u64) -> Result<&Temporary, Refusal> {
        let media = self.temporary.get(id).filter(|media| media.expires > now);
        media.ok_or_else(|| match self.temporary.contains_key(id) {
            true => refused_for(40007, "`media_id` has expired"),
            false => unknown(40007, "`media_id` is unknown or has expired"),
        })
    }

    pub(crate) fn has(&self, id: &str, now: u64) -> bool {
        self.get(id, now).is_ok()
    }

    /// The file of a film.
    pub(super) fn video(&self, id: &str, now: u64) -> Option<StoredFile> {
        self.get(id, now).ok().filter(|media| media.kind == "video").map(|media| media.file.clone())
    }

    pub(crate) fn keep(&mut self, id: String, kind: &str, file: StoredFile, now: u64) {
        let media = Temporary { kind: kind.to_owned(), file, expires: now.saturating_add(LIFE) };
        self.temporary.insert(id, media);
    }

    pub(super) fn keep_articles(&mut self, id: String, articles: Vec<Map<String, Value>>, now: u64) {
        self.articles.insert(id, (articles, now.saturating_add(LIFE)));
    }

    pub(super) fn articles(&self, id: &str, now: u64) -> Option<Vec<Map<String, Value>>> {
        self.articles.get(id).filter(|(_, expires)| *expires > now).map(|(articles, _)| articles.clone())
    }

    /// What the address of a video or a picture leads to.
    pub(crate) fn served(&self, id: &str, now: u64) -> Option<StoredFile> {
        let picture = self.pictures.get(id).cloned();
        picture.or_else(|| self.get(id, now).ok().map(|media| media.file.clone()))
    }
}

impl StoredFile {
    pub(super) fn uploaded(part: &Part) -> Self {
        Self {
            content_type: part.content_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned()),
            filename: part.filename.clone(),
            bytes: part.bytes.clone(),
        }
    }
}

/// The uploaded file, if its format and size suit its kind. Temporary and permanent files of a kind differ
/// only in the formats.
pub(super) fn accept(call: &Call<'_>, kind: &str, formats: &[&str]) -> Result<StoredFile, Refusal> {
    let part = call.part("media").ok_or_else(|| refused(41005))?;
    let name = part.filename.as_deref().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    if !extension.is_some_and(|extension| formats.contains(&extension.as_str())) {
        let formats = formats.join(", ");
        return Err(refused_for(
            40005,
            format!("`media` is named `{name}`; its format must be one of {formats}"),
        ));
    }
    let (limit, code) = match kind {
        "voice" => (2 << 20, 40010),
        "video" => (10 << 20, 40011),
        "thumb" => (64 << 10, 40012),
        _ => (10 << 20, 40009),
    };
    let size = part.bytes.len();
    if size > limit {
        return Err(refused_for(code, format!("`media` has {size} bytes; at most {limit} are allowed")));
    }
    Ok(StoredFile::uploaded(part))
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/media/upload") => upload(call),
        ("GET", "/cgi-bin/media/get") => get(call),
        ("GET", "/cgi-bin/media/get/jssdk") => get_voice(call),
        ("POST", "/cgi-bin/media/uploadimg") => upload_picture(call),
        _ => return None,
    })
}

fn upload(call: &Call<'_>) -> Answer {
    let kind = call.query("type");
    let formats: &[&str] = match kind {
        "image" => &["png", "jpeg", "jpg", "gif"],
        "voice" => &["amr", "mp3", "speex"],
        "video" => &["mp4"],
        "thumb" => &["jpg", "jpeg"],
        _ => return refused(40004).into(),
    };
    let file = match accept(call, kind, formats) {
        Ok(file) => file,
        Err(refusal) => return refusal.into(),
    };
    let id = call.state.idents.text(64);
    let now = call.state.clock.millis();
    call.state.of::<Media>().keep(id.clone(), kind, file, now);
    // Where the spec knows it, a thumb is answered under a name of its own, as the platform does it.
    let name = match kind {
        "thumb" if responds(call.endpoint, "thumb_media_id") => "thumb_media_id",
        _ => "media_id",
    };
    Answer::object(&[("type", json!(kind)), (name, json!(id)), ("created_at", json!(now / 1000))])
}

fn get(call: &Call<'_>) -> Answer {
    let id = call.query("media_id");
    match call.state.of::<Media>().get(id, call.state.clock.millis()) {
        Ok(media) if media.kind == "video" => {
            Answer::object(&[("video_url", json!(call.state.address_of(id)))])
        }
        Ok(media) => Answer::File(media.file.clone()),
        Err(refusal) => refusal.into(),
    }
}

fn get_voice(call: &Call<'_>) -> Answer {
    match call.state.of::<Media>().get(call.query("media_id"), call.state.clock.millis()) {
        Ok(media) if media.kind == "voice" => {
            Answer::File(StoredFile { content_type: "voice/speex".to_owned(), ..media.file.clone() })
        }
        Ok(_) => refused_for(40007, "`media_id` is not that of a voice").into(),
        Err(refusal) => refusal.into(),
    }
}

fn upload_picture(call: &Call<'_>) -> Answer {
    let file = match accept(call, "image", &["jpg", "jpeg", "png"]) {
        Ok(file) => file,
        Err(refusal) => return refusal.into(),
    };
    Answer::object(&[("url", json!(call.state.keep_picture(file)))])
}

impl State {
    /// Keeps a picture for ever; its address.
    pub(super) fn keep_picture(&self, file: StoredFile) -> String {
        let id = self.idents.text(48);
        self.of::<Media>().pictures.insert(id.clone(), file);
        self.address_of(&id)
    }
}

/// The bytes of a media id that lives, for tests of what was uploaded.
pub(crate) fn stored(media: &Media, id: &str, now: u64) -> Option<Bytes> {
    media.get(id, now).ok().map(|media| media.file.bytes.clone())
}
