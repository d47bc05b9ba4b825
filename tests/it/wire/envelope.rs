//! Where an answer says whether the call worked, in every form in which the platform says it.
//! What the fields of an answer may look like is tested in `lenient.rs`.

use serde_json::Value;
use weixin::network::{GetCallbackIp, GetCallbackIpResponse};
use weixin::qrcode::{CreateQrcode, QrAction};
use weixin::quota::ClearQuota;
use weixin::{Error, ErrorCode, ErrorKind};

use crate::account::{client, failed};
use crate::server::{Answer, Server};

weixin::endpoint! {
    /// Asks for figures of published articles; its answer has the other envelope.
    pub struct GetStat => Stat {
    }
    name: "get_stat",
    method: GET,
    path: "/publisher/stat",
    envelope: base_resp,
}
weixin::response! {
    /// Figures.
    pub struct Stat {
        /// How many there are.
        total_num: Option<u32> = "total_num";
    }
}
weixin::one_of! {
    /// One of two answers.
    pub enum Either (beside) {
        /// By number.
        Number(Stat) = "total_num";
    }
}
weixin::endpoint! {
    /// Answers a union.
    pub struct GetEither => Either {
    }
    name: "get_either",
    method: GET,
    path: "/either",
}

async fn ask(answer: Answer) -> weixin::Result<GetCallbackIpResponse> {
    let server = Server::start([answer]).await;
    let result = client(&server).get_callback_ip(GetCallbackIp::new()).await;
    server.only();
    result
}

async fn error(body: &str) -> Error {
    failed(ask(Answer::json(body)).await)
}

#[tokio::test]
async fn success_in_every_form() {
    for body in [
        r#"{"ip_list":["a"]}"#,
        r#"{"errcode":0,"errmsg":"ok","ip_list":["a"]}"#,
        r#"{"ip_list":["a"],"errcode":0,"errmsg":"ok"}"#,
        r#"{"errcode":"0","ip_list":["a"]}"#,
        r#"{"errcode":null,"errmsg":null,"ip_list":["a"]}"#,
        r#"{"errcode":"","ip_list":["a"]}"#,
        r#"{"errcode":0.0,"ip_list":["a"]}"#,
        r#"{"errcode":-0,"ip_list":["a"]}"#,
        r#"{"errcode":" 00 ","ip_list":["a"]}"#,
        r#"{"errcode":0,"errcode":0,"ip_list":["a"]}"#,
        // The message says nothing about success.
        r#"{"errcode":0,"errmsg":"invalid","ip_list":["a"]}"#,
        r#"{"errcode":0,"errmsg":{"code":1},"ip_list":["a"]}"#,
        "  \r\n{\"ip_list\":[\"a\"]}\r\n\r\n",
    ] {
        let answer = ask(Answer::json(body)).await.unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(answer.ip_list, ["a"], "{body}");
        assert!(answer.unknown_fields.is_empty(), "{body}");
    }
}

