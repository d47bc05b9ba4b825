//! Replies to pushes, to the byte. The XML is written from the documentation, and read back by another reader.

use std::collections::BTreeMap;

use quick_xml::events::Event;
use serde_json::json;
use weixin::callback::{Push, Reply};
use weixin::passive_reply::{MusicReply, NewsReply, ReplyArticle, TransferCustomerServiceReply, VideoReply};
use weixin::{ErrorKind, Timestamp};

const NOW: Timestamp = Timestamp(12_345_678);

fn push() -> Push {
    Push::from_xml(
        b"<xml><ToUserName><![CDATA[fromUser]]></ToUserName><FromUserName><![CDATA[toUser]]></FromUserName>\
          <CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content>\
          <MsgId>1</MsgId></xml>",
    )
    .expect("a push")
}

/// What stands between the envelope's time and the end.
fn content(reply: impl Into<Reply>) -> String {
    let xml = reply.into().to_xml(&push(), NOW).expect("XML");
    let xml = xml.strip_prefix(
        "<xml><ToUserName><![CDATA[toUser]]></ToUserName><FromUserName><![CDATA[fromUser]]></FromUserName>\
         <CreateTime>12345678</CreateTime>",
    );
    xml.and_then(|xml| xml.strip_suffix("</xml>")).expect("the envelope").to_owned()
}

#[test]
fn text() {
    assert_eq!(
        content(Reply::text("你好")),
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content>"
    );
}

#[test]
fn media() {
    assert_eq!(
        content(Reply::image("media_id")),
        "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[media_id]]></MediaId></Image>"
    );
    assert_eq!(
        content(Reply::voice("media_id")),
        "<MsgType><![CDATA[voice]]></MsgType><Voice><MediaId><![CDATA[media_id]]></MediaId></Voice>"
    );
    assert_eq!(
        content(VideoReply::new("media_id").title("title").description("description")),
        "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[media_id]]></MediaId>\
         <Title><![CDATA[title]]></Title><Description><![CDATA[description]]></Description></Video>"
    );
    assert_eq!(
        content(Reply::video("media_id")),
        "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[media_id]]></MediaId></Video>"
    );
}

#[test]
fn music() {
    let music = MusicReply::new("media_id")
        .title("TITLE")
        .description("DESCRIPTION")
        .music_url("MUSIC_Url")
        .hq_music_url("HQ_MUSIC_Url");
    assert_eq!(
        content(music),
        "<MsgType><![CDATA[music]]></MsgType><Music><Title><![CDATA[TITLE]]></Title>\
         <Description><![CDATA[DESCRIPTION]]></Description><MusicUrl><![CDATA[MUSIC_Url]]></MusicUrl>\
         <HQMusicUrl><![CDATA[HQ_MUSIC_Url]]></HQMusicUrl><ThumbMediaId><![CDATA[media_id]]></ThumbMediaId></Music>"
    );
}

#[test]
fn news_counts_its_articles() {
    let first = ReplyArticle::new("title1", "description1", "picurl", "url");
    let second = ReplyArticle::new("title", "description", "picurl", "url");
    let one = "<item><Title><![CDATA[title1]]></Title><Description><![CDATA[description1]]></Description>\
               <PicUrl><![CDATA[picurl]]></PicUrl><Url><![CDATA[url]]></Url></item>";
    assert_eq!(
        content(Reply::news([first.clone()])),
        format!(
            "<MsgType><![CDATA[news]]></MsgType><ArticleCount>1</ArticleCount><Articles>{one}</Articles>"
        )
    );
    let two = content(NewsReply::new(vec![first, second]));
    assert!(
        two.starts_with("<MsgType><![CDATA[news]]></MsgType><ArticleCount>2</ArticleCount><Articles><item>"),
        "{two}"
    );
    assert_eq!(two.matches("<item>").count(), 2);
}

/// The AI that the account has on the web console: the fields of every reply and no others.
#[test]
fn the_account_s_ai_takes_over() {
    assert_eq!(content(Reply::transfer_to_ai()), "<MsgType><![CDATA[transfer_biz_ai_ivr]]></MsgType>");
}

#[test]
fn customer_service_takes_over() {
    assert_eq!(
        content(Reply::transfer_customer_service()),
        "<MsgType><![CDATA[transfer_customer_service]]></MsgType>"
    );
    let somebody = TransferCustomerServiceReply::new().kf_account("test1@test");
    assert_eq!(
        content(somebody.clone()),
        "<MsgType><![CDATA[transfer_customer_service]]></MsgType>\
         <TransInfo><KfAccount><![CDATA[test1@test]]></KfAccount></TransInfo>"
    );
    assert_eq!(
        Reply::from(somebody).to_json(&push(), NOW).expect("JSON"),
        r#"{"ToUserName":"toUser","FromUserName":"fromUser","CreateTime":12345678,"MsgType":"transfer_customer_service","TransInfo":{"KfAccount":"test1@test"}}"#
    );
}

