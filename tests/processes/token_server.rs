//! The example `token_server` as a process of its own, and clients that get their tokens from it. What it asks the
//! platform for is read from the log of a sandbox.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use weixin::network::GetCallbackIp;
use weixin::sandbox::Sandbox;
use weixin::{Client, ErrorKind, RemoteSource};

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(sandbox: &Sandbox) -> Self {
        let mut command = Command::new(crate::program::example("token_server"));
        command.env("WEIXIN_APPID", sandbox.app_id()).env("WEIXIN_SECRET", sandbox.secret());
        command.env("WEIXIN_BASE_URL", sandbox.url()).env("NO_PROXY", "127.0.0.1");
        command.env("TOKEN_PASSWORD", "open sesame").env("TOKEN_LISTEN", "127.0.0.1:0");
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("serving ").expect("the address").to_owned();
        Self { process, url }
    }

    /// A worker: it knows no secret.
    fn worker(&self, sandbox: &Sandbox, password: &str) -> Client {
        let source = RemoteSource::new(&self.url).unwrap().bearer(password).unwrap();
        Client::builder(sandbox.app_id(), "").base_url(sandbox.url()).token_source(source).build().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn all_call(workers: &[Client]) {
    let calls: Vec<_> = workers
        .iter()
        .flat_map(|worker| (0..25).map(|_| tokio::spawn(worker.get_callback_ip(GetCallbackIp::new()))))
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_share_one_token_and_one_renewal() {
    let sandbox = Sandbox::start().await.unwrap();
    let server = Server::start(&sandbox);
    let workers: Vec<Client> = (0..4).map(|_| server.worker(&sandbox, "open sesame")).collect();
    let tokens = || sandbox.request_count("get_stable_access_token");

    all_call(&workers).await;
    assert_eq!(tokens(), 1);

    // The stable call goes on giving a token that was made invalid only until it is asked with force.
    sandbox.revoke_tokens();
    all_call(&workers).await;
    let renewed = tokens();
    assert!((2..=3).contains(&renewed), "{renewed} requests in all");
    all_call(&workers).await;
    assert_eq!(tokens(), renewed);
}

#[tokio::test]
async fn a_wrong_password_gets_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let server = Server::start(&sandbox);
    let error = server.worker(&sandbox, "open barley").access_token().await.expect_err("a wrong password");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(401)));
    assert_eq!(sandbox.request_count("get_stable_access_token"), 0);
}

#[tokio::test]
async fn what_the_platform_says_reaches_the_worker() {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = weixin::sandbox::Fault::code(40164);
    sandbox.inject_fault("get_stable_access_token", fault).unwrap();
    let server = Server::start(&sandbox);
    let worker = server.worker(&sandbox, "open sesame");
    let error = worker.access_token().await.expect_err("the platform refuses");
    assert_eq!(error.code().map(|code| code.0), Some(40164));
    assert!(!format!("{error:?}").contains(sandbox.secret()));
}
