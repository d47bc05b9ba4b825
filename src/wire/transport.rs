//! How a request travels: a request out, a response in, both with streaming bodies, behind a trait.
//! What is asked is put together in `encode.rs`; the transports of this crate stand in `transport/`.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Uri;
use http_body::{Body, Frame, SizeHint};

use crate::error::{Error, ErrorKind};
use crate::future::BoxFuture;
use crate::wire::upload::Outgoing;

pub(crate) mod default;
#[cfg(feature = "hyper")]
pub(crate) mod hyper;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod pool;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod proxy;
#[cfg(feature = "reqwest")]
pub(crate) mod reqwest;
pub(crate) mod settings;
#[cfg(all(feature = "rustls", any(feature = "reqwest", feature = "hyper")))]
mod tls;

/// Carries requests to the platform and brings its responses back.
///
/// `Reqwest` (feature `reqwest`) is the default, or `Hyper` (feature `hyper`) where that is the only one.
/// [`ClientBuilder::transport`](crate::ClientBuilder::transport) takes another one: your own, or one that wraps another
/// to count, record, sign or fail on purpose.
///
/// A transport
/// - sends the request as it is, and follows no redirect: its query holds the access token, its body may hold the
///   secret, so it logs neither and adds no `Referer`;
/// - limits the time that connecting takes, and no other: the client drops the future when the time of a call is up,
///   which must cancel the request;
/// - says [`Sent::No`] only of what certainly did not reach the server;
/// - heeds [`OwnConnection`] among the extensions of a request.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use std::sync::Arc;
///
/// use weixin::network::GetCallbackIp;
/// use weixin::transport::{RequestBody, ResponseBody, Sent, Transport, TransportError};
/// use weixin::{BoxFuture, Client, Result};
///
/// type Exchange<'a> = BoxFuture<'a, Result<http::Response<ResponseBody>, TransportError>>;
///
/// /// A transport of its own: answers everything with a token that is also a list of addresses.
/// struct Canned;
///
/// impl Transport for Canned {
///     fn send(&self, _request: http::Request<RequestBody>) -> Exchange<'_> {
///         let body = r#"{"access_token":"81_x","expires_in":7200,"ip_list":["127.0.0.1"]}"#;
///         Box::pin(async move { Ok(http::Response::new(ResponseBody::from(body))) })
///     }
/// }
///
/// /// One that wraps another: refuses to send the first request, and counts all.
/// struct Lossy<T>(T, Arc<AtomicUsize>);
///
/// impl<T: Transport> Transport for Lossy<T> {
///     fn send(&self, request: http::Request<RequestBody>) -> Exchange<'_> {
///         if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
///             return Box::pin(async { Err(TransportError::new(Sent::No, "refused on purpose")) });
///         }
///         self.0.send(request)
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let sent = Arc::new(AtomicUsize::new(0));
/// let transport = Lossy(Canned, Arc::clone(&sent));
/// let client = Client::builder("wx_appid", "app_secret").transport(transport).build()?;
/// assert_eq!(client.get_callback_ip(GetCallbackIp::new()).await?.ip_list, ["127.0.0.1"]);
/// // The token was asked for twice: what may be repeated is, once, and at once because it certainly reached nobody.
/// assert_eq!(sent.load(Ordering::SeqCst), 3);
/// # Ok::<(), weixin::Error>(()) }).unwrap();
/// ```
///
/// # Recording
/// One that keeps what was answered, for a test to be replayed. Of the address only the path: its query holds the token.
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use http_body_util::BodyExt;
/// use weixin::transport::{RequestBody, ResponseBody, Transport, TransportError};
/// use weixin::{BoxFuture, Result};
///
/// type Exchange<'a> = BoxFuture<'a, Result<http::Response<ResponseBody>, TransportError>>;
///
/// struct Recorder<T>(T, Arc<Mutex<Vec<(String, Vec<u8>)>>>);
///
/// impl<T: Transport> Transport for Recorder<T> {
///     fn send(&self, request: http::Request<RequestBody>) -> Exchange<'_> {
///         let path = request.uri().path().to_owned();
///         let sending = self.0.send(request);
///         Box::pin(async move {
///             let (head, body) = sending.await?.into_parts();
///             let body = body.collect().await?.to_bytes();
///             self.1.lock().unwrap().push((path, body.to_vec()));
///             Ok(http::Response::from_parts(head, ResponseBody::from(body)))
///         })
///     }
/// }
/// # struct Canned;
/// # impl Transport for Canned {
/// #     fn send(&self, _request: http::Request<RequestBody>) -> Exchange<'_> {
/// #         let body = r#"{"access_token":"81_x","expires_in":7200,"ip_list":["127.0.0.1"]}"#;
/// #         Box::pin(async move { Ok(http::Response::new(ResponseBody::from(body))) })
/// #     }
/// # }
/// # use weixin::{network::GetCallbackIp, Client};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let kept = Arc::default();
/// # let transport = Recorder(Canned, Arc::clone(&kept));
/// # let client = Client::builder("wx_appid", "app_secret").transport(transport).build()?;
/// # client.get_callback_ip(GetCallbackIp::new()).await?;
/// # let kept: Vec<_> = kept.lock().unwrap().iter().map(|(path, body)| (path.clone(), body.len())).collect();
/// # assert_eq!(kept, [("/cgi-bin/stable_token".to_owned(), 65), ("/cgi-bin/getcallbackip".to_owned(), 65)]);
/// # Ok::<(), weixin::Error>(()) }).unwrap();
/// ```
///
/// # Signing
/// One that signs what it sends, for a gateway that checks it.
/// ```
/// use http::HeaderValue;
/// use sha1_smol::Sha1;
/// use weixin::transport::{RequestBody, ResponseBody, Sent, Transport, TransportError};
/// use weixin::{BoxFuture, Result};
///
/// type Exchange<'a> = BoxFuture<'a, Result<http::Response<ResponseBody>, TransportError>>;
///
/// struct Signing<T> {
///     inner: T,
///     key: String,
/// }
///
/// impl<T: Transport> Transport for Signing<T> {
///     fn send(&self, mut request: http::Request<RequestBody>) -> Exchange<'_> {
///         let mut hash = Sha1::from(&self.key);
///         hash.update(request.uri().path().as_bytes());
///         // A file that is uploaded is read piece by piece: of it there are no bytes yet.
///         hash.update(request.body().as_bytes().unwrap_or_default());
///         match HeaderValue::from_str(&hash.digest().to_string()) {
///             Ok(signature) => request.headers_mut().insert("x-signature", signature),
///             Err(error) => return Box::pin(async { Err(TransportError::new(Sent::No, error)) }),
///         };
///         self.inner.send(request)
///     }
/// }
/// # struct Gateway;
/// # impl Transport for Gateway {
/// #     fn send(&self, request: http::Request<RequestBody>) -> Exchange<'_> {
/// #         let signature = request.headers()["x-signature"].to_str().unwrap().to_owned();
/// #         let right = Sha1::from("key/cgi-bin/getcallbackip").digest().to_string();
/// #         assert_eq!(signature == right, request.uri().path() == "/cgi-bin/getcallbackip");
/// #         let body = r#"{"access_token":"81_x","expires_in":7200,"ip_list":["127.0.0.1"]}"#;
/// #         Box::pin(async move { Ok(http::Response::new(ResponseBody::from(body))) })
/// #     }
/// # }
/// # use weixin::{network::GetCallbackIp, Client};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let transport = Signing { inner: Gateway, key: "key".to_owned() };
/// # let client = Client::builder("wx_appid", "app_secret").transport(transport).build()?;
/// # assert_eq!(client.get_callback_ip(GetCallbackIp::new()).await?.ip_list, ["127.0.0.1"]);
/// # Ok::<(), weixin::Error>(()) }).unwrap();
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and returns the head of the response, whose body is read as it is asked for.
    ///
    /// # Errors
    /// Whatever kept the response from beginning. A response with an error status is no error here.
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
        (**self).send(request)
    }
}

