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
use crate::record::Target;
use crate::wire::coding::Unpacker;
use crate::wire::decode::{self, Head};
use crate::wire::download;
use crate::wire::transport::{OwnConnection, RequestBody, ResponseBody, Transport};

/// Before a gateway is asked again. Token requests are never closer together.
const GATEWAY_PAUSE: Duration = Duration::from_secs(1);

/// A request that must be made anew each time it is sent.
pub(crate) type Make<'a> = &'a (dyn Fn() -> Result<http::Request<RequestBody>> + Sync);

/// Makes a JSON call that may be repeated: once more, over a connection of its own, if it broke before the response
/// began. For the sources of tokens.
pub(crate) async fn ask(
    transport: &dyn Transport,
    meta: &Meta,
    make: Make<'_>,
    repeatable: bool,
    largest: usize,
    target: &mut dyn Target,
) -> Result<()> {
    let mut repeatable = repeatable;
    let mut request = make()?;
    let address = request.uri().clone();
    loop {
        let error = match transport.send(request).await {
            Ok(response) => {
                let head = head_of(&response);
                let body = read_json(&mut response.into_body(), &head, largest, None).await?;
                if head.is_success() {
                    return decode::decode(meta, &head, &body, target);
                }
                let error = decode::judge_unwanted(meta, &head, &body);
                if !repeatable || !is_gateway(&error) {
                    return Err(error);
                }
                // The server was reached: what keeps it from answering is given a moment.
                tokio::time::sleep(GATEWAY_PAUSE).await;
                error
            }
            Err(error) if !repeatable || error.is_timeout() => return Err(error.unanswered(&address)),
            Err(error) => error.unanswered(&address),
        };
        // Not the whole error: it may quote an address in which somebody put a password.
        tracing::debug!(
            endpoint = meta.name,
            kind = ?error.kind(),
            status = error.status(),
            "sending again over a new connection"
        );
        repeatable = false;
        request = make()?;
        request.extensions_mut().insert(OwnConnection);
    }
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
