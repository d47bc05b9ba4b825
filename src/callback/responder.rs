//! A handler of pushes that runs once for each, within the platform's five seconds or beyond them.
//! Whether a request is genuine is decided in `receiver.rs`.

use std::fmt;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::dedup::{Claim, Dedup, WorkGuard};
use super::into_reply::IntoReply;
use super::late::{custom_message, SendLate};
use super::receiver::{Received, Receiver};
use super::reply::EMPTY;
use super::response::CallbackResponse;
use super::{Push, Reply};
use crate::custom_message::SendCustomMessage;
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;
use crate::id::OpenId;
use crate::Client;

/// The platform hangs up after five seconds; the way back takes a little too.
const ANSWER_WITHIN: Duration = Duration::from_millis(4500);

/// Answers the requests of the platform with what a handler says. Cheap to clone.
///
/// ```
/// use weixin::callback::{Receiver, Reply, Responder};
///
/// # async fn example(client: weixin::Client, query: &str, body: &[u8]) -> weixin::Result<()> {
/// let receiver = Receiver::builder("token").encrypted("wx_appid", "EncodingAESKey of 43 characters").build()?;
/// let responder = Responder::builder(receiver, |push| async move {
///     println!("{push:?}");
///     Some(Reply::text("Thank you"))
/// })
/// .late_replies(client)
/// .on_error(|error| eprintln!("callback: {error}"))
/// .build();
///
/// // For every request, in whatever serves HTTP:
/// let answer = responder.respond("POST", query, body).await;
/// println!("{} {} {}", answer.status, answer.content_type, answer.body);
/// # Ok(()) }
/// ```
///
/// - The handler runs **once** for each push, in a task of its own: it goes on when the platform hangs up, and the
///   next delivery gets its result. A handler that fails or panics runs again with the next delivery.
/// - With [`late_replies`](ResponderBuilder::late_replies), a handler may take longer than the platform waits: the
///   push is acknowledged in time, and the reply follows as a customer-service message. Without it, the platform is
///   kept waiting; since it delivers three times, a reply still arrives within about fifteen seconds.
/// - Tasks end with their owner: when the last clone is dropped they are aborted, and
///   [`shutdown`](Self::shutdown) waits for them.
/// - Whatever fails, the sender of a request gets [`CallbackResponse::refused`], and
///   [`on_error`](ResponderBuilder::on_error) the reason.
#[derive(Clone)]
pub struct Responder(Arc<Owner>);

/// What the clones own together. Tasks hold the `Core` only, so that they don't keep their owner alive.
struct Owner {
    core: Arc<Core>,
    /// `None` once it is shut down. Dropping the set aborts what runs in it.
    tasks: Mutex<Option<JoinSet<()>>>,
}

struct Core {
    receiver: Receiver,
    handler: Handler,
    dedup: Dedup<Option<Reply>>,
    answer_within: Option<Duration>,
    late: Option<SendLate>,
    on_error: Box<dyn Fn(&Error) + Send + Sync>,
}

type Handler = Box<dyn Fn(Push) -> BoxFuture<'static, Result<Option<Reply>>> + Send + Sync>;

impl Responder {
    /// The settings of a responder, with the handler that runs for each push. It returns a [`Reply`], `Option<Reply>`,
    /// `()` or a `Result` of one of these.
    pub fn builder<H, F>(receiver: Receiver, handler: H) -> ResponderBuilder
    where
        H: Fn(Push) -> F + Send + Sync + 'static,
        F: Future + Send + 'static,
        F::Output: IntoReply,
    {
        ResponderBuilder(Core {
            receiver,
            handler: Box::new(move |push| {
                let running = handler(push);
                Box::pin(async move { running.await.into_reply() })
            }),
            dedup: Dedup::new(),
            answer_within: None,
            late: None,
            on_error: Box::new(|_| {}),
        })
    }

    /// Answers a request: its method, what stands behind the question mark of its URL, and its body.
    ///
    /// Needs a runtime of tokio with a timer. Dropping the future ends no handler.
    pub async fn respond(&self, method: &str, query: &str, body: &[u8]) -> CallbackResponse {
        match self.answer(method, query, body).await {
            Ok(answer) => answer,
            Err(error) => {
                self.0.core.report(&error);
                CallbackResponse::refused()
            }
        }
    }

    async fn answer(&self, method: &str, query: &str, body: &[u8]) -> Result<CallbackResponse> {
        let core = &self.0.core;
        let arrived = Instant::now();
        let delivery = match core.receiver.receive(method, query, body)? {
            Received::Verification(answer) => return Ok(answer),
            Received::Push(delivery) => delivery,
        };
        let key = delivery.push.key();
        loop {
            let (pending, ours) = match core.dedup.claim(key.clone()) {
                Claim::New(guard) => {
                    let pending = guard.pending();
                    self.start(guard, delivery.push.clone())?;
                    (pending, true)
                }
                Claim::Repeat(pending) => (pending, false),
            };
            let settled = match core.answer_within {
                None => pending.wait().await,
                Some(limit) => match until(arrived.checked_add(limit), pin!(pending.wait())).await {
                    Some(settled) => settled,
                    // Every delivery gets this answer from now on, and the reply goes its own way.
                    None if pending.settle(None).is_ok() => return Ok(delivery.acknowledge()),
                    None => pending.wait().await,
                },
            };
            match settled {
                Some(reply) => return delivery.answer(reply.as_ref()),
                // It was reported when it happened. The next delivery tries again.
                None if ours => return Ok(CallbackResponse::refused()),
                None => {}
            }
        }
    }

