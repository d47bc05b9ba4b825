//! The one error type of the crate and the platform's error codes.
//! How an answer is judged stands in `wire/decode.rs`; the codes themselves come from `api-spec/errors.toml`.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

/// An error code of the platform.
///
/// Every documented code is a constant of this type ([`ErrorCode::INVALID_CREDENTIAL`]); codes that the
/// documentation does not know are kept as they came.
///
/// Endpoints name the codes worth knowing under "Errors": those of the table on their page. Where a page has none, they
/// are those of the platform's list of all codes whose words speak of that call; the list does not say which call gives
/// which code, so others may come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub i64);

/// What kind of trouble an [`ErrorCode`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The access token is invalid or expired; the client gets a new one by itself.
    Token,
    /// The platform is busy; the same call may work later.
    Retry,
    /// A quota is used up.
    Rate,
    /// The account, or the application, may not do this.
    Permission,
    /// A setting of the account or of the application is wrong.
    Config,
    /// An argument is missing or invalid.
    Argument,
    /// The content was refused for what it says or shows.
    Content,
    /// The thing acted on is in a state that does not allow it.
    State,
}

/// One documented error code.
#[doc(hidden)]
#[derive(Debug)]
pub struct CodeEntry {
    pub code: i64,
    pub name: &'static str,
    pub class: ErrorClass,
    pub meaning: &'static str,
}

impl ErrorCode {
    fn entry(self) -> Option<&'static CodeEntry> {
        let table = Self::TABLE;
        table.binary_search_by_key(&self.0, |entry| entry.code).ok().map(|index| &table[index])
    }

    /// The constant's name, if the code is documented.
    pub fn name(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.name)
    }

    /// What the code means, in one line, if it is documented.
    pub fn meaning(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.meaning)
    }

    /// What kind of trouble the code reports, if it is documented.
    pub fn class(self) -> Option<ErrorClass> {
        self.entry().map(|entry| entry.class)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{}({})", name, self.0),
            None => write!(f, "ErrorCode({})", self.0),
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for ErrorCode {
    fn from(code: i64) -> Self {
        Self(code)
    }
}

/// What went wrong, in kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The platform answered with an error code.
    Api,
    /// The platform answered with an HTTP status other than 2xx and no error code.
    Status,
    /// The answer can't be read as what the endpoint promises.
    Decode,
    /// No connection: name resolution, connecting, TLS.
    Connect,
    /// The call, or a transfer's silence, took longer than allowed.
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
/// `Display` names the endpoint, the code, the platform's message and, where there is one, a hint. No URL and
/// no secret ever appears in it. Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    endpoint: Option<&'static str>,
    status: Option<u16>,
    content_type: Option<String>,
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

impl Error {
    /// An error of the given kind. For a token source or store of your own.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            endpoint: None,
            status: None,
            content_type: None,
            code: None,
            message: message.into(),
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

    /// An error that the platform reported: its code, its message, and the other fields of the answer.
    pub fn api(code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        let code = code.into();
        let message = message.into();
        let hint = hint(code, &message);
        Self::new(ErrorKind::Api, message).with(|inner| {
            inner.code = Some(code);
            inner.hint = hint;
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
            inner.content_type = content_type.map(str::to_owned);
        })
    }

    pub(crate) fn with_fields(self, fields: Map<String, Value>) -> Self {
        self.with(|inner| inner.fields = Some(fields))
    }

    pub(crate) fn with_json_path(self, path: String) -> Self {
        self.with(|inner| inner.json_path = Some(path))
    }

    pub(crate) fn with_message(self, message: String) -> Self {
        self.with(|inner| inner.message = message)
    }

    pub(crate) fn with_excerpt(self, excerpt: String) -> Self {
        self.with(|inner| inner.excerpt = Some(excerpt))
    }

    pub(crate) fn with_hint(self, hint: &str) -> Self {
        self.with(|inner| inner.hint = Some(hint.to_owned()))
    }

    pub(crate) fn io(what: impl Into<String>, error: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, what).with_source(error)
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The platform's error code, if it answered one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.code
    }

    /// The platform's own message (`errmsg`), or the crate's.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The request id that the platform puts at the end of its message; valid for seven days with
    /// `get_rid`.
    pub fn rid(&self) -> Option<&str> {
        let rest = self.0.message.split("rid:").nth(1)?;
        rest.split_whitespace().next().map(|rid| rid.trim_end_matches([',', '.', ']', ')']))
    }

    /// The name of the endpoint that was called, like `create_qrcode`.
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint
    }

    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The content type of the answer, if there was one.
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// The fields that came beside `errcode` and `errmsg` in an error answer.
    pub fn fields(&self) -> Option<&Map<String, Value>> {
        self.0.fields.as_ref()
    }

    /// Where in the answer the value stands that could not be read, like `data.openid[3]`.
    pub fn json_path(&self) -> Option<&str> {
        self.0.json_path.as_deref()
    }

    /// The beginning of an answer that could not be read; never one that may hold secrets.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The access token was refused (40001, 40014, 42001). The client has then already tried a new one.
    pub fn is_token_invalid(&self) -> bool {
        self.code().is_some_and(|code| code.class() == Some(ErrorClass::Token))
    }

    /// A quota is used up, for the day or for the minute.
    pub fn is_rate_limited(&self) -> bool {
        self.code().is_some_and(|code| code.class() == Some(ErrorClass::Rate)) || self.status() == Some(429)
    }

    /// The same call may work later without any change: the platform is busy, unreachable or slow.
    ///
    /// It says nothing about whether sending again is safe: a call that timed out may have been carried out.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Api => self.code().is_some_and(|code| code.class() == Some(ErrorClass::Retry)),
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport => true,
            ErrorKind::Status => self.status().is_some_and(|status| status >= 500 || status == 429),
            _ => false,
        }
    }

    /// Something took longer than allowed.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// No connection to the server could be made, so nothing was sent.
    pub fn is_connect(&self) -> bool {
        self.kind() == ErrorKind::Connect
    }
}

