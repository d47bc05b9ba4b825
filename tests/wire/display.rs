//! What an error says, word for word, as a person reads it.

use weixin::network::GetCallbackIp;
use weixin::{Error, ErrorKind};

use crate::account::{client, failed};
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
    ] {
        assert_eq!(error(40003, message).await.rid(), rid, "{message}");
    }
}

#[tokio::test]
async fn debug_is_for_logs() {
    let text = format!("{:?}", error(45009, "reach max api daily quota limit").await);
    assert!(
        text.starts_with("Error { kind: Api, endpoint: Some(\"get_callback_ip\"), status: Some(200)"),
        "{text}"
    );
    assert!(text.contains("DAILY_QUOTA_REACHED(45009)"), "{text}");
}
