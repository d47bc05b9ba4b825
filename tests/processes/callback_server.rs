//! The example `callback_server` as a process of its own: what it shows, and what it serves to a sandbox.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use weixin::callback::Reply;
use weixin::qrcode::{CreateQrcode, QrAction};
use weixin::sandbox::{CallbackTarget, Sandbox};

const VARIABLES: [&str; 4] = ["WEIXIN_TOKEN", "WEIXIN_APPID", "WEIXIN_AES_KEY", "CALLBACK_LISTEN"];
const TOKEN: &str = "sesame";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn command() -> Command {
    let mut command = Command::new(crate::program::example("callback_server"));
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

#[test]
fn it_shows_the_whole_loop() {
    let Output { status, stdout, .. } = command().output().unwrap();
    let shown = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let order = "reply: Some(Text(TextReply { content: \"Your order 123 is on its way.\" }))";
    let begins = [
        "WEIXIN_TOKEN, ",
        "The server answers for its URL.",
        "code: http://weixin.qq.com/q/",
        "event: Subscribe(Subscribe { event_key: \"qrscene_123\", ticket: \"gQ",
        order,
        "event: Scan(Scan { event_key: \"123\", ticket: \"gQ",
        order,
        "message: Some(Text(TextMessage { content: \"Where is it?\", ",
        "reply: Some(Text(TextReply { content: \"You said: Where is it?\" }))",
        "phone: Your order 123 is on its way.",
        "phone: Your order 123 is on its way.",
        "phone: You said: Where is it?",
    ];
    assert_eq!(lines.len(), begins.len(), "{shown}");
    for (line, begin) in lines.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line:?} does not begin with {begin:?}");
    }
}

struct Server {
    process: Child,
    url: String,
    /// What else it prints. Kept open, since nobody can print into a closed pipe.
    _printed: BufReader<ChildStdout>,
}

impl Server {
    fn start(app_id: &str) -> Self {
        let mut command = command();
        command.env("WEIXIN_TOKEN", TOKEN).env("WEIXIN_APPID", app_id).env("WEIXIN_AES_KEY", KEY);
        let mut process = command.env("CALLBACK_LISTEN", "127.0.0.1:0").spawn().unwrap();
        let mut line = String::new();
        let mut printed = BufReader::new(process.stdout.take().unwrap());
        printed.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("serving ").expect("the address").to_owned();
        Self { process, url, _printed: printed }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn it_serves_what_an_account_pushes() {
    let sandbox = Sandbox::start().await.unwrap();
    let server = Server::start(sandbox.app_id());
    sandbox.set_callback(CallbackTarget::new(&server.url, TOKEN).encrypted(KEY)).unwrap();
    sandbox.verify_callback().await.unwrap();
    let request = CreateQrcode::new(QrAction::limit_str_scene("A-7"));
    let code = sandbox.client().unwrap().create_qrcode(request).await.unwrap();
    let report = sandbox.scan(&code.ticket, "o2").await.unwrap();
    assert_eq!(report.reply(), Some(&Reply::text("Your order A-7 is on its way.")));
    let report = sandbox.click_menu("o2", "key").await.unwrap();
    assert!(report.reply().is_none() && report.error().is_none(), "{report:?}");

    sandbox.set_callback(CallbackTarget::new(&server.url, TOKEN)).unwrap();
    let report = sandbox.push_user_text("o2", "in the clear").await.unwrap();
    assert_eq!(report.error().and_then(|error| error.status()), Some(403));
}
