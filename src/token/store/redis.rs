//! `RedisStore`: tokens in a Redis server, for processes on several hosts.
//! Each operation is one script, which Redis runs as a whole; when they are asked for stands in `flight.rs`.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, RedisError, Script, ScriptInvocation};
use tokio::sync::Mutex;

use super::{BoxFuture, Lease, StoredToken, TokenStore};
use crate::error::{Error, ErrorKind, Result};

/// A cache gives a store two seconds: connecting and asking must fit in.
const PATIENCE: Duration = Duration::from_millis(900);

/// Fencing numbers are kept for this long after they were last used, in milliseconds. Those that come after begin
/// with the time, and are greater.
const MEMORY: u64 = 30 * 24 * 3600 * 1000;

/// KEYS: lock, numbers. ARGV: owner, milliseconds to live, milliseconds that numbers are kept.
const LOCK: &str = r"
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local handed = tonumber(redis.call('HGET', KEYS[2], 'handed') or '0')
local written = tonumber(redis.call('HGET', KEYS[2], 'written') or '0')
local fence = string.format('%.0f', math.max(now, handed + 1, written + 1))
redis.call('HSET', KEYS[2], 'handed', fence)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return fence";

/// KEYS: lock. ARGV: owner.
const UNLOCK: &str = r"
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0";

/// KEYS: token, numbers. ARGV: fencing number, value, life in milliseconds, milliseconds that numbers are kept.
const WRITE: &str = r"
if tonumber(ARGV[1]) <= tonumber(redis.call('HGET', KEYS[2], 'written') or '0') then
  return 0
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[2], 'written', ARGV[1])
redis.call('PEXPIRE', KEYS[2], math.max(tonumber(ARGV[3]), tonumber(ARGV[4])))
redis.call('DEL', KEYS[1])
if tonumber(ARGV[3]) > 0 then
  redis.call('HSET', KEYS[1], 'value', ARGV[2], 'fence', ARGV[1], 'since', now)
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1";

/// KEYS: token. Value, fencing number, milliseconds left, milliseconds since it was written.
const READ: &str = r"
local found = redis.call('HMGET', KEYS[1], 'value', 'fence', 'since')
local left = redis.call('PTTL', KEYS[1])
if not found[1] or not found[2] or left <= 0 then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {found[1], found[2], left, math.max(0, now - tonumber(found[3] or now))}";

/// KEYS: token. ARGV: fencing number.
const DISCARD: &str = r"
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0";

/// KEYS: the times of forced fetches. ARGV: gap in milliseconds, how many a day.
const FORCE: &str = r"
local day = 24 * 3600 * 1000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - day)
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if last[2] and now - tonumber(last[2]) < tonumber(ARGV[1]) then
  return 0
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('ZADD', KEYS[1], now, time[1] .. '.' .. time[2])
redis.call('PEXPIRE', KEYS[1], day)
return 1";

