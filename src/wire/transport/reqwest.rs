//! The default transport: reqwest, with one pool of connections for each tokio runtime that sends.
//! The trait and its bodies stand in `transport.rs`.

use std::fmt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::Uri;
use url::Url;

use super::pool::{Kept, SharedPools};
use super::proxy::{Environment, Route};
use super::settings::{Settings, USER_AGENT};
use super::{Content, RequestBody, ResponseBody, Sent, Transport, TransportError};
use crate::error::{Error, Result};
use crate::future::BoxFuture;

/// Makes the builder of a client.
type Build = Arc<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>;

/// The default [`Transport`]: [`reqwest`](crate::transport::reqwest) with the TLS of this crate.
///
/// Connections belong to the tokio runtime on which they were opened: when nobody drives it, they are dead, and who
/// waits for one waits for ever. So each runtime that sends gets a pool of its own, which is dropped when the runtime
/// has ended or has sent nothing for as long as idle connections are kept.
///
/// ```
/// use weixin::transport::{client_builder, Reqwest};
///
/// # fn main() -> weixin::Result<()> {
/// let transport = Reqwest::builder().http_client(|| client_builder().pool_max_idle_per_host(8)).build()?;
/// let client = weixin::Client::builder("wx_appid", "app_secret").transport(transport).build()?;
/// # let _ = client;
/// # Ok(()) }
/// ```
pub struct Reqwest {
    clients: Clients,
    pools: SharedPools<reqwest::Client>,
    servers: Mutex<Servers>,
}

/// The settings of a [`Reqwest`].
#[derive(Clone, Default)]
#[must_use]
pub struct ReqwestBuilder {
    settings: Settings,
    build: Option<Build>,
}

impl ReqwestBuilder {
    /// Settings of the HTTP client of your own: certificates, DNS, several proxies, pool sizes. The function is called
    /// once for each tokio runtime on which the transport is used; begin it with
    /// [`client_builder`](crate::transport::client_builder), which has the TLS of this crate.
    ///
    /// The transport still switches off redirects and the `Referer` header, which would carry tokens elsewhere, and
    /// sets [`connect_timeout`](Self::connect_timeout) and [`pool_idle_timeout`](Self::pool_idle_timeout).
    pub fn http_client(mut self, build: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Self {
        self.build = Some(Arc::new(build));
        self
    }

    /// Sends everything through the proxy at this URL, like `http://user:password@proxy.example:3128`. Goes together
    /// with [`http_client`](Self::http_client).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.settings.proxy = Some(url.into());
        self
    }

    /// Sends through no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.settings.no_proxy = true;
        self
    }

    /// How long connecting may take (default 10 seconds).
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
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the HTTP client can't be built, the proxy, or one that the
    /// environment names, can't be used, or `proxy` and `no_proxy` were both said.
    pub fn build(self) -> Result<Reqwest> {
        Reqwest::with_settings(self.settings, self.build)
    }
}

impl fmt::Debug for ReqwestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestBuilder").finish_non_exhaustive()
    }
}

/// How the HTTP clients are made.
struct Clients {
    build: Option<Build>,
    connect: Duration,
    idle: Duration,
    proxies: Vec<reqwest::Proxy>,
    /// reqwest looks for no proxy by itself.
    closed: bool,
}

impl Clients {
    fn new(settings: Settings, build: Option<Build>) -> Result<Self> {
        let said = settings.proxy.is_some() || settings.no_proxy || settings.direct;
        // A builder of the user's own has its own way with the environment.
        let route = if said || build.is_none() { Some(settings.route(true)?) } else { None };
        let (proxies, closed) = match &route {
            Some(Route::Direct) => (Vec::new(), true),
            Some(Route::Through(url)) => (vec![usable(reqwest::Proxy::all(url))?], true),
            Some(Route::Environment(said)) if said.cgi => (those_of(said)?, true),
            Some(Route::Environment(_)) | None => (Vec::new(), false),
        };
        Ok(Self { build, connect: settings.connect(), idle: settings.idle(), proxies, closed })
    }

