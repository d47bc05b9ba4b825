//! Pushed events, from the platform's bytes to typed values. The XML is written from the documentation.

#![cfg(feature = "callback")]

use weixin::callback::{Event, Push};
use weixin::ErrorKind;

const SCAN: &str = "<xml>
  <ToUserName><![CDATA[toUser]]></ToUserName>
  <FromUserName><![CDATA[FromUser]]></FromUserName>
  <CreateTime>123456789</CreateTime>
  <MsgType><![CDATA[event]]></MsgType>
  <Event><![CDATA[SCAN]]></Event>
  <EventKey><![CDATA[SCENE_VALUE]]></EventKey>
  <Ticket><![CDATA[TICKET]]></Ticket>
</xml>";

const SUBSCRIBE: &str = "<xml>
  <ToUserName><![CDATA[toUser]]></ToUserName>
  <FromUserName><![CDATA[FromUser]]></FromUserName>
  <CreateTime>123456789</CreateTime>
  <MsgType><![CDATA[event]]></MsgType>
  <Event><![CDATA[subscribe]]></Event>
  <EventKey><![CDATA[qrscene_123123]]></EventKey>
  <Ticket><![CDATA[TICKET]]></Ticket>
</xml>";

#[test]
fn a_follower_scans() {
    let push = Push::from_xml(SCAN.as_bytes()).expect("a push");
    assert_eq!(push.to_user_name, "toUser");
    assert_eq!(push.from_user_name, "FromUser");
    assert_eq!(push.create_time.as_secs(), 123_456_789);
    assert_eq!(push.msg_type, "event");
    let Some(Event::Scan(scan)) = &push.event else { panic!("{push:?}") };
    assert_eq!(scan.event_key, "SCENE_VALUE");
    assert_eq!(scan.ticket.as_deref(), Some("TICKET"));
    assert!(push.unknown_fields().is_empty(), "{:?}", push.unknown_fields());
}

#[test]
fn someone_follows_through_a_code() {
    let push = Push::from_xml(SUBSCRIBE.as_bytes()).expect("a push");
    let Some(Event::Subscribe(subscribe)) = &push.event else { panic!("{push:?}") };
    assert_eq!(subscribe.event_key.as_deref(), Some("qrscene_123123"));
    assert_eq!(subscribe.ticket.as_deref(), Some("TICKET"));
}

#[test]
fn the_same_event_as_json() {
    let json = r#"{"ToUserName":"toUser","FromUserName":"FromUser","CreateTime":123456789,"MsgType":"event",
        "Event":"SCAN","EventKey":"SCENE_VALUE","Ticket":"TICKET"}"#;
    let from_json = Push::from_json(json.as_bytes()).expect("a push");
    assert_eq!(from_json, Push::from_xml(SCAN.as_bytes()).expect("a push"));
}

#[test]
fn an_unknown_event_is_kept_whole() {
    let xml = SCAN.replace("SCAN", "tomorrow").replace("<Ticket>", "<List><A>1</A><A>2</A></List><Ticket>");
    let push = Push::from_xml(xml.as_bytes()).expect("a push");
    let Some(Event::Unknown(event)) = &push.event else { panic!("{push:?}") };
    assert_eq!(event.tag(), "tomorrow");
    assert_eq!(event.fields()["EventKey"], "SCENE_VALUE");
    assert_eq!(event.fields()["List"]["A"][1], "2");
}

#[test]
fn a_message_is_no_event() {
    let xml = SCAN
        .replace("[event]", "[text]")
        .replace("<Event><![CDATA[SCAN]]></Event>", "<Content>a &amp; b &#x4e2d;</Content>");
    let push = Push::from_xml(xml.as_bytes()).expect("a push");
    assert_eq!(push.msg_type, "text");
    assert!(push.event.is_none(), "{push:?}");
    assert_eq!(push.unknown_fields()["Content"], "a & b 中");
}

#[test]
fn hostile_documents_are_refused() {
    let deep = format!("<xml>{}{}</xml>", "<a>".repeat(100), "</a>".repeat(100));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\">]><xml><ToUserName>&a;</ToUserName></xml>";
    for xml in [
        "",
        "<xml>",
        "plain text",
        "<xml></yml>",
        "<a/><b/>",
        "<a/><b></b>",
        "<a></a><b/>",
        "<a/>x",
        "x<a/>",
        "<![CDATA[x]]><a/>",
        "<a/>&amp;",
        "<a/><b/>x<c>",
        "<xml>&unknown;</xml>",
        bomb,
        &deep,
    ] {
        let error = Push::from_xml(xml.as_bytes()).expect_err(xml);
        assert_eq!(error.kind(), ErrorKind::Decode, "{xml}: {error}");
    }
    let missing = Push::from_xml(b"<xml><ToUserName>a</ToUserName></xml>").expect_err("fields are missing");
    assert_eq!(missing.to_string(), "the push can't be read: a required field is missing at `FromUserName`");
}
