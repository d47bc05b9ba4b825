//! One client on several current-thread runtimes, as `block_on` here and there makes them: what was begun on one that
//! nobody drives holds nobody up.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};
use weixin::network::GetCallbackIp;
use weixin::FileStore;

use crate::account::plain;
use crate::storms::{platform, tokens_asked};

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_fetch_left_on_an_idle_runtime_is_taken_over() {
    for shared in [false, true] {
        let servers = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // The first fetch would take longer than any call.
        let server = servers.block_on(platform(&[], &[3_600_000]));
        let folder = tempfile::tempdir().unwrap();
        let builder = plain(&server);
        let builder = match shared {
            true => builder.token_store(FileStore::open(folder.path()).unwrap()),
            false => builder,
        };
        let client = builder.build().unwrap();
        let (idle, driven) = (current_thread(), current_thread());
        idle.block_on(async {
            let mut call = pin!(client.access_token());
            assert!(matches!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
            server.saw(1).await;
        });
        driven.block_on(async {
            let calls: Vec<_> =
                (0..20).map(|_| tokio::spawn(client.get_callback_ip(GetCallbackIp::new()))).collect();
            for call in calls {
                call.await.unwrap().unwrap();
            }
        });
        assert_eq!(tokens_asked(&server), 2);
        // Back on the first one, the token is there.
        idle.block_on(client.access_token()).unwrap();
        assert_eq!(tokens_asked(&server), 2);
    }
}
