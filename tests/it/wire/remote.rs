//! Tokens from a central server of the user's own, and a client without a secret.

use std::time::Duration;

use weixin::network::GetCallbackIp;
use weixin::oauth::GetUserToken;
use weixin::{Client, ErrorCode, ErrorKind, RemoteSource};

use crate::account::failed;
use crate::server::{Answer, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const REFUSED: &str =
    r#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}"#;

fn token(name: &str) -> Answer {
    Answer::json(format!(r#"{{"access_token":"81_s3cr3t-{name}","expires_in":7123}}"#))
}

fn source(server: &Server) -> RemoteSource {
    RemoteSource::new(&format!("{}/tokens/wx_appid?shop=1", server.url())).unwrap()
}

fn client(platform: &Server, source: RemoteSource) -> Client {
    Client::builder("wx_appid", "").base_url(platform.url()).token_source(source).build().unwrap()
}

#[tokio::test]
async fn the_server_is_asked_once() {
    let (tokens, platform) =
        (Server::start([token("A")]).await, Server::start([IPS, IPS].map(Answer::json)).await);
    let client = client(&platform, source(&tokens).bearer("81_s3cr3t-password").unwrap());
    for _ in 0..2 {
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    }
    let asked = tokens.only();
    assert_eq!(asked.line(), "GET /tokens/wx_appid?shop=1 HTTP/1.1");
    assert_eq!(asked.header("authorization"), Some("Bearer 81_s3cr3t-password"));
    assert_eq!(platform.seen()[1].target(), "/cgi-bin/getcallbackip?access_token=81_s3cr3t-A");
    let life = client.token_status().unwrap().expires_in.unwrap();
    assert!(life <= Duration::from_secs(7123) && life > Duration::from_secs(7000), "{life:?}");
}

#[tokio::test]
async fn a_refused_token_is_named_when_the_server_insists_on_it() {
    let tokens = Server::start([token("A"), token("A"), token("B")]).await;
    let platform = Server::start([REFUSED, IPS].map(Answer::json)).await;
    client(&platform, source(&tokens)).get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let targets: Vec<String> = tokens.seen().iter().map(|seen| seen.target().to_owned()).collect();
    // The SHA-1 of `81_s3cr3t-A`.
    let refused =
        format!("/tokens/wx_appid?shop=1&refused={}", weixin::Token::new("81_s3cr3t-A").fingerprint());
    assert_eq!(targets, ["/tokens/wx_appid?shop=1", "/tokens/wx_appid?shop=1", &refused]);
    assert_eq!(refused.len(), "/tokens/wx_appid?shop=1&refused=".len() + 40);
    assert_eq!(platform.seen()[1].target(), "/cgi-bin/getcallbackip?access_token=81_s3cr3t-B");
}

#[tokio::test]
async fn a_server_that_already_has_another_token_is_asked_plainly() {
    let tokens = Server::start([token("A"), token("B")]).await;
    let platform = Server::start([REFUSED, IPS].map(Answer::json)).await;
    client(&platform, source(&tokens)).get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(tokens.count(), 2);
}

#[tokio::test]
async fn what_the_server_says_is_told() {
    for (answer, kind) in [
        (
            Answer::json(r#"{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}"#),
            ErrorKind::Api,
        ),
        (Answer::new("401 Unauthorized", &[], "who are you, 81_s3cr3t?"), ErrorKind::Status),
        (Answer::new("302 Found", &[("Location", "https://elsewhere.example/")], ""), ErrorKind::Status),
        (Answer::json(r#"{"access_token":"","expires_in":7200}"#), ErrorKind::Token),
        (Answer::json("{}"), ErrorKind::Decode),
        (Answer::json("null"), ErrorKind::Decode),
        (Answer::json(""), ErrorKind::Decode),
        (Answer::of_type("text/html", "<html>81_s3cr3t</html>"), ErrorKind::Decode),
        (Answer::json(format!("{{\"access_token\":\"{}\"}}", "x".repeat(70_000))), ErrorKind::TooLarge),
        (Answer::close(), ErrorKind::Transport),
    ] {
        let tokens = Server::answering(move |_, _| answer.clone()).await;
        let platform = Server::start([]).await;
        let client = client(&platform, source(&tokens));
        let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.endpoint(), Some("remote_token"), "{error}");
        // Remembered: nobody is asked again for each call.
        failed(client.get_callback_ip(GetCallbackIp::new()).await);
        // What broke before there was a response was asked for twice.
        let asked = if kind == ErrorKind::Transport { 2 } else { 1 };
        assert_eq!((tokens.count(), platform.count()), (asked, 0));
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let (tokens, platform) = (Server::start([Answer::hang()]).await, Server::start([]).await);
    let client = client(&platform, source(&tokens).timeout(Duration::from_millis(50)));
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_call_that_carries_the_secret_needs_one() {
    let (tokens, platform) = (Server::start([]).await, Server::start([]).await);
    let error = failed(client(&platform, source(&tokens)).get_user_token(GetUserToken::new("code")).await);
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "get_user_token: this call carries the account's secret, and the client was built without one"
    );
    assert_eq!((tokens.count(), platform.count()), (0, 0));
    // Where the client asks the platform itself, there is no doing without.
    assert_eq!(failed(Client::builder("wx_appid", "").build()).kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_refusal_seen_elsewhere_can_be_reported() {
    let tokens = Server::start([token("A"), token("B")]).await;
    let platform = Server::start([]).await;
    let client = client(&platform, source(&tokens));
    let first = client.access_token().await.unwrap();
    client.report_rejected_token(&first).await;
    let second = client.access_token().await.unwrap();
    assert_eq!(second.expose(), "81_s3cr3t-B");
    // A late report, about the one before.
    client.report_rejected_token(&first).await;
    assert!(client.access_token().await.unwrap().ptr_eq(&second));
    assert_eq!(tokens.count(), 2);
}

#[test]
fn what_is_no_address_is_refused() {
    for url in ["", "tokens.example.com/x", "ftp://tokens.example.com/", "https://"] {
        let error = failed(RemoteSource::new(url));
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
    }
    let source =
        RemoteSource::new("https://user:81_s3cr3t@tokens.example.com/81_s3cr3t?k=81_s3cr3t").unwrap();
    assert_eq!(failed(source.clone().bearer("a\nb")).kind(), ErrorKind::Config);
    let shown = format!("{:?}", source.bearer("81_s3cr3t").unwrap());
    assert!(shown.contains("tokens.example.com") && !shown.contains("s3cr3t"), "{shown}");
}

#[tokio::test]
async fn its_error_codes_are_the_platforms() {
    let tokens = Server::start([Answer::json(r#"{"errcode":40013,"errmsg":"invalid appid"}"#)]).await;
    let platform = Server::start([]).await;
    let error = failed(client(&platform, source(&tokens)).get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode(40013)));
}
