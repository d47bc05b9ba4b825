//! Template messages and subscription notices.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::sandbox::{Sandbox, SentKind};
use weixin::subscription::{AddNoticeTemplate, ListNoticeTemplates};
use weixin::template::{AddTemplate, DeleteTemplate, ListTemplates};
use weixin::ErrorCode;

use super::{call, get, look, refused, seconds};

#[tokio::test]
async fn templates_are_taken_and_sent() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let words = ["时间".to_owned(), "地点".to_owned()];
    let id = client.add_template(AddTemplate::new("47123", words)).await.unwrap().template_id;
    let listed = client.list_templates(ListTemplates::new()).await.unwrap().template_list;
    assert_eq!((listed[0].template_id.as_str(), listed.len()), (id.as_str(), 1));
    assert_eq!(listed[0].content, "时间：{{thing1.DATA}}\n地点：{{thing2.DATA}}\n");
    let send = "/cgi-bin/message/template/send";
    let data = json!({"thing1": {"value": "八点"}, "thing2": {"value": "南山店"}});
    let message = json!({"touser": "o1", "template_id": id, "data": data, "client_msg_id": "a"});
    let first = call(&sandbox, send, message.clone()).await.json();
    assert_eq!(first["errcode"], 0);
    // The same message within ten minutes is the same message.
    assert_eq!(call(&sandbox, send, message.clone()).await.json()["msgid"], first["msgid"]);
    assert_eq!(sandbox.sent_messages("o1").len(), 1);
    sandbox.advance(seconds(600));
    assert_ne!(call(&sandbox, send, message.clone()).await.json()["msgid"], first["msgid"]);
    let sent = sandbox.sent_messages("o1");
    assert_eq!((sent.len(), sent[1].kind(), sent[1].at()), (2, SentKind::Template, sandbox.now()));
    assert_eq!((sent[1].body(), sent[1].text()), (&message, None));

    let to =
        |openid: &str, template: &str, data| json!({"touser": openid, "template_id": template, "data": data});
    refused(&sandbox, send, to("o9", id.as_str(), data.clone()), 40003, "`o9`").await;
    refused(&sandbox, send, to("o1", "unknown", data.clone()), 40037, "`template_id`").await;
    refused(
        &sandbox,
        send,
        to("o1", id.as_str(), json!({"thing1": {"value": "x"}})),
        47003,
        "`data.thing2.value`",
    )
    .await;
    sandbox.record_unfollow("o2");
    refused(&sandbox, send, to("o2", id.as_str(), data.clone()), 43004, "`o2`").await;
    client.delete_template(DeleteTemplate::new(id.as_str())).await.unwrap();
    refused(&sandbox, send, to("o1", id.as_str(), data), 40037, "`template_id`").await;
    refused(
        &sandbox,
        "/cgi-bin/template/del_private_template",
        json!({ "template_id": id }),
        40037,
        "`template_id`",
    )
    .await;
    let industries = json!({"industry_id1": "1", "industry_id2": "13"});
    assert_eq!(call(&sandbox, "/cgi-bin/template/api_set_industry", industries).await.code(), 0);
    let known = look(&sandbox, "/cgi-bin/template/get_industry").await;
    assert_eq!(known["secondary_industry"], json!({"first_class": "运输与仓储", "second_class": "快递"}));
}

#[tokio::test]
async fn notices_are_taken_and_sent() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let library = "/wxaapi/newtmpl/getpubtemplatetitles?access_token={token}&ids=616%2C2&start=1&limit=30";
    let titles = get(&sandbox, library).await.json();
    assert_eq!((&titles["count"], &titles["data"][0]["tid"]), (&json!(2), &json!(401)));
    let keywords =
        get(&sandbox, "/wxaapi/newtmpl/getpubtemplatekeywords?access_token={token}&tid=401").await.json();
    assert_eq!(
        keywords["data"][1],
        json!({"kid": 2, "name": "会议时间", "example": "2016年8月8日", "rule": "date"})
    );
    let add = || AddNoticeTemplate::new(401, [2, 1], "报名结果通知");
    let id = client.add_notice_template(add()).await.unwrap().template_id;
    assert_eq!(client.add_notice_template(add()).await.unwrap_err().code(), Some(ErrorCode(200_022)));
    let listed = client.list_notice_templates(ListNoticeTemplates::new()).await.unwrap().templates;
    assert_eq!(listed[0].content, "会议时间:{{date2.DATA}}\n会议地点:{{thing1.DATA}}\n");
    let (path, send) = ("/wxaapi/newtmpl/addtemplate", "/cgi-bin/message/subscribe/bizsend");
    refused(&sandbox, path, json!({"tid": "5", "kidList": [1, 2], "sceneDesc": "x"}), 200_014, "`tid`").await;
    refused(
        &sandbox,
        path,
        json!({"tid": "401", "kidList": [1, 9], "sceneDesc": "x"}),
        200_020,
        "`kidList[1]`",
    )
    .await;
    let data = json!({"date2": {"value": "2024-12-25"}, "thing1": {"value": "TIT"}});
    // A user who agreed need not follow.
    sandbox.record_unfollow("o1");
    let notice = json!({"touser": "o1", "template_id": id, "data": data});
    assert_eq!(call(&sandbox, send, notice).await.code(), 0);
    assert_eq!(sandbox.sent_messages("o1")[0].kind(), SentKind::Notice);
    let lacking = json!({"touser": "o1", "template_id": id, "data": {"thing1": {"value": "TIT"}}});
    refused(&sandbox, send, lacking, 47003, "`data.date2.value`").await;
    assert_eq!(call(&sandbox, "/wxaapi/newtmpl/deltemplate", json!({ "priTmplId": id })).await.code(), 0);
    let gone = json!({"touser": "o1", "template_id": id, "data": {}});
    refused(&sandbox, send, gone, 40037, "`template_id`").await;
}
