//! The log of the requests that the sandbox received, and what it answered.
//! What a request means is none of its business.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::HeaderMap;
use tokio::sync::Notify;

use super::request::{pairs, Received};

/// A request that the sandbox received.
///
/// `Debug` shows neither query nor body: they hold tokens and secrets.
#[derive(Clone)]
pub struct LoggedRequest {
    received: Received,
    endpoint: Option<String>,
    status: Option<u16>,
    code: Option<i64>,
}

impl LoggedRequest {
    /// A request that has no answer yet.
    pub(crate) fn arriving(received: Received, endpoint: Option<&str>) -> Self {
        Self { received, endpoint: endpoint.map(str::to_owned), status: None, code: None }
    }

    /// The HTTP method, such as `POST`.
    pub fn method(&self) -> &str {
        &self.received.method
    }

    /// The path, as it came.
    pub fn path(&self) -> &str {
        &self.received.path
    }

    /// The query string as it came, still encoded, without the `?`; empty if there was none.
    pub fn query(&self) -> &str {
        &self.received.query
    }

    /// The decoded value of one parameter of the query.
    pub fn query_value(&self, name: &str) -> Option<String> {
        pairs(&self.received.query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The headers of the request.
    pub fn headers(&self) -> &HeaderMap {
        &self.received.headers
    }

    /// The body, byte for byte.
    pub fn body(&self) -> &Bytes {
        &self.received.body
    }

    /// Name of the endpoint that the request was for; `None` if it fits none.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// HTTP status of the answer; `None` while there is none, and for a connection that was closed or held
    /// without one.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The error code of the answer, 0 for a success; `None` where the answer has none to give: pictures,
    /// files, pages, and answers made up by a [`Fault`](super::Fault).
    pub fn code(&self) -> Option<i64> {
        self.code
    }
}

impl fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedRequest")
            .field("method", &self.received.method)
            .field("path", &self.received.path)
            .field("body", &format_args!("{} bytes", self.received.body.len()))
            .field("endpoint", &self.endpoint)
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    /// How many entries were cleared: the number of the first one that is kept.
    cleared: u64,
    kept: Vec<LoggedRequest>,
    counts: HashMap<String, usize>,
}

impl Log {
    fn with<T>(&self, act: impl FnOnce(&mut Entries) -> T) -> T {
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a request on its arrival; the number names it later.
    pub(crate) fn arrive(&self, received: Received, endpoint: Option<&str>) -> u64 {
        let entry = LoggedRequest::arriving(received, endpoint);
        let number = self.with(|entries| {
            if let Some(endpoint) = endpoint {
                *entries.counts.entry(endpoint.to_owned()).or_default() += 1;
            }
            entries.kept.push(entry);
            entries.cleared + entries.kept.len() as u64 - 1
        });
        self.arrived.notify_waiters();
        number
    }

    /// Notes what the request was answered.
    pub(crate) fn answered(&self, number: u64, status: u16, code: Option<i64>) {
        self.with(|entries| {
            let index = number.checked_sub(entries.cleared).and_then(|index| usize::try_from(index).ok());
            if let Some(entry) = index.and_then(|index| entries.kept.get_mut(index)) {
                (entry.status, entry.code) = (Some(status), code);
            }
        });
    }

    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        self.with(|entries| entries.kept.clone())
    }

    pub(crate) fn count(&self, endpoint: &str) -> usize {
        self.with(|entries| entries.counts.get(endpoint).copied().unwrap_or_default())
    }

    pub(crate) fn clear(&self) {
        self.with(|entries| {
            entries.cleared += entries.kept.len() as u64;
            entries.kept.clear();
            entries.counts.clear();
        });
    }

    /// Waits until `count` requests are in the log.
    pub(crate) async fn wait_for(&self, count: usize) {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            // Registered before looking, so that an arrival in between is not missed.
            arrived.as_mut().enable();
            if self.with(|entries| entries.kept.len()) >= count {
                return;
            }
            arrived.await;
        }
    }
}
