//! The body of an upload: pieces in memory and open files, handed out in order with an exact length.
//! What the pieces say is put together in `upload.rs`.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{ready, Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::ReadBuf;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::record::part::Reader;

/// The most that is handed to the connection at once: small enough that a slow line still shows that it
/// moves, large enough to cost nothing.
pub(crate) const CHUNK: usize = 64 * 1024;

/// A stretch of a body.
pub(super) enum Piece {
    Bytes(Bytes),
    Reader(Box<Source>),
}

impl Piece {
    /// The `length` bytes of a reader, which `what` names in errors.
    pub(super) fn reader(reader: Reader, length: u64, what: String) -> Self {
        let source =
            Source { reader: Mutex::new(reader), length, left: length, buffer: Vec::new(), filled: 0, what };
        Self::Reader(Box::new(source))
    }

    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Reader(source) => source.left,
        }
    }
}

/// An open file or stream and how much of it is still due.
pub(super) struct Source {
    /// A body must be `Sync`, a reader need not be. Nobody ever locks this.
    reader: Mutex<Reader>,
    length: u64,
    left: u64,
    buffer: Vec<u8>,
    filled: usize,
    what: String,
}

impl Source {
    /// The next chunk. The last one is given only when the reader has ended with it: the peer takes a body for
    /// complete once its length is reached, so that an error after it would come too late.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        if self.left == 0 {
            return Poll::Ready(Ok(None));
        }
        if self.buffer.is_empty() {
            // One byte more than is due shows a reader that goes on.
            let size = if self.left <= CHUNK as u64 { self.left as usize + 1 } else { CHUNK };
            self.buffer = vec![0; size];
        }
        let reader = self.reader.get_mut().unwrap_or_else(PoisonError::into_inner);
        while let Some(room) = self.buffer.get_mut(self.filled..).filter(|room| !room.is_empty()) {
            let mut room = ReadBuf::new(room);
            let read = ready!(reader.as_mut().poll_read(cx, &mut room));
            if let Err(error) = read {
                return Poll::Ready(Err(Error::io(format!("can't read {}", self.what), error)));
            }
            match room.filled().len() {
                0 => break,
                more => self.filled += more,
            }
        }
        let filled = std::mem::take(&mut self.filled);
        let mut chunk = std::mem::take(&mut self.buffer);
        let ended = filled < chunk.len();
        if filled as u64 > self.left {
            let message = format!("{} is longer than the {} bytes announced", self.what, self.length);
            return Poll::Ready(Err(Error::new(ErrorKind::Io, message)));
        }
        self.left -= filled as u64;
        if ended && self.left > 0 {
            let sent = self.length - self.left;
            let message = format!("{} ended after {sent} of the {} bytes announced", self.what, self.length);
            return Poll::Ready(Err(Error::new(ErrorKind::Io, message)));
        }
        chunk.truncate(filled);
        Poll::Ready(Ok(Some(chunk.into())))
    }
}

/// A request body made of pieces.
pub(crate) struct Outgoing {
    left: u64,
    progress: Arc<Progress>,
}

impl Outgoing {
    /// The body, and what tells how it gets on.
    pub(super) fn new(pieces: Vec<Piece>) -> (Self, Activity) {
        let left = pieces.iter().map(Piece::length).fold(0, u64::saturating_add);
        let progress = Arc::new(Progress {
            began: Instant::now(),
            last: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            pieces: Mutex::new(pieces.into()),
            waker: Mutex::new(None),
        });
        (Self { left, progress: Arc::clone(&progress) }, Activity(progress))
    }

    pub(super) fn length(&self) -> u64 {
        self.left
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        let mut pieces = self.progress.pieces();
        while let Some(piece) = pieces.front_mut() {
            let chunk = match piece {
                Piece::Bytes(bytes) => {
                    Some(bytes.split_to(bytes.len().min(CHUNK))).filter(|chunk| !chunk.is_empty())
                }
                Piece::Reader(source) => ready!(source.poll_chunk(cx))?,
            };
            if chunk.is_some() {
                return Poll::Ready(Ok(chunk));
            }
            pieces.pop_front();
        }
        Poll::Ready(Ok(None))
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        self.progress.waits(cx);
        if self.progress.cancelled.load(Ordering::Acquire) {
            let error = Error::new(ErrorKind::Transport, "the upload was cancelled");
            return Poll::Ready(Some(Err(error)));
        }
        let chunk = ready!(self.poll_chunk(cx));
        match &chunk {
            Ok(Some(bytes)) => {
                self.left = self.left.saturating_sub(bytes.len() as u64);
                self.progress.touch();
            }
            Ok(None) => {}
            Err(_) => self.progress.pieces().clear(),
        }
        Poll::Ready(chunk.map(|bytes| bytes.map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("left", &self.left).finish_non_exhaustive()
    }
}

/// What body and sender of an upload know of each other.
struct Progress {
    began: Instant,
    /// When the upload last moved, in milliseconds after `began`.
    last: AtomicU64,
    cancelled: AtomicBool,
    /// What is still to be sent. Here, since the connection may keep the body until its peer has read what was sent.
    pieces: Mutex<VecDeque<Piece>>,
    /// The task of the connection.
    waker: Mutex<Option<Waker>>,
}

impl Progress {
    fn touch(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(elapsed, Ordering::Relaxed);
    }

    fn pieces(&self) -> MutexGuard<'_, VecDeque<Piece>> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waits(&self, cx: &Context<'_>) {
        let mut waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
    }
}

/// The sender's side of an upload. Dropping it cancels what is still to be sent.
///
/// A connection that waits for its peer to read on does not notice by itself that nobody waits for the response any
/// more, so it is woken, and files are closed at once. Its socket is closed when the peer has read what was sent.
pub(crate) struct Activity(Arc<Progress>);

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activity").field("last", &self.0.last).finish_non_exhaustive()
    }
}

impl Activity {
    /// The upload begins, or goes on.
    pub(crate) fn touch(&self) {
        self.0.touch();
    }

    /// Returns when nothing has moved for `idle`, and that is never if it always moves. Waiting for the
    /// response after the last piece counts as silence too.
    ///
    /// To be raced against the sending.
    pub(crate) async fn stalled(&self, idle: Duration) {
        loop {
            let last = Duration::from_millis(self.0.last.load(Ordering::Relaxed));
            let Some(deadline) = self.0.began.checked_add(last).and_then(|last| last.checked_add(idle))
            else {
                // Further than the clock reaches: that is for ever.
                return std::future::pending().await;
            };
            if deadline <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        self.0.cancelled.store(true, Ordering::Release);
        self.0.pieces().clear();
        let waker = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
