//! Pushed messages and events, from the platform's bytes to typed values. The XML is written from the documentation.

mod account;
mod card;
mod follow;
mod forged;
mod kf;
mod menu;
mod message;
mod names;
mod niche;
mod sending;
mod stored;
mod unknown;

use weixin::callback::{Event, Message, Push};
use weixin::ErrorKind;

/// A push as the official samples have it, around what is its own.
fn xml(msg_type: &str, inner: &str) -> Push {
    let text = format!(
        "<xml>\n  <ToUserName><![CDATA[toUser]]></ToUserName>\n  <FromUserName><![CDATA[fromUser]]></FromUserName>\n  \
         <CreateTime>1348831860</CreateTime>\n  <MsgType><![CDATA[{msg_type}]]></MsgType>\n{inner}\n</xml>"
    );
    let push = Push::from_xml(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(push.to_user_name, "toUser");
    assert_eq!(push.from_user_name, "fromUser");
    assert_eq!(push.create_time.as_secs(), 1_348_831_860);
    assert_eq!(push.msg_type, msg_type);
    push
}

/// An event; all of it is known.
fn event(inner: &str) -> Event {
    let push = xml("event", inner);
    assert!(push.unknown_fields.is_empty(), "{:?}", push.unknown_fields);
    assert!(push.message.is_none(), "{push:?}");
    push.event.expect("an event")
}

/// A message; all of it is known.
fn message(msg_type: &str, inner: &str) -> Message {
    let push = xml(msg_type, inner);
    assert!(push.unknown_fields.is_empty(), "{:?}", push.unknown_fields);
    assert!(push.event.is_none(), "{push:?}");
    push.message.expect("a message")
}

/// The same push in JSON.
fn json(msg_type: &str, inner: &str) -> Push {
    let text = format!(
        r#"{{"ToUserName":"toUser","FromUserName":"fromUser","CreateTime":1348831860,"MsgType":"{msg_type}",{inner}}}"#
    );
    Push::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Takes the variant apart or fails.
macro_rules! payload {
    ($value:expr, $variant:path) => {
        match $value {
            $variant(inside) => inside,
            other => panic!("not {}: {other:?}", stringify!($variant)),
        }
    };
}
use payload;

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
