//! What every transport must do, and its errors must say: all of it by reqwest and by hyper, against servers on this
//! machine. How a client behaves over a transport is tested beside this file, by the default one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use weixin::media::UploadImage;
use weixin::network::GetCallbackIp;
use weixin::transport::{
    client_builder, Hyper, OwnConnection, RequestBody, Reqwest, ResponseBody, Sent, Transport, TransportError,
};
use weixin::{Client, ErrorCode, ErrorKind, FilePart};

use super::broken::hasty;
use crate::account::{discreet, failed, Fixed, SECRET, TOKEN};
use crate::server::{Answer, Gate, Server};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Reqwest,
    Hyper,
}

/// What a test sets; without a proxy there is none, whatever the environment says.
#[derive(Clone, Default)]
struct Setup {
    proxy: Option<String>,
    tls: Option<ClientConfig>,
    connect: Option<Duration>,
}

impl Kind {
    fn make(self, setup: Setup) -> weixin::Result<Arc<dyn Transport>> {
        let connect = setup.connect.unwrap_or(Duration::from_secs(60));
        Ok(match self {
            Self::Reqwest => {
                let mut builder = Reqwest::builder().connect_timeout(connect);
                builder = match setup.proxy {
                    Some(url) => builder.proxy(url),
                    None => builder.no_proxy(),
                };
                if let Some(tls) = setup.tls {
                    builder =
                        builder.http_client(move || client_builder().tls_backend_preconfigured(tls.clone()));
                }
                Arc::new(builder.build()?)
            }
            Self::Hyper => {
                let mut builder = Hyper::builder().connect_timeout(connect);
                builder = match setup.proxy {
                    Some(url) => builder.proxy(url),
                    None => builder.no_proxy(),
                };
                if let Some(mut tls) = setup.tls {
                    // Offered to a server that would take it, this would end badly.
                    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
                    builder = builder.tls(tls);
                }
                Arc::new(builder.build()?)
            }
        })
    }

    fn plain(self) -> Arc<dyn Transport> {
        self.make(Setup::default()).unwrap()
    }

    fn through(self, proxy: &str) -> Arc<dyn Transport> {
        self.make(Setup { proxy: Some(proxy.to_owned()), ..Setup::default() }).unwrap()
    }
}

