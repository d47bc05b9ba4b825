//! Answers that are no reply, and some that are: the sandbox reads them as strictly as the platform.

use weixin::callback::Reply;
use weixin::sandbox::{CallbackTarget, PushReport, Sandbox};
use weixin::ErrorKind;

use super::loopback::{Server, KEY};

/// What becomes of an answer to a text message.
async fn answered(
    sandbox: &Sandbox,
    body: &str,
    mode: impl Fn(CallbackTarget) -> CallbackTarget,
) -> PushReport {
    let server = Server::script([(200, body)]).await;
    sandbox.set_callback(mode(server.target())).unwrap();
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    assert_eq!(report.attempts().len(), 1, "an answer ends the deliveries, whatever it says");
    report
}

fn text(to: &str, from: &str, time: &str, rest: &str) -> String {
    format!(
        "<xml><ToUserName>{to}</ToUserName><FromUserName>{from}</FromUserName>\
         <CreateTime>{time}</CreateTime>{rest}</xml>"
    )
}

#[tokio::test]
async fn answers_that_are_no_reply() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let (account, hello) = ("gh_sandbox0000", "<MsgType>text</MsgType><Content>hi</Content>");
    let good = text("o1", account, "1", hello);
    assert_eq!(answered(&sandbox, &good, |target| target).await.reply(), Some(&Reply::text("hi")));
    for (body, why) in [
        ("OK".to_owned(), "neither XML nor JSON"),
        (" ".to_owned(), "neither XML nor JSON"),
        ("<xml><ToUserName>".to_owned(), "can't be read"),
        (format!("<!DOCTYPE xml>{good}"), "can't be read"),
        (r#"{"ToUserName": "o1"}"#.to_owned(), "format"),
        (text(account, "o1", "1", hello), "`ToUserName` is not the user"),
        (text("o1", "gh_other", "1", hello), "`FromUserName` not the account"),
        (text("o1", account, "now", hello), "`CreateTime`"),
        (text("o1", account, "1", "<MsgType>text</MsgType>"), "does not fit"),
        (text("o1", account, "1", "<MsgType>text</MsgType><content>hi</content>"), "does not fit"),
        (text("o1", account, "1", "<MsgType>sticker</MsgType>"), "`MsgType`"),
        (text("o1", account, "1", "<MsgType>image</MsgType><Image><MediaId>x</MediaId></Image>"), "media id"),
        ("<xml><Encrypt>AAAA</Encrypt></xml>".to_owned(), "mode is plain"),
    ] {
        let report = answered(&sandbox, &body, |target| target).await;
        let error = report.error().unwrap_or_else(|| panic!("{body}: {report:?}"));
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(why), "{body}: {error}");
        assert!(report.reply().is_none() && report.clone().into_reply().is_err());
    }
    assert_eq!(sandbox.sent_messages("o1").len(), 1, "only the good one");
}

#[tokio::test]
async fn encrypted_answers_must_be_genuine() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let good = text("o1", "gh_sandbox0000", "1", "<MsgType>text</MsgType><Content>hi</Content>");
    let report = answered(&sandbox, &good, |target| target.encrypted(KEY)).await;
    assert!(report.error().is_some_and(|error| error.to_string().contains("not encrypted")));
    assert!(answered(&sandbox, &good, |target| target.compatible(KEY)).await.reply().is_some());
    for word in ["success", ""] {
        assert!(answered(&sandbox, word, |target| target.encrypted(KEY)).await.error().is_none());
    }

    let platform = crate::platform::Platform {
        token: super::loopback::TOKEN.to_owned(),
        app_id: "wx_sandbox".to_owned(),
        key: KEY.to_owned(),
        ..Default::default()
    };
    let sealed = platform.seal(&platform.content(good.as_bytes()));
    let sign = |sealed: &str| crate::platform::sign(&[&platform.token, "17", "n", sealed]);
    let body = |sealed: &str, signature: &str| {
        format!(
            "<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signature}</MsgSignature>\
             <TimeStamp>17</TimeStamp><Nonce>n</Nonce></xml>"
        )
    };
    let encrypted = |target: CallbackTarget| target.encrypted(KEY);
    let report = answered(&sandbox, &body(&sealed, &sign(&sealed)), encrypted).await;
    assert_eq!(report.reply(), Some(&Reply::text("hi")), "{report:?}");
    let report = answered(&sandbox, &body(&sealed, &sign("")), encrypted).await;
    assert!(report.error().is_some_and(|error| error.to_string().contains("MsgSignature")));

    let other = crate::platform::Platform { app_id: "wx_other".to_owned(), ..platform.clone() };
    let foreign = other.seal(&other.content(good.as_bytes()));
    let report = answered(&sandbox, &body(&foreign, &sign(&foreign)), encrypted).await;
    assert!(report.error().is_some_and(|error| error.to_string().contains("can't be decrypted")));
}

/// A transfer to customer service is a good answer, but nothing that the user reads.
#[tokio::test]
async fn a_transfer_is_no_message() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let body = text("o1", "gh_sandbox0000", "1", "<MsgType>transfer_customer_service</MsgType>");
    let report = answered(&sandbox, &body, |target| target).await;
    assert!(matches!(report.reply(), Some(Reply::TransferCustomerService(_))), "{report:?}");
    assert!(sandbox.sent_messages("o1").is_empty());
}

/// The limits of every reply count, as the documentation gives them.
#[tokio::test]
async fn replies_within_their_limits() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let reply = |kind: &str, inner: &str| {
        text("o1", "gh_sandbox0000", "1", &format!("<MsgType>{kind}</MsgType>{inner}"))
    };
    let said = |content: &str| reply("text", &format!("<Content><![CDATA[{content}]]></Content>"));
    let item = "<item><Title>t</Title><Description>d</Description><PicUrl>p</PicUrl><Url>u</Url></item>";
    let news = |count: usize| {
        reply(
            "news",
            &format!("<ArticleCount>{count}</ArticleCount><Articles>{}</Articles>", item.repeat(count)),
        )
    };
    for good in [said(&"x".repeat(2048)), said(&"字".repeat(682)), news(1), news(8)] {
        let report = answered(&sandbox, &good, |target| target).await;
        assert!(report.reply().is_some(), "{report:?}");
    }
    for (bad, why) in [
        (said(&"x".repeat(2049)), "`Content`"),
        (said(&"字".repeat(683)), "`Content`"),
        (said(""), "it is empty"),
        (news(9), "`Articles.item`"),
        (reply("image", "<Image><MediaId></MediaId></Image>"), "it is empty"),
    ] {
        let report = answered(&sandbox, &bad, |target| target).await;
        let error = report.error().unwrap_or_else(|| panic!("{bad}: {report:?}"));
        assert!(error.to_string().contains(why), "{bad}: {error}");
    }
}
