//! The library of permanent material: its JSON calls. Files are tested in `tests/it/transfer.rs`.

use weixin::material::{
    CountMaterials, DeleteMaterial, GetMaterial, ListMaterials, MaterialContent, MaterialDetail, MaterialKind,
};
use weixin::{Payload, Timestamp};

use crate::account::{get, post};

#[tokio::test]
async fn delete_material() {
    post(
        "/cgi-bin/material/del_material?access_token=81_s3cr3t-A",
        r#"{"media_id":"MEDIA_ID"}"#,
        r#"{"errcode":0,"errmsg":"ok"}"#,
        |client| client.delete_material(DeleteMaterial::new("MEDIA_ID")),
    )
    .await;
}

#[tokio::test]
async fn count_materials() {
    let count = get(
        "/cgi-bin/material/get_materialcount?access_token=81_s3cr3t-A",
        "{\n  \"voice_count\":1,\n  \"video_count\":\"2\",\n  \"image_count\":3,\n  \"news_count\":4\n}",
        |client| client.count_materials(CountMaterials::new()),
    )
    .await;
    assert_eq!((count.voice_count, count.video_count, count.image_count, count.news_count), (1, 2, 3, 4));
}

#[tokio::test]
async fn list_files() {
    let page = post(
        "/cgi-bin/material/batchget_material?access_token=81_s3cr3t-A",
        r#"{"type":"image","offset":0,"count":20}"#,
        concat!(
            r#"{"total_count":2,"item_count":2,"item":[{"media_id":"A","name":"NAME","#,
            r#""update_time":1515377425,"#,
            r#""#,
            r#""url":"URL"},{"name":"OTHER","media_id":"B","update_time":"1515377426","tags":[]}]}"#
        ),
        |client| client.list_materials(ListMaterials::new(MaterialKind::Image, 0, 20)),
    )
    .await;
    assert_eq!((page.total_count, page.item_count, page.items.len()), (2, 2, 2));
    let Some(MaterialDetail::File(file)) = &page.items[0].detail else { panic!("{page:?}") };
    assert_eq!((file.name.as_str(), file.url.as_deref()), ("NAME", Some("URL")));
    assert_eq!(page.items[1].media_id, "B");
    assert_eq!(page.items[1].update_time, Some(Timestamp(1_515_377_426)));
    let Some(MaterialDetail::File(file)) = &page.items[1].detail else { panic!("{page:?}") };
    assert_eq!((file.name.as_str(), file.url.as_deref()), ("OTHER", None));
    let unknown: Vec<&String> = page.items[1].unknown_fields.keys().collect();
    assert_eq!(unknown, ["tags"]);
}

#[tokio::test]
async fn list_articles() {
    let page = post(
        "/cgi-bin/material/batchget_material?access_token=81_s3cr3t-A",
        r#"{"type":"news","offset":20,"count":1}"#,
        concat!(
            r#"{"total_count":41,"item_count":1,"item":[{"media_id":"A","#,
            r#""content":{"news_item":[{"title":"TITLE","#,
            r#""show_cover_pic":"1","only_fans_can_comment":0,"content":"<p>正文<\/p>"}]},"update_time":7}]}"#
        ),
        |client| client.list_materials(ListMaterials::new(MaterialKind::News, 20, 1)),
    )
    .await;
    let Some(MaterialDetail::News(news)) = &page.items[0].detail else { panic!("{page:?}") };
    let article = &news.content.articles[0];
    assert_eq!(article.show_cover_pic, Some(true));
    assert_eq!((article.need_open_comment, article.only_fans_can_comment), (None, Some(false)));
    assert_eq!(article.content.as_deref(), Some("<p>正文</p>"));
}

async fn content(answer: &str) -> MaterialContent {
    let target = "/cgi-bin/material/get_material?access_token=81_s3cr3t-A";
    let payload = post(target, r#"{"media_id":"MEDIA_ID"}"#, answer, |client| {
        client.get_material(GetMaterial::new("MEDIA_ID"))
    })
    .await;
    match payload {
        Payload::Json(content) => content,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn get_articles() {
    let news = content(concat!(
        r#"{"news_item":[{"title":"TITLE","thumb_media_id":"THUMB","show_cover_pic":0,"author":"AUTHOR","#,
        r#""digest":"DIGEST","content":"CONTENT","url":"URL","content_source_url":"SOURCE"},"#,
        r#"{"title":"SECOND"}]}"#
    ))
    .await;
    let MaterialContent::News(news) = news else { panic!("{news:?}") };
    let titles: Vec<_> = news.articles.iter().map(|article| article.title.as_deref()).collect();
    assert_eq!(titles, [Some("TITLE"), Some("SECOND")]);
    assert_eq!(news.articles[0].show_cover_pic, Some(false));

    // One article where a list is due.
    let news = content(r#"{"news_item":{"title":"ALONE"},"create_time":1}"#).await;
    let MaterialContent::News(news) = news else { panic!("{news:?}") };
    assert_eq!(news.articles.len(), 1);
    assert_eq!(news.create_time, Some(Timestamp(1)));
}

#[tokio::test]
async fn get_video() {
    let video =
        content(r#"{"errcode":0,"title":"TITLE","description":"DESCRIPTION","down_url":"DOWN_URL"}"#).await;
    let MaterialContent::Video(video) = video else { panic!("{video:?}") };
    assert_eq!(
        (video.title.as_deref(), video.description.as_deref(), video.down_url.as_str()),
        (Some("TITLE"), Some("DESCRIPTION"), "DOWN_URL")
    );
}

#[tokio::test]
async fn get_something_new() {
    let unknown = content(r#"{"poem":"床前明月光","lines":4}"#).await;
    let MaterialContent::Unknown(unknown) = unknown else { panic!("{unknown:?}") };
    assert_eq!(unknown.tag(), "");
    assert_eq!(unknown.fields()["poem"], "床前明月光");
    assert_eq!(unknown.fields()["lines"], 4);
}