/// Each of these for each transport.
macro_rules! contract {
    ($($name:ident)*) => {
        mod by_reqwest {
            $(#[tokio::test] async fn $name() { super::$name(super::Kind::Reqwest).await })*
        }
        mod by_hyper {
            $(#[tokio::test] async fn $name() { super::$name(super::Kind::Hyper).await })*
        }
    };
}

contract! {
    a_request_is_sent_as_it_is
    a_server_that_refuses
    a_connection_closed_before_the_answer
    a_connection_closed_while_it_was_idle
    half_a_body
    a_slow_body_is_read_as_it_comes
    an_upload_that_is_answered_early
    dropping_the_future_cancels_the_request
    a_redirect_is_an_answer
    a_packed_body_stays_packed
    a_connection_of_its_own
    connecting_that_takes_too_long
    a_certificate_that_nobody_vouches_for
    a_certificate_of_ones_own
    a_password_in_the_address_becomes_a_header
    a_proxy_that_passes_requests_on
    a_proxy_that_digs_a_tunnel
    a_proxy_that_refuses
    a_proxy_that_is_not_there
    a_proxy_that_cannot_be_used
    proxies_of_the_environment
}

type Received = Result<http::Response<ResponseBody>, TransportError>;

fn request(url: &str) -> http::Request<RequestBody> {
    http::Request::get(url).body(RequestBody::empty()).unwrap()
}

fn own(url: &str) -> http::Request<RequestBody> {
    http::Request::get(url).extension(OwnConnection).body(RequestBody::empty()).unwrap()
}

async fn all(response: http::Response<ResponseBody>) -> Result<Bytes, TransportError> {
    Ok(response.into_body().collect().await?.to_bytes())
}

/// Status and body of a response that must come.
async fn answered(received: Received) -> (u16, String) {
    let response = received.unwrap_or_else(|error| panic!("{error:?}"));
    let status = response.status().as_u16();
    (status, String::from_utf8(all(response).await.unwrap().to_vec()).unwrap())
}

fn ok() -> (u16, String) {
    (200, "yes".to_owned())
}

fn yes() -> Answer {
    Answer::new("200 OK", &[], "yes")
}

/// An error whose words, and those of its causes, hold nothing that is nobody's business.
#[track_caller]
fn error(received: Received) -> TransportError {
    let Err(error) = received else { panic!("the request should have failed") };
    let said = format!("{error} {error:?}");
    for private in ["pa55word", "cGE1NXdvcmQ", "http://", "https://", "/path", "81_s3cr3t"] {
        assert!(!said.contains(private), "{private} stands in: {said}");
    }
    error
}

fn nobody() -> std::net::SocketAddr {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

async fn a_request_is_sent_as_it_is(kind: Kind) {
    let server = Server::answering(|_, _| yes()).await;
    let transport = kind.plain();
    let target = "/path/%E4%B8%AD?a=%2B&b=c%3D%3D";
    assert_eq!(answered(transport.send(request(&format!("{}{target}", server.url()))).await).await, ok());
    assert_eq!(server.seen()[0].sorted(), server.get(target));
    let body = r#"{"名":"值"}"#;
    let post = http::Request::post(format!("{}/path", server.url()))
        .header("content-type", "application/json")
        .body(RequestBody::from(body))
        .unwrap();
    assert_eq!(answered(transport.send(post).await).await, ok());
    assert_eq!(server.seen()[1].sorted(), server.post("/path", body));
    // What the request says itself goes before.
    let mine = http::Request::get(server.url()).header("user-agent", "mine/1").header("x-mine", "1");
    answered(transport.send(mine.body(RequestBody::empty()).unwrap()).await).await;
    let seen = &server.seen()[2];
    assert_eq!((seen.header("user-agent"), seen.header("x-mine")), (Some("mine/1"), Some("1")));
    assert_eq!(seen.target(), "/");
    assert!(server.seen().iter().all(|seen| seen.connection == 0));
}

async fn a_server_that_refuses(kind: Kind) {
    let error = error(kind.plain().send(request(&format!("http://{}/path", nobody()))).await);
    assert_eq!((error.sent(), error.is_timeout()), (Sent::No, false));
}

async fn a_connection_closed_before_the_answer(kind: Kind) {
    let server = Server::start([Answer::close()]).await;
    let error = error(kind.plain().send(request(&format!("{}/path", server.url()))).await);
    assert_eq!((error.sent(), error.is_timeout()), (Sent::Maybe, false));
    server.only();
}

async fn a_connection_closed_while_it_was_idle(kind: Kind) {
    let server = Server::start([yes().then_close(), yes()]).await;
    let transport = kind.plain();
    assert_eq!(answered(transport.send(request(&server.url())).await).await, ok());
    // It may not be noticed yet; who asks for a connection of its own gets a good one.
    assert_eq!(answered(transport.send(own(&server.url())).await).await, ok());
    assert_eq!(server.seen()[1].connection, 1);
}

async fn half_a_body(kind: Kind) {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345";
    let server = Server::start([Answer::raw(half).then_close()]).await;
    let response = kind.plain().send(request(&server.url())).await.unwrap();
    let error = all(response).await.unwrap_err();
    assert_eq!((error.sent(), error.is_timeout()), (Sent::Maybe, false));
}

async fn a_slow_body_is_read_as_it_comes(kind: Kind) {
    let gate = Gate::new();
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none";
    let server = Server::start([Answer::raw(head).then_wait(&gate).then("two")]).await;
    let mut body = kind.plain().send(request(&server.url())).await.unwrap().into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "one");
    gate.open();
    assert_eq!(body.collect().await.unwrap().to_bytes(), "two");
}

async fn an_upload_that_is_answered_early(kind: Kind) {
    let (url, seen) = hasty(r#"{"errcode":40009,"errmsg":"invalid image size"}"#).await;
    let client = Client::builder("wx_appid", SECRET).base_url(url).token_provider(Fixed::new(TOKEN));
    let client = client.transport(kind.plain()).build().unwrap();
    let large = FilePart::bytes("a.jpg", vec![1; 8 << 20]);
    let error = failed(client.upload_image(UploadImage::new(large)).await);
    assert_eq!(error.code(), Some(ErrorCode(40009)), "{error:?}");
    // The connection that is still full of it serves nobody else.
    failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(*seen.lock().unwrap(), [0, 1]);
}

async fn dropping_the_future_cancels_the_request(kind: Kind) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/path", listener.local_addr().unwrap());
    let transport = kind.plain();
    let sending = tokio::spawn(async move { transport.send(request(&url)).await.map(drop) });
    let (mut stream, _) = listener.accept().await.unwrap();
    head(&mut stream).await.unwrap();
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    // Nothing was answered, and the connection is closed.
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0);
}

async fn a_redirect_is_an_answer(kind: Kind) {
    let elsewhere = Server::start([]).await;
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Moved"]
    {
        let server = Server::start([Answer::new(status, &[("Location", &elsewhere.url())], "")]).await;
        let response = kind.plain().send(request(&server.url())).await.unwrap();
        assert!(response.status().is_redirection());
        assert_eq!(response.headers()["location"], elsewhere.url());
    }
    assert_eq!(elsewhere.count(), 0);
}

async fn a_packed_body_stays_packed(kind: Kind) {
    let packed = b"\x1f\x8b\x08\x00not really";
    let server = Server::start([Answer::new("200 OK", &[("Content-Encoding", "gzip")], packed)]).await;
    let response = kind.plain().send(request(&server.url())).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(all(response).await.unwrap(), &packed[..]);
    assert_eq!(server.only().header("accept-encoding"), None);
}

async fn a_connection_of_its_own(kind: Kind) {
    let server = Server::answering(|_, _| yes()).await;
    let transport = kind.plain();
    for request in [request(&server.url()), own(&server.url()), request(&server.url()), own(&server.url())] {
        assert_eq!(answered(transport.send(request).await).await, ok());
    }
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 0, 2]);
}

