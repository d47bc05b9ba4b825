//! Counts of calls.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::quota::{ClearQuota, GetApiQuota};
use weixin::sandbox::Sandbox;
use weixin::ErrorCode;

use super::{call, get, refused, seconds};

#[tokio::test]
async fn calls_are_counted_and_counts_reset() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    let followers = "/cgi-bin/user/get?access_token={token}";
    get(&sandbox, followers).await;
    get(&sandbox, followers).await;
    let used =
        || async { client.get_api_quota(GetApiQuota::new("/cgi-bin/user/get")).await.unwrap().quota.used };
    assert_eq!(used().await, 2);
    client.clear_quota(ClearQuota::new()).await.unwrap();
    assert_eq!(used().await, 0);
    get(&sandbox, followers).await;
    let one = json!({"cgi_path": "/cgi-bin/user/get"});
    assert_eq!(call(&sandbox, "/cgi-bin/openapi/quota/clear", one).await.code(), 0);
    assert_eq!(used().await, 0);
    get(&sandbox, followers).await;
    sandbox.advance(seconds(86_400));
    assert_eq!(
        client.get_api_quota(GetApiQuota::new("/cgi-bin/user/get")).await.unwrap().quota.used,
        0,
        "a new day"
    );
    for _ in 0..9 {
        client.clear_quota(ClearQuota::new()).await.unwrap();
    }
    assert_eq!(client.clear_quota(ClearQuota::new()).await.unwrap_err().code(), Some(ErrorCode(48006)));
    let ask = "/cgi-bin/openapi/quota/get";
    refused(&sandbox, ask, json!({"cgi_path": "/no/such/path"}), 76021, "`cgi_path`").await;
    refused(&sandbox, ask, json!({"cgi_path": "/sns/userinfo"}), 76022, "`cgi_path`").await;
}
