//! Tokens in a real Redis server: what a store promises, and what happens when the server fails.

mod broken;
mod cluster;
mod failover;

use std::sync::Arc;
use std::time::Duration;

use crate::redis_server::RedisServer;
use weixin::{ErrorKind, Lease, RedisStore, TokenStore};

const KEY: &str = "weixin:wx_appid:stable_token";
const TTL: Duration = Duration::from_secs(30);
const LIFE: Duration = Duration::from_secs(7200);

async fn leased(store: &RedisStore) -> Lease {
    store.lock(KEY, TTL).await.unwrap().expect("nobody has the lock")
}

#[tokio::test]
async fn one_has_the_lock_until_it_is_given_back() {
    let server = RedisServer::start();
    let (first, second) = (RedisStore::new(&server.url()).unwrap(), RedisStore::new(&server.url()).unwrap());
    let lease = leased(&first).await;
    assert_eq!(lease.key, KEY);
    assert_eq!(second.lock(KEY, TTL).await.unwrap(), None);
    // Other keys have locks of their own.
    assert!(second.lock("weixin:wx_other:stable_token", TTL).await.unwrap().is_some());
    first.unlock(&lease).await.unwrap();
    let next = leased(&second).await;
    assert!(next.fence > lease.fence);
    // A lock that another one has by now stays.
    first.unlock(&lease).await.unwrap();
    assert_eq!(first.lock(KEY, TTL).await.unwrap(), None);
}

#[tokio::test]
async fn a_lock_ends_with_its_life() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let lost = store.lock(KEY, Duration::from_millis(1)).await.unwrap().unwrap();
    let next = loop {
        if let Some(lease) = store.lock(KEY, TTL).await.unwrap() {
            break lease;
        }
    };
    assert!(next.fence > lost.fence);
    // Its holder comes back late: it gives back nothing, and what it brings is older.
    store.unlock(&lost).await.unwrap();
    assert_eq!(store.lock(KEY, TTL).await.unwrap(), None);
    assert!(store.write(&next, "token-2", LIFE).await.unwrap());
    assert!(!store.write(&lost, "token-1", LIFE).await.unwrap());
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "token-2");
}

#[tokio::test]
async fn a_late_writer_whom_nobody_has_overtaken_is_welcome() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let lost = store.lock(KEY, Duration::from_millis(1)).await.unwrap().unwrap();
    assert!(store.write(&lost, "token-1", LIFE).await.unwrap());
    // But only once.
    assert!(!store.write(&lost, "token-1", LIFE).await.unwrap());
}

#[tokio::test]
async fn the_life_of_a_token_is_that_of_its_key() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    assert!(store.read(KEY).await.unwrap().is_none());
    let lease = leased(&store).await;
    assert!(store.write(&lease, "token", LIFE).await.unwrap());
    let found = store.read(KEY).await.unwrap().unwrap();
    assert_eq!((found.value.as_str(), found.fence), ("token", lease.fence));
    assert!(found.remaining <= LIFE && found.remaining > LIFE - Duration::from_secs(60), "{found:?}");
    assert!(found.age < Duration::from_secs(60));
    let key = format!("{{{KEY}}}:token");
    server.ask(&["PEXPIRE", &key, "345000"]);
    let found = store.read(KEY).await.unwrap().unwrap();
    assert!(found.remaining <= Duration::from_secs(345), "{found:?}");
    server.ask(&["PEXPIRE", &key, "0"]);
    assert!(store.read(KEY).await.unwrap().is_none());
    // What was written is remembered longer than the token lives.
    assert!(!store.write(&lease, "token", LIFE).await.unwrap());
}

