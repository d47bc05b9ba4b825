//! The connection of a `RedisStore`: made when it is needed, given up when it is of no use any more, and the way to
//! the node of a cluster that has the keys. What is asked over it stands in `redis.rs`.

use std::sync::OnceLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo};
use redis::{FromRedisValue, RedisError, RedisResult, ScriptInvocation, ServerErrorKind};
use tokio::sync::Mutex;

/// A cache gives a store two seconds: connecting and asking must fit in.
const PATIENCE: Duration = Duration::from_millis(900);

pub(super) struct Link {
    /// A server by itself, or a node of a cluster whose others are not known yet.
    server: Option<Client>,
    cluster: OnceLock<ClusterClient>,
    connection: Mutex<Option<Connection>>,
}

#[derive(Clone)]
enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// What is to be done about an error.
enum Remedy {
    /// Nothing.
    None,
    /// The next question gets a new connection.
    Reconnect,
    /// This question is asked again over a new connection: it was refused unread.
    AskAgain,
    /// The same, of the cluster that this server turned out to belong to.
    AskCluster,
}

impl Link {
    pub(super) fn to_server(client: Client) -> Self {
        Self { server: Some(client), cluster: OnceLock::new(), connection: Mutex::default() }
    }

    pub(super) fn to_cluster(client: ClusterClient) -> Self {
        Self { server: None, cluster: OnceLock::from(client), connection: Mutex::default() }
    }

    /// Runs a script, a second time if the first one reached the wrong server.
    pub(super) async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        let error = match self.try_run(script).await {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        let remedy = self.remedy(&error);
        if !matches!(remedy, Remedy::None) {
            *self.connection.lock().await = None;
        }
        if let (Remedy::AskCluster, Some(server)) = (&remedy, &self.server) {
            let cluster = cluster([server.get_connection_info().clone()])?;
            self.cluster.get_or_init(|| cluster);
        }
        match remedy {
            Remedy::AskAgain | Remedy::AskCluster => self.try_run(script).await,
            Remedy::None | Remedy::Reconnect => Err(error),
        }
    }

    async fn try_run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        match self.connection().await? {
            Connection::Server(mut connection) => script.invoke_async(&mut connection).await,
            Connection::Cluster(mut connection) => script.invoke_async(&mut connection).await,
        }
    }

    /// The connection: the one at hand, or a new one. Whoever comes while one is being made waits for it.
    async fn connection(&self) -> RedisResult<Connection> {
        let mut connection = self.connection.lock().await;
        if let Some(connection) = &*connection {
            return Ok(connection.clone());
        }
        let made = match (self.cluster.get(), &self.server) {
            (Some(cluster), _) => Connection::Cluster(cluster.get_async_connection().await?),
            (None, Some(server)) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(PATIENCE))
                    .set_response_timeout(Some(PATIENCE));
                Connection::Server(server.get_multiplexed_async_connection_with_config(&config).await?)
            }
            (None, None) => return Err((ErrorKind::InvalidClientConfig, "no server").into()),
        };
        Ok(connection.insert(made).clone())
    }

    fn remedy(&self, error: &RedisError) -> Remedy {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask)
                if self.cluster.get().is_none() =>
            {
                Remedy::AskCluster
            }
            // A primary no longer, or not yet one again: its name may lead to another server by now.
            ErrorKind::Server(
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::BusyLoading,
            ) => Remedy::AskAgain,
            // A server that doesn't answer may be gone without the connection knowing.
            _ if error.is_unrecoverable_error() || error.is_timeout() || error.is_io_error() => {
                Remedy::Reconnect
            }
            _ => Remedy::None,
        }
    }
}

/// A client of the cluster to which these nodes belong.
pub(super) fn cluster(
    nodes: impl IntoIterator<Item = impl IntoConnectionInfo>,
) -> RedisResult<ClusterClient> {
    ClusterClientBuilder::new(nodes)
        .connection_timeout(PATIENCE)
        .response_timeout(PATIENCE)
        .retries(2)
        .build()
}
