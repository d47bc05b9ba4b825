//! Downloads from a bare local server: what an answer is taken for, how it is read and saved, how it breaks.
//! Downloads through the client are tested in `tests/it/transfer.rs`.

use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{open, read_json, Body, Download};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::transport::default::default_transport;
use crate::wire::transport::settings::Settings;
use crate::wire::transport::{RequestBody, ResponseBody};

const CAP: usize = 1000;

/// What the server does when it has said everything.
#[derive(Clone, Copy)]
enum Then {
    Close,
    Stall,
}

/// The answer that the server gives, byte for byte.
async fn get(answer: impl Into<Vec<u8>>, then: Then) -> http::Response<ResponseBody> {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            socket.read_buf(&mut request).await.unwrap();
        }
        // The client may hang up under way: that is what some of the tests are about.
        let _ = socket.write_all(&answer).await;
        if let Then::Stall = then {
            // Until the client hangs up.
            let _ = socket.read_buf(&mut request).await;
        }
    });
    let transport = default_transport(Settings { direct: true, ..Settings::default() }).unwrap();
    transport.send(http::Request::get(url).body(RequestBody::empty()).unwrap()).await.unwrap()
}

fn sized(headers: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// The body in chunks of `size` bytes, with the closing chunk only if it is `whole`.
fn chunked(size: usize, body: &[u8], whole: bool) -> Vec<u8> {
    let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(size) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    if whole {
        out.extend_from_slice(b"0\r\n\r\n");
    }
    out
}

async fn opened(answer: Vec<u8>) -> Result<Body> {
    open("get_media", get(answer, Then::Close).await, None, CAP).await
}

async fn binary(answer: Vec<u8>) -> Download {
    match opened(answer).await.unwrap() {
        Body::Binary(download) => *download,
        Body::Json(json) => panic!("taken for JSON: {}", String::from_utf8_lossy(&json)),
    }
}

async fn json(answer: Vec<u8>) -> Vec<u8> {
    match opened(answer).await.unwrap() {
        Body::Json(json) => json,
        Body::Binary(download) => panic!("taken for a file: {download:?}"),
    }
}

async fn refused(answer: Vec<u8>) -> Error {
    match opened(answer).await {
        Err(error) => error,
        Ok(_) => panic!("taken for an answer"),
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

/// The names in a folder, hidden ones included.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_file_comes_as_it_is() {
    let bytes = pattern(300_000);
    let headers =
        "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=\"../二维码.jpg\"\r\n";
    let download = binary(sized(headers, bytes.len(), &bytes)).await;
    assert_eq!(download.content_type(), Some("image/jpeg"));
    assert_eq!(download.content_length(), Some(300_000));
    assert_eq!(download.filename(), Some("二维码.jpg"));
    assert_eq!(download.headers().len(), 3);
    assert_eq!(
        format!("{download:?}"),
        "Download { endpoint: \"get_media\", content_type: Some(\"image/jpeg\"), content_length: Some(300000), \
         filename: Some(\"二维码.jpg\"), received: 0, .. }"
    );
    assert!(download.bytes().await.unwrap() == bytes);
    let download = binary(chunked(7, &bytes, true)).await;
    assert_eq!((download.content_type(), download.content_length(), download.filename()), (None, None, None));
    assert!(download.bytes().await.unwrap() == bytes);
    assert_eq!(binary(sized("", 1, b"x")).await.bytes().await.unwrap(), "x");
}

#[tokio::test]
async fn json_is_known_whatever_its_type() {
    let envelope = r#"{"errcode":40007,"errmsg":"invalid media_id"}"#;
    for content_type in ["image/jpeg", "text/plain", "text/html", "application/json; encoding=utf-8"] {
        let answer = sized(&format!("Content-Type: {content_type}\r\n"), envelope.len(), envelope.as_bytes());
        assert_eq!(json(answer).await, envelope.as_bytes());
    }
    assert_eq!(json(chunked(1, envelope.as_bytes(), true)).await, envelope.as_bytes());
    // As it came, faults and all: cleaning is the reader's business.
    for body in [&b"\xef\xbb\xbf \r\n{\"video_url\":\"http:\\/\\/x\"} "[..], b"{\"a\":\"x\ny\xff\"}", b"{}"] {
        assert_eq!(json(sized("", body.len(), body)).await, body);
        assert_eq!(json(chunked(1, body, true)).await, body);
    }
    let mut largest = b"{\"a\":\"".to_vec();
    largest.resize(CAP - 2, b'x');
    largest.extend_from_slice(b"\"}");
    assert_eq!(json(sized("", CAP, &largest)).await, largest);
    assert_eq!(json(chunked(300, &largest, true)).await, largest);
}

#[tokio::test]
async fn a_brace_does_not_make_json() {
    let mut larger = b"{\"a\":\"".to_vec();
    larger.resize(CAP - 1, b'x');
    larger.extend_from_slice(b"\"}");
    let brace_only = [&b"{"[..], &pattern(50_000)].concat();
    for body in [
        &b"{"[..],
        b"{}x",
        b"{\\rtf1 text}",
        b"[{}]",
        b"1",
        b"<svg/>",
        b"<",
        b"\xef\xbb",
        &larger,
        &brace_only,
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(20)]);
        assert!(binary(sized("", body.len(), body)).await.bytes().await.unwrap() == body, "{shown}");
        assert!(binary(chunked(11, body, true)).await.bytes().await.unwrap() == body, "{shown}");
    }
}

