//! Mass messages: recipients, jobs, speed.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::mass::{GetMassStatus, MassFilter, MassStatus, MassText, SendMassMessageByTag};
use weixin::sandbox::{Sandbox, SentKind};

use super::{call, picture, refused, seconds};

#[tokio::test]
async fn a_message_goes_to_those_with_a_tag() {
    let sandbox = Sandbox::builder().followers(["o1", "o2", "o3"]).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let on = json!({"openid_list": ["o1", "o2"], "tagid": 2});
    assert_eq!(call(&sandbox, "/cgi-bin/tags/members/batchtagging", on).await.code(), 0);
    let request = SendMassMessageByTag::new(MassFilter::new().tag_id(2_u32), MassText::new("节日快乐"));
    let receipt = client.send_mass_message_by_tag(request).await.unwrap();
    let received = |openid: &str| sandbox.sent_messages(openid).len();
    assert_eq!([received("o1"), received("o2"), received("o3")], [1, 1, 0]);
    let sent = &sandbox.sent_messages("o2")[0];
    assert_eq!((sent.kind(), sent.text()), (SentKind::Mass, Some("节日快乐")));
    let status = client.get_mass_status(GetMassStatus::new(receipt.msg_id)).await.unwrap();
    assert_eq!(status.msg_status, MassStatus::Sent);
    refused(&sandbox, "/cgi-bin/message/mass/delete", json!({"msg_id": receipt.msg_id}), 40065, "`msg_id`")
        .await;

    let all = "/cgi-bin/message/mass/sendall";
    let text = |filter, name: &str| json!({"filter": filter, "msgtype": "text", "text": {"content": "x"}, "clientmsgid": name});
    let first = call(&sandbox, all, text(json!({"is_to_all": true}), "n")).await.json();
    assert_eq!(received("o3"), 1);
    // The same name is refused for a day, and the answer names the job.
    let again = call(&sandbox, all, text(json!({"is_to_all": true}), "n")).await;
    assert_eq!((again.code(), &again.json()["msg_id"]), (45065, &first["msg_id"]));
    sandbox.advance(seconds(86_400));
    assert_eq!(call(&sandbox, all, text(json!({"is_to_all": true}), "n")).await.code(), 0);
    refused(&sandbox, all, text(json!({"is_to_all": false, "tag_id": 999}), "a"), 40152, "`filter.tag_id`")
        .await;
    refused(
        &sandbox,
        all,
        text(json!({"is_to_all": false, "group_id": 999}), "a"),
        40050,
        "`filter.group_id`",
    )
    .await;
    refused(&sandbox, all, text(json!({"is_to_all": false}), "a"), 40152, "`filter.tag_id`").await;
    refused(&sandbox, "/cgi-bin/message/mass/get", json!({"msg_id": "5"}), 40059, "`msg_id`").await;
}

#[tokio::test]
async fn articles_take_their_draft_along() {
    let sandbox = Sandbox::builder().followers(["o1", "o2", "o3"]).start().await.unwrap();
    let cover = picture(&sandbox).await;
    let article = json!({"article_type": "news", "title": "t", "content": "c", "thumb_media_id": cover, "need_open_comment": 1});
    let draft =
        call(&sandbox, "/cgi-bin/draft/add", json!({"articles": [article.clone(), article]})).await.json();
    let draft = draft["media_id"].as_str().unwrap();
    let preview = json!({"touser": "o1", "msgtype": "mpnews", "mpnews": {"media_id": draft}});
    assert_eq!(call(&sandbox, "/cgi-bin/message/mass/preview", preview).await.code(), 0);
    assert_eq!(sandbox.sent_messages("o1")[0].kind(), SentKind::Preview);
    sandbox.record_unfollow("o3");
    let send = "/cgi-bin/message/mass/send";
    let message = |openids: &[&str], media: &str| json!({"touser": openids, "msgtype": "mpnews", "mpnews": {"media_id": media}});
    refused(&sandbox, send, message(&["o1", "o9"], draft), 40031, "`touser[1]`").await;
    refused(&sandbox, send, message(&["o1"], draft), 40130, "`touser`").await;
    let receipt = call(&sandbox, send, message(&["o1", "o3"], draft)).await.json();
    assert_eq!(receipt["errmsg"], "send job submission success");
    assert_eq!((sandbox.sent_messages("o1").len(), sandbox.sent_messages("o3").len()), (2, 0));
    refused(&sandbox, "/cgi-bin/draft/get", json!({ "media_id": draft }), 40007, "`media_id`").await;
    refused(&sandbox, send, message(&["o1", "o2"], draft), 40007, "`mpnews.media_id`").await;
    // Comments were open from the start.
    let message = receipt["msg_data_id"].as_i64().unwrap();
    assert_eq!(sandbox.add_comment(message, 1, "o1", "好").unwrap(), 1);
    let (job, delete) = (&receipt["msg_id"], "/cgi-bin/message/mass/delete");
    refused(&sandbox, delete, json!({"msg_id": job, "article_idx": 3}), 40060, "`article_idx`").await;
    assert_eq!(call(&sandbox, delete, json!({ "msg_id": job })).await.code(), 0);
    let status = call(&sandbox, "/cgi-bin/message/mass/get", json!({"msg_id": job.to_string()})).await.json();
    assert_eq!(status["msg_status"], "DELETE");

    let card = json!({"touser": ["o1", "o2"], "msgtype": "wxcard", "wxcard": {"card_id": "p1"}});
    assert_eq!(call(&sandbox, send, card).await.code(), 45113);
    assert_eq!(call(&sandbox, "/cgi-bin/message/mass/speed/set", json!({"speed": 3})).await.code(), 0);
    let speed = call(&sandbox, "/cgi-bin/message/mass/speed/get", json!({})).await;
    assert_eq!(speed.text(), r#"{"speed":3,"realspeed":30}"#);
}
