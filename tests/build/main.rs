//! What is built by these tests: programs that must compile and such that must not, a crate that has endpoints of its
//! own, and the crate itself after a change of its spec.

// A test may be as long as its table of cases.
#![allow(clippy::too_many_lines)]

mod compile;
mod foreign;
mod regenerate;