#[tokio::test]
async fn a_complaint_drops_the_very_token() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let first = leased(&store).await;
    assert!(store.write(&first, "token-1", LIFE).await.unwrap());
    store.unlock(&first).await.unwrap();
    assert!(!store.discard(KEY, first.fence + 1).await.unwrap());
    assert!(store.discard(KEY, first.fence).await.unwrap());
    assert!(!store.discard(KEY, first.fence).await.unwrap());
    assert!(store.read(KEY).await.unwrap().is_none());
    assert!(!store.write(&first, "token-1", LIFE).await.unwrap());
    let second = leased(&store).await;
    assert!(store.write(&second, "token-2", LIFE).await.unwrap());
    // Late, about the one before.
    assert!(!store.discard(KEY, first.fence).await.unwrap());
    assert!(store.read(KEY).await.unwrap().is_some());
}

#[tokio::test]
async fn forced_fetches_are_counted_for_all() {
    let server = RedisServer::start();
    let stores = [RedisStore::new(&server.url()).unwrap(), RedisStore::new(&server.url()).unwrap()];
    let mut granted = 0;
    for turn in 0..10 {
        granted += u32::from(stores[turn % 2].acquire_forced_refresh(KEY, Duration::ZERO, 3).await.unwrap());
    }
    assert_eq!(granted, 3);
    let other = "weixin:wx_other:stable_token";
    assert!(stores[0].acquire_forced_refresh(other, Duration::from_secs(30), 20).await.unwrap());
    assert!(!stores[1].acquire_forced_refresh(other, Duration::from_secs(30), 20).await.unwrap());
    // A day later there is a new budget.
    let forced = format!("{{{KEY}}}:forced");
    server.ask(&["DEL", &forced]);
    for seconds in 0..3 {
        server.ask(&["ZADD", &forced, &seconds.to_string(), &seconds.to_string()]);
    }
    assert!(stores[0].acquire_forced_refresh(KEY, Duration::from_secs(30), 1).await.unwrap());
}

#[tokio::test]
async fn a_thousand_ask_and_one_gets_the_lock() {
    let server = RedisServer::start();
    let store = Arc::new(RedisStore::new(&server.url()).unwrap());
    let asked: Vec<_> = (0..1000)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.lock(KEY, TTL).await.unwrap() })
        })
        .collect();
    let mut leases = 0;
    for lease in asked {
        leases += usize::from(lease.await.unwrap().is_some());
    }
    assert_eq!(leases, 1);
    // One connection carries them all.
    let clients = server.ask(&["CLIENT", "LIST"]);
    assert_eq!(clients.lines().filter(|line| !line.contains("cmd=client")).count(), 1, "{clients}");
}

#[tokio::test]
async fn keys_hold_no_secret_and_stay_together() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap().prefix("shop:");
    let lease = leased(&store).await;
    assert!(store.write(&lease, "81_s3cr3t", LIFE).await.unwrap());
    assert!(store.acquire_forced_refresh(KEY, Duration::ZERO, 20).await.unwrap());
    let mut keys: Vec<String> = server.ask(&["KEYS", "*"]).lines().map(str::to_owned).collect();
    keys.sort_unstable();
    let due = ["fence", "forced", "lock", "token"].map(|what| format!("shop:{{{KEY}}}:{what}"));
    assert_eq!(keys, due);
    for key in keys {
        assert_ne!(server.ask(&["PTTL", &key]), "-1", "{key} would stay for ever");
    }
}

#[tokio::test]
async fn a_server_that_went_away_is_found_again() {
    let mut server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let before = leased(&store).await;
    server.kill();
    for _ in 0..3 {
        let error = store.read(KEY).await.expect_err("there is no server");
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    }
    // It has lost everything; fencing numbers go on growing nevertheless.
    server.restart();
    let after = leased(&store).await;
    assert!(after.fence > before.fence);
    // Nobody has noticed that it was away.
    server.restart();
    leased(&store).await;
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_and_found_again() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let lease = leased(&store).await;
    assert!(store.write(&lease, "token", LIFE).await.unwrap());
    server.freeze();
    let error = store.read(KEY).await.expect_err("the server is frozen");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    server.thaw();
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "token");
}

