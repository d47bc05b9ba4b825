//! Requests on their way out and responses on their way in: their bytes, and what those say.
//! Reading and writing of values stands in `record.rs`; which calls are made, and how often, in `client/send.rs`.

pub(crate) mod clean;
pub(crate) mod coding;
pub(crate) mod decode;
pub(crate) mod download;
pub(crate) mod encode;
pub(crate) mod exchange;
pub(crate) mod hosts;
pub(crate) mod interceptor;
pub(crate) mod mask;
pub(crate) mod payload;
pub(crate) mod transport;
pub(crate) mod upload;
