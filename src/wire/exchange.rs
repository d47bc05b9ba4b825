//! One request and what comes back of it, by any transport: the head of a response, a body that is JSON, and the
//! calls that fetch tokens. Whether a call is repeated is decided in `client/send.rs`.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode, Uri};
use url::Url;

use crate::endpoint::meta::Meta;
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;
use crate::record::Target;
use crate::wire::coding::Unpacker;
use crate::wire::decode::{self, Head};
use crate::wire::download;
use crate::wire::interceptor::{Interceptors, Watch, Watched};
use crate::wire::transport::{OwnConnection, RequestBody, ResponseBody, Sent, Transport};

/// A request that must be made anew each time it is sent.
pub(crate) type Make<'a> = &'a (dyn Fn() -> Result<http::Request<RequestBody>> + Sync);

/// A JSON call that needs no token, for the sources of tokens.
pub(crate) struct Ask<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) interceptors: &'a Interceptors,
    pub(crate) app_id: &'a str,
    pub(crate) meta: &'static Meta,
    /// It may be sent again if its connection broke.
    pub(crate) repeatable: bool,
    /// Waits until it may be sent again; told whether the first request may have reached somebody.
    pub(crate) before_repeat: fn(bool) -> BoxFuture<'static, ()>,
    /// The largest response that is read, in bytes.
    pub(crate) largest: usize,
}

impl Ask<'_> {
    /// Makes the call; once more, over a connection of its own, if it broke before the response began and may be
    /// repeated. What may have reached the server is not repeated within a second.
    pub(crate) async fn json(mut self, make: Make<'_>, target: &mut dyn Target) -> Result<()> {
        let mut number = 1;
        let mut request = make()?;
        loop {
            let watching = Watch::begin(self.interceptors, self.app_id, self.meta, number, &request);
            let mut watched = match watching {
                Some(watching) => Some(watching.await?),
                None => None,
            };
            let ended = self.attempt(request, target, &mut watched).await;
            if let Some(watch) = &mut watched {
                watch.end(ended.as_ref().err().map(|(error, _)| error));
            }
            let error = match ended {
                Ok(()) => return Ok(()),
                Err((error, Again::No)) => return Err(error),
                Err((error, _)) if !self.repeatable => return Err(error),
                Err((error, again)) => {
                    (self.before_repeat)(again == Again::Later).await;
                    error
                }
            };
            // Not the whole error: it may quote an address in which somebody put a password.
            tracing::debug!(
                endpoint = self.meta.name,
                kind = ?error.kind(),
                status = error.status(),
                "sending again over a new connection"
            );
            self.repeatable = false;
            number += 1;
            request = make()?;
            request.extensions_mut().insert(OwnConnection);
        }
    }

    async fn attempt(
        &self,
        mut request: http::Request<RequestBody>,
        target: &mut dyn Target,
        watched: &mut Watched,
    ) -> Result<(), (Error, Again)> {
        let address = request.uri().clone();
        if let Some(watch) = watched {
            watch.sending(&mut request);
        }
        let response = self.transport.send(request).await.map_err(|error| {
            let again = match error.sent() {
                _ if error.is_timeout() => Again::No,
                Sent::No => Again::AtOnce,
                Sent::Maybe => Again::Later,
            };
            (error.unanswered(&address), again)
        })?;
        let head = head_of(&response);
        if let Some(watch) = watched {
            watch.answered(head.status, response.body().announced());
        }
        let body = read_json(&mut response.into_body(), &head, self.largest, None).await.map_err(for_good)?;
        if let Some(watch) = watched {
            watch.read(body.len());
        }
        if head.is_success() {
            return decode::decode(self.meta, &head, &body, target).map_err(for_good);
        }
        let error = decode::judge_unwanted(self.meta, &head, &body);
        let again = if is_gateway(&error) { Again::Later } else { Again::No };
        Err((error, again))
    }
}

/// Whether what failed may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    /// It has certainly reached nobody.
    AtOnce,
    /// The server may have been reached.
    Later,
}

fn for_good(error: Error) -> (Error, Again) {
    (error, Again::No)
}

/// A gateway in front of the platform says that the platform gave no response.
pub(crate) fn is_gateway(error: &Error) -> bool {
    error.kind() == ErrorKind::Status && matches!(error.status(), Some(502..=504))
}

/// The body of a response that is, or may be, JSON. One that is too large to be read does not hide the status that
/// it came with.
pub(crate) async fn read_json(
    body: &mut ResponseBody,
    head: &Head,
    largest: usize,
    idle: Option<Duration>,
) -> Result<Bytes> {
    let read = async {
        let body = download::read_json(body, largest, idle).await?;
        match Unpacker::of(head.content_encoding.as_ref())? {
            None => Ok(body),
            Some(unpacker) => unpacker.all(body, largest)?.ok_or_else(|| download::too_large(largest)),
        }
    };
    match read.await {
        Err(error)
            if matches!(error.kind(), ErrorKind::TooLarge | ErrorKind::Decode) && !head.is_success() =>
        {
            Ok(Bytes::new())
        }
        read => read,
    }
}

pub(crate) fn head_of<B>(response: &http::Response<B>) -> Head {
    let header = |name| response.headers().get(name).cloned();
    Head {
        status: response.status().as_u16(),
        content_type: header(CONTENT_TYPE),
        content_encoding: header(CONTENT_ENCODING),
        retry_after: header(RETRY_AFTER),
    }
}

/// Where a download is to be had instead: never from a protected connection to an open one, and without
/// credentials.
pub(crate) fn redirect(from: &Uri, status: StatusCode, headers: &HeaderMap) -> Option<Uri> {
    if !status.is_redirection() {
        return None;
    }
    let from = Url::parse(&from.to_string()).ok()?;
    let mut next = from.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    next.set_username("").ok()?;
    next.set_password(None).ok()?;
    next.set_fragment(None);
    let protected = from.scheme() == "https";
    if next.scheme() == "https" || next.scheme() == "http" && !protected {
        next.as_str().parse().ok()
    } else {
        None
    }
}

pub(crate) async fn within<T>(limit: Duration, step: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(limit, step).await.unwrap_or_else(|_| Err(timeout(limit)))
}

pub(crate) fn timeout(limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("no answer within {limit:?}"))
}
