//! Interceptors: what programs see of each attempt of each call, and what they may do to it before it is sent.
//! Which attempts are made is decided in `client/send.rs` and `exchange.rs`; they tell a [`Watch`] how far one has come.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http_body::Body as _;
use tokio::time::Instant;

use crate::endpoint::meta::Meta;
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::future::BoxFuture;
use crate::wire::transport::RequestBody;

/// Sees each attempt of each call: before it is sent, when it may add headers, wait or refuse, and after it has ended.
///
/// Given to [`ClientBuilder::interceptor`](crate::ClientBuilder::interceptor). It sees no URL, no body, no token and no
/// secret; whoever needs those wraps the [`Transport`](crate::transport::Transport). Fetches of tokens and tickets from
/// the platform are calls too, under the names of their endpoints; what a token source of your own sends is not seen.
///
/// Of several, the first that was given is asked first and told last. A call that is sent again is seen as often as it
/// is sent; redirects of a download belong to its attempt.
///
/// # Counters, with the `metrics` crate
/// ```
/// use weixin::interceptor::{Attempt, Interceptor, Outcome};
///
/// struct Counters;
///
/// impl Interceptor for Counters {
///     fn after(&self, attempt: &Attempt, outcome: &Outcome) {
///         let result = match (outcome.error_code(), outcome.error_kind()) {
///             (Some(code), _) => code.to_string(),
///             (None, Some(kind)) => format!("{kind:?}"),
///             (None, None) if outcome.was_cancelled() => "cancelled".to_owned(),
///             (None, None) => "ok".to_owned(),
///         };
///         let endpoint = attempt.meta().name();
///         metrics::counter!("weixin_calls", "endpoint" => endpoint, "result" => result).increment(1);
///         metrics::histogram!("weixin_seconds", "endpoint" => endpoint).record(outcome.elapsed().as_secs_f64());
///     }
/// }
/// # use std::sync::{Arc, Mutex};
/// # use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
/// # #[derive(Default)]
/// # struct Seen(Mutex<Vec<String>>);
/// # struct One(Arc<Seen>, String);
/// # impl CounterFn for One {
/// #     fn increment(&self, by: u64) { self.0.0.lock().unwrap().push(format!("{} {by}", self.1)) }
/// #     fn absolute(&self, _: u64) {}
/// # }
/// # struct Notes(Arc<Seen>);
/// # impl Recorder for Notes {
/// #     fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
/// #     fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
/// #     fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
/// #     fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
/// #         let labels: Vec<_> = key.labels().map(|label| label.value()).collect();
/// #         Counter::from_arc(Arc::new(One(Arc::clone(&self.0), labels.join(" "))))
/// #     }
/// #     fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge { Gauge::noop() }
/// #     fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram { Histogram::noop() }
/// # }
/// # use weixin::{network::GetCallbackIp, transport::{RequestBody, ResponseBody, Transport, TransportError}};
/// # struct Canned;
/// # impl Transport for Canned {
/// #     fn send(&self, _: http::Request<RequestBody>)
/// #         -> weixin::BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
/// #         let body = r#"{"access_token":"81_x","expires_in":7200,"ip_list":[]}"#;
/// #         Box::pin(async move { Ok(http::Response::new(ResponseBody::from(body))) })
/// #     }
/// # }
/// # let seen = Arc::new(Seen::default());
/// # metrics::set_global_recorder(Notes(Arc::clone(&seen))).unwrap();
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
///
/// let client = weixin::Client::builder("wx_appid", "app_secret").interceptor(Counters);
/// # let client = client.transport(Canned);
/// client.build()?.get_callback_ip(GetCallbackIp::new()).await?;
/// # assert_eq!(*seen.0.lock().unwrap(), ["get_stable_access_token ok 1", "get_callback_ip ok 1"]);
/// # Ok::<(), weixin::Error>(()) }).unwrap();
/// ```
///
/// # A limiter, with the `governor` crate
/// How often an endpoint may be called is the platform's to say, and to change; the numbers here are yours.
/// ```
/// use std::num::NonZeroU32;
///
/// use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
/// use weixin::interceptor::{Attempt, Interceptor};
/// use weixin::{BoxFuture, Result};
///
/// /// At most so many messages a minute; whatever comes too early waits for its turn.
/// struct Pace(DefaultDirectRateLimiter);
///
/// impl Interceptor for Pace {
///     fn before<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move {
///             if attempt.meta().name() == "send_custom_message" {
///                 self.0.until_ready().await;
///             }
///             Ok(())
///         })
///     }
/// }
///
/// let quota = Quota::per_minute(NonZeroU32::new(6_000).expect("not zero"));
/// let pace = Pace(RateLimiter::direct(quota.allow_burst(NonZeroU32::MIN)));
/// let client = weixin::Client::builder("wx_appid", "app_secret").interceptor(pace);
/// # use weixin::{custom_message::{CustomText, SendCustomMessage}, transport::{RequestBody, ResponseBody, Transport, TransportError}};
/// # struct Canned;
/// # impl Transport for Canned {
/// #     fn send(&self, _: http::Request<RequestBody>)
/// #         -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
/// #         let body = r#"{"access_token":"81_x","expires_in":7200}"#;
/// #         Box::pin(async move { Ok(http::Response::new(ResponseBody::from(body))) })
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let client = client.transport(Canned).build()?;
/// # let began = std::time::Instant::now();
/// # for _ in 0..3 { client.send_custom_message(SendCustomMessage::new("o1", CustomText::new("x"))).await?; }
/// # // The first goes at once, the others 10 ms apart.
/// # assert!(began.elapsed() >= std::time::Duration::from_millis(20));
/// # Ok::<(), weixin::Error>(()) }).unwrap();
/// ```
///
/// # An audit log
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use weixin::interceptor::{Attempt, Interceptor, Outcome};
///
/// #[derive(Default)]
/// struct Audit(Mutex<Vec<String>>);
///
/// impl Interceptor for Audit {
///     fn after(&self, attempt: &Attempt, outcome: &Outcome) {
///         let line = format!(
///             "{} {} attempt {}: {} bytes out, {} in, status {}, {}",
///             attempt.app_id(),
///             attempt.meta().name(),
///             attempt.number(),
///             attempt.request_bytes(),
///             outcome.response_bytes().unwrap_or(0),
///             outcome.status().unwrap_or(0),
///             if outcome.is_success() { "ok" } else { "failed" },
///         );
///         self.0.lock().unwrap().push(line);
///     }
/// }
///
/// let audit = Arc::new(Audit::default());
/// let client = weixin::Client::builder("wx_appid", "app_secret").interceptor(Arc::clone(&audit));
/// # use weixin::{network::GetCallbackIp, transport::{RequestBody, ResponseBody, Transport, TransportError}};
/// # struct Canned;
/// # impl Transport for Canned {
/// #     fn send(&self, _: http::Request<RequestBody>)
/// #         -> weixin::BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
/// #         let body = r#"{"access_token":"81_x","expires_in":7200,"ip_list":[]}"#;
/// #         Box::pin(async move { Ok(http::Response::new(ResponseBody::from(body))) })
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let client = client.transport(Canned);
/// client.build()?.get_callback_ip(GetCallbackIp::new()).await?;
/// let lines = audit.0.lock().unwrap();
/// assert_eq!(lines[1], "wx_appid get_callback_ip attempt 1: 0 bytes out, 54 in, status 200, ok");
/// # Ok::<(), weixin::Error>(()) }).unwrap();
/// ```
pub trait Interceptor: Send + Sync + 'static {
    /// Before an attempt is sent. The time that this takes counts into the total timeout of the call, if it has one.
    ///
    /// # Errors
    /// An error refuses the attempt: nothing is sent, and the call ends with it, or with what the platform said before
    /// if this was to be a repeat.
    fn before<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        let _ = attempt;
        Box::pin(std::future::ready(Ok(())))
    }

    /// After an attempt that this interceptor let pass has ended, in whatever way: a call that is dropped counts as
    /// cancelled. It is called where the call is polled or dropped, so it should not take long.
    fn after(&self, attempt: &Attempt, outcome: &Outcome) {
        let _ = (attempt, outcome);
    }
}

