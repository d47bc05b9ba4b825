//! Scanning, following and leaving: what is pushed, and what the account knows afterwards.

use weixin::callback::Event;
use weixin::qrcode::{CreateQrcode, QrAction, QrScene};
use weixin::user::GetUser;
use weixin::ErrorKind;

use super::loopback::plain_loop;
use super::message::reply;

#[tokio::test]
async fn a_stranger_who_scans_becomes_a_follower() {
    let (sandbox, _server, seen) = plain_loop(Some(reply())).await;
    let client = sandbox.client().unwrap();
    let shop = client.create_qrcode(CreateQrcode::new(QrAction::limit_str_scene("shop-42"))).await.unwrap();

    let report = sandbox.scan(&shop.ticket, "o2").await.unwrap();
    assert_eq!(report.reply(), Some(&reply()));
    assert!(sandbox.is_follower("o2"));
    assert_eq!(sandbox.sent_messages("o2").len(), 1, "a new follower gets the reply");
    let report = sandbox.scan(&shop.ticket, "o2").await.unwrap();
    assert!(report.error().is_none());

    let pushes = seen.pushes();
    let Some(Event::Subscribe(first)) = &pushes[0].event else { panic!("{pushes:?}") };
    assert_eq!(first.event_key.as_deref(), Some("qrscene_shop-42"));
    let Some(Event::Scan(second)) = &pushes[1].event else { panic!("{pushes:?}") };
    assert_eq!(second.event_key, "shop-42");
    for push in &pushes {
        assert_eq!(push.scene().unwrap(), "shop-42");
        assert_eq!(push.ticket(), Some(&shop.ticket));
    }

    let user = client.get_user(GetUser::new("o2")).await.unwrap();
    assert_eq!(user.qr_scene_str.as_deref(), Some("shop-42"));
}

#[tokio::test]
async fn an_unknown_or_expired_code_leads_nowhere() {
    let (sandbox, server, _) = plain_loop(None).await;
    let request = CreateQrcode::new(QrScene::new(7).expire_seconds(60));
    let code = sandbox.client().unwrap().create_qrcode(request).await.unwrap();
    let unknown = sandbox.scan("gQ-no-ticket", "o2").await.expect_err("no such code");
    assert_eq!(unknown.kind(), ErrorKind::Config);
    sandbox.advance(std::time::Duration::from_secs(61));
    assert!(sandbox.scan(&code.ticket, "o2").await.is_err());
    assert!(!sandbox.is_follower("o2"));
    assert!(server.arrived().is_empty());
}

#[tokio::test]
async fn following_and_leaving() {
    let (sandbox, _server, seen) = plain_loop(Some(reply())).await;
    assert!(sandbox.push_follow("o1").await.is_err(), "a follower can't follow");
    assert!(sandbox.push_unfollow("o2").await.is_err(), "a stranger can't leave");

    assert_eq!(sandbox.push_follow("o2").await.unwrap().reply(), Some(&reply()));
    assert!(sandbox.is_follower("o2"));
    let _ = sandbox.push_unfollow("o2").await.unwrap();
    assert!(!sandbox.is_follower("o2"));
    assert_eq!(sandbox.sent_messages("o2").len(), 1, "who has left gets no reply");

    let pushes = seen.pushes();
    let Some(Event::Subscribe(_)) = &pushes[0].event else { panic!("{pushes:?}") };
    assert!(pushes[0].scene().is_none() && pushes[0].ticket().is_none());
    let Some(Event::Unsubscribe(_)) = &pushes[1].event else { panic!("{pushes:?}") };
    assert!(sandbox.push_user_text("o2", "hello?").await.is_err());
}

/// The clock stands still, but no server takes the second scan for another delivery of the first.
#[tokio::test]
async fn who_scans_twice_is_heard_twice() {
    let (sandbox, _server, seen) = plain_loop(None).await;
    let request = CreateQrcode::new(QrScene::new(7).expire_seconds(60));
    let code = sandbox.client().unwrap().create_qrcode(request).await.unwrap();
    for _ in 0..3 {
        assert!(sandbox.scan(&code.ticket, "o1").await.unwrap().error().is_none());
    }
    let first = sandbox.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    let times: Vec<i64> = seen.pushes().iter().map(|push| push.create_time.as_secs()).collect();
    assert_eq!(times, [first, first + 1, first + 2]);
}

#[tokio::test]
async fn without_a_callback_nothing_happens() {
    let sandbox = weixin::sandbox::Sandbox::start().await.unwrap();
    let error = sandbox.push_follow("o2").await.expect_err("nowhere to push to");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!sandbox.is_follower("o2"));
}
