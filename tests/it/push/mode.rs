//! The three modes in both formats, from the code that is scanned to the reply that the user reads; and what the
//! requests look like.

use serde_json::Value;
use weixin::callback::{Event, Receiver, Reply};
use weixin::qrcode::{CreateQrcode, QrScene};
use weixin::sandbox::{CallbackTarget, Sandbox, SentKind};
use weixin::ErrorKind;

use super::loopback::{Seen, Server, KEY, TOKEN};
use crate::platform::{sign, Platform};

const APP_ID: &str = "wx_sandbox";
const WORDS: &str = "回复 ]]> & <b>\n😀";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Plain,
    Compatible,
    Encrypted,
}

impl Mode {
    fn receiver(self) -> Receiver {
        let builder = Receiver::builder(TOKEN);
        let builder = match self {
            Self::Plain => builder,
            Self::Compatible => builder.compatible(APP_ID, KEY),
            Self::Encrypted => builder.encrypted(APP_ID, KEY),
        };
        builder.build().unwrap()
    }

    fn target(self, target: CallbackTarget) -> CallbackTarget {
        match self {
            Self::Plain => target,
            Self::Compatible => target.compatible(KEY),
            Self::Encrypted => target.encrypted(KEY),
        }
    }
}

#[tokio::test]
async fn the_loop_closes_in_every_mode_and_format() {
    for mode in [Mode::Plain, Mode::Compatible, Mode::Encrypted] {
        for json in [false, true] {
            let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
            let seen = Seen::default();
            let server = Server::responder(seen.responder(mode.receiver(), Some(Reply::text(WORDS)))).await;
            let target = mode.target(server.target());
            sandbox.set_callback(if json { target.json() } else { target }).unwrap();
            sandbox.verify_callback().await.unwrap();

            let request = CreateQrcode::new(QrScene::new(42).expire_seconds(60));
            let code = sandbox.client().unwrap().create_qrcode(request).await.unwrap();
            let report = sandbox.scan(&code.ticket, "o1").await.unwrap();

            assert!(report.error().is_none(), "{mode:?}, JSON {json}: {report:?}");
            assert_eq!(report.attempts().len(), 1);
            assert_eq!(report.attempts()[0].status(), Some(200));
            assert_eq!(report.reply(), Some(&Reply::text(WORDS)));
            let pushes = seen.pushes();
            let Some(Event::Scan(scan)) = &pushes[0].event else { panic!("not a scan: {pushes:?}") };
            assert_eq!(
                (scan.event_key.as_str(), scan.ticket.as_ref().map(AsRef::as_ref)),
                ("42", Some(code.ticket.as_str()))
            );
            assert_eq!(pushes[0].from_user_name, "o1");
            let sent = sandbox.sent_messages("o1");
            assert_eq!((sent.len(), sent[0].kind(), sent[0].text()), (1, SentKind::Reply, Some(WORDS)));
            assert_eq!(sent[0].body()["MsgType"], "text");

            let arrived = server.arrived();
            assert_eq!(arrived.len(), 2, "the check of the URL and one delivery");
            assert_eq!(arrived[1].content_type, if json { "application/json" } else { "text/xml" });
            assert_eq!(arrived[1].body.starts_with('{'), json);
            assert_eq!(arrived[1].body.contains("CreateTime"), mode != Mode::Encrypted);
            assert_eq!(arrived[1].body.contains("Encrypt"), mode != Mode::Plain);
        }
    }
}

/// A text message in plain mode, byte for byte.
#[tokio::test]
async fn a_plain_push_is_written_as_the_platform_writes_it() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let server = Server::script([(200, "success"), (200, "")]).await;
    let now = sandbox.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();

    sandbox.set_callback(server.target()).unwrap();
    assert!(sandbox.push_user_text("o1", "a ]]> b").await.unwrap().reply().is_none());
    sandbox.set_callback(server.target().json()).unwrap();
    assert!(sandbox.push_user_text("o1", "\"你好\"").await.unwrap().error().is_none());

    let arrived = server.arrived();
    let id = arrived[0].body.split_once("<MsgId>").unwrap().1.split_once("</MsgId>").unwrap().0;
    assert!(id.parse::<u64>().is_ok_and(|id| id > 0), "{id}");
    let xml = format!(
        "<xml><ToUserName><![CDATA[gh_sandbox0000]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>\
         <CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>\
         <Content><![CDATA[a ]]]]><![CDATA[> b]]></Content><MsgId>{id}</MsgId></xml>"
    );
    assert_eq!(arrived[0].body, xml);
    let json: Value = serde_json::from_str(&arrived[1].body).unwrap();
    assert!(json["MsgId"].is_u64() && json["CreateTime"] == now && json["Content"] == "\"你好\"", "{json}");
    assert!(json["MsgId"] != id.parse::<u64>().unwrap(), "each message has a number of its own");

    let query = &arrived[0];
    assert_eq!(query.query("signature"), sign(&[TOKEN, query.query("timestamp"), query.query("nonce")]));
    assert_eq!((query.query("openid"), query.query("timestamp")), ("o1", now.to_string().as_str()));
    assert_eq!((query.query("encrypt_type"), query.query("msg_signature")), ("", ""));
}

