//! Bytes that are no strict JSON: what is repaired, and what is refused with a clear word.

use serde_json::Value;
use weixin::user::{GetUser, User};
use weixin::{Error, ErrorCode, ErrorKind};

use crate::account::{client, failed, plain, Fixed, TOKEN};
use crate::server::{Answer, Server};

async fn ask(answer: Answer) -> weixin::Result<User> {
    let server = Server::start([answer]).await;
    let result = client(&server).get_user(GetUser::new("o1")).await;
    server.only();
    result
}

async fn user(body: &[u8]) -> User {
    ask(Answer::json(body)).await.unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(body)))
}

async fn refused(body: &[u8]) -> Error {
    let error = failed(ask(Answer::json(body)).await);
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.endpoint(), Some("get_user"));
    error
}

#[tokio::test]
async fn a_byte_order_mark() {
    assert_eq!(user(b"\xef\xbb\xbf{\"subscribe\":1,\"openid\":\"o1\"}").await.openid, "o1");
    let error =
        failed(ask(Answer::json(b"\xef\xbb\xbf{\"errcode\":40003,\"errmsg\":\"invalid openid\"}")).await);
    assert_eq!(error.code(), Some(ErrorCode(40003)));
}

#[tokio::test]
async fn raw_control_characters() {
    let user =
        user(b"{\"subscribe\":1,\"openid\":\"o1\",\"remark\":\"a\nb\tc\x01\x00\x1fd\",\"tagid_list\":[2]}")
            .await;
    assert_eq!(user.remark.as_deref(), Some("a\nb\tc\u{1}\u{0}\u{1f}d"));
    assert_eq!(user.tagid_list, [2]);
}

#[tokio::test]
async fn invalid_utf8() {
    // A name cut in the middle of a character.
    let user =
        user(b"{\"subscribe\":1,\"openid\":\"o1\",\"remark\":\"\xe4\xb8\xad\xe4\xb8\",\"new\":\"\xff\"}")
            .await;
    assert_eq!(user.remark.as_deref(), Some("中\u{fffd}"));
    assert_eq!(user.unknown_fields["new"], "\u{fffd}");
}

