//! A primary that becomes a replica, while its name leads to the new primary: connections to it are of no use.
//! Whole servers that go away are tested in `redis.rs`.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use weixin::{RedisStore, TokenStore};

use crate::redis_server::RedisServer;

const KEY: &str = "weixin:wx_appid:stable_token";
const LIFE: Duration = Duration::from_secs(7200);

/// An address that leads to one server and later to another, as a name does: open connections stay where they are.
#[derive(Clone)]
struct Name {
    port: u16,
    target: Arc<AtomicU16>,
    connections: Arc<AtomicUsize>,
}

impl Name {
    async fn of(server: &RedisServer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let name = Self { port, target: Arc::new(server.port().into()), connections: Arc::default() };
        let own = name.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let target = own.target.load(Ordering::SeqCst);
                own.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        name
    }
}

#[tokio::test]
async fn a_demoted_primary_is_left_at_once() {
    let (old, new) = (RedisServer::start(), RedisServer::start());
    let name = Name::of(&old).await;
    let store = RedisStore::new(&format!("redis://127.0.0.1:{}/0", name.port)).unwrap();
    let lease = store.lock(KEY, LIFE).await.unwrap().unwrap();
    assert!(store.write(&lease, "token", LIFE).await.unwrap());

    assert_eq!(old.ask(&["REPLICAOF", "127.0.0.1", &new.port().to_string()]), "OK");
    name.target.store(new.port(), Ordering::SeqCst);
    // Not one question fails; the new primary begins with nothing.
    let lease = store.lock(KEY, LIFE).await.unwrap().unwrap();
    assert!(store.write(&lease, "token 2", LIFE).await.unwrap());
    assert_eq!(new.ask(&["HGET", &format!("{{{KEY}}}:token"), "value"]), "token 2");
    assert_eq!(name.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn while_there_is_no_primary_every_question_looks_for_one() {
    let (old, new) = (RedisServer::start(), RedisServer::start());
    let name = Name::of(&old).await;
    let store = RedisStore::new(&format!("redis://127.0.0.1:{}/0", name.port)).unwrap();
    assert!(store.lock(KEY, LIFE).await.unwrap().is_some());
    assert_eq!(old.ask(&["REPLICAOF", "127.0.0.1", &new.port().to_string()]), "OK");
    // The name has not changed yet.
    for _ in 0..3 {
        let error = store.lock(KEY, LIFE).await.expect_err("only a replica");
        assert!(error.message().contains("READONLY"), "{error}");
    }
    name.target.store(new.port(), Ordering::SeqCst);
    assert!(store.lock(KEY, LIFE).await.unwrap().is_some());
}
