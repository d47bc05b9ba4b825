//! The client as a value: how it is built, what it refuses, what its clones share, and crowds of callers.
//! What it sends and reads is tested in `tests/it/wire.rs`.

mod crowd;
mod dropped;
mod runtimes;
mod settings;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use weixin::network::GetCallbackIp;
use weixin::qrcode::ShowQrcode;
use weixin::transport::{client_builder, reqwest, Reqwest};
use weixin::{
    BoxFuture, Client, ClientBuilder, ErrorKind, Grant, Host, SourceKind, Token, TokenProvider, TokenSource,
};

use crate::account::{client, failed, plain, Fixed, Fresh, Log, SECRET, TOKEN};
use crate::server::{Answer, Gate, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const STABLE: &str = r#"{"access_token":"81_s3cr3t-A","expires_in":7200}"#;

#[track_caller]
fn refused(builder: ClientBuilder) -> String {
    let error = failed(builder.build());
    assert_eq!(error.kind(), ErrorKind::Config);
    error.to_string()
}

#[test]
fn credentials_that_cannot_be_right() {
    for (app_id, secret, message) in [
        ("", "x", "the AppID is empty; copy it again from the account's settings"),
        (" ", "x", "the AppID holds whitespace; copy it again from the account's settings"),
        ("wx1 ", "x", "the AppID holds whitespace; copy it again from the account's settings"),
        ("wx1\n", "x", "the AppID holds whitespace; copy it again from the account's settings"),
        ("wx\u{3000}1", "x", "the AppID holds whitespace; copy it again from the account's settings"),
        (
            "wx1\0",
            "x",
            "the AppID holds characters that are not ASCII; copy it again from the account's settings",
        ),
        (
            "ｗｘ1",
            "x",
            "the AppID holds characters that are not ASCII; copy it again from the account's settings",
        ),
        ("wx1", "", "the secret is empty; copy it again from the account's settings"),
        ("wx1", "a\tb", "the secret holds whitespace; copy it again from the account's settings"),
        ("wx1", "ab\r\n", "the secret holds whitespace; copy it again from the account's settings"),
        (
            "wx1",
            "密码",
            "the secret holds characters that are not ASCII; copy it again from the account's settings",
        ),
    ] {
        assert_eq!(refused(Client::builder(app_id, secret)), message, "{app_id:?} {secret:?}");
        assert_eq!(failed(Client::new(app_id, secret)).to_string(), message);
    }
}

#[test]
fn addresses_that_are_none() {
    let message = |url: &str| {
        // These speak of an address, so the check that no error does is not for them.
        let error = Client::builder("wx1", "x").host_url(Host::Mp, url).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    assert_eq!(message(""), "`` is not a URL: relative URL without a base");
    assert_eq!(message("api.weixin.qq.com"), "`api.weixin.qq.com` is not a URL: relative URL without a base");
    assert_eq!(message("https://"), "`https:` is not a URL: empty host");
    assert_eq!(message("http://a b"), "`http://a b` is not a URL: invalid international domain name");
    assert_eq!(message("ftp://a.example"), "`ftp://a.example` is not a URL of a web server (https://…)");
    assert_eq!(message("localhost:80"), "`localhost:80` is not a URL of a web server (https://…)");
    // A password may stand in any of them.
    assert_eq!(
        message("ftp://user:pa55word@a.example"),
        "`ftp://***@a.example` is not a URL of a web server (https://…)"
    );
    assert_eq!(
        message("https://user:pa55word@a b/?pa55word"),
        "`https://***@a b/` is not a URL: invalid international domain name"
    );
    assert_eq!(message("https://a.example?x=1"), "a base URL holds neither a query nor a fragment");
    assert_eq!(message("https://a.example/#x"), "a base URL holds neither a query nor a fragment");
}

#[test]
fn debug_shows_no_secret() {
    let builder = Client::builder("wx1", SECRET);
    assert_eq!(format!("{builder:?}"), r#"ClientBuilder { app_id: "wx1", .. }"#);
    let client = builder.build().unwrap();
    assert_eq!(format!("{client:?}"), r#"Client { app_id: "wx1", .. }"#);
    assert_eq!(client.app_id(), "wx1");
    let call = client.show_qrcode(ShowQrcode::new("T"));
    assert_eq!(format!("{call:?}"), r#"Call("show_qrcode")"#);
}

#[test]
fn clients_and_calls_can_go_anywhere() {
    fn anywhere<T: Send + Sync + Clone + 'static>() {}
    fn into_tasks<T: Send + Unpin + 'static>() {}
    anywhere::<Client>();
    into_tasks::<weixin::Call<weixin::Empty>>();
    into_tasks::<weixin::Call<weixin::Download>>();
    into_tasks::<weixin::Pages<weixin::user::ListFollowers>>();
    into_tasks::<weixin::Download>();
    // Needs no runtime before the first call.
    drop(Client::new("wx1", "x").unwrap().clone());
}

#[tokio::test]
async fn every_host_has_an_address_of_its_own() {
    let (api, mp) =
        (Server::start([Answer::json(IPS)]).await, Server::start([Answer::of_type("image/jpg", "i")]).await);
    let client = Client::builder("wx_appid", SECRET)
        .host_url(Host::Api, format!("{}/gateway//", api.url()))
        .host_url(Host::Mp, mp.url())
        .token_provider(Fixed::new(TOKEN))
        .build()
        .unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    drop(client.show_qrcode(ShowQrcode::new("T==")).await.unwrap());
    assert_eq!(api.only().sorted(), api.get("/gateway/cgi-bin/getcallbackip?access_token=81_s3cr3t-A"));
    assert_eq!(mp.only().sorted(), mp.get("/cgi-bin/showqrcode?ticket=T%3D%3D"));
}

#[tokio::test]
async fn settings_of_ones_own_leave_the_rules_alone() {
    let elsewhere = Server::start([]).await;
    let moved = Answer::new("302 Found", &[("Location", &elsewhere.url())], "");
    let server = Server::start([moved, Answer::json(IPS)]).await;
    // Redirects and the address of the page before would carry the token elsewhere.
    let settings = || {
        client_builder().user_agent("mine/1").referer(true).redirect(reqwest::redirect::Policy::limited(3))
    };
    let transport = Reqwest::builder().http_client(settings).build().unwrap();
    let client = plain(&server).transport(transport).token_provider(Fixed::new(TOKEN)).build().unwrap();
    assert_eq!(failed(client.get_callback_ip(GetCallbackIp::new()).await).status(), Some(302));
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    for seen in server.seen() {
        assert_eq!((seen.header("user-agent"), seen.header("referer")), (Some("mine/1"), None));
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn through_a_proxy() {
    let proxy = Server::start([Answer::json(IPS)]).await;
    let client = Client::builder("wx_appid", SECRET)
        .base_url("http://api.example")
        .proxy(proxy.url())
        .token_provider(Fixed::new(TOKEN))
        .build()
        .unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let seen = proxy.only();
    assert_eq!(seen.target(), "http://api.example/cgi-bin/getcallbackip?access_token=81_s3cr3t-A");
    assert_eq!(seen.header("host"), Some("api.example"));
}

#[tokio::test]
async fn accounts_can_share_connections() {
    let server = Server::start([IPS, IPS].map(Answer::json)).await;
    let first = client(&server);
    let second =
        Client::builder("wx_other", "x").base_url(server.url()).token_provider(Fixed::new("81_s3cr3t-B"));
    let second = second.share_connections_with(&first).build().unwrap();
    first.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    second.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let seen: Vec<_> = server.seen().iter().map(|seen| (seen.connection, seen.target().to_owned())).collect();
    let target = |token| format!("/cgi-bin/getcallbackip?access_token=81_s3cr3t-{token}");
    assert_eq!(seen, [(0, target("A")), (0, target("B"))]);
}

#[tokio::test]
async fn the_token_can_be_asked_for_and_forgotten() {
    let log = Log::default();
    let server = Server::start([]).await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &log);
    let client = plain(&server).token_source(source).build().unwrap();
    let status = client.token_status().unwrap();
    assert!(!status.usable);
    assert_eq!(status.source, SourceKind::Custom);
    let token = client.access_token().await.unwrap();
    assert_eq!(token.expose(), "81_s3cr3t-1");
    assert_eq!(format!("{token:?}"), "Token(***)");
    assert!(client.access_token().await.unwrap().ptr_eq(&token));
    assert!(client.token_status().unwrap().usable);
    client.invalidate_token().await;
    assert!(!client.token_status().unwrap().usable);
    assert_eq!(client.access_token().await.unwrap().expose(), "81_s3cr3t-2");
    assert_eq!(log.lines(), ["fetch", "fetch"]);
    assert!(crate::account::client(&server).token_status().is_none());
}

#[tokio::test]
async fn clones_share_the_token() {
    let server = Server::start([STABLE, IPS, IPS].map(Answer::json)).await;
    let client = plain(&server).build().unwrap();
    client.clone().get_callback_ip(GetCallbackIp::new()).await.unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let paths: Vec<String> = server.seen().iter().map(|seen| seen.path().to_owned()).collect();
    assert_eq!(paths, ["/cgi-bin/stable_token", "/cgi-bin/getcallbackip", "/cgi-bin/getcallbackip"]);
}

/// Counts the token requests and the others.
async fn counting(gate: &Gate) -> (Server, Arc<AtomicUsize>) {
    let fetched = Arc::new(AtomicUsize::new(0));
    let (counter, gate) = (Arc::clone(&fetched), gate.clone());
    let server = Server::answering(move |_, seen| {
        if seen.path() == "/cgi-bin/stable_token" {
            counter.fetch_add(1, Ordering::SeqCst);
            return Answer::json(STABLE).behind(&gate);
        }
        assert!(seen.target().ends_with("?access_token=81_s3cr3t-A"), "{}", seen.target());
        Answer::json(IPS)
    })
    .await;
    (server, fetched)
}

#[tokio::test]
async fn a_thousand_calls_share_one_token_request() {
    let gate = Gate::new();
    let (server, fetched) = counting(&gate).await;
    let client = plain(&server).timeout(Duration::from_secs(300)).build().unwrap();
    // The first hundred are under way before there is a token; more at a time would need more sockets than
    // some systems give a process.
    let few = Arc::new(Semaphore::new(100));
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let (client, few) = (client.clone(), Arc::clone(&few));
            tokio::spawn(async move {
                let _turn = few.acquire().await.unwrap();
                client.get_callback_ip(GetCallbackIp::new()).await
            })
        })
        .collect();
    server.saw(1).await;
    gate.open();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().ip_list, ["127.0.0.1"]);
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
    assert_eq!(server.count(), 1001);
}

/// Ten thousand callers, none of whom finds a token at first.
async fn crowd() {
    const CALLERS: usize = 10_000;
    let gate = Gate::new();
    let (server, fetched) = counting(&gate).await;
    let client = plain(&server).build().unwrap();
    let started = Arc::new(Semaphore::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (client, started) = (client.clone(), Arc::clone(&started));
            tokio::spawn(async move {
                started.add_permits(1);
                client.access_token().await
            })
        })
        .collect();
    let _all = started.acquire_many(CALLERS as u32).await.unwrap();
    server.saw(1).await;
    gate.open();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().expose(), TOKEN);
    }
    assert_eq!((fetched.load(Ordering::SeqCst), server.count()), (1, 1));
}