#[tokio::test]
async fn what_is_neither_is_an_error() {
    for body in ["<!DOCTYPE html><html>", "\r\n <HTML><body>busy</body>", "\u{feff}<!doctype HTML>"] {
        for answer in [
            sized("Content-Type: image/jpeg\r\n", body.len(), body.as_bytes()),
            chunked(1, body.as_bytes(), true),
        ] {
            let error = refused(answer).await;
            assert_eq!(
                (error.kind(), error.endpoint(), error.status()),
                (ErrorKind::Decode, Some("get_media"), Some(200))
            );
            assert_eq!(error.message(), "expected a file, got an HTML page");
            assert!(body.starts_with(error.excerpt().unwrap()) || error.excerpt() == Some(body));
        }
    }
    let page = format!("<html>{}", "中".repeat(1000));
    let error = refused(sized("Content-Type: text/html\r\n", page.len(), page.as_bytes())).await;
    assert!(error.excerpt().unwrap().len() < 300);
    assert_eq!(error.content_type(), Some("text/html"));
    for answer in [sized("", 0, b""), chunked(1, b"", true), sized("", 2, b"\r\n")] {
        let error = refused(answer).await;
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.message(), "expected a file, got an empty response");
    }
    let error = refused(sized("", 16, b"{\"errcode\":40007")).await;
    assert_eq!((error.kind(), error.excerpt()), (ErrorKind::Decode, Some("{\"errcode\":40007")));
}

#[tokio::test]
async fn a_truncated_body_is_an_error() {
    let bytes = pattern(100_000);
    for answer in [sized("", 100_001, &bytes), chunked(1000, &bytes, false)] {
        let error = binary(answer.clone()).await.bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.endpoint()), (ErrorKind::Transport, Some("get_media")));
        let mut download = binary(answer).await;
        let mut read = 0;
        let error = loop {
            match download.chunk().await {
                Ok(chunk) => read += chunk.expect("the end is no good one").len(),
                Err(error) => break error,
            }
        };
        assert_eq!((read, error.kind()), (100_000, ErrorKind::Transport));
        // Whoever asks again must not take it for the end.
        assert_eq!(download.chunk().await.unwrap_err().kind(), ErrorKind::Transport);
        assert!(poll_fn(|cx| Pin::new(&mut download).poll_next(cx)).await.is_none());
    }
    // Before it is known what it is.
    for answer in [
        sized("", 9, b""),
        sized("", 9, b"{\"a\":1"),
        sized("", 9, b"  "),
        chunked(1, b"{\"errcode\"", false),
    ] {
        let error = refused(answer).await;
        assert_eq!((error.kind(), error.endpoint()), (ErrorKind::Transport, Some("get_media")));
    }
}

#[tokio::test]
async fn memory_is_capped() {
    let bytes = pattern(100_000);
    for answer in [sized("", 100_000, &bytes), chunked(30_000, &bytes, true)] {
        assert_eq!(binary(answer.clone()).await.bytes_up_to(100_000).await.unwrap(), bytes);
        for max in [0, 1, 50_000, 99_999] {
            let error = binary(answer.clone()).await.bytes_up_to(max).await.unwrap_err();
            assert_eq!((error.kind(), error.endpoint()), (ErrorKind::TooLarge, Some("get_media")));
        }
    }
    // An announced length is believed before anything is read, and never reserved blindly.
    let download = binary(sized("", 1 << 40, b"x")).await;
    let error = download.bytes().await.unwrap_err();
    assert_eq!(error.message(), "the file has 1099511627776 bytes; at most 67108864 are allowed");
    let error = binary(sized("", 1 << 40, b"x")).await.bytes_up_to(u64::MAX).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn saving_gives_a_normal_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for length in [1, 5000, 256 * 1024, 3_000_000] {
        let bytes = pattern(length);
        // Over what the round before left.
        for answer in [sized("", length, &bytes), chunked(length.min(999), &bytes, true)] {
            assert_eq!(binary(answer).await.save_to(&path).await.unwrap(), length as u64);
            assert!(std::fs::read(&path).unwrap() == bytes);
            assert_eq!(names(folder.path()), ["a.jpg"]);
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let normal = folder.path().join("normal");
        std::fs::write(&normal, "").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&normal));
    }
}