    /// Runs the handler in a task.
    fn start(&self, guard: WorkGuard<Option<Reply>>, push: Push) -> Result<()> {
        let runtime = Handle::try_current()
            .map_err(|_| Error::config("a responder needs a runtime of tokio to run its handler"))?;
        let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(tasks) = tasks.as_mut() else {
            return Err(Error::new(ErrorKind::Handler, "the responder is shut down"));
        };
        while tasks.try_join_next().is_some() {}
        if self.0.core.answer_within == Some(Duration::ZERO) {
            // Before the handler can be faster, and no sooner than it is sure to run: who is told that a push has
            // arrived won't send it again.
            let _ = guard.settle(None);
        }
        tasks.spawn_on(run(Arc::clone(&self.0.core), guard, push), &runtime);
        Ok(())
    }

    /// Accepts no more pushes, and waits for the handlers that run and for their late replies. Dropping the future
    /// aborts them.
    ///
    /// The platform delivers what is refused meanwhile again, perhaps to a successor.
    pub async fn shutdown(&self) {
        let tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut tasks) = tasks {
            while tasks.join_next().await.is_some() {}
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("receiver", &self.0.core.receiver)
            .field("answer_within", &self.0.core.answer_within)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Tells the user's hook of an error. One that panics ends nothing.
    fn report(&self, error: &Error) {
        if catch_unwind(AssertUnwindSafe(|| (self.on_error)(error))).is_err() {
            tracing::error!(%error, "the hook `on_error` of a responder panicked");
        }
    }
}

/// Waits, but no longer than to a time; `None`: without end.
async fn until<T>(end: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match end {
        Some(end) => tokio::time::timeout_at(end, work).await.ok(),
        None => Some(work.await),
    }
}

/// Runs the handler of one push, and sends its reply if that comes too late for an answer.
async fn run(core: Arc<Core>, guard: WorkGuard<Option<Reply>>, push: Push) {
    let openid = push.from_user_name.clone();
    let handled = {
        let core = Arc::clone(&core);
        joined("the handler panicked", async move { (core.handler)(push).await })
    };
    let reply = match handled.await {
        Ok(reply) => reply,
        Err(error) => return core.report(&error),
    };
    let reply = match reply {
        Some(reply) if reply.is_empty() => {
            core.report(&Error::new(ErrorKind::Handler, EMPTY));
            None
        }
        reply => reply,
    };
    let Err(Some(reply)) = guard.settle(reply) else { return };
    let sent = {
        let core = Arc::clone(&core);
        joined("sending a late reply panicked", async move {
            match &core.late {
                Some(send) => send(openid, reply).await,
                None => {
                    Err(Error::new(ErrorKind::Handler, "the reply came too late, and nobody sends late ones"))
                }
            }
        })
    };
    if let Err(error) = sent.await {
        core.report(&error);
    }
}

/// Runs what is the user's in a task of its own, so that a panic is over when it is reported. Dropping the future
/// aborts the task.
async fn joined<T: Send + 'static>(
    panicked: &'static str,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let mut task = JoinSet::new();
    task.spawn(work);
    match task.join_next().await {
        Some(Ok(result)) => result,
        Some(Err(error)) if error.is_panic() => Err(Error::new(ErrorKind::Handler, panicked)),
        _ => Err(Error::new(ErrorKind::Handler, "the runtime was shut down")),
    }
}

/// The settings of a [`Responder`].
#[must_use]
pub struct ResponderBuilder(Core);

impl ResponderBuilder {
    /// Acknowledges a push when its handler takes longer than 4.5 seconds, and sends the reply through this client as
    /// a customer-service message when it is there.
    ///
    /// Text, image, voice, music and news of one article can be sent so. A video can't, since that needs a still
    /// picture (`thumb_media_id`), nor can several articles, a transfer to customer service, or a reply that the crate
    /// does not know: these are reported as errors. [`late_replies_by`](Self::late_replies_by) can do better.
    pub fn late_replies(self, client: Client) -> Self {
        self.late_replies_by(move |openid, reply| {
            let client = client.clone();
            async move {
                client.send_custom_message(SendCustomMessage::new(&openid, custom_message(reply)?)).await?;
                Ok(())
            }
        })
    }

    /// The same with a way of your own: it gets the OpenID of the user and the reply.
    pub fn late_replies_by<S, F>(mut self, send: S) -> Self
    where
        S: Fn(OpenId, Reply) -> F + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.0.late = Some(Box::new(move |openid, reply| Box::pin(send(openid, reply))));
        self.0.answer_within.get_or_insert(ANSWER_WITHIN);
        self
    }

    /// How long a push may wait for its handler before it is acknowledged without a reply; zero acknowledges at
    /// once. The platform hangs up after five seconds.
    pub fn answer_within(mut self, limit: Duration) -> Self {
        self.0.answer_within = Some(limit);
        self
    }

    /// The memory of pushes, for one that is larger or shared. By default there is one of 10,000 pushes, for a minute.
    pub fn dedup(mut self, dedup: Dedup<Option<Reply>>) -> Self {
        self.0.dedup = dedup;
        self
    }

    /// Called for every failure: requests that were refused, handlers that failed or panicked, replies that were
    /// empty, late replies that could not be sent. No error holds a secret. By default nothing is called.
    ///
    /// A panic of the hook itself becomes a `tracing` event and ends nothing else.
    pub fn on_error(mut self, hook: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.0.on_error = Box::new(hook);
        self
    }

    /// Builds the responder.
    pub fn build(self) -> Responder {
        Responder(Arc::new(Owner { core: Arc::new(self.0), tasks: Mutex::new(Some(JoinSet::new())) }))
    }
}

impl fmt::Debug for ResponderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponderBuilder").field("receiver", &self.0.receiver).finish_non_exhaustive()
    }
}
