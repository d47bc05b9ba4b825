//! The way to the server of a `RedisStore`, or to the node of a cluster that has the keys: when a connection is given
//! up, and what is asked again. The connections themselves are kept in `connection.rs`; what is asked stands in
//! `redis.rs`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::{AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo};
use redis::{FromRedisValue, RedisError, RedisResult, ScriptInvocation, ServerErrorKind};

use super::connection::{Connection, Connections, Slot};

/// A cache gives a store two seconds: connecting and asking must fit in.
const PATIENCE: Duration = Duration::from_millis(900);

/// How often one question is asked at most: over a dead connection, of a server that turns out to belong to a cluster,
/// and of that cluster.
const MOST: u32 = 3;

pub(super) struct Link {
    /// A server by itself, or a node of a cluster whose others are not known yet.
    server: Option<Client>,
    cluster: OnceLock<ClusterClient>,
    connections: Connections,
}

/// A question without an answer.
struct Failure {
    error: RedisError,
    /// The connection over which it was asked; none if none could be made.
    connection: Option<Arc<Connection>>,
    /// Others had been asked over it before.
    reused: bool,
}

/// What is to be done about a failure.
enum Remedy {
    /// Nothing.
    None,
    /// The next question gets a new connection.
    Reconnect,
    /// This question is asked again over a new connection: it was refused unread, or its connection had died, and
    /// every script may be run twice.
    AskAgain,
    /// The same, of the cluster that this server turned out to belong to.
    AskCluster,
}

impl Link {
    pub(super) fn to_server(client: Client) -> Self {
        Self { server: Some(client), cluster: OnceLock::new(), connections: Connections::default() }
    }

    pub(super) fn to_cluster(client: ClusterClient) -> Self {
        Self { server: None, cluster: OnceLock::from(client), connections: Connections::default() }
    }

    /// Runs a script, once more if it reached the wrong server, or none because its connection had died.
    pub(super) async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        let slot = self.connections.slot()?;
        let mut asked = 1;
        loop {
            let failure = match self.try_run(&slot, script).await {
                Ok(found) => return Ok(found),
                Err(failure) => failure,
            };
            let remedy = self.remedy(&failure);
            if let (Some(connection), false) = (&failure.connection, matches!(remedy, Remedy::None)) {
                slot.forget(connection).await;
            }
            if let (Remedy::AskCluster, Some(server)) = (&remedy, &self.server) {
                let cluster = cluster([server.get_connection_info().clone()])?;
                self.cluster.get_or_init(|| cluster);
            }
            let again = matches!(remedy, Remedy::AskAgain | Remedy::AskCluster);
            if !again || asked >= MOST {
                return Err(failure.error);
            }
            asked += 1;
        }
    }

    async fn try_run<T: FromRedisValue>(
        &self,
        slot: &Slot,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Failure> {
        let (connection, reused) = slot.connection(|| self.connect()).await.map_err(|error| Failure {
            error,
            connection: None,
            reused: false,
        })?;
        let answer = match Connection::clone(&connection) {
            Connection::Server(mut connection) => script.invoke_async(&mut connection).await,
            Connection::Cluster(mut connection) => script.invoke_async(&mut connection).await,
        };
        answer.map_err(|error| Failure { error, connection: Some(connection), reused })
    }

    async fn connect(&self) -> RedisResult<Connection> {
        match (self.cluster.get(), &self.server) {
            (Some(cluster), _) => Ok(Connection::Cluster(cluster.get_async_connection().await?)),
            (None, Some(server)) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(PATIENCE))
                    .set_response_timeout(Some(PATIENCE));
                Ok(Connection::Server(server.get_multiplexed_async_connection_with_config(&config).await?))
            }
            (None, None) => Err((ErrorKind::InvalidClientConfig, "no server").into()),
        }
    }

    fn remedy(&self, failure: &Failure) -> Remedy {
        let error = &failure.error;
        let alone = matches!(failure.connection.as_deref(), Some(Connection::Server(_)));
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask) if alone => Remedy::AskCluster,
            // A primary no longer, or not yet one again: its name may lead to another server by now.
            ErrorKind::Server(
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::BusyLoading,
            ) => Remedy::AskAgain,
            // A server that doesn't answer may be gone without the connection knowing.
            _ if error.is_unrecoverable_error() || error.is_timeout() || error.is_io_error() => {
                match failure.reused {
                    true => Remedy::AskAgain,
                    false => Remedy::Reconnect,
                }
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