#[tokio::test]
async fn a_password_is_used_and_never_told() {
    let server = RedisServer::with_password(Some("s3cr3t-password"));
    let store = RedisStore::new(&server.url()).unwrap();
    leased(&store).await;
    let wrong = RedisStore::new(&server.url().replace("s3cr3t-password", "s3cr3t-guess")).unwrap();
    let error = wrong.read(KEY).await.expect_err("a wrong password");
    for text in [format!("{error}"), format!("{error:?}"), format!("{store:?}"), format!("{wrong:?}")] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
    for url in ["", "127.0.0.1", "http://127.0.0.1/", "redis://u:s3cr3t@/x/y", "rediss://"] {
        if let Err(error) = RedisStore::new(url) {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
        }
    }
    assert!(RedisStore::new("http://127.0.0.1/").is_err());
}

/// Also where the program itself has chosen no cryptography.
#[tokio::test]
async fn a_connection_may_be_protected() {
    let (server, certificate) = RedisServer::with_tls();
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(certificate) };
    let client = redis::Client::build_with_tls(server.tls_url(), certificates).unwrap();
    let store = RedisStore::with_client(client);
    let lease = leased(&store).await;
    assert!(store.write(&lease, "token", LIFE).await.unwrap());
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "token");
    // Who does not know the certificate's issuer does not connect.
    let stranger = RedisStore::new(&server.tls_url()).unwrap();
    let error = stranger.read(KEY).await.expect_err("nobody vouches for the certificate");
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
}

/// No store takes a lock without a life: what stands there is somebody's mistake, and would stand for ever.
#[tokio::test]
async fn a_foreign_lock_without_a_life_is_none() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let lock = format!("{{{KEY}}}:lock");
    server.ask(&["SET", &lock, "somebody"]);
    let lease = leased(&store).await;
    assert_ne!(server.ask(&["PTTL", &lock]), "-1");
    assert_eq!(store.lock(KEY, TTL).await.unwrap(), None);
    store.unlock(&lease).await.unwrap();
    // One with a life is respected, whosever it is.
    server.ask(&["SET", &lock, "somebody", "PX", "100000"]);
    assert_eq!(store.lock(KEY, TTL).await.unwrap(), None);
}

#[tokio::test]
async fn a_number_beyond_all_others_is_none() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    for number in ["18446744073709551615", "9007199254740992", "1e300", "nan", "x", "-1"] {
        for field in ["written", "handed"] {
            server.ask(&["HSET", &format!("{{{KEY}}}:fence"), field, number]);
            let lease = leased(&store).await;
            assert!(store.write(&lease, "token", LIFE).await.unwrap(), "{field} {number}");
            assert!(!store.write(&lease, "token", LIFE).await.unwrap());
            store.unlock(&lease).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_token_in_another_format_is_left_alone() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let lease = leased(&store).await;
    assert!(store.write(&lease, "token", LIFE).await.unwrap());
    let key = format!("{{{KEY}}}:token");
    assert_eq!(server.ask(&["HGET", &key, "v"]), "1");
    server.ask(&["HSET", &key, "v", "2", "value", "of the future"]);
    store.unlock(&lease).await.unwrap();
    let lease = leased(&store).await;
    assert!(store.read(KEY).await.is_err());
    assert!(store.write(&lease, "token", LIFE).await.is_err());
    assert_eq!(server.ask(&["HGET", &key, "value"]), "of the future");
}

#[tokio::test]
async fn a_life_beyond_all_clocks_is_a_long_one() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let lease = store.lock(KEY, Duration::MAX).await.unwrap().unwrap();
    assert!(store.write(&lease, "token", Duration::MAX).await.unwrap());
    assert!(store.acquire_forced_refresh(KEY, Duration::MAX, 20).await.unwrap());
    assert!(!store.acquire_forced_refresh(KEY, Duration::MAX, 20).await.unwrap());
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "token");
}
