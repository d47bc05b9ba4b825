//! The three modes in both formats: what is accepted, and how it is answered.

use std::time::{Duration, UNIX_EPOCH};

use weixin::callback::{CallbackResponse, Delivery, Received, Receiver, ReceiverBuilder, Reply};
use weixin::ErrorKind;

use crate::platform::{beside, envelope, Platform, Request, APP_ID, KEY, NOW, TEXT_JSON, TEXT_XML, TOKEN};

pub fn builder() -> ReceiverBuilder {
    Receiver::builder(TOKEN).clock(|| UNIX_EPOCH + Duration::from_secs(NOW + 1))
}

pub fn plain() -> Receiver {
    builder().build().expect("a receiver")
}

pub fn compatible() -> Receiver {
    builder().compatible(APP_ID, KEY).build().expect("a receiver")
}

pub fn encrypted() -> Receiver {
    builder().encrypted(APP_ID, KEY).build().expect("a receiver")
}

pub fn receive(receiver: &Receiver, request: &Request) -> weixin::Result<Box<Delivery>> {
    match receiver.receive("POST", &request.query, &request.body)? {
        Received::Push(delivery) => Ok(delivery),
        other => panic!("not a push: {other:?}"),
    }
}

/// The parts of a sealed answer, taken out by hand: ciphertext, signature, time, nonce.
pub fn parts(answer: &CallbackResponse) -> [String; 4] {
    if answer.content_type.starts_with("application/json") {
        let value: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert!(value["TimeStamp"].is_u64(), "{value}");
        assert_eq!(value.as_object().map(|fields| fields.len()), Some(4));
        ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"]
            .map(|name| value[name].to_string().trim_matches('"').to_owned())
    } else {
        assert_eq!(answer.content_type, "application/xml; charset=utf-8");
        let cut = |from: &str, to: &str| {
            let (_, rest) = answer.body.split_once(from).expect(from);
            rest.split_once(to).expect(to).0.to_owned()
        };
        [
            cut("<xml><Encrypt><![CDATA[", "]]></Encrypt>"),
            cut("<MsgSignature><![CDATA[", "]]></MsgSignature>"),
            cut("<TimeStamp>", "</TimeStamp>"),
            cut("<Nonce><![CDATA[", "]]></Nonce></xml>"),
        ]
    }
}

const REPLY_XML: &str = "<xml><ToUserName><![CDATA[openid]]></ToUserName>\
    <FromUserName><![CDATA[gh_account]]></FromUserName><CreateTime>1717200001</CreateTime>\
    <MsgType><![CDATA[text]]></MsgType><Content><![CDATA[回复 & more]]></Content></xml>";
const REPLY_JSON: &str = r#"{"ToUserName":"openid","FromUserName":"gh_account","CreateTime":1717200001,"MsgType":"text","Content":"回复 & more"}"#;

#[test]
fn all_modes_in_both_formats() {
    let platform = Platform::default();
    for (message, reply) in [(TEXT_XML, REPLY_XML), (TEXT_JSON, REPLY_JSON)] {
        let requests = [platform.plain(message), platform.compatible(message), platform.encrypted(message)];
        for (receiver, accepts) in [
            // Which of the three requests, and whether the reply is sealed.
            (plain(), [Some(false), Some(false), None]),
            (compatible(), [Some(false), Some(true), Some(true)]),
            (encrypted(), [None, Some(true), Some(true)]),
        ] {
            for (request, accepted) in requests.iter().zip(accepts) {
                let received = receive(&receiver, request);
                let Some(sealed) = accepted else {
                    received.expect_err("another mode");
                    continue;
                };
                let delivery = received.unwrap_or_else(|error| panic!("{receiver:?}: {error}"));
                assert_eq!(delivery.push.from_user_name, "openid");
                let fields = serde_json::to_value(&delivery.push).expect("a push can be written");
                assert_eq!(fields["Content"], "hello 你好");
                assert_eq!(fields.get("Encrypt"), None);

                assert_eq!(delivery.acknowledge(), CallbackResponse::success());
                assert_eq!(delivery.answer(None).expect("an answer").body, "success");
                let answer = delivery.reply(&Reply::text("回复 & more")).expect("an answer");
                assert_eq!(answer.status, 200);
                if sealed {
                    let [encrypt, signature, timestamp, nonce] = parts(&answer);
                    assert_eq!((timestamp.as_str(), nonce.as_str()), ("1717200001", "415670741"));
                    assert_eq!(platform.open(&encrypt, &signature, &timestamp, &nonce), reply);
                } else {
                    assert_eq!(answer.body, reply);
                }
            }
        }
    }
}

#[test]
fn no_two_sealed_replies_are_alike() {
    let delivery = receive(&encrypted(), &Platform::default().encrypted(TEXT_XML)).expect("a push");
    let [one, two] = [(); 2].map(|()| parts(&delivery.reply(&Reply::text("hi")).expect("an answer")));
    assert_ne!(one[0], two[0]);
}

