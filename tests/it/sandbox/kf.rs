//! Customer service: accounts, conversations, records.
//! The helpers stand in `tests/it/sandbox.rs`.

use std::time::UNIX_EPOCH;

use serde_json::json;
use weixin::kf::{
    AddKfAccount, CloseKfSession, CreateKfSession, GetKfSession, InviteKfWorker, ListKfAccounts,
};
use weixin::sandbox::Sandbox;

use super::{call, file, get, look, refused, seconds, upload};

#[tokio::test]
async fn accounts_are_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    client.add_kf_account(AddKfAccount::new("a@test", "小王")).await.unwrap();
    let (add, update) = ("/customservice/kfaccount/add", "/customservice/kfaccount/update");
    refused(&sandbox, add, json!({"kf_account": "a@test", "nickname": "x"}), 65406, "`kf_account`").await;
    for name in ["a", "@test", "a@", "elevenchars@test", "名@test", "a@b@c"] {
        refused(&sandbox, add, json!({"kf_account": name, "nickname": "x"}), 65404, "`kf_account`").await;
    }
    assert_eq!(call(&sandbox, update, json!({"kf_account": "a@test", "nickname": "老王"})).await.code(), 0);
    let path = "/customservice/kfaccount/uploadheadimg?access_token={token}&kf_account=a%40test";
    assert_eq!(upload(&sandbox, path, file("w.jpg", b"face")).await.code(), 0);
    let account = client.list_kf_accounts(ListKfAccounts::new()).await.unwrap().kf_list.remove(0);
    assert_eq!((account.kf_id.as_str(), account.kf_nick.as_deref()), ("1001", Some("老王")));
    let portrait = account.kf_head_img_url.unwrap().strip_prefix(sandbox.url()).unwrap().to_owned();
    assert_eq!(get(&sandbox, &portrait).await.body, b"face");
    assert_eq!(look(&sandbox, "/cgi-bin/customservice/getonlinekflist").await, json!({"kf_online_list": []}));
    client.invite_kf_worker(InviteKfWorker::new("a@test", "wang")).await.unwrap();
    let invite = "/customservice/kfaccount/inviteworker";
    refused(&sandbox, invite, json!({"kf_account": "a@test", "invite_wx": "li"}), 65412, "`kf_account`")
        .await;
    assert_eq!(
        look(&sandbox, "/cgi-bin/customservice/getonlinekflist").await["kf_online_list"][0]["kf_account"],
        "a@test"
    );
    assert_eq!(
        call(&sandbox, "/customservice/kfaccount/del", json!({"kf_account": "a@test"})).await.code(),
        0
    );
    refused(&sandbox, update, json!({"kf_account": "a@test", "nickname": "x"}), 65401, "`kf_account`").await;
}

#[tokio::test]
async fn conversations_and_what_is_said() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let client = sandbox.client().unwrap();
    for (account, worker) in [("a@t", Some("wang")), ("b@t", Some("li")), ("c@t", None)] {
        client.add_kf_account(AddKfAccount::new(account, "x")).await.unwrap();
        if let Some(worker) = worker {
            client.invite_kf_worker(InviteKfWorker::new(account, worker)).await.unwrap();
        }
    }
    sandbox.record_user_text("o1", "在吗");
    sandbox.record_user_text("o2", "你好");
    let waiting = look(&sandbox, "/customservice/kfsession/getwaitcase").await;
    assert_eq!((&waiting["count"], &waiting["waitcaselist"][0]["openid"]), (&json!(2), &json!("o1")));
    client.create_kf_session(CreateKfSession::new("a@t", "o1")).await.unwrap();
    client.create_kf_session(CreateKfSession::new("a@t", "o1")).await.unwrap();
    assert_eq!(look(&sandbox, "/customservice/kfsession/getwaitcase").await["count"], 1);
    let pair = |account: &str, openid: &str| json!({"kf_account": account, "openid": openid});
    let (begin, end) = ("/customservice/kfsession/create", "/customservice/kfsession/close");
    refused(&sandbox, begin, pair("b@t", "o1"), 65414, "`openid`").await;
    refused(&sandbox, begin, pair("c@t", "o2"), 65402, "`kf_account`").await;
    refused(&sandbox, begin, pair("d@t", "o2"), 65401, "`kf_account`").await;
    refused(&sandbox, begin, pair("a@t", "o9"), 40003, "`o9`").await;
    refused(&sandbox, end, pair("a@t", "o2"), 65413, "`openid`").await;
    let session = client.get_kf_session(GetKfSession::new("o1")).await.unwrap();
    assert_eq!(session.kf_account.as_ref().map(AsRef::as_ref), Some("a@t"));
    let held =
        get(&sandbox, "/customservice/kfsession/getsessionlist?access_token={token}&kf_account=a%40t").await;
    assert_eq!(held.json()["sessionlist"][0]["openid"], "o1");

    let say = json!({"touser": "o1", "msgtype": "text", "text": {"content": "您好"}, "customservice": {"kf_account": "a@t"}});
    assert_eq!(call(&sandbox, "/cgi-bin/message/custom/send", say).await.code(), 0);
    sandbox.advance(seconds(5));
    sandbox.record_user_text("o1", "谢谢");
    let now = sandbox.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let list = "/customservice/msgrecord/getmsglist";
    let page = |msgid: u64| json!({"starttime": now - 60, "endtime": now, "msgid": msgid, "number": 1});
    let first = call(&sandbox, list, page(1)).await.json();
    let due = json!({"openid": "o1", "opercode": 2002, "text": "您好", "time": now - 5, "worker": "a@t"});
    assert_eq!(first, json!({"recordlist": [due], "number": 1, "msgid": 2}));
    let second = call(&sandbox, list, page(2)).await.json();
    assert_eq!((&second["recordlist"][0]["text"], &second["msgid"]), (&json!("谢谢"), &json!(3)));
    assert_eq!(
        call(&sandbox, list, page(3)).await.json(),
        json!({"recordlist": [], "number": 0, "msgid": 3})
    );
    let span = |from: u64, to: u64| json!({"starttime": from, "endtime": to, "msgid": 1, "number": 1});
    refused(&sandbox, list, span(now, now), 65416, "`endtime`").await;
    refused(&sandbox, list, span(now - 86_401, now), 65417, "`endtime`").await;
    client.close_kf_session(CloseKfSession::new("a@t", "o1")).await.unwrap();
    assert_eq!(
        get(&sandbox, "/customservice/kfsession/getsession?access_token={token}&openid=o1").await.text(),
        r#"{"createtime":0,"kf_account":""}"#
    );
}
