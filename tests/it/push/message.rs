//! Messages and all other kinds of pushes: what arrives typed, and what the account may do afterwards.

use std::time::Duration;

use serde_json::json;
use weixin::callback::{Event, Message, Receiver, Reply, Responder};
use weixin::custom_message::{CustomMessage, SendCustomMessage};
use weixin::media::GetMedia;
use weixin::sandbox::{Sandbox, SentKind};
use weixin::ErrorKind;

use super::loopback::{plain, plain_loop, Seen, Server, KEY, TOKEN};

pub fn reply() -> Reply {
    Reply::text("Thank you")
}

#[tokio::test]
async fn a_picture_can_be_downloaded() {
    let (sandbox, _server, seen) = plain_loop(Some(reply())).await;
    let picture: &[u8] = b"\xff\xd8\xff\xe0 a picture";
    let report = sandbox.push_user_image("o1", picture).await.unwrap();
    assert_eq!(report.reply(), Some(&reply()));

    let pushes = seen.pushes();
    let Some(Message::Image(image)) = &pushes[0].message else { panic!("{pushes:?}") };
    assert!(pushes[0].msg_id().is_some());
    let client = sandbox.client().unwrap();
    let download = client.get_media(GetMedia::new(&image.media_id)).await.unwrap();
    let download = download.bytes().expect("the picture itself");
    assert_eq!(download.bytes().await.unwrap(), picture);
    assert!(image.pic_url.starts_with(sandbox.url()));
}

#[tokio::test]
async fn recordings_and_places() {
    let (sandbox, _server, seen) = plain_loop(None).await;
    let recording: &[u8] = b"#!AMR\n...";
    let _ = sandbox.push_user_voice("o1", recording).await.unwrap();
    let _ = sandbox.push_user_location("o1", 23.134521, 113.358803, "广州").await.unwrap();
    let pushes = seen.pushes();
    let Some(Message::Voice(voice)) = &pushes[0].message else { panic!("{pushes:?}") };
    assert_eq!(voice.format, "amr");
    assert_eq!(sandbox.media(&voice.media_id).as_deref(), Some(recording));
    let Some(Message::Location(place)) = &pushes[1].message else { panic!("{pushes:?}") };
    assert_eq!((place.latitude.to_string(), place.label.as_str()), ("23.134521".to_owned(), "广州"));
}

#[tokio::test]
async fn menus_and_everything_else() {
    let (sandbox, server, seen) = plain_loop(None).await;
    let _ = sandbox.click_menu("o1", "today").await.unwrap();
    let _ = sandbox.view_menu("o1", "https://shop.example.com/?a=1&b=2").await.unwrap();
    let fields = json!({"MsgID": 200163836, "Status": "success"});
    let _ = sandbox.push_event("o1", "TEMPLATESENDJOBFINISH", fields).await.unwrap();
    let _ = sandbox.push_event("o9", "of_the_future", json!({"Deep": {"er": [1, 2]}})).await.unwrap();
    let link = json!({"Title": "t", "Description": "d", "Url": "https://example.com/", "MsgId": 5});
    let _ = sandbox.push_message("o1", "link", link).await.unwrap();

    let pushes = seen.pushes();
    let Some(Event::Click(click)) = &pushes[0].event else { panic!("{:?}", pushes[0]) };
    assert_eq!(click.event_key, "today");
    let Some(Event::View(view)) = &pushes[1].event else { panic!("{:?}", pushes[1]) };
    assert_eq!(view.event_key, "https://shop.example.com/?a=1&b=2");
    assert!(
        matches!(&pushes[2].event, Some(event) if !matches!(event, Event::Unknown(_))),
        "{:?}",
        pushes[2]
    );
    let Some(Event::Unknown(unknown)) = &pushes[3].event else { panic!("{:?}", pushes[3]) };
    assert!(format!("{unknown:?}").contains("of_the_future"));
    assert_eq!(pushes[3].from_user_name, "o9");
    assert!(server.arrived()[3].body.contains("<Deep><er>1</er><er>2</er></Deep>"));
    let Some(Message::Link(_)) = &pushes[4].message else { panic!("{:?}", pushes[4]) };
    assert_eq!(pushes[4].msg_id(), Some(5));
}

