//! Files through the client: uploads down to the byte, downloads whatever they turn out to be.

#[path = "wire/account.rs"]
mod account;
#[path = "transfer/download.rs"]
mod download;
#[path = "wire/server.rs"]
mod server;
#[path = "transfer/upload.rs"]
mod upload;
