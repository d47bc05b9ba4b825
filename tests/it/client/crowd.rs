//! How many calls are under way at once: what holds a place, and what does not.
//! The server keeps its responses back until it has counted.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{ready, Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_core::Stream;
use tokio::io::{AsyncRead, ReadBuf};
use weixin::access_token::GetStableAccessToken;
use weixin::image::ImageSource;
use weixin::media::{GetJssdkMedia, UploadImage};
use weixin::network::GetCallbackIp;
use weixin::ocr::RecognizeIdCard;
use weixin::voice::{TranslateContent, VoiceLang};
use weixin::{BoxFuture, Client, Download, ErrorKind, FilePart, Grant, TicketKind, TokenSource};

use crate::account::{client, failed, plain, Fixed, TOKEN};
use crate::server::{Answer, Gate, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const STABLE: &str = r#"{"access_token":"81_s3cr3t-A","expires_in":7200}"#;

fn bounded(server: &Server, calls: usize) -> Client {
    plain(server).token_provider(Fixed::new(TOKEN)).max_concurrent_calls(calls).build().unwrap()
}

/// Makes so many calls at once, with a token to be fetched first; gives the number of connections.
async fn first_calls(calls: usize) -> usize {
    let gate = Gate::new();
    let held = gate.clone();
    let under_way = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&under_way);
    let server = Server::answering(move |_, seen| {
        if seen.path() == "/cgi-bin/stable_token" {
            return Answer::json(STABLE);
        }
        counter.fetch_add(1, Ordering::SeqCst);
        Answer::json(IPS).behind(&held)
    })
    .await;
    let client = plain(&server).timeout(Duration::from_secs(300)).build().unwrap();
    let calls: Vec<_> =
        (0..calls).map(|_| tokio::spawn(client.get_callback_ip(GetCallbackIp::new()))).collect();
    server.saw(1 + 128).await;
    // Whoever was let in too early would be here by now: the others need no more than a few turns.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(under_way.load(Ordering::SeqCst), 128);
    gate.open();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    1 + server.seen().iter().map(|seen| seen.connection).max().unwrap()
}

#[tokio::test]
async fn a_thousand_first_calls_open_few_connections() {
    let connections = first_calls(1000).await;
    assert!(connections <= 200, "{connections}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_calls_on_several_threads_open_few_connections() {
    let connections = first_calls(500).await;
    assert!(connections <= 200, "{connections}");
}

/// A form may carry no file, and a raw body may be a text: then it is a call like others, and has their limit.
#[tokio::test]
async fn a_call_that_is_no_transfer_ends_in_time() {
    let server = Server::answering(|_, _| Answer::hang()).await;
    let client = plain(&server).token_provider(Fixed::new(TOKEN)).timeout(Duration::from_millis(200));
    let client = client.idle_timeout(Duration::from_secs(3600)).max_retries(0).build().unwrap();
    let picture = RecognizeIdCard::new(ImageSource::Url("https://example.com/a.jpg".to_owned()));
    let text = TranslateContent::new(VoiceLang::Chinese, VoiceLang::English, "你好");
    let ends = Duration::from_secs(60);
    let picture = tokio::time::timeout(ends, client.recognize_id_card(picture)).await.expect("an end");
    assert_eq!(failed(picture).kind(), ErrorKind::Timeout);
    let text = tokio::time::timeout(ends, client.translate_content(text)).await.expect("an end");
    assert_eq!(failed(text).kind(), ErrorKind::Timeout);
    // A file may take as long as it moves.
    let moving = client.upload_image(UploadImage::new(FilePart::bytes("a.jpg", vec![0xff, 0xd8, 0xff])));
    let moving = tokio::time::timeout(Duration::from_millis(600), moving).await;
    assert!(moving.is_err(), "{moving:?}");
}

#[tokio::test]
async fn waiting_for_a_place_is_no_silence_of_an_upload() {
    let gate = Gate::new();
    let held = gate.clone();
    let server = Server::answering(move |_, seen| match seen.path() {
        "/cgi-bin/getcallbackip" => Answer::json(IPS).behind(&held),
        _ => Answer::json(r#"{"url":"U"}"#),
    })
    .await;
    let idle = Duration::from_secs(1);
    let client = plain(&server).token_provider(Fixed::new(TOKEN)).idle_timeout(idle);
    let client = client.max_concurrent_calls(1).build().unwrap();
    let first = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
    server.saw(1).await;
    let upload = UploadImage::new(FilePart::bytes("a.jpg", vec![0xff, 0xd8, 0xff]));
    let second = tokio::spawn(client.upload_image(upload));
    tokio::time::sleep(idle + idle / 4).await;
    assert!(!second.is_finished());
    gate.open();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
}

#[tokio::test]
async fn open_downloads_hold_no_place() {
    let server = Server::answering(|_, seen| match seen.path() {
        "/cgi-bin/media/get/jssdk" => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 100\r\n\r\n\u{1}begin";
            Answer::raw(head).then_hang()
        }
        _ => Answer::json(IPS),
    })
    .await;
    let client = client(&server);
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(client.get_jssdk_media(GetJssdkMedia::new("M")).await.unwrap());
    }
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(open.len(), 200);
}

