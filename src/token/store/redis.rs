//! `RedisStore`: tokens in a Redis server or cluster, for processes on several hosts.
//! What the server is made to do stands in `redis/script.rs`, how it is reached in `redis/link.rs`.

mod connection;
mod link;
mod script;

use std::fmt;
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::{Client, FromRedisValue, RedisError, ScriptInvocation};

use self::link::Link;
use self::script::{Scripts, MEMORY};
use super::{Lease, StoredToken, TokenStore};
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;

/// A [`TokenStore`] in a Redis server (5 or later), for processes on several hosts.
///
/// The lock is a key with a random value and a life of its own (`SET NX PX`), given back only by whoever took it.
/// A token that is written late never replaces a newer one, and its life is that of its key, by the server's clock.
/// Of each token there are a few keys, like `{weixin:wx1234:stable_token}:lock`; the braces keep them together in
/// a cluster. None holds the AppSecret; the token itself stands in one of them, so guard the server as you would
/// guard the token.
///
/// A connection is made when it is first needed, one for each tokio runtime, and anew after it broke, or when the
/// server turns out to be a primary no longer; what was asked over it is asked again. The address of any node of a
/// cluster will do; see [`cluster`](Self::cluster).
///
/// ```no_run
/// # fn main() -> weixin::Result<()> {
/// let store = weixin::RedisStore::new("rediss://user:password@redis.example.com/0")?.prefix("shop:");
/// let client = weixin::Client::builder("wx_appid", "app_secret").token_store(store).build()?;
/// # let _ = client;
/// # Ok(()) }
/// ```
pub struct RedisStore {
    link: Link,
    prefix: String,
}

/// rustls asks its process-wide provider, for which the `redis` crate has no other way in. An error means that the
/// program has chosen one already.
fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl RedisStore {
    /// A store at an address like `redis://user:password@host:6379/0`; `rediss` for TLS, `unix` for a socket.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the address can't be read.
    pub fn new(url: &str) -> Result<Self> {
        install_crypto();
        let client = Client::open(url).map_err(|error| {
            Error::config(format!("the address of the Redis server can't be read ({})", error.category()))
        })?;
        Ok(Self::with_client(client))
    }

    /// A store in a cluster, some of whose nodes have these addresses. With several of them the store can begin
    /// while one is down; from then on it knows all nodes, and follows keys that move.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if there is no address, one can't be read, or they contradict each other.
    pub fn cluster<'a>(urls: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        install_crypto();
        let client = link::cluster(urls).map_err(|error| {
            let category = error.category();
            Error::config(format!("the addresses of the Redis cluster can't be read ({category})"))
        })?;
        Ok(Self::with_cluster_client(client))
    }

    /// A store behind a client of the `redis` crate, for settings of your own such as certificates.
    pub fn with_client(client: Client) -> Self {
        install_crypto();
        Self { link: Link::to_server(client), prefix: String::new() }
    }

    /// A store behind a cluster client of the `redis` crate. Give it timeouts below one second: the token cache
    /// waits two for an answer.
    pub fn with_cluster_client(client: ClusterClient) -> Self {
        install_crypto();
        Self { link: Link::to_cluster(client), prefix: String::new() }
    }

    /// What every key begins with, for a server that serves other programs too.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn key(&self, key: &str, what: &str) -> String {
        format!("{}{{{key}}}:{what}", self.prefix)
    }

    async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T> {
        self.link.run(script).await.map_err(down)
    }
}

impl TokenStore for RedisStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        Box::pin(async move {
            let mut call = Scripts::get().read.prepare_invoke();
            let found: Option<(String, u64, u64, u64)> = self.run(call.key(self.key(key, "token"))).await?;
            Ok(found.map(|(value, fence, left, age)| {
                StoredToken::new(value, fence, Duration::from_millis(left), Duration::from_millis(age))
            }))
        })
    }

    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        Box::pin(async move {
            let owner = Lease::unique_owner();
            let mut call = Scripts::get().lock.prepare_invoke();
            call.key(self.key(key, "lock")).key(self.key(key, "fence"));
            // A life of nothing is refused by the server.
            call.arg(&owner).arg(millis(ttl).max(1)).arg(MEMORY);
            let fence: Option<u64> = self.run(&call).await?;
            Ok(fence.map(|fence| Lease::new(key, owner, fence)))
        })
    }

    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut call = Scripts::get().write.prepare_invoke();
            call.key(self.key(&lease.key, "token")).key(self.key(&lease.key, "fence"));
            call.arg(lease.fence).arg(value).arg(millis(life)).arg(MEMORY).arg(Lease::unique_owner());
            self.run(&call).await
        })
    }

    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut call = Scripts::get().unlock.prepare_invoke();
            let _: bool = self.run(call.key(self.key(&lease.key, "lock")).arg(&lease.owner)).await?;
            Ok(())
        })
    }

    fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut call = Scripts::get().discard.prepare_invoke();
            self.run(call.key(self.key(key, "token")).arg(fence)).await
        })
    }

    fn acquire_forced_refresh<'a>(
        &'a self,
        key: &'a str,
        interval: Duration,
        per_day: u32,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut call = Scripts::get().force.prepare_invoke();
            call.key(self.key(key, "forced"));
            call.arg(millis(interval)).arg(per_day).arg(Lease::unique_owner());
            self.run(&call).await
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Says what is wrong without repeating what the server says: that may quote what it was sent.
fn down(error: RedisError) -> Error {
    let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Connect };
    let mut message = format!("the Redis server failed: {}", error.category());
    if let Some(code) = error.code() {
        message = format!("{message} ({code})");
    }
    Error::new(kind, message)
}

/// No life is longer than a year: the server refuses times that it can't add to its own.
fn millis(time: Duration) -> u64 {
    const LONGEST: u64 = 365 * 24 * 3600 * 1000;
    u64::try_from(time.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}
