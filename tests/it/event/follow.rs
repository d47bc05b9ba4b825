//! Following, leaving and scanning: the scene in all its shapes.

use weixin::callback::{Event, Push, Scene};

use super::{event, json, payload, xml};

fn subscribe(key: &str, ticket: &str) -> Push {
    xml(
        "event",
        &format!("<Event><![CDATA[subscribe]]></Event><EventKey><![CDATA[{key}]]></EventKey>{ticket}"),
    )
}

fn scan(key: &str) -> Push {
    xml(
        "event",
        &format!(
            "<Event><![CDATA[SCAN]]></Event><EventKey><![CDATA[{key}]]></EventKey>\
             <Ticket><![CDATA[TICKET]]></Ticket>"
        ),
    )
}

fn text(scene: Option<Scene>) -> Option<String> {
    scene.map(|scene| scene.as_str().to_owned())
}

#[test]
fn a_follower_scans() {
    let push = scan("SCENE_VALUE");
    let scanned = payload!(push.event.clone().expect("an event"), Event::Scan);
    assert_eq!(scanned.event_key, "SCENE_VALUE");
    assert_eq!(scanned.ticket.as_ref().map(AsRef::as_ref), Some("TICKET"));
    assert_eq!(text(push.scene()).as_deref(), Some("SCENE_VALUE"));
    assert_eq!(push.ticket().unwrap(), "TICKET");
    assert!(push.message.is_none() && push.unknown_fields.is_empty(), "{push:?}");
}

#[test]
fn someone_follows_through_a_code() {
    let push = subscribe("qrscene_123123", "<Ticket><![CDATA[TICKET]]></Ticket>");
    let subscribed = payload!(push.event.clone().expect("an event"), Event::Subscribe);
    assert_eq!(subscribed.event_key.as_deref(), Some("qrscene_123123"));
    let scene = push.scene().expect("a scene");
    assert_eq!(scene, "123123");
    assert_eq!(scene.as_u32(), Some(123_123));
    assert_eq!(push.ticket().unwrap(), "TICKET");
}

#[test]
fn someone_follows_another_way() {
    let push = xml("event", "<Event><![CDATA[subscribe]]></Event>");
    assert!(matches!(push.event, Some(Event::Subscribe(_))));
    assert_eq!((push.scene(), push.ticket()), (None, None));
    // Nothing behind the prefix, no prefix at all, after a payment, from the page of a product.
    for key in ["", "qrscene_", "123", "last_trade_no_4002002001201508", "scanbarcode|ean13|6901481811083|x"]
    {
        assert_eq!(subscribe(key, "").scene(), None, "{key}");
    }
    assert_eq!(subscribe("", "<Ticket></Ticket>").ticket(), None);
}

#[test]
fn the_prefix_is_taken_off_once_and_where_it_belongs() {
    for (push, due) in [
        (subscribe("qrscene_qrscene_1", ""), Some("qrscene_1")),
        (subscribe("qrscene_last_trade_no_1", ""), Some("last_trade_no_1")),
        (subscribe("qrscene_ a b ", ""), Some(" a b ")),
        (subscribe("QRSCENE_1", ""), None),
        (scan("qrscene_1"), Some("qrscene_1")),
        (scan("店铺-42"), Some("店铺-42")),
        (scan(""), None),
    ] {
        assert_eq!(text(push.scene()).as_deref(), due, "{push:?}");
    }
}

#[test]
fn numbers_are_told_from_text_as_far_as_they_can_be() {
    for (scene, due) in [
        ("0", Some(0)),
        ("1", Some(1)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("007", None),
        ("+7", None),
        ("-7", None),
        ("7 ", None),
        ("1e3", None),
        ("shop-42", None),
    ] {
        assert_eq!(scan(scene).scene().expect("a scene").as_u32(), due, "{scene}");
    }
}

#[test]
fn other_pushes_have_no_scene() {
    let click = xml("event", "<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[qrscene_1]]></EventKey>");
    assert_eq!((click.scene(), click.ticket()), (None, None));
    let text = xml("text", "<Content>qrscene_1</Content><MsgId>1</MsgId>");
    assert_eq!((text.scene(), text.ticket()), (None, None));
}

#[test]
fn someone_leaves() {
    payload!(event("<Event><![CDATA[unsubscribe]]></Event>"), Event::Unsubscribe);
    let left =
        payload!(event("<Event><![CDATA[unsubscribe]]></Event><EventKey></EventKey>"), Event::Unsubscribe);
    assert_eq!(left.event_key.as_deref(), Some(""));
}

#[test]
fn the_same_event_as_json() {
    let push = json("event", r#""Event":"SCAN","EventKey":"SCENE_VALUE","Ticket":"TICKET""#);
    assert_eq!(push, scan("SCENE_VALUE"));
}

#[test]
fn the_user_goes_into_the_next_call() {
    let push = scan("1");
    let request = weixin::user::GetUser::new(&push.from_user_name);
    assert_eq!(request.openid, "fromUser");
    let open_id = push.from_user_name.clone();
    assert_eq!(weixin::user::GetUser::new(open_id).openid, "fromUser");
    assert_eq!(format!("{0} {0:?}", push.from_user_name), "fromUser \"fromUser\"");
}