#[tokio::test]
async fn tiny_pieces_are_saved_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let bytes = pattern(5000);
    let (sender, body) = Channel::new();
    let feeding = {
        let bytes = bytes.clone();
        tokio::spawn(async move {
            for byte in bytes {
                sender.send(Bytes::copy_from_slice(&[byte])).unwrap();
            }
        })
    };
    assert_eq!(from_channel(body, None).await.save_to(&path).await.unwrap(), 5000);
    feeding.await.unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes);
}

#[tokio::test]
async fn a_failed_save_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let bytes = pattern(2_000_000);
    for round in 0..2 {
        for answer in [sized("", 2_000_001, &bytes), chunked(1000, &bytes, false)] {
            let error = binary(answer).await.save_to(&path).await.unwrap_err();
            assert_eq!((error.kind(), error.endpoint()), (ErrorKind::Transport, Some("get_media")));
        }
        let idle = Some(Duration::from_millis(50));
        let response = get(sized("", 2_000_001, &bytes), Then::Stall).await;
        let Ok(Body::Binary(download)) = open("get_media", response, idle, CAP).await else {
            panic!("no file")
        };
        let error = download.save_to(&path).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "nothing arrived for 50ms"));
        // First where there was nothing, then where an older file is to stay.
        match round {
            0 => {
                assert!(names(folder.path()).is_empty());
                std::fs::write(&path, "old").unwrap();
            }
            _ => {
                assert_eq!(names(folder.path()), ["a.jpg"]);
                assert_eq!(std::fs::read(&path).unwrap(), b"old");
            }
        }
    }
}

#[tokio::test]
async fn a_dropped_save_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = pattern(1_000_000);
    let response = get(sized("", 1_000_001, &bytes), Then::Stall).await;
    let Ok(Body::Binary(download)) = open("get_media", response, None, CAP).await else { panic!("no file") };
    let (seen, mut all_seen) = mpsc::unbounded_channel();
    let download = download.on_progress(move |received, _| {
        if received == 1_000_000 {
            let _ = seen.send(());
        }
    });
    let saving = download.save_to(folder.path().join("a.jpg"));
    tokio::select! {
        _ = saving => panic!("the last byte never comes"),
        _ = all_seen.recv() => {}
    }
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn a_place_that_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("folder");
    std::fs::create_dir(&inside).unwrap();
    let save = |path: std::path::PathBuf| async move {
        let error = binary(sized("", 1, b"x")).await.save_to(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        error.to_string()
    };
    let message =
        |path: &Path, why: &str| format!("get_media: can't write the file `{}`: {why}", path.display());
    assert_eq!(save(inside.clone()).await, message(&inside, "it is a directory"));
    let orphan = folder.path().join("missing").join("a.jpg");
    assert_eq!(save(orphan.clone()).await, message(&orphan, "there is no such folder"));
    assert_eq!(save("".into()).await, "get_media: can't write the file ``");
    #[cfg(unix)]
    assert_eq!(save("/dev/null".into()).await, message(Path::new("/dev/null"), "it is not a regular file"));
    assert_eq!(names(folder.path()), ["folder"]);
    assert!(names(&inside).is_empty());
}

#[tokio::test]
async fn progress_is_told() {
    let bytes = pattern(500_000);
    for (answer, total) in [(sized("", 500_000, &bytes), Some(500_000)), (chunked(9999, &bytes, true), None)]
    {
        let steps = Arc::new(Mutex::new(Vec::new()));
        let seen = steps.clone();
        let download = binary(answer).await.on_progress(move |received, total| {
            seen.lock().unwrap().push((received, total));
        });
        assert_eq!(download.bytes().await.unwrap().len(), 500_000);
        let steps = steps.lock().unwrap();
        assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0), "{steps:?}");
        assert!(steps.iter().all(|step| step.1 == total));
        assert_eq!(steps.last(), Some(&(500_000, total)));
    }
}

