//! Customer-service messages: every kind of message as the documentation writes it.

use weixin::custom_message::{
    CustomCard, CustomLink, CustomMedia, CustomMenu, CustomMenuItem, CustomMessage, CustomMiniProgramPage,
    CustomMpNewsArticle, CustomMusic, CustomNews, CustomNewsArticle, CustomText, CustomVideo,
    SendCustomMessage, SendTyping, TypingCommand,
};

use crate::account::post;

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

async fn send(request: SendCustomMessage, body: &str) {
    let target = "/cgi-bin/message/custom/send?access_token=81_s3cr3t-A";
    post(target, body, OK, |client| client.send_custom_message(request)).await;
}

/// Sends a message to `OPENID`; `rest` is what stands behind the recipient.
async fn kind(message: impl Into<CustomMessage>, rest: &str) {
    send(SendCustomMessage::new("OPENID", message), &format!(r#"{{"touser":"OPENID",{rest}}}"#)).await;
}

#[tokio::test]
async fn text() {
    kind(CustomText::new("Hello World"), r#""msgtype":"text","text":{"content":"Hello World"}"#).await;
    // Chinese, emoji, quotes, slashes and angle brackets go out as they are.
    kind(
        CustomMessage::text(
            "文本内容<a href=\"http://www.qq.com\" data-miniprogram-appid=\"appid\">\u{1F600}\\\n&'</a>",
        ),
        "\"msgtype\":\"text\",\"text\":{\"content\":\"文本内容<a href=\\\"http://www.qq.com\\\" \
         data-miniprogram-appid=\\\"appid\\\">\u{1F600}\\\\\\n&'</a>\"}",
    )
    .await;
}

#[tokio::test]
async fn files() {
    let media = || CustomMedia::new("MEDIA_ID");
    kind(CustomMessage::Image(media()), r#""msgtype":"image","image":{"media_id":"MEDIA_ID"}"#).await;
    kind(CustomMessage::Voice(media()), r#""msgtype":"voice","voice":{"media_id":"MEDIA_ID"}"#).await;
    kind(CustomMessage::MpNews(media()), r#""msgtype":"mpnews","mpnews":{"media_id":"MEDIA_ID"}"#).await;
}

#[tokio::test]
async fn video() {
    kind(
        CustomVideo::new("MEDIA_ID", "MEDIA_ID2").title("TITLE").description("DESCRIPTION"),
        concat!(
            r#""msgtype":"video","video":{"media_id":"MEDIA_ID","thumb_media_id":"MEDIA_ID2","#,
            r#""title":"TITLE","#,
            r#""#,
            r#""description":"DESCRIPTION"}"#
        ),
    )
    .await;
    kind(
        CustomVideo::new("MEDIA_ID", "MEDIA_ID2"),
        r#""msgtype":"video","video":{"media_id":"MEDIA_ID","thumb_media_id":"MEDIA_ID2"}"#,
    )
    .await;
}

#[tokio::test]
async fn music() {
    kind(
        CustomMusic::new("MUSIC_TITLE", "MUSIC_DESCRIPTION", "MUSIC_URL", "THUMB").hqmusicurl("HQ_MUSIC_URL"),
        concat!(
            r#""msgtype":"music","music":{"title":"MUSIC_TITLE","description":"MUSIC_DESCRIPTION","#,
            r#""musicurl":"MUSIC_URL","hqmusicurl":"HQ_MUSIC_URL","thumb_media_id":"THUMB"}"#
        ),
    )
    .await;
}

#[tokio::test]
async fn news() {
    kind(
        CustomNews::new([CustomNewsArticle::new("Happy Day", "Is Really A Happy Day", "URL", "PIC_URL")]),
        concat!(
            r#""msgtype":"news","news":{"articles":[{"title":"Happy Day","#,
            r#""description":"Is Really A Happy Day","#,
            r#""url":"URL","picurl":"PIC_URL"}]}"#
        ),
    )
    .await;
}

#[tokio::test]
async fn a_published_article() {
    kind(
        CustomMpNewsArticle::new("ARTICLE_ID"),
        r#""msgtype":"mpnewsarticle","mpnewsarticle":{"article_id":"ARTICLE_ID"}"#,
    )
    .await;
}

#[tokio::test]
async fn menu() {
    let items = [CustomMenuItem::new("101", "满意"), CustomMenuItem::new("102", "不满意")];
    kind(
        CustomMenu::new(items).head_content("您对本次服务是否满意呢? ").tail_content("欢迎再次光临"),
        concat!(
            r#""msgtype":"msgmenu","msgmenu":{"head_content":"您对本次服务是否满意呢? ","list":["#,
            r#"{"id":"101","content":"满意"},{"id":"102","content":"不满意"}],"tail_content":"欢迎再次光临"}"#
        ),
    )
    .await;
}

#[tokio::test]
async fn card() {
    kind(
        CustomCard::new("123dsdajkasd231jhksad"),
        r#""msgtype":"wxcard","wxcard":{"card_id":"123dsdajkasd231jhksad"}"#,
    )
    .await;
}

#[tokio::test]
async fn mini_program_page() {
    kind(
        CustomMiniProgramPage::new("title", "appid", "pages/index/index?foo=bar", "thumb_media_id"),
        concat!(
            r#""msgtype":"miniprogrampage","miniprogrampage":{"title":"title","appid":"appid","#,
            r#""pagepath":"pages/index/index?foo=bar","thumb_media_id":"thumb_media_id"}"#
        ),
    )
    .await;
}

#[tokio::test]
async fn link() {
    kind(
        CustomLink::new("Happy Day", "Is Really A Happy Day", "URL", "THUMB_URL"),
        concat!(
            r#""msgtype":"link","link":{"title":"Happy Day","description":"Is Really A Happy Day","#,
            r#""url":"URL","#,
            r#""#,
            r#""thumb_url":"THUMB_URL"}"#
        ),
    )
    .await;
}

#[tokio::test]
async fn what_stands_beside_the_message() {
    let text = r#"{"touser":"OPENID","msgtype":"text","text":{"content":"Hello World"}"#;
    let request = || SendCustomMessage::new("OPENID", CustomText::new("Hello World"));
    send(
        request().kf_account("test1@kftest"),
        &format!(r#"{text},"customservice":{{"kf_account":"test1@kftest"}}}}"#),
    )
    .await;
    send(request().is_ai_msg(true), &format!(r#"{text},"aimsgcontext":{{"is_ai_msg":1}}}}"#)).await;
    send(
        request().businessid("1").is_ai_msg(false),
        &format!(r#"{text},"aimsgcontext":{{"is_ai_msg":0}},"businessid":"1"}}"#),
    )
    .await;
}

#[tokio::test]
async fn a_kind_that_the_crate_lacks_can_be_read_and_sent() {
    let message: CustomMessage =
        serde_json::from_str(r#"{"msgtype":"poem","poem":{"lines":["床前明月光"]}}"#).unwrap();
    kind(message, r#""msgtype":"poem","poem":{"lines":["床前明月光"]}"#).await;
}

#[tokio::test]
async fn typing() {
    let target = "/cgi-bin/message/custom/typing?access_token=81_s3cr3t-A";
    post(target, r#"{"touser":"OPENID","command":"Typing"}"#, OK, |client| {
        client.send_typing(SendTyping::new("OPENID", TypingCommand::Typing))
    })
    .await;
    post(target, r#"{"touser":"OPENID","command":"CancelTyping","businessid":"1"}"#, OK, |client| {
        client.send_typing(SendTyping::new("OPENID", TypingCommand::CancelTyping).businessid("1"))
    })
    .await;
}