#[tokio::test]
async fn lone_surrogates() {
    let user =
        user(br#"{"subscribe":1,"openid":"o1","remark":"a\ud83d","qr_scene_str":"\ude00b\ud83d\ude00"}"#)
            .await;
    assert_eq!(user.remark.as_deref(), Some("a\u{fffd}"));
    assert_eq!(user.qr_scene_str.as_deref(), Some("\u{fffd}b\u{1F600}"));
}

#[tokio::test]
async fn escapes() {
    let user =
        user(br#"{"subscribe":1,"openid":"o\u0031","remark":"\u4e2d\u6587\/\"\\\b\f\n\r\t\u0000"}"#).await;
    assert_eq!(user.openid, "o1");
    assert_eq!(user.remark.as_deref(), Some("中文/\"\\\u{8}\u{c}\n\r\t\0"));
}

#[tokio::test]
async fn an_error_in_a_dirty_answer() {
    let error = failed(
        ask(Answer::json(b"{\"errcode\":40003,\"errmsg\":\"invalid\nopenid \xff\",\"x\":\"\x02\"}")).await,
    );
    assert_eq!(error.code(), Some(ErrorCode(40003)));
    assert_eq!(error.message(), "invalid\nopenid \u{fffd}");
    assert_eq!(error.extra_fields().unwrap()["x"], "\u{2}");
}

#[tokio::test]
async fn what_is_no_json() {
    for (body, message) in [
        (&b"ok"[..], "the response is not JSON (line 1, column 1)"),
        (b"<xml><return_code>FAIL</return_code></xml>", "the response is not JSON (line 1, column 1)"),
        (b"{\"subscribe\":1,\n\"openid\":o1}", "the response is not JSON (line 2, column 10)"),
        (b"{'subscribe':1}", "the response is not JSON (line 1, column 2)"),
        (b"{\"subscribe\":1,\"openid\":\"o1\"}}", "the response is not JSON (line 1, column 30)"),
        (
            b"{\"subscribe\":1,\"openid\":\"o1\"",
            "the response ends in the middle of its JSON (line 1, column 28)",
        ),
        (
            b"{\"subscribe\":1,\"openid\":\"o",
            "the response ends in the middle of its JSON (line 1, column 26)",
        ),
    ] {
        let error = refused(body).await;
        assert_eq!(error.message(), message, "{}", String::from_utf8_lossy(body));
        assert_eq!(error.excerpt(), std::str::from_utf8(body).ok());
        assert_eq!(error.status(), Some(200));
    }
}

#[tokio::test]
async fn an_empty_answer() {
    for body in [&b""[..], b" \r\n\t"] {
        assert_eq!(refused(body).await.message(), "the response is empty");
    }
    let error = failed(ask(Answer::new("204 No Content", &[], "")).await);
    assert_eq!((error.kind(), error.message()), (ErrorKind::Decode, "the response is empty"));
    assert_eq!(error.status(), Some(204));
    assert_eq!(error.to_string(), "get_user: the response is empty (HTTP 204)");
}

#[tokio::test]
async fn a_page_where_json_is_due() {
    let page = "<!DOCTYPE html>\n<html><head><title>系统维护</title></head></html>";
    let error = failed(ask(Answer::of_type("text/html; charset=utf-8", page)).await);
    assert_eq!(
        error.to_string(),
        "get_user: the response is not JSON (line 1, column 1) (HTTP 200, text/html; charset=utf-8); the \
         response begins with \"<!DOCTYPE html>\\n<html><head><title>系统维护</title></head></html>\""
    );
}

#[tokio::test]
async fn an_excerpt_is_bounded() {
    let error = refused("中".repeat(100_000).as_bytes()).await;
    assert_eq!(error.excerpt().map(|text| text.chars().count()), Some(201));
    assert!(error.excerpt().unwrap().ends_with("中…"));
    assert!(error.to_string().len() < 1000);
}

#[tokio::test]
async fn nesting_is_bounded() {
    let fits =
        format!("{{\"subscribe\":1,\"openid\":\"o1\",\"new\":{}{}}}", "[".repeat(100), "]".repeat(100));
    assert!(user(fits.as_bytes()).await.unknown_fields.contains_key("new"));
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        let deep = format!("{{\"subscribe\":1,\"openid\":\"o1\",\"new\":{}", open.repeat(100_000));
        assert_eq!(refused(deep.as_bytes()).await.endpoint(), Some("get_user"));
    }
    let deep = format!("{{\"new\":{}{},\"openid\":\"o1\"}}", "[".repeat(100_000), "]".repeat(100_000));
    refused(deep.as_bytes()).await;
    // For a raw call too.
    let server = Server::start([Answer::json("[".repeat(100_000))]).await;
    assert_eq!(failed(client(&server).call_raw("/raw", &[], None).await).kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn the_size_is_bounded() {
    let body = |length: usize| format!(r#"{{"subscribe":1,"openid":"{}"}}"#, "o".repeat(length - 27));
    let ask = |answer: Answer| async move {
        let server = Server::start([answer]).await;
        let client = plain(&server).token_provider(Fixed::new(TOKEN)).max_json_bytes(1000).build().unwrap();
        client.get_user(GetUser::new("o1")).await
    };
    assert_eq!(body(1000).len(), 1000);
    ask(Answer::json(body(1000))).await.unwrap();
    // Announced, or found out under way.
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n", body(1001));
    for answer in [Answer::json(body(1001)), Answer::raw(chunked)] {
        let error = failed(ask(answer).await);
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(error.to_string(), "get_user: the response has more than the 1000 bytes allowed");
    }
    // A length that nobody could send reserves nothing.
    let vast = "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\n{";
    assert_eq!(failed(ask(Answer::raw(vast)).await).kind(), ErrorKind::TooLarge);
    // The status says more than the size.
    let page = Answer::new("500 Internal Server Error", &[("Content-Type", "text/html")], "x".repeat(2000));
    let error = failed(ask(page).await);
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(500)));
}

#[tokio::test]
async fn a_page_that_repeats_the_address_gives_nothing_away() {
    let page = "<html>Cannot open /x?access_token=81_s3cr3t-A&amp;openid=o1, secret=app_secret&x=1 or \
                access_token=81_s3cr3t-A</html>";
    for status in ["200 OK", "404 Not Found", "500 Internal Server Error"] {
        let error = failed(ask_quietly(status, page).await);
        let excerpt = error.excerpt().unwrap();
        assert!(excerpt.starts_with("<html>Cannot open ") && excerpt.contains("openid=o1"), "{excerpt}");
    }
    // Cut in the middle of the token.
    let page = format!("<html>{}81_s3cr3t-A", "x".repeat(188));
    let error = failed(ask_quietly("500 Internal Server Error", &page).await);
    assert!(error.excerpt().unwrap().starts_with("<html>xxx"));
}

async fn ask_quietly(status: &str, page: &str) -> weixin::Result<User> {
    ask(Answer::new(status, &[("Content-Type", "text/html")], page)).await
}

#[tokio::test]
async fn raw_values_are_cleaned_too() {
    let server = Server::start([Answer::json(b"\xef\xbb\xbf{\"a\":\"x\ny\xff\"}")]).await;
    let value: Value = client(&server).call_raw("/raw", &[], None).await.unwrap();
    assert_eq!(value["a"], "x\ny\u{fffd}");
}