#[tokio::test]
async fn a_download_is_a_stream() {
    let bytes = pattern(200_000);
    let mut download = binary(sized("", 200_000, &bytes)).await;
    let mut all = download.chunk().await.unwrap().unwrap().to_vec();
    while let Some(chunk) = poll_fn(|cx| Pin::new(&mut download).poll_next(cx)).await {
        all.extend_from_slice(&chunk.unwrap());
    }
    assert!(all == bytes);
    assert!(poll_fn(|cx| Pin::new(&mut download).poll_next(cx)).await.is_none());
    assert_eq!(download.chunk().await.unwrap(), None);
    assert_eq!(download.bytes().await.unwrap(), "");
}

/// A body fed by hand, for tests on a clock that stands still.
struct Channel(mpsc::UnboundedReceiver<Bytes>);

impl Channel {
    fn new() -> (mpsc::UnboundedSender<Bytes>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self(receiver))
    }
}

impl http_body::Body for Channel {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn response(body: Channel) -> http::Response<ResponseBody> {
    http::Response::new(ResponseBody::new(body))
}

async fn from_channel(body: Channel, idle: Option<Duration>) -> Download {
    let Ok(Body::Binary(download)) = open("get_media", response(body), idle, CAP).await else {
        panic!("no file")
    };
    *download
}

#[tokio::test(start_paused = true)]
async fn only_silence_while_somebody_waits_is_a_timeout() {
    let (sender, body) = Channel::new();
    let send_after = |seconds: u64| {
        let sender = sender.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            sender.send(Bytes::from_static(b"x")).unwrap();
        })
    };
    send_after(9);
    let mut download = from_channel(body, Some(Duration::from_secs(10))).await;
    download.chunk().await.unwrap();
    for _ in 0..3 {
        // A reader that takes its time, then a server that nearly takes too long.
        tokio::time::sleep(Duration::from_secs(100)).await;
        send_after(9);
        assert_eq!(download.chunk().await.unwrap().unwrap(), "x");
    }
    // An empty piece is silence too, but waiting begins anew with it.
    let start = tokio::time::Instant::now();
    send_after(11);
    let error = download.chunk().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "nothing arrived for 10s"));
    assert_eq!((error.endpoint(), start.elapsed().as_secs()), (Some("get_media"), 10));
    assert_eq!(download.chunk().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn silence_before_anything_is_known_is_a_timeout() {
    for begin in ["", "{\"a\"", " "] {
        let (sender, body) = Channel::new();
        sender.send(Bytes::from_static(begin.as_bytes())).unwrap();
        let Err(error) = open("get_media", response(body), Some(Duration::from_secs(10)), CAP).await else {
            panic!("an answer from nothing")
        };
        assert_eq!((error.kind(), error.endpoint()), (ErrorKind::Timeout, Some("get_media")));
        drop(sender);
    }
    // Silence without end is allowed to whoever asks for it.
    let (sender, body) = Channel::new();
    let waiting = open("get_media", response(body), Some(Duration::MAX), CAP);
    assert!(tokio::time::timeout(Duration::from_secs(1 << 30), waiting).await.is_err());
    drop(sender);
}

#[tokio::test]
async fn json_is_read_up_to_the_cap() {
    let bytes = pattern(50_000);
    for answer in [sized("", 50_000, &bytes), chunked(777, &bytes, true)] {
        for (cap, kind) in [
            (50_000, None),
            (60_000, None),
            (49_999, Some(ErrorKind::TooLarge)),
            (0, Some(ErrorKind::TooLarge)),
        ] {
            let read = read_json(&mut get(answer.clone(), Then::Close).await.into_body(), cap, None).await;
            assert_eq!(read.as_ref().err().map(Error::kind), kind);
            assert!(read.is_err() || read.unwrap() == bytes);
        }
    }
    assert_eq!(
        read_json(&mut get(sized("", 0, b""), Then::Close).await.into_body(), 0, None).await.unwrap(),
        b""[..]
    );
    for answer in [sized("", 50_001, &bytes), chunked(777, &bytes, false)] {
        let error =
            read_json(&mut get(answer, Then::Close).await.into_body(), 60_000, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
    let mut body = get(sized("", 50_001, &bytes), Then::Stall).await.into_body();
    let error = read_json(&mut body, 60_000, Some(Duration::from_millis(50))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[test]
fn downloads_cross_threads() {
    fn crosses<T: Send + Sync + Unpin + 'static>() {}
    crosses::<Download>();
    fn future<T: Send>(_: impl FnOnce(Download) -> T) {}
    future(|download| download.save_to("a.jpg"));
    future(|download| download.bytes());
}
