//! Settings that go together in any order, and those that exclude each other.
//! What single settings do is tested beside this file.

use std::sync::Arc;
use std::time::Duration;

use weixin::network::GetCallbackIp;
use weixin::qrcode::ShowQrcode;
use weixin::transport::{client_builder, reqwest, Reqwest, ReqwestBuilder};
use weixin::{BoxFuture, Client, ClientBuilder, ErrorKind, Grant, Host, TokenPolicy, TokenSource};

use crate::account::{failed, Fixed, SECRET, TOKEN};
use crate::server::{Answer, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;

struct Source;

impl TokenSource for Source {
    fn fetch(&self, _force: bool) -> BoxFuture<'static, weixin::Result<Grant>> {
        Box::pin(async { Ok(Grant::new(TOKEN, Duration::from_secs(7200))) })
    }
}

fn builder() -> ClientBuilder {
    Client::builder("wx_appid", SECRET)
}

fn plain_builder() -> reqwest::ClientBuilder {
    client_builder().no_proxy().user_agent("mine/1")
}

#[tokio::test]
async fn a_proxy_and_a_builder_go_together() {
    type Setting = fn(ReqwestBuilder, String) -> ReqwestBuilder;
    let orders: [Setting; 2] = [
        |transport, proxy| transport.proxy(proxy).http_client(plain_builder),
        |transport, proxy| transport.http_client(plain_builder).proxy(proxy),
    ];
    for order in orders {
        let proxy = Server::start([Answer::json(IPS)]).await;
        let client = builder().base_url("http://api.example").token_provider(Fixed::new(TOKEN));
        let transport = order(Reqwest::builder(), proxy.url()).build().unwrap();
        let client = client.transport(transport).build().unwrap();
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        let seen = proxy.only();
        assert_eq!(seen.target(), "http://api.example/cgi-bin/getcallbackip?access_token=81_s3cr3t-A");
        assert_eq!(seen.header("user-agent"), Some("mine/1"));
    }
}

#[test]
fn what_excludes_each_other_is_refused_in_any_order() {
    type Setting = (&'static str, fn(ClientBuilder) -> ClientBuilder);
    let settings: [Setting; 10] = [
        ("proxy", |client| client.proxy("http://127.0.0.1:1")),
        ("no_proxy", |client| client.no_proxy()),
        ("connect_timeout", |client| client.connect_timeout(Duration::from_secs(1))),
        ("pool_idle_timeout", |client| client.pool_idle_timeout(Duration::from_secs(1))),
        ("share_connections_with", |client| client.share_connections_with(&builder().build().unwrap())),
        ("transport", |client| client.transport(Reqwest::new().unwrap())),
        ("legacy_token", |client| client.legacy_token()),
        ("token_source", |client| client.token_source(Source)),
        ("token_provider", |client| client.token_provider(Fixed::new(TOKEN))),
        ("token_policy", |client| client.token_policy(TokenPolicy::new(weixin::SourceKind::Stable))),
    ];
    let http = |name: &str| ["proxy", "no_proxy", "connect_timeout", "pool_idle_timeout"].contains(&name);
    let proxy = |name: &str| ["proxy", "no_proxy"].contains(&name);
    let carrier = |name: &str| ["share_connections_with", "transport"].contains(&name);
    let token = |name: &str| ["legacy_token", "token_source", "token_provider"].contains(&name);
    let mut refused = 0;
    for (one, first) in settings {
        for (other, second) in settings {
            let excluded = one != other
                && (carrier(one) && (carrier(other) || http(other))
                    || http(one) && carrier(other)
                    || proxy(one) && proxy(other)
                    || token(one) && token(other)
                    || [one, other].contains(&"token_policy") && [one, other].contains(&"token_provider"));
            let built = second(first(builder())).build();
            if excluded {
                let error = failed(built);
                assert_eq!(error.kind(), ErrorKind::Config);
                let said = error.to_string();
                assert!(said.ends_with("exclude each other: keep one of them"), "{said}");
                assert!(said.contains(one) && said.contains(other), "{one}, {other}: {said}");
                refused += 1;
            } else {
                assert!(built.is_ok(), "{one}, {other}: {built:?}");
            }
        }
    }
    // Two carriers and four settings of HTTP, of which two contradict each other, three ways to tokens, and a policy:
    // both orders of each pair.
    assert_eq!(refused, 2 * (1 + 2 * 4) + 2 + 2 * 3 + 2);
}

#[tokio::test]
async fn the_address_of_one_host_goes_before_that_of_all() {
    for swapped in [false, true] {
        let api = Server::start([Answer::json(IPS)]).await;
        let mp = Server::start([Answer::of_type("image/jpg", "i")]).await;
        let client = builder().token_provider(Fixed::new(TOKEN));
        let client = if swapped {
            client.base_url(api.url()).host_url(Host::Mp, mp.url())
        } else {
            client.host_url(Host::Mp, mp.url()).base_url(api.url())
        };
        let client = client.build().unwrap();
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        drop(client.show_qrcode(ShowQrcode::new("T")).await.unwrap());
        assert_eq!((api.count(), mp.count()), (1, 1));
    }
}

#[test]
fn an_address_with_a_password_is_not_repeated() {
    for url in [
        "http://user:s3cr3t@[::1",
        "ftp://user:s3cr3t@a.example",
        "user:s3cr3t@a.example",
        "http://user:s3@cr3t@",
    ] {
        let error = builder().base_url(url).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let said = format!("{error} {error:?}");
        assert!(!said.contains("s3cr3t") && !said.contains("s3@"), "{url}: {said}");
    }
}

#[tokio::test]
async fn the_password_of_an_address_becomes_a_header() {
    let server = Server::start([Answer::json(IPS)]).await;
    let client = builder().base_url(server.url().replace("http://", "http://user:pass@"));
    let client = client.token_provider(Fixed::new(TOKEN)).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let seen = server.only();
    assert_eq!(seen.header("authorization"), Some("Basic dXNlcjpwYXNz"));
    assert_eq!(seen.target(), "/cgi-bin/getcallbackip?access_token=81_s3cr3t-A");
    assert_eq!(seen.header("host"), Some(&*server.host()));
}

#[test]
fn no_provider_of_cryptography_is_installed_for_the_whole_program() {
    drop(Client::new("wx_appid", SECRET).unwrap());
    drop(Reqwest::builder().http_client(plain_builder).build().unwrap());
    drop(client_builder().build().unwrap());
    #[cfg(feature = "rustls")]
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    // Where reqwest can't build a client without one, that is said, and how to help it.
    if let Err(error) = Reqwest::builder().http_client(reqwest::Client::builder).build() {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("`weixin::transport::client_builder()`"), "{error}");
        assert!(error.to_string().contains("install_default()"), "{error}");
    }
}

#[tokio::test]
async fn one_transport_serves_several_clients() {
    let server = Server::start([IPS, IPS].map(Answer::json)).await;
    let transport = Arc::new(Reqwest::builder().http_client(plain_builder).build().unwrap());
    for app_id in ["wx1", "wx2"] {
        let client = Client::builder(app_id, SECRET).base_url(server.url()).token_provider(Fixed::new(TOKEN));
        let client = client.transport(Arc::clone(&transport)).build().unwrap();
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    }
    assert!(server.seen().iter().all(|seen| seen.connection == 0));
}
