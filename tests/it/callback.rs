//! Requests of the platform to a callback URL and the answers that they get. The requests come from the
//! documentation, or are made by openssl: never by the crate, so that no mistake can prove itself.

mod dedup;
mod forged;
mod hostile;
mod mode;
mod padding;
mod responder;
mod rotation;
mod vector;
