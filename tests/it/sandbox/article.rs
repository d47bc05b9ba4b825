//! Articles: from the draft to what is published.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::draft::{
    AddDraft, CountDrafts, DeleteDraft, DraftArticle, DraftNews, DraftPicture, DraftPictures, GetDraft,
    ListDrafts, UpdateDraft,
};
use weixin::publish::{
    GetPublishStatus, GetPublishedArticles, ListPublishedArticles, PublishDraft, PublishStatus,
};
use weixin::sandbox::Sandbox;

use super::{call, look, picture, refused, seconds};

#[tokio::test]
async fn drafts_are_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    let cover = picture(&sandbox).await;
    let news = |title: &str| DraftArticle::News(DraftNews::new(title, "<p>正文</p>", cover.as_str()));
    let pictures = DraftPictures::new([DraftPicture::new(cover.as_str())], "图", "plain");
    let first = client.add_draft(AddDraft::new([news("一"), news("二")])).await.unwrap().media_id;
    let second = client.add_draft(AddDraft::new([DraftArticle::Pictures(pictures)])).await.unwrap().media_id;
    assert_eq!(client.count_drafts(CountDrafts::new()).await.unwrap().total_count, 2);
    client.update_draft(UpdateDraft::new(first.as_str(), 1_u32, news("三"))).await.unwrap();
    let articles = client.get_draft(GetDraft::new(first.as_str())).await.unwrap().articles;
    let titles: Vec<_> = articles.iter().map(|article| article.title.as_deref()).collect();
    assert_eq!(titles, [Some("一"), Some("三")]);
    let alone = call(&sandbox, "/cgi-bin/draft/get", json!({ "media_id": second })).await.json();
    let alone = &alone["news_item"][0];
    assert_eq!((&alone["article_type"], &alone["digest"]), (&json!("newspic"), &json!("plain")));
    assert_eq!(alone["thumb_media_id"], json!(cover));
    let mut drafts = client.pages(ListDrafts::new(0_u32, 1_u32));
    assert_eq!(drafts.next_page().await.unwrap().unwrap()[0].media_id, second, "the newest first");
    assert_eq!(drafts.next_page().await.unwrap().unwrap()[0].content.articles.len(), 2);
    assert!(drafts.next_page().await.unwrap().is_none());
    let bare =
        call(&sandbox, "/cgi-bin/draft/batchget", json!({"offset": 0, "count": 20, "no_content": 1})).await;
    assert!(!bare.text().contains("news_item"), "{}", bare.text());

    // An article without a kind is news.
    let plain = json!({"title": "t", "content": "<p>c</p>", "thumb_media_id": cover});
    let third = call(&sandbox, "/cgi-bin/draft/add", json!({ "articles": [plain] })).await.json();
    let third = call(&sandbox, "/cgi-bin/draft/get", json!({ "media_id": third["media_id"] })).await.json();
    assert_eq!(
        (&third["news_item"][0]["title"], &third["news_item"][0]["digest"]),
        (&json!("t"), &json!("c"))
    );

    let article = json!({"article_type": "news", "title": "t", "content": "c", "thumb_media_id": "unknown"});
    refused(
        &sandbox,
        "/cgi-bin/draft/add",
        json!({ "articles": [article] }),
        40007,
        "`articles[0].thumb_media_id`",
    )
    .await;
    let article = json!({"article_type": "news", "title": "t", "content": "c", "thumb_media_id": cover});
    let beyond = json!({"media_id": first, "index": 2, "articles": article});
    refused(&sandbox, "/cgi-bin/draft/update", beyond, 40114, "`index`").await;
    client.delete_draft(DeleteDraft::new(second.as_str())).await.unwrap();
    refused(&sandbox, "/cgi-bin/draft/delete", json!({ "media_id": second }), 40007, "`media_id`").await;
    // Articles written as drafts are not counted among the materials.
    assert_eq!(look(&sandbox, "/cgi-bin/material/get_materialcount").await["news_count"], 0);
}

#[tokio::test]
async fn drafts_become_articles() {
    let sandbox = Sandbox::builder().publish_delay(seconds(60)).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let cover = picture(&sandbox).await;
    let news = |title: &str| DraftArticle::News(DraftNews::new(title, "正文", cover.as_str()));
    let draft = client.add_draft(AddDraft::new([news("一"), news("二")])).await.unwrap().media_id;
    let job = client.publish_draft(PublishDraft::new(draft.as_str())).await.unwrap();
    assert_eq!(client.count_drafts(CountDrafts::new()).await.unwrap().total_count, 0);
    let status = || client.get_publish_status(GetPublishStatus::new(job.publish_id));
    let early = status().await.unwrap();
    assert_eq!((early.publish_status, early.article_id), (PublishStatus::Publishing, None));
    let list = || client.list_published_articles(ListPublishedArticles::new(0_u32, 20_u32));
    assert_eq!(list().await.unwrap().total_count, 0);
    sandbox.advance(seconds(60));
    let done = status().await.unwrap();
    assert_eq!((done.publish_status, done.count), (PublishStatus::Published, Some(2)));
    let id = done.article_id.unwrap();
    let articles =
        client.get_published_articles(GetPublishedArticles::new(id.as_str())).await.unwrap().articles;
    assert_eq!(articles[1].title.as_deref(), Some("二"));
    assert_eq!(articles[1].url.as_deref(), Some(done.articles[1].article_url.as_str()));
    assert_eq!(list().await.unwrap().items[0].article_id, id);

    let delete = "/cgi-bin/freepublish/delete";
    refused(&sandbox, delete, json!({"article_id": id, "index": 3}), 40114, "`index`").await;
    assert_eq!(call(&sandbox, delete, json!({"article_id": id, "index": 1})).await.code(), 0);
    let left = call(&sandbox, "/cgi-bin/freepublish/getarticle", json!({ "article_id": id })).await.json();
    assert_eq!(
        (&left["news_item"][0]["is_deleted"], &left["news_item"][1]["is_deleted"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(call(&sandbox, delete, json!({ "article_id": id })).await.code(), 0);
    refused(&sandbox, delete, json!({ "article_id": id }), 53600, "`article_id`").await;
    assert_eq!(status().await.unwrap().publish_status, PublishStatus::Deleted);
    assert_eq!(list().await.unwrap().total_count, 0);
    refused(&sandbox, "/cgi-bin/freepublish/submit", json!({ "media_id": draft }), 40007, "`media_id`").await;
    refused(&sandbox, "/cgi-bin/freepublish/get", json!({"publish_id": "1"}), 40002, "`publish_id`").await;
}
