//! What an error says, word for word, as a person reads it.

use std::time::Duration;

use weixin::access_token::GetStableAccessToken;
use weixin::network::GetCallbackIp;
use weixin::oauth::GetOauthUser;
use weixin::{Error, ErrorClass, ErrorCode, ErrorKind};

use crate::account::{client, failed, plain};
use crate::server::{Answer, Server};

async fn error(code: i64, message: &str) -> Error {
    let body = serde_json::json!({"errcode": code, "errmsg": message});
    let server = Server::start([Answer::json(body.to_string())]).await;
    failed(client(&server).get_callback_ip(GetCallbackIp::new()).max_retries(0).await)
}

#[tokio::test]
async fn the_code_its_name_the_message_and_a_hint() {
    for (code, message, text) in [
        (
            40001,
            "invalid credential, access_token is invalid or not latest rid: 5f1a-2b",
            "get_callback_ip: error 40001 (INVALID_CREDENTIAL): invalid credential, access_token is invalid \
             or not latest rid: 5f1a-2b; another program may have fetched a token with the legacy call; \
             share one token source",
        ),
        (
            45009,
            "reach max api daily quota limit rid: 617682e0-09059ac5-34a8e2ea",
            "get_callback_ip: error 45009 (DAILY_QUOTA_REACHED): reach max api daily quota limit rid: \
             617682e0-09059ac5-34a8e2ea; the daily quota of this endpoint is used up; it resets at midnight \
             (Beijing time), or by clear_quota",
        ),
        (
            45011,
            "api minute-quota reach limit",
            "get_callback_ip: error 45011 (MINUTE_QUOTA_REACHED): api minute-quota reach limit; too many \
             calls in this minute; wait and try again",
        ),
        (
            48001,
            "api unauthorized hint: [abc]",
            "get_callback_ip: error 48001 (API_UNAUTHORIZED): api unauthorized hint: [abc]; the account has \
             no permission for this endpoint; see the platform's permission page",
        ),
        (
            40164,
            "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
            "get_callback_ip: error 40164 (IP_NOT_ALLOWED): invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, \
             not in whitelist; add 203.0.113.7 to the account's IP allow-list",
        ),
        (
            40164,
            "invalid ip 2001:db8::7, not in whitelist hint: [Lg.ZAa07440024]",
            "get_callback_ip: error 40164 (IP_NOT_ALLOWED): invalid ip 2001:db8::7, not in whitelist hint: \
             [Lg.ZAa07440024]; add 2001:db8::7 to the account's IP allow-list",
        ),
        (
            40164,
            "not in whitelist",
            "get_callback_ip: error 40164 (IP_NOT_ALLOWED): not in whitelist; add this machine's public \
             address to the account's IP allow-list",
        ),
        (
            41001,
            "access_token missing",
            "get_callback_ip: error 41001 (MISSING_ACCESS_TOKEN): access_token missing; the call was sent \
             without an access token",
        ),
        (-1, "system error", "get_callback_ip: error -1 (SYSTEM_BUSY): system error"),
        (40003, "invalid openid", "get_callback_ip: error 40003 (INVALID_OPENID): invalid openid"),
        (98765, "新的错误", "get_callback_ip: error 98765: 新的错误"),
    ] {
        let error = error(code, message).await;
        assert_eq!(error.to_string(), text);
        assert_eq!((error.kind(), error.message()), (ErrorKind::Api, message));
    }
}

#[tokio::test]
async fn the_request_id_is_found() {
    for (message, rid) in [
        ("invalid openid rid: 61725984-6126f6f9-040f19c4", Some("61725984-6126f6f9-040f19c4")),
        (
            "invalid openid hint: [x] rid: 61725984-6126f6f9-040f19c4, more",
            Some("61725984-6126f6f9-040f19c4"),
        ),
        ("invalid openid rid:617-2", Some("617-2")),
        ("invalid openid", None),
        ("invalid openid rid: ", None),
        ("invalid hybrid: 5", None),
        ("hybrid: 5 grid_rid: 6 rid: 61725984-6126f6f9", Some("61725984-6126f6f9")),
        ("it says \"rid: 7\" rid: 61725984-6126f6f9", Some("61725984-6126f6f9")),
        ("(rid: 61725984-6126f6f9)", Some("61725984-6126f6f9")),
    ] {
        assert_eq!(error(40003, message).await.request_id(), rid, "{message}");
    }
}

#[tokio::test]
async fn the_hint_id_and_the_address_are_found() {
    for (message, id) in [
        ("invalid media_id hint: [n.Euga0554z264] rid: 662dbd12-7cf0dcba-13d5e155", Some("n.Euga0554z264")),
        ("invalid credential, hint:[xRBYEA0780w301]", Some("xRBYEA0780w301")),
        ("invalid openid hint: rid: 1-2", None),
        ("the_hint: [x]", None),
        ("hint: [", None),
        ("hint: []", None),
        ("", None),
    ] {
        assert_eq!(error(40003, message).await.hint_id(), id, "{message}");
    }
    for (message, address) in [
        ("invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist", Some("203.0.113.7")),
        ("invalid ip ::ffff:203.0.113.7, not in whitelist", Some("::ffff:203.0.113.7")),
        ("ip: 2001:db8::7: not in whitelist", Some("2001:db8::7")),
        ("not in whitelist 1.2.3", None),
    ] {
        let error = error(40164, message).await;
        assert_eq!(error.rejected_ip(), address.map(|address| address.parse().unwrap()), "{message}");
    }
    assert_eq!(error(40013, "invalid ip 203.0.113.7").await.rejected_ip(), None);
}

