//! Comments below a published article.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::comment::{CommentKind, ElectComment, ListComments, OpenComments, ReplyComment};
use weixin::draft::{AddDraft, DraftArticle, DraftNews};
use weixin::id::CommentId;
use weixin::publish::PublishDraft;
use weixin::sandbox::Sandbox;

use super::{call, picture, refused};

#[tokio::test]
async fn readers_comment_and_the_account_answers() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let cover = picture(&sandbox).await;
    let article = DraftArticle::News(DraftNews::new("一", "正文", cover.as_str()));
    let draft = client.add_draft(AddDraft::new([article])).await.unwrap().media_id;
    let message = client.publish_draft(PublishDraft::new(draft)).await.unwrap().msg_data_id.unwrap();
    assert!(sandbox.add_comment(message, 0, "o1", "closed").is_err());
    client.open_comments(OpenComments::new(message)).await.unwrap();
    let first = sandbox.add_comment(message, 0, "o1", "第一").unwrap();
    let second = sandbox.add_comment(message, 0, "reader", "第二").unwrap();
    assert!(sandbox.add_comment(message, 1, "o1", "no such article").is_err());
    client.elect_comment(ElectComment::new(message, first)).await.unwrap();
    client.reply_comment(ReplyComment::new(message, first, "谢谢")).await.unwrap();
    let list = |kind| client.list_comments(ListComments::new(message, 0_u32, 50_u32, kind));
    let all = list(CommentKind::All).await.unwrap();
    assert_eq!(all.total, 2);
    assert_eq!((all.comments[0].id, all.comments[1].id), (second, first), "the newest first");
    assert_eq!(list(CommentKind::Ordinary).await.unwrap().comments[0].content, "第二");
    let elected = list(CommentKind::Elected).await.unwrap();
    assert_eq!(elected.comments[0].openid.as_ref().map(AsRef::as_ref), Some("o1"));
    assert!(elected.comments[0].reply.is_some());

    let named = |comment: CommentId| json!({"msg_data_id": message, "user_comment_id": comment});
    let answer = json!({"msg_data_id": message, "user_comment_id": first, "content": "again"});
    refused(&sandbox, "/cgi-bin/comment/reply/add", answer, 88005, "`user_comment_id`").await;
    assert_eq!(call(&sandbox, "/cgi-bin/comment/reply/delete", named(first)).await.code(), 0);
    refused(&sandbox, "/cgi-bin/comment/reply/delete", named(first), 87009, "`user_comment_id`").await;
    assert_eq!(call(&sandbox, "/cgi-bin/comment/unmarkelect", named(first)).await.code(), 0);
    sandbox.withdraw_comment(message, 0, second).unwrap();
    refused(&sandbox, "/cgi-bin/comment/markelect", named(second), 88004, "`user_comment_id`").await;
    assert_eq!(call(&sandbox, "/cgi-bin/comment/delete", named(second)).await.code(), 0);
    refused(&sandbox, "/cgi-bin/comment/delete", named(second), 88008, "`user_comment_id`").await;
    assert_eq!(list(CommentKind::All).await.unwrap().total, 1);
    assert_eq!(call(&sandbox, "/cgi-bin/comment/close", json!({"msg_data_id": message})).await.code(), 0);
    assert!(sandbox.add_comment(message, 0, "o1", "closed").is_err());
    refused(&sandbox, "/cgi-bin/comment/open", json!({"msg_data_id": 5}), 88001, "`msg_data_id`").await;
    refused(&sandbox, "/cgi-bin/comment/open", json!({"msg_data_id": message, "index": 1}), 88001, "`index`")
        .await;
}