/// An extension of a request that must neither use a connection that another request used nor leave one behind.
///
/// Set where a request is repeated because its connection broke: idle connections of the same age may be broken too.
/// And for uploads, whose connection is of no use once the server has answered early and stopped reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnConnection;

/// The body of a request, whose exact length is always known: it is never sent in chunks.
#[derive(Debug, Default)]
pub struct RequestBody(Content);

#[derive(Debug, Default)]
pub(crate) enum Content {
    #[default]
    None,
    Bytes(Bytes),
    Upload(Outgoing),
}

impl RequestBody {
    /// No body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The whole body, unless it is an upload, which is read piece by piece.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.0 {
            Content::None => Some(&[]),
            Content::Bytes(bytes) => Some(bytes),
            Content::Upload(_) => None,
        }
    }

    pub(crate) fn upload(body: Outgoing) -> Self {
        Self(Content::Upload(body))
    }

    #[cfg(feature = "reqwest")]
    pub(crate) fn into_content(self) -> Content {
        self.0
    }
}

/// These bytes, even if there are none of them.
impl<B: Into<Bytes>> From<B> for RequestBody {
    fn from(bytes: B) -> Self {
        Self(Content::Bytes(bytes.into()))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.0 {
            Content::None => Poll::Ready(None),
            Content::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Content::Upload(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::None => true,
            Content::Bytes(bytes) => bytes.is_empty(),
            Content::Upload(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::None => SizeHint::with_exact(0),
            Content::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Upload(body) => body.size_hint(),
        }
    }
}

/// The body of a response, read as it arrives.
pub struct ResponseBody(Incoming);

enum Incoming {
    Bytes(Bytes),
    /// Never locked: it makes the body `Sync`, whatever the connection is.
    Stream(Mutex<Pin<Box<dyn Stream>>>),
}

/// A body whose errors are a transport's.
trait Stream: Send {
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>>;
    fn size(&self) -> SizeHint;
}

impl<B> Stream for B
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.poll_frame(cx)
            .map(|frame| frame.map(|frame| frame.map_err(|error| TransportError::new(Sent::Maybe, error))))
    }

