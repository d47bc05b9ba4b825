//! Names in any case: of events, of fields and of the envelope.

use weixin::callback::{Event, Message, Push};

use super::{event, payload, xml};

#[test]
fn events_and_fields() {
    for word in ["SCAN", "scan", "Scan"] {
        for (key, ticket) in [("EventKey", "Ticket"), ("eventkey", "TICKET"), ("EVENTKEY", "ticket")] {
            let scan = event(&format!("<Event>{word}</Event><{key}>1</{key}><{ticket}>T</{ticket}>"));
            let scan = payload!(scan, Event::Scan);
            assert_eq!(
                (scan.event_key.as_str(), scan.ticket.as_ref().map(AsRef::as_ref)),
                ("1", Some("T")),
                "{word} {key}"
            );
        }
    }
    let nested = event(
        "<event>SCANCODE_PUSH</event><eventkey>6</eventkey><scancodeinfo><scantype>qrcode</scantype>\
         <SCANRESULT>1</SCANRESULT></scancodeinfo>",
    );
    let nested = payload!(nested, Event::ScanCodePush);
    assert_eq!((nested.scan_type.as_str(), nested.scan_result.as_str()), ("qrcode", "1"));
    let finished =
        event("<Event>templatesendjobfinish</Event><MsgId>200163836</MsgId><status>success</status>");
    assert_eq!(payload!(finished, Event::TemplateSendFinished).msg_id, 200_163_836);
    let published = event(
        "<Event>freePublishJobFinish</Event><publisheventinfo><Publish_Id>7</Publish_Id></publisheventinfo>",
    );
    assert_eq!(payload!(published, Event::PublishFinished).publish_id, 7);
}

#[test]
fn messages_and_the_envelope() {
    let push = xml("TEXT", "<content>hi</content><msgid>7</msgid>");
    assert_eq!(payload!(push.message.expect("a message"), Message::Text).content, "hi");
    let json =
        r#"{"tousername":"a","FROMUSERNAME":"b","createTime":"1","msgtype":"Event","event":"subscribe"}"#;
    let push = Push::from_json(json.as_bytes()).expect("a push");
    assert_eq!((push.to_user_name.as_str(), push.from_user_name.as_str()), ("a", "b"));
    assert!(matches!(push.event, Some(Event::Subscribe(_))), "{push:?}");
    assert!(push.message.is_none(), "{push:?}");
}

/// Nobody can tell which of them the platform wrote.
#[test]
fn one_name_in_several_cases_is_no_field() {
    let push = event("<Event>SCAN</Event><eventkey>2</eventkey><EventKey>1</EventKey><EVENTKEY>3</EVENTKEY>");
    let unknown = payload!(push, Event::Unknown);
    assert_eq!((unknown.tag(), unknown.fields().get("EventKey")), ("SCAN", None));
}
