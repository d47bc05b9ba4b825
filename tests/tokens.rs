//! Tokens that many processes share, and tokens in trouble: by counting requests, with processes of their own.
//! What the cache does by itself, on a clock set by hand, is tested beside it.

#[path = "wire/account.rs"]
mod account;
#[path = "tokens/child.rs"]
mod child;
#[path = "tokens/contract.rs"]
mod contract;
#[path = "tokens/file.rs"]
mod file;
#[path = "tokens/processes.rs"]
mod processes;
#[cfg(feature = "redis")]
#[path = "tokens/redis.rs"]
mod redis;
#[cfg(feature = "redis")]
#[path = "support/redis.rs"]
mod redis_server;
#[path = "tokens/runtimes.rs"]
mod runtimes;
#[path = "tokens/secrets.rs"]
mod secrets;
#[path = "wire/server.rs"]
mod server;
#[path = "tokens/storms.rs"]
mod storms;
#[path = "tokens/trouble.rs"]
mod trouble;
