//! What the crate does not know is kept whole, and what it knows survives surprises.

use weixin::callback::{Event, Message, Push};
use weixin::id::MsgId;

use super::{json, payload, xml};

#[test]
fn an_unknown_event() {
    let push = xml(
        "event",
        "<Event><![CDATA[tomorrow]]></Event><EventKey>k</EventKey><List><A>1</A><A>2</A></List>",
    );
    let event = payload!(push.event.as_ref().expect("an event"), Event::Unknown);
    assert_eq!(event.tag(), "tomorrow");
    assert_eq!(event.fields()["EventKey"], "k");
    assert_eq!(event.fields()["List"]["A"][1], "2");
    assert!(push.message.is_none() && push.unknown_fields.is_empty(), "{push:?}");
}

#[test]
fn an_unknown_message() {
    let push = xml("tomorrow", "<Content>a &amp; b &#x4e2d;</Content><MsgId>7</MsgId>");
    let message = payload!(push.message.as_ref().expect("a message"), Message::Unknown);
    assert_eq!(message.tag(), "tomorrow");
    assert_eq!(message.fields()["Content"], "a & b 中");
    assert_eq!(message.fields()["MsgType"], "tomorrow");
    assert_eq!(push.msg_type, "tomorrow");
    assert!(push.event.is_none() && push.unknown_fields.is_empty(), "{push:?}");
    let again: Push = serde_json::from_value(serde_json::to_value(&push).expect("JSON")).expect("a push");
    assert_eq!(again, push);
}

#[test]
fn an_event_without_its_name() {
    let push = xml("event", "<EventKey>k</EventKey>");
    assert!(push.event.is_none(), "{push:?}");
    let message = payload!(push.message.as_ref().expect("kept"), Message::Unknown);
    assert_eq!(message.fields()["EventKey"], "k");
}

#[test]
fn new_fields_of_a_known_event() {
    let push = xml("event", "<Event>SCAN</Event><EventKey>k</EventKey><Mood>good</Mood>");
    let scan = payload!(push.event.as_ref().expect("an event"), Event::Scan);
    assert_eq!(scan.event_key, "k");
    assert_eq!(push.unknown_fields["Mood"], "good");
    let push = xml("text", "<Content>a</Content><MsgId>1</MsgId><BusinessId>1</BusinessId>");
    assert!(matches!(push.message, Some(Message::Text(_))));
    assert_eq!(push.unknown_fields["BusinessId"], "1");
}

#[test]
fn a_field_that_does_not_fit_does_not_cost_the_kind() {
    let push =
        xml("event", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>seven</MsgID><Status>success</Status>");
    let event = payload!(push.event.as_ref().expect("an event"), Event::TemplateSendFinished);
    assert_eq!((event.msg_id, event.status.as_str()), (MsgId(0), "success"));
    assert_eq!(event.unknown_fields["MsgID"], "seven");
    let push = json("location", r#""Location_X":"north","Location_Y":1,"Scale":1,"Label":"","MsgId":9"#);
    let message = payload!(push.message.as_ref().expect("a message"), Message::Location);
    assert_eq!(message.unknown_fields["Location_X"], "north");
    assert_eq!(push.msg_id(), Some(9));
}

#[test]
fn a_push_is_written_as_it_was_read() {
    for push in [
        xml("event", "<Event>SCAN</Event><EventKey>k</EventKey><Ticket>T</Ticket>"),
        xml("text", "<Content>a</Content><MsgId>1</MsgId>"),
        xml("event", "<Event>tomorrow</Event><A>1</A>"),
    ] {
        let value = serde_json::to_value(&push).expect("JSON");
        assert_eq!(value["MsgType"], push.msg_type.as_str());
        let again: Push = serde_json::from_value(value).expect("a push");
        assert_eq!(again, push);
    }
}

/// What is pushed hangs on no other feature, so that none of them turns an unknown event into another one.
#[test]
fn an_event_of_an_area_that_a_feature_switches_on() {
    let push = xml("event", "<Event>card_pass_check</Event><CardId>c</CardId>");
    let event = payload!(push.event.as_ref().expect("an event"), Event::CardApproved);
    assert_eq!(event.card_id, "c");
}