    fn size(&self) -> SizeHint {
        self.size_hint()
    }
}

impl ResponseBody {
    /// The body that a connection delivers. Its errors become a [`TransportError`].
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self(Incoming::Stream(Mutex::new(Box::pin(body))))
    }

    /// The whole length in bytes, where the server announced it.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.size_hint().exact()
    }
}

/// A body that is complete.
impl<B: Into<Bytes>> From<B> for ResponseBody {
    fn from(bytes: B) -> Self {
        Self(Incoming::Bytes(bytes.into()))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        match &mut self.0 {
            Incoming::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Incoming::Stream(stream) => {
                stream.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll_next(cx)
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Incoming::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Incoming::Stream(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).size(),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("length", &self.announced()).finish_non_exhaustive()
    }
}

/// Whether a request that failed can have reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// Certainly not: there was no connection.
    No,
    /// It may have been received, and carried out.
    Maybe,
}

/// Why a [`Transport`] brought no response, or not the whole of one.
///
/// Its source must not show the request's address, which holds the access token.
#[derive(Clone, Debug)]
pub struct TransportError {
    sent: Sent,
    timed_out: bool,
    source: Arc<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// A failure, and whether the request can have reached the server before it.
    pub fn new(sent: Sent, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { sent, timed_out: false, source: source.into().into() }
    }

    /// A failure before anything reached the server.
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    fn unsent(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Sent::No, source)
    }

    /// The failure is that something took too long, like connecting.
    #[must_use]
    pub fn timed_out(mut self) -> Self {
        self.timed_out = true;
        self
    }

    /// Whether the request can have reached the server.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// Whether something took too long.
    pub fn is_timeout(&self) -> bool {
        self.timed_out
    }

    /// The crate's error for a request without a response.
    pub(crate) fn unanswered(self, address: &Uri) -> Error {
        if let Some(own) = own_error(&*self.source) {
            return own;
        }
        match (self.sent, self.timed_out) {
            (Sent::No, _) => Error::unreachable(&server(address), self.source),
            (Sent::Maybe, true) => slow(self.source),
            (Sent::Maybe, false) => Error::broken(&server(address), self.source),
        }
    }

    /// The crate's error for a response whose body ends too early.
    pub(crate) fn cut_off(self) -> Error {
        match own_error(&*self.source) {
            Some(own) => own,
            None if self.timed_out => slow(self.source),
            None => Error::new(ErrorKind::Transport, "the body broke off").caused_by(self.source),
        }
    }
}

fn slow(source: Arc<dyn StdError + Send + Sync>) -> Error {
    Error::new(ErrorKind::Timeout, "the call took longer than allowed").caused_by(source)
}

/// Host and port of an address, and nothing else of it.
fn server(address: &Uri) -> String {
    let host = address.host().unwrap_or("the server");
    let usual = match address.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    };
    match address.port_u16().or(usual) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The crate's own error inside one of the connection: why an upload's body could not be read to its end, say.
pub(crate) fn own_error(error: &(dyn StdError + 'static)) -> Option<Error> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(own) = inner.downcast_ref::<Error>() {
            return Some(own.clone());
        }
        cause = inner.source();
    }
    None
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.sent {
            Sent::No => "the request was not sent",
            Sent::Maybe => "the request may have been sent",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
