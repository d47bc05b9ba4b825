//! A store in a cluster of three nodes: whichever node it is given, and whichever has the keys.
//! What a store promises is tested in `tests/processes/contract.rs`.

use std::time::Duration;

use weixin::{ErrorKind, Lease, RedisStore, TokenStore};

use crate::redis_server::RedisServer;

const LIFE: Duration = Duration::from_secs(7200);

/// Keys of accounts whose slots lie on different nodes.
const KEYS: [&str; 6] = [
    "weixin:wx1:stable_token",
    "weixin:wx2:stable_token",
    "weixin:wx3:stable_token",
    "weixin:wx4:legacy_token",
    "weixin:wx5:legacy_token",
    "weixin:wx6:jsapi_ticket",
];

/// Everything a store can be asked.
async fn use_up(store: &RedisStore, key: &str) {
    let lease = store.lock(key, LIFE).await.unwrap().unwrap();
    assert_eq!(store.lock(key, LIFE).await.unwrap(), None);
    assert!(store.write(&lease, "token", LIFE).await.unwrap());
    assert!(!store.write(&lease, "token", LIFE).await.unwrap());
    assert_eq!(store.read(key).await.unwrap().unwrap().value, "token");
    store.unlock(&lease).await.unwrap();
    assert!(store.acquire_forced_refresh(key, Duration::ZERO, 20).await.unwrap());
    assert!(store.discard(key, lease.fence).await.unwrap());
    assert!(store.read(key).await.unwrap().is_none());
}

/// The node that has the key, and another one.
fn owner<'a>(nodes: &'a [RedisServer; 3], key: &str) -> (&'a RedisServer, &'a RedisServer) {
    let slot: u32 = nodes[0].ask(&["CLUSTER", "KEYSLOT", key]).parse().unwrap();
    let index = [5461, 10923, 16384].iter().position(|end| slot < *end).unwrap();
    (&nodes[index], &nodes[(index + 1) % 3])
}

#[tokio::test]
async fn any_node_will_do() {
    let nodes = RedisServer::cluster();
    let owners: std::collections::HashSet<_> = KEYS.iter().map(|key| owner(&nodes, key).0.port()).collect();
    assert_eq!(owners.len(), 3, "the keys of this test lie on all nodes");
    for node in &nodes {
        let store = RedisStore::new(&node.url()).unwrap();
        for key in KEYS {
            use_up(&store, key).await;
        }
    }
    let urls: Vec<_> = nodes.iter().map(RedisServer::url).collect();
    let store = RedisStore::cluster(urls.iter().map(String::as_str)).unwrap();
    for key in KEYS {
        use_up(&store, key).await;
    }
}

#[tokio::test]
async fn all_keys_of_a_token_lie_in_one_slot() {
    let nodes = RedisServer::cluster();
    let store = RedisStore::new(&nodes[0].url()).unwrap().prefix("shop:");
    let key = KEYS[0];
    let lease = store.lock(key, LIFE).await.unwrap().unwrap();
    assert!(store.write(&lease, "token", LIFE).await.unwrap());
    assert!(store.acquire_forced_refresh(key, Duration::ZERO, 20).await.unwrap());
    let keys: Vec<_> =
        nodes.iter().map(|node| node.ask(&["KEYS", "*"])).filter(|keys| !keys.is_empty()).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(keys[0].lines().count(), 4, "{keys:?}");
}

#[tokio::test]
async fn keys_that_move_are_followed() {
    let nodes = RedisServer::cluster();
    let key = KEYS[1];
    let (from, to) = owner(&nodes, key);
    // One store that knows the cluster, and two that have seen only one of its nodes.
    let urls: Vec<_> = nodes.iter().map(RedisServer::url).collect();
    let wide = RedisStore::cluster(urls.iter().map(String::as_str)).unwrap();
    let (near, far) = (RedisStore::new(&from.url()).unwrap(), RedisStore::new(&to.url()).unwrap());
    let lease = wide.lock(key, LIFE).await.unwrap().unwrap();
    assert!(wide.write(&lease, "token", LIFE).await.unwrap());
    let read = async |store: &RedisStore| store.read(key).await.unwrap().unwrap().value;
    for store in [&wide, &near] {
        assert_eq!(read(store).await, "token");
    }

    let slot = from.ask(&["CLUSTER", "KEYSLOT", key]);
    let [from_id, to_id] = [from, to].map(|node| node.ask(&["CLUSTER", "MYID"]));
    assert_eq!(to.ask(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]), "OK");
    assert_eq!(from.ask(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]), "OK");
    let keys = from.ask(&["CLUSTER", "GETKEYSINSLOT", &slot, "10"]);
    let port = to.port().to_string();
    let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
    migrate.extend(keys.lines());
    assert_eq!(from.ask(&migrate), "OK");
    // On their way: the old node says ASK, the new one MOVED back to the old one.
    for store in [&wide, &near, &far] {
        assert_eq!(read(store).await, "token");
    }
    for node in [to, from] {
        assert_eq!(node.ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]), "OK");
    }
    for store in [&wide, &near, &far] {
        assert_eq!(read(store).await, "token");
        store.unlock(&Lease::new(key, lease.owner.clone(), lease.fence)).await.unwrap();
        use_up(store, key).await;
        let lease = store.lock(key, LIFE).await.unwrap().unwrap();
        assert!(store.write(&lease, "token", LIFE).await.unwrap());
        store.unlock(&lease).await.unwrap();
    }
}

#[test]
fn addresses_that_are_none() {
    let none: [&str; 0] = [];
    for error in [
        RedisStore::cluster(none).expect_err("no address"),
        RedisStore::cluster(["redis://u:s3cr3t@/x/y", "http://s3cr3t/"]).expect_err("no address of a server"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    }
}
