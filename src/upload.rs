//! Files on their way to the platform: what a request holds, and the bodies made from it.
//! The bytes are handed to the connection in `upload/body.rs`; which field is a file is said by the spec.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use tokio::io::AsyncRead;

use self::body::{Outgoing, Piece};
use crate::error::{Error, ErrorKind, Result};

pub(crate) use self::body::Activity;

mod body;
#[cfg(test)]
mod tests;

type Reader = Pin<Box<dyn AsyncRead + Send>>;
type Opening = Pin<Box<dyn Future<Output = io::Result<Reader>> + Send>>;

/// A file to upload: its bytes, its name and its content type.
///
/// The bytes come from memory, from a file on disk or from a function that opens a stream of known length.
/// Nothing is opened before the request is sent. If it has to be sent again, the source is opened again, so a
/// request with files is as `Clone` as any other.
///
/// The platform tells kinds of media apart by the ending of the file name: give it one, like `photo.jpg`.
///
/// ```
/// use weixin::FilePart;
///
/// let from_memory = FilePart::bytes("photo.png", vec![0x89, b'P', b'N', b'G']);
/// let from_disk = FilePart::path("/srv/pictures/photo.jpg");
/// assert_eq!(from_memory.content_type(), "image/png");
/// assert_eq!(from_disk.filename(), "photo.jpg");
/// ```
#[derive(Clone)]
pub struct FilePart {
    filename: String,
    content_type: Option<String>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Bytes(Bytes),
    Path(PathBuf),
    Stream { length: u64, open: Arc<dyn Fn() -> Opening + Send + Sync> },
}

/// Equal are parts of one name and type from the same bytes, the same path, or the very same opener.
impl PartialEq for FilePart {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.source, &other.source) {
            (Source::Bytes(a), Source::Bytes(b)) => a == b,
            (Source::Path(a), Source::Path(b)) => a == b,
            (Source::Stream { length, open }, Source::Stream { length: other, open: its }) => {
                length == other && Arc::ptr_eq(open, its)
            }
            _ => false,
        };
        same && self.filename == other.filename && self.content_type == other.content_type
    }
}

impl FilePart {
    /// A file whose bytes are in memory. They are shared, not copied, when the part is cloned or sent.
    ///
    /// Sending it fails with [`ErrorKind::Config`] if there are no bytes.
    pub fn bytes(filename: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { filename: filename.into(), content_type: None, source: Source::Bytes(bytes.into()) }
    }

    /// A file on disk, opened when the request is sent and read piece by piece. Its name is the last part of
    /// the path.
    ///
    /// Sending it fails before any byte goes out with [`ErrorKind::Io`] if there is no such file, if it can't
    /// be read or is not a regular file (a directory, for example), and with [`ErrorKind::Config`] if it is
    /// empty. If its length changes while it is sent, the call fails with [`ErrorKind::Io`].
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { filename, content_type: None, source: Source::Path(path) }
    }

    /// A file whose bytes come from a stream of `length` bytes. `open` is called each time the request is
    /// sent, so it must give the same bytes from the beginning every time.
    ///
    /// The stream has to end after `length` bytes (`AsyncReadExt::take` cuts one off). The call fails with
    /// [`ErrorKind::Io`] if it ends earlier, goes on after that, or can't be opened or read, and with
    /// [`ErrorKind::Config`] if `length` is 0.
    pub fn stream<F, O, R>(filename: impl Into<String>, length: u64, open: F) -> Self
    where
        F: Fn() -> O + Send + Sync + 'static,
        O: Future<Output = io::Result<R>> + Send + 'static,
        R: AsyncRead + Send + 'static,
    {
        let open = move || -> Opening {
            let opening = open();
            Box::pin(async move { Ok(Box::pin(opening.await?) as Reader) })
        };
        let source = Source::Stream { length, open: Arc::new(open) };
        Self { filename: filename.into(), content_type: None, source }
    }

    /// The same file under another name.
    pub fn with_filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = filename.into();
        self
    }

    /// The same file with a content type of your own, like `image/jpeg`.
    ///
    /// Sending it fails with [`ErrorKind::Config`] if this can't stand in a header.
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The name that the platform is told.
    pub fn filename(&self) -> &str {
        &self.filename
    }

    /// The content type that the platform is told: the one set, or else the one that the ending of the file
    /// name stands for, or else `application/octet-stream`.
    pub fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or_else(|| guess(&self.filename))
    }

    /// The content type that was set by hand, if one was.
    pub(crate) fn explicit_content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Opens the source and looks that there is something in it.
    async fn open(&self) -> Result<Piece> {
        // A control character would be the way to a header of one's own.
        if HeaderValue::from_str(self.content_type()).is_err() {
            let message =
                format!("the content type of the file `{}` is not valid", self.filename.escape_debug());
            return Err(Error::config(message));
        }
        match &self.source {
            Source::Bytes(bytes) if bytes.is_empty() => Err(self.empty()),
            Source::Bytes(bytes) => Ok(Piece::Bytes(bytes.clone())),
            Source::Path(path) => open_path(path).await,
            Source::Stream { length: 0, .. } => Err(self.empty()),
            Source::Stream { length, open } => {
                let what = format!("the stream of the file `{}`", self.filename.escape_debug());
                let reader = open().await.map_err(|error| Error::io(format!("can't open {what}"), error))?;
                Ok(Piece::reader(reader, *length, what))
            }
        }
    }

    fn empty(&self) -> Error {
        Error::config(format!("the file `{}` is empty", self.filename.escape_debug()))
    }
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("FilePart");
        out.field("filename", &self.filename).field("content_type", &self.content_type());
        match &self.source {
            Source::Bytes(bytes) => out.field("length", &bytes.len()),
            Source::Path(path) => out.field("path", path),
            Source::Stream { length, .. } => out.field("length", length),
        };
        out.finish()
    }
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

