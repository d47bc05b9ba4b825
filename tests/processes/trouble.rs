//! Tokens that the platform takes back, refuses, or does not hand out: how many requests that costs.
//! Several processes are tested in `processes.rs`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use weixin::network::GetCallbackIp;
use weixin::{Client, ErrorKind, FileStore, SourceKind, TokenPolicy};

use crate::account::{failed, plain, SECRET};
use crate::server::{Answer, Gate, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;

fn granted(number: usize) -> Answer {
    Answer::json(format!(r#"{{"access_token":"81_s3cr3t-{number}","expires_in":7200}}"#))
}

fn refused() -> Answer {
    Answer::json(r#"{"errcode":40001,"errmsg":"invalid credential"}"#)
}

/// Whether the request asks for a token.
fn asks_token(path: &str) -> bool {
    matches!(path, "/cgi-bin/token" | "/cgi-bin/stable_token")
}

fn tokens_asked(server: &Server) -> usize {
    server.seen().iter().filter(|seen| asks_token(seen.path())).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_taken_back_under_a_thousand_calls_is_replaced_once() {
    /// More at a time would need more sockets than some systems give a process.
    const FEW: usize = 300;
    let carried_out = Arc::new(Mutex::new(HashMap::<u64, u32>::new()));
    let (done, gate) = (Arc::clone(&carried_out), Gate::new());
    let (mut tokens, mut old) = (0, 0);
    let server = Server::answering(move |_, seen| {
        if asks_token(seen.path()) {
            tokens += 1;
            return granted(tokens);
        }
        if seen.target().ends_with("=81_s3cr3t-1") {
            old += 1;
            // Every other refusal comes when somebody has long called with the new token.
            return if old % 2 == 0 { refused().behind(&gate) } else { refused() };
        }
        assert!(seen.target().ends_with("=81_s3cr3t-2"), "{}", seen.target());
        gate.open();
        let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        *done.lock().unwrap().entry(body["number"].as_u64().unwrap()).or_default() += 1;
        Answer::json("{}")
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let client = plain(&server)
        .timeout(Duration::from_secs(300))
        // The server keeps half of the old calls back until a new one comes, which needs a place then.
        .max_concurrent_calls(FEW)
        .token_store(FileStore::open(folder.path()).unwrap())
        .build()
        .unwrap();
    client.access_token().await.unwrap();
    let few = Arc::new(Semaphore::new(FEW));
    let calls: Vec<_> = (0..1000)
        .map(|number| {
            let (client, few) = (client.clone(), Arc::clone(&few));
            tokio::spawn(async move {
                let _turn = few.acquire().await.unwrap();
                // Not to be repeated, as far as the client knows.
                client.call_raw("/cgi-bin/act", &[], Some(json!({ "number": number }))).await
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens_asked(&server), 2);
    let done = carried_out.lock().unwrap();
    assert_eq!((done.len(), done.values().all(|times| *times == 1)), (1000, true));
}

#[tokio::test]
async fn a_platform_that_refuses_every_token_is_not_flooded() {
    for same in [true, false] {
        let mut tokens = 0;
        let server = Server::answering(move |_, seen| {
            if asks_token(seen.path()) {
                tokens += 1;
                return granted(if same { 1 } else { tokens });
            }
            refused()
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        // Two processes.
        let clients: Vec<_> = (0..2)
            .map(|_| plain(&server).token_store(FileStore::open(folder.path()).unwrap()).build().unwrap())
            .collect();
        for _ in 0..100 {
            for client in &clients {
                let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
                assert!(error.is_token_invalid(), "{error}");
                assert!(error.hint().is_some());
            }
        }
        let (all, tokens) = (server.count(), tokens_asked(&server));
        assert!(tokens <= 10, "{tokens}");
        // One a call, and one more where there was a new token.
        assert!(all - tokens <= 200 + 2 * tokens, "{all}");
    }
}

#[tokio::test]
async fn a_token_call_in_trouble_is_made_once_and_recovers() {
    let page = "<html><body>busy, try later</body></html>";
    let pause = Duration::from_secs(3600);
    let mut cases = tokio::task::JoinSet::new();
    for (what, kind, answer) in [
        ("down", ErrorKind::Transport, Answer::close()),
        ("slow", ErrorKind::Timeout, granted(0).late(pause)),
        ("hanging", ErrorKind::Timeout, Answer::hang()),
        (
            "cut off",
            ErrorKind::Transport,
            Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{").then_close(),
        ),
        ("a page", ErrorKind::Decode, Answer::of_type("text/html", page)),
        ("an error page", ErrorKind::Status, Answer::new("502 Bad Gateway", &[], page)),
        ("{}", ErrorKind::Decode, Answer::json("{}")),
        ("null", ErrorKind::Decode, Answer::json("null")),
        ("nothing", ErrorKind::Decode, Answer::json("")),
        ("an empty token", ErrorKind::Token, Answer::json(r#"{"access_token":"","expires_in":7200}"#)),
        ("no life in it", ErrorKind::Token, Answer::json(r#"{"access_token":" ","expires_in":"0"}"#)),
        ("busy", ErrorKind::Api, Answer::json(r#"{"errcode":-1,"errmsg":"system error"}"#)),
    ] {
        for shared in [false, true] {
            cases.spawn(trouble(what, kind, answer.clone(), shared));
        }
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

async fn trouble(what: &str, kind: ErrorKind, answer: Answer, shared: bool) {
    // What broke before there was a response, or at a gateway, is sent once more within the same fetch.
    let troubles = if matches!(what, "down" | "an error page") { 2 } else { 1 };
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let server = Server::answering(move |_, seen| match seen.path() {
        "/cgi-bin/getcallbackip" => Answer::json(IPS),
        _ if counter.fetch_add(1, Ordering::SeqCst) < troubles => answer.clone(),
        _ => granted(1),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    // Short only where it has to end: the machine may be busy.
    let limit = Duration::from_secs(if matches!(what, "slow" | "hanging") { 1 } else { 60 });
    let policy = TokenPolicy::new(SourceKind::Stable).fetch_timeout(limit);
    let builder = plain(&server).token_policy(policy);
    let client = match shared {
        true => builder.token_store(FileStore::open(folder.path()).unwrap()),
        false => builder,
    };
    let client = client.build().unwrap();
    // Many at once are told by the one request.
    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(client.get_callback_ip(GetCallbackIp::new()))).collect();
    let mut told = 0;
    for call in calls {
        if let Err(error) = call.await.unwrap() {
            crate::account::discreet(&error);
            assert_eq!(error.kind(), kind, "{what}: {error:?}");
            told += 1;
        }
    }
    assert!(told > 0, "{what}");
    // The failure is remembered for a second; afterwards everything is well by itself.
    let mut tries = 0;
    while client.get_callback_ip(GetCallbackIp::new()).await.is_err() {
        tries += 1;
        assert!(tries < 1000, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), troubles + 1, "{what}");
}

#[tokio::test]
async fn a_failure_that_a_person_must_mend_is_asked_about_once() {
    let page = r#"{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}"#;
    let mut allowed = false;
    let mend = Arc::new(AtomicUsize::new(0));
    let mended = Arc::clone(&mend);
    let server = Server::answering(move |_, seen| {
        allowed |= mended.load(Ordering::SeqCst) == 1;
        match seen.path() {
            "/cgi-bin/getcallbackip" => Answer::json(IPS),
            _ if allowed => granted(1),
            _ => Answer::json(page),
        }
    })
    .await;
    let client = plain(&server).build().unwrap();
    for _ in 0..100 {
        let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
        assert_eq!(error.hint(), Some("add 203.0.113.7 to the account's IP allow-list"));
    }
    assert_eq!(tokens_asked(&server), 1);
    let status = client.token_status().unwrap();
    assert!(status.retry_in.unwrap() <= Duration::from_secs(60));
    // Who has mended it need not wait that long.
    mend.store(1, Ordering::SeqCst);
    client.invalidate_token().await;
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(tokens_asked(&server), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_in_the_same_tasks_never_see_each_others_token() {
    let server = Server::answering(|_, seen| {
        if asks_token(seen.path()) {
            let number = if seen.text().contains("wx_left") { 1 } else { 2 };
            return granted(number);
        }
        let (account, token) = seen.target().split_once('?').unwrap();
        let expected =
            if account == "/left" { "access_token=81_s3cr3t-1" } else { "access_token=81_s3cr3t-2" };
        assert_eq!(token, expected);
        Answer::json("{}")
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    let client = |app_id: &str| {
        let builder = Client::builder(app_id, SECRET).base_url(server.url());
        builder.token_store(store.clone()).build().unwrap()
    };
    let (left, right) = (client("wx_left"), client("wx_right"));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (left, right) = (left.clone(), right.clone());
            tokio::spawn(async move {
                for _ in 0..3 {
                    left.call_raw("/left", &[], None).await.unwrap();
                    right.call_raw("/right", &[], None).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((tokens_asked(&server), server.count()), (2, 602));
}