#[tokio::test]
async fn what_a_code_means_depends_on_the_authorisation() {
    let refusal = || Answer::json(r#"{"errcode":40001,"errmsg":"invalid credential"}"#);
    // The token endpoint itself: there is no token that could be invalid.
    let server = Server::start([refusal()]).await;
    let error = failed(plain(&server).build().unwrap().get_callback_ip(GetCallbackIp::new()).await);
    assert!(!error.is_token_invalid());
    assert_eq!(error.class(), Some(ErrorClass::Config));
    assert_eq!(
        error.to_string(),
        "get_stable_access_token: error 40001 (INVALID_CREDENTIAL): invalid credential; the AppSecret is wrong, was \
         reset, or belongs to another AppID"
    );
    let server = Server::start([refusal()]).await;
    let error = failed(client(&server).get_stable_access_token(GetStableAccessToken::new()).await);
    assert!(
        !error.is_token_invalid() && error.hint().unwrap().starts_with("the AppSecret is wrong"),
        "{error}"
    );
    // A user's token.
    let server = Server::start([refusal()]).await;
    let error = failed(client(&server).get_oauth_user(GetOauthUser::new("UT-1", "o1")).await);
    assert!(error.is_token_invalid() && error.hint().unwrap().starts_with("the user's token"), "{error}");
    let server = Server::start([Answer::json(r#"{"errcode":48001,"errmsg":"api unauthorized"}"#)]).await;
    let error = failed(client(&server).get_oauth_user(GetOauthUser::new("UT-1", "o1")).await);
    assert_eq!(error.hint(), Some("the user did not agree to this: ask for the scope snsapi_userinfo"));
    // The account's token, which is replaced once.
    let error = super::display::error(40001, "invalid credential").await;
    assert!(error.is_token_invalid() && error.hint().unwrap().starts_with("another program"), "{error}");
    // Without a call nobody knows more.
    let error = Error::api(40001, "invalid credential");
    assert_eq!((error.is_token_invalid(), error.code()), (true, Some(ErrorCode::INVALID_CREDENTIAL)));
}

#[tokio::test]
async fn a_wait_that_a_server_asks_for() {
    for (value, wait) in [
        ("120", Some(Duration::from_secs(120))),
        ("0", Some(Duration::ZERO)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(Duration::ZERO)),
        ("soon", None),
        ("-1", None),
    ] {
        let server =
            Server::start([Answer::new("429 Too Many Requests", &[("Retry-After", value)], "")]).await;
        let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
        assert_eq!((error.retry_after(), error.is_rate_limited()), (wait, true), "{value}");
    }
    let later = Answer::new("503 Busy", &[("Retry-After", "Mon, 01 Jan 2300 00:00:00 GMT")], "");
    let server = Server::answering(move |_, _| later.clone()).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).max_retries(0).await);
    assert!(error.retry_after().unwrap() > Duration::from_secs(3600), "{error}");
    assert_eq!(failed(Err::<(), _>(super::display::error(-1, "busy").await)).retry_after(), None);
}

#[tokio::test]
async fn one_line_of_bounded_length() {
    let message = "a\r\nb\u{1b}[31mred\u{7}\u{85}c\u{2028}d\u{202e}e\0";
    let said = error(45002, message).await;
    assert_eq!(said.message(), message);
    assert_eq!(said.to_string(), "get_callback_ip: error 45002 (CONTENT_TOO_LONG): a b [31mred c d e");
    assert_eq!(format!("{said:?}"), said.to_string());

    let long = format!("{} rid: 61725984-6126f6f9", "中x".repeat(2_500_000));
    let long = error(45002, &long).await;
    assert!(long.message().chars().count() <= 2000 && long.to_string().chars().count() < 500);
    assert_eq!(long.request_id(), Some("61725984-6126f6f9"));
    assert!(
        long.to_string().ends_with(" rid: 61725984-6126f6f9") && long.to_string().contains('…'),
        "{long}"
    );

    let content_type = format!("text/html{}", "x".repeat(5000));
    let page = format!("<p>\u{1b}[2J\n{}", "\u{202e}".repeat(5000));
    let answer = Answer::new("502 Bad Gateway", &[("Content-Type", &content_type)], page);
    let server = Server::answering(move |_, _| answer.clone()).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).max_retries(0).await);
    let text = error.to_string();
    assert!(text.len() < 4000 && !text.contains(['\u{1b}', '\n', '\u{202e}']), "{text}");
}

#[tokio::test]
async fn debug_is_a_line_with_the_causes() {
    let error = error(45009, "reach max api daily quota limit").await;
    assert_eq!(format!("{error:?}"), error.to_string());
    let inner = std::io::Error::other("first\nsecond");
    let error = Error::new(ErrorKind::Token, "no token")
        .with_source(Error::new(ErrorKind::Io, "the vault is shut").with_source(inner));
    assert_eq!(error.to_string(), "no token");
    assert_eq!(format!("{error:?}"), "no token; caused by: the vault is shut: first second");
}
