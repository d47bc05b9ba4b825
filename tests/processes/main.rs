//! What needs processes of its own, or is one: tokens that processes share, Redis servers, and the examples as programs.
//! All else stands in `tests/it`.

// A test may be as long as its table of cases.
#![allow(clippy::too_many_lines)]

#[path = "../it/account.rs"]
mod account;
mod batch;
mod callback_server;
mod child;
mod contract;
mod file;
mod processes;
mod program;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod redis_server;
#[cfg(feature = "redis")]
mod redis_store;
mod runtimes;
mod secrets;
#[path = "../it/server.rs"]
mod server;
mod storms;
mod token_server;
mod trouble;
