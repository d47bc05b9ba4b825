//! What the platform makes of pictures: an enlarged one waits among the temporary media.
//! What it reads in pictures is answered from the spec's examples.

use serde_json::json;

use super::media::Media;
use crate::sandbox::answer::{Answer, StoredFile};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::picture;

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cv/img/superresolution") => enlarge(call),
        _ => return None,
    })
}

/// Nothing grows in a sandbox: an uploaded picture stays as it is, and one given by its address is drawn.
fn enlarge(call: &Call<'_>) -> Answer {
    let (state, id) = (call.state, call.state.idents.text(64));
    let file = call.part("img").map(StoredFile::uploaded).unwrap_or_else(|| {
        let address = call.part("img_url").map(|part| String::from_utf8_lossy(&part.bytes).into_owned());
        let bytes = picture::jpeg(&address.unwrap_or_default()).unwrap_or_default();
        let filename = Some(format!("{id}.jpg"));
        StoredFile { content_type: "image/jpeg".to_owned(), filename, bytes: bytes.into() }
    });
    state.of::<Media>().keep(id.clone(), "image", file, state.clock.millis());
    Answer::ok_with(&[("media_id", json!(id))])
}
