//! The parts of a form, and the files in them, as a request holds them.
//! Data only: they are opened and sent in `wire/upload.rs`; which field is a file is said by the spec.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncRead;

pub(crate) type Reader = Pin<Box<dyn AsyncRead + Send>>;
pub(crate) type Opening = Pin<Box<dyn Future<Output = io::Result<Reader>> + Send>>;

/// A file to upload: its bytes, its name and its content type.
///
/// The bytes come from memory, from a file on disk or from a function that opens a stream of known length.
/// Nothing is opened before the request is sent. If it has to be sent again, the source is opened again, so a
/// request with files is as `Clone` as any other.
///
/// The platform tells kinds of media apart by the ending of the file name, as in `photo.jpg`, and refuses files
/// without one. A name that has none gets the ending that the file's first bytes or its content type stand for when it
/// is sent in a form.
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
    pub(crate) source: Source,
}

#[derive(Clone)]
pub(crate) enum Source {
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
    /// Sending it fails with [`ErrorKind::Config`](crate::ErrorKind::Config) if there are no bytes.
    pub fn bytes(filename: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { filename: filename.into(), content_type: None, source: Source::Bytes(bytes.into()) }
    }

    /// A file on disk, opened when the request is sent and read piece by piece. Its name is the last part of
    /// the path.
    ///
    /// Sending it fails before any byte goes out with [`ErrorKind::Io`](crate::ErrorKind::Io) if there is no such file, if it can't
    /// be read or is not a regular file (a directory, for example), and with [`ErrorKind::Config`](crate::ErrorKind::Config) if it is
    /// empty. If its length changes while it is sent, the call fails with [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { filename, content_type: None, source: Source::Path(path) }
    }

    /// A file whose bytes come from a stream of `length` bytes. `open` is called each time the request is
    /// sent, so it must give the same bytes from the beginning every time.
    ///
    /// The stream has to end after `length` bytes (`AsyncReadExt::take` cuts one off). The call fails with
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it ends earlier, goes on after that, or can't be opened or read, and with
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if `length` is 0. If it isn't open within the call's idle timeout, the call fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
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
    /// Sending it fails with [`ErrorKind::Config`](crate::ErrorKind::Config) if this can't stand in a header.
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The name as it was given; the platform is told this one, with an ending if it has none.
    pub fn filename(&self) -> &str {
        &self.filename
    }

    /// The content type that the platform is told: the one set, or else the one that the ending of the file
    /// name stands for, or else `application/octet-stream`.
    pub fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or_else(|| content_type_for(&self.filename))
    }

    /// The content type that was set by hand, if one was.
    pub(crate) fn explicit_content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
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

/// The kinds of file that the platform takes: endings of their names, the usual one first, and content types.
const KINDS: [(&str, &str); 20] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("bmp", "image/bmp"),
    ("webp", "image/webp"),
    ("amr", "audio/amr"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("wma", "audio/x-ms-wma"),
    ("m4a", "audio/mp4"),
    ("speex", "audio/speex"),
    ("spx", "audio/speex"),
    ("silk", "audio/silk"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("avi", "video/x-msvideo"),
    ("wmv", "video/x-ms-wmv"),
    ("pdf", "application/pdf"),
    ("json", "application/json"),
];

/// The content type that the ending of a file name stands for.
pub(crate) fn content_type_for(filename: &str) -> &'static str {
    let ending = filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    KINDS
        .iter()
        .find(|(its, _)| *its == ending)
        .map_or("application/octet-stream", |(_, content_type)| content_type)
}

/// The usual ending of files of a content type.
pub(crate) fn ending_for(content_type: &str) -> Option<&'static str> {
    KINDS.iter().find(|(_, its)| its.eq_ignore_ascii_case(content_type)).map(|(ending, _)| *ending)
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