/// The leaves of a document, as another reader sees them. CDATA sections side by side are one text.
fn leaves(xml: &str) -> BTreeMap<String, String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut leaves = BTreeMap::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => path.push(start.name().as_ref().to_owned()),
            Event::End(_) => {
                path.pop();
            }
            Event::CData(data) => {
                let text: &mut String = leaves.entry(path.join("/")).or_default();
                text.push_str(&data.xml10_content());
            }
            Event::Text(text) => {
                let leaf: &mut String = leaves.entry(path.join("/")).or_default();
                leaf.push_str(&text.xml10_content());
            }
            Event::Eof => return leaves,
            other => panic!("{other:?} has no place in a reply"),
        }
    }
}

#[test]
fn any_text_survives() {
    for text in [
        "",
        " ",
        "]]>",
        "]]]]>>",
        "]]]>",
        "a]]>b]]>c",
        "]]",
        "]",
        ">",
        "<![CDATA[x]]>",
        "</Content></xml>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]>&a;",
        "a & b &amp; c &#38;",
        "line one\nline two\n\n",
        "\ttab",
        "quotes \" and '",
        "😀👨‍👩‍👧‍👦🇨🇳",
        "中文\u{3000}空格",
        "\u{e000}\u{fffd}\u{10ffff}",
        "\u{7f}\u{85}\u{a0}",
    ] {
        let xml = Reply::text(text).to_xml(&push(), NOW).expect("XML");
        assert_eq!(leaves(&xml)["xml/Content"], text, "{xml}");
        assert_eq!(leaves(&xml)["xml/MsgType"], "text");
        assert!(xml.starts_with("<xml>") && xml.ends_with("</xml>"));
    }
}

#[test]
fn what_xml_cannot_hold_is_left_out() {
    let xml = Reply::text("a\0b\u{8}c\u{b}d\u{1f}e\u{fffe}f\u{ffff}g]\0]\u{1}>h")
        .to_xml(&push(), NOW)
        .expect("XML");
    assert_eq!(leaves(&xml)["xml/Content"], "abcdefg]]>h");
    // A reader takes both line ends for one.
    let xml = Reply::text("a\r\nb").to_xml(&push(), NOW).expect("XML");
    assert_eq!(leaves(&xml)["xml/Content"], "a\nb");
}

#[test]
fn the_addresses_are_text_too() {
    let json = r#"{"ToUserName": "gh_]]>&<", "FromUserName": "o]]>", "CreateTime": 1, "MsgType": "text"}"#;
    let push = Push::from_json(json.as_bytes()).expect("a push");
    let xml = Reply::text("hi").to_xml(&push, NOW).expect("XML");
    assert_eq!(leaves(&xml)["xml/ToUserName"], "o]]>");
    assert_eq!(leaves(&xml)["xml/FromUserName"], "gh_]]>&<");
}

#[test]
fn unknown_fields_are_written_if_xml_has_names_for_them() {
    let text = weixin::passive_reply::TextReply::new("hi");
    let mut more = text.clone();
    more.unknown_fields.insert("FuncFlag", 1);
    more.unknown_fields.insert("More", serde_json::json!([true, {"A": null}]));
    assert_eq!(
        content(more),
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content><FuncFlag>1</FuncFlag>\
         <More>true</More><More><A></A></More>"
    );
    for name in ["", "1st", "a b", "a>", "<", "数"] {
        let mut text = text.clone();
        text.unknown_fields.insert(name, 1);
        let error = Reply::from(text).to_xml(&push(), NOW).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains("is no name of an element"), "{error}");
    }
}

/// A reply that was stored with its envelope, or copied from one to somebody else, goes to the sender of this push.
#[test]
fn no_reply_goes_to_somebody_else() {
    let stored = json!({"ToUserName": "oVictim", "FromUserName": "gh_other", "CreateTime": 1, "MsgType": "text", "Content": "hi"});
    let unknown = json!({"ToUserName": "oVictim", "FromUserName": "gh_other", "CreateTime": 1, "MsgType": "new", "New": "hi"});
    for (stored, inner) in [
        (stored, "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content>"),
        (unknown, "<MsgType><![CDATA[new]]></MsgType><New><![CDATA[hi]]></New>"),
    ] {
        let reply: Reply = serde_json::from_value(stored).unwrap();
        assert_eq!(content(reply.clone()), inner);
        let json = reply.to_json(&push(), NOW).unwrap();
        assert_eq!(json.matches("UserName").count(), 2, "{json}");
        assert!(
            json.contains(r#""ToUserName":"toUser","FromUserName":"fromUser","CreateTime":12345678,"#),
            "{json}"
        );
    }
}
