//! The one error type of the crate: what it holds and what can be asked of it.
//! Its text stands in `error/text.rs`, the codes in `error/code.rs`; how a response is judged in `wire/decode.rs`.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

pub use self::code::{ErrorClass, ErrorCode};
use crate::auth::Auth;

mod code;
mod text;

/// The category of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The platform responded with an error code.
    Api,
    /// The platform responded with an HTTP status other than 2xx and no error code.
    Status,
    /// The response can't be read as what the endpoint promises.
    Decode,
    /// No connection: name resolution, connecting, TLS.
    Connect,
    /// The call, or a stalled transfer, took longer than allowed.
    Timeout,
    /// The connection broke after the request was sent, or the body ended early.
    Transport,
    /// Reading or writing a local file failed.
    Io,
    /// The body is larger than the caller allows.
    TooLarge,
    /// The client, or the request, is built from invalid parts.
    Config,
    /// No access token or ticket could be had from the source of tokens.
    Token,
    /// Nothing shows that a push comes from the platform: its signature, its encryption, its account or its age
    /// is wrong.
    Untrusted,
    /// A handler of pushes failed.
    Handler,
}

/// Why a call failed.
///
/// `Display` is one line of bounded length. It names the endpoint, the code, the platform's message and, where there
/// is one, a hint. `Debug`, which `main` and `unwrap` print, is the same line with the underlying causes.
///
/// Neither the address of the call nor a secret of it appears in either, whatever a server put into its response; host
/// and port of the server may.
/// Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    endpoint: Option<&'static str>,
    auth: Option<Auth>,
    status: Option<u16>,
    content_type: Option<String>,
    retry_after: Option<Duration>,
    code: Option<ErrorCode>,
    message: String,
    hint: Option<String>,
    fields: Option<Map<String, Value>>,
    json_path: Option<String>,
    excerpt: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// `Result` with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How errors are made.
impl Error {
    /// An error of the given kind. For a token source or store of your own.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            endpoint: None,
            auth: None,
            status: None,
            content_type: None,
            retry_after: None,
            code: None,
            message: text::bounded(message.into()),
            hint: None,
            fields: None,
            json_path: None,
            excerpt: None,
            source: None,
        }))
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// Two settings that don't go together.
    pub(crate) fn excluded(one: &str, other: &str) -> Self {
        Self::config(format!("`{one}` and `{other}` exclude each other: keep one of them"))
    }

    /// An error that the platform reported: its code and its message.
    pub fn api(code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        let code = code.into();
        Self::new(ErrorKind::Api, message).with(|inner| {
            inner.code = Some(code);
            inner.hint = text::hint(code, None, &inner.message);
        })
    }

    /// What an error code means depends on how the call was authorised.
    pub(crate) fn with_auth(self, auth: Auth) -> Self {
        self.with(|inner| {
            inner.auth = Some(auth);
            if let Some(code) = inner.code {
                inner.hint = text::hint(code, Some(auth), &inner.message);
            }
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same error, caused by `source`.
    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with(|inner| inner.source = Some(Arc::new(source)))
    }

    /// The same error, caused by what somebody else holds too.
    pub(crate) fn caused_by(self, source: Arc<dyn StdError + Send + Sync>) -> Self {
        self.with(|inner| inner.source = Some(source))
    }

    pub(crate) fn with_endpoint(self, endpoint: &'static str) -> Self {
        self.with(|inner| inner.endpoint = inner.endpoint.or(Some(endpoint)))
    }

    pub(crate) fn with_status(self, status: u16, content_type: Option<&str>) -> Self {
        self.with(|inner| {
            inner.status = Some(status);
            inner.content_type = content_type.map(|content_type| text::bounded(content_type.to_owned()));
        })
    }

    pub(crate) fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        self.with(|inner| inner.retry_after = retry_after)
    }

    pub(crate) fn with_fields(self, fields: Map<String, Value>) -> Self {
        self.with(|inner| inner.fields = Some(fields))
    }

    pub(crate) fn with_json_path(self, path: String) -> Self {
        self.with(|inner| inner.json_path = Some(path))
    }

    /// The same error in other words.
    #[cfg(all(feature = "sandbox", feature = "callback"))]
    pub(crate) fn with_message(self, message: String) -> Self {
        self.with(|inner| inner.message = text::bounded(message))
    }

    pub(crate) fn with_excerpt(self, excerpt: String) -> Self {
        self.with(|inner| inner.excerpt = Some(excerpt))
    }

    /// Changes everything in the error that may quote what a server sent. The function gives `None` for a text that
    /// can stay as it is.
    pub(crate) fn map_quoted(self, change: impl Fn(&str) -> Option<String>) -> Self {
        self.with(|inner| {
            let texts = [&mut inner.content_type, &mut inner.json_path, &mut inner.excerpt];
            for text in texts.into_iter().flatten().chain([&mut inner.message]) {
                if let Some(changed) = change(text) {
                    *text = changed;
                }
            }
            if let Some(fields) = &mut inner.fields {
                map_object(fields, &change);
            }
        })
    }

    /// No connection to `server`, which is given as host and port.
    pub(crate) fn unreachable(server: &str, cause: Arc<dyn StdError + Send + Sync>) -> Self {
        let (message, hint) = text::unreachable(server, &*cause);
        let error = Self::new(ErrorKind::Connect, message).caused_by(cause);
        error.with(|inner| inner.hint = hint.map(str::to_owned))
    }

    /// A connection to `server` that broke before it brought a response.
    pub(crate) fn broken(server: &str, cause: Arc<dyn StdError + Send + Sync>) -> Self {
        Self::new(ErrorKind::Transport, text::broken(server, &*cause)).caused_by(cause)
    }

    pub(crate) fn io(what: impl Into<String>, error: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, what).with_source(error)
    }
}

