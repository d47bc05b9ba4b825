//! Several processes with a real Redis server between them, and what happens when it goes away.
//! What the store itself promises is tested in `tests/processes/redis_store.rs`.

use std::sync::Arc;
use std::time::Duration;

use weixin::network::GetCallbackIp;
use weixin::sandbox::Sandbox;
use weixin::{Client, RedisStore, TokenOrigin};

use crate::account::{plain, SECRET};
use crate::child::{Child, Orders};
use crate::contract;
use crate::redis_server::RedisServer;
use crate::storms;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_keeps_what_stores_promise() {
    let server = RedisServer::start();
    contract::keeps(Arc::new(RedisStore::new(&server.url()).unwrap())).await;
    contract::locks_out(Arc::new(RedisStore::new(&server.url()).unwrap())).await;
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().app_id("wx_appid").secret(SECRET).start().await.unwrap()
}

fn orders(role: &'static str, sandbox: &Sandbox, redis: &RedisServer) -> Orders {
    Orders {
        role,
        url: sandbox.url().to_owned(),
        app_id: sandbox.app_id().to_owned(),
        secret: sandbox.secret().to_owned(),
        folder: "/nonexistent".into(),
        redis: Some(redis.url()),
        fetch_timeout: 15,
    }
}

fn work(children: &mut [Child]) {
    children.iter_mut().for_each(Child::go);
    children.iter_mut().for_each(|child| child.expect("done"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_share_one_legacy_token() {
    let (server, sandbox) = (RedisServer::start(), sandbox().await);
    let orders = orders("legacy", &sandbox, &server);
    let mut children: Vec<_> = (0..4).map(|_| Child::start(&orders)).collect();
    // A cold start, a token that the platform has made invalid, and one more.
    for round in 1..=3 {
        work(&mut children);
        assert_eq!(sandbox.request_count("get_access_token"), round);
        sandbox.revoke_tokens();
    }
    assert!(children.into_iter().all(|child| child.finish().success()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_outlive_the_server_and_find_it_again() {
    let (mut server, sandbox) = (RedisServer::start(), sandbox().await);
    let orders = orders("legacy", &sandbox, &server);
    let mut children: Vec<_> = (0..4).map(|_| Child::start(&orders)).collect();
    work(&mut children);
    assert_eq!(sandbox.request_count("get_access_token"), 1);
    server.kill();
    // The token at hand is good; nobody asks for another one because the server is away.
    work(&mut children);
    assert_eq!(sandbox.request_count("get_access_token"), 1);
    // It comes back empty. A process that begins now has nothing to share but what it fetches itself; the others
    // take that once the platform refuses theirs.
    server.restart();
    let mut late = Child::start(&orders);
    late.go();
    late.expect("done");
    assert_eq!(sandbox.request_count("get_access_token"), 2);
    work(&mut children);
    assert_eq!(sandbox.request_count("get_access_token"), 2);
    assert!(children.into_iter().chain([late]).all(|child| child.finish().success()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_do_not_ask_the_server() {
    let (server, sandbox) = (RedisServer::start(), sandbox().await);
    let client = |_| -> Client {
        let store = RedisStore::new(&server.url()).unwrap();
        sandbox.client_builder().token_store(store).build().unwrap()
    };
    let clients = [0, 1].map(client);
    for client in &clients {
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    }
    assert_eq!(clients[1].token_status().unwrap().origin, Some(TokenOrigin::Store));
    let calls = || {
        let stats = server.ask(&["INFO", "commandstats"]);
        let line = stats.lines().find(|line| line.starts_with("cmdstat_evalsha:")).expect("scripts were run");
        let calls = line.split("calls=").nth(1).and_then(|rest| rest.split(',').next()).expect("a count");
        calls.parse::<u64>().expect("a number")
    };
    let before = calls();
    for _ in 0..200 {
        for client in &clients {
            client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        }
    }
    // At most one look a minute and client, should a minute have passed.
    let after = calls();
    assert!(after - before <= 2 * 2, "{before} before, {after} after");
    assert_eq!(sandbox.request_count("get_stable_access_token"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_accounts_in_one_server_never_meet() {
    let server = RedisServer::start();
    let store = Arc::new(RedisStore::new(&server.url()).unwrap());
    let [one, two] = ["wx_one", "wx_two"].map(|app_id| Sandbox::builder().app_id(app_id).secret(SECRET));
    let (one, two) = (one.start().await.unwrap(), two.start().await.unwrap());
    let clients = [&one, &two].map(|sandbox| {
        sandbox.client_builder().legacy_token().token_store(Arc::clone(&store)).build().unwrap()
    });
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let [one, two] = clients.clone();
            tokio::spawn(async move {
                // Interleaved in one task: a token of the other account would be refused.
                one.get_callback_ip(GetCallbackIp::new()).await.unwrap();
                two.get_callback_ip(GetCallbackIp::new()).await.unwrap();
                one.js_config("https://a.example/").await.unwrap();
                two.js_config("https://a.example/").await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for sandbox in [&one, &two] {
        assert_eq!(sandbox.request_count("get_access_token"), 1);
        assert_eq!(sandbox.request_count("get_jsapi_ticket"), 1);
        assert!(sandbox.requests().iter().all(|request| request.code() == Some(0)));
    }
    assert_ne!(
        clients[0].access_token().await.unwrap().expose(),
        clients[1].access_token().await.unwrap().expose()
    );
}

/// The lock's key is gone, as after a failover, while its holder still fetches; whoever comes next writes a newer
/// token, which the platform then refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_vanishes_under_its_holder_makes_no_storm() {
    let redis = RedisServer::start();
    let server = storms::platform(&[2], &[1500, 0, 4000]).await;
    let orders = Orders {
        role: "persistent",
        url: server.url(),
        app_id: "wx_appid".to_owned(),
        secret: SECRET.to_owned(),
        folder: "/nonexistent".into(),
        redis: Some(redis.url()),
        fetch_timeout: 15,
    };
    let mut child = Child::start(&orders);
    child.go();
    server.saw(1).await;
    assert_eq!(redis.ask(&["DEL", "{weixin:wx_appid:legacy_token}:lock"]), "1");
    let builder = plain(&server).timeout(Duration::from_secs(120)).legacy_token();
    let client = builder.token_store(RedisStore::new(&redis.url()).unwrap()).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    child.expect("done");
    // Each fetched its own, and the refused one was replaced. Who was overtaken waits for that.
    assert_eq!(storms::tokens_asked(&server), 3);
    assert!(child.finish().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_know_one_node_of_a_cluster_each_share_one_legacy_token() {
    let (nodes, sandbox) = (RedisServer::cluster(), sandbox().await);
    let mut children: Vec<_> =
        nodes.iter().map(|node| Child::start(&orders("legacy", &sandbox, node))).collect();
    for round in 1..=3 {
        work(&mut children);
        assert_eq!(sandbox.request_count("get_access_token"), round);
        sandbox.revoke_tokens();
    }
    assert!(children.into_iter().all(|child| child.finish().success()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_is_demoted_costs_each_process_one_token() {
    let (server, sandbox) = (RedisServer::start(), sandbox().await);
    let orders = orders("legacy", &sandbox, &server);
    let mut children: Vec<_> = (0..2).map(|_| Child::start(&orders)).collect();
    work(&mut children);
    assert_eq!(sandbox.request_count("get_access_token"), 1);
    // A replica of nobody: it can be read, and refuses every write.
    assert_eq!(server.ask(&["REPLICAOF", "127.0.0.1", "1"]), "OK");
    work(&mut children);
    assert_eq!(sandbox.request_count("get_access_token"), 1);
    sandbox.revoke_tokens();
    work(&mut children[..1]);
    assert_eq!(sandbox.request_count("get_access_token"), 2);
    // The other one can't be told, and fetches for itself. The platform keeps both tokens for a while.
    work(&mut children[1..]);
    work(&mut children);
    assert_eq!(sandbox.request_count("get_access_token"), 3);
    // Promoted again, it serves all as before.
    assert_eq!(server.ask(&["REPLICAOF", "NO", "ONE"]), "OK");
    sandbox.revoke_tokens();
    work(&mut children);
    assert_eq!(sandbox.request_count("get_access_token"), 4);
    assert!(children.into_iter().all(|child| child.finish().success()));
}
