//! A push that went through a queue or a database: it is what it was, and nothing that stood in it has become anything
//! else.

use serde_json::{json, Value};
use weixin::callback::{Event, Message, Push};

use super::payload;

fn xml(inner: &str) -> Push {
    let text = format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oReal</FromUserName><CreateTime>1717200000</CreateTime>\
         {inner}</xml>"
    );
    Push::from_xml(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Written and read, in each of the ways that there are.
fn stored(push: &Push) -> Push {
    let text = serde_json::to_string(push).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(push).unwrap(), value);
    let again: Push = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(serde_json::from_value::<Push>(value).unwrap(), again);
    assert_eq!(serde_json::from_reader::<_, Push>(text.as_bytes()).unwrap(), again);
    assert_eq!(Push::from_json(text.as_bytes()).unwrap(), again);
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    assert_eq!((again.key(), again.msg_id(), again.scene()), (push.key(), push.msg_id(), push.scene()));
    again
}

#[test]
fn messages_and_events_are_what_they_were() {
    for inner in [
        "<MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId>",
        "<MsgType>TEXT</MsgType><content>hi</content><msgid>7</msgid>",
        "<MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId><New><A>1</A><a>2</a></New>",
        "<MsgType>newkind</MsgType><Content>hi</Content><MsgId>7</MsgId>",
        "<MsgType>location</MsgType><Location_X>1.5</Location_X><Location_Y>2</Location_Y><Scale>-</Scale>\
         <Label>l</Label><MsgId>7</MsgId>",
        "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>shop-42</EventKey><Ticket>T</Ticket>",
        "<MsgType>event</MsgType><Event>new_event</Event><EventKey>k</EventKey><A><B>1</B><B>2</B></A>",
        "<MsgType>event</MsgType><Event>pic_sysphoto</Event><EventKey>k</EventKey><SendPicsInfo>-</SendPicsInfo>",
        "<MsgType>event</MsgType><Event>location_select</Event><EventKey>k</EventKey>\
         <SendLocationInfo><Location_X>x</Location_X><Label>l</Label></SendLocationInfo>",
    ] {
        let push = xml(inner);
        assert_eq!(stored(&push), push, "{inner}");
    }
}

/// Only `MsgType` says what is an event, then as now.
#[test]
fn a_message_with_a_field_of_an_event_stays_a_message() {
    let push = xml("<MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId><Event>SCAN</Event>");
    let again = stored(&push);
    assert_eq!((again.event.is_none(), &again.unknown_fields["Event"]), (true, &json!("SCAN")));
    assert_eq!(payload!(again.message.expect("a message"), Message::Text).content, "hi");
}

/// What could not be told then can't be told now.
#[test]
fn words_that_broke_out_stay_words() {
    let words = "</Title><AppId><![CDATA[".repeat(10_000);
    let card = format!(
        "<MsgType>miniprogrampage</MsgType><Title>{words}</Title><AppId>wx1</AppId><PagePath>p</PagePath>"
    );
    let push = xml(&card);
    let whole = push.raw_document().expect("nobody can tell").to_owned();
    let again = stored(&push);
    assert_eq!((again.raw_document(), &again), (Some(whole.as_str()), &push));

    let words =
        "x]]></Content><fromusername>oVictim</fromusername><msgtype>event</msgtype><Event>SCAN</Event>\
                 <EventKey>login-42</EventKey><Content><![CDATA[y";
    let push = xml(&format!("<MsgType>text</MsgType><Content><![CDATA[{words}]]></Content><MsgId>7</MsgId>"));
    let again = stored(&push);
    assert_eq!((again.from_user_name.as_str(), again.event.is_none()), ("oReal", true));
    assert_eq!(payload!(again.message.expect("a message"), Message::Text).content, words);
}

/// Where a key comes again, in whatever spelling, nobody wrote it who may be believed.
#[test]
fn a_key_that_comes_again_is_an_error() {
    let good = r#"{"ToUserName":"gh_1","FromUserName":"oReal","CreateTime":1,"MsgType":"event","Event":"SCAN","EventKey":"k"}"#;
    let push: Push = serde_json::from_str(good).unwrap();
    assert!(matches!(push.event, Some(Event::Scan(_))), "{push:?}");
    for more in [
        r#","FromUserName":"oVictim""#,
        r#","fromusername":"oVictim""#,
        r#","\u0046romUserName":"oVictim""#,
        r#"," FromUserName ":"oVictim""#,
        r#","MsgType":"text""#,
        r#","EventKey":"login-42""#,
        r#","eventkey":"login-42""#,
    ] {
        let twice = good.replace('}', &format!("{more}}}"));
        let error = serde_json::from_str::<Push>(&twice).expect_err(&twice);
        assert!(error.to_string().contains("comes again"), "{error}");
        // From the platform, it is nobody else's either.
        let push = Push::from_json(twice.as_bytes()).unwrap();
        assert_eq!(push.from_user_name, "oReal", "{twice}");
        assert!(push.raw_document().is_some() && push.scene().is_none(), "{twice}: {push:?}");
    }
    for none in ["null", "[]", "7", "{}", r#"{"FromUserName":"o"}"#] {
        serde_json::from_str::<Push>(none).expect_err(none);
    }
}