#[tokio::test]
async fn ten_thousand_first_callers_cause_one_token_request() {
    crowd().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_first_callers_on_many_threads_too() {
    crowd().await;
}

#[tokio::test]
async fn callers_who_give_up_do_not_stop_the_others() {
    let gate = Gate::new();
    let (server, fetched) = counting(&gate).await;
    let client = plain(&server).build().unwrap();
    let first = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
    server.saw(1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let second = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
    gate.open();
    second.await.unwrap().unwrap();
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
}

#[test]
fn a_client_outlives_its_runtime() {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server_runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = server_runtime.block_on(Server::start([
        // The first runtime ends while the token is under way.
        Answer::hang(),
        Answer::json(STABLE),
        Answer::json(IPS),
        Answer::json(IPS),
    ]));
    let client = plain(&server).build().unwrap();
    let first = run();
    first.block_on(async {
        let call = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
        server.saw(1).await;
        call.abort();
    });
    drop(first);
    for _ in 0..2 {
        run().block_on(async { client.get_callback_ip(GetCallbackIp::new()).await.unwrap() });
    }
    assert_eq!(server.count(), 4);
}

/// A source that panics the first time.
struct Shaky(AtomicUsize);

impl TokenSource for Shaky {
    fn fetch(&self, _force: bool) -> BoxFuture<'static, weixin::Result<Grant>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            assert!(!first, "the source stumbles");
            Ok(Grant::new(TOKEN, Duration::from_secs(7200)))
        })
    }
}

#[tokio::test]
async fn a_source_that_panics_is_survived() {
    let server = Server::start([Answer::json(IPS)]).await;
    let client = plain(&server).token_source(Shaky(AtomicUsize::new(0))).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(server.only().target(), "/cgi-bin/getcallbackip?access_token=81_s3cr3t-A");
}

/// A provider that never has a token.
struct Empty;

impl TokenProvider for Empty {
    fn get(&self) -> BoxFuture<'_, weixin::Result<Token>> {
        Box::pin(async { Err(weixin::Error::new(ErrorKind::Token, "no token today")) })
    }
    fn report(&self, _bad: &Token) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

#[tokio::test]
async fn a_provider_without_a_token_stops_the_call_only() {
    let server = Server::start([Answer::of_type("image/jpg", "i")]).await;
    let client = plain(&server).token_provider(Empty).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.to_string(), "get_callback_ip: no token today");
    assert_eq!(server.count(), 0);
    // What needs no token works all the same.
    drop(client.show_qrcode(ShowQrcode::new("T")).await.unwrap());
}