async fn connecting_that_takes_too_long(kind: Kind) {
    // A queue of one that nobody empties: whoever comes later is left waiting.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the queue has no end");
    }
    let setup = Setup { connect: Some(Duration::from_millis(100)), ..Setup::default() };
    let error = error(kind.make(setup).unwrap().send(request(&format!("http://{address}/path"))).await);
    assert_eq!((error.sent(), error.is_timeout()), (Sent::No, true));
}

/// Reads a head, up to and including its empty line.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

type Heads = Arc<Mutex<Vec<String>>>;

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, heads: Heads) -> std::io::Result<()> {
    loop {
        let head = head(&mut stream).await?;
        heads.lock().unwrap().push(head);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes").await?;
        stream.flush().await?;
    }
}

/// A server with a certificate of its own for `localhost`, which would rather speak HTTP/2.
struct Protected {
    port: u16,
    heads: Heads,
    root: CertificateDer<'static>,
}

impl Protected {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
        openssl.args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        openssl.args(["-keyout", "key.pem", "-out", "cert.pem"]).current_dir(folder.path());
        let made = openssl.output().expect("openssl is installed: `tests/run` does that");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let root = CertificateDer::from_pem_file(folder.path().join("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(folder.path().join("key.pem")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let mut config = config.with_single_cert(vec![root.clone()], key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Heads::default();
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
                    let _ = answer(stream, seen).await;
                });
            }
        });
        Self { port, heads, root }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/path", self.port)
    }

    /// What trusts this server.
    fn trusting(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }
}

async fn a_certificate_that_nobody_vouches_for(kind: Kind) {
    let server = Protected::start().await;
    let error = error(kind.plain().send(request(&server.url())).await);
    assert_eq!((error.sent(), error.is_timeout()), (Sent::No, false));
    let client = Client::builder("wx_appid", SECRET).base_url(format!("https://localhost:{}", server.port));
    let client = client.token_provider(Fixed::new(TOKEN)).transport(kind.plain()).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("check this machine's clock"), "{error}");
    assert!(server.heads.lock().unwrap().is_empty());
}

async fn a_certificate_of_ones_own(kind: Kind) {
    let server = Protected::start().await;
    let setup = Setup { tls: Some(server.trusting()), ..Setup::default() };
    let transport = kind.make(setup).unwrap();
    for _ in 0..2 {
        assert_eq!(answered(transport.send(request(&server.url())).await).await, ok());
    }
    assert!(server.heads.lock().unwrap()[1].starts_with("GET /path HTTP/1.1\r\n"));
}

async fn a_password_in_the_address_becomes_a_header(kind: Kind) {
    let server = Server::start([yes()]).await;
    let url = server.url().replace("http://", "http://us%40er:pass@");
    assert_eq!(answered(kind.plain().send(request(&format!("{url}/path"))).await).await, ok());
    let seen = server.only();
    // `us@er:pass`
    assert_eq!(seen.header("authorization"), Some("Basic dXNAZXI6cGFzcw=="));
    assert_eq!((seen.target(), seen.header("host")), ("/path", Some(&*server.host())));
}

async fn a_proxy_that_passes_requests_on(kind: Kind) {
    let proxy = Server::answering(|_, _| yes()).await;
    let transport = kind.through(&proxy.url().replace("http://", "http://user:pa55word@"));
    for _ in 0..2 {
        assert_eq!(answered(transport.send(request("http://api.example/path?a=b")).await).await, ok());
    }
    for seen in proxy.seen() {
        assert_eq!(seen.target(), "http://api.example/path?a=b");
        assert_eq!(seen.header("host"), Some("api.example"));
        // `user:pa55word`
        assert_eq!(seen.header("proxy-authorization"), Some("Basic dXNlcjpwYTU1d29yZA=="));
        assert_eq!(seen.connection, 0);
    }
}

