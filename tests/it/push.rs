//! Pushes of the sandbox to a server on a loopback port, and what comes back. The server is axum with a responder
//! behind it, or answers by a script; what the bytes mean is checked by openssl.

mod answer;
mod loopback;
mod message;
mod mode;
#[allow(dead_code)]
mod retry;
mod scan;
