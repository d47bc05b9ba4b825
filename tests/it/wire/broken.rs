//! Connections that break before a response begins: what is sent again, how often, and over which connection.
//! Refused tokens and a busy platform are tested in `replay.rs`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use weixin::custom_message::{CustomText, SendCustomMessage};
use weixin::media::{GetJssdkMedia, UploadImage};
use weixin::network::GetCallbackIp;
use weixin::qrcode::{CreateQrcode, QrAction};
use weixin::transport::{Hyper, Reqwest};
use weixin::{Client, Error, ErrorCode, ErrorKind, FilePart};

use crate::account::{client, failed, plain, Fixed, Fresh, Listed, Log, SECRET, TOKEN};
use crate::server::{Answer, Seen, Server};

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;
const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const CODE: &str = r#"{"ticket":"T","url":"U"}"#;
const STABLE: &str = r#"{"access_token":"81_s3cr3t-A","expires_in":7200}"#;

fn message() -> SendCustomMessage {
    SendCustomMessage::new("OPENID", CustomText::new("x"))
}

fn refusal(code: i64) -> Answer {
    Answer::json(format!(r#"{{"errcode":{code},"errmsg":"refused"}}"#))
}

/// A server whose connections are good for one request each: the next one finds them closed.
async fn forgetful(answer: impl Fn(&Seen) -> Answer + Send + 'static) -> Server {
    let used = Mutex::new(HashSet::new());
    Server::answering(move |_, seen| {
        if used.lock().unwrap().insert(seen.connection) {
            answer(seen)
        } else {
            Answer::close()
        }
    })
    .await
}

#[tokio::test]
async fn the_failure_of_a_reused_connection_reaches_no_idempotent_call() {
    let server = forgetful(|_| Answer::json(IPS)).await;
    let client = client(&server);
    for _ in 0..200 {
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    }
}

#[tokio::test]
async fn not_even_if_all_connections_are_stale() {
    let server =
        forgetful(|seen| if seen.method() == "POST" { Answer::json(CODE) } else { Answer::json(IPS) }).await;
    let client = client(&server);
    for _ in 0..3 {
        let calls: Vec<_> =
            (0..20).map(|_| tokio::spawn(client.get_callback_ip(GetCallbackIp::new()))).collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
    }
    // A POST that the spec calls idempotent.
    client.create_qrcode(CreateQrcode::new(QrAction::limit_scene(1))).await.unwrap();
}

#[tokio::test]
async fn fetches_of_tokens_are_sent_again_too() {
    let server = forgetful(|seen| match seen.path() {
        "/cgi-bin/stable_token" => Answer::json(STABLE),
        _ => Answer::json(IPS),
    })
    .await;
    // The connection that it leaves behind is dead.
    let first = client(&server);
    first.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let client = Client::builder("wx_other", SECRET).base_url(server.url());
    let client = client.share_connections_with(&first).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let asked: Vec<_> = server.seen().iter().map(|seen| (seen.path().to_owned(), seen.connection)).collect();
    let (ips, token) = ("/cgi-bin/getcallbackip".to_owned(), "/cgi-bin/stable_token".to_owned());
    assert_eq!(asked[..3], [(ips, 0), (token.clone(), 0), (token, 1)]);
}

#[tokio::test]
async fn a_legacy_token_is_asked_for_once() {
    let server = Server::start([Answer::close()]).await;
    let client = plain(&server).legacy_token().build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(server.only().path(), "/cgi-bin/token");
}

#[tokio::test]
async fn a_message_is_never_sent_twice() {
    let server = forgetful(|_| Answer::json(OK)).await;
    let client = client(&server);
    client.send_custom_message(message()).await.unwrap();
    let error = failed(client.send_custom_message(message()).max_retries(5).await);
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(server.count(), 2);
    for status in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let server = Server::start([Answer::new(status, &[], "")]).await;
        failed(crate::account::client(&server).send_custom_message(message()).await);
        server.only();
    }
}

/// The one of the [`fates`] after which nothing more comes.
const HANGS: usize = 0;

/// What can become of a request that has arrived.
fn fates() -> Vec<Answer> {
    let cut = |bytes: &str| Answer::raw(bytes).then_close();
    let mut fates = vec![
        Answer::hang(),
        Answer::close(),
        cut("HTTP/1.1 2"),
        cut("HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"errcode\":"),
        cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"err\r\n"),
        cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        cut("HTTP/1.1 100 Continue\r\n\r\n"),
        cut("nonsense\r\n\r\n"),
        cut("\0\0\0\0"),
    ];
    for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
        fates.push(Answer::new(status, &[("Location", "/cgi-bin/message/custom/send")], "").then_close());
    }
    for status in ["408 Request Timeout", "421 Misdirected Request", "425 Too Early", "429 Too Many Requests"]
    {
        fates.push(Answer::new(status, &[("Retry-After", "0"), ("Connection", "close")], "").then_close());
    }
    fates
}