#[tokio::test]
async fn an_error_in_every_form() {
    for body in [
        r#"{"errcode":40013,"errmsg":"invalid appid"}"#,
        r#"{"errcode":"40013","errmsg":"invalid appid"}"#,
        r#"{"errmsg":"invalid appid","errcode":40013}"#,
        r#"{ "errcode" : 40013 , "errmsg" : "invalid appid" }"#,
        r#"{"errcode":40013.0,"errmsg":"invalid appid"}"#,
        r#"{"errcode":" 40013 ","errmsg":"invalid appid"}"#,
        // Beside an answer that looks like a success.
        r#"{"ip_list":["a"],"errcode":40013,"errmsg":"invalid appid"}"#,
        // Twice: neither order makes a success of it.
        r#"{"errcode":40013,"errcode":0,"errmsg":"invalid appid","ip_list":["a"]}"#,
        r#"{"errcode":0,"errcode":40013,"errmsg":"invalid appid","ip_list":["a"]}"#,
        r#"{"errcode":40013,"errcode":null,"errmsg":"invalid appid","ip_list":["a"]}"#,
        // Behind fields that do not fit.
        r#"{"ip_list":7,"errcode":40013,"errmsg":"invalid appid"}"#,
        r#"{"ip_list":{"a":[{}]},"errmsg":"invalid appid","errcode":40013}"#,
        r#"{"ip_list":[[1],{"x":null}],"errcode":"40013","errmsg":"invalid appid"}"#,
    ] {
        let error = error(body).await;
        assert_eq!(
            (error.kind(), error.code(), error.message(), error.status()),
            (ErrorKind::Api, Some(ErrorCode(40013)), "invalid appid", Some(200)),
            "{body}"
        );
        assert_eq!(
            error.to_string(),
            "get_callback_ip: error 40013 (INVALID_APPID): invalid appid; the AppID is wrong",
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_other_fields_of_an_error_stay() {
    let error = error(concat!(
        r#"{"errcode":61451,"errmsg":"invalid parameter","hint":"x","invalid":[{"openid":"o1"}],"#,
        r#""id":18446744073709551615}"#
    ))
    .await;
    let fields = error.extra_fields().unwrap();
    assert_eq!(
        fields.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
        ["hint", "id", "invalid"].into()
    );
    assert_eq!(fields["hint"], "x");
    assert_eq!(fields["invalid"][0]["openid"], "o1");
    assert_eq!(fields["id"], u64::MAX);
}

#[tokio::test]
async fn codes_that_nobody_documented() {
    for (body, code) in [
        (r#"{"errcode":123456789,"errmsg":"what"}"#, 123_456_789),
        (r#"{"errcode":-80300,"errmsg":"what"}"#, -80_300),
        (r#"{"errcode":9007199254740993,"errmsg":"what"}"#, 9_007_199_254_740_993),
    ] {
        let error = error(body).await;
        assert_eq!(error.code(), Some(ErrorCode(code)));
        assert_eq!(error.to_string(), format!("get_callback_ip: error {code}: what"));
        assert!(!error.is_retryable() && !error.is_token_invalid() && !error.is_rate_limited());
    }
}

#[tokio::test]
async fn an_error_without_a_message() {
    for body in
        [r#"{"errcode":45009}"#, r#"{"errcode":45009,"errmsg":null}"#, r#"{"errcode":45009,"errmsg":""}"#]
    {
        let error = error(body).await;
        assert_eq!(error.code(), Some(ErrorCode(45009)));
        assert!(error.is_rate_limited());
    }
}

#[tokio::test]
async fn a_code_that_is_none() {
    for body in [
        r#"{"errcode":"denied","ip_list":["a"]}"#,
        r#"{"errcode":{"code":1},"ip_list":["a"]}"#,
        r#"{"errcode":[40013],"ip_list":["a"]}"#,
        r#"{"errcode":true,"ip_list":["a"]}"#,
        r#"{"errcode":1.5,"ip_list":["a"]}"#,
    ] {
        let error = error(body).await;
        assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some("errcode")), "{body}");
    }
}

#[tokio::test]
async fn an_error_with_another_status() {
    for status in
        ["400 Bad Request", "401 Unauthorized", "404 Not Found", "412 Failed", "500 Oops", "302 Found"]
    {
        let answer = Answer::new(
            status,
            &[("Content-Type", "application/json"), ("Location", "/elsewhere")],
            r#"{"errcode":48001,"errmsg":"api unauthorized"}"#,
        );
        let error = failed(ask(answer).await);
        assert_eq!((error.kind(), error.code()), (ErrorKind::Api, Some(ErrorCode(48001))), "{status}");
        let status: u16 = status[..3].parse().unwrap();
        assert_eq!(error.status(), Some(status));
        assert_eq!(
            error.to_string(),
            format!(
                "get_callback_ip: error 48001 (API_UNAUTHORIZED): api unauthorized (HTTP {status}); the \
                 account has no permission for this endpoint; see the platform's permission page"
            )
        );
    }
}

#[tokio::test]
async fn a_success_with_another_status_is_none() {
    for status in ["500 Internal Server Error", "404 Not Found", "302 Found", "304 Not Modified"] {
        let answer =
            Answer::new(status, &[("Content-Type", "application/json")], r#"{"errcode":0,"ip_list":["a"]}"#);
        // An answer 304 has no body whatever its head says.
        let answer = if status.starts_with("304") { Answer::new(status, &[], "") } else { answer };
        let error = failed(ask(answer).await);
        assert_eq!((error.kind(), error.code()), (ErrorKind::Status, None), "{status}");
        assert_eq!(error.status(), status[..3].parse().ok());
    }
    let created = Answer::new("201 Created", &[("Content-Type", "application/json")], r#"{"ip_list":["a"]}"#);
    assert_eq!(ask(created).await.unwrap().ip_list, ["a"]);
}

#[tokio::test]
async fn the_content_type_decides_nothing() {
    for content_type in ["text/plain", "text/html", "image/jpeg", "application/octet-stream", "nonsense", ""]
    {
        let answer = ask(Answer::of_type(content_type, r#"{"ip_list":["a"]}"#)).await.unwrap();
        assert_eq!(answer.ip_list, ["a"], "{content_type}");
        let error = failed(ask(Answer::of_type(content_type, r#"{"errcode":40013,"errmsg":"no"}"#)).await);
        assert_eq!(error.code(), Some(ErrorCode(40013)), "{content_type}");
        assert_eq!(error.content_type(), Some(content_type));
    }
    let bare = b"HTTP/1.1 200 OK\r\n\r\n{\"ip_list\":[\"a\"]}";
    assert_eq!(ask(Answer::raw(*bare).then_close()).await.unwrap().ip_list, ["a"]);
}

#[tokio::test]
async fn an_answer_in_chunks() {
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\n{\"ip_\r\nc\r\nlist\":[\"a\"]}\r\n0\r\n\r\n";
    assert_eq!(ask(Answer::raw(*chunks)).await.unwrap().ip_list, ["a"]);
}

#[tokio::test]
async fn the_other_envelope() {
    async fn stat(body: &str) -> weixin::Result<Stat> {
        let server = Server::start([Answer::json(body)]).await;
        let result = client(&server).send(GetStat::new()).await;
        assert_eq!(server.only().sorted(), server.get("/publisher/stat?access_token=81_s3cr3t-A"));
        result
    }
    for body in [
        r#"{"base_resp":{"ret":0,"err_msg":"ok"},"total_num":3}"#,
        r#"{"total_num":3,"base_resp":{"err_msg":"ok","ret":"0"}}"#,
        r#"{"total_num":3}"#,
        r#"{"base_resp":null,"total_num":"3"}"#,
        r#"{"base_resp":{},"total_num":3}"#,
        r#"{"errcode":0,"total_num":3}"#,
    ] {
        let stat = stat(body).await.unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(stat.total_num, Some(3), "{body}");
        assert!(stat.unknown_fields.is_empty(), "{body}");
    }
    for body in [
        r#"{"base_resp":{"ret":2009,"err_msg":"no permission"}}"#,
        r#"{"base_resp":{"err_msg":"no permission","ret":"2009"},"total_num":3}"#,
        r#"{"base_resp":{"ret":2009,"err_msg":"no permission"},"base_resp":{"ret":0}}"#,
        r#"{"total_num":{"x":1},"base_resp":{"ret":2009,"err_msg":"no permission"}}"#,
        // An access token is refused in the common form even here.
        r#"{"errcode":2009,"errmsg":"no permission"}"#,
        r#"{"errcode":2009,"errmsg":"no permission","base_resp":{"ret":0}}"#,
    ] {
        let error = failed(stat(body).await);
        assert_eq!((error.code(), error.message()), (Some(ErrorCode(2009)), "no permission"), "{body}");
        assert_eq!(error.endpoint(), Some("get_stat"));
    }
}

#[tokio::test]
async fn a_base_resp_elsewhere_tells_errors_too() {
    let answer = ask(Answer::json(r#"{"ip_list":[],"base_resp":{"ret":0}}"#)).await.unwrap();
    assert_eq!(answer.unknown_fields["base_resp"]["ret"], 0);
    for body in [
        r#"{"base_resp":{"errcode":9001020,"errmsg":"param invalid"}}"#,
        r#"{"base_resp":{"ret":"9001020","err_msg":"param invalid"},"ip_list":[]}"#,
    ] {
        let error = failed(ask(Answer::json(body)).await);
        assert_eq!((error.code(), error.message()), (Some(ErrorCode(9_001_020)), "param invalid"), "{body}");
    }
}

#[tokio::test]
async fn unions_and_raw_values_watch_the_code_too() {
    for body in [
        r#"{"errcode":40013,"errmsg":"no"}"#,
        r#"{"total_num":1,"errcode":"40013","errmsg":"no"}"#,
        r#"{"errcode":40013,"errcode":0,"errmsg":"no","total_num":1}"#,
        r#"{"errcode":0,"errcode":40013,"errmsg":"no","total_num":1}"#,
    ] {
        let server = Server::start([Answer::json(body), Answer::json(body)]).await;
        let client = client(&server);
        let error = failed(client.send(GetEither::new()).await);
        assert_eq!((error.code(), error.message()), (Some(ErrorCode(40013)), "no"), "{body}");
        let error = failed(client.call_raw("/either", &[], None).await);
        assert_eq!((error.code(), error.message()), (Some(ErrorCode(40013)), "no"), "{body}");
    }
    for body in [
        r#"{"errcode":0,"errmsg":"ok","total_num":1}"#,
        r#"{"errcode":0.0,"total_num":1}"#,
        r#"{"errcode":"0","total_num":1}"#,
        r#"{"errcode":null,"total_num":1}"#,
        r#"{"total_num":1}"#,
    ] {
        let server = Server::start([Answer::json(body), Answer::json(body)]).await;
        let client = client(&server);
        let Either::Number(stat) = client.send(GetEither::new()).await.unwrap() else { panic!("{body}") };
        assert_eq!(stat.total_num, Some(1));
        let value: Value = client.call_raw("/either", &[], None).await.unwrap();
        assert_eq!(value["total_num"], 1, "{body}");
    }
}

#[tokio::test]
async fn a_code_further_inside_is_not_the_answers() {
    let answer = r#"{"ip_list":[],"list":[{"errcode":40013}],"result":{"errcode":40013,"errmsg":"no"}}"#;
    let answer = ask(Answer::json(answer)).await.unwrap();
    assert_eq!(answer.unknown_fields["result"]["errcode"], 40013);
}

#[tokio::test]
async fn an_empty_answer_is_enough_where_nothing_is_due() {
    let server = Server::start([Answer::json(r#"{}"#), Answer::json(r#"{"errcode":0}"#)]).await;
    let client = client(&server);
    client.clear_quota(ClearQuota::new()).await.unwrap();
    client.clear_quota(ClearQuota::new()).await.unwrap();
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let server = Server::start([Answer::json(r#"{"url":"U","expire_seconds":60}"#)]).await;
    let request = CreateQrcode::new(QrAction::limit_scene(1));
    let error = failed(client(&server).create_qrcode(request).await);
    assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some("ticket")));
    assert_eq!(
        error.to_string(),
        "create_qrcode: a required field is missing at `ticket` (HTTP 200, application/json; encoding=utf-8); \
         the response begins with \"{\\\"url\\\":\\\"U\\\",\\\"expire_seconds\\\":60}\""
    );
}

/// Without its ticket the call is pointless; what stands beside it is not worth an error.
#[tokio::test]
async fn what_is_not_the_point_of_a_call_may_be_missing() {
    let server = Server::start([Answer::json(r#"{"ticket":"T","expire_seconds":60}"#)]).await;
    let code = client(&server).create_qrcode(CreateQrcode::new(QrAction::limit_scene(1))).await.unwrap();
    assert_eq!((code.ticket.as_str(), code.url.as_str()), ("T", ""));
}

/// A refusal is short. One that is not says what it is all the same, and is not kept as a whole.
#[tokio::test]
async fn a_refusal_of_megabytes_is_cut() {
    for fill in ["x", "…", "%"] {
        let long = fill.repeat(2 << 20);
        let body = format!(r#"{{"errcode":45009,"errmsg":"no {long}","more":"{long}"}}"#);
        let server = Server::start([Answer::json(body)]).await;
        let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
        assert_eq!(error.code(), Some(ErrorCode(45009)));
        assert!(error.message().starts_with("no ") && error.message().chars().count() <= 2000);
        assert_eq!(error.extra_fields(), None);
    }
}
