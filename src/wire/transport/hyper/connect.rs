//! How the hyper transport opens a connection: straight to the server, through a proxy that passes requests on, or
//! through a tunnel that it digs; with TLS to whoever asks for it.
//! Which requests go through a proxy is said by `transport/proxy.rs`.

use std::error::Error as StdError;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::HeaderValue;
use http::uri::Scheme;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::ClientConfig;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::wire::transport::proxy::{Environment, Route};

type BoxError = Box<dyn StdError + Send + Sync>;

/// Opens connections, all of them within the same time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Connector(Arc<Settings>);

struct Settings {
    tcp: HttpConnector,
    tls: TlsConnector,
    /// Where some requests go through a proxy.
    proxies: Option<Matcher>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(tls: ClientConfig, route: &Route, limit: Duration) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Several addresses of one server share the time, so that one that is silent leaves some for the others.
        tcp.set_connect_timeout(Some(limit));
        let settings =
            Settings { tcp, tls: TlsConnector::from(Arc::new(tls)), proxies: matcher(route)?, limit };
        Ok(Self(Arc::new(settings)))
    }

    fn proxy(&self, to: &Uri) -> Option<Intercept> {
        self.0.proxies.as_ref()?.intercept(to)
    }

    /// What a proxy wants to see of a request that it passes on.
    pub(super) fn login(&self, to: &Uri) -> Option<HeaderValue> {
        self.proxy(to)?.basic_auth().cloned()
    }

    async fn connect(self, to: Uri) -> Result<Stream, BoxError> {
        let protected = to.scheme() == Some(&Scheme::HTTPS);
        match self.proxy(&to) {
            None => Ok(Stream { io: self.open(&to).await?, passed_on: false }),
            Some(proxy) if protected => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), Opener(self.clone()));
                if let Some(login) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(login.clone());
                }
                let io = tunnel.call(to.clone()).await.map_err(|error| ProxyError(error.into()))?;
                Ok(Stream { io: self.secured(&to, io).await?, passed_on: false })
            }
            Some(proxy) => {
                let io = self.open(proxy.uri()).await.map_err(ProxyError)?;
                Ok(Stream { io, passed_on: true })
            }
        }
    }

    /// A connection to whatever stands at this address, with TLS if that is its scheme.
    async fn open(&self, to: &Uri) -> Result<Io, BoxError> {
        let io: Io = Box::new(self.0.tcp.clone().call(to.clone()).await?);
        if to.scheme() == Some(&Scheme::HTTPS) {
            self.secured(to, io).await
        } else {
            Ok(io)
        }
    }

    async fn secured(&self, to: &Uri, io: Io) -> Result<Io, BoxError> {
        let host = to.host().unwrap_or_default();
        // The brackets of an IPv6 address are no part of it.
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Box::new(TokioIo::new(self.0.tls.connect(name, TokioIo::new(io)).await?)))
    }
}

/// What decides which requests go through a proxy.
fn matcher(route: &Route) -> Result<Option<Matcher>> {
    let Environment { all, http, https, no, .. } = match route {
        Route::Direct => return Ok(None),
        Route::Through(url) => &Environment { all: url.clone(), ..Environment::default() },
        Route::Environment(environment) => environment,
    };
    let matcher = || Matcher::builder().all(all.as_str()).http(http.as_str()).https(https.as_str());
    // A URL that it can't read it takes for nothing, so what is set is tried before there are exceptions.
    let tried = matcher().build();
    for (own, address) in [(http, "http://api.weixin.qq.com/"), (https, "https://api.weixin.qq.com/")] {
        let set = !(own.is_empty() && all.is_empty());
        if set && tried.intercept(&Uri::from_static(address)).is_none() {
            return Err(Error::config("hyper can't use the URL of the proxy"));
        }
    }
    Ok(Some(matcher().no(no.as_str()).build()))
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (limit, connecting) = (self.0.limit, self.clone().connect(to));
        Box::pin(async move {
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "connecting took too long");
            tokio::time::timeout(limit, connecting).await.map_err(late)?
        })
    }
}

/// Opens the connection to the proxy through which a tunnel is dug.
struct Opener(Connector);

impl Service<Uri> for Opener {
    type Response = Io;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Io, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connector = self.0.clone();
        Box::pin(async move { connector.open(&to).await })
    }
}

/// A connection to read from and write to, whatever layers it has.
type Io = Box<dyn Duplex>;

trait Duplex: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Duplex for T {}

/// What hyper speaks HTTP over.
pub(super) struct Stream {
    io: Io,
    /// The server at its end is a proxy, which wants the whole address of each request.
    passed_on: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.passed_on)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// The way through a proxy has failed.
#[derive(Debug)]
struct ProxyError(BoxError);

impl std::fmt::Display for ProxyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no way through the proxy")
    }
}

impl StdError for ProxyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}
