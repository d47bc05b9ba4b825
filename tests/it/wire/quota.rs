//! Requests and answers about call counts, request ids, and the platform's addresses.

use weixin::network::{
    CallbackCheckAction, CallbackCheckOperator, CheckCallback, GetApiDomainIp, GetCallbackIp,
};
use weixin::quota::{ClearApiQuota, ClearQuota, ClearQuotaBySecret, GetApiQuota, GetRid};
use weixin::Timestamp;

use crate::account::{get, post};

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

#[tokio::test]
async fn clear_quota() {
    post("/cgi-bin/clear_quota?access_token=81_s3cr3t-A", r#"{"appid":"wx_appid"}"#, OK, |client| {
        client.clear_quota(ClearQuota::new())
    })
    .await;
}

#[tokio::test]
async fn clear_quota_by_secret() {
    // Without a token, and with the secret in the body only.
    post("/cgi-bin/clear_quota/v2", r#"{"appid":"wx_appid","appsecret":"app_secret"}"#, OK, |client| {
        client.clear_quota_by_secret(ClearQuotaBySecret::new())
    })
    .await;
}

#[tokio::test]
async fn get_api_quota() {
    let answer = post(
        "/cgi-bin/openapi/quota/get?access_token=81_s3cr3t-A",
        r#"{"cgi_path":"/cgi-bin/message/custom/send"}"#,
        concat!(
            r#"{"errcode":0,"errmsg":"ok","quota":{"daily_limit":9007199254740993,"used":1,"remain":"-1"},"#,
            r#""rate_limit":{"call_count":1000000,"refresh_second":60}}"#
        ),
        |client| client.get_api_quota(GetApiQuota::new("/cgi-bin/message/custom/send")),
    )
    .await;
    assert_eq!(
        (answer.quota.daily_limit, answer.quota.used, answer.quota.remain),
        (9_007_199_254_740_993, 1, -1)
    );
    let limit = answer.rate_limit.unwrap();
    assert_eq!((limit.call_count, limit.refresh_second), (Some(1_000_000), Some(60)));
    assert_eq!(answer.component_rate_limit, None);
}

#[tokio::test]
async fn clear_api_quota() {
    post(
        "/cgi-bin/openapi/quota/clear?access_token=81_s3cr3t-A",
        r#"{"cgi_path":"/cgi-bin/message/custom/send"}"#,
        OK,
        |client| client.clear_api_quota(ClearApiQuota::new("/cgi-bin/message/custom/send")),
    )
    .await;
}

#[tokio::test]
async fn get_rid() {
    let answer = post(
        "/cgi-bin/openapi/rid/get?access_token=81_s3cr3t-A",
        r#"{"rid":"61725984-6126f6f9-040f19c4"}"#,
        concat!(
            r#"{"errcode":0,"errmsg":"ok","request":{"invoke_time":1635156704,"cost_in_ms":30,"#,
            r#""request_url":"access_token=50_Im7xxxx","request_body":"","#,
            r#""response_body":"{\"errcode\":45009,\"errmsg\":\"reach max api daily quota limit\"}","#,
            r#""client_ip":"113.xx.70.51"}}"#
        ),
        |client| client.get_rid(GetRid::new("61725984-6126f6f9-040f19c4")),
    )
    .await;
    // The code of the request that is told about is not the code of this answer.
    assert_eq!(answer.request.invoke_time, Timestamp(1_635_156_704));
    assert_eq!(answer.request.cost_in_ms, 30);
    assert_eq!(answer.request.request_url, "access_token=50_Im7xxxx");
    assert_eq!(answer.request.request_body, "");
    assert_eq!(
        answer.request.response_body,
        r#"{"errcode":45009,"errmsg":"reach max api daily quota limit"}"#
    );
    assert_eq!(answer.request.client_ip.as_deref(), Some("113.xx.70.51"));
    assert!(!format!("{answer:?}").contains("50_Im7xxxx"), "{answer:?}");
}

#[tokio::test]
async fn get_api_domain_ip() {
    let answer = get(
        "/cgi-bin/get_api_domain_ip?access_token=81_s3cr3t-A",
        r#"{"ip_list":["101.226.62.77","101.226.62.78"]}"#,
        |client| client.get_api_domain_ip(GetApiDomainIp::new()),
    )
    .await;
    assert_eq!(answer.ip_list, ["101.226.62.77", "101.226.62.78"]);
}

#[tokio::test]
async fn get_callback_ip() {
    let answer = get(
        "/cgi-bin/getcallbackip?access_token=81_s3cr3t-A",
        r#"{"ip_list":["127.0.0.1","101.226.103.0/25"]}"#,
        |client| client.get_callback_ip(GetCallbackIp::new()),
    )
    .await;
    assert_eq!(answer.ip_list, ["127.0.0.1", "101.226.103.0/25"]);
}

#[tokio::test]
async fn check_callback() {
    let answer = post(
        "/cgi-bin/callback/check?access_token=81_s3cr3t-A",
        r#"{"action":"all","check_operator":"DEFAULT"}"#,
        concat!(
            r#"{"dns":[{"ip":"111.161.64.40","real_operator":"UNICOM"}],"#,
            r#""ping":[{"ip":"111.161.64.40","from_operator":"UNICOM","package_loss":"0%","#,
            r#""time":"23.079ms"}]}"#
        ),
        |client| {
            let (action, operator) = (CallbackCheckAction::All, CallbackCheckOperator::Automatic);
            client.check_callback(CheckCallback::new(action, operator))
        },
    )
    .await;
    assert_eq!(answer.dns[0].real_operator.as_deref(), Some("UNICOM"));
    assert_eq!(answer.ping[0].time.as_deref(), Some("23.079ms"));
    // A value that the crate does not list is sent as it is.
    post(
        "/cgi-bin/callback/check?access_token=81_s3cr3t-A",
        r#"{"action":"trace","check_operator":"CAP"}"#,
        r#"{"dns":[],"ping":null}"#,
        |client| client.check_callback(CheckCallback::new("trace", CallbackCheckOperator::Tencent)),
    )
    .await;
}
