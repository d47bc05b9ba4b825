//! When a call is sent again: once with a new token, and while the platform is busy if that is safe.
//! How the token cache itself behaves is tested beside it.

use std::time::Duration;

use weixin::custom_message::{CustomText, SendCustomMessage};
use weixin::media::UploadImage;
use weixin::network::GetCallbackIp;
use weixin::qrcode::{CreateQrcode, QrAction, ShowQrcode};
use weixin::quota::ClearQuotaBySecret;
use weixin::{Error, ErrorCode, ErrorKind, FilePart};

use crate::account::{client, failed, plain, Fresh, Listed, Log};
use crate::server::{Answer, Server};

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;
const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const CODE: &str = r#"{"ticket":"T","url":"U"}"#;

fn refusal(code: i64) -> Answer {
    Answer::json(format!(r#"{{"errcode":{code},"errmsg":"refused"}}"#))
}

/// The access token of each request, in order.
fn tokens(server: &Server) -> Vec<String> {
    let token = |target: &str| {
        let query = target.split_once('?').map_or("", |(_, query)| query).to_owned();
        query.split('&').find_map(|pair| pair.strip_prefix("access_token=").map(str::to_owned))
    };
    server.seen().iter().map(|seen| token(seen.target()).unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    for code in [40001, 40014, 42001] {
        let log = Log::default();
        let server = Server::start([refusal(code), Answer::json(OK)]).await;
        let provider = Listed::new([Ok("81_s3cr3t-1"), Ok("81_s3cr3t-2")], &log);
        let client = plain(&server).token_provider(provider).build().unwrap();
        // Not idempotent, and still safe: the platform has not carried it out.
        let request = SendCustomMessage::new("OPENID", CustomText::new("你好"));
        client.send_custom_message(request).await.unwrap();
        let body = r#"{"touser":"OPENID","msgtype":"text","text":{"content":"你好"}}"#;
        let target = "/cgi-bin/message/custom/send?access_token=81_s3cr3t-";
        let seen: Vec<String> = server.seen().iter().map(|seen| seen.sorted()).collect();
        assert_eq!(seen, ["1", "2"].map(|token| server.post(&format!("{target}{token}"), body)), "{code}");
        assert_eq!(log.lines(), ["get", "report 81_s3cr3t-1", "get"], "{code}");
    }
}

#[tokio::test]
async fn a_second_refusal_is_the_end() {
    let log = Log::default();
    let server = Server::start([refusal(42001), refusal(40001)]).await;
    let provider = Listed::new([Ok("81_s3cr3t-1"), Ok("81_s3cr3t-2"), Ok("81_s3cr3t-3")], &log);
    let client = plain(&server).token_provider(provider).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode(40001)));
    assert!(error.is_token_invalid());
    assert_eq!(tokens(&server), ["81_s3cr3t-1", "81_s3cr3t-2"]);
    assert_eq!(log.lines(), ["get", "report 81_s3cr3t-1", "get", "report 81_s3cr3t-2"]);
}

#[tokio::test]
async fn the_same_token_again_is_not_sent_again() {
    let server = Server::start([refusal(40001)]).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode(40001)));
    server.only();
}

#[tokio::test]
async fn no_new_token_is_told() {
    let log = Log::default();
    let server = Server::start([refusal(40001)]).await;
    let trouble = Error::new(ErrorKind::Token, "the token server is closed");
    let provider = Listed::new([Ok("81_s3cr3t-1"), Err(trouble)], &log);
    let client = plain(&server).token_provider(provider).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.to_string(), "get_callback_ip: the token server is closed");
    server.only();
}

#[tokio::test]
async fn other_codes_cost_no_token() {
    for code in [41001, 40013, 40125, 40164, 48001, 45009, 45011, 61451, 40003] {
        let log = Log::default();
        let server = Server::start([refusal(code)]).await;
        let client = plain(&server).token_source(Fresh::new(["81_s3cr3t-1"], &log)).build().unwrap();
        let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
        assert_eq!(error.code(), Some(ErrorCode(code)));
        assert_eq!(error.is_rate_limited(), code == 45009 || code == 45011, "{code}");
        server.only();
        assert_eq!(log.lines(), ["fetch"], "{code}");
    }
}

