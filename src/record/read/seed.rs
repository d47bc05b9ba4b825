//! A value that is about to be read from the wire: what it is read into, and how.
//!
//! Lists hold objects, and objects lists, so their readers call each other. Their files do not import each other: each
//! hands serde a `ValueSeed`, whose `Visitor` is implemented in `read.rs`.

use super::super::form::Form;
use super::super::ValueMut;
use super::context::{Context, Level};

/// A value about to be read. It and its target are passed on by reference, through many layers: moved from one to the
/// next, they cost a seventh of the time of decoding.
pub(super) struct ValueSeed<'s, 'a, 'c> {
    pub(super) target: &'s mut ValueMut<'a>,
    pub(super) form: Form,
    pub(super) level: Level,
    pub(super) context: &'c mut Context,
}
