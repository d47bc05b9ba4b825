//! Files through the client: uploads down to the byte, downloads whatever they turn out to be.

mod download;
mod upload;