/// A download as something to read from.
struct Reading(Download, Bytes);

impl AsyncRead for Reading {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.1.is_empty() {
            match ready!(Pin::new(&mut self.0).poll_next(cx)) {
                Some(Ok(chunk)) => self.1 = chunk,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.1.len().min(out.remaining());
        out.put_slice(&self.1[..length]);
        self.1.advance(length);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_download_can_be_piped_into_an_upload_of_the_only_place() {
    let server = Server::answering(|_, seen| match seen.path() {
        "/cgi-bin/media/get/jssdk" => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\n\r\n\u{1}be";
            Answer::raw(head).then("gin").then("end")
        }
        _ => Answer::json(r#"{"url":"U"}"#),
    })
    .await;
    let client = bounded(&server, 1);
    let source = client.clone();
    let part = FilePart::stream("a.jpg", 9, move || {
        let download = source.get_jssdk_media(GetJssdkMedia::new("M"));
        async move { Ok(Reading(download.await.map_err(io::Error::other)?, Bytes::new())) }
    });
    let call = client.upload_image(UploadImage::new(part)).timeout(Duration::from_secs(60));
    assert_eq!(call.await.unwrap().url, "U");
    let seen = server.seen();
    let body = String::from_utf8_lossy(&seen[1].body).into_owned();
    assert!(body.contains("\r\n\r\n\u{1}beginend\r\n--"), "{body}");
}

/// Asks the platform through the very client whose tokens it provides.
struct Circular(Arc<OnceLock<Client>>);

impl TokenSource for Circular {
    fn fetch(&self, _force: bool) -> BoxFuture<'static, weixin::Result<Grant>> {
        let call = self.0.get().expect("the client is built").send(GetStableAccessToken::new());
        Box::pin(async move { Ok(Grant::new(call.await?.access_token, Duration::from_secs(7200))) })
    }
}

#[tokio::test]
async fn a_source_may_use_the_client_that_waits_for_it() {
    let server = Server::answering(|_, seen| match seen.path() {
        "/cgi-bin/stable_token" => Answer::json(STABLE),
        "/cgi-bin/ticket/getticket" => {
            Answer::json(r#"{"errcode":0,"errmsg":"ok","ticket":"81_s3cr3t-T","expires_in":7200}"#)
        }
        _ => Answer::json(IPS),
    })
    .await;
    let cell = Arc::new(OnceLock::new());
    let client = plain(&server).token_source(Circular(Arc::clone(&cell))).max_concurrent_calls(1);
    let client = client.build().unwrap();
    cell.set(client.clone()).unwrap();
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(client.get_callback_ip(GetCallbackIp::new()))).collect();
    assert_eq!(client.ticket(TicketKind::Jsapi).await.unwrap().expose(), "81_s3cr3t-T");
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 1 + 1 + 5);
}

#[tokio::test]
async fn what_fetches_a_ticket_waits_for_no_call() {
    let gate = Gate::new();
    let held = gate.clone();
    let server = Server::answering(move |_, seen| match seen.path() {
        "/cgi-bin/ticket/getticket" => {
            Answer::json(r#"{"errcode":0,"errmsg":"ok","ticket":"81_s3cr3t-T","expires_in":7200}"#)
        }
        _ => Answer::json(IPS).behind(&held),
    })
    .await;
    let client = bounded(&server, 1);
    let call = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
    server.saw(1).await;
    client.ticket(TicketKind::Jsapi).await.unwrap();
    gate.open();
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn waiting_counts_into_the_timeout() {
    let server = Server::start([Answer::hang()]).await;
    let client = bounded(&server, 1);
    let first = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
    server.saw(1).await;
    let call = client.get_callback_ip(GetCallbackIp::new()).timeout(Duration::from_millis(50));
    assert_eq!(failed(call.await).kind(), ErrorKind::Timeout);
    assert_eq!(server.count(), 1);
    // Who gives up gives its place back.
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let call = client.get_callback_ip(GetCallbackIp::new());
    // The script is at its end; that there is a response is what counts.
    assert_eq!(failed(call.await).status(), Some(599));
}
