//! Walking through endpoints that answer in pages: by cursor, by offset and by number, as pages and as a stream.

// Endpoints that are deprecated come in pages too.
#![allow(deprecated)]

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use weixin::ads::ListAdLeads;
use weixin::blacklist::ListBlockedUsers;
use weixin::guide_account::{GuideId, ListGuideMessages, ListGuides};
use weixin::kf::{ListKfMessages, ListKfRecords};
use weixin::material::{ListMaterials, MaterialKind};
use weixin::product_scan::ListScanProducts;
use weixin::publisher::GetCommissionReport;
use weixin::qrcode_jump::{ListQrcodeJumps, QrcodeJumpQuery};
use weixin::tag::ListTagFollowers;
use weixin::user::ListFollowers;
use weixin::wxa::ListBlockedTemplateMessages;
use weixin::{Date, ErrorCode, Paged, Pages, Timestamp};

use crate::account::{client, failed};
use crate::server::{Answer, Server};

const START: &str = "/cgi-bin/user/get?access_token=81_s3cr3t-A";
const BUSY: &str = r#"{"errcode":45009,"errmsg":"reach max api daily quota limit"}"#;

fn followers(openids: &[&str], next: &str) -> Answer {
    let list = serde_json::to_string(openids).unwrap();
    Answer::json(format!(
        r#"{{"total":23000,"count":{},"data":{{"openid":{list}}},"next_openid":"{next}"}}"#,
        openids.len()
    ))
}

