//! Bodies of uploads: forms and files, opened and put together with their exact length.
//! The bytes are handed to the connection in `upload/body.rs`; what a request holds stands in `part.rs`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::Path;

use http::HeaderValue;

use self::body::Piece;
use crate::error::{Error, ErrorKind, Result};
use crate::part::{FilePart, Part, PartValue, Source};

pub(crate) use self::body::{Activity, Outgoing, CHUNK};

mod body;
#[cfg(test)]
mod tests;

/// A body that is ready to be sent, once. To send it again, make it again.
#[derive(Debug)]
pub(crate) struct Upload {
    /// The value of the `Content-Type` header.
    pub(crate) content_type: String,
    /// The exact length of the body, in bytes. The body says it too, so it is never sent in chunks.
    pub(crate) length: u64,
    pub(crate) body: Outgoing,
    /// When the connection last took a piece of the body, for an idle timeout.
    pub(crate) activity: Activity,
}

/// A form of these parts, in this order. All files are opened, and refused if need be, before it returns.
pub(crate) async fn multipart(parts: &[Part]) -> Result<Upload> {
    multipart_with(parts, &boundary()).await
}

/// A body that is this file and nothing else.
pub(crate) async fn raw(file: &FilePart) -> Result<Upload> {
    Ok(upload(file.content_type().to_owned(), vec![open(file).await?]))
}

async fn multipart_with(parts: &[Part], boundary: &str) -> Result<Upload> {
    let mut pieces = Vec::with_capacity(2 * parts.len() + 1);
    let mut text = String::new();
    for Part { name, value } in parts {
        text.push_str("--");
        text.push_str(boundary);
        text.push_str("\r\nContent-Disposition: form-data; name=\"");
        push_quoted(&mut text, name);
        text.push('"');
        match value {
            PartValue::Text(value) => {
                text.push_str("\r\n\r\n");
                text.push_str(value);
            }
            PartValue::File(file) => {
                let piece = open(file).await?;
                if file.filename().is_empty() {
                    let message = format!("the file for `{}` has no name", name.escape_debug());
                    return Err(Error::config(message));
                }
                text.push_str("; filename=\"");
                push_quoted(&mut text, file.filename());
                text.push_str("\"\r\nContent-Type: ");
                text.push_str(file.content_type());
                text.push_str("\r\n\r\n");
                pieces.push(Piece::Bytes(std::mem::take(&mut text).into()));
                pieces.push(piece);
            }
        }
        text.push_str("\r\n");
    }
    text.push_str("--");
    text.push_str(boundary);
    text.push_str("--\r\n");
    pieces.push(Piece::Bytes(text.into()));
    Ok(upload(format!("multipart/form-data; boundary={boundary}"), pieces))
}

fn upload(content_type: String, pieces: Vec<Piece>) -> Upload {
    let activity = Activity::new();
    let body = Outgoing::new(pieces, activity.clone());
    Upload { content_type, length: body.length(), body, activity }
}

/// Opens the source and looks that there is something in it.
async fn open(file: &FilePart) -> Result<Piece> {
    // A control character would be the way to a header of one's own.
    if HeaderValue::from_str(file.content_type()).is_err() {
        let message =
            format!("the content type of the file `{}` is not valid", file.filename().escape_debug());
        return Err(Error::config(message));
    }
    match &file.source {
        Source::Bytes(bytes) if bytes.is_empty() => Err(empty(file)),
        Source::Bytes(bytes) => Ok(Piece::Bytes(bytes.clone())),
        Source::Path(path) => open_path(path).await,
        Source::Stream { length: 0, .. } => Err(empty(file)),
        Source::Stream { length, open } => {
            let what = format!("the stream of the file `{}`", file.filename().escape_debug());
            let reader = open().await.map_err(|error| Error::io(format!("can't open {what}"), error))?;
            Ok(Piece::reader(reader, *length, what))
        }
    }
}

fn empty(file: &FilePart) -> Error {
    Error::config(format!("the file `{}` is empty", file.filename().escape_debug()))
}

async fn open_path(path: &Path) -> Result<Piece> {
    let shown = path.display();
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::io(format!("there is no file `{shown}`"), error),
        _ => Error::io(format!("can't read the file `{shown}`"), error),
    };
    // Looked at before it is opened: opening a named pipe would wait for somebody to write into it.
    let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Error::new(ErrorKind::Io, format!("`{shown}` is a directory, not a file")));
    }
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::Io, format!("`{shown}` is not a regular file")));
    }
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let length = file.metadata().await.map_err(unreadable)?.len();
    if length == 0 {
        return Err(Error::config(format!("the file `{shown}` is empty")));
    }
    Ok(Piece::reader(Box::pin(file), length, format!("the file `{shown}`")))
}

/// The value of a quoted parameter, escaped the way browsers do it: raw UTF-8, and percent signs only for
/// what would end the quotes or the header.
fn push_quoted(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\0'..='\x1f' | '\x7f' => out.push_str(&format!("%{:02X}", u32::from(c))),
            _ => out.push(c),
        }
    }
}

/// A boundary that no content can hold but by guessing 128 bits: the standard library seeds its hashers from
/// the system's randomness.
fn boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("----------weixin{:016x}{:016x}", random(), random())
}
