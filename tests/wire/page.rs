//! Walking through endpoints that answer in pages: by cursor and by offset, as pages and as a stream.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use weixin::material::{ListMaterials, MaterialKind};
use weixin::user::ListFollowers;
use weixin::{ErrorCode, Paged, Pages};

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
    let answers = [followers(&["a"], "a"), Answer::json(BUSY), Answer::close(), followers(&["b"], "")];
    let server = Server::start(answers).await;
    let mut pages = client(&server).pages(ListFollowers::new());
    assert_eq!(next(&mut pages).await.unwrap().unwrap(), "a");
    assert_eq!(failed(next(&mut pages).await.unwrap()).code(), Some(ErrorCode(45009)));
    assert_eq!(failed(pages.next_page().await).endpoint(), Some("list_followers"));
    assert_eq!(next(&mut pages).await.unwrap().unwrap(), "b");
    assert!(next(&mut pages).await.is_none());
    let again = format!("{START}&next_openid=a");
    assert_eq!(targets(&server), [START.to_owned(), again.clone(), again.clone(), again]);
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
