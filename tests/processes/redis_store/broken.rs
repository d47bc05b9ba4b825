//! Connections of a store that end, whether or not the question had arrived: each is asked again, and counts once.
//! A connection that belongs to a runtime which nobody drives is as good as broken.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use weixin::{Lease, RedisStore, TokenStore};

use crate::redis_server::RedisServer;

const KEY: &str = "weixin:wx_appid:legacy_token";
const TTL: Duration = Duration::from_secs(30);
const LIFE: Duration = Duration::from_secs(7200);

/// What becomes of the next question.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// The connection ends before the server has it.
    Before,
    /// The server has done what was asked, and the answer is lost with the connection.
    After,
    /// It is lost, and the connection never says so.
    Silent,
}

/// Stands between the store and its server, and cuts.
#[derive(Clone, Default)]
struct Wire {
    next: Arc<Mutex<Option<Cut>>>,
    connections: Arc<AtomicUsize>,
}

impl Wire {
    async fn to(server: &RedisServer) -> (Self, RedisStore) {
        let (wire, target) = (Self::default(), server.port());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("redis://{}/0", listener.local_addr().unwrap());
        let own = wire.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                own.connections.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                tokio::spawn(own.clone().carry(client, server));
            }
        });
        (wire, RedisStore::new(&url).unwrap())
    }

    async fn carry(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut lost, mut up, mut down) = (false, vec![0; 16384], vec![0; 16384]);
        loop {
            tokio::select! {
                read = client.read(&mut up) => {
                    let read = read.unwrap_or(0);
                    let cut = self.next.lock().unwrap().take_if(|_| read > 0);
                    match cut {
                        _ if read == 0 => return,
                        Some(Cut::Before) => return,
                        Some(Cut::Silent) => return std::future::pending().await,
                        Some(Cut::After) => lost = true,
                        None => {}
                    }
                    server.write_all(&up[..read]).await.unwrap();
                }
                read = server.read(&mut down) => {
                    let read = read.unwrap_or(0);
                    if read == 0 || lost || client.write_all(&down[..read]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn cut(&self, how: Cut) {
        *self.next.lock().unwrap() = Some(how);
    }
}

/// Everything a store can be asked, so that the server knows all scripts.
async fn use_up(store: &RedisStore) {
    let key = "weixin:wx_other:legacy_token";
    let lease = store.lock(key, TTL).await.unwrap().unwrap();
    assert!(store.write(&lease, "token", LIFE).await.unwrap());
    assert!(store.read(key).await.unwrap().is_some());
    assert!(store.acquire_forced_refresh(key, TTL, 20).await.unwrap());
    assert!(store.discard(key, lease.fence).await.unwrap());
    store.unlock(&lease).await.unwrap();
}

#[tokio::test]
async fn a_question_whose_connection_died_is_asked_again_and_counts_once() {
    for how in [Cut::Before, Cut::After] {
        let server = RedisServer::start();
        let ((wire, store), other) = (Wire::to(&server).await, RedisStore::new(&server.url()).unwrap());
        use_up(&store).await;
        let cut = || wire.cut(how);
        cut();
        let lease = store.lock(KEY, TTL).await.unwrap().expect("nobody else has the lock");
        assert_eq!(other.lock(KEY, TTL).await.unwrap(), None, "{how:?}");
        cut();
        assert!(store.write(&lease, "token", LIFE).await.unwrap(), "{how:?}");
        // Another call with the same lease is another write.
        assert!(!store.write(&lease, "token", LIFE).await.unwrap());
        cut();
        let found = store.read(KEY).await.unwrap().unwrap();
        assert_eq!((found.value.as_str(), found.fence), ("token", lease.fence));
        cut();
        assert!(store.acquire_forced_refresh(KEY, TTL, 20).await.unwrap(), "{how:?}");
        assert_eq!(server.ask(&["ZCARD", &format!("{{{KEY}}}:forced")]), "1", "{how:?}");
        assert!(!store.acquire_forced_refresh(KEY, TTL, 20).await.unwrap());
        cut();
        store.unlock(&lease).await.unwrap();
        assert!(other.lock(KEY, TTL).await.unwrap().is_some(), "{how:?}");
        cut();
        store.discard(KEY, lease.fence).await.unwrap();
        assert!(store.read(KEY).await.unwrap().is_none(), "{how:?}");
        assert_eq!(wire.connections.load(Ordering::SeqCst), 7, "{how:?}");
    }
}

#[tokio::test]
async fn a_connection_that_died_silently_costs_no_answer() {
    let server = RedisServer::start();
    let (wire, store) = Wire::to(&server).await;
    use_up(&store).await;
    wire.cut(Cut::Silent);
    assert!(store.lock(KEY, TTL).await.unwrap().is_some());
    assert_eq!(wire.connections.load(Ordering::SeqCst), 2);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn leased(store: &RedisStore) -> Lease {
    store.lock(KEY, TTL).await.unwrap().expect("nobody has the lock")
}

#[test]
fn a_store_outlives_the_runtime_that_it_was_used_on() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let first = runtime();
    let lease = first.block_on(leased(&store));
    drop(first);
    assert!(runtime().block_on(store.write(&lease, "token", LIFE)).unwrap());
    for _ in 0..20 {
        let found = runtime().block_on(store.read(KEY)).unwrap();
        assert_eq!(found.unwrap().value, "token");
    }
}

#[test]
fn a_runtime_that_rests_holds_no_question_up() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let (first, second) = (runtime(), runtime());
    let lease = first.block_on(leased(&store));
    assert!(second.block_on(store.write(&lease, "token", LIFE)).unwrap());
    for runtime in [&first, &second, &first, &second] {
        assert_eq!(runtime.block_on(store.read(KEY)).unwrap().unwrap().value, "token");
    }
    // Each has its connection and keeps it.
    let clients = server.ask(&["CLIENT", "LIST"]);
    assert_eq!(clients.lines().filter(|line| !line.contains("cmd=client")).count(), 2, "{clients}");
}

#[test]
fn nor_does_one_that_rests_while_it_connects() {
    let server = RedisServer::start();
    let store = RedisStore::new(&server.url()).unwrap();
    let (first, second) = (runtime(), runtime());
    let mut begun = pin!(store.read(KEY));
    first.block_on(async {
        assert!(begun.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    assert!(second.block_on(store.read(KEY)).unwrap().is_none());
    assert!(first.block_on(begun).unwrap().is_none());
}
