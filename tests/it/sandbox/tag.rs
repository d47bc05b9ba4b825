//! Tags: made, put on, taken off, listed.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::id::{OpenId, TagId};
use weixin::sandbox::Sandbox;
use weixin::tag::{
    BatchTagUsers, BatchUntagUsers, CreateTag, DeleteTag, ListTagFollowers, ListTags, ListUserTags, UpdateTag,
};
use weixin::user::GetUser;

use super::{call, look, refused};

fn openids(openids: &[&str]) -> Vec<OpenId> {
    openids.iter().map(|openid| (*openid).into()).collect()
}

#[tokio::test]
async fn tags_are_kept() {
    let sandbox = Sandbox::builder().followers(["o1", "o2", "o3"]).page_size(2).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let tag = client.create_tag(CreateTag::new("老客户")).await.unwrap();
    assert_eq!((tag.id, tag.name.as_str()), (TagId(100), "老客户"));
    client.batch_tag_users(BatchTagUsers::new(openids(&["o3", "o1", "o2"]), tag.id)).await.unwrap();
    client.batch_tag_users(BatchTagUsers::new(openids(&["o1"]), 2_u32)).await.unwrap();
    client.update_tag(UpdateTag::new(tag.id, "常客")).await.unwrap();
    let mut tags = Vec::new();
    for tag in client.list_tags(ListTags::new()).await.unwrap().tags {
        tags.push((tag.id, tag.name, tag.count));
    }
    assert_eq!(tags, [(TagId(2), "星标组".to_owned(), 1), (TagId(100), "常客".to_owned(), 3)]);
    let page = client.list_tag_followers(ListTagFollowers::new(tag.id)).await.unwrap();
    assert_eq!(
        (page.openids, page.next_openid.as_ref().map(AsRef::as_ref)),
        (openids(&["o1", "o2"]), Some("o2"))
    );
    let page = client.list_tag_followers(ListTagFollowers::new(tag.id).next_openid("o2")).await.unwrap();
    assert_eq!((page.count, page.openids), (1, openids(&["o3"])));
    let page = client.list_tag_followers(ListTagFollowers::new(tag.id).next_openid("o3")).await.unwrap();
    assert_eq!((page.count, page.next_openid), (0, None));
    assert_eq!(client.list_user_tags(ListUserTags::new("o1")).await.unwrap().tag_ids, [100, 2]);
    assert_eq!(client.get_user(GetUser::new("o1")).await.unwrap().tagid_list, [100, 2]);
    assert_eq!(sandbox.tags("o1"), ["常客", "星标组"]);

    client.batch_untag_users(BatchUntagUsers::new(openids(&["o2"]), tag.id)).await.unwrap();
    sandbox.record_unfollow("o3");
    assert_eq!(look(&sandbox, "/cgi-bin/tags/get").await["tags"][1]["count"], 1);
    client.delete_tag(DeleteTag::new(tag.id)).await.unwrap();
    assert_eq!(sandbox.tags("o1"), ["星标组"]);
    assert_eq!(
        client.create_tag(CreateTag::new("新客户")).await.unwrap().id,
        101,
        "numbers are not used again"
    );
}

#[tokio::test]
async fn the_platforms_rules_for_tags() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let (create, update, delete) = ("/cgi-bin/tags/create", "/cgi-bin/tags/update", "/cgi-bin/tags/delete");
    let (on, off) = ("/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/members/batchuntagging");
    assert_eq!(
        call(&sandbox, create, json!({"tag": {"name": "A"}})).await.text(),
        r#"{"tag":{"id":100,"name":"A"}}"#
    );
    refused(&sandbox, create, json!({"tag": {"name": "A"}}), 45157, "`tag.name`").await;
    refused(&sandbox, create, json!({"tag": {"name": "长".repeat(31)}}), 45158, "`tag.name`").await;
    for id in 0..3 {
        refused(&sandbox, update, json!({"tag": {"id": id, "name": "B"}}), 45058, "`tag.id`").await;
        refused(&sandbox, delete, json!({"tag": {"id": id}}), 45058, "`tag.id`").await;
    }
    refused(&sandbox, update, json!({"tag": {"id": 999, "name": "B"}}), 45159, "`tag.id`").await;
    refused(&sandbox, on, json!({"openid_list": ["o1"], "tagid": 999}), 45159, "`tagid`").await;
    refused(&sandbox, on, json!({"openid_list": ["o9"], "tagid": 100}), 40003, "`o9`").await;
    let fifty_one: Vec<String> = (0..51).map(|number| format!("o{number}")).collect();
    refused(&sandbox, on, json!({"openid_list": fifty_one, "tagid": 100}), 40032, "`openid_list`").await;
    // Those who can be tagged are, and the others are named.
    let some = call(&sandbox, on, json!({"openid_list": ["o1", "o9"], "tagid": 100})).await;
    assert_eq!((some.code(), &some.json()["fail_openid_list"]), (45171, &json!(["o9"])));
    assert_eq!(sandbox.tags("o1"), ["A"]);
    for number in 0..99 {
        assert_eq!(call(&sandbox, create, json!({"tag": {"name": format!("t{number}")}})).await.code(), 0);
    }
    refused(&sandbox, create, json!({"tag": {"name": "one too many"}}), 45056, "100 tags").await;
    for id in 101..120 {
        assert_eq!(call(&sandbox, on, json!({"openid_list": ["o1"], "tagid": id})).await.code(), 0);
    }
    refused(&sandbox, on, json!({"openid_list": ["o1", "o2"], "tagid": 120}), 45059, "`o1`").await;
    assert_eq!(sandbox.tags("o2").len(), 0, "nobody was tagged");
    assert_eq!(
        call(&sandbox, on, json!({"openid_list": ["o1"], "tagid": 119})).await.code(),
        0,
        "carried already"
    );
    assert_eq!(call(&sandbox, off, json!({"openid_list": ["o2"], "tagid": 119})).await.code(), 0);
    sandbox.record_unfollow("o2");
    refused(&sandbox, on, json!({"openid_list": ["o2"], "tagid": 120}), 50005, "`o2`").await;
    refused(&sandbox, "/cgi-bin/tags/getidlist", json!({"openid": "o2"}), 43004, "`o2`").await;
    assert_eq!(call(&sandbox, delete, json!({"tag": {"id": 100}})).await.code(), 0);
    refused(&sandbox, delete, json!({"tag": {"id": 100}}), 45159, "`tag.id`").await;
    let none = call(&sandbox, "/cgi-bin/user/tag/get", json!({"tagid": 150})).await;
    assert_eq!(none.text(), r#"{"count":0}"#);
}

#[tokio::test]
async fn tags_made_at_the_same_time_have_numbers_of_their_own() {
    let sandbox = std::sync::Arc::new(Sandbox::start().await.unwrap());
    let client = sandbox.client().unwrap();
    let mut tasks = Vec::new();
    for number in 0..20 {
        let client = client.clone();
        tasks.push(tokio::spawn(async move {
            client.create_tag(CreateTag::new(format!("t{number}"))).await.unwrap().id
        }));
    }
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    ids.sort_unstable();
    assert_eq!(ids, (100..120).collect::<Vec<u32>>());
}
