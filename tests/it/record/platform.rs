//! Bytes of the platform that the crate once lost, garbled or refused.

use serde_json::{json, Value};
use weixin::draft::ListDraftsResponse;
use weixin::kf::ListOnlineKfAccounts;
use weixin::qrcode::{CreateQrcode, QrAction, QrScene};
use weixin::{Empty, Endpoint, ErrorKind, Meta};

use super::{read, refusal, write};

/// An answer, read as a call reads it.
fn answer<E: Endpoint>(json: &str) -> Result<E::Response, weixin::Error>
where
    E::Response: serde::de::DeserializeOwned + serde::Serialize + FieldType,
{
    weixin::__private::decode::<E::Response>(json.as_bytes(), E::META)
}
use weixin::__private::FieldType;

#[test]
fn a_draft_keeps_its_times_apart() {
    let json = r#"{"item":[{"media_id":"M","content":{"news_item":[],"create_time":110,"update_time":111},"update_time":222}],"total_count":1,"item_count":1}"#;
    let drafts: ListDraftsResponse = read(json);
    let written = write(&drafts);
    assert_eq!(written.matches("update_time").count(), 2, "{written}");
    assert_eq!(drafts.items[0].update_time.map(|time| time.0), Some(222));
    // An empty list is left out, as an absent one is.
    let kept = json.replace(r#""news_item":[],"#, "");
    assert_eq!(read::<Value>(&written), read::<Value>(&kept));
    assert_eq!(read::<ListDraftsResponse>(&written), drafts);
}

#[test]
fn an_unknown_key_of_a_scene_is_sent_in_the_scene() {
    let json = r#"{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":123,"x":1},"y":2},"z":3}"#;
    let request: CreateQrcode = read(json);
    assert_eq!(write(&request), json);
    // It is kept by the type that knows the object; whoever adds it may give it to the request as well.
    let QrAction::Scene(scene) = &request.action else { panic!("{request:?}") };
    assert_eq!(scene.unknown_fields["action_info"], json!({"scene": {"x": 1}, "y": 2}));
    let mut request = CreateQrcode::new(QrScene::new(123));
    request.unknown_fields.insert("action_info", json!({"scene": {"x": 1}}));
    assert_eq!(
        write(&request),
        r#"{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":123,"x":1}}}"#
    );
}

#[cfg(feature = "card")]
#[test]
fn a_card_for_ever_keeps_when_it_begins() {
    use weixin::card::{CardBaseDetail, CardValidity};
    let json = r#"{"id":"c","date_info":{"type":"DATE_TYPE_PERMANENT","begin_timestamp":1397577600}}"#;
    let card: CardBaseDetail = read(json);
    assert!(matches!(card.date_info, Some(CardValidity::Permanent)));
    assert_eq!(read::<Value>(&write(&card))["date_info"], read::<Value>(json)["date_info"]);
}

#[test]
fn a_colleague_without_a_number_is_online_all_the_same() {
    let online = answer::<ListOnlineKfAccounts>(r#"{"kf_online_list":[{"kf_account":""}]}"#).expect("a list");
    assert_eq!(online.kf_online_list.len(), 1);
    assert_eq!(online.kf_online_list[0].kf_account, "");
}

#[test]
fn a_reply_in_a_list_of_one_is_the_reply() {
    use weixin::comment::ListComments;
    let json = r#"{"errcode":0,"errmsg":"ok","total":1,"comment":[{"user_comment_id":1,"openid":"o","create_time":2,"content":"c","comment_type":0,"reply":[{"content":"thanks","create_time":3}]}]}"#;
    let comments = answer::<ListComments>(json).expect("comments");
    let reply = comments.comments[0].reply.as_ref().expect("a reply");
    assert_eq!(reply.content, "thanks");
}

#[cfg(feature = "card")]
#[test]
fn no_blank_heading_is_sent_that_nobody_set() {
    use weixin::gift_card::UpdateGiftCardPage;
    let message = refusal::<UpdateGiftCardPage>(r#"{"page":{"page_id":"p","banner_pic_url":"b"}}"#);
    assert_eq!(message, "a required field is missing at `page.page_title`");
}

/// An answer is an object, whatever its type requires.
#[test]
fn nothing_is_no_success() {
    static META: &Meta = <weixin::tag::DeleteTag as Endpoint>::META;
    let empty = |json: &str| weixin::__private::decode::<Empty>(json.as_bytes(), META).map(|_| ());
    assert!(empty(r#"{"errcode":0,"errmsg":"ok"}"#).is_ok());
    assert!(empty("{}").is_ok());
    for json in ["null", "[]", r#""""#, "[{}]", "0", "true", r#""ok""#] {
        let error = empty(json).expect_err(json);
        assert_eq!(error.kind(), ErrorKind::Decode, "{json}: {error}");
    }
    for (json, code) in [
        (r#"{"base_resp":{"errcode":9001020,"errmsg":"param invalid"}}"#, 9_001_020),
        (r#"{"base_resp":{"ret":9001020,"err_msg":"param invalid"}}"#, 9_001_020),
        (r#"{"base_resp":{"errcode":"9001020","errmsg":"param invalid"},"errcode":0}"#, 9_001_020),
    ] {
        let error = empty(json).expect_err(json);
        assert_eq!(error.code().map(|found| found.0), Some(code), "{json}: {error}");
        assert!(error.to_string().contains("param invalid"), "{error}");
    }
    assert!(empty(r#"{"base_resp":{"errcode":0,"errmsg":"ok"}}"#).is_ok());
}
