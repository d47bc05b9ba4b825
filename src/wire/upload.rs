//! Bodies of uploads: forms and files, opened and put together with their exact length.
//! The bytes are handed to the connection in `upload/body.rs`; what a request holds stands in `part.rs`.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::time::Duration;

use http::HeaderValue;
use tokio::io::AsyncReadExt;

use self::body::Piece;
use crate::error::{Error, ErrorKind, Result};
use crate::record::part::{content_type_for, FilePart, Part, PartValue, Reader, Source};
use crate::signing::nonce::Nonce;

pub(crate) use self::body::{Activity, Outgoing, CHUNK};

mod body;
mod format;
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
    /// How the body gets on, for an idle timeout. Dropping it cancels the upload.
    pub(crate) activity: Activity,
}

/// A form of these parts, in this order. All files are opened, and refused if need be, before it returns; each may
/// take as long as `idle`.
pub(crate) async fn multipart(parts: &[Part], idle: Duration) -> Result<Upload> {
    multipart_with(parts, &boundary()?, idle).await
}

/// A body that is this file and nothing else.
pub(crate) async fn raw(file: &FilePart, idle: Duration) -> Result<Upload> {
    let opened = open(file, idle).await?;
    Ok(upload(opened.content_type.into_owned(), vec![opened.piece]))
}

async fn multipart_with(parts: &[Part], boundary: &str, idle: Duration) -> Result<Upload> {
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
                let opened = open(file, idle).await?;
                if file.filename().is_empty() {
                    let message = format!("the file for `{}` has no name", name.escape_debug());
                    return Err(Error::config(message));
                }
                text.push_str("; filename=\"");
                push_quoted(&mut text, &opened.filename);
                text.push_str("\"\r\nContent-Type: ");
                text.push_str(&opened.content_type);
                text.push_str("\r\n\r\n");
                pieces.push(Piece::Bytes(std::mem::take(&mut text).into()));
                pieces.push(opened.piece);
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
    let (body, activity) = Outgoing::new(pieces);
    Upload { content_type, length: body.length(), body, activity }
}

/// A file that is ready to be sent, and what the platform is told about it.
struct Opened<'a> {
    piece: Piece,
    filename: Cow<'a, str>,
    content_type: Cow<'a, str>,
}

/// Opens a file, looks that there is something in it, and completes its name.
async fn open(file: &FilePart, idle: Duration) -> Result<Opened<'_>> {
    let what = what(file);
    // A control character would be the way to a header of one's own.
    if HeaderValue::from_str(file.content_type()).is_err() {
        let message =
            format!("the content type of the file `{}` is not valid", file.filename().escape_debug());
        return Err(Error::config(message));
    }
    let late = || Error::new(ErrorKind::Timeout, format!("{what} was not opened within {idle:?}"));
    let (piece, first) =
        tokio::time::timeout(idle, source(file, &what)).await.unwrap_or_else(|_| Err(late()))?;
    let set = file.explicit_content_type();
    let filename = format::named(file.filename(), &first, set);
    let content_type = match set {
        Some(content_type) => Cow::Borrowed(content_type),
        None => Cow::Borrowed(content_type_for(&filename)),
    };
    Ok(Opened { piece, filename, content_type })
}

fn what(file: &FilePart) -> String {
    match &file.source {
        Source::Bytes(_) => format!("the file `{}`", file.filename().escape_debug()),
        Source::Path(path) => format!("the file `{}`", path.display()),
        Source::Stream { .. } => format!("the stream of the file `{}`", file.filename().escape_debug()),
    }
}

/// The bytes of a file, and the first of them if its name does not tell what they are.
async fn source(file: &FilePart, what: &str) -> Result<(Piece, Vec<u8>)> {
    let empty = || Error::config(format!("the file `{}` is empty", file.filename().escape_debug()));
    let (reader, length): (Reader, u64) = match &file.source {
        Source::Bytes(bytes) if bytes.is_empty() => return Err(empty()),
        Source::Bytes(bytes) => {
            let first = bytes.get(..format::FIRST).unwrap_or(bytes).to_vec();
            return Ok((Piece::Bytes(bytes.clone()), first));
        }
        Source::Path(path) => open_path(path, what).await?,
        Source::Stream { length: 0, .. } => return Err(empty()),
        Source::Stream { length, open } => {
            let reader = open().await.map_err(|error| Error::io(format!("can't open {what}"), error))?;
            (reader, *length)
        }
    };
    if format::has_ending(file.filename()) {
        return Ok((Piece::reader(reader, length, what.to_owned()), Vec::new()));
    }
    let (reader, first) =
        peeked(reader).await.map_err(|error| Error::io(format!("can't read {what}"), error))?;
    Ok((Piece::reader(reader, length, what.to_owned()), first))
}

/// The first bytes of a reader, and one that gives them again.
async fn peeked(mut reader: Reader) -> io::Result<(Reader, Vec<u8>)> {
    let mut first = Vec::with_capacity(format::FIRST);
    (&mut reader).take(format::FIRST as u64).read_to_end(&mut first).await?;
    Ok((Box::pin(io::Cursor::new(first.clone()).chain(reader)), first))
}

async fn open_path(path: &Path, what: &str) -> Result<(Reader, u64)> {
    let shown = path.display();
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::io(format!("there is no file `{shown}`"), error),
        _ => Error::io(format!("can't read {what}"), error),
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
        return Err(Error::config(format!("{what} is empty")));
    }
    Ok((Box::pin(file), length))
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

/// A boundary that no content holds but by chance: 190 random bits.
fn boundary() -> Result<String> {
    Ok(format!("----------weixin{}{}", Nonce::new()?, Nonce::new()?))
}
