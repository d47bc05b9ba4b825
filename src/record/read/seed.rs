//! A value that is about to be read from the wire.
//!
//! Lists hold objects and objects lists, so whoever reads one comes to read the other. The files do not: each hands
//! a `Place` to serde, and how that is read is implemented once, in `read.rs`.

use super::super::form::Form;
use super::super::Mut;
use super::context::{Context, Level};

/// A place about to be filled. It is read through references to it and to its slot, because it is read through many
/// layers: moved from one to the next, it cost a seventh of the time of decoding.
pub(super) struct Place<'s, 'a, 'c> {
    pub(super) slot: &'s mut Mut<'a>,
    pub(super) form: Form,
    pub(super) level: Level,
    pub(super) context: &'c mut Context,
}
