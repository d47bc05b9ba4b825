//! The lean transport: hyper-util's pooled client with rustls, one pool for each tokio runtime that sends.
//! How a connection is made, through a proxy too, stands in `hyper/connect.rs`.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use base64::engine::general_purpose::STANDARD;
use base64::Engine as _;
use http::header::{HeaderValue, ACCEPT, AUTHORIZATION, PROXY_AUTHORIZATION, USER_AGENT};
use http::uri::Scheme;
use http::Uri;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use percent_encoding::percent_decode_str;

use self::connect::Connector;
use super::pool::{Kept, SharedPools};
use super::settings::{self, Settings};
use super::{RequestBody, ResponseBody, Sent, Transport, TransportError};
use crate::error::Result;
use crate::future::BoxFuture;

mod connect;

type Client = legacy::Client<Connector, RequestBody>;

/// A lean [`Transport`]: hyper with rustls, ring and Mozilla's root certificates, over HTTP/1.1.
///
/// It takes about half the instructions of reqwest for a call, and builds faster. Proxies that speak HTTP are used, those
/// of the environment too; for SOCKS, several proxies or a TLS other than rustls there is
/// [`Reqwest`](crate::transport). Connections belong to the tokio runtime on which they were opened, so each runtime
/// that sends gets a pool of its own.
///
/// ```
/// use std::time::Duration;
///
/// use weixin::transport::Hyper;
///
/// # fn main() -> weixin::Result<()> {
/// let transport = Hyper::builder().connect_timeout(Duration::from_secs(3)).build()?;
/// let client = weixin::Client::builder("wx_appid", "app_secret").transport(transport).build()?;
/// # let _ = client;
/// # Ok(()) }
/// ```
pub struct Hyper {
    connector: Connector,
    idle: Duration,
    pools: SharedPools<Client>,
}

/// The settings of a [`Hyper`].
#[derive(Clone, Default)]
#[must_use]
pub struct HyperBuilder {
    settings: Settings,
    tls: Option<rustls::ClientConfig>,
}

impl HyperBuilder {
    /// TLS settings of your own, say for a gateway with a certificate of its own. Whatever they say, HTTP/1.1 is spoken.
    pub fn tls(mut self, config: rustls::ClientConfig) -> Self {
        self.tls = Some(config);
        self
    }

    /// Sends everything through the proxy at this URL, like `http://user:password@proxy.example:3128`.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.settings.proxy = Some(url.into());
        self
    }

    /// Sends through no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.settings.no_proxy = true;
        self
    }

    /// How long connecting may take: name resolution, TCP, the way through a proxy, and TLS (default 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect = Some(timeout);
        self
    }

    /// How long a connection is kept that no request uses (default 15 seconds).
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle = Some(timeout);
        self
    }

    /// Builds the transport.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the proxy, or one that the environment names, can't be used,
    /// or `proxy` and `no_proxy` were both said.
    pub fn build(self) -> Result<Hyper> {
        Hyper::with_settings(&self.settings, self.tls)
    }
}

impl fmt::Debug for HyperBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperBuilder").finish_non_exhaustive()
    }
}

impl Hyper {
    /// A transport with the default settings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the environment names a proxy that can't be used.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder for a transport.
    pub fn builder() -> HyperBuilder {
        HyperBuilder::default()
    }

    pub(crate) fn with_settings(settings: &Settings, tls: Option<rustls::ClientConfig>) -> Result<Self> {
        let tls = match tls {
            Some(mut config) => {
                config.alpn_protocols = super::tls::alpn();
                config
            }
            None => super::tls::config()?,
        };
        let connector = Connector::new(tls, &settings.route(false)?, settings.connect())?;
        let idle = settings.idle();
        let pools = SharedPools::new(client(&connector, idle, Kept::Yes), idle);
        Ok(Self { connector, idle, pools })
    }

    /// Adds what every request carries, and turns credentials in the address into a header.
    fn complete(&self, request: &mut http::Request<RequestBody>) -> Result<(), TransportError> {
        let Some(authority) = request.uri().authority() else {
            return Err(TransportError::unsent("the request has no server"));
        };
        if let Some((credentials, _)) = authority.as_str().rsplit_once('@') {
            let value = basic(credentials)?;
            *request.uri_mut() = without_credentials(request.uri())?;
            request.headers_mut().entry(AUTHORIZATION).or_insert(value);
        }
        // A tunnel has credentials of its own.
        let open = request.uri().scheme() != Some(&Scheme::HTTPS);
        let login = if open { self.connector.login(request.uri()) } else { None };
        let headers = request.headers_mut();
        if let Some(login) = login {
            headers.entry(PROXY_AUTHORIZATION).or_insert(login);
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(settings::USER_AGENT));
        Ok(())
    }
}

fn client(connector: &Connector, idle: Duration, kept: Kept) -> Client {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder.pool_idle_timeout(idle).pool_timer(TokioTimer::new());
    if kept == Kept::No {
        builder.pool_max_idle_per_host(0);
    }
    builder.build(connector.clone())
}

/// User and password of an address, which stand in it percent-encoded, as a header.
fn basic(credentials: &str) -> Result<HeaderValue, TransportError> {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let mut plain: Vec<u8> = percent_decode_str(user).collect();
    plain.push(b':');
    plain.extend(percent_decode_str(password));
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(plain)))
        .map_err(TransportError::unsent)?;
    value.set_sensitive(true);
    Ok(value)
}

fn without_credentials(uri: &Uri) -> Result<Uri, TransportError> {
    let mut parts = uri.clone().into_parts();
    if let Some(authority) = parts.authority.take() {
        let server = authority.as_str().rsplit('@').next().unwrap_or_default();
        // The causes may repeat the address.
        let server = server.parse().map_err(|_| TransportError::unsent("the request has no server"))?;
        parts.authority = Some(server);
    }
    Uri::from_parts(parts).map_err(|_| TransportError::unsent("the request has no server"))
}

impl Transport for Hyper {
    fn send(
        &self,
        mut request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
        let make = |kept| Ok(client(&self.connector, self.idle, kept));
        let sending = self.pools.claim(&request, &make).and_then(|client| {
            self.complete(&mut request)?;
            Ok(client.request(request))
        });
        Box::pin(async move {
            let response = sending?.await.map_err(sorted)?;
            Ok(response.map(ResponseBody::new))
        })
    }
}

/// What hyper reports. It knows no address but the server's.
fn sorted(error: legacy::Error) -> TransportError {
    let sent = if error.is_connect() { Sent::No } else { Sent::Maybe };
    let slow = timed_out(&error);
    let error = TransportError::new(sent, error);
    if slow {
        error.timed_out()
    } else {
        error
    }
}

fn timed_out(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        cause = inner.source();
    }
    false
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hyper").field("pools", &self.pools.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_become_a_header() {
        for (credentials, plain) in
            [("user:pass", "user:pass"), ("u%40ser:p%3Aa%20ss", "u@ser:p:a ss"), ("user", "user:")]
        {
            let value = basic(credentials).unwrap();
            assert_eq!(value.to_str().unwrap(), format!("Basic {}", STANDARD.encode(plain)));
            assert_eq!(format!("{value:?}"), "Sensitive");
        }
        let address = "http://us%40er:pass@gateway.example:81/cgi-bin/x?a=user@b".parse().unwrap();
        assert_eq!(without_credentials(&address).unwrap(), "http://gateway.example:81/cgi-bin/x?a=user@b");
    }
}