    fn client(&self, kept: Kept) -> Result<reqwest::Client> {
        let make = || {
            let mut builder = self.build.as_ref().map_or_else(client_builder, |build| build());
            if self.closed {
                builder = builder.no_proxy();
            }
            for proxy in &self.proxies {
                builder = builder.proxy(proxy.clone());
            }
            if kept == Kept::No {
                builder = builder.pool_max_idle_per_host(0);
            }
            builder
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(self.connect)
                .pool_idle_timeout(self.idle)
                .build()
        };
        let built = match &self.build {
            // reqwest panics where its rustls has no provider of cryptography.
            Some(_) => catch_unwind(AssertUnwindSafe(make)).map_err(|_| Error::config(PANICKED))?,
            None => make(),
        };
        built
            .map_err(|error| Error::config("the HTTP client can't be built").with_source(error.without_url()))
    }
}

/// The proxies of the environment, of which reqwest itself takes none in a CGI program.
fn those_of(environment: &Environment) -> Result<Vec<reqwest::Proxy>> {
    let Environment { all, http, https, no, .. } = environment;
    let either =
        |url: &str| Some(if url.is_empty() { all } else { url }.to_owned()).filter(|url| !url.is_empty());
    let except = || reqwest::NoProxy::from_string(no);
    let mut proxies = Vec::new();
    if let Some(url) = either(http) {
        proxies.push(usable(reqwest::Proxy::http(url))?.no_proxy(except()));
    }
    if let Some(url) = either(https) {
        proxies.push(usable(reqwest::Proxy::https(url))?.no_proxy(except()));
    }
    Ok(proxies)
}

/// Without reqwest's own words, which may repeat the URL.
fn usable(proxy: reqwest::Result<reqwest::Proxy>) -> Result<reqwest::Proxy> {
    proxy.map_err(|_| Error::config("reqwest can't use the URL of the proxy"))
}

const PANICKED: &str = "building the HTTP client panicked. If it was for the lack of a crypto provider of rustls: begin \
                        with `weixin::transport::client_builder()`, or install one for the whole program with \
                        `rustls::crypto::ring::default_provider().install_default()`";

/// A builder of reqwest's that has the TLS of this crate: with the feature `rustls`, ring and Mozilla's root
/// certificates.
///
/// Begin with it in [`ReqwestBuilder::http_client`]. It also makes
/// clients for requests outside this crate, where `reqwest::Client::new()` panics: this crate's `rustls` feature
/// switches on reqwest's TLS without a crypto provider, and features count for the whole program.
///
/// ```
/// # fn main() -> weixin::Result<()> {
/// use weixin::transport::{client_builder, Reqwest};
///
/// let transport = Reqwest::builder().http_client(|| client_builder().user_agent("shop/1.0")).build()?;
/// let client = weixin::Client::builder("wx_appid", "app_secret").transport(transport).build()?;
/// let other = client_builder().build().expect("the settings are right");
/// # Ok(()) }
/// ```
pub fn client_builder() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().user_agent(USER_AGENT);
    #[cfg(feature = "rustls")]
    let builder = match super::tls::config() {
        Ok(tls) => builder.tls_backend_preconfigured(tls),
        Err(_) => builder,
    };
    builder
}

impl Reqwest {
    /// A transport with the default settings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the HTTP client can't be built, or the environment names a
    /// proxy that can't be used.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder for a transport.
    pub fn builder() -> ReqwestBuilder {
        ReqwestBuilder::default()
    }

    pub(crate) fn with_settings(settings: Settings, build: Option<Build>) -> Result<Self> {
        let clients = Clients::new(settings, build)?;
        let pools = SharedPools::new(clients.client(Kept::Yes)?, clients.idle);
        Ok(Self { clients, pools, servers: Mutex::default() })
    }

