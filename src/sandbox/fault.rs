//! Misbehaviour on demand: what a fault does, and the list of those that still wait for their request.
//! Carrying one out on the connection is the work of `route.rs` and `server.rs`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::StatusCode;

use crate::{Error, Result};

/// How the sandbox misbehaves, for [`Sandbox::inject_fault`](super::Sandbox::inject_fault).
///
/// A fault works once, unless [`times`](Fault::times) or [`always`](Fault::always) say otherwise. Every
/// kind can be delayed ([`after`](Fault::after)); those that answer can be cut short ([`cut`](Fault::cut)).
///
/// ```
/// use std::time::Duration;
/// use weixin::sandbox::Fault;
///
/// let busy = Fault::code(-1).times(2);
/// let proxy_down = Fault::status(502).body("<html>Bad Gateway</html>").header("content-type", "text/html");
/// let slow = Fault::pass().after(Duration::from_millis(300)).always();
/// let broken_off = Fault::pass().cut(100);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) delay: Duration,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) promise: Option<u64>,
    pub(crate) keep: Option<usize>,
    /// How many answers are left; `None`: until cleared.
    left: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) enum FaultKind {
    /// The answer that is due anyway.
    Pass,
    Code(i64, Option<String>),
    Respond(u16, Bytes),
    Raw(Bytes),
    Close,
    Hang,
}

impl Fault {
    fn new(kind: FaultKind) -> Self {
        Self { kind, delay: Duration::ZERO, headers: Vec::new(), promise: None, keep: None, left: Some(1) }
    }

    /// Answers this error code, with the platform's usual words for it (see [`message`](Fault::message)) and
    /// a request id, instead of carrying the request out.
    pub fn code(code: i64) -> Self {
        Self::new(FaultKind::Code(code, None))
    }

    /// Answers this HTTP status with an empty body (see [`body`](Fault::body)).
    pub fn status(status: u16) -> Self {
        Self::new(FaultKind::Respond(status, Bytes::new()))
    }

    /// Answers exactly this body with HTTP status 200 and content type `application/json; encoding=utf-8`.
    pub fn answer(body: impl Into<Bytes>) -> Self {
        Self::new(FaultKind::Respond(200, body.into()))
    }

    /// Writes exactly these bytes, status line and all, in place of an HTTP answer, and closes the
    /// connection.
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self::new(FaultKind::Raw(bytes.into()))
    }

    /// Closes the connection without an answer, after the request was read.
    pub fn close() -> Self {
        Self::new(FaultKind::Close)
    }

    /// Reads the request and never answers; the connection stays open until the sandbox is dropped.
    pub fn hang() -> Self {
        Self::new(FaultKind::Hang)
    }

    /// Carries the request out and answers as ever: something to delay or to cut.
    pub fn pass() -> Self {
        Self::new(FaultKind::Pass)
    }

    /// The message beside a [`code`](Fault::code), sent as it is; without effect on other kinds.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        if let FaultKind::Code(_, text) = &mut self.kind {
            *text = Some(message.into());
        }
        self
    }

    /// The body beside a [`status`](Fault::status); without effect on other kinds.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        if let FaultKind::Respond(_, bytes) = &mut self.kind {
            *bytes = body.into();
        }
        self
    }

    /// Sets a header of the answer, in place of one of the same name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Waits this long, in real time, before it happens.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Promises the whole body, sends its first `keep` bytes and closes the connection.
    pub fn cut(mut self, keep: usize) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Promises a body of `length` bytes, whatever follows, and closes the connection behind it.
    pub fn promise(mut self, length: u64) -> Self {
        self.promise = Some(length);
        self
    }

    /// Works for this many requests.
    pub fn times(mut self, count: u32) -> Self {
        self.left = Some(count);
        self
    }

    /// Works until [`Sandbox::clear_faults`](super::Sandbox::clear_faults).
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// The headers that can go onto the wire; [`Fault::check`] has refused the others.
    pub(crate) fn wire_headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> + '_ {
        self.headers.iter().filter_map(|(name, value)| wire_header(name, value))
    }

    pub(crate) fn check(&self) -> Result<()> {
        if let Some((name, _)) = self.headers.iter().find(|(name, value)| wire_header(name, value).is_none())
        {
            return Err(Error::config(format!("no HTTP header can be made of `{name}` and its value")));
        }
        if let FaultKind::Respond(status, _) = self.kind {
            let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() >= 200);
            status.ok_or_else(|| Error::config("a fault needs an HTTP status from 200 to 999"))?;
        }
        Ok(())
    }
}

fn wire_header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}

/// The faults that wait, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<(String, Fault)>>);

impl Faults {
    fn with<T>(&self, act: impl FnOnce(&mut Vec<(String, Fault)>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn add(&self, target: &str, fault: Fault) {
        self.with(|faults| faults.push((target.to_owned(), fault)));
    }

    pub(crate) fn clear(&self) {
        self.with(Vec::clear);
    }

    /// The fault that is due for a request to this endpoint or path, if any.
    pub(crate) fn take(&self, endpoint: Option<&str>, path: &str) -> Option<Fault> {
        self.with(|faults| {
            faults.retain(|(_, fault)| fault.left != Some(0));
            let due = |target: &str| target == "*" || target == path || Some(target) == endpoint;
            let (_, fault) = faults.iter_mut().find(|(target, _)| due(target))?;
            fault.left = fault.left.map(|left| left - 1);
            Some(fault.clone())
        })
    }
}
