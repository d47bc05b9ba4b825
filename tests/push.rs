//! Pushes of the sandbox to a server on a loopback port, and what comes back. The server is axum with a responder
//! behind it, or answers by a script; what the bytes mean is checked by openssl.

#![cfg(feature = "callback")]

#[path = "push/answer.rs"]
mod answer;
#[path = "push/loopback.rs"]
mod loopback;
#[path = "push/message.rs"]
mod message;
#[path = "push/mode.rs"]
mod mode;
#[allow(dead_code)]
#[path = "callback/platform.rs"]
mod platform;
#[path = "push/retry.rs"]
mod retry;
#[path = "push/scan.rs"]
mod scan;
