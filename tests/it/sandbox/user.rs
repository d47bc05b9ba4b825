//! Followers: lists, details, remarks, who comes and goes.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::sandbox::Sandbox;

use super::{get, post};

#[tokio::test]
async fn followers_are_paged_and_kept() {
    let sandbox = Sandbox::builder().followers(["o1", "o2", "o3"]).page_size(2).start().await.unwrap();
    let list = |after: &str| format!("/cgi-bin/user/get?access_token={{token}}&next_openid={after}");
    let page = get(&sandbox, &list("")).await.json();
    assert_eq!(page, json!({"total": 3, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"}));
    let page = get(&sandbox, &list("o2")).await.json();
    assert_eq!(page, json!({"total": 3, "count": 1, "data": {"openid": ["o3"]}, "next_openid": "o3"}));
    let page = get(&sandbox, &list("o3")).await.json();
    assert_eq!(page, json!({"total": 3, "count": 0, "next_openid": ""}));
    assert_eq!(get(&sandbox, &list("o9")).await.code(), 40003);

    let remark = "/cgi-bin/user/info/updateremark?access_token={token}";
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o1","remark":"老客户"}"#).await.code(), 0);
    assert_eq!(sandbox.remark("o1").as_deref(), Some("老客户"));
    let info = "/cgi-bin/user/info?access_token={token}&openid=o1&lang=en";
    let user = get(&sandbox, info).await.json();
    assert_eq!(
        (&user["subscribe"], &user["remark"], &user["language"]),
        (&json!(1), &json!("老客户"), &json!("en"))
    );
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o1","remark":""}"#).await.code(), 0);
    assert_eq!(sandbox.remark("o1").as_deref(), Some(""));

    let batch = "/cgi-bin/user/info/batchget?access_token={token}";
    let users = post(&sandbox, batch, r#"{"user_list":[{"openid":"o3"},{"openid":"o1","lang":"zh_TW"}]}"#)
        .await
        .json();
    let openids: Vec<_> =
        users["user_info_list"].as_array().unwrap().iter().map(|user| &user["openid"]).collect();
    assert_eq!(openids, ["o3", "o1"]);
    let stranger = post(&sandbox, batch, r#"{"user_list":[{"openid":"o1"},{"openid":"o9"}]}"#).await;
    assert!(stranger.code() == 40003 && stranger.message().contains("`o9`"), "{}", stranger.text());

    sandbox.record_unfollow("o2");
    sandbox.remove_user("o3");
    sandbox.record_follow("o4");
    assert_eq!(sandbox.followers(), ["o1", "o4"]);
    assert!(sandbox.is_follower("o4") && !sandbox.is_follower("o2") && !sandbox.is_follower("o3"));
    // Paging goes on behind somebody who has left meanwhile.
    assert_eq!(get(&sandbox, &list("o2")).await.json()["data"]["openid"], json!(["o4"]));
    let left = get(&sandbox, "/cgi-bin/user/info?access_token={token}&openid=o2").await.json();
    assert_eq!(left, json!({"subscribe": 0, "openid": "o2"}));
    assert_eq!(get(&sandbox, "/cgi-bin/user/info?access_token={token}&openid=o3").await.code(), 40003);
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o2","remark":"x"}"#).await.code(), 43004);
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o3","remark":"x"}"#).await.code(), 40003);
}

#[tokio::test]
async fn default_followers_exist() {
    let sandbox = Sandbox::start().await.unwrap();
    let followers = sandbox.followers();
    assert!(followers.len() >= 3);
    let path = format!("/cgi-bin/user/info?access_token={{token}}&openid={}", followers[0]);
    assert_eq!(get(&sandbox, &path).await.json()["subscribe"], 1);
}
