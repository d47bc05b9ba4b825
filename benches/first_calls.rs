//! Ten thousand calls at once by a client that has no token yet: how often it asks for one.
//! `cargo bench --bench first_calls`; see `benches/README.md`.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Barrier;
use weixin::sandbox::Sandbox;
use weixin::user::GetUser;

const CALLERS: usize = 10_000;

/// So many of them go on to make their call: each needs a connection, and connections are few on some machines.
const CALLS: usize = 200;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let sandbox = Sandbox::start().await.expect("a free port");
        sandbox.record_follow("first_caller");
        let client = sandbox.client().expect("the sandbox's credentials are right");
        let start = Arc::new(Barrier::new(CALLERS));
        let callers: Vec<_> = (0..CALLERS)
            .map(|number| {
                let (client, start) = (client.clone(), start.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    let began = Instant::now();
                    if number < CALLS {
                        client.get_user(GetUser::new("first_caller")).await.map(|_| began.elapsed())
                    } else {
                        client.access_token().await.map(|_| began.elapsed())
                    }
                })
            })
            .collect();
        let mut longest = std::time::Duration::ZERO;
        for caller in callers {
            longest = longest.max(caller.await.expect("no caller panics").expect("every call works"));
        }
        let requests = sandbox.request_count("get_stable_access_token");
        println!("{CALLERS} callers at once, {CALLS} of them with a call: {requests} token request(s), all done in {longest:?}");
        assert_eq!(requests, 1, "one request for a token is enough");
    });
}