/// The content type of the kinds of file that the platform takes, by the ending of the name.
fn guess(filename: &str) -> &'static str {
    let ending = filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref().unwrap_or_default() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "webp" => "image/webp",
        "amr" => "audio/amr",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "wma" => "audio/x-ms-wma",
        "m4a" => "audio/mp4",
        "speex" | "spx" => "audio/speex",
        "silk" => "audio/silk",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "avi" => "video/x-msvideo",
        "wmv" => "video/x-ms-wmv",
        "pdf" => "application/pdf",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

/// One part of a multipart form.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: PartValue,
}

/// What a part of a form holds. JSON is a text part like another: that is how the platform's own example
/// sends the description of a video, without a content type.
#[derive(Clone, Debug)]
pub(crate) enum PartValue {
    Text(String),
    File(FilePart),
}

/// A body that is ready to be sent, once. To send it again, make it again.
#[derive(Debug)]
pub(crate) struct Upload {
    /// The value of the `Content-Type` header.
    pub(crate) content_type: String,
    /// The exact length of the body, in bytes. The body says it too, so it is never sent in chunks.
    pub(crate) length: u64,
    pub(crate) body: reqwest::Body,
    /// When the connection last took a piece of the body, for an idle timeout.
    pub(crate) activity: Activity,
}

/// A form of these parts, in this order. All files are opened, and refused if need be, before it returns.
pub(crate) async fn multipart(parts: &[Part]) -> Result<Upload> {
    multipart_with(parts, &boundary()).await
}

/// A body that is this file and nothing else.
pub(crate) async fn raw(file: &FilePart) -> Result<Upload> {
    Ok(upload(file.content_type().to_owned(), vec![file.open().await?]))
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
                let piece = file.open().await?;
                if file.filename.is_empty() {
                    let message = format!("the file for `{}` has no name", name.escape_debug());
                    return Err(Error::config(message));
                }
                text.push_str("; filename=\"");
                push_quoted(&mut text, &file.filename);
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
    Upload { content_type, length: body.length(), body: reqwest::Body::wrap(body), activity }
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

/// The crate's own error inside one of reqwest: why a body could not be read to its end, say. To be asked
/// before the error is turned into one of the connection.
pub(crate) fn failure(error: &reqwest::Error) -> Option<Error> {
    let mut cause = StdError::source(error);
    while let Some(inner) = cause {
        if let Some(own) = inner.downcast_ref::<Error>() {
            return Some(own.clone());
        }
        cause = inner.source();
    }
    None
}