/// Whatever becomes of it, by which transport, over a new connection or a used one; and its place comes back.
#[tokio::test]
async fn a_message_arrives_once_whatever_breaks() {
    for number in 0..fates().len() {
        for (hyper, used) in [(false, false), (false, true), (true, false), (true, true)] {
            let server = Server::answering(move |count, _| {
                let fate = fates().swap_remove(number);
                if count == usize::from(used) {
                    fate
                } else {
                    Answer::json(OK)
                }
            })
            .await;
            let client = plain(&server).token_provider(Fixed::new(TOKEN)).max_concurrent_calls(1);
            let client = match hyper {
                true => client.transport(Hyper::builder().build().unwrap()),
                false => client.transport(Reqwest::builder().build().unwrap()),
            };
            let client = client.build().unwrap();
            let case = format!("fate {number}, hyper {hyper}, used {used}");
            if used {
                client.send_custom_message(message()).await.unwrap();
            }
            let call = tokio::spawn(client.send_custom_message(message()).max_retries(5));
            server.saw(1 + usize::from(used)).await;
            if number == HANGS {
                call.abort();
                assert!(call.await.unwrap_err().is_cancelled(), "{case}");
            } else {
                failed(call.await.unwrap());
            }
            assert_eq!(server.count(), 1 + usize::from(used), "{case}");
            client.send_custom_message(message()).await.unwrap();
            assert_eq!(server.count(), 2 + usize::from(used), "{case}");
        }
    }
}

#[tokio::test]
async fn connections_that_end_before_the_servers_do_never_break_a_message() {
    let server = forgetful(|_| Answer::json(OK)).await;
    let client = plain(&server).token_provider(Fixed::new(TOKEN)).pool_idle_timeout(Duration::ZERO);
    let client = client.build().unwrap();
    let mut failures = 0;
    for _ in 0..200 {
        failures += usize::from(client.send_custom_message(message()).await.is_err());
    }
    assert_eq!((failures, server.count()), (0, 200));
}

#[tokio::test]
async fn a_gateway_is_given_a_second_chance() {
    for status in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let server = Server::start([Answer::new(status, &[], "<html>nginx</html>"), Answer::json(IPS)]).await;
        client(&server).get_callback_ip(GetCallbackIp::new()).await.unwrap();
        let server = Server::start([
            Answer::new(status, &[], "<html>nginx</html>"),
            Answer::json(STABLE),
            Answer::json(IPS),
        ])
        .await;
        plain(&server).build().unwrap().get_callback_ip(GetCallbackIp::new()).await.unwrap();
        // Once.
        let server = Server::answering(move |_, _| Answer::new(status, &[], "")).await;
        let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
        assert_eq!((error.kind(), server.count()), (ErrorKind::Status, 2));
    }
    // An error code within it is the platform's own word.
    let coded = Answer::new("502 Bad Gateway", &[], r#"{"errcode":40013,"errmsg":"invalid appid"}"#);
    let server = Server::start([coded]).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode(40013)));
    server.only();
}

#[tokio::test]
async fn a_download_is_asked_for_again_too() {
    let media = || Answer::of_type("image/jpeg", "\u{1}picture");
    for first in [Answer::close(), Answer::new("502 Bad Gateway", &[], "")] {
        let server = Server::start([first, media()]).await;
        let download = client(&server).get_jssdk_media(GetJssdkMedia::new("M")).await.unwrap();
        assert_eq!(&download.bytes().await.unwrap()[..], b"\x01picture");
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn each_reason_to_send_again_counts_once() {
    let log = Log::default();
    let server = Server::start([Answer::close(), refusal(42001), refusal(-1), Answer::json(IPS)]).await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &log);
    plain(&server).token_source(source).build().unwrap().get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(server.count(), 4);
    let server = Server::start([Answer::close(), refusal(42001), Answer::close()]).await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &log);
    let client = plain(&server).token_source(source).build().unwrap();
    assert_eq!(failed(client.get_callback_ip(GetCallbackIp::new()).await).kind(), ErrorKind::Transport);
    assert_eq!(server.count(), 3);
}

