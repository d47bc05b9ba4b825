//! Groups, the older view of the tags.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::sandbox::Sandbox;

use super::{call, look, refused};

#[tokio::test]
async fn groups_are_tags_seen_from_elsewhere() {
    let sandbox = Sandbox::builder().followers(["o1", "o2", "o3"]).start().await.unwrap();
    let made = call(&sandbox, "/cgi-bin/groups/create", json!({"group": {"name": "test"}})).await;
    assert_eq!(made.text(), r#"{"group":{"id":100,"name":"test"}}"#);
    refused(&sandbox, "/cgi-bin/groups/create", json!({"group": {"name": "test"}}), 40117, "`group.name`")
        .await;
    let move_one = "/cgi-bin/groups/members/update";
    assert_eq!(call(&sandbox, move_one, json!({"openid": "o1", "to_groupid": 100})).await.code(), 0);
    let many = json!({"openid_list": ["o2", "o3"], "to_groupid": 2});
    assert_eq!(call(&sandbox, "/cgi-bin/groups/members/batchupdate", many).await.code(), 0);
    assert_eq!(sandbox.tags("o1"), ["test"]);
    let group_of =
        |openid: &'static str| call(&sandbox, "/cgi-bin/groups/getid", json!({ "openid": openid }));
    assert_eq!(group_of("o2").await.text(), r#"{"groupid":2}"#);
    // Group 1 is the blacklist.
    assert_eq!(call(&sandbox, move_one, json!({"openid": "o3", "to_groupid": 1})).await.code(), 0);
    assert!(sandbox.is_blocked("o3"));
    let groups = look(&sandbox, "/cgi-bin/groups/get").await;
    let counts: Vec<_> =
        groups["groups"].as_array().unwrap().iter().map(|group| (&group["id"], &group["count"])).collect();
    let due = [json!(0), json!(1), json!(2), json!(100)];
    assert_eq!(counts, [(&due[0], &due[0]), (&due[1], &due[1]), (&due[2], &due[1]), (&due[3], &due[1])]);
    assert_eq!(call(&sandbox, move_one, json!({"openid": "o3", "to_groupid": 0})).await.code(), 0);
    assert!(!sandbox.is_blocked("o3"));
    assert_eq!(group_of("o3").await.json()["groupid"], 0);

    let rename = json!({"group": {"id": 100, "name": "renamed"}});
    assert_eq!(call(&sandbox, "/cgi-bin/groups/update", rename).await.code(), 0);
    assert_eq!(look(&sandbox, "/cgi-bin/tags/get").await["tags"][1]["name"], "renamed");
    refused(
        &sandbox,
        "/cgi-bin/groups/update",
        json!({"group": {"id": 2, "name": "x"}}),
        45016,
        "`group.id`",
    )
    .await;
    refused(&sandbox, move_one, json!({"openid": "o1", "to_groupid": 999}), 40050, "`to_groupid`").await;
    refused(&sandbox, move_one, json!({"openid": "o9", "to_groupid": 100}), 40003, "`o9`").await;
    let gone = call(&sandbox, "/cgi-bin/groups/delete", json!({"group": {"id": 100}})).await;
    assert_eq!(gone.text(), "{}");
    assert_eq!(group_of("o1").await.json()["groupid"], 0);
}
