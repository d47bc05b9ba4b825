//! The calls that fetch tokens and tickets, by hand and by the client itself.
//! When a token is replaced is tested in `replay.rs`.

use weixin::access_token::{GetAccessToken, GetCardTicket, GetJsapiTicket, GetStableAccessToken};
use weixin::network::GetCallbackIp;
use weixin::{ErrorCode, ErrorKind};

use crate::account::{failed, get, plain, post};
use crate::server::{Answer, Server};

const STABLE: &str =
    r#"{"grant_type":"client_credential","appid":"wx_appid","secret":"app_secret","force_refresh":false}"#;
const IPS: &str = r#"{"ip_list":["127.0.0.1","101.226.103.0/25"]}"#;

#[tokio::test]
async fn get_access_token() {
    let token = get(
        "/cgi-bin/token?grant_type=client_credential&appid=wx_appid&secret=app_secret",
        r#"{"access_token":"ACCESS_TOKEN","expires_in":7200}"#,
        |client| client.get_access_token(GetAccessToken::new()),
    )
    .await;
    assert_eq!((token.access_token.as_str(), token.expires_in), ("ACCESS_TOKEN", Some(7200)));
    assert_eq!(format!("{token:?}"), r#"IssuedToken { access_token: ***, expires_in: 7200 }"#);
}

#[tokio::test]
async fn get_stable_access_token() {
    let token = post(
        "/cgi-bin/stable_token",
        r#"{"grant_type":"client_credential","appid":"wx_appid","secret":"app_secret"}"#,
        r#"{"access_token":"ACCESS_TOKEN","expires_in":345}"#,
        |client| client.get_stable_access_token(GetStableAccessToken::new()),
    )
    .await;
    assert_eq!((token.access_token.as_str(), token.expires_in), ("ACCESS_TOKEN", Some(345)));
    post(
        "/cgi-bin/stable_token",
        r#"{"grant_type":"client_credential","appid":"wx_appid","secret":"app_secret","force_refresh":true}"#,
        r#"{"access_token":"ACCESS_TOKEN","expires_in":7200}"#,
        |client| client.get_stable_access_token(GetStableAccessToken::new().force_refresh(true)),
    )
    .await;
}

#[tokio::test]
async fn get_jsapi_ticket() {
    let ticket = get(
        "/cgi-bin/ticket/getticket?access_token=81_s3cr3t-A&type=jsapi",
        concat!(
            r#"{ "errcode":0, "errmsg":"ok","#,
            r#" "ticket":"bxLdikRXVbTPdHSM05e5u5sUoXNKd8-41ZO3MhKoyN5OfkWITDGgnr2"#,
            r#"fwJ0m9E8NYzWKVZvdVtaUgWvsdshFKA", "expires_in":7200 }"#
        ),
        |client| client.get_jsapi_ticket(GetJsapiTicket::new()),
    )
    .await;
    assert_eq!(
        ticket.ticket,
        "bxLdikRXVbTPdHSM05e5u5sUoXNKd8-41ZO3MhKoyN5OfkWITDGgnr2fwJ0m9E8NYzWKVZvdVtaUgWvsdshFKA"
    );
    assert_eq!(ticket.expires_in, Some(7200));
    assert!(ticket.unknown_fields.is_empty());
}

#[tokio::test]
async fn get_card_ticket() {
    let ticket = get(
        "/cgi-bin/ticket/getticket?access_token=81_s3cr3t-A&type=wx_card",
        r#"{"errcode":0,"errmsg":"ok","ticket":"bxLdikRXVbTPdHSM05e5u5","expires_in":"7200"}"#,
        |client| client.get_card_ticket(GetCardTicket::new()),
    )
    .await;
    assert_eq!((ticket.ticket.as_str(), ticket.expires_in), ("bxLdikRXVbTPdHSM05e5u5", Some(7200)));
}

#[tokio::test]
async fn the_client_fetches_a_stable_token_once() {
    let token = r#"{"access_token":"81_s3cr3t-stable","expires_in":7200}"#;
    let server = Server::start([token, IPS, IPS].map(Answer::json)).await;
    let client = plain(&server).build().unwrap();
    for _ in 0..2 {
        let answer = client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        assert_eq!(answer.ip_list, ["127.0.0.1", "101.226.103.0/25"]);
    }
    let called = server.get("/cgi-bin/getcallbackip?access_token=81_s3cr3t-stable");
    let seen: Vec<String> = server.seen().iter().map(|seen| seen.sorted()).collect();
    assert_eq!(seen, [server.post("/cgi-bin/stable_token", STABLE), called.clone(), called]);
}

#[tokio::test]
async fn the_legacy_call_is_made_on_demand() {
    let token = r#"{"access_token":"81_s3cr3t-legacy","expires_in":7200}"#;
    let server = Server::start([token, IPS].map(Answer::json)).await;
    let client = plain(&server).legacy_token().build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let seen: Vec<String> = server.seen().iter().map(|seen| seen.sorted()).collect();
    assert_eq!(
        seen,
        [
            server.get("/cgi-bin/token?grant_type=client_credential&appid=wx_appid&secret=app_secret"),
            server.get("/cgi-bin/getcallbackip?access_token=81_s3cr3t-legacy"),
        ]
    );
}

#[tokio::test]
async fn an_odd_token_answer_is_read() {
    // The last column: the life that the client counts with, at most.
    for (answer, token, life) in [
        (r#"{"access_token":"81_s3cr3t-1","expires_in":"7200"}"#, "81_s3cr3t-1", 7200),
        (r#"{"expires_in":1,"access_token":"81_s3cr3t-2"}"#, "81_s3cr3t-2", 1),
        (r#"{"access_token":"81_s3cr3t-3"}"#, "81_s3cr3t-3", 7200),
        (
            r#"{"errcode":0,"errmsg":"ok","access_token":"81_s3cr3t-4","expires_in":null}"#,
            "81_s3cr3t-4",
            7200,
        ),
        (r#"{"access_token":"81_s3cr3t-5","expires_in":"345"}"#, "81_s3cr3t-5", 345),
    ] {
        let server = Server::start([Answer::of_type("text/plain", answer), Answer::json(IPS)]).await;
        let client = plain(&server).build().unwrap();
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        assert_eq!(server.seen()[1].target(), format!("/cgi-bin/getcallbackip?access_token={token}"));
        let left = client.token_status().unwrap().expires_in.unwrap().as_secs_f64();
        assert!(left <= life as f64 && left > life as f64 - 60.0, "{left}");
    }
}

#[tokio::test]
async fn a_token_with_reserved_characters_is_encoded() {
    let token = r#"{"access_token":"81_s3cr3t+/ &=","expires_in":7200}"#;
    let server = Server::start([token, IPS].map(Answer::json)).await;
    let client = plain(&server).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let target = "/cgi-bin/getcallbackip?access_token=81_s3cr3t%2B%2F%20%26%3D";
    assert_eq!(server.seen()[1].target(), target);
}

/// The error of a call whose token could not be had, and of the call after it.
async fn refused(answer: Answer) -> weixin::Error {
    let server = Server::start([answer]).await;
    let client = plain(&server).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    // The failure is remembered: the platform is not asked again for every call.
    let again = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(again.to_string(), error.to_string());
    assert_eq!(server.only().sorted(), server.post("/cgi-bin/stable_token", STABLE));
    error
}

#[tokio::test]
async fn a_refused_account_is_told_once() {
    let error = refused(Answer::json(r#"{"errcode":40013,"errmsg":"invalid appid"}"#)).await;
    assert_eq!(error.code(), Some(ErrorCode(40013)));
    assert_eq!(
        error.to_string(),
        "get_stable_access_token: error 40013 (INVALID_APPID): invalid appid; the AppID is wrong"
    );

    let error = refused(Answer::json(
        r#"{"errcode":40125,"errmsg":"invalid appsecret, view more at http:\/\/t.cn\/RAEkdVq, rid: 5f1a"}"#
            .replace(r"http:\/\/", ""),
    ))
    .await;
    assert_eq!(error.code(), Some(ErrorCode(40125)));
    assert_eq!(error.hint(), Some("the AppSecret is wrong or was reset"));

    // A wrong secret, not a token to be replaced.
    let error = refused(Answer::json(r#"{"errcode":40001,"errmsg":"invalid credential"}"#)).await;
    assert_eq!(error.code(), Some(ErrorCode(40001)));
    assert_eq!(error.endpoint(), Some("get_stable_access_token"));
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_named() {
    let error = refused(Answer::json(concat!(
        r#"{"errcode":40164,"errmsg":"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist "#,
        r#"rid: 61725984-6126f6f9-040f19c4"}"#
    )))
    .await;
    assert_eq!(
        error.to_string(),
        "get_stable_access_token: error 40164 (IP_NOT_ALLOWED): invalid ip 203.0.113.7 ipv6 \
         ::ffff:203.0.113.7, not in whitelist rid: 61725984-6126f6f9-040f19c4; add 203.0.113.7 to \
         the account's IP allow-list"
    );
    assert_eq!(error.request_id(), Some("61725984-6126f6f9-040f19c4"));
}

#[tokio::test]
async fn an_answer_that_holds_no_token_is_none() {
    let error = refused(Answer::json(r#"{"access_token":"","expires_in":7200}"#)).await;
    assert_eq!(error.kind(), ErrorKind::Token);
    assert_eq!(error.to_string(), "get_stable_access_token: the answer holds an empty access token");

    let error = refused(Answer::json(r#"{"expires_in":7200}"#)).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.json_path(), Some("access_token"));

    // What may hold a token is never quoted.
    let error = refused(Answer::json(r#"{"access_token":"81_s3cr3t-cut"#)).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.excerpt(), None);

    let page = "<html><body>access_token=81_s3cr3t-A</body></html>";
    let error =
        refused(Answer::new("500 Internal Server Error", &[("Content-Type", "text/html")], page)).await;
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_eq!(error.status(), Some(500));
}
