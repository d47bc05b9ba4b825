//! All declarative macros of the crate: what a line of the spec becomes in Rust.
//! The generator writes calls of them (one for each endpoint and type); they hold no knowledge of any endpoint.
//!
//! - [`object!`](crate::object): a struct that users build, with `new` and setters
//! - [`response!`](crate::response): a struct that users read
//! - [`open_enum!`](crate::open_enum): an enum that keeps values it does not know
//! - [`one_of!`](crate::one_of): one of several shapes
//! - [`endpoint!`](crate::endpoint): a request with its method, path and response
//! - [`extension_trait!`](crate::extension_trait): methods of `Client` for the endpoints of another crate
//! - `browser_url!`, `methods!`, `default_from_new!`, `paged!`, `error_codes!`: for the generated areas only
//!
//! They derive nothing: all is done by the record engine, which is compiled once.
//! All functions are `#[inline]`, so that a library of hundreds of types is compiled only as far as it is used.

#[macro_use]
mod area;
#[macro_use]
mod endpoint;
#[macro_use]
mod extension_trait;
#[macro_use]
mod object;
#[macro_use]
mod one_of;
#[macro_use]
mod open_enum;