    /// The client for a request that is sent on this runtime, and its address as reqwest wants it.
    fn claim(&self, request: &http::Request<RequestBody>) -> Result<(reqwest::Client, Url), TransportError> {
        let url = self.servers.lock().unwrap_or_else(PoisonError::into_inner).url(request.uri())?;
        Ok((self.pools.claim(request, &|kept| self.clients.client(kept))?, url))
    }
}

impl Transport for Reqwest {
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
        let sending = self.claim(&request).and_then(|(client, url)| {
            let request = translated(&client, request, url)?;
            Ok(client.execute(request))
        });
        Box::pin(async move { sending?.await.map(received).map_err(sorted) })
    }
}

/// The request as reqwest has it.
fn translated(
    client: &reqwest::Client,
    request: http::Request<RequestBody>,
    url: Url,
) -> Result<reqwest::Request, TransportError> {
    let (parts, body) = request.into_parts();
    let mut request = if url.username().is_empty() && url.password().is_none() {
        reqwest::Request::new(parts.method, url)
    } else {
        // Credentials in the address become a header.
        client.request(parts.method, url).build().map_err(sorted)?
    };
    if request.headers().is_empty() {
        *request.headers_mut() = parts.headers;
    } else {
        request.headers_mut().extend(parts.headers);
    }
    *request.body_mut() = match body.into_content() {
        Content::None => None,
        Content::Bytes(bytes) => Some(bytes.into()),
        Content::Upload(body) => Some(reqwest::Body::wrap(body)),
    };
    Ok(request)
}

/// A response of reqwest's as the stages behind have it.
fn received(response: reqwest::Response) -> http::Response<ResponseBody> {
    http::Response::<reqwest::Body>::from(response).map(ResponseBody::new)
}

/// What reqwest reports, without the URL (and so every token in it).
fn sorted(error: reqwest::Error) -> TransportError {
    let sent = if error.is_connect() || error.is_builder() { Sent::No } else { Sent::Maybe };
    let timed_out = error.is_timeout();
    let error = TransportError::new(sent, error.without_url());
    if timed_out {
        error.timed_out()
    } else {
        error
    }
}

impl fmt::Debug for Reqwest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reqwest").field("pools", &self.pools.len()).finish_non_exhaustive()
    }
}

/// The servers that requests go to.
#[derive(Default)]
struct Servers(Vec<Server>);

/// Where a server is, parsed.
struct Server {
    scheme: Scheme,
    authority: Authority,
    url: Url,
}

impl Servers {
    /// The address as reqwest wants it. All calls go to a few servers, so where these are is parsed once.
    fn url(&mut self, uri: &Uri) -> Result<Url, TransportError> {
        const KNOWN: usize = 8;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(TransportError::unsent("the request has no server"));
        };
        let known =
            self.0.iter().position(|server| server.scheme == *scheme && server.authority == *authority);
        let at = match known {
            Some(at) => at,
            None => {
                let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(TransportError::unsent)?;
                self.0.truncate(KNOWN - 1);
                self.0.push(Server { scheme: scheme.clone(), authority: authority.clone(), url });
                self.0.len() - 1
            }
        };
        let mut url = self.0[at].url.clone();
        url.set_path(uri.path());
        url.set_query(uri.query());
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_it_was() {
        let mut servers = Servers::default();
        for address in [
            "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&secret=a%2Bb%3D%3D",
            "http://127.0.0.1:8080/gateway/cgi-bin/x",
            "http://user:pass@gateway.example:81/cgi-bin/x?a=%E4%B8%AD",
            "https://api.weixin.qq.com/",
        ] {
            for _ in 0..2 {
                assert_eq!(servers.url(&address.parse().unwrap()).unwrap().as_str(), address);
            }
        }
        assert_eq!(servers.0.len(), 3);
        for number in 0..20 {
            servers.url(&format!("http://h{number}.example/").parse().unwrap()).unwrap();
        }
        assert_eq!(servers.0.len(), 8);
    }
}