fn end() -> Answer {
    Answer::json(r#"{"total":23000,"count":0,"next_openid":""}"#)
}

async fn next<E: Paged>(pages: &mut Pages<E>) -> Option<weixin::Result<E::Item>> {
    poll_fn(|cx| Pin::new(&mut *pages).poll_next(cx)).await
}

/// All items of the stream.
async fn all<E: Paged>(mut pages: Pages<E>) -> Vec<E::Item> {
    let mut items = Vec::new();
    while let Some(item) = next(&mut pages).await {
        items.push(item.unwrap());
    }
    assert!(next(&mut pages).await.is_none(), "the end is the end");
    items
}

fn targets(server: &Server) -> Vec<String> {
    server.seen().iter().map(|seen| seen.target().to_owned()).collect()
}

#[tokio::test]
async fn page_by_page_until_an_empty_one() {
    let server = Server::start([followers(&["a", "b"], "b"), followers(&["c"], "c"), end()]).await;
    let mut pages = client(&server).pages(ListFollowers::new());
    assert_eq!(pages.next_page().await.unwrap().unwrap(), ["a", "b"]);
    assert_eq!(pages.next_page().await.unwrap().unwrap(), ["c"]);
    assert_eq!(pages.next_page().await.unwrap(), None);
    assert_eq!(pages.next_page().await.unwrap(), None);
    let target = |openid| format!("{START}&next_openid={openid}");
    assert_eq!(targets(&server), [START.to_owned(), target("b"), target("c")]);
}

#[tokio::test]
async fn item_by_item() {
    let server = Server::start([followers(&["a", "b"], "b"), followers(&["c"], "")]).await;
    assert_eq!(all(client(&server).pages(ListFollowers::new())).await, ["a", "b", "c"]);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn from_the_middle() {
    let server = Server::start([followers(&["z"], "")]).await;
    assert_eq!(all(client(&server).pages(ListFollowers::new().next_openid("y"))).await, ["z"]);
    assert_eq!(targets(&server), [format!("{START}&next_openid=y")]);
}

#[tokio::test]
async fn nobody_at_all() {
    for answer in [
        end(),
        Answer::json(r#"{"total":0,"count":0}"#),
        followers(&[], "x"),
        Answer::json(r#"{"total":0,"count":0,"data":[],"next_openid":null}"#),
    ] {
        let server = Server::start([answer]).await;
        assert!(all(client(&server).pages(ListFollowers::new())).await.is_empty());
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_cursor_that_does_not_move_ends_it() {
    let server = Server::start([followers(&["a"], "x"), followers(&["b"], "x")]).await;
    assert_eq!(all(client(&server).pages(ListFollowers::new())).await, ["a", "b"]);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn after_an_error_the_same_page_again() {
    // A broken connection is tried twice.
    let broken = [Answer::close(), Answer::close()];
    let answers = [followers(&["a"], "a"), Answer::json(BUSY)].into_iter().chain(broken);
    let answers = answers.chain([followers(&["b"], "")]);
    let server = Server::start(answers).await;
    let mut pages = client(&server).pages(ListFollowers::new());
    assert_eq!(next(&mut pages).await.unwrap().unwrap(), "a");
    assert_eq!(failed(next(&mut pages).await.unwrap()).code(), Some(ErrorCode(45009)));
    assert_eq!(failed(pages.next_page().await).endpoint(), Some("list_followers"));
    assert_eq!(next(&mut pages).await.unwrap().unwrap(), "b");
    assert!(next(&mut pages).await.is_none());
    let again = format!("{START}&next_openid=a");
    assert_eq!(targets(&server), [START.to_owned(), again.clone(), again.clone(), again.clone(), again]);
}

#[tokio::test]
async fn nothing_is_fetched_before_it_is_asked_for() {
    let server = Server::start([followers(&["a", "b"], "b")]).await;
    let mut pages = client(&server).pages(ListFollowers::new());
    assert_eq!(server.count(), 0);
    next(&mut pages).await.unwrap().unwrap();
    next(&mut pages).await.unwrap().unwrap();
    assert_eq!(server.count(), 1);
}

fn materials(total: u32, names: &[&str]) -> Answer {
    let item = |name: &&str| format!(r#"{{"media_id":"{name}","name":"{name}.png","update_time":1}}"#);
    let items: Vec<String> = names.iter().map(item).collect();
    Answer::json(format!(
        r#"{{"item":[{}],"total_count":{total},"item_count":{}}}"#,
        items.join(","),
        names.len()
    ))
}

#[tokio::test]
async fn by_offset() {
    // The second page is shorter than was asked for; the third begins behind what came.
    let server = Server::start([materials(4, &["a", "b"]), materials(4, &["c"]), materials(4, &["d"])]).await;
    let items = all(client(&server).pages(ListMaterials::new(MaterialKind::Image, 0, 2))).await;
    let ids: Vec<&str> = items.iter().map(|item| item.media_id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    let bodies: Vec<String> = server.seen().iter().map(|seen| seen.text().to_owned()).collect();
    assert_eq!(bodies, [0, 2, 3].map(|offset| format!(r#"{{"type":"image","offset":{offset},"count":2}}"#)));
}

#[tokio::test]
async fn an_offset_ends_with_an_empty_page() {
    // Somebody deleted in between: the total is never reached.
    let server = Server::start([materials(4, &["a", "b"]), materials(4, &[])]).await;
    let mut pages = client(&server).pages(ListMaterials::new(MaterialKind::Image, 0, 2));
    assert_eq!(pages.next_page().await.unwrap().unwrap().len(), 2);
    assert!(pages.next_page().await.unwrap().is_none());
    assert!(pages.next_page().await.unwrap().is_none());
    assert_eq!(server.count(), 2);
}

/// A page that leaves its total out is no end: only an empty page is.
#[tokio::test]
async fn a_total_that_is_missing_ends_nothing() {
    let page = |name: &str| {
        let item = format!(r#"{{"media_id":"{name}","name":"{name}.png","update_time":1}}"#);
        Answer::json(format!(r#"{{"item":[{item}]}}"#))
    };
    let server = Server::start([page("a"), page("b"), Answer::json(r#"{"item":[]}"#)]).await;
    let items = all(client(&server).pages(ListMaterials::new(MaterialKind::Image, 0, 1))).await;
    let ids: Vec<&str> = items.iter().map(|item| item.media_id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(server.count(), 3);
}

fn bodies(server: &Server) -> Vec<String> {
    server.seen().iter().map(|seen| seen.text().to_owned()).collect()
}

/// A list under `key`, of objects or texts written out, and what stands behind it.
fn list(key: &str, items: &[&str], rest: &str) -> Answer {
    Answer::json(format!(r#"{{"errcode":0,"errmsg":"ok","{key}":[{}]{rest}}}"#, items.join(",")))
}

#[tokio::test]
async fn a_cursor_that_was_there_before_ends_it() {
    // x, y and x again: in circles.
    let answers = [followers(&["a"], "x"), followers(&["b"], "y"), followers(&["c"], "x")];
    let server = Server::start(answers).await;
    assert_eq!(all(client(&server).pages(ListFollowers::new())).await, ["a", "b", "c"]);
    // Back to where it began.
    let server = Server::start([followers(&["b"], "y"), followers(&["c"], "x")]).await;
    assert_eq!(all(client(&server).pages(ListFollowers::new().next_openid("x"))).await, ["b", "c"]);
}

#[tokio::test]
async fn items_inside_an_object() {
    let answers = [followers(&["a"], "a"), followers(&["b"], "")];
    let server = Server::start(answers.clone()).await;
    assert_eq!(all(client(&server).pages(ListTagFollowers::new(134_u32))).await, ["a", "b"]);
    assert_eq!(bodies(&server), [r#"{"tagid":134}"#, r#"{"tagid":134,"next_openid":"a"}"#]);
    let server = Server::start(answers).await;
    assert_eq!(all(client(&server).pages(ListBlockedUsers::new())).await, ["a", "b"]);
    assert_eq!(bodies(&server), ["{}", r#"{"begin_openid":"a"}"#]);
}

fn record(text: &str) -> String {
    format!(r#"{{"openid":"o","opercode":2002,"text":"{text}","time":1464710500,"worker":"w"}}"#)
}

#[tokio::test]
async fn a_cursor_ends_with_a_page_that_is_not_full() {
    let (a, b, c) = (record("a"), record("b"), record("c"));
    let answers = [
        list("recordlist", &[&a, &b], r#","number":2,"msgid":20165267"#),
        list("recordlist", &[&c], r#","number":1,"msgid":20165268"#),
    ];
    let server = Server::start(answers).await;
    let request = ListKfMessages::new(Timestamp::from(1464710400), Timestamp::from(1464796800), 1, 2_u32);
    assert_eq!(all(client(&server).pages(request)).await.len(), 3);
    let body =
        |msgid| format!(r#"{{"starttime":1464710400,"endtime":1464796800,"msgid":{msgid},"number":2}}"#);
    assert_eq!(bodies(&server), [body(1), body(20165267)]);
}

#[tokio::test]
async fn a_cursor_from_the_last_item() {
    let message = |id: u32| {
        format!(
            r#"{{"id":{id},"tmpl_msg_id":"t","title":"","content":"","send_timestamp":1588796187,"openid":"o"}}"#
        )
    };
    let answers = [
        list("msginfo", &[&message(2), &message(3)], ""),
        // One alone comes bare, and a page that is not full is not the last.
        Answer::json(format!(r#"{{"errcode":0,"errmsg":"ok","msginfo":{}}}"#, message(9))),
        list("msginfo", &[], ""),
    ];
    let server = Server::start(answers).await;
    let messages = all(client(&server).pages(ListBlockedTemplateMessages::new("t", 0_u32, 2_u32))).await;
    assert_eq!(messages.len(), 3);
    let body = |id: u32| format!(r#"{{"tmpl_msg_id":"t","largest_id":{id},"limit":2}}"#);
    assert_eq!(bodies(&server), [body(0), body(3), body(9)]);
    // The same item again and again.
    let server =
        Server::start([list("msginfo", &[&message(2)], ""), list("msginfo", &[&message(2)], "")]).await;
    let messages = all(client(&server).pages(ListBlockedTemplateMessages::new("t", 0_u32, 2_u32))).await;
    assert_eq!(messages.len(), 2);
}

const GUIDE: &str = r#"{"guide_account":"g"}"#;

#[tokio::test]
async fn by_number_from_0_until_a_page_is_not_full() {
    let full = || list("list", &[GUIDE, GUIDE], "");
    let server = Server::start([full(), full(), list("list", &[GUIDE], "")]).await;
    assert_eq!(all(client(&server).pages(ListGuides::new(0_u32, 2_u32))).await.len(), 5);
    assert_eq!(bodies(&server), [0, 1, 2].map(|page| format!(r#"{{"page":{page},"num":2}}"#)));
}

#[tokio::test]
async fn by_number_until_the_total() {
    let server = Server::start([
        list("list", &[GUIDE, GUIDE], r#","total_num":4"#),
        list("list", &[GUIDE, GUIDE], r#","total_num":4"#),
    ])
    .await;
    assert_eq!(all(client(&server).pages(ListGuides::new(0_u32, 2_u32))).await.len(), 4);
    assert_eq!(server.count(), 2);
    // From the middle: what came before counts too.
    let server = Server::start([list("list", &[GUIDE, GUIDE], r#","total_num":4"#)]).await;
    assert_eq!(all(client(&server).pages(ListGuides::new(1_u32, 2_u32))).await.len(), 2);
    assert_eq!(bodies(&server), [r#"{"page":1,"num":2}"#]);
}

#[tokio::test]
async fn by_number_a_page_that_is_not_full_may_not_be_the_last() {
    let message = r#"{"guide_account":"g","openid":"o","content":"hi","content_type":1,"direction":2}"#;
    let answers = [
        list("msg_list", &[message], r#","total_num":4"#),
        list("msg_list", &[message, message], r#","total_num":4"#),
    ];
    let server = Server::start(answers).await;
    let request = ListGuideMessages::new(GuideId::Account("g".into()), 0_u32, 2_u32);
    assert_eq!(all(client(&server).pages(request)).await.len(), 3);
    assert_eq!(
        bodies(&server),
        [0, 1].map(|page| format!(r#"{{"guide_account":"g","page":{page},"num":2}}"#))
    );
}

#[tokio::test]
async fn by_number_from_1() {
    let row = r#"{"date":"2024-03-01"}"#;
    let rows = |rows: &[&str]| {
        let rows = rows.join(",");
        Answer::json(format!(r#"{{"base_resp":{{"ret":0,"err_msg":"ok"}},"list":[{rows}],"total_num":3}}"#))
    };
    let server = Server::start([rows(&[row, row]), rows(&[row])]).await;
    let day = Date::from("2024-03-01");
    let request = GetCommissionReport::new(1_u32, 2_u32, day.clone(), day);
    assert_eq!(all(client(&server).pages(request)).await.len(), 3);
    let target = |page: u32| {
        format!(
            "/publisher/stat?access_token=81_s3cr3t-A&action=publisher_cps_general&page={page}&page_size=2\
             &start_date=2024-03-01&end_date=2024-03-01"
        )
    };
    assert_eq!(targets(&server), [target(1), target(2)]);
}

#[tokio::test]
async fn by_number_until_an_empty_page() {
    let record = record("a");
    let server = Server::start([list("recordlist", &[&record], ""), list("recordlist", &[], "")]).await;
    let time = || Timestamp::from(1400563200);
    assert_eq!(all(client(&server).pages(ListKfRecords::new(time(), time(), 1_u32, 7_u32))).await.len(), 1);
    let body = |page: u32| {
        format!(r#"{{"starttime":1400563200,"endtime":1400563200,"pagesize":1,"pageindex":{page}}}"#)
    };
    assert_eq!(bodies(&server), [body(7), body(8)]);
}

#[tokio::test]
async fn by_number_that_is_not_given() {
    let leads = |page: u32| {
        Answer::json(format!(
            r#"{{"errcode":0,"errmsg":"","data":{{"page_info":{{"page":{page},"total_page":2}},"list":[{{"click_id":"c"}}]}}}}"#
        ))
    };
    let server = Server::start([leads(1), leads(2)]).await;
    assert_eq!(all(client(&server).pages(ListAdLeads::new())).await.len(), 2);
    let start = "/marketing/wechat_ad_leads/get?access_token=81_s3cr3t-A&version=v1.0";
    assert_eq!(targets(&server), [start.to_owned(), format!("{start}&page=2")]);
}

#[tokio::test]
async fn a_number_that_only_counts_if_given() {
    let rule = r#"{"prefix":"http://weixin.qq.com/q/a","state":1,"path":"a"}"#;
    let rules = || list("rule_list", &[rule], r#","list_size":1,"total_count":2"#);
    let server = Server::start([rules()]).await;
    assert_eq!(all(client(&server).pages(ListQrcodeJumps::new("wx_miniprogram"))).await.len(), 1);
    assert_eq!(bodies(&server), [r#"{"appid":"wx_miniprogram"}"#]);
    let server = Server::start([rules(), rules()]).await;
    let request = ListQrcodeJumps::new("wx_miniprogram").query(QrcodeJumpQuery::ByPage).page_num(1_u32);
    assert_eq!(all(client(&server).pages(request.page_size(1_u32))).await.len(), 2);
    let body =
        |page: u32| format!(r#"{{"appid":"wx_miniprogram","get_type":2,"page_num":{page},"page_size":1}}"#);
    assert_eq!(bodies(&server), [body(1), body(2)]);
}

#[tokio::test]
async fn by_cursor_and_number_at_once() {
    let products =
        |context: &str| list("product", &[r#"{"pid":"a"}"#], &format!(r#","page_context":"{context}""#));
    let server = Server::start([products("c1"), products("c2"), list("product", &[], "")]).await;
    assert_eq!(all(client(&server).pages(ListScanProducts::new(1_u32, 1_u32))).await.len(), 2);
    assert_eq!(
        bodies(&server),
        [
            r#"{"page_num":1,"page_size":1}"#,
            r#"{"page_context":"c1","page_num":2,"page_size":1}"#,
            r#"{"page_context":"c2","page_num":3,"page_size":1}"#
        ]
    );
}

#[tokio::test]
async fn counting_ends_at_the_largest_number() {
    let server = Server::start([list("list", &[GUIDE, GUIDE], "")]).await;
    assert_eq!(all(client(&server).pages(ListGuides::new(u32::MAX, 2_u32))).await.len(), 2);
    let server = Server::start([materials(u32::MAX, &["a", "b"])]).await;
    assert_eq!(
        all(client(&server).pages(ListMaterials::new(MaterialKind::Image, u32::MAX - 1, 2))).await.len(),
        2
    );
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn after_an_error_the_same_number_again() {
    let answers = [list("list", &[GUIDE, GUIDE], ""), Answer::json(BUSY), list("list", &[GUIDE], "")];
    let server = Server::start(answers).await;
    let mut pages = client(&server).pages(ListGuides::new(0_u32, 2_u32));
    assert_eq!(pages.next_page().await.unwrap().unwrap().len(), 2);
    assert_eq!(failed(pages.next_page().await).code(), Some(ErrorCode(45009)));
    assert_eq!(pages.next_page().await.unwrap().unwrap().len(), 1);
    assert!(pages.next_page().await.unwrap().is_none());
    assert_eq!(bodies(&server), [0, 1, 1].map(|page| format!(r#"{{"page":{page},"num":2}}"#)));
}
