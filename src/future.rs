//! The future that traits of this crate return, so that they can be used as objects.

use std::future::Future;
use std::pin::Pin;

/// A boxed future, as the methods of traits like [`TokenSource`](crate::TokenSource) and
/// [`Transport`](crate::transport::Transport) return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