#[tokio::test]
async fn fields_that_can_t_be_written_are_refused() {
    let (sandbox, server, _) = plain_loop(None).await;
    for fields in [json!(1), json!({"FromUserName": "o2"}), json!({"Encrypt": ""}), json!({"a b": 1})] {
        let refused = sandbox.push_event("o1", "SCAN", fields.clone()).await.expect_err("fields");
        assert_eq!(refused.kind(), ErrorKind::Config, "{fields}");
        assert!(sandbox.push_message("o1", "text", fields).await.is_err());
    }
    assert!(sandbox.push_user_text("o2", "a stranger").await.is_err());
    assert!(sandbox.click_menu("o2", "key").await.is_err());
    assert!(server.arrived().is_empty());
}

/// Whoever writes or taps can be written to for 48 hours.
#[tokio::test]
async fn a_push_lets_the_account_write() {
    let (sandbox, _server, _) = plain_loop(None).await;
    let client = sandbox.client().unwrap();
    let write = || client.send_custom_message(SendCustomMessage::new("o1", CustomMessage::text("hi")));
    sandbox.advance(Duration::from_secs(48 * 3600));
    assert!(write().await.is_err(), "the user was silent for too long");
    let _ = sandbox.view_menu("o1", "https://example.com/").await.unwrap();
    assert!(write().await.is_err(), "to open a page is not enough");
    let _ = sandbox.click_menu("o1", "key").await.unwrap();
    write().await.unwrap();
    sandbox.advance(Duration::from_secs(48 * 3600));
    let _ = sandbox.push_user_text("o1", "hello").await.unwrap();
    write().await.unwrap();
}

/// A handler that takes too long: the push is acknowledged, and the reply follows by another way.
#[tokio::test]
async fn a_late_reply_arrives_as_a_customer_service_message() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let responder = Responder::builder(plain(), |_| async { Some(reply()) })
        .late_replies(sandbox.client().unwrap())
        .answer_within(Duration::ZERO)
        .build();
    let server = Server::responder(responder.clone()).await;
    sandbox.set_callback(server.target()).unwrap();
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    assert!(report.reply().is_none() && report.error().is_none());
    responder.shutdown().await;
    let sent = sandbox.sent_messages("o1");
    assert_eq!((sent.len(), sent[0].kind(), sent[0].text()), (1, SentKind::Custom, Some("Thank you")));
}

/// What users type is pushed as the platform was seen to push it, in all modes: nobody forges anything, nothing is lost.
#[tokio::test]
async fn words_that_look_like_fields() {
    let words = [
        "x]]></Content><fromusername>oVictim</fromusername><msgtype>event</msgtype><Event>SCAN</Event>\
         <EventKey>login-42</EventKey><Content><![CDATA[y",
        "a[b[0]]>1",
        "see <m><a><![CDATA[x]]></a></m>",
    ];
    let sandbox = Sandbox::builder().followers(["o1"]).app_id("wx_appid").start().await.unwrap();
    let receivers = [
        plain(),
        Receiver::builder(TOKEN).encrypted("wx_appid", KEY).build().unwrap(),
        Receiver::builder(TOKEN).compatible("wx_appid", KEY).build().unwrap(),
    ];
    for (mode, receiver) in receivers.into_iter().enumerate() {
        let seen = Seen::default();
        let server = Server::responder(seen.responder(receiver, Some(reply()))).await;
        let target = match mode {
            0 => server.target(),
            1 => server.target().encrypted(KEY),
            _ => server.target().compatible(KEY),
        };
        sandbox.set_callback(target.unescaped()).unwrap();
        for typed in words {
            let report = sandbox.push_user_text("o1", typed).await.unwrap();
            assert_eq!(report.reply(), Some(&reply()), "{typed}");
        }
        let pushes = seen.pushes();
        assert_eq!(pushes.len(), words.len());
        for (push, typed) in pushes.iter().zip(words) {
            assert_eq!(push.from_user_name, "o1");
            let Some(Message::Text(text)) = &push.message else { panic!("{push:?}") };
            assert_eq!(text.content, typed);
        }
    }
}
