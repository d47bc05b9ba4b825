//! Short keys, short links, and rules that make QR codes open mini programs.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::sandbox::Sandbox;
use weixin::shorten::{CreateShortKey, GetShortKey};

use super::{call, refused, seconds};

#[tokio::test]
async fn short_keys_live_for_a_while() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    let key = client
        .create_short_key(CreateShortKey::new("长信息").expire_seconds(60_u32))
        .await
        .unwrap()
        .short_key;
    assert!(key.as_str().len() == 15 && key.as_str().chars().all(|c| c.is_ascii_alphanumeric()), "{key}");
    sandbox.advance(seconds(59));
    let kept = client.get_short_key(GetShortKey::new(key.as_str())).await.unwrap();
    assert_eq!((kept.long_data.as_str(), kept.expire_seconds), ("长信息", Some(1)));
    sandbox.advance(seconds(1));
    refused(&sandbox, "/cgi-bin/shorten/fetch", json!({ "short_key": key }), 9_410_012, "`short_key`").await;
    refused(&sandbox, "/cgi-bin/shorten/fetch", json!({"short_key": "x"}), 9_410_012, "`short_key`").await;
    let link = json!({"action": "long2short", "long_url": "https://www.example.com/a?b=c"});
    assert_eq!(
        call(&sandbox, "/cgi-bin/shorturl", link).await.text(),
        r#"{"errcode":0,"errmsg":"ok","short_url":"https://www.example.com/a?b=c"}"#
    );
}

#[tokio::test]
async fn rules_are_added_and_published() {
    let sandbox = Sandbox::start().await.unwrap();
    let (add, list) = ("/cgi-bin/wxopen/qrcodejumpadd", "/cgi-bin/wxopen/qrcodejumpget");
    let (publish, delete) = ("/cgi-bin/wxopen/qrcodejumppublish", "/cgi-bin/wxopen/qrcodejumpdelete");
    let rule = |prefix: &str, path: &str, edit: u8| json!({"prefix": prefix, "appid": "wx_mini", "path": path, "is_edit": edit});
    refused(&sandbox, add, rule("http://weixin.qq.com/q/1", "a", 1), 40097, "`prefix`").await;
    assert_eq!(call(&sandbox, add, rule("http://weixin.qq.com/q/1", "a", 0)).await.code(), 0);
    refused(&sandbox, add, rule("http://weixin.qq.com/q/1", "a", 0), 85071, "`prefix`").await;
    assert_eq!(call(&sandbox, add, rule("http://weixin.qq.com/q/1", "b", 1)).await.code(), 0);
    assert_eq!(call(&sandbox, add, rule("http://weixin.qq.com/q/2", "c", 0)).await.code(), 0);
    assert_eq!(call(&sandbox, publish, json!({"prefix": "http://weixin.qq.com/q/1"})).await.code(), 0);
    refused(&sandbox, add, rule("http://weixin.qq.com/q/1", "d", 1), 40097, "`prefix`").await;
    let found =
        call(&sandbox, list, json!({"appid": "wx_mini", "get_type": 2, "page_num": 1, "page_size": 1}))
            .await
            .json();
    assert_eq!(found["rule_list"], json!([{"prefix": "http://weixin.qq.com/q/1", "path": "b", "state": 2}]));
    assert_eq!((&found["total_count"], &found["qrcodejump_pub_quota"]), (&json!(2), &json!(99)));
    let newest = call(&sandbox, list, json!({"appid": "wx_mini", "get_type": 0})).await.json();
    assert_eq!(newest["rule_list"][0]["path"], "c");
    let named = json!({"prefix": "http://weixin.qq.com/q/2", "appid": "wx_mini"});
    assert_eq!(call(&sandbox, delete, named.clone()).await.code(), 0);
    refused(&sandbox, delete, named, 40097, "`prefix`").await;
}
