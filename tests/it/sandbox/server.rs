//! The server as such: log, clock, load, odd bytes, its end.
//! The helpers stand in `tests/it/sandbox.rs`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use weixin::sandbox::Fault;
use weixin::sandbox::Sandbox;

use super::{code_with, connect, get, http, post, raw, seconds, send, stable_token};

#[tokio::test]
async fn requests_are_logged() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.access_token();
    post(&sandbox, "/cgi-bin/qrcode/create?access_token={token}", "{\"a\":1}").await;
    get(&sandbox, "/nowhere?x=%E4%BA%8C+y").await;
    sandbox.inject_fault("get_user", Fault::close()).unwrap();
    let _ = http().get(format!("{}/cgi-bin/user/info", sandbox.url())).send().await;
    sandbox.wait_for_requests(3).await;
    let requests = sandbox.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|r| (r.method(), r.path(), r.endpoint(), r.status(), r.code().is_some()))
        .collect();
    assert_eq!(
        seen,
        [
            ("POST", "/cgi-bin/qrcode/create", Some("create_qrcode"), Some(200), true),
            ("GET", "/nowhere", None, Some(404), false),
            ("GET", "/cgi-bin/user/info", Some("get_user"), None, false),
        ]
    );
    assert_eq!(requests[0].body().as_ref(), b"{\"a\":1}");
    assert_eq!(requests[0].query_value("access_token"), Some(token.clone()));
    assert_eq!(requests[0].headers()["content-length"], "7");
    assert_eq!(
        (requests[1].query(), requests[1].query_value("x").as_deref()),
        ("x=%E4%BA%8C+y", Some("二 y"))
    );
    let printed = format!("{requests:?} {sandbox:?} {:?}", Sandbox::builder());
    assert!(!printed.contains(&token) && !printed.contains("sandbox_secret"), "{printed}");
    assert_eq!((sandbox.request_count("create_qrcode"), sandbox.request_count("list_followers")), (1, 0));
    sandbox.clear_log();
    assert_eq!((sandbox.requests().len(), sandbox.request_count("create_qrcode")), (0, 0));
    get(&sandbox, "/nowhere").await;
    assert_eq!(sandbox.requests()[0].status(), Some(404));
}

#[tokio::test]
async fn time_stands_still_unless_moved() {
    let sandbox = Sandbox::start().await.unwrap();
    let start = sandbox.now();
    assert_eq!(sandbox.now(), start);
    sandbox.advance(Duration::from_millis(1500));
    assert_eq!(sandbox.now(), start + Duration::from_millis(1500));
    sandbox.advance(Duration::MAX);
    sandbox.advance(Duration::MAX);
    assert_eq!(stable_token(&sandbox, false).await.json()["expires_in"], 7200);
    let short = Sandbox::builder().token_life(seconds(60)).start().await.unwrap();
    assert_eq!(stable_token(&short, false).await.json()["expires_in"], 60);
}

#[tokio::test]
async fn many_requests_at_once() {
    let sandbox = std::sync::Arc::new(Sandbox::start().await.unwrap());
    let client = http();
    let url = format!("{}/cgi-bin/user/get?access_token={}", sandbox.url(), sandbox.access_token());
    let calls: Vec<_> = (0..300).map(|_| tokio::spawn(send(client.get(&url)))).collect();
    for call in calls {
        assert_eq!(call.await.unwrap().code(), 0);
    }
    assert_eq!(sandbox.request_count("list_followers"), 300);
}

#[tokio::test]
async fn odd_bytes_do_no_harm() {
    let sandbox = Sandbox::start().await.unwrap();
    assert!(raw(&sandbox, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").starts_with("HTTP/1.1 400"));
    let mut broken_off = connect(&sandbox);
    broken_off
        .write_all(b"POST /cgi-bin/qrcode/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        .unwrap();
    drop(broken_off);
    let token = sandbox.access_token();
    let odd = format!(
        "GET /cgi-bin/user/get?access_token={token}&%ZZ&=&next_openid HTTP/1.1\r\n\
         Host: x\r\nConnection: close\r\n\r\n"
    );
    assert!(raw(&sandbox, odd.as_bytes()).contains("\"errcode\":40097"));
    assert_eq!(code_with(&sandbox, &token).await, 0);
}

#[test]
fn dropping_stops_everything_at_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    // The sandbox outlives the runtime that it was started on …
    drop(runtime);
    let mut kept_alive = connect(&sandbox);
    kept_alive.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 12];
    kept_alive.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 404");
    let address = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    drop(sandbox);
    // … and nothing of it is left when `drop` returns: open connections end, new ones are refused.
    let mut rest = Vec::new();
    let _ = kept_alive.read_to_end(&mut rest);
    assert!(TcpStream::connect(address).is_err());
}

/// Run by the test below, in a process of its own whose environment names a proxy.
#[tokio::test]
async fn a_client_reaches_its_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    client.list_followers(weixin::user::ListFollowers::new()).await.unwrap();
    assert_eq!(sandbox.requests().len(), 2, "the token, and the call");
}

#[test]
fn no_proxy_stands_between_a_client_and_its_sandbox() {
    // Whoever connects here is refused or never answered.
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, &address);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    let outcome = child.args(["--exact", "sandbox::server::a_client_reaches_its_sandbox"]).output().unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(outcome.status.success() && said.contains("1 passed"), "{said}");
    proxy.set_nonblocking(true).unwrap();
    assert_eq!(proxy.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "the proxy was asked");
}