/// The next step for codes whose message alone does not tell it.
fn hint(code: ErrorCode, message: &str) -> Option<String> {
    let text = match code.0 {
        40164 => {
            let address = message
                .split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
                .find(|word| word.trim_matches(':').parse::<std::net::IpAddr>().is_ok())
                .map(|word| word.trim_matches(':'));
            return Some(match address {
                Some(address) => format!("add {address} to the account's IP allow-list"),
                None => "add this machine's public address to the account's IP allow-list".to_owned(),
            });
        }
        40001 | 40014 | 42001 => "another program may have fetched a token with the legacy call; share one token source",
        40125 => "the AppSecret is wrong or was reset",
        40013 => "the AppID is wrong",
        41001 => "the call was sent without an access token",
        40163 => "an OAuth code works once and for five minutes; send the user through the authorise URL again",
        45009 => "the daily quota of this endpoint is used up; it resets at midnight (Beijing time), or by clear_quota",
        45011 => "too many calls in this minute; wait and try again",
        48001 => "the account has no permission for this endpoint; see the platform's permission page",
        _ => return None,
    };
    Some(text.to_owned())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(endpoint) = inner.endpoint {
            write!(f, "{endpoint}: ")?;
        }
        if let Some(code) = inner.code {
            write!(f, "error {code}")?;
            if let Some(name) = code.name() {
                write!(f, " ({name})")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&inner.message)?;
        if let Some(path) = &inner.json_path {
            write!(f, " at `{path}`")?;
        }
        match (inner.status, &inner.content_type) {
            (Some(status), Some(content_type)) if inner.kind != ErrorKind::Api => {
                write!(f, " (HTTP {status}, {content_type})")?;
            }
            (Some(status), _) if inner.kind != ErrorKind::Api || !(200..300).contains(&status) => {
                write!(f, " (HTTP {status})")?;
            }
            _ => {}
        }
        if let Some(excerpt) = &inner.excerpt {
            write!(f, "; the answer begins with {excerpt:?}")?;
        }
        if let Some(hint) = &inner.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("endpoint", &inner.endpoint)
            .field("status", &inner.status)
            .field("content_type", &inner.content_type)
            .field("code", &inner.code)
            .field("message", &inner.message)
            .field("json_path", &inner.json_path)
            .field("excerpt", &inner.excerpt)
            .field("hint", &inner.hint)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

include!(concat!(env!("OUT_DIR"), "/errors.rs"));
