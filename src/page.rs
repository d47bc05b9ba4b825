//! Walking through endpoints that answer in pages. Which endpoints do, and how, stands in the spec.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::shared::Shared;

/// A request whose answer is one page of many.
pub trait Paged: Endpoint + Clone {
    /// What the pages are made of.
    type Item: Send + 'static;
    /// Takes the items out of a response.
    #[doc(hidden)]
    fn items(response: &mut Self::Response) -> Vec<Self::Item>;
    /// Makes this the request for the next page; `false` if there is none.
    #[doc(hidden)]
    fn advance(&mut self, response: &Self::Response, count: usize) -> bool;
}

/// The pages of an endpoint: a [`Stream`] of single items, or page by page with [`Pages::next_page`].
///
/// Ends after the last page; an empty page and a cursor that does not move end it too. After an error it goes
/// on with the same page.
#[must_use = "pages are fetched as they are asked for"]
pub struct Pages<E: Paged> {
    shared: Arc<Shared>,
    /// The request for the next page; `None` after the last.
    next: Option<E>,
    call: Option<Call<E::Response>>,
    items: VecDeque<E::Item>,
}

impl<E: Paged> Pages<E> {
    pub(crate) fn new(shared: Arc<Shared>, request: E) -> Self {
        Self { shared, next: Some(request), call: None, items: VecDeque::new() }
    }

    /// The next page as it came; `None` after the last.
    ///
    /// # Errors
    /// Those of the endpoint. The same page is asked for again by the next call.
    pub async fn next_page(&mut self) -> Result<Option<Vec<E::Item>>> {
        std::future::poll_fn(|cx| self.poll_page(cx)).await
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Vec<E::Item>>>> {
        let Some(request) = &mut self.next else { return Poll::Ready(Ok(None)) };
        let call = self
            .call
            .get_or_insert_with(|| Call::new(Arc::clone(&self.shared), E::META, Box::new(request.clone())));
        let result = std::task::ready!(Pin::new(call).poll(cx));
        self.call = None;
        let mut response = result?;
        let items = E::items(&mut response);
        if items.is_empty() || !request.advance(&response, items.len()) {
            self.next = None;
        }
        Poll::Ready(Ok((!items.is_empty()).then_some(items)))
    }
}

// Nothing in it is pinned: the call under way is itself `Unpin`.
impl<E: Paged> Unpin for Pages<E> {}

impl<E: Paged> Stream for Pages<E> {
    type Item = Result<E::Item>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match std::task::ready!(self.poll_page(cx)) {
                Ok(Some(items)) => self.items = items.into(),
                Ok(None) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl<E: Paged> fmt::Debug for Pages<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("next", &self.next.is_some()).finish_non_exhaustive()
    }
}

/// A request field that says where the next page begins.
pub trait Cursor {
    /// The type of the cursor.
    type Value;
    /// Moves to where the answer says; `false` if it says nothing, or nothing new.
    fn advance(&mut self, next: Option<Self::Value>) -> bool;
}

macro_rules! cursor {
    ($($ty:ty: $end:expr;)*) => { $(
        impl Cursor for $ty {
            type Value = $ty;
            fn advance(&mut self, next: Option<$ty>) -> bool {
                let Some(next) = next.filter(|next| *next != $end && next != self) else { return false };
                *self = next;
                true
            }
        }
        impl Cursor for Option<$ty> {
            type Value = $ty;
            fn advance(&mut self, next: Option<$ty>) -> bool {
                let Some(next) = next.filter(|next| *next != $end && Some(next) != self.as_ref()) else {
                    return false;
                };
                *self = Some(next);
                true
            }
        }
    )* };
}

cursor! { String: ""; i64: 0; u32: 0; u64: 0; }

/// A request field that counts the items before the page.
pub trait Offset {
    /// Moves past `count` items; `false` if that was all.
    fn advance(&mut self, count: usize, total: Option<u64>) -> bool;
}

macro_rules! offset {
    ($($ty:ty)*) => { $(
        impl Offset for $ty {
            fn advance(&mut self, count: usize, total: Option<u64>) -> bool {
                let Some(next) = <$ty>::try_from(count).ok().and_then(|count| self.checked_add(count)) else {
                    return false;
                };
                *self = next;
                u64::try_from(next).is_ok_and(|next| total.is_none_or(|total| next < total))
            }
        }
        impl Offset for Option<$ty> {
            fn advance(&mut self, count: usize, total: Option<u64>) -> bool {
                Offset::advance(self.get_or_insert(0 as $ty), count, total)
            }
        }
    )* };
}

offset!(i32 i64 u32 u64);
