//! One client on several runtimes, of which one is driven at a time.
//! The server has a runtime of its own.

use std::time::Duration;

use tokio::runtime::Runtime;
use weixin::network::GetCallbackIp;
use weixin::Client;

use crate::account::{client, plain};
use crate::server::{Answer, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const STABLE: &str = r#"{"access_token":"81_s3cr3t-A","expires_in":7200}"#;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A server that answers everything, and the runtime that drives it.
fn served() -> (Runtime, Server) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Server::answering(|_, seen| {
        Answer::json(if seen.path() == "/cgi-bin/stable_token" { STABLE } else { IPS })
    }));
    (runtime, server)
}

fn call(client: &Client) -> weixin::Result<Vec<String>> {
    // As the READMEs have it.
    let runtime = runtime();
    runtime
        .block_on(async { client.get_callback_ip(GetCallbackIp::new()).await.map(|answer| answer.ip_list) })
}

#[test]
fn the_blocking_form_works_again_and_again() {
    let (_driven, server) = served();
    let client = plain(&server).build().unwrap();
    for _ in 0..5 {
        call(&client).unwrap();
    }
    assert_eq!(server.count(), 6);
}

#[test]
fn a_runtime_that_rests_holds_nobody_up() {
    let (_driven, server) = served();
    let client = client(&server);
    let runtimes = [runtime(), runtime()];
    for _ in 0..3 {
        for runtime in &runtimes {
            let call = client.get_callback_ip(GetCallbackIp::new()).timeout(Duration::from_secs(300));
            runtime.block_on(call).unwrap();
        }
    }
    // Each has its connection and keeps it.
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 0, 1, 0, 1]);
}
