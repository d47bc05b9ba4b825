//! The bytes of requests and answers where they leave plain JSON: repair of almost-JSON, query encoding.
//! Reading and writing of values stands in `record.rs`, file bodies in `upload.rs` and `download.rs`.

pub(crate) mod clean;
pub(crate) mod query;
