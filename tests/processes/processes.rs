//! Several operating system processes with one account and one store.
//! What they do stands in `child.rs`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use weixin::network::GetCallbackIp;
use weixin::sandbox::Sandbox;
use weixin::{FileStore, SourceKind, TokenOrigin, TokenPolicy, TokenStore};

use crate::account::{plain, SECRET};
use crate::child::{Child, Orders};
use crate::server::{Answer, Gate, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const KEY: &str = "weixin:wx_appid:legacy_token";

fn orders(role: &'static str, url: impl Into<String>, folder: &Path) -> Orders {
    Orders {
        role,
        url: url.into(),
        app_id: "wx_appid".to_owned(),
        secret: SECRET.to_owned(),
        folder: folder.to_owned(),
        redis: None,
        fetch_timeout: 1,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_share_one_legacy_token() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::builder().app_id("wx_appid").secret(SECRET).start().await.unwrap();
    let orders = Orders { fetch_timeout: 15, ..orders("legacy", sandbox.url(), folder.path()) };
    let mut children: Vec<_> = (0..4).map(|_| Child::start(&orders)).collect();
    // A cold start, a token that the platform has made invalid, and one more.
    for round in 1..=3 {
        children.iter_mut().for_each(Child::go);
        children.iter_mut().for_each(|child| child.expect("done"));
        assert_eq!(sandbox.request_count("get_access_token"), round);
        sandbox.revoke_tokens();
    }
    let served = sandbox
        .requests()
        .iter()
        .filter(|request| request.code() == Some(0) || request.code().is_none())
        .count();
    assert!(served >= 1200, "{served}");
    assert!(children.into_iter().all(|child| child.finish().success()));
}

/// Answers token requests as the function says, and other calls to whom `good` is shown.
async fn platform(token: impl Fn(usize) -> Answer + Send + 'static, good: &'static str) -> Server {
    let mut asked = 0;
    Server::answering(move |_, seen| {
        if seen.path() == "/cgi-bin/token" {
            asked += 1;
            return token(asked);
        }
        assert_eq!(seen.target(), format!("/cgi-bin/getcallbackip?access_token={good}"));
        Answer::json(IPS)
    })
    .await
}

fn granted(token: &str) -> Answer {
    Answer::json(format!(r#"{{"access_token":"{token}","expires_in":7200}}"#))
}

fn tokens_asked(server: &Server) -> usize {
    server.seen().iter().filter(|seen| seen.path() == "/cgi-bin/token").count()
}

/// The client of this process.
fn client(server: &Server, folder: &Path) -> weixin::Client {
    plain(server)
        .legacy_token()
        .timeout(Duration::from_secs(120))
        .token_policy(TokenPolicy::new(SourceKind::Legacy).fetch_timeout(Duration::from_secs(1)))
        .token_store(FileStore::open(folder).unwrap())
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_with_the_lock_is_succeeded() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |asked| if asked == 1 { Answer::hang() } else { granted("81_s3cr3t-2") };
    let server = platform(answer, "81_s3cr3t-2").await;
    let mut child = Child::start(&orders("persistent", server.url(), folder.path()));
    child.go();
    server.saw(1).await;
    child.kill();
    let client = client(&server, folder.path());
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(tokens_asked(&server), 2);
    assert_eq!(client.token_status().unwrap().origin, Some(TokenOrigin::Source));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_stalls_with_the_lock_does_not_overwrite() {
    fn signal(child: &Child, name: &str) {
        let kill = format!("kill -{name} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
    /// Waits until none of its threads runs any more: on a busy machine that takes a while.
    fn stopped(child: &Child) {
        let states = || {
            let ps = Command::new("ps").args(["-L", "-o", "state=", "-p", &child.id().to_string()]).output();
            String::from_utf8(ps.unwrap().stdout).unwrap()
        };
        while !states().split_whitespace().all(|state| state == "T") {
            std::thread::yield_now();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    let first = gate.clone();
    let answer = move |asked| match asked {
        1 => granted("81_s3cr3t-1").behind(&first),
        _ => granted("81_s3cr3t-2"),
    };
    let server = platform(answer, "81_s3cr3t-2").await;
    let mut child = Child::start(&orders("persistent", server.url(), folder.path()));
    child.go();
    server.saw(1).await;
    signal(&child, "STOP");
    stopped(&child);
    gate.open();
    // Takes over when the lock has lapsed.
    let client = client(&server, folder.path());
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "81_s3cr3t-2");
    // It comes back with an older token, or has run out of time: either way it calls with the newer one.
    signal(&child, "CONT");
    child.expect("done");
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "81_s3cr3t-2");
    assert_eq!(tokens_asked(&server), 2);
    assert!(child.finish().success());
}

#[tokio::test]
async fn a_writer_may_be_killed_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    let mut last = 0;
    for round in 0..30 {
        let child = Child::start(&orders("writer", "", folder.path()));
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..20_000)));
        child.kill();
        let found = store.read("key").await.unwrap();
        if let Some(stored) = found {
            assert_eq!(stored.value, format!("{}:{}", stored.fence, "x".repeat(4000)));
            assert!(stored.fence >= last);
            last = stored.fence;
        } else {
            assert_eq!(last, 0, "round {round}: the token is lost");
        }
        // The next one is not kept waiting for longer than the lock lives.
        let mut tries = 0;
        while store.lock("key", Duration::from_millis(20)).await.unwrap().is_none() {
            tries += 1;
            assert!(tries < 1000);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(last > 0);
    // What was being written when somebody was killed does not pile up.
    assert!(std::fs::read_dir(folder.path()).unwrap().count() <= 3);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(|_| granted("81_s3cr3t-1"), "81_s3cr3t-1").await;
    let mut child = Child::start(&orders("passing", server.url(), folder.path()));
    child.go();
    child.expect("done");
    // All of them found the one token in the store.
    assert_eq!((tokens_asked(&server), server.count()), (1, 1006));
    assert!(child.finish().success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_one_token_a_process() {
    let folder = tempfile::tempdir().unwrap();
    for (role, endpoint) in [("stable", "get_stable_access_token"), ("legacy", "get_access_token")] {
        let sandbox = Sandbox::builder().app_id("wx_appid").secret(SECRET).start().await.unwrap();
        let mut child = Child::start_on_full_disk(&orders(role, sandbox.url(), folder.path()));
        for _ in 0..3 {
            child.go();
            child.expect("done");
        }
        assert_eq!(sandbox.request_count(endpoint), 1, "{role}");
        assert!(child.finish().success());
    }
}