#[tokio::test]
async fn a_refusal_with_another_status_counts_too() {
    let log = Log::default();
    let refused = Answer::new("401 Unauthorized", &[], r#"{"errcode":"42001","errmsg":"expired"}"#);
    let server = Server::start([refused, Answer::json(IPS)]).await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &log);
    let client = plain(&server).token_source(source).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(tokens(&server), ["81_s3cr3t-1", "81_s3cr3t-2"]);
}

#[tokio::test]
async fn many_refusals_of_one_token_cost_one_token() {
    let log = Log::default();
    let server = Server::answering(|_, seen| {
        if seen.target().contains("81_s3cr3t-1") {
            refusal(42001)
        } else {
            Answer::json(IPS)
        }
    })
    .await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2", "81_s3cr3t-3"], &log);
    let client = plain(&server).token_source(source).build().unwrap();
    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(client.get_callback_ip(GetCallbackIp::new()))).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(log.lines(), ["fetch", "fetch"]);
    assert!(tokens(&server).iter().all(|token| token != "81_s3cr3t-3"));
}

#[tokio::test]
async fn a_token_that_the_platform_insists_on_is_forced() {
    let stable = |token: &str| Answer::json(format!(r#"{{"access_token":"{token}","expires_in":7200}}"#));
    let server = Server::start([
        stable("81_s3cr3t-1"),
        refusal(40001),
        stable("81_s3cr3t-1"),
        stable("81_s3cr3t-2"),
        Answer::json(IPS),
    ])
    .await;
    let client = plain(&server).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let fetch = |force| {
        let account = r#""grant_type":"client_credential","appid":"wx_appid","secret":"app_secret""#;
        let body = format!(r#"{{{account},"force_refresh":{force}}}"#);
        server.post("/cgi-bin/stable_token", &body)
    };
    let call = |token| server.get(&format!("/cgi-bin/getcallbackip?access_token={token}"));
    let seen: Vec<String> = server.seen().iter().map(|seen| seen.sorted()).collect();
    assert_eq!(seen, [fetch(false), call("81_s3cr3t-1"), fetch(false), fetch(true), call("81_s3cr3t-2")]);
}

#[tokio::test]
async fn a_download_gets_a_new_token_too() {
    let log = Log::default();
    let refused = Answer::of_type("image/jpeg", r#"{"errcode":40014,"errmsg":"invalid access_token"}"#);
    let server = Server::start([refused, Answer::of_type("voice/speex", "#!SPX")]).await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &log);
    let client = plain(&server).token_source(source).build().unwrap();
    let request = weixin::media::GetJssdkMedia::new("M");
    let bytes = client.get_jssdk_media(request).await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"#!SPX");
    assert_eq!(tokens(&server), ["81_s3cr3t-1", "81_s3cr3t-2"]);
}

#[tokio::test]
async fn an_upload_is_sent_again_whole() {
    let log = Log::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    std::fs::write(&path, b"\x89PNG picture").unwrap();
    let server = Server::start([refusal(42001), Answer::json(r#"{"url":"U"}"#)]).await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &log);
    let client = plain(&server).token_source(source).build().unwrap();
    client.upload_image(UploadImage::new(FilePart::path(&path))).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        assert!(body.contains("\r\n\r\n\u{fffd}PNG picture\r\n--"), "{body}");
    }
}

#[tokio::test]
async fn calls_without_the_account_token_refresh_nothing() {
    let log = Log::default();
    let server = Server::start([refusal(40001), refusal(40001)]).await;
    let client = plain(&server).token_source(Fresh::new(["81_s3cr3t-1"], &log)).build().unwrap();
    let error = failed(client.clear_quota_by_secret(ClearQuotaBySecret::new()).await);
    assert_eq!(error.code(), Some(ErrorCode(40001)));
    failed(client.show_qrcode(ShowQrcode::new("T")).await);
    assert_eq!(tokens(&server), ["", ""]);
    assert!(log.lines().is_empty());
}

#[tokio::test]
async fn busy_is_tried_again_where_that_is_safe() {
    // A POST that the spec calls idempotent, and a GET.
    let server = Server::start([refusal(-1), refusal(-1), Answer::json(CODE)]).await;
    client(&server).create_qrcode(CreateQrcode::new(QrAction::limit_scene(1))).await.unwrap();
    assert_eq!(server.count(), 3);

    let server = Server::start([refusal(-1), refusal(-1), refusal(-1)]).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode::SYSTEM_BUSY));
    assert!(error.is_retryable());
    assert_eq!(server.count(), 3);

    let server = Server::start([refusal(-1)]).await;
    failed(client(&server).get_callback_ip(GetCallbackIp::new()).max_retries(0).await);
    server.only();

    let server = Server::start([refusal(-1)]).await;
    let client = plain(&server).token_provider(crate::account::Fixed::new("81_s3cr3t-A")).max_retries(0);
    failed(client.build().unwrap().get_callback_ip(GetCallbackIp::new()).await);
    server.only();
}

#[tokio::test]
async fn busy_is_not_tried_again_where_it_could_act_twice() {
    let server = Server::start([refusal(-1), refusal(-1)]).await;
    let client = client(&server);
    let message = SendCustomMessage::new("OPENID", CustomText::new("x"));
    let error = failed(client.send_custom_message(message.clone()).await);
    assert!(error.is_retryable());
    // Not even on demand.
    failed(client.send_custom_message(message).max_retries(5).await);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn only_the_platforms_own_word_is_tried_again() {
    // What a broken connection and a gateway are worth is tested in `broken.rs`.
    for answer in
        [Answer::new("500 Internal Server Error", &[], ""), Answer::new("429 Too Many Requests", &[], "")]
    {
        let server = Server::start([answer]).await;
        let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).max_retries(3).await);
        assert!(error.is_retryable(), "{error}");
        server.only();
    }
}

#[tokio::test]
async fn a_call_that_timed_out_is_not_repeated() {
    let server = Server::start([Answer::hang()]).await;
    let call = client(&server).get_callback_ip(GetCallbackIp::new());
    let error = failed(call.timeout(Duration::from_millis(100)).max_retries(3).await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    server.only();
}

#[tokio::test]
async fn raw_calls_follow_the_same_rules() {
    let log = Log::default();
    let server = Server::start([
        refusal(42001),
        Answer::json(r#"{"a":1}"#),
        refusal(-1),
        Answer::json("{}"),
        refusal(-1),
    ])
    .await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &log);
    let client = plain(&server).token_source(source).build().unwrap();
    let body = serde_json::json!({"名": "中"});
    let answer =
        client.call_raw("/cgi-bin/new", &[("a b", "1&2"), ("c", "")], Some(body.clone())).await.unwrap();
    assert_eq!(answer, serde_json::json!({"a": 1}));
    client.call_raw("/cgi-bin/new", &[], None).await.unwrap();
    failed(client.call_raw("/cgi-bin/new", &[], Some(body)).await);
    let seen: Vec<String> = server.seen().iter().map(|seen| seen.sorted()).collect();
    let post = |token| {
        let target = format!("/cgi-bin/new?access_token={token}&a%20b=1%262&c=");
        server.post(&target, r#"{"名":"中"}"#)
    };
    let get = server.get("/cgi-bin/new?access_token=81_s3cr3t-2");
    let last = server.post("/cgi-bin/new?access_token=81_s3cr3t-2", r#"{"名":"中"}"#);
    assert_eq!(seen, [post("81_s3cr3t-1"), post("81_s3cr3t-2"), get.clone(), get, last]);
}

#[tokio::test]
async fn a_raw_call_needs_a_path() {
    let server = Server::start([]).await;
    for path in ["", "cgi-bin/x", "/a?b=c", "/a#b", "/a b", "/中", "//x\r\n"] {
        let error = failed(client(&server).call_raw(path, &[], None).await);
        assert_eq!(error.kind(), ErrorKind::Config, "{path}");
        assert_eq!(
            error.to_string(),
            format!("call_raw: {path:?} is not a path: it begins with `/` and holds no query")
        );
    }
    assert_eq!(server.count(), 0);
}