/// A proxy that digs tunnels to this machine, whatever host is asked for, or refuses; and the heads that it saw.
async fn digger(refusal: Option<&'static str>) -> (String, Heads) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://user:pa55word@{}", listener.local_addr().unwrap());
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let Ok(head) = head(&mut stream).await else { return };
                let line = head.lines().next().unwrap_or_default().to_owned();
                seen.lock().unwrap().push(head);
                if let Some(refusal) = refusal {
                    let _ = stream.write_all(refusal.as_bytes()).await;
                    return;
                }
                let port = line.split([':', ' ']).nth(2).and_then(|port| port.parse().ok()).unwrap_or(0);
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.expect("the server is there");
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.expect("it waits");
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    (url, heads)
}

async fn a_proxy_that_digs_a_tunnel(kind: Kind) {
    let server = Protected::start().await;
    let (proxy, dug) = digger(None).await;
    let setup = Setup { proxy: Some(proxy), tls: Some(server.trusting()), ..Setup::default() };
    let transport = kind.make(setup).unwrap();
    for _ in 0..2 {
        assert_eq!(answered(transport.send(request(&server.url())).await).await, ok());
    }
    let dug = dug.lock().unwrap().clone();
    // One tunnel serves both. The proxy learns nothing but the host, and the server nothing of the proxy.
    assert_eq!(dug.len(), 1, "{dug:?}");
    assert!(dug[0].starts_with(&format!("CONNECT localhost:{} HTTP/1.1\r\n", server.port)), "{dug:?}");
    let login = "proxy-authorization: basic dxnlcjpwytu1d29yza==\r\n";
    assert!(dug[0].to_ascii_lowercase().contains(login), "{dug:?}");
    let heads = server.heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 2);
    for head in heads {
        assert!(head.starts_with("GET /path HTTP/1.1\r\n"), "{head}");
        assert!(!head.to_ascii_lowercase().contains("proxy"), "{head}");
    }
}

async fn a_proxy_that_refuses(kind: Kind) {
    for refusal in [
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        "",
    ] {
        let (proxy, _) = digger(Some(refusal)).await;
        let error = error(kind.through(&proxy).send(request("https://api.example/path")).await);
        assert_eq!((error.sent(), error.is_timeout()), (Sent::No, false), "{refusal}");
    }
}

async fn a_proxy_that_is_not_there(kind: Kind) {
    let transport = kind.through(&format!("http://user:pa55word@{}", nobody()));
    for url in ["http://api.example/path", "https://api.example/path"] {
        assert_eq!(error(transport.send(request(url)).await).sent(), Sent::No);
    }
}

async fn a_proxy_that_cannot_be_used(kind: Kind) {
    for url in
        ["", "ftp://user:pa55word@proxy.example", "http://user:pa55word@pro xy", "http://user:pa55word@"]
    {
        let setup = Setup { proxy: Some(url.to_owned()), ..Setup::default() };
        let Err(error) = kind.make(setup) else { panic!("`{url}` passes") };
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with("what `proxy` was given "), "{error}");
        assert!(!format!("{error:?}").contains("pa55word"), "{error:?}");
    }
    if let Kind::Hyper = kind {
        let Err(error) = Hyper::builder().proxy("socks5://proxy.example").build() else {
            panic!("it passes")
        };
        assert!(error.to_string().contains("SOCKS"), "{error}");
    }
}

/// What the process of `proxies_of_the_environment` does: sends to the address that it is told.
#[tokio::test]
#[ignore = "runs in a process of its own, with an environment of its own"]
async fn sent_by_a_child() {
    let url = std::env::var("WEIXIN_TEST_URL").unwrap();
    let made: weixin::Result<Arc<dyn Transport>> = match &*std::env::var("WEIXIN_TEST_KIND").unwrap() {
        "Reqwest" => Reqwest::new().map(|transport| Arc::new(transport) as _),
        _ => Hyper::new().map(|transport| Arc::new(transport) as _),
    };
    match made {
        Ok(transport) => match transport.send(request(&url)).await {
            Ok(response) => println!("got {:?}", answered(Ok(response)).await),
            Err(broken) => println!("broken {:?}", error(Err(broken)).sent()),
        },
        Err(refused) => println!("error {refused:?}"),
    }
}