/// What openssl makes of an encrypted push.
#[tokio::test]
async fn an_encrypted_push_is_signed_and_sealed() {
    let sandbox = Sandbox::builder().followers(["oSealedFollower"]).start().await.unwrap();
    for json in [false, true] {
        let server = Server::script([(200, "success")]).await;
        let target = server.target().encrypted(KEY);
        sandbox.set_callback(if json { target.json() } else { target }).unwrap();
        assert!(sandbox.click_menu("oSealedFollower", "today").await.unwrap().error().is_none());

        let push = &server.arrived()[0];
        let (before, after) = if json { ("\"Encrypt\":\"", "\"") } else { ("<Encrypt><![CDATA[", "]]>") };
        let sealed = push.body.split_once(before).unwrap().1.split_once(after).unwrap().0;
        let platform = Platform {
            token: TOKEN.to_owned(),
            app_id: APP_ID.to_owned(),
            key: KEY.to_owned(),
            ..Platform::default()
        };
        let (time, nonce) = (push.query("timestamp"), push.query("nonce"));
        let opened = platform.open(sealed, push.query("msg_signature"), time, nonce);
        assert!(opened.contains("CLICK") && opened.contains("today"), "{opened}");
        assert_eq!(opened.starts_with('{'), json);
        assert!(!push.body.contains("oSealedFollower") && !push.body.contains("CLICK"), "{}", push.body);
        assert_eq!((push.query("encrypt_type"), push.query("openid")), ("aes", "oSealedFollower"));
        assert_eq!(push.query("signature"), sign(&[TOKEN, time, nonce]));
    }
}

#[tokio::test]
async fn the_check_of_the_url_wants_the_echo() {
    let sandbox = Sandbox::start().await.unwrap();
    let nothing = sandbox.verify_callback().await.expect_err("no callback");
    assert_eq!(nothing.kind(), ErrorKind::Config);

    let wrong = Receiver::builder("another").build().unwrap();
    let server = Server::responder(Seen::default().responder(wrong, None)).await;
    sandbox.set_callback(server.target()).unwrap();
    let refused = sandbox.verify_callback().await.expect_err("another token");
    assert_eq!((refused.kind(), refused.status()), (ErrorKind::Status, Some(403)));

    let server = Server::script([(200, "hello")]).await;
    sandbox.set_callback(server.target()).unwrap();
    assert_eq!(sandbox.verify_callback().await.expect_err("no echo").kind(), ErrorKind::Decode);
    let check = &server.arrived()[0];
    assert_eq!(check.method, "GET");
    assert_eq!(check.query("signature"), sign(&[TOKEN, check.query("timestamp"), check.query("nonce")]));
    assert!(!check.query("echostr").is_empty());
}

#[tokio::test]
async fn what_the_platform_would_not_save_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = "http://127.0.0.1:1/callback";
    for target in [
        CallbackTarget::new("127.0.0.1/callback", TOKEN),
        CallbackTarget::new("ftp://127.0.0.1/callback", TOKEN),
        CallbackTarget::new(url, "to"),
        CallbackTarget::new(url, "a token"),
        CallbackTarget::new(url, "t".repeat(33)),
        CallbackTarget::new(url, TOKEN).encrypted(&KEY[1..]),
        CallbackTarget::new(url, TOKEN).compatible(""),
    ] {
        let error = sandbox.set_callback(target).expect_err("it can't be right");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!error.to_string().contains(&KEY[1..]));
    }
    let target = CallbackTarget::new("https://user:pass@example.com/", "sesame").encrypted(KEY);
    let shown = format!("{target:?}");
    assert!(!shown.contains("sesame") && !shown.contains(KEY) && !shown.contains("pass"), "{shown}");
}

/// A callback URL may have parameters of its own.
#[tokio::test]
async fn the_query_of_the_url_is_kept() {
    let (sandbox, seen) = (Sandbox::builder().followers(["o1"]).start().await.unwrap(), Seen::default());
    let server = Server::responder(seen.responder(Mode::Encrypted.receiver(), None)).await;
    let target = CallbackTarget::new(format!("{}?shop=7", server.url), TOKEN).encrypted(KEY);
    sandbox.set_callback(target).unwrap();
    assert!(sandbox.push_user_text("o1", "hi").await.unwrap().error().is_none());
    assert_eq!(server.arrived()[0].query("shop"), "7");
    assert_eq!(seen.pushes().len(), 1);
}