/// A [`TokenStore`] in a Redis server (5 or later), for processes on several hosts.
///
/// The lock is a key with a random value and a life of its own (`SET NX PX`), given back only by whoever took it.
/// A token that is written late never replaces a newer one, and its life is that of its key, by the server's clock.
/// Of each token there are a few keys, like `{weixin:wx1234:stable_token}:lock`; the braces keep them together in
/// a cluster. None holds the AppSecret; the token itself stands in one of them, so guard the server as you would
/// guard the token.
///
/// A connection is made when it is first needed, and anew after it broke.
///
/// ```no_run
/// # fn main() -> weixin::Result<()> {
/// let store = weixin::RedisStore::new("rediss://user:password@redis.example.com/0")?.prefix("shop:");
/// let client = weixin::Client::builder("wx_appid", "app_secret").token_store(store).build()?;
/// # let _ = client;
/// # Ok(()) }
/// ```
pub struct RedisStore {
    client: Client,
    prefix: String,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl RedisStore {
    /// A store at an address like `redis://user:password@host:6379/0`; `rediss` for TLS, `unix` for a socket.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the address can't be read.
    pub fn new(url: &str) -> Result<Self> {
        crate::client::account::install_crypto();
        let client = Client::open(url).map_err(|error| {
            Error::config(format!("the address of the Redis server can't be read ({})", error.category()))
        })?;
        Ok(Self::with_client(client))
    }

    /// A store behind a client of the `redis` crate, for settings of your own such as certificates.
    pub fn with_client(client: Client) -> Self {
        crate::client::account::install_crypto();
        Self { client, prefix: String::new(), connection: Mutex::default() }
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

    /// The connection: the one at hand, or a new one. Whoever comes while one is being made waits for it.
    async fn connection(&self) -> Result<MultiplexedConnection> {
        let mut connection = self.connection.lock().await;
        if let Some(connection) = &*connection {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let made = self.client.get_multiplexed_async_connection_with_config(&config).await.map_err(down)?;
        *connection = Some(made.clone());
        Ok(made)
    }

    async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T> {
        let mut connection = self.connection().await?;
        let answer = call.invoke_async(&mut connection).await;
        if let Err(error) = &answer {
            // A server that doesn't answer may be gone without the connection knowing.
            if error.is_unrecoverable_error() || error.is_timeout() || error.is_io_error() {
                *self.connection.lock().await = None;
            }
        }
        answer.map_err(down)
    }
}

impl TokenStore for RedisStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        static SCRIPT: OnceLock<Script> = OnceLock::new();
        Box::pin(async move {
            let script = SCRIPT.get_or_init(|| Script::new(READ));
            let mut call = script.prepare_invoke();
            let found: Option<(String, u64, u64, u64)> = self.run(call.key(self.key(key, "token"))).await?;
            Ok(found.map(|(value, fence, left, age)| {
                StoredToken::new(value, fence, Duration::from_millis(left), Duration::from_millis(age))
            }))
        })
    }

    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        static SCRIPT: OnceLock<Script> = OnceLock::new();
        Box::pin(async move {
            let script = SCRIPT.get_or_init(|| Script::new(LOCK));
            let owner = Lease::unique_owner();
            let mut call = script.prepare_invoke();
            call.key(self.key(key, "lock")).key(self.key(key, "fence"));
            // A life of nothing is refused by the server.
            call.arg(&owner).arg(millis(ttl).max(1)).arg(MEMORY);
            let fence: Option<u64> = self.run(&call).await?;
            Ok(fence.map(|fence| Lease::new(key, owner, fence)))
        })
    }

    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>> {
        static SCRIPT: OnceLock<Script> = OnceLock::new();
        Box::pin(async move {
            let script = SCRIPT.get_or_init(|| Script::new(WRITE));
            let mut call = script.prepare_invoke();
            call.key(self.key(&lease.key, "token")).key(self.key(&lease.key, "fence"));
            call.arg(lease.fence).arg(value).arg(millis(life)).arg(MEMORY);
            self.run(&call).await
        })
    }

    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        static SCRIPT: OnceLock<Script> = OnceLock::new();
        Box::pin(async move {
            let script = SCRIPT.get_or_init(|| Script::new(UNLOCK));
            let mut call = script.prepare_invoke();
            let _: bool = self.run(call.key(self.key(&lease.key, "lock")).arg(&lease.owner)).await?;
            Ok(())
        })
    }

    fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>> {
        static SCRIPT: OnceLock<Script> = OnceLock::new();
        Box::pin(async move {
            let script = SCRIPT.get_or_init(|| Script::new(DISCARD));
            let mut call = script.prepare_invoke();
            self.run(call.key(self.key(key, "token")).arg(fence)).await
        })
    }

    fn take_force<'a>(&'a self, key: &'a str, gap: Duration, per_day: u32) -> BoxFuture<'a, Result<bool>> {
        static SCRIPT: OnceLock<Script> = OnceLock::new();
        Box::pin(async move {
            let script = SCRIPT.get_or_init(|| Script::new(FORCE));
            let mut call = script.prepare_invoke();
            self.run(call.key(self.key(key, "forced")).arg(millis(gap)).arg(per_day)).await
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

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