/// Answers as soon as it has the head of a request. Of an upload it never reads the rest.
pub async fn hasty(answer: &'static str) -> (String, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        for connection in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let mut read = Vec::new();
                loop {
                    while !read.windows(4).any(|window| window == b"\r\n\r\n") {
                        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    log.lock().unwrap().push(connection);
                    let response =
                        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}", answer.len());
                    let _ = stream.write_all(response.as_bytes()).await;
                    if read.starts_with(b"POST /cgi-bin/media/uploadimg") {
                        std::future::pending::<()>().await;
                    }
                    // The body of a message came with its head.
                    read.clear();
                }
            });
        }
    });
    (url, seen)
}

#[tokio::test]
async fn an_upload_that_was_answered_early_breaks_no_other_call() {
    let (url, seen) = hasty(r#"{"errcode":40009,"errmsg":"invalid image size"}"#).await;
    let client = Client::builder("wx_appid", SECRET).base_url(url).token_provider(Fixed::new(TOKEN));
    let client = client.build().unwrap();
    for _ in 0..3 {
        let large = FilePart::bytes("a.jpg", vec![1; 1 << 20]);
        let error = failed(client.upload_image(UploadImage::new(large)).await);
        assert_eq!(error.code(), Some(ErrorCode(40009)), "{error:?}");
        let error = failed(client.send_custom_message(message()).await);
        assert_eq!(error.code(), Some(ErrorCode(40009)), "{error:?}");
    }
    // Uploads have connections of their own, the messages share one.
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 1, 3, 1]);
}

#[tokio::test]
async fn a_stream_for_one_time_does_not_hide_the_refusal() {
    for code in [40001, 42001] {
        let log = Log::default();
        let server = Server::start([refusal(code)]).await;
        let provider = Listed::new([Ok("81_s3cr3t-1"), Ok("81_s3cr3t-2")], &log);
        let client = plain(&server).token_provider(provider).build().unwrap();
        let once = Mutex::new(Some(&b"picture"[..]));
        let part = FilePart::stream("a.jpg", 7, move || {
            let bytes = once.lock().unwrap().take();
            async move { bytes.ok_or_else(|| std::io::Error::other("only once")) }
        });
        let error = failed(client.upload_image(UploadImage::new(part)).await);
        assert_eq!(error.code(), Some(ErrorCode(code)), "{error}");
        server.only();
        // The refused token was told all the same.
        assert!(log.lines().contains(&"report 81_s3cr3t-1".to_owned()));
    }
}

#[tokio::test]
async fn what_the_platform_said_is_not_hidden_by_the_repeat() {
    let said = |error: Error| {
        assert_eq!(error.code(), Some(ErrorCode::SYSTEM_BUSY), "{error}");
        assert!(error.is_retryable());
    };
    let server = Server::start([refusal(-1), Answer::hang()]).await;
    let call = client(&server).get_callback_ip(GetCallbackIp::new()).timeout(Duration::from_millis(800));
    said(failed(call.await));
    let server = Server::start([refusal(-1), Answer::close(), Answer::close()]).await;
    said(failed(client(&server).get_callback_ip(GetCallbackIp::new()).await));
    assert_eq!(server.count(), 3);
    // A gateway's word too.
    let server = Server::start([Answer::new("502 Bad Gateway", &[], ""), Answer::hang()]).await;
    let call = client(&server).get_callback_ip(GetCallbackIp::new()).timeout(Duration::from_millis(300));
    assert_eq!(failed(call.await).status(), Some(502));
    // What was answered to the repeat is what counts.
    let server = Server::start([refusal(-1), refusal(45009)]).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode(45009)));
}

#[tokio::test]
async fn connecting_that_takes_too_long_is_no_connection() {
    // A queue of one that nobody empties: whoever comes later is left waiting.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await
    {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the queue has no end");
    }
    let client = Client::builder("wx_appid", SECRET).base_url(format!("http://{address}"));
    let client = client.connect_timeout(Duration::from_millis(100)).token_provider(Fixed::new(TOKEN));
    let error = failed(client.build().unwrap().get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.is_connect() && error.is_retryable());
}
