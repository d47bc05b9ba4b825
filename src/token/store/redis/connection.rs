//! The connections of a `RedisStore`, of each tokio runtime one: made when it is needed, kept until it is of no use.
//! What is of no use is decided in `link.rs`.

use std::future::Future;
use std::sync::{Arc, PoisonError};

use redis::aio::MultiplexedConnection;
use redis::cluster_async::ClusterConnection;
use redis::{ErrorKind, RedisResult};
use tokio::runtime::{Handle, Id};
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

#[derive(Clone)]
pub(super) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// The connections of all runtimes that ask.
///
/// A connection is driven by a task of the runtime on which it was made: when nobody drives that one, whoever asks over
/// it from elsewhere waits in vain.
#[derive(Default)]
pub(super) struct Connections(std::sync::Mutex<Vec<Of>>);

/// The connection of one runtime.
struct Of {
    runtime: Id,
    slot: Arc<Slot>,
    /// Ends with the runtime.
    witness: AbortHandle,
}

impl Drop for Of {
    fn drop(&mut self) {
        self.witness.abort();
    }
}

impl Connections {
    /// The place for the connection of this runtime. Those of runtimes that have ended are dropped.
    pub(super) fn slot(&self) -> RedisResult<Arc<Slot>> {
        let runtime = Handle::try_current()
            .map_err(|_| (ErrorKind::InvalidClientConfig, "asking a Redis server needs a tokio runtime"))?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // An ended runtime's number may be that of another one by now.
        all.retain(|of| !of.witness.is_finished());
        if let Some(of) = all.iter().find(|of| of.runtime == runtime.id()) {
            return Ok(Arc::clone(&of.slot));
        }
        let witness = runtime.spawn(std::future::pending::<()>()).abort_handle();
        let slot = Arc::<Slot>::default();
        all.push(Of { runtime: runtime.id(), slot: Arc::clone(&slot), witness });
        Ok(slot)
    }
}

/// The place for a connection.
#[derive(Default)]
pub(super) struct Slot(Mutex<Option<Arc<Connection>>>);

impl Slot {
    /// The connection, and whether it had been made before. Whoever comes while one is being made waits for it.
    pub(super) async fn connection<F>(&self, make: impl FnOnce() -> F) -> RedisResult<(Arc<Connection>, bool)>
    where
        F: Future<Output = RedisResult<Connection>>,
    {
        let mut slot = self.0.lock().await;
        if let Some(connection) = &*slot {
            return Ok((Arc::clone(connection), true));
        }
        let made = Arc::new(make().await?);
        Ok((Arc::clone(slot.insert(made)), false))
    }

    /// Gives up this connection, unless another one has taken its place.
    pub(super) async fn forget(&self, connection: &Arc<Connection>) {
        self.0.lock().await.take_if(|current| Arc::ptr_eq(current, connection));
    }
}
