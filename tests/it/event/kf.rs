//! Conversations with the staff, by the official samples.

use weixin::callback::Event;

use super::{event, json, payload};

#[test]
fn conversations() {
    let account = "<KfAccount><![CDATA[test1@test]]></KfAccount>";
    let created = event(&format!("<Event><![CDATA[kf_create_session]]></Event>{account}"));
    assert_eq!(payload!(created, Event::KfSessionCreated).kf_account, "test1@test");
    let closed = event(&format!("<Event><![CDATA[kf_close_session]]></Event>{account}"));
    let closed = payload!(closed, Event::KfSessionClosed);
    assert_eq!((closed.kf_account.as_str(), closed.close_type), ("test1@test", None));
    let switched = event(
        "<Event><![CDATA[kf_switch_session]]></Event><FromKfAccount><![CDATA[test1@test]]></FromKfAccount>\
         <ToKfAccount><![CDATA[test2@test]]></ToKfAccount>",
    );
    let switched = payload!(switched, Event::KfSessionSwitched);
    assert_eq!(
        (switched.from_kf_account.as_str(), switched.to_kf_account.as_str()),
        ("test1@test", "test2@test")
    );
    let push = json("event", r#""Event":"user_enter_tempsession","SessionFrom":"sessionFrom""#);
    let entered = payload!(push.event.expect("an event"), Event::TempSessionEntered);
    assert_eq!(entered.session_from, "sessionFrom");
}
