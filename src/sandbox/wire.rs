//! A connection taken away from the HTTP engine, to write what the engine would refuse to.
//! Who accepts connections stands in `server.rs`.

use std::convert::Infallible;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tokio::sync::mpsc;

#[derive(Clone)]
pub(crate) struct Wire(mpsc::UnboundedSender<Bytes>);

impl Wire {
    /// A wire, and where its orders arrive.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Bytes>) {
        let (sender, orders) = mpsc::unbounded_channel();
        (Self(sender), orders)
    }

    /// Writes the bytes as they are and closes the connection; never returns.
    pub(crate) async fn write(&self, bytes: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
        // Without a receiver the connection is gone, and this future with it.
        let _ = self.0.send(bytes);
        std::future::pending().await
    }
}
