//! Responses that are files: telling them from JSON, and handing them out piece by piece.
//! Saving stands in `download/save.rs`, reading from the connection in `download/incoming.rs`.

use std::fmt;
use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{ready, Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::header::{HeaderMap, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use http_body::{Body as _, Frame};

#[doc(hidden)]
pub use self::disposition::filename;
use self::incoming::Incoming;
use self::sniff::{sniff, Declared, Sniff};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::coding::Unpacker;
use crate::wire::transport::{ResponseBody, TransportError};

mod disposition;
mod incoming;
mod save;
mod sniff;
#[cfg(test)]
mod tests;

/// How much [`Download::bytes`] reads at most: 64 MiB.
const DEFAULT_CAP: u64 = 64 << 20;

/// How much of a response that can't be used is shown in the error, in bytes.
const EXCERPT: usize = 256;

type Progress = Box<dyn FnMut(u64, Option<u64>) + Send>;

/// A response that is a file: an image, a voice message, a video.
///
/// Nothing but the beginning has been read when a call returns it; the rest comes as it is asked for, so a
/// file of any size takes little memory. Dropping it ends the transfer.
///
/// It is read in one of four ways: [`save_to`](Self::save_to) a file, all at once as [`bytes`](Self::bytes),
/// piece by piece with [`chunk`](Self::chunk), or as a [`Stream`]. Each fails with [`ErrorKind::Timeout`] if
/// nothing arrives for the client's idle timeout, and with [`ErrorKind::Transport`] if the connection breaks
/// or the body is shorter than announced. There is no limit to the whole time.
#[must_use = "nothing but the beginning of the file has been read"]
pub struct Download {
    endpoint: &'static str,
    headers: HeaderMap,
    filename: Option<String>,
    /// What was read to see what the answer is, and is to be handed out first.
    head: Option<Bytes>,
    incoming: Incoming,
    state: State,
    received: u64,
    /// Never locked: it makes the download `Sync`, whatever the function holds.
    progress: Option<Mutex<Progress>>,
}

enum State {
    Open,
    Ended,
    Failed(Error),
}

impl Download {
    fn new(endpoint: &'static str, headers: HeaderMap, head: Bytes, incoming: Incoming) -> Self {
        let disposition = headers.get(CONTENT_DISPOSITION);
        let filename = disposition.and_then(|value| disposition::filename(value.as_bytes()));
        let state = State::Open;
        Self { endpoint, headers, filename, head: Some(head), incoming, state, received: 0, progress: None }
    }

    /// The content type as the platform gives it, which is not always the right one.
    pub fn content_type(&self) -> Option<&str> {
        content_type(&self.headers)
    }

    /// The length of the whole file in bytes, if the platform announced it. It is not known of a response that comes
    /// compressed; such a file is unpacked as it is read.
    pub fn content_length(&self) -> Option<u64> {
        self.incoming.total()
    }

    /// The file name from the `Content-Disposition` header, if there is one.
    ///
    /// It is a base name only: folders, `..` and control characters are taken out of it, so that it can be
    /// joined to a folder of yours. It may still be the name of a file that exists.
    pub fn filename(&self) -> Option<&str> {
        self.filename.as_deref()
    }

    /// All headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Calls a function each time bytes are handed out or saved, with the number of bytes so far and, where it
    /// is known, the number in all.
    pub fn on_progress(mut self, progress: impl FnMut(u64, Option<u64>) + Send + 'static) -> Self {
        self.progress = Some(Mutex::new(Box::new(progress)));
        self
    }

    /// The next bytes of the file; `None` at its end. After an error every further call repeats it.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// The whole file in memory, up to 64 MiB.
    ///
    /// Fails with [`ErrorKind::TooLarge`] if it is larger; [`bytes_up_to`](Self::bytes_up_to) sets another
    /// limit.
    pub async fn bytes(self) -> Result<Bytes> {
        self.bytes_up_to(DEFAULT_CAP).await
    }

    /// The whole file in memory, up to `max` bytes.
    ///
    /// Fails with [`ErrorKind::TooLarge`] if it is larger: at once if its length was announced, else as soon
    /// as the limit is passed.
    pub async fn bytes_up_to(mut self, max: u64) -> Result<Bytes> {
        let announced = self.content_length().map(|total| total.saturating_sub(self.received));
        if announced.is_some_and(|length| length > max) {
            return Err(self.too_large(max));
        }
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let mut length = first.len() as u64;
        if length > max {
            return Err(self.too_large(max));
        }
        let Some(second) = self.chunk().await? else { return Ok(first) };
        // What a server announces is no reason to reserve more than anybody gets by default.
        let mut all = Vec::with_capacity(announced.unwrap_or_default().min(DEFAULT_CAP) as usize);
        all.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            length += chunk.len() as u64;
            if length > max {
                return Err(self.too_large(max));
            }
            all.extend_from_slice(&chunk);
            next = self.chunk().await?;
        }
        Ok(all.into())
    }

    /// Writes the file to `path` and gives its length in bytes. A file that is there already is replaced.
    ///
    /// The bytes go to a temporary file beside it, which gets the name when it is complete. If anything goes
    /// wrong, or the future is dropped, nothing is left under either name, and a file that was there before
    /// stays as it was. The new file has the permissions of the one that it replaces, or else those of any file that
    /// the process creates. It is not forced out to the disk (no `fsync`).
    ///
    /// Fails with [`ErrorKind::Io`] if the folder does not exist, if `path` is something other than a regular
    /// file, or if the file can't be written.
    pub async fn save_to(mut self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref().to_owned();
        let endpoint = self.endpoint;
        save::save(&mut self, &path).await.map_err(|error| error.with_endpoint(endpoint))
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        match &self.state {
            State::Open => {}
            State::Ended => return Poll::Ready(Ok(None)),
            State::Failed(error) => return Poll::Ready(Err(error.clone())),
        }
        let chunk = match self.head.take().filter(|head| !head.is_empty()) {
            Some(head) => Ok(Some(head)),
            None => ready!(self.incoming.poll_chunk(cx)),
        };
        Poll::Ready(match chunk {
            Ok(Some(chunk)) => {
                self.received += chunk.len() as u64;
                if let Some(progress) = &mut self.progress {
                    let progress = progress.get_mut().unwrap_or_else(PoisonError::into_inner);
                    progress(self.received, self.incoming.total());
                }
                Ok(Some(chunk))
            }
            Ok(None) => {
                self.state = State::Ended;
                Ok(None)
            }
            Err(error) => {
                let error = error.with_endpoint(self.endpoint);
                self.state = State::Failed(error.clone());
                Err(error)
            }
        })
    }

    fn too_large(&self, max: u64) -> Error {
        let message = match self.content_length() {
            Some(total) => format!("the file has {total} bytes; at most {max} are allowed"),
            None => format!("the file has more than the {max} bytes allowed"),
        };
        Error::new(ErrorKind::TooLarge, message).with_endpoint(self.endpoint)
    }
}

/// The pieces of the file in order; an error is the last item.
impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if matches!(self.state, State::Failed(_)) {
            return Poll::Ready(None);
        }
        self.poll_chunk(cx).map(Result::transpose)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("endpoint", &self.endpoint)
            .field("content_type", &self.content_type().and_then(|text| text.split(';').next()))
            .field("content_length", &self.content_length())
            .field("filename", &self.filename())
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// A response of an endpoint that gives a file or JSON.
pub(crate) enum Body {
    /// A complete JSON object, as it came: it may need cleaning before it parses strictly.
    Json(Vec<u8>),
    Binary(Box<Download>),
}

/// Reads the whole of a response that should be JSON, `cap` bytes at most. `idle` is how long nothing may
/// arrive; `None` leaves it to the timeout of the call.
pub(crate) async fn read_json(body: &mut ResponseBody, cap: usize, idle: Option<Duration>) -> Result<Bytes> {
    let total = body.announced();
    if total.is_some_and(|total| total > cap as u64) {
        return Err(too_large(cap));
    }
    // Nearly always the whole is one chunk, which is then not copied.
    let mut all = Vec::new();
    let mut only = Bytes::new();
    loop {
        let chunk = match idle {
            Some(idle) => match tokio::time::timeout(idle, next(body)).await {
                Ok(chunk) => chunk,
                Err(_) => return Err(incoming::silent(idle)),
            },
            None => next(body).await,
        };
        match chunk.transpose().map_err(TransportError::cut_off)? {
            None => break,
            Some(chunk) if chunk.len() > cap - all.len() - only.len() => return Err(too_large(cap)),
            Some(chunk) if all.is_empty() && only.is_empty() => only = chunk,
            Some(chunk) => {
                if all.is_empty() {
                    all.reserve(total.unwrap_or_default() as usize);
                    all.extend_from_slice(&std::mem::take(&mut only));
                }
                all.extend_from_slice(&chunk);
            }
        }
    }
    let all = if all.is_empty() { only } else { all.into() };
    // A body of HTTP/1.1 that ends early is reported by the connection; this is for every other way.
    incoming::check_length(total, all.len() as u64)?;
    Ok(all)
}

pub(crate) fn too_large(cap: usize) -> Error {
    Error::new(ErrorKind::TooLarge, format!("the response has more than the {cap} bytes allowed"))
}

/// The next bytes of a body. Anything that is no data is trailers, which nobody asked for.
async fn next(body: &mut ResponseBody) -> Option<Result<Bytes, TransportError>> {
    loop {
        match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?.map(Frame::into_data) {
            Ok(Ok(data)) => return Some(Ok(data)),
            Ok(Err(_)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Looks at the first bytes of a response, whatever its content type says, and gives it as what it is: JSON if
/// it is a JSON object of at most `json_cap` bytes, else a file.
///
/// An empty body, a page, XML, a broken error envelope, and words that come as text are none of them and end in
/// [`ErrorKind::Decode`].
pub(crate) async fn open(
    endpoint: &'static str,
    response: http::Response<ResponseBody>,
    idle: Option<Duration>,
    json_cap: usize,
) -> Result<Body> {
    let status = response.status().as_u16();
    let (parts, body) = response.into_parts();
    let total = body.announced();
    let headers = parts.headers;
    let opened = async {
        let mut incoming = Incoming::new(body, Unpacker::of(headers.get(CONTENT_ENCODING))?, total, idle);
        let head = classify(&mut incoming, Declared::of(content_type(&headers)), json_cap).await?;
        Ok::<_, Error>((head, incoming))
    };
    match opened.await {
        Ok((Head::Json(json), _)) => Ok(Body::Json(json)),
        Ok((Head::Binary(head), incoming)) => {
            Ok(Body::Binary(Box::new(Download::new(endpoint, headers, head, incoming))))
        }
        Err(error) => Err(error.with_endpoint(endpoint).with_status(status, content_type(&headers))),
    }
}

enum Head {
    Json(Vec<u8>),
    Binary(Bytes),
}

async fn classify(incoming: &mut Incoming, declared: Declared, json_cap: usize) -> Result<Head> {
    let mut head = incoming.chunk().await?.ok_or_else(empty)?;
    // Nearly always decided by the first chunk, which is then handed on without being copied.
    let mut ended = false;
    let verdict = loop {
        let verdict = sniff(&head);
        let open = match verdict {
            Sniff::Undecided => true,
            Sniff::Binary => declared.wants_more(&head),
            Sniff::Brace | Sniff::Markup => false,
        };
        if ended || !open {
            break verdict;
        }
        match incoming.chunk().await? {
            Some(more) => head = [head, more].concat().into(),
            None => ended = true,
        }
    };
    match verdict {
        Sniff::Markup if declared != Declared::Drawing => {
            let xml = ["<?xml", "<xml"].iter().any(|tag| sniff::begins_with(&head, tag));
            Err(unexpected(if xml { "XML" } else { "an HTML page" }, &head))
        }
        Sniff::Brace if incoming.total().is_none_or(|total| total <= json_cap as u64) => {
            whole(incoming, head, declared, json_cap).await
        }
        Sniff::Undecided if head.trim_ascii().is_empty() => Err(empty()),
        _ if declared.is_report(&head, ended) => Err(unexpected("text", &head)),
        _ => Ok(Head::Binary(head)),
    }
}

/// Reads on where a response begins like JSON, until it is known to be that.
async fn whole(incoming: &mut Incoming, head: Bytes, declared: Declared, json_cap: usize) -> Result<Head> {
    let mut all = Vec::from(head);
    let mut ended = false;
    while all.len() <= json_cap && !ended {
        match incoming.chunk().await? {
            Some(more) => all.extend_from_slice(&more),
            None => ended = true,
        }
    }
    if all.len() <= json_cap && sniff::is_object(&all) {
        return Ok(Head::Json(all));
    }
    if sniff::is_envelope(&all) {
        let error = Error::new(ErrorKind::Decode, "the response is an error report that can't be read");
        return Err(error.with_excerpt(excerpt(&all)));
    }
    if declared.is_report(&all, ended) {
        return Err(unexpected("text", &all));
    }
    Ok(Head::Binary(all.into()))
}

fn empty() -> Error {
    Error::new(ErrorKind::Decode, "expected a file, got an empty response")
}

fn unexpected(what: &str, body: &[u8]) -> Error {
    Error::new(ErrorKind::Decode, format!("expected a file, got {what}")).with_excerpt(excerpt(body))
}

/// The beginning of a response, for an error.
fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..EXCERPT).unwrap_or(bytes)).into_owned();
    if bytes.len() > EXCERPT {
        text + "…"
    } else {
        text
    }
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
}
