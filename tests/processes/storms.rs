//! Stores that refuse what a process has fetched: counted is how often the platform is asked for a token.
//! That the pauses in between are kept is tested on a clock set by hand, beside the token cache.

use std::time::Duration;

use weixin::network::GetCallbackIp;
use weixin::{BoxFuture, FileStore, Lease, StoredToken, TokenStore};

use crate::account::plain;
use crate::server::{Answer, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const LIFE: Duration = Duration::from_secs(7200);

/// Hands out one token after the other, each after its delay in milliseconds, and takes all of them but those that
/// are `bad`.
pub async fn platform(bad: &'static [usize], delays: &'static [u64]) -> Server {
    let mut asked = 0;
    Server::answering(move |_, seen| {
        if asks_token(seen.path()) {
            asked += 1;
            let answer = Answer::json(format!(r#"{{"access_token":"81_s3cr3t-{asked}","expires_in":7200}}"#));
            let delay = delays.get(asked - 1).copied().unwrap_or_default();
            return answer.late(Duration::from_millis(delay));
        }
        let number = seen.target().rsplit('-').next().and_then(|number| number.parse().ok());
        match number.is_some_and(|number: usize| bad.contains(&number)) {
            true => Answer::json(r#"{"errcode":40001,"errmsg":"invalid credential"}"#),
            false => Answer::json(IPS),
        }
    })
    .await
}

fn asks_token(path: &str) -> bool {
    matches!(path, "/cgi-bin/token" | "/cgi-bin/stable_token")
}

pub fn tokens_asked(server: &Server) -> usize {
    server.seen().iter().filter(|seen| asks_token(seen.path())).count()
}

/// A store that has nothing, gives everybody the lock and takes nothing in.
struct Refusing;

impl TokenStore for Refusing {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, weixin::Result<Option<StoredToken>>> {
        Box::pin(async { Ok(None) })
    }
    fn lock<'a>(&'a self, key: &'a str, _: Duration) -> BoxFuture<'a, weixin::Result<Option<Lease>>> {
        Box::pin(async move { Ok(Some(Lease::new(key, Lease::unique_owner(), 1))) })
    }
    fn write<'a>(&'a self, _: &'a Lease, _: &'a str, _: Duration) -> BoxFuture<'a, weixin::Result<bool>> {
        Box::pin(async { Ok(false) })
    }
    fn unlock<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, weixin::Result<()>> {
        Box::pin(async { Ok(()) })
    }
    fn discard<'a>(&'a self, _: &'a str, _: u64) -> BoxFuture<'a, weixin::Result<bool>> {
        Box::pin(async { Ok(false) })
    }
    fn acquire_forced_refresh<'a>(
        &'a self,
        _: &'a str,
        _: Duration,
        _: u32,
    ) -> BoxFuture<'a, weixin::Result<bool>> {
        Box::pin(async { Ok(false) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_refuses_everything_costs_one_more_fetch() {
    for legacy in [false, true] {
        let server = platform(&[], &[]).await;
        let builder = plain(&server).timeout(Duration::from_secs(120)).token_store(Refusing);
        let builder = if legacy { builder.legacy_token() } else { builder };
        let client = builder.build().unwrap();
        for _ in 0..100 {
            client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        }
        assert_eq!(tokens_asked(&server), 2);
        let failure = client.token_status().unwrap().store_failure.unwrap();
        assert_eq!(failure.message(), "the token store refuses the token that was fetched");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_with_a_number_beyond_all_others_is_written_anew() {
    let file = "weixin.wx_appid.legacy_token.json";
    let entries = [
        format!(r#"{{"token":null,"lock":null,"handed":7,"written":{},"forced":[]}}"#, u64::MAX),
        format!(r#"{{"version":1,"token":null,"lock":null,"handed":7,"written":{},"forced":[]}}"#, u64::MAX),
        format!(r#"{{"version":1,"token":null,"lock":null,"handed":{},"written":7,"forced":[]}}"#, u64::MAX),
    ];
    for entry in entries {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path()).unwrap();
        std::fs::write(folder.path().join(file), entry).unwrap();
        let server = platform(&[], &[]).await;
        let builder = plain(&server).timeout(Duration::from_secs(120)).legacy_token();
        let client = builder.token_store(store.clone()).build().unwrap();
        for _ in 0..100 {
            client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        }
        assert_eq!(tokens_asked(&server), 1);
        // The next process finds the token.
        let stored = store.read("weixin:wx_appid:legacy_token").await.unwrap().unwrap();
        assert_eq!(stored.value, "81_s3cr3t-1");
    }
}

/// As many processes as clients, which share a store that forgets its lock whenever it is asked for something.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_forgets_locks_and_a_platform_that_refuses_tokens_make_no_storm() {
    struct Forgetful(FileStore);
    impl TokenStore for Forgetful {
        fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, weixin::Result<Option<StoredToken>>> {
            self.0.read(key)
        }
        fn lock<'a>(&'a self, key: &'a str, _: Duration) -> BoxFuture<'a, weixin::Result<Option<Lease>>> {
            self.0.lock(key, Duration::from_millis(1))
        }
        fn write<'a>(&'a self, l: &'a Lease, v: &'a str, _: Duration) -> BoxFuture<'a, weixin::Result<bool>> {
            self.0.write(l, v, LIFE)
        }
        fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, weixin::Result<()>> {
            self.0.unlock(lease)
        }
        fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, weixin::Result<bool>> {
            self.0.discard(key, fence)
        }
        fn acquire_forced_refresh<'a>(
            &'a self,
            k: &'a str,
            g: Duration,
            n: u32,
        ) -> BoxFuture<'a, weixin::Result<bool>> {
            self.0.acquire_forced_refresh(k, g, n)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let server = platform(&[1, 2, 3, 4], &[300]).await;
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let store = Forgetful(FileStore::open(folder.path()).unwrap());
            let builder = plain(&server).timeout(Duration::from_secs(120)).legacy_token();
            builder.token_store(store).build().unwrap()
        })
        .collect();
    let calls: Vec<_> = clients
        .iter()
        .map(|client| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    // Refused, until there is a good one.
                    let _ = client.get_callback_ip(GetCallbackIp::new()).await;
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    for client in &clients {
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    }
    // Four bad ones, the good one, and at most one more for each process that was overtaken.
    let asked = tokens_asked(&server);
    assert!(asked <= 4 * 4, "{asked}");
}
