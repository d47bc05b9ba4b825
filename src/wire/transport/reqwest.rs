//! The default transport: reqwest, with one pool of connections for each tokio runtime that sends.
//! The trait and its bodies stand in `transport.rs`.

use std::error::Error as StdError;
use std::fmt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::uri::{Authority, Scheme};
use http::Uri;
use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;
use url::Url;

use super::{Content, OwnConnection, RequestBody, ResponseBody, Sent, Transport, TransportError};
use crate::error::{Error, Result};
use crate::future::BoxFuture;

type Build = Arc<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>;

/// The default [`Transport`]: [`reqwest`](crate::transport::reqwest) with the TLS of this crate.
///
/// Connections belong to the tokio runtime on which they were opened: when nobody drives it, they are dead, and who
/// waits for one waits for ever. So each runtime that sends gets a pool of its own, which is dropped when the runtime
/// has ended or has sent nothing for as long as idle connections are kept.
pub struct Reqwest {
    settings: Settings,
    pools: Mutex<Pools>,
}

/// How the HTTP client is made. What is not set is the default.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) build: Option<Build>,
    pub(crate) proxies: Vec<reqwest::Proxy>,
    pub(crate) connect: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    /// Whatever the environment says about proxies, there is none but those that are set.
    pub(crate) direct: bool,
}

impl Settings {
    const CONNECT: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(15);
    /// A year.
    const LONGEST_IDLE: Duration = Duration::from_secs(365 * 86_400);

    /// The name of one that is set, if any is.
    pub(crate) fn named(&self) -> Option<&'static str> {
        [
            (self.build.is_some(), "http_client_builder"),
            (!self.proxies.is_empty(), "proxy"),
            (self.connect.is_some(), "connect_timeout"),
            (self.idle.is_some(), "pool_idle_timeout"),
        ]
        .into_iter()
        .find_map(|(set, name)| set.then_some(name))
    }

    fn idle(&self) -> Duration {
        // The pool counts from now on, and a clock has an end.
        self.idle.unwrap_or(Self::IDLE).min(Self::LONGEST_IDLE)
    }

    /// A client; one that keeps no connection if `kept` is false.
    fn client(&self, kept: bool) -> Result<reqwest::Client> {
        let make = || {
            let mut builder = match &self.build {
                Some(build) if self.direct => build().no_proxy(),
                Some(build) => build(),
                None if self.direct => client_builder().no_proxy(),
                None => client_builder(),
            };
            for proxy in &self.proxies {
                builder = builder.proxy(proxy.clone());
            }
            if !kept {
                builder = builder.pool_max_idle_per_host(0);
            }
            builder
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(self.connect.unwrap_or(Self::CONNECT))
                .pool_idle_timeout(self.idle())
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

const PANICKED: &str = "building the HTTP client panicked. If it was for the lack of a crypto provider of rustls: begin \
                        with `weixin::transport::client_builder()`, or install one for the whole program with \
                        `rustls::crypto::ring::default_provider().install_default()`";

/// A builder of reqwest's that has the TLS of this crate: with the feature `rustls`, ring and Mozilla's root
/// certificates.
///
/// Begin with it in [`ClientBuilder::http_client_builder`](crate::ClientBuilder::http_client_builder). It also makes
/// clients for requests outside this crate, where `reqwest::Client::new()` panics: this crate's `rustls` feature
/// switches on reqwest's TLS without a crypto provider, and features count for the whole program.
///
/// ```
/// # fn main() -> weixin::Result<()> {
/// use weixin::transport::client_builder;
///
/// let settings = || client_builder().user_agent("shop/1.0");
/// let client = weixin::Client::builder("wx_appid", "app_secret").http_client_builder(settings).build()?;
/// let other = client_builder().build().expect("the settings are right");
/// # Ok(()) }
/// ```
pub fn client_builder() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().user_agent(concat!("weixin/", env!("CARGO_PKG_VERSION")));
    #[cfg(feature = "rustls")]
    let builder = match tls() {
        Some(tls) => builder.tls_backend_preconfigured(tls),
        None => builder,
    };
    builder
}

/// rustls with ring and Mozilla's roots: works on a machine that has neither certificates nor a provider.
#[cfg(feature = "rustls")]
fn tls() -> Option<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(config)
}

impl Reqwest {
    /// A transport with the default settings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the HTTP client can't be built.
    pub fn new() -> Result<Self> {
        Self::with_settings(Settings::default())
    }

