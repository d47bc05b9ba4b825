//! One call that is about to be made: its options, and the future that makes it.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde_json::Value;

use crate::client::send::{perform, Options, Plan, Request};
use crate::client::shared::Shared;
use crate::endpoint::meta::{Meta, Method};
use crate::endpoint::{Decoded, Response};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;
use crate::wire::encode::RawCall;

/// A call of an endpoint. A future that sends nothing before it is first polled; dropping it cancels the call.
///
/// ```no_run
/// # use std::time::Duration;
/// # async fn example(client: weixin::Client) -> weixin::Result<()> {
/// use weixin::qrcode::{CreateQrcode, QrAction};
///
/// let request = CreateQrcode::new(QrAction::limit_scene(42));
/// let code = client.create_qrcode(request).timeout(Duration::from_secs(5)).max_retries(0).await?;
/// # Ok(()) }
/// ```
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<R> {
    state: State,
    response: PhantomData<fn() -> R>,
}

enum State {
    Planned(Plan),
    Running(Pin<Box<dyn Future<Output = Result<Decoded>> + Send>>),
    Done,
}

impl<R: Response> Call<R> {
    pub(crate) fn new(shared: Arc<Shared>, meta: &'static Meta, request: Box<dyn Record>) -> Self {
        Self::planned(shared, meta, Request::Record(request))
    }

    fn planned(shared: Arc<Shared>, meta: &'static Meta, request: Request) -> Self {
        let plan =
            Plan { shared, meta, request, kind: R::KIND, target: R::target, options: Options::default() };
        Self { state: State::Planned(plan), response: PhantomData }
    }

    /// The total timeout of this call, its repeats included; for a download, the time until its body begins.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|options| options.timeout = Some(timeout))
    }

    /// How long nothing may move in this upload or download.
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        self.with(|options| options.idle = Some(timeout))
    }

    /// How often this call is sent again when the platform is busy, if it may be repeated at all.
    pub fn max_retries(self, retries: u32) -> Self {
        self.with(|options| options.retries = Some(retries))
    }

    /// Does not wait for other calls: for what fetches tickets.
    pub(crate) fn unbounded(self) -> Self {
        self.with(|options| options.unbounded = true)
    }

    fn with(mut self, change: impl FnOnce(&mut Options)) -> Self {
        if let State::Planned(plan) = &mut self.state {
            change(&mut plan.options);
        }
        self
    }
}

impl Call<Value> {
    pub(crate) fn raw(shared: Arc<Shared>, path: &str, query: &[(&str, &str)], body: Option<Value>) -> Self {
        static GET: Meta = Meta::new("call_raw").with_path("/").method(Method::Get);
        static POST: Meta = Meta::new("call_raw").with_path("/").method(Method::Post);
        let meta = if body.is_some() { &POST } else { &GET };
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::planned(shared, meta, Request::Raw(RawCall { path: path.to_owned(), query, body }))
    }
}

impl<R: Response> Future for Call<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        poll(&mut self.state, cx).map(|decoded| {
            R::from_decoded(decoded?).ok_or_else(|| {
                Error::new(ErrorKind::Decode, "the answer is not of the kind that was asked for")
            })
        })
    }
}

/// Not generic over the response, so that it is compiled once.
fn poll(state: &mut State, cx: &mut Context<'_>) -> Poll<Result<Decoded>> {
    if let State::Planned(_) = state
        && let State::Planned(plan) = std::mem::replace(state, State::Done)
    {
        *state = State::Running(Box::pin(perform(plan)));
    }
    match state {
        State::Running(future) => {
            let result = future.as_mut().poll(cx);
            if result.is_ready() {
                *state = State::Done;
            }
            result
        }
        State::Planned(_) | State::Done => {
            Poll::Ready(Err(Error::config("a call was polled again after it had ended")))
        }
    }
}

impl<R> fmt::Debug for Call<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Planned(plan) => plan.meta.name,
            State::Running(_) => "running",
            State::Done => "done",
        };
        f.debug_tuple("Call").field(&state).finish()
    }
}

const _: () = {
    const fn usable<T: Future + Send + Unpin + 'static>() {}
    usable::<Call<Value>>();
};
