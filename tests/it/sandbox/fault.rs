//! Misbehaviour on demand: codes, pages, broken connections.
//! The helpers stand in `tests/it/sandbox.rs`.

use std::io::{Read, Write};
use std::time::Duration;

use serde_json::json;
use weixin::sandbox::Fault;
use weixin::sandbox::Sandbox;
use weixin::ErrorKind;

use super::{connect, get, raw};

#[tokio::test]
async fn faults_answer_in_their_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = "/cgi-bin/user/get?access_token={token}";
    sandbox.inject_fault("list_followers", Fault::code(-1).times(2)).unwrap();
    sandbox.inject_fault("/cgi-bin/user/get", Fault::code(45009).message("quota")).unwrap();
    let busy = get(&sandbox, path).await;
    assert!(busy.code() == -1 && busy.message().starts_with("system error rid: "), "{}", busy.text());
    assert_eq!(get(&sandbox, path).await.code(), -1);
    assert_eq!(get(&sandbox, path).await.json(), json!({"errcode": 45009, "errmsg": "quota"}));
    assert_eq!(get(&sandbox, path).await.code(), 0);

    let page = Fault::status(502).body("<html>").header("Content-Type", "text/html").header("X-Own", "1");
    sandbox.inject_fault("*", page.always()).unwrap();
    for path in [path, "/not/in/the/spec"] {
        let answer = get(&sandbox, path).await;
        assert_eq!(
            (answer.status, answer.header("content-type"), answer.header("x-own")),
            (502, "text/html", "1")
        );
        assert_eq!(answer.text(), "<html>");
    }
    sandbox.clear_faults();
    assert_eq!(get(&sandbox, path).await.code(), 0);
    sandbox.inject_fault("/my/own", Fault::answer(r#"{"mine":1}"#).after(Duration::from_millis(1))).unwrap();
    assert_eq!(get(&sandbox, "/my/own").await.json()["mine"], 1);
    assert_eq!(get(&sandbox, "/my/own").await.status, 404);

    for wrong in [
        sandbox.inject_fault("no_such_endpoint", Fault::close()),
        sandbox.inject_fault("*", Fault::status(99)),
        sandbox.inject_fault("*", Fault::pass().header("a b", "c")),
        sandbox.inject_fault("*", Fault::pass().header("a", "b\r\nc")),
    ] {
        assert_eq!(wrong.unwrap_err().kind(), ErrorKind::Config);
    }
    assert_eq!(get(&sandbox, path).await.code(), 0);
}

#[tokio::test]
async fn faults_break_connections() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = format!("/cgi-bin/user/get?access_token={}", sandbox.access_token());
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    sandbox.inject_fault("list_followers", Fault::close()).unwrap();
    assert_eq!(raw(&sandbox, request.as_bytes()), "");
    sandbox.inject_fault("list_followers", Fault::raw("HTTP/1.1 2OO nonsense\r\n\r\n")).unwrap();
    assert_eq!(raw(&sandbox, request.as_bytes()), "HTTP/1.1 2OO nonsense\r\n\r\n");
    sandbox.inject_fault("list_followers", Fault::answer("{\"a\":1}").cut(3)).unwrap();
    let cut = raw(&sandbox, request.as_bytes());
    assert!(
        cut.starts_with("HTTP/1.1 200 OK\r\n") && cut.ends_with("content-length: 7\r\n\r\n{\"a"),
        "{cut}"
    );
    sandbox.inject_fault("list_followers", Fault::answer("{}").promise(1000)).unwrap();
    assert!(raw(&sandbox, request.as_bytes()).ends_with("content-length: 1000\r\n\r\n{}"));
    // The regular answer, cut: what was promised is its real length.
    let whole = get(&sandbox, &path).await.body;
    sandbox.inject_fault("list_followers", Fault::pass().cut(5)).unwrap();
    let cut = raw(&sandbox, request.as_bytes());
    let end = format!("content-length: {}\r\n\r\n{}", whole.len(), String::from_utf8_lossy(&whole[..5]));
    assert!(cut.ends_with(&end), "{cut}");

    // A request that hangs is logged, unanswered, and ends with the sandbox.
    sandbox.clear_log();
    sandbox.inject_fault("list_followers", Fault::hang()).unwrap();
    let mut held = connect(&sandbox);
    held.write_all(request.as_bytes()).unwrap();
    sandbox.wait_for_requests(1).await;
    assert_eq!(sandbox.requests()[0].status(), None);
    drop(sandbox);
    let mut rest = Vec::new();
    let _ = held.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}