#[test]
fn the_url_is_verified_in_all_modes() {
    let query = format!("{}&echostr=4375120948345356249", Platform::default().plain("").query);
    for receiver in [plain(), compatible(), encrypted()] {
        let Ok(Received::Verification(answer)) = receiver.receive("GET", &query, b"") else {
            panic!("{query}")
        };
        assert_eq!(answer.body, "4375120948345356249");
        for odd in ["", "&echostr=", "&echostr=%3Cscript%3E", "&echostr=a%20b", "&echostr=1&echostr=2"] {
            let query = format!("{}{odd}", Platform::default().plain("").query);
            receiver.receive("GET", &query, b"").expect_err(odd);
        }
    }
}

#[test]
fn what_stands_beside_a_ciphertext_does_not_count() {
    let platform = Platform::default();
    for message in [TEXT_XML, TEXT_JSON] {
        let mut request = platform.compatible(message);
        let body = String::from_utf8(request.body).expect("UTF-8").replace("openid", "victim");
        request.body = body.into_bytes();
        for receiver in [compatible(), encrypted()] {
            let delivery = receive(&receiver, &request).expect("the ciphertext is genuine");
            assert_eq!(delivery.push.from_user_name, "openid");
        }
    }
}

#[test]
fn a_ciphertext_must_be_genuine_whatever_the_url_says() {
    let platform = Platform::default();
    let sealed = platform.seal(&platform.content(TEXT_XML.as_bytes()));
    // Signed as a plain push, with a ciphertext that nobody signed.
    let request = platform.plain(&beside(TEXT_XML, &sealed));
    for encrypt_type in ["", "&encrypt_type=raw", "&encrypt_type=aes"] {
        let mut request = request.clone();
        request.query.push_str(encrypt_type);
        let error = receive(&compatible(), &request).expect_err("no msg_signature");
        assert_eq!(error.kind(), ErrorKind::Untrusted);
    }
}

#[test]
fn a_ciphertext_that_was_taken_out_is_missed() {
    let platform = Platform::default();
    let request = Request { body: TEXT_XML.into(), ..platform.compatible(TEXT_XML) };
    for receiver in [compatible(), encrypted()] {
        let error = receive(&receiver, &request).expect_err("no ciphertext");
        assert_eq!(error.kind(), ErrorKind::Untrusted);
    }
    // Such a URL belongs to a push in the clear.
    let mut request = platform.plain(TEXT_XML);
    request.query.push_str("&encrypt_type=raw");
    receive(&compatible(), &request).expect("a plain push");
}

#[test]
fn a_receiver_without_a_key_says_so() {
    let platform = Platform::default();
    let sealed = platform.seal(&platform.content(TEXT_XML.as_bytes()));
    let request = platform.plain(&envelope(TEXT_XML, &sealed));
    let error = receive(&plain(), &request).expect_err("no key");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.to_string(), "the push is encrypted, but the receiver has no key");
}

#[test]
fn a_byte_order_mark_and_layout_are_survived() {
    let platform = Platform::default();
    for message in [TEXT_XML, TEXT_JSON] {
        let message = format!("\u{feff}\r\n {message}\r\n");
        receive(&plain(), &platform.plain(&message)).expect("a push");
        let sealed = platform.seal(&platform.content(message.as_bytes()));
        receive(&encrypted(), &platform.request(&sealed, &envelope(TEXT_XML, &sealed))).expect("a push");
    }
}

#[test]
fn broken_characters_fail_no_push() {
    for message in [TEXT_XML, TEXT_JSON] {
        let mut request = Platform::default().plain(message);
        let at = message.find("hello").expect("the text");
        request.body[at] = 0xff;
        request.body[at + 1] = 0x07;
        let delivery = receive(&plain(), &request).expect("a push");
        let fields = serde_json::to_value(&delivery.push).expect("a push can be written");
        assert_eq!(fields["Content"], "\u{fffd}\u{7}llo 你好");
    }
}

#[test]
fn secrets_are_not_shown() {
    let receiver = builder().encrypted(APP_ID, KEY).previous_token("old-token").build().expect("a receiver");
    let delivery = receive(&receiver, &Platform::default().encrypted(TEXT_XML)).expect("a push");
    let shown = format!("{receiver:?} {delivery:?} {:?}", builder().encrypted(APP_ID, KEY));
    for secret in [TOKEN, KEY, "old-token"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains(APP_ID), "{shown}");
}

#[test]
fn settings_that_can_not_work_are_refused() {
    for builder in [
        Receiver::builder(""),
        Receiver::builder("to ken"),
        Receiver::builder("token").previous_token("\n"),
        Receiver::builder("token").previous_key(KEY),
        Receiver::builder("token").encrypted("", KEY),
        Receiver::builder("token").encrypted("wx appid", KEY),
        Receiver::builder("token").encrypted("wx_appid", ""),
        Receiver::builder("token").encrypted("wx_appid", &KEY[1..]),
        Receiver::builder("token").encrypted("wx_appid", format!("{KEY}=")),
        Receiver::builder("token").compatible("wx_appid", KEY.replace('a', "%")),
        Receiver::builder("token").encrypted("wx_appid", KEY).previous_key("short"),
    ] {
        let error = builder.build().expect_err("these settings can't work");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!error.to_string().contains(KEY), "{error}");
    }
}
