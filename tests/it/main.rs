//! The crate as its users see it, in one program: what is sent, what is made of answers, pushes, and the sandbox.
//! What needs processes of its own stands in `tests/processes`, spec and generator in `tests/spec`.

// A test may be as long as its table of cases.
#![allow(clippy::too_many_lines)]

mod account;
#[cfg(feature = "callback")]
mod callback;
mod client;
#[cfg(feature = "callback")]
mod event;
#[cfg(feature = "callback")]
mod platform;
#[cfg(feature = "callback")]
mod push;
mod record;
#[cfg(feature = "callback")]
mod reply;
mod sandbox;
mod seeds;
mod server;
mod transfer;
mod wire;
