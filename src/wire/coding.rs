//! Bodies that come compressed although nobody asked for it, as the standard allows and some gateways do.
//! Nothing is read from a connection here.

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderValue;

use crate::error::{Error, ErrorKind, Result};

/// How much is unpacked at once, in bytes: it becomes a thousand times as much at worst.
const STEP: usize = 4 * 1024;

/// Unpacks a body piece by piece.
pub(crate) struct Unpacker {
    decoder: MultiGzDecoder<Vec<u8>>,
    packed: Bytes,
}

impl Unpacker {
    /// What the `Content-Encoding` of a response calls for: nothing, most often.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] for a compression other than gzip.
    pub(crate) fn of(encoding: Option<&HeaderValue>) -> Result<Option<Self>> {
        let coding = encoding.map(HeaderValue::as_bytes).unwrap_or_default().trim_ascii();
        if is_any(coding, &["", "identity"]) {
            return Ok(None);
        }
        if !is_any(coding, &["gzip", "x-gzip"]) {
            let name = String::from_utf8_lossy(coding).into_owned();
            let message = format!("the response is compressed in a way that was not asked for ({name:?})");
            return Err(Error::new(ErrorKind::Decode, message));
        }
        Ok(Some(Self { decoder: MultiGzDecoder::new(Vec::new()), packed: Bytes::new() }))
    }

    /// Takes a piece of the body as it came.
    pub(crate) fn push(&mut self, packed: Bytes) {
        self.packed = packed;
    }

    /// The next bytes of the content, if what was pushed has more of them.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>> {
        while !self.packed.is_empty() {
            let step = self.packed.split_to(self.packed.len().min(STEP));
            let written = self.decoder.write_all(&step).and_then(|()| self.decoder.flush());
            written.map_err(unreadable)?;
            if let Some(bytes) = self.taken() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// The last bytes of the content, once the body has ended.
    pub(crate) fn finish(&mut self) -> Result<Option<Bytes>> {
        self.decoder.try_finish().map_err(unreadable)?;
        Ok(self.taken())
    }

    fn taken(&mut self) -> Option<Bytes> {
        let bytes = std::mem::take(self.decoder.get_mut());
        (!bytes.is_empty()).then(|| bytes.into())
    }

    /// The whole content of a body, of at most `cap` bytes; `None` if it is larger.
    pub(crate) fn all(mut self, packed: Bytes, cap: usize) -> Result<Option<Bytes>> {
        self.push(packed);
        let mut all = Vec::new();
        loop {
            let (bytes, last) = match self.next()? {
                Some(bytes) => (Some(bytes), false),
                None => (self.finish()?, true),
            };
            all.extend_from_slice(&bytes.unwrap_or_default());
            if all.len() > cap {
                return Ok(None);
            }
            if last {
                return Ok(Some(all.into()));
            }
        }
    }
}

fn is_any(coding: &[u8], names: &[&str]) -> bool {
    names.iter().any(|name| coding.eq_ignore_ascii_case(name.as_bytes()))
}

fn unreadable(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Transport, "the compressed body broke off or is damaged").with_source(error)
}
