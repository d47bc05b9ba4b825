//! The blacklist, and OpenIDs after a move.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::blacklist::{BatchBlockUsers, BatchUnblockUsers, ListBlockedUsers};
use weixin::custom_message::{CustomText, SendCustomMessage};
use weixin::id::OpenId;
use weixin::openid::ConvertOpenids;
use weixin::sandbox::Sandbox;
use weixin::ErrorCode;

use super::{call, refused};

fn openids(openids: &[&str]) -> Vec<OpenId> {
    openids.iter().map(|openid| (*openid).into()).collect()
}

#[tokio::test]
async fn blocked_users_are_listed_and_not_written_to() {
    let sandbox = Sandbox::builder().followers(["o1", "o2", "o3"]).page_size(2).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let empty = call(&sandbox, "/cgi-bin/tags/members/getblacklist", json!({})).await;
    assert_eq!(empty.text(), r#"{"total":0,"count":0,"next_openid":""}"#);
    client.batch_block_users(BatchBlockUsers::new(openids(&["o3", "o1"]))).await.unwrap();
    client.batch_block_users(BatchBlockUsers::new(openids(&["o2", "o1"]))).await.unwrap();
    let page = client.list_blocked_users(ListBlockedUsers::new()).await.unwrap();
    assert_eq!((page.total, page.openids), (3, openids(&["o3", "o1"])));
    let page = client.list_blocked_users(ListBlockedUsers::new().begin_openid("o1")).await.unwrap();
    assert_eq!(
        (page.count, page.openids, page.next_openid.as_ref().map(AsRef::as_ref)),
        (1, openids(&["o2"]), Some("o2"))
    );
    let page = client.list_blocked_users(ListBlockedUsers::new().begin_openid("o2")).await.unwrap();
    assert_eq!((page.count, page.next_openid.as_ref().map(AsRef::as_ref)), (0, Some("")));
    let message = || SendCustomMessage::new("o1", CustomText::new("x"));
    assert_eq!(client.send_custom_message(message()).await.unwrap_err().code(), Some(ErrorCode(43019)));
    client.batch_unblock_users(BatchUnblockUsers::new(openids(&["o1"]))).await.unwrap();
    client.send_custom_message(message()).await.unwrap();
    assert!(sandbox.is_blocked("o2") && !sandbox.is_blocked("o1"));
    let path = "/cgi-bin/tags/members/batchblacklist";
    refused(&sandbox, path, json!({"openid_list": ["o1", "o9"]}), 40003, "`o9`").await;
    assert!(!sandbox.is_blocked("o1"), "all or nobody");
    let many: Vec<String> = (0..21).map(|number| format!("o{number}")).collect();
    refused(&sandbox, path, json!({ "openid_list": many }), 40032, "`openid_list`").await;
}

#[tokio::test]
async fn moved_users_are_translated() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    let request = || ConvertOpenids::new("wx_before", openids(&["old1", "old2"]));
    assert_eq!(client.convert_openids(request()).await.unwrap_err().code(), Some(ErrorCode(63178)));
    sandbox.move_user("wx_before", "old1", "new1");
    let converted = client.convert_openids(request()).await.unwrap().results;
    assert_eq!(
        (converted[0].new_openid.as_ref().map(AsRef::as_ref), converted[0].err_msg.as_str()),
        (Some("new1"), "ok")
    );
    assert_eq!(
        (converted[1].new_openid.as_ref().map(AsRef::as_ref), converted[1].err_msg.as_str()),
        (None, "ori_openid error")
    );
    assert!(sandbox.is_follower("new1"));
}