impl<T: Interceptor + ?Sized> Interceptor for Arc<T> {
    fn before<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        (**self).before(attempt)
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome) {
        (**self).after(attempt, outcome);
    }
}

/// One sending of a call, as interceptors see it.
pub struct Attempt {
    meta: &'static Meta,
    app_id: String,
    number: u32,
    request_bytes: u64,
    added: HeaderMap,
}

impl Attempt {
    /// The endpoint.
    pub fn meta(&self) -> &'static Meta {
        self.meta
    }

    /// The AppID of the client.
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// 1 for the first attempt of a call, 2 for its first repeat, and so on.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The size of the request's body in bytes.
    pub fn request_bytes(&self) -> u64 {
        self.request_bytes
    }

    /// Adds a header to this attempt, instead of one of the same name.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for headers that say what the request is: `Connection`,
    /// `Content-Length`, `Content-Type`, `Host` and `Transfer-Encoding`.
    pub fn set_header(&mut self, name: HeaderName, value: HeaderValue) -> Result<()> {
        if [CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING].contains(&name) {
            return Err(Error::config(format!("an interceptor can't set the header `{name}`")));
        }
        self.added.insert(name, value);
        Ok(())
    }
}

/// Without the headers that were added, which may hold a password.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("endpoint", &self.meta.name())
            .field("app_id", &self.app_id)
            .field("number", &self.number)
            .field("request_bytes", &self.request_bytes)
            .finish_non_exhaustive()
    }
}

