//! Requests of the platform to a callback URL and the answers that they get. The requests come from the
//! documentation, or are made by openssl: never by the crate, so that no mistake can prove itself.

#![cfg(feature = "callback")]

#[path = "callback/dedup.rs"]
mod dedup;
#[path = "callback/forged.rs"]
mod forged;
#[path = "callback/hostile.rs"]
mod hostile;
#[path = "callback/mode.rs"]
mod mode;
#[path = "callback/padding.rs"]
mod padding;
#[path = "callback/platform.rs"]
mod platform;
#[path = "callback/responder.rs"]
mod responder;
#[path = "callback/rotation.rs"]
mod rotation;
#[path = "callback/vector.rs"]
mod vector;
