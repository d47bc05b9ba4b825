//! Customer-service messages: who receives them and when.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::custom_message::{CustomText, SendCustomMessage};
use weixin::sandbox::{Sandbox, SentKind};
use weixin::ErrorCode;

use super::{call, picture, refused, seconds};

#[tokio::test]
async fn messages_are_received_within_48_hours() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let hello = || SendCustomMessage::new("o1", CustomText::new("你好"));
    client.send_custom_message(hello()).await.unwrap();
    let sent = sandbox.sent_messages("o1");
    assert_eq!((sent.len(), sent[0].kind(), sent[0].text()), (1, SentKind::Custom, Some("你好")));
    assert_eq!((sent[0].openid().as_str(), sandbox.sent_messages("o2").len()), ("o1", 0));
    assert!(format!("{sent:?}").contains("你好"));
    sandbox.advance(seconds(48 * 3600 - 1));
    client.send_custom_message(hello()).await.unwrap();
    sandbox.advance(seconds(1));
    assert_eq!(client.send_custom_message(hello()).await.unwrap_err().code(), Some(ErrorCode(45015)));
    sandbox.record_user_text("o1", "有人吗");
    client.send_custom_message(hello()).await.unwrap();
    assert_eq!(sandbox.all_sent_messages().len(), 3);
}

#[tokio::test]
async fn what_a_message_names_has_to_be_there() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let send = "/cgi-bin/message/custom/send";
    let image = |id: &str| json!({"touser": "o1", "msgtype": "image", "image": {"media_id": id}});
    refused(&sandbox, send, image("unknown"), 40007, "`image.media_id`").await;
    let id = picture(&sandbox).await;
    assert_eq!(call(&sandbox, send, image(&id)).await.code(), 0);
    let article =
        json!({"touser": "o1", "msgtype": "mpnewsarticle", "mpnewsarticle": {"article_id": "unknown"}});
    refused(&sandbox, send, article, 53600, "`mpnewsarticle.article_id`").await;
    let worker = json!({"touser": "o1", "msgtype": "text", "text": {"content": "x"},
                        "customservice": {"kf_account": "nobody@here"}});
    refused(&sandbox, send, worker, 61452, "`customservice.kf_account`").await;
    let text = |openid: &str| json!({"touser": openid, "msgtype": "text", "text": {"content": "x"}});
    refused(&sandbox, send, text("o9"), 40003, "`o9`").await;
    sandbox.record_unfollow("o2");
    refused(&sandbox, send, text("o2"), 43004, "`o2`").await;
    let typing = "/cgi-bin/message/custom/typing";
    assert_eq!(call(&sandbox, typing, json!({"touser": "o1", "command": "Typing"})).await.code(), 0);
    refused(&sandbox, typing, json!({"touser": "o2", "command": "Typing"}), 43004, "`o2`").await;
    assert_eq!(sandbox.all_sent_messages().len(), 1);
}

/// Whoever forgets to say for whom a message is hears of it.
#[tokio::test]
async fn nobody_is_without_a_name() {
    let sandbox = Sandbox::start().await.unwrap();
    assert!(sandbox.followers().iter().all(|openid| !openid.is_empty()));
    let client = sandbox.client().unwrap();
    let error =
        client.send_custom_message(SendCustomMessage::new("", CustomText::new("x"))).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode(40003)));
}