/// What an error tells.
impl Error {
    /// The category of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The platform's error code, if it reported one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.code
    }

    /// What kind of trouble the code reports, if it is documented.
    ///
    /// The same code may mean different things: 40001 is an invalid token where the call carries one, and a wrong
    /// AppSecret where it carries that.
    pub fn class(&self) -> Option<ErrorClass> {
        self.0.code?.class_under(self.0.auth)
    }

    /// The platform's own message (`errmsg`), or the crate's. A message of more than 2,000 characters is shortened in
    /// its middle.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The request ID that the platform puts at the end of its message; valid for seven days with `get_rid`.
    pub fn request_id(&self) -> Option<&str> {
        text::request_id(&self.0.message)
    }

    /// The ID in the platform's message behind `hint:`, like `n.Euga0554z264`. The platform's support asks for it
    /// where there is no [request ID](Self::request_id).
    pub fn hint_id(&self) -> Option<&str> {
        text::hint_id(&self.0.message)
    }

    /// With 40164: the IP address that the platform saw, and that is missing on the account's IP allow-list.
    pub fn rejected_ip(&self) -> Option<IpAddr> {
        (self.0.code == Some(ErrorCode::IP_NOT_ALLOWED)).then(|| text::address(&self.0.message)).flatten()
    }

    /// How long to wait before the next attempt, if the response had a `Retry-After` header.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The name of the endpoint that was called, like `create_qrcode`.
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint
    }

    /// The HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The content type of the response, if there was one.
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// The fields that came beside `errcode` and `errmsg` in an error response; `None` where they may hold secrets.
    pub fn extra_fields(&self) -> Option<&Map<String, Value>> {
        self.0.fields.as_ref()
    }

    /// Where in the response the value stands that could not be read, like `data.openid[3]`.
    pub fn json_path(&self) -> Option<&str> {
        self.0.json_path.as_deref()
    }

    /// The beginning of a response that could not be read; never one that may hold secrets.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The token that the call carried was refused: the account's access token, or a user's OAuth token (40001, 40014,
    /// 42001).
    ///
    /// Never true for calls that carry the AppSecret instead, such as those that fetch tokens: there 40001 means that
    /// the secret is wrong.
    ///
    /// # Troubleshooting
    /// With the account's token, the client has already tried once more with a new one. If that is refused too,
    /// something else keeps invalidating tokens: another program that uses the legacy `token` call with the same
    /// AppID, or a reset of the AppSecret. Let all programs share one source of tokens
    /// ([`ClientBuilder::token_store`](crate::ClientBuilder::token_store), [`RemoteSource`](crate::RemoteSource)), or
    /// switch all of them to stable tokens, the default here. A user's token lives two hours: refresh it with
    /// `refresh_user_token`, or send the user through the authorise URL again.
    pub fn is_token_invalid(&self) -> bool {
        self.class() == Some(ErrorClass::Token)
    }

    /// A quota is used up, for the day or for the minute.
    ///
    /// # Troubleshooting
    /// [`hint`](Self::hint) says which quota it is. Those of a minute (45011) need a pause; those of a day (45009) come
    /// back at midnight in Beijing, or, ten times a month, with `clear_quota`. `get_quota` shows how much is left.
    /// [`retry_after`](Self::retry_after) is set if a gateway in between said how long to wait.
    pub fn is_rate_limited(&self) -> bool {
        self.class() == Some(ErrorClass::Rate) || self.status() == Some(429)
    }

    /// The same call may work later without any change: the platform is busy, unreachable or slow.
    ///
    /// It says nothing about whether sending again is safe: a call that timed out may have been carried out.
    ///
    /// # Troubleshooting
    /// Calls that can be repeated safely have been repeated already, as far as the client's settings allow. For the
    /// others, find out first whether the call took effect, and pause before the next attempt. If it goes on for
    /// minutes, check the network with `check_callback` or from another machine.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Api => self.class() == Some(ErrorClass::Retry),
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport => true,
            ErrorKind::Status => self.status().is_some_and(|status| status >= 500 || status == 429),
            _ => false,
        }
    }

    /// Something took longer than allowed after a connection was made.
    ///
    /// # Troubleshooting
    /// The request may have been carried out. For a JSON call the limit is
    /// [`ClientBuilder::timeout`](crate::ClientBuilder::timeout), for an upload or a download it is how long nothing may
    /// move ([`idle_timeout`](crate::ClientBuilder::idle_timeout)); both can be set for one [`Call`](crate::Call). A
    /// limit of less than five seconds is often too short for calls from outside mainland China.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// No connection to the server could be made, so nothing was sent.
    ///
    /// # Troubleshooting
    /// The message names the server and the cause. "Connection refused" or no connection in time: a firewall or a
    /// proxy stands in between ([`ClientBuilder::proxy`](crate::ClientBuilder::proxy)), or a base URL is wrong. A
    /// certificate that is not trusted: the machine's clock is wrong, a proxy intercepts TLS, or a gateway has a
    /// certificate of its own authority, which an HTTP client of your own can be told to trust.
    pub fn is_connect(&self) -> bool {
        self.kind() == ErrorKind::Connect
    }

    /// A failed fetch of a token that fails until somebody changes the account or the program: a wrong AppID or secret,
    /// an address that isn't allowed, a frozen account, a used-up quota.
    pub(crate) fn is_lasting(&self) -> bool {
        self.kind() == ErrorKind::Config
            || self.is_rate_limited()
            || self.code().is_some_and(ErrorCode::is_lasting)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

fn map_object(object: &mut Map<String, Value>, change: &impl Fn(&str) -> Option<String>) {
    if object.keys().any(|name| change(name).is_some()) {
        let renamed = |(name, value): (String, Value)| (change(&name).unwrap_or(name), value);
        *object = std::mem::take(object).into_iter().map(renamed).collect();
    }
    object.values_mut().for_each(|value| map_value(value, change));
}

fn map_value(value: &mut Value, change: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| map_value(item, change)),
        Value::Object(object) => map_object(object, change),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
