//! The crate from outside, in one program. The flows that it began from come first.

mod seeds;
#[path = "../wire/server.rs"]
mod server;
