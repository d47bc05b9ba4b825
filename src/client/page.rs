//! Walking through endpoints that answer in pages. Which endpoints do, and how, stands in the spec.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::client::call::Call;
use crate::client::shared::Shared;
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::id::OpenId;
use crate::record::FieldType;

/// A request whose answer is one page of many.
pub trait Paged: Endpoint + Clone {
    /// What the pages are made of.
    type Item: Send + 'static;
    /// Takes the items out of a response.
    #[doc(hidden)]
    fn items(response: &mut Self::Response) -> Vec<Self::Item>;
    /// Makes this the request for the next page; `false` if there is none.
    #[doc(hidden)]
    fn advance(&mut self, response: &Self::Response, items: &[Self::Item], visited: &mut Visited) -> bool;
}

/// The pages of an endpoint: a [`Stream`] of single items, or page by page with [`Pages::next_page`].
///
/// Ends after the last page; an empty page and a cursor that was there before end it too. After an error it goes
/// on with the same page.
#[must_use = "pages are fetched as they are asked for"]
pub struct Pages<E: Paged> {
    shared: Arc<Shared>,
    /// The request for the next page; `None` after the last.
    next: Option<E>,
    call: Option<Call<E::Response>>,
    items: VecDeque<E::Item>,
    visited: Visited,
}

impl<E: Paged> Pages<E> {
    pub(crate) fn new(shared: Arc<Shared>, request: E) -> Self {
        Self { shared, next: Some(request), call: None, items: VecDeque::new(), visited: Visited::default() }
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
        if items.is_empty() || !request.advance(&response, &items, &mut self.visited) {
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

/// The cursors that led to a page so far. A platform that answers with one of them again would go in circles.
#[derive(Debug, Default)]
pub struct Visited(HashSet<String>);

/// A request field that says where the next page begins.
pub trait Cursor {
    /// The type of the cursor.
    type Value;
    /// Moves to where the answer says; `false` if it says nothing, or nothing new.
    fn advance(&mut self, next: Option<Self::Value>, visited: &mut Visited) -> bool;
}

/// What a cursor can be; blank is none.
pub trait Position: FieldType + ToString + PartialEq {}

impl Position for String {}
impl Position for i64 {}
impl Position for u32 {}
impl Position for u64 {}
impl Position for OpenId {}

impl<T: Position> Cursor for T {
    type Value = T;
    fn advance(&mut self, next: Option<T>, visited: &mut Visited) -> bool {
        let Some(next) = next.filter(|next| *next != T::blank()) else { return false };
        visited.0.insert(self.to_string());
        if !visited.0.insert(next.to_string()) {
            return false;
        }
        *self = next;
        true
    }
}

impl<T: Position> Cursor for Option<T> {
    type Value = T;
    fn advance(&mut self, next: Option<T>, visited: &mut Visited) -> bool {
        Cursor::advance(self.get_or_insert_with(T::blank), next, visited)
    }
}

/// A request field that counts the items before the page.
pub trait Offset {
    /// Moves past `count` items; `false` if that was all.
    fn advance(&mut self, count: usize, total: Option<u64>) -> bool;
}

/// What is known of a page that has a number.
#[derive(Debug)]
pub struct Page {
    /// The number of the first page.
    pub first: u32,
    /// What a request without a number means.
    pub start: Start,
    /// How many items a page holds, as asked for.
    pub size: Option<u64>,
    /// How many this one holds.
    pub count: usize,
    /// How many items there are.
    pub total: Option<u64>,
    /// How many pages there are.
    pub pages: Option<u64>,
}

/// What a request means that leaves the number of its page out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The first page.
    First,
    /// Everything at once.
    Everything,
}

impl Page {
    /// Whether there are pages behind the one with this number.
    fn goes_on(&self, number: u64) -> bool {
        let done = number.saturating_sub(self.first.into()).saturating_add(1);
        let size = self.size.filter(|size| *size > 0).unwrap_or(self.count as u64);
        self.pages.is_none_or(|pages| done < pages)
            && known(self.total).is_none_or(|total| done.saturating_mul(size) < total)
    }
}

/// A total of 0 beside items is one that the response left out: it ends nothing.
fn known(total: Option<u64>) -> Option<u64> {
    total.filter(|total| *total > 0)
}

/// A request field with the number of the page.
pub trait PageNumber {
    /// Moves to the next page; `false` if there is none.
    fn advance(&mut self, page: &Page) -> bool;
}

/// A request field that says how many items a page holds.
pub trait PageSize {
    /// The number, if it is given.
    fn size(&self) -> Option<u64>;
}

/// How many items a page holds, as asked for.
pub fn size(field: &impl PageSize) -> Option<u64> {
    field.size()
}

/// Whether a page holds less than was asked for.
pub fn is_short(field: &impl PageSize, count: usize) -> bool {
    field.size().is_some_and(|size| (count as u64) < size)
}

macro_rules! numbers {
    ($($ty:ty)*) => { $(
        impl Offset for $ty {
            fn advance(&mut self, count: usize, total: Option<u64>) -> bool {
                let Some(next) = <$ty>::try_from(count).ok().and_then(|count| self.checked_add(count)) else {
                    return false;
                };
                *self = next;
                u64::try_from(next).is_ok_and(|next| known(total).is_none_or(|total| next < total))
            }
        }
        impl Offset for Option<$ty> {
            fn advance(&mut self, count: usize, total: Option<u64>) -> bool {
                Offset::advance(self.get_or_insert(0 as $ty), count, total)
            }
        }
        impl PageNumber for $ty {
            fn advance(&mut self, page: &Page) -> bool {
                let Some(next) = self.checked_add(1) else { return false };
                let goes_on = u64::try_from(*self).is_ok_and(|number| page.goes_on(number));
                *self = next;
                goes_on
            }
        }
        impl PageNumber for Option<$ty> {
            fn advance(&mut self, page: &Page) -> bool {
                if self.is_none() && page.start == Start::Everything {
                    return false;
                }
                PageNumber::advance(self.get_or_insert(page.first as $ty), page)
            }
        }
        impl PageSize for $ty {
            fn size(&self) -> Option<u64> {
                u64::try_from(*self).ok()
            }
        }
        impl PageSize for Option<$ty> {
            fn size(&self) -> Option<u64> {
                self.and_then(|size| u64::try_from(size).ok())
            }
        }
    )* };
}

numbers!(i32 i64 u32 u64);