/// The line that a process says which sends to this address in this environment.
async fn child(kind: Kind, url: &str, environment: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "wire::transport::sent_by_a_child",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.env("WEIXIN_TEST_URL", url).env("WEIXIN_TEST_KIND", format!("{kind:?}"));
    command.envs(environment.iter().copied());
    // The servers run on this thread.
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let begins = |line: &str| ["got ", "broken ", "error "].iter().find_map(|word| line.find(word));
    let line = said.lines().find_map(|line| begins(line).map(|at| &line[at..]));
    line.unwrap_or_else(|| panic!("{said} {}", String::from_utf8_lossy(&output.stderr))).to_owned()
}

async fn proxies_of_the_environment(kind: Kind) {
    let got = format!("got {:?}", ok());
    let proxy = Server::answering(|_, _| yes()).await;
    let near = Server::answering(|_, _| yes()).await;
    let (address, elsewhere) =
        (proxy.url().replace("http://", "http://user:pa55word@"), "http://api.example/path");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let through = [(name, &*address), ("NO_PROXY", "internal.example, 127.0.0.0/8")];
        assert_eq!(child(kind, elsewhere, &through).await, got);
        assert_eq!(child(kind, &near.url(), &through).await, got);
    }
    assert_eq!((proxy.count(), near.count()), (3, 3));
    assert!(proxy.seen().iter().all(|seen| seen.target() == elsewhere));
    // A visitor of a CGI program chooses no proxy; what nobody can forge is used all the same.
    let cgi = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", &*address)];
    assert_eq!(child(kind, elsewhere, &cgi).await, got);
    assert_eq!(proxy.count(), 4);
    // What can't be used is never gone past.
    for url in ["htp://user:pa55word@proxy.example", "user:pa55word@pro xy.example"] {
        let said = child(kind, &near.url(), &[("HTTPS_PROXY", url)]).await;
        assert!(said.starts_with("error the environment variable `HTTPS_PROXY` is "), "{said}");
        assert!(said.contains("say `proxy` or `no_proxy`") && !said.contains("pa55word"), "{said}");
    }
    let (tunnels, dug) = digger(Some("HTTP/1.1 403 Forbidden\r\n\r\n")).await;
    let said = child(kind, "https://api.example/path", &[("HTTPS_PROXY", &*tunnels)]).await;
    assert_eq!(said, "broken No");
    assert!(dug.lock().unwrap()[0].starts_with("CONNECT api.example:443 HTTP/1.1\r\n"));
    assert_eq!(near.count(), 3);
}

#[tokio::test]
async fn errors_of_a_call_over_hyper_tell_nothing() {
    let setup = Setup { proxy: Some(format!("http://user:pa55word@{}", nobody())), ..Setup::default() };
    let client = Client::builder("wx_appid", SECRET).transport(Kind::Hyper.make(setup).unwrap());
    let client = client.token_provider(Fixed::new(TOKEN)).max_retries(0).build().unwrap();
    let error = client.get_callback_ip(GetCallbackIp::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    discreet(&error);
    assert!(!format!("{error:?}").contains("pa55word"));
}

#[test]
fn settings_show_no_password() {
    let url = "http://user:pa55word@127.0.0.1:1";
    let builders = [
        format!("{:?}", Reqwest::builder().proxy(url)),
        format!("{:?}", Hyper::builder().proxy(url)),
        format!("{:?}", Reqwest::builder().proxy(url).build().unwrap()),
        format!("{:?}", Hyper::builder().proxy(url).build().unwrap()),
        format!("{:?}", Client::builder("wx_appid", SECRET).proxy(url)),
        format!("{:?}", Client::builder("wx_appid", SECRET).proxy(url).build().unwrap()),
    ];
    assert!(builders.iter().all(|shown| !shown.contains("pa55word")), "{builders:?}");
}

#[test]
fn each_runtime_has_connections_of_its_own() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let driven = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for kind in [Kind::Reqwest, Kind::Hyper] {
        let server = driven.block_on(Server::answering(|_, _| yes()));
        let transport = kind.plain();
        let runtimes = [runtime(), runtime()];
        for _ in 0..2 {
            for runtime in &runtimes {
                let sending = async { answered(transport.send(request(&server.url())).await).await };
                assert_eq!(runtime.block_on(sending), ok());
            }
        }
        let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
        assert_eq!(connections, [0, 1, 0, 1], "{kind:?}");
        // Outside any runtime nothing can be sent.
        let Err(error) = at_once(transport.send(request(&server.url()))) else { panic!("it was sent") };
        assert_eq!(error.sent(), Sent::No);
    }
}

/// Polls once: what can't be sent is known at once.
fn at_once<T>(mut future: weixin::BoxFuture<'_, T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}
