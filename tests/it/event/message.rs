//! Messages of users, by the official samples.

use weixin::callback::Message;
use weixin::id::MsgDataId;

use super::{json, message, payload, xml};

const ID: &str = "<MsgId>1234567890123456</MsgId>";

#[test]
fn text() {
    let text = payload!(
        message(
            "text",
            &format!(
                "<Content><![CDATA[this is a test]]></Content>{ID}<MsgDataId>2247483656</MsgDataId><Idx>2</Idx>"
            )
        ),
        Message::Text
    );
    assert_eq!(text.content, "this is a test");
    assert_eq!(text.msg_id, 1_234_567_890_123_456);
    assert_eq!(text.msg_data_id, Some(MsgDataId(2_247_483_656)));
    assert_eq!(text.idx, Some(2));
    let text = payload!(
        message("text", &format!("<Content><![CDATA[满意]]></Content>{ID}<bizmsgmenuid>101</bizmsgmenuid>")),
        Message::Text
    );
    assert_eq!(text.menu_option_id.as_deref(), Some("101"));
    let text = message("text", "<Content> a\n &lt;b&gt; </Content><MsgId>9223372036854775807</MsgId>");
    let text = payload!(text, Message::Text);
    assert_eq!(text.content, " a\n <b> ");
    assert_eq!(text.msg_id, i64::MAX);
    let text = message("text", "<Content>a</Content><MsgId>-1</MsgId>");
    assert_eq!(
        payload!(text, Message::Text).msg_id,
        -1,
        "signed, as in the responses of the calls that send"
    );
}

#[test]
fn the_number_is_that_of_any_message() {
    let push = xml("text", &format!("<Content>a</Content>{ID}"));
    assert_eq!(push.msg_id(), Some(1_234_567_890_123_456));
    assert_eq!(xml("text", "<Content>a</Content>").msg_id(), None);
    assert_eq!(xml("event", "<Event>subscribe</Event><MsgId>1</MsgId>").msg_id(), None);
    assert_eq!(xml("tomorrow", "<MsgId>7</MsgId>").msg_id(), Some(7));
    assert_eq!(json("tomorrow", r#""msgid":7"#).msg_id(), Some(7));
}

#[test]
fn media() {
    let image = message(
        "image",
        &format!("<PicUrl><![CDATA[this is a url]]></PicUrl><MediaId><![CDATA[media_id]]></MediaId>{ID}"),
    );
    let image = payload!(image, Message::Image);
    assert_eq!((image.pic_url.as_str(), image.media_id.as_str()), ("this is a url", "media_id"));
    let voice = message(
        "voice",
        &format!(
            "<MediaId><![CDATA[media_id]]></MediaId><Format><![CDATA[amr]]></Format>\
             <MediaId16K><![CDATA[media_id_16k]]></MediaId16K><Recognition><![CDATA[腾讯微信团队]]></Recognition>{ID}"
        ),
    );
    let voice = payload!(voice, Message::Voice);
    assert_eq!(voice.format, "amr");
    assert_eq!(voice.media_id_16k.as_ref().map(AsRef::as_ref), Some("media_id_16k"));
    assert_eq!(voice.recognition.as_deref(), Some("腾讯微信团队"));
    let inner = format!(
        "<MediaId><![CDATA[media_id]]></MediaId><ThumbMediaId><![CDATA[thumb_media_id]]></ThumbMediaId>{ID}"
    );
    let video = payload!(message("video", &inner), Message::Video);
    assert_eq!((video.media_id.as_str(), video.thumb_media_id.as_str()), ("media_id", "thumb_media_id"));
    let video = payload!(message("shortvideo", &inner), Message::ShortVideo);
    assert_eq!((video.media_id.as_str(), video.msg_id), ("media_id", 1_234_567_890_123_456));
}

#[test]
fn places_links_files_and_cards() {
    let place = message(
        "location",
        &format!(
            "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale>\
             <Label><![CDATA[位置信息]]></Label>{ID}"
        ),
    );
    let place = payload!(place, Message::Location);
    assert_eq!((place.latitude, place.longitude, place.scale), (23.134_521, 113.358_803, 20.0));
    assert_eq!(place.label, "位置信息");
    let link = message(
        "link",
        &format!(
            "<Title><![CDATA[公众平台官网链接]]></Title><Description><![CDATA[公众平台官网链接]]></Description>\
             <Url><![CDATA[url]]></Url>{ID}"
        ),
    );
    let link = payload!(link, Message::Link);
    assert_eq!((link.title.as_str(), link.url.as_str()), ("公众平台官网链接", "url"));
    let file = message(
        "file",
        &format!(
            "<Title><![CDATA[a.pdf]]></Title><Description></Description><FileKey><![CDATA[key]]></FileKey>\
             <FileMd5><![CDATA[9e107d9d372bb6826bd81d3542a419d6]]></FileMd5><FileTotalLen>20480</FileTotalLen>{ID}"
        ),
    );
    let file = payload!(file, Message::File);
    assert_eq!((file.title.as_str(), file.file_total_len), ("a.pdf", Some(20480)));
    let push = json(
        "miniprogrampage",
        r#""MsgId":1234567890123456,"Title":"title","AppId":"appid","PagePath":"path","ThumbUrl":"url","ThumbMediaId":"m""#,
    );
    let card = payload!(push.message.expect("a message"), Message::MiniProgramPage);
    assert_eq!((card.title.as_str(), card.app_id.as_deref()), ("title", Some("appid")));
    assert_eq!(
        (card.page_path.as_str(), card.thumb_media_id.as_ref().map(AsRef::as_ref)),
        ("path", Some("m"))
    );
}