/// What became of an attempt.
#[derive(Clone, Debug)]
pub struct Outcome {
    ending: Ending,
    status: Option<u16>,
    response_bytes: Option<u64>,
    waited: Duration,
    elapsed: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Success,
    Failure(ErrorKind, Option<ErrorCode>),
    Cancelled,
}

impl Outcome {
    /// The platform carried the call out.
    pub fn is_success(&self) -> bool {
        self.ending == Ending::Success
    }

    /// The call was dropped, or ran out of time, before the attempt had ended.
    pub fn was_cancelled(&self) -> bool {
        self.ending == Ending::Cancelled
    }

    /// The category of the error, if the attempt failed.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        match self.ending {
            Ending::Failure(kind, _) => Some(kind),
            Ending::Success | Ending::Cancelled => None,
        }
    }

    /// The code of the error, if the platform reported one.
    pub fn error_code(&self) -> Option<ErrorCode> {
        match self.ending {
            Ending::Failure(_, code) => code,
            Ending::Success | Ending::Cancelled => None,
        }
    }

    /// The HTTP status, if a response began.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The size of the response's body in bytes: as it was read, of a download as the server announced it.
    pub fn response_bytes(&self) -> Option<u64> {
        self.response_bytes
    }

    /// How long the attempt waited before it was sent: for interceptors, and for other calls that were under way.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// How long it took from then on: until the response was read, of a download until its first bytes were. Zero if
    /// it was not sent.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// All interceptors of a client.
pub(crate) type Interceptors = Arc<[Arc<dyn Interceptor>]>;

/// One attempt under the eyes of its interceptors. Dropped before its end, it counts as cancelled.
pub(crate) struct Watch {
    interceptors: Interceptors,
    /// How many let it pass.
    passed: usize,
    attempt: Attempt,
    began: Instant,
    sent: Option<Instant>,
    status: Option<u16>,
    response_bytes: Option<u64>,
}

/// Nothing where there is no interceptor.
pub(crate) type Watched = Option<Box<Watch>>;

impl Watch {
    /// Asks all interceptors whether the request may be sent; nothing if there is none.
    pub(crate) fn begin(
        interceptors: &Interceptors,
        app_id: &str,
        meta: &'static Meta,
        number: u32,
        request: &http::Request<RequestBody>,
    ) -> Option<BoxFuture<'static, Result<Box<Self>>>> {
        if interceptors.is_empty() {
            return None;
        }
        let request_bytes = request.body().size_hint().exact().unwrap_or_default();
        let attempt =
            Attempt { meta, app_id: app_id.to_owned(), number, request_bytes, added: HeaderMap::new() };
        let mut watch = Box::new(Self {
            interceptors: Arc::clone(interceptors),
            passed: 0,
            attempt,
            began: Instant::now(),
            sent: None,
            status: None,
            response_bytes: None,
        });
        Some(Box::pin(async move {
            let interceptors = Arc::clone(&watch.interceptors);
            for interceptor in interceptors.iter() {
                if let Err(error) = interceptor.before(&mut watch.attempt).await {
                    watch.end(Some(&error));
                    return Err(error);
                }
                watch.passed += 1;
            }
            Ok(watch)
        }))
    }

    /// The request goes out, with the headers of the interceptors.
    pub(crate) fn sending(&mut self, request: &mut http::Request<RequestBody>) {
        self.sent = Some(Instant::now());
        for (name, value) in &self.attempt.added {
            request.headers_mut().insert(name.clone(), value.clone());
        }
    }

    /// The response begins.
    pub(crate) fn answered(&mut self, status: u16, announced: Option<u64>) {
        (self.status, self.response_bytes) = (Some(status), announced);
    }

    pub(crate) fn read(&mut self, bytes: usize) {
        self.response_bytes = Some(bytes as u64);
    }

    pub(crate) fn end(&mut self, error: Option<&Error>) {
        self.tell(match error {
            None => Ending::Success,
            Some(error) => Ending::Failure(error.kind(), error.code()),
        });
    }

    /// Tells the interceptors that let it pass, the last of them first, once.
    fn tell(&mut self, ending: Ending) {
        let now = Instant::now();
        let outcome = Outcome {
            ending,
            status: self.status,
            response_bytes: self.response_bytes,
            waited: self.sent.unwrap_or(now) - self.began,
            elapsed: self.sent.map_or(Duration::ZERO, |sent| now - sent),
        };
        let passed = std::mem::take(&mut self.passed);
        for interceptor in self.interceptors.iter().take(passed).rev() {
            interceptor.after(&self.attempt, &outcome);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tell(Ending::Cancelled);
    }
}
