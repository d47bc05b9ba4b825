//! Servers that repeat what they were sent, in every way and place: nothing of it may come out of an error.

use std::error::Error as _;

use tokio::task::JoinSet;
use weixin::access_token::GetStableAccessToken;
use weixin::media::GetMedia;
use weixin::network::GetCallbackIp;
use weixin::oauth::GetUserToken;
use weixin::{Client, Error, ErrorKind};

use crate::account::Fixed;
use crate::server::{Answer, Server};

const APP_SECRET: &str = "Sec+ret/0=9f8e7d&6c5b%41";
const ACCESS_TOKEN: &str = "81_aB3+/x=Zq&k9-mN4pQ7~\"w";
const CODE: &str = "CODE/of+a=visitor";

/// How many characters of a secret in a row may be seen.
const SEEN: usize = 7;

fn percent(secret: &str, lower: bool) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte if lower => format!("%{byte:02x}"),
        byte => format!("%{byte:02X}"),
    };
    secret.bytes().map(byte).collect()
}

/// The ways in which a server may write it.
fn written(secret: &str) -> Vec<String> {
    let html =
        secret.replace('&', "&amp;").replace('"', "&quot;").replace('+', "&#43;").replace('/', "&#x2F;");
    let json = secret.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/").replace('+', "\\u002b");
    vec![
        secret.to_owned(),
        percent(secret, false),
        percent(secret, true),
        percent(&percent(secret, false), false),
        html,
        json,
        secret[..secret.len() - 3].to_owned(),
        secret[4..].to_owned(),
        percent(&secret[2..secret.len() - 2], false),
    ]
}

/// The responses that quote it.
fn quoting(text: &str) -> Vec<Answer> {
    let json = |value: serde_json::Value| Answer::json(value.to_string());
    let page = |status: &str, text: &str| Answer::new(status, &[("Content-Type", "text/html")], text);
    let mut all = vec![
        json(serde_json::json!({"errcode": 40003, "errmsg": format!("no such thing: {text}")})),
        json(serde_json::json!({"errcode": 40003, "errmsg": "no", "asked": [{"url": text}], text: 1})),
        json(serde_json::json!({"ip_list": {text: 1}, "access_token": {"a": text}, "openid": {"a": text}})),
        Answer::json(format!("{{\"errcode\": 400 {text}")),
        page("502 Bad Gateway", &format!("<p>GET /cgi-bin/x?q={text}&amp;b=1</p>")),
        page("404 Not Found", text),
        page("200 OK", &format!("Bad Gateway: {text}")),
        page("200 OK", &format!("<xml><url>{text}</url></xml>")),
    ];
    // Cut at every place.
    all.extend((0..30).map(|less| page("500 Oops", &format!("{}{text}", "x".repeat(200 - less)))));
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let content_type = format!("text/html; asked=/cgi-bin/x?q={text}");
        all.push(Answer::new("502 Bad Gateway", &[("Content-Type", &content_type)], ""));
        all.push(Answer::new("200 OK", &[("Content-Type", &content_type)], "oops"));
    }
    all
}

/// Everything that an error says.
fn said(error: &Error) -> Vec<String> {
    let mut said =
        vec![error.to_string(), format!("{error:?}"), format!("{error:#?}"), error.message().to_owned()];
    let more = [error.excerpt(), error.content_type(), error.json_path(), error.hint(), error.request_id()];
    said.extend(more.into_iter().flatten().map(str::to_owned));
    said.extend(error.extra_fields().map(|fields| serde_json::to_string(fields).unwrap()));
    let mut cause = error.source();
    while let Some(inner) = cause {
        said.extend([inner.to_string(), format!("{inner:?}"), format!("{inner:#?}")]);
        cause = inner.source();
    }
    said
}

/// The text with all that stands for a character of the secrets replaced by it.
fn plain(text: &str) -> String {
    let mut text = text.replace("%25", "%").replace("&amp;", "&").replace("&quot;", "\"");
    text =
        text.replace("&#43;", "+").replace("&#x2F;", "/").replace("\\\\u002b", "+").replace("\\u002b", "+");
    for c in "+/=&-_~\"%".bytes() {
        for form in [format!("%{c:02X}"), format!("%{c:02x}")] {
            text = text.replace(&form, &char::from(c).to_string());
        }
    }
    text.replace('\\', "")
}

