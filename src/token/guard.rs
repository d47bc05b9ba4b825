//! Polling what users write (sources and stores) so that a panic in it ends nothing but itself.
//! What follows from a panic is decided by the callers.

use std::future::poll_fn;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::task::Poll;

use crate::future::BoxFuture;

/// The outcome of the future that `make` makes; `None` if making or polling it panics.
pub(super) async fn guarded<'a, T>(make: impl Fn() -> BoxFuture<'a, T>) -> Option<T> {
    let mut future: Option<BoxFuture<'a, T>> = None;
    poll_fn(move |context| {
        let polled =
            catch_unwind(AssertUnwindSafe(|| future.get_or_insert_with(&make).as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(outcome)) => Poll::Ready(Some(outcome)),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}
