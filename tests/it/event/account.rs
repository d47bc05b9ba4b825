//! Verification of the account and what users allow it, by the official samples.

use weixin::callback::{Event, Push};
use weixin::Timestamp;

use super::{event, json, payload};

#[test]
fn verification() {
    let expires = |word: &str, time: i64| {
        event(&format!("<Event><![CDATA[{word}]]></Event><ExpiredTime>{time}</ExpiredTime>"))
    };
    let fails = |word: &str, time: i64| {
        event(&format!(
            "<Event><![CDATA[{word}]]></Event><FailTime>{time}</FailTime><FailReason><![CDATA[by time]]></FailReason>"
        ))
    };
    let verified =
        payload!(expires("qualification_verify_success", 1_442_401_156), Event::QualificationVerified);
    assert_eq!(verified.expires_at, Timestamp(1_442_401_156));
    let refused = payload!(fails("qualification_verify_fail", 1_442_401_122), Event::QualificationRefused);
    assert_eq!((refused.failed_at, refused.fail_reason.as_str()), (Timestamp(1_442_401_122), "by time"));
    let verified = payload!(expires("naming_verify_success", 1_442_401_093), Event::NameVerified);
    assert_eq!(verified.expires_at, Timestamp(1_442_401_093));
    let refused = payload!(fails("naming_verify_fail", 1_442_401_061), Event::NameRefused);
    assert_eq!((refused.failed_at, refused.fail_reason.as_str()), (Timestamp(1_442_401_061), "by time"));
    let due = payload!(expires("annual_renew", 1_442_401_004), Event::RenewalDue);
    assert_eq!(due.expires_at, Timestamp(1_442_401_004));
    let expired = payload!(expires("verify_expired", 1_442_400_900), Event::VerificationExpired);
    assert_eq!(expired.expires_at, Timestamp(1_442_400_900));
}

const REVOKE: &str = "<xml>

<ToUserName><![CDATA[gh_870882ca4b1]]></ToUserName>

<FromUserName><![CDATA[owAqB1v0ahK_Xlc7GshIDdf2yf7E]]></FromUserName>

<CreateTime>1626857200</CreateTime>

<MsgType><![CDATA[event]]></MsgType>

<Event><![CDATA[user_authorization_revoke]]></Event>

<OpenID><![CDATA[owAqB1nqaOYYWl0Ng484G2z5NIwU]]></OpenID>

<AppID><![CDATA[wx13974bf780d3dc89]]></AppID>

<RevokeInfo><![CDATA[1]]></RevokeInfo>

</xml>";

#[test]
fn what_users_take_back() {
    let push = Push::from_xml(REVOKE.as_bytes()).expect("a push");
    assert!(push.unknown_fields.is_empty(), "{push:?}");
    let revoked = payload!(push.event.expect("an event"), Event::AuthorizationRevoked);
    assert_eq!(revoked.open_id, "owAqB1nqaOYYWl0Ng484G2z5NIwU");
    assert_eq!((revoked.app_id.as_str(), revoked.revoke_info.as_str()), ("wx13974bf780d3dc89", "1"));
    // The keys of the official sample begin with a space.
    let push = json(
        "event",
        r#""Event":"user_authorization_revoke"," OpenID":"oaKk343WOktAaT2ygsX138BGblrg",
        " AppID":"wx13974bf780d3dc89"," RevokeInfo":"201""#,
    );
    assert!(push.unknown_fields.is_empty(), "{push:?}");
    let revoked = payload!(push.event.expect("an event"), Event::AuthorizationRevoked);
    assert_eq!(revoked.open_id, "oaKk343WOktAaT2ygsX138BGblrg");
    assert_eq!(revoked.revoke_info, "201");
}

#[test]
fn what_else_happens_to_users() {
    // Written in lower case by one source.
    let modified = event(
        "<Event><![CDATA[user_info_modified]]></Event><openid><![CDATA[owAqB1nqaOYYWl0Ng484G2z5NIwU]]></openid>\
         <appid><![CDATA[wx13974bf780d3dc89]]></appid>",
    );
    let modified = payload!(modified, Event::UserInfoModified);
    assert_eq!(
        (modified.open_id.as_str(), modified.app_id.as_str()),
        ("owAqB1nqaOYYWl0Ng484G2z5NIwU", "wx13974bf780d3dc89")
    );
    let deleted = event(
        "<Event><![CDATA[user_authorization_cancellation]]></Event><OpenID><![CDATA[o1]]></OpenID>\
         <AppID><![CDATA[wx1]]></AppID><PluginID><![CDATA[wx2]]></PluginID>",
    );
    let deleted = payload!(deleted, Event::UserDeleted);
    assert_eq!((deleted.open_id.as_str(), deleted.plugin_id.as_deref()), ("o1", Some("wx2")));
}
