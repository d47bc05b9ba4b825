//! A source of tokens that asks a central server over HTTP, and what it says to that server.
//! The server itself is the user's: `examples/token_server.rs` shows one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{HeaderValue, AUTHORIZATION};
use percent_encoding::percent_decode_str;
use url::Url;

use super::grant;
use crate::access_token::IssuedToken;
use crate::auth::Auth;
use crate::endpoint::meta::{Meta, Method};
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::record::FieldType;
use crate::token::pace::before_repeat;
use crate::token::{Grant, Token, TokenSource};
use crate::wire::exchange::{within, Ask};
use crate::wire::mask;
use crate::wire::transport::default::default_transport;
use crate::wire::transport::settings::Settings;
use crate::wire::transport::{RequestBody, Transport};

/// The answer is short; a page of a proxy may be longer.
const LARGEST: usize = 64 << 10;

static META: Meta =
    Meta::new("remote_token").with_path("/").method(Method::Get).auth(Auth::None).sensitive(true);

/// Gets access tokens from a server of your own that looks after them for many processes (中控服务器), so that the
/// AppSecret stays in one place.
///
/// It sends a `GET` to the given address, with `Authorization: Bearer …` if a password is set, and expects what the
/// platform's own call answers: `{"access_token": "…", "expires_in": 7123}`, where `expires_in` is the life that is
/// **left** in seconds, or `{"errcode": …, "errmsg": "…"}`. If the platform refuses the token and the server goes on
/// giving it, the next request carries `refused=` and the token's [fingerprint](Token::fingerprint) in its query: the
/// server should then get a new one, unless it already has.
///
/// ```no_run
/// use weixin::{Client, RemoteSource};
///
/// # fn main() -> weixin::Result<()> {
/// let source = RemoteSource::new("https://tokens.example.com/access_token")?.bearer("a password of your own")?;
/// // Without a secret: calls that carry the secret itself, as those of web authorisation do, are refused.
/// let client = Client::builder("wx_appid", "").token_source(source).build()?;
/// # let _ = client;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RemoteSource {
    transport: Arc<dyn Transport>,
    url: Url,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    /// The fingerprint of the token that came last.
    last: Arc<Mutex<Option<String>>>,
}

impl RemoteSource {
    /// A source that asks at this address, by the default transport. Redirects are not followed.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if it is no address of a web server, or the transport can't be
    /// built.
    pub fn new(url: &str) -> Result<Self> {
        let url = checked(url)?;
        Ok(Self::asking(url, default_transport(Settings::default())?))
    }

    /// A source that asks at this address by another transport: through a proxy, say, or with a certificate of your
    /// own.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # fn main() -> weixin::Result<()> {
    /// use weixin::transport::Reqwest;
    /// use weixin::RemoteSource;
    ///
    /// let transport = Reqwest::builder().proxy("http://10.0.0.1:3128").build()?;
    /// let source = RemoteSource::with_transport("https://tokens.example.com/access_token", transport)?;
    /// # let _ = source;
    /// # Ok(()) }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if it is no address of a web server.
    pub fn with_transport(url: &str, transport: impl Transport) -> Result<Self> {
        Ok(Self::asking(checked(url)?, Arc::new(transport)))
    }

    fn asking(url: Url, transport: Arc<dyn Transport>) -> Self {
        Self { transport, url, authorization: None, timeout: Duration::from_secs(10), last: Arc::default() }
    }

    /// The password that the server asks for, sent as `Authorization: Bearer …`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if it holds what no header can, like a line break.
    pub fn bearer(mut self, password: &str) -> Result<Self> {
        let mut value = HeaderValue::from_str(&format!("Bearer {password}")).map_err(|_| {
            Error::config("the password of the token server holds a character that no header can carry")
        })?;
        value.set_sensitive(true);
        self.authorization = Some(value);
        Ok(self)
    }

    /// How long the server may take to answer (10 s by default).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn ask(self, force: bool) -> Result<Grant> {
        let mut url = self.url;
        if force && let Some(refused) = &*self.last.lock().unwrap_or_else(PoisonError::into_inner) {
            url.query_pairs_mut().append_pair("refused", refused);
        }
        let make = || {
            let uri = url.as_str().parse();
            let uri: http::Uri =
                uri.map_err(|_| Error::config("the address of the token server is not a URL"))?;
            let mut request = http::Request::new(RequestBody::empty());
            *request.uri_mut() = uri;
            if let Some(authorization) = &self.authorization {
                request.headers_mut().insert(AUTHORIZATION, authorization.clone());
            }
            Ok(request)
        };
        let exchange = async {
            let mut answer = IssuedToken::blank();
            // No call of a client's: nobody watches.
            let ask = Ask {
                transport: &*self.transport,
                interceptors: &Arc::from([]),
                app_id: "",
                meta: &META,
                repeatable: true,
                before_repeat: |reached| Box::pin(before_repeat(reached)),
                largest: LARGEST,
            };
            ask.json(&make, &mut answer).await?;
            grant(META.name, answer.access_token, answer.expires_in)
        };
        let answered = within(self.timeout, exchange).await;
        let grant = answered.map_err(|error| {
            let secrets = secrets(&url, self.authorization.as_ref());
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            mask::without(error, &secrets).with_endpoint(META.name)
        })?;
        let fingerprint = Token::new(grant.value.as_str()).fingerprint();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        Ok(grant)
    }
}

fn checked(url: &str) -> Result<Url> {
    let url = Url::parse(url)
        .map_err(|error| Error::config(format!("the address of the token server is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(Error::config("the address of the token server is not one of HTTP or HTTPS"));
    }
    Ok(url)
}

/// Words like `token` in a path are no secret; what is as long as this may be one.
const PIECE: usize = 16;

/// What a server might repeat in a response that becomes an error: some put a password into the address, be it as user,
/// in the path or in the query.
fn secrets(url: &Url, authorization: Option<&HeaderValue>) -> Vec<String> {
    let bearer = authorization.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let mut secrets: Vec<String> = bearer.map(str::to_owned).into_iter().collect();
    let written = url.path_segments().into_iter().flatten().filter(|segment| segment.len() >= PIECE);
    for part in written.chain([url.username()]).chain(url.password()) {
        secrets.push(part.to_owned());
        secrets.push(percent_decode_str(part).decode_utf8_lossy().into_owned());
    }
    secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    secrets
}

impl TokenSource for RemoteSource {
    fn fetch(&self, force: bool) -> BoxFuture<'static, Result<Grant>> {
        Box::pin(self.clone().ask(force))
    }
}

impl fmt::Debug for RemoteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither path nor query: some put a password there.
        f.debug_struct("RemoteSource").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}