    /// A transport whose clients are built by this function: once now, and once more for each further runtime.
    /// Redirects, the `Referer` header, the time to connect (10 s) and the life of idle connections (15 s) are set
    /// by the transport.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the HTTP client can't be built.
    pub fn with_builder(build: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Result<Self> {
        Self::with_settings(Settings { build: Some(Arc::new(build)), ..Settings::default() })
    }

    pub(crate) fn with_settings(settings: Settings) -> Result<Self> {
        // Built now, so that what is wrong shows now; the first runtime gets it.
        let pools = Pools { unclaimed: Some(settings.client(true)?), ..Pools::default() };
        Ok(Self { settings, pools: Mutex::new(pools) })
    }

    fn pools(&self) -> MutexGuard<'_, Pools> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client for a request that is sent on this runtime, and its address as reqwest wants it.
    fn claim(&self, request: &http::Request<RequestBody>) -> Result<(reqwest::Client, Url), TransportError> {
        let runtime = Handle::try_current().map_err(unsent)?;
        let mut pools = self.pools();
        let url = pools.url(request.uri())?;
        let pool = pools.of(&runtime, Instant::now(), &self.settings).map_err(unsent)?;
        let client = match (request.extensions().get::<OwnConnection>(), &pool.keepless) {
            (None, _) => pool.client.clone(),
            (Some(_), Some(client)) => client.clone(),
            (Some(_), None) => pool.keepless.insert(self.settings.client(false).map_err(unsent)?).clone(),
        };
        Ok((client, url))
    }
}

fn unsent(error: impl Into<Box<dyn StdError + Send + Sync>>) -> TransportError {
    TransportError::new(Sent::No, error)
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
pub(crate) fn received(response: reqwest::Response) -> http::Response<ResponseBody> {
    http::Response::<reqwest::Body>::from(response).map(ResponseBody::new)
}

/// What reqwest reports, without the URL (and so every token in it).
pub(crate) fn sorted(error: reqwest::Error) -> TransportError {
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
        f.debug_struct("Reqwest").field("pools", &self.pools().of.len()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Pools {
    /// Built before there was a runtime.
    unclaimed: Option<reqwest::Client>,
    of: Vec<Pool>,
    servers: Vec<Server>,
}

/// The connections of one runtime.
struct Pool {
    runtime: Id,
    client: reqwest::Client,
    /// For requests with a connection of their own.
    keepless: Option<reqwest::Client>,
    used: Instant,
    /// Ends with the runtime.
    witness: AbortHandle,
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.witness.abort();
    }
}

/// Where a server is, parsed.
struct Server {
    scheme: Scheme,
    authority: Authority,
    url: Url,
}

impl Pools {
    /// The pool of the runtime. Those that nobody uses any more are dropped.
    fn of(&mut self, runtime: &Handle, now: Instant, settings: &Settings) -> Result<&mut Pool> {
        let id = runtime.id();
        self.of.retain(|pool| {
            let unused = now.saturating_duration_since(pool.used) > settings.idle();
            pool.runtime == id || !(unused || pool.witness.is_finished())
        });
        let at = match self.of.iter().position(|pool| pool.runtime == id) {
            Some(at) => at,
            None => {
                let client = self.unclaimed.take().map_or_else(|| settings.client(true), Ok)?;
                let witness = runtime.spawn(std::future::pending::<()>()).abort_handle();
                self.of.push(Pool { runtime: id, client, keepless: None, used: now, witness });
                self.of.len() - 1
            }
        };
        let pool = &mut self.of[at];
        pool.used = now;
        Ok(pool)
    }

    /// The address as reqwest wants it. All calls go to a few servers, so where these are is parsed once.
    fn url(&mut self, uri: &Uri) -> Result<Url, TransportError> {
        const KNOWN: usize = 8;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(unsent("the request has no server"));
        };
        let known =
            self.servers.iter().position(|server| server.scheme == *scheme && server.authority == *authority);
        let at = match known {
            Some(at) => at,
            None => {
                let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(unsent)?;
                self.servers.truncate(KNOWN - 1);
                self.servers.push(Server { scheme: scheme.clone(), authority: authority.clone(), url });
                self.servers.len() - 1
            }
        };
        let mut url = self.servers[at].url.clone();
        url.set_path(uri.path());
        url.set_query(uri.query());
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn each_runtime_has_a_pool_until_it_ends() {
        let (settings, mut pools, now) = (Settings::default(), Pools::default(), Instant::now());
        let (first, second) = (runtime(), runtime());
        for _ in 0..2 {
            for runtime in [&first, &second] {
                let id = runtime.handle().id();
                assert!(pools.of(runtime.handle(), now, &settings).unwrap().runtime == id);
            }
        }
        assert_eq!(pools.of.len(), 2);
        drop(first);
        pools.of(second.handle(), now, &settings).unwrap();
        assert_eq!(pools.of.len(), 1);
        for _ in 0..20 {
            let passing = runtime();
            pools.of(passing.handle(), now, &settings).unwrap();
        }
        assert_eq!(pools.of.len(), 2);
    }

    #[test]
    fn a_pool_that_is_not_used_is_dropped() {
        let (settings, mut pools, now) = (Settings::default(), Pools::default(), Instant::now());
        let (first, second) = (runtime(), runtime());
        pools.of(first.handle(), now, &settings).unwrap();
        let witness = pools.of[0].witness.clone();
        pools.of(second.handle(), now + Settings::IDLE, &settings).unwrap();
        assert_eq!(pools.of.len(), 2);
        pools.of(second.handle(), now + Settings::IDLE * 2, &settings).unwrap();
        assert_eq!(pools.of.len(), 1);
        first.block_on(tokio::task::yield_now());
        assert!(witness.is_finished());
    }

    #[test]
    fn an_address_is_what_it_was() {
        let mut pools = Pools::default();
        for address in [
            "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&secret=a%2Bb%3D%3D",
            "http://127.0.0.1:8080/gateway/cgi-bin/x",
            "http://user:pass@gateway.example:81/cgi-bin/x?a=%E4%B8%AD",
            "https://api.weixin.qq.com/",
        ] {
            for _ in 0..2 {
                assert_eq!(pools.url(&address.parse().unwrap()).unwrap().as_str(), address);
            }
        }
        assert_eq!(pools.servers.len(), 3);
        for number in 0..20 {
            pools.url(&format!("http://h{number}.example/").parse().unwrap()).unwrap();
        }
        assert_eq!(pools.servers.len(), 8);
    }
}
