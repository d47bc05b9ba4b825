//! A body as it arrives: its length watched, and how long it may be silent.
//! What the bytes are, and where they go, is decided in `download.rs`.

use std::future::{poll_fn, Future};
use std::pin::Pin;
use std::task::{ready, Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body as _;
use tokio::time::{Instant, Sleep};

use crate::error::{Error, ErrorKind, Result};
use crate::wire::coding::Unpacker;
use crate::wire::transport::ResponseBody;

pub(super) struct Incoming {
    body: ResponseBody,
    /// For a body that came compressed; `total` and `read` count what comes, not what becomes of it.
    unpacker: Option<Unpacker>,
    total: Option<u64>,
    read: u64,
    idle: Option<Duration>,
    /// Made at the first wait, then wound up again for each further one.
    alarm: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Incoming {
    pub(super) fn new(
        body: ResponseBody,
        unpacker: Option<Unpacker>,
        total: Option<u64>,
        idle: Option<Duration>,
    ) -> Self {
        Self { body, unpacker, total, read: 0, idle, alarm: None, waiting: false }
    }

    /// The length of the content that was announced, in bytes.
    pub(super) fn total(&self) -> Option<u64> {
        self.total.filter(|_| self.unpacker.is_none())
    }

    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// The next bytes of the content, never none of them; `None` at the end.
    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            if let Some(bytes) = self.unpacker.as_mut().map_or(Ok(None), Unpacker::next)? {
                return Poll::Ready(Ok(Some(bytes)));
            }
            let received = ready!(self.poll_received(cx))?;
            match (&mut self.unpacker, received) {
                (None, received) => return Poll::Ready(Ok(received)),
                (Some(unpacker), Some(packed)) => unpacker.push(packed),
                (Some(unpacker), None) => return Poll::Ready(unpacker.finish()),
            }
        }
    }

    /// The next bytes as they come.
    fn poll_received(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                ready!(self.poll_alarm(cx));
                return Poll::Ready(Err(silent(self.idle.unwrap_or_default())));
            };
            self.waiting = false;
            match frame.transpose() {
                // Anything that is no data is trailers, which nobody asked for.
                Ok(Some(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => {
                        self.read += data.len() as u64;
                        return Poll::Ready(Ok(Some(data)));
                    }
                    _ => continue,
                },
                Ok(None) => return Poll::Ready(check_length(self.total, self.read).map(|()| None)),
                Err(error) => return Poll::Ready(Err(error.cut_off())),
            }
        }
    }

    /// Ready when the body has been silent for too long. Only the time in which somebody waits for it counts.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Silence longer than the clock reaches needs no alarm.
        let Some(deadline) = self.idle.and_then(|idle| Instant::now().checked_add(idle)) else {
            return Poll::Pending;
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if !self.waiting {
            self.waiting = true;
            alarm.as_mut().reset(deadline);
        }
        alarm.as_mut().poll(cx)
    }
}

pub(super) fn silent(idle: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("nothing arrived for {idle:?}"))
}

pub(super) fn check_length(announced: Option<u64>, read: u64) -> Result<()> {
    match announced {
        Some(total) if read < total => {
            Err(Error::new(ErrorKind::Transport, format!("the body ended after {read} of {total} bytes")))
        }
        _ => Ok(()),
    }
}