#[track_caller]
fn keeps(error: &Error, secrets: &[&str]) {
    for text in said(error) {
        for secret in secrets {
            for piece in secret.as_bytes().windows(SEEN + 1) {
                let piece = std::str::from_utf8(piece).unwrap();
                let found = text.contains(piece) || plain(&text).contains(piece);
                assert!(!found, "{piece} of {secret} stands in: {text}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_server_repeats_is_hidden() {
    for secret in [APP_SECRET, ACCESS_TOKEN, CODE] {
        for text in written(secret) {
            for answer in quoting(&text) {
                let server = Server::answering(move |_, _| answer.clone()).await;
                let client = Client::builder("wx_appid", APP_SECRET).base_url(server.url()).max_retries(0);
                let client = client.token_provider(Fixed::new(ACCESS_TOKEN)).build().unwrap();
                let error = match secret {
                    APP_SECRET => client.get_stable_access_token(GetStableAccessToken::new()).await.err(),
                    ACCESS_TOKEN => client.get_callback_ip(GetCallbackIp::new()).await.err(),
                    _ => client.get_user_token(GetUserToken::new(CODE)).await.err(),
                };
                // A list that can't be read is no list, and a token that is one is no token.
                let error = error.unwrap_or_else(|| panic!("{text} is taken for a good response"));
                keeps(&error, &[secret]);
                if secret == ACCESS_TOKEN
                    && let Err(error) = client.get_media(GetMedia::new("MEDIA_ID")).await
                {
                    keeps(&error, &[secret]);
                }
            }
        }
    }
}

weixin::endpoint! {
    /// Opens a door.
    pub struct OpenDoor => weixin::Empty {
        /// What opens it.
        key: DoorKey = "key" required(DoorKey) [required];
    }
    name: "open_door",
    method: POST,
    path: "/door/open",
}

weixin::object! {
    /// Opens one lock.
    pub struct DoorKey {
        /// What is cut into it.
        teeth: String = "teeth" required(impl Into<String>) [required secret];
    }
}

#[tokio::test]
async fn secrets_that_stand_deeper_and_those_of_calls_without_a_description_are_hidden() {
    let teeth = "teeth/of+the=door";
    for text in written(teeth) {
        for answer in quoting(&text) {
            let server = Server::answering(move |_, _| answer.clone()).await;
            let client = Client::builder("wx_appid", APP_SECRET).base_url(server.url()).max_retries(0);
            let client = client.token_provider(Fixed::new(ACCESS_TOKEN)).build().unwrap();
            let request = OpenDoor::new(DoorKey::new(teeth));
            assert!(!format!("{request:?}").contains(teeth));
            let query = client.call_raw("/door/open", &[("key", teeth)], None).await;
            let body = serde_json::json!({"key": {"teeth": teeth}});
            let body = client.call_raw("/door/open", &[], Some(body)).await;
            for error in [client.send(request).await.err(), query.err(), body.err()].into_iter().flatten() {
                keeps(&error, &[teeth]);
            }
        }
    }
}

#[tokio::test]
async fn a_token_server_may_have_its_password_anywhere_in_its_address() {
    let secret = "pa55word/of+the=server";
    let mut cases = JoinSet::new();
    for text in written(secret) {
        for answer in quoting(&text) {
            for user in [true, false] {
                let answer = answer.clone();
                cases.spawn(async move {
                    let server = Server::answering(move |_, _| answer.clone()).await;
                    let hidden = percent(secret, false);
                    let address = match user {
                        true => server.url().replace("http://", &format!("http://me:{hidden}@")),
                        false => format!("{}/{hidden}/token", server.url()),
                    };
                    let source = weixin::RemoteSource::new(&address).unwrap();
                    let client = Client::builder("wx_appid", "").base_url(server.url()).token_source(source);
                    let error = client.build().unwrap().access_token().await.unwrap_err();
                    keeps(&error, &[secret]);
                });
            }
        }
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

#[tokio::test]
async fn passwords_in_addresses_are_hidden() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let secrets = ["pa55word-of-the-gateway", "pa55word-of-the-proxy", APP_SECRET, ACCESS_TOKEN];
    let base = format!("http://user:{}@{nobody}", secrets[0]);
    let proxy = format!("http://user:{}@{nobody}", secrets[1]);
    let settings = || Client::builder("wx_appid", APP_SECRET).base_url(&base).max_retries(0);
    for builder in [settings(), settings().proxy(proxy)] {
        let shown = format!("{builder:?}");
        let client = builder.token_provider(Fixed::new(ACCESS_TOKEN)).build().unwrap();
        let error = client.get_callback_ip(GetCallbackIp::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        keeps(&error, &secrets);
        for text in [shown, format!("{client:?}")] {
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
        }
    }
    for url in ["http://user:pa55word-of-the-gateway@a b", "user:pa55word-of-the-gateway@a.example"] {
        keeps(&Client::builder("wx_appid", APP_SECRET).base_url(url).build().unwrap_err(), &secrets);
        let error = weixin::RemoteSource::new(url).unwrap_err();
        keeps(&error, &secrets);
        #[cfg(feature = "redis")]
        keeps(&weixin::RedisStore::new(&url.replace("http", "redis")).unwrap_err(), &secrets);
    }
}

#[tokio::test]
async fn a_token_server_that_repeats_its_password() {
    let secret = "pa55word/of+the=server";
    let mut cases = JoinSet::new();
    for text in written(secret) {
        for answer in quoting(&text) {
            cases.spawn(async move {
                let server = Server::answering(move |_, _| answer.clone()).await;
                let address = format!("{}/token?key={}", server.url(), percent(secret, false));
                let source = weixin::RemoteSource::new(&address).unwrap().bearer(secret).unwrap();
                let client = Client::builder("wx_appid", "").base_url(server.url()).token_source(source);
                let client = client.build().unwrap();
                let error = client.get_callback_ip(GetCallbackIp::new()).max_retries(0).await.unwrap_err();
                assert_eq!(error.endpoint(), Some("remote_token"));
                keeps(&error, &[secret]);
            });
        }
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}
