//! Files from the platform: pictures, voices, and what arrives in their place.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weixin::material::{GetMaterial, MaterialContent};
use weixin::media::{GetJssdkMedia, GetMedia};
use weixin::qrcode::ShowQrcode;
use weixin::{Download, Error, ErrorCode, ErrorKind, Payload};

use crate::account::{client, failed, plain, Fixed, TOKEN};
use crate::server::{Answer, Gate, Server};

const TICKET: &str =
    "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0 a picture \xff\xd9";

fn picture(bytes: &[u8]) -> Answer {
    Answer::new("200 OK", &[("Content-Type", "image/jpg"), ("Cache-control", "max-age=604800")], bytes)
}

async fn show(answer: Answer) -> weixin::Result<Download> {
    let server = Server::start([answer]).await;
    let result = client(&server).show_qrcode(ShowQrcode::new(TICKET)).await;
    assert_eq!(
        server.only().sorted(),
        server.get(
            "/cgi-bin/showqrcode?ticket=gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Br\
             b3ZhYmJJAAIEZ23sUwMEmm3sUw%3D%3D"
        )
    );
    result
}

/// What lies in a folder.
fn listed(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_picture_in_memory() {
    let download = show(picture(JPEG)).await.unwrap();
    assert_eq!(download.content_type(), Some("image/jpg"));
    assert_eq!(download.content_length(), Some(JPEG.len() as u64));
    assert_eq!(download.filename(), None);
    assert_eq!(download.headers()["cache-control"], "max-age=604800");
    assert_eq!(&download.bytes().await.unwrap()[..], JPEG);
}

#[tokio::test]
async fn a_picture_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("123.jpg");
    std::fs::write(&path, "the one before").unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let download = show(picture(JPEG)).await.unwrap();
    let download = download.on_progress(move |received, total| noted.lock().unwrap().push((received, total)));
    assert_eq!(download.save_to(&path).await.unwrap(), JPEG.len() as u64);
    assert_eq!(std::fs::read(&path).unwrap(), JPEG);
    assert_eq!(listed(folder.path()), ["123.jpg"]);
    let total = JPEG.len() as u64;
    assert_eq!(seen.lock().unwrap().last(), Some(&(total, Some(total))));
}

#[tokio::test]
async fn a_picture_in_pieces() {
    let gate = Gate::new();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", JPEG.len());
    let answer = Answer::raw(head).then(&JPEG[..3]).then_wait(&gate).then(&JPEG[3..]);
    // The call returns as soon as the file has begun.
    let mut download = show(answer).await.unwrap();
    assert_eq!(download.chunk().await.unwrap().as_deref(), Some(&JPEG[..3]));
    gate.open();
    let mut rest = Vec::new();
    while let Some(chunk) = download.chunk().await.unwrap() {
        rest.extend_from_slice(&chunk);
    }
    assert_eq!(rest, &JPEG[3..]);
}

#[tokio::test]
async fn without_a_length() {
    let chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\xff\xd8\r\n3\r\nabc\r\n0\r\n\r\n";
    let bare = b"HTTP/1.1 200 OK\r\n\r\n\xff\xd8abc";
    for answer in [Answer::raw(*chunked), Answer::raw(*bare).then_close()] {
        let download = show(answer).await.unwrap();
        assert_eq!(download.content_length(), None);
        assert_eq!(&download.bytes().await.unwrap()[..], b"\xff\xd8abc");
    }
}

#[tokio::test]
async fn more_than_allowed() {
    let error = failed(show(picture(JPEG)).await.unwrap().bytes_up_to(10).await);
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(
        error.to_string(),
        format!("show_qrcode: the file has {} bytes; at most 10 are allowed", JPEG.len())
    );
}

#[tokio::test]
async fn an_unknown_ticket() {
    for page in ["", "<html>404 Not Found</html>", "{\"x\":1}"] {
        let error = failed(show(Answer::new("404 Not Found", &[("Content-Type", "text/html")], page)).await);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(404)));
        assert_eq!(error.endpoint(), Some("show_qrcode"));
        assert_eq!(
            error.to_string(),
            "show_qrcode: the ticket is unknown or has expired (HTTP 404, text/html)"
        );
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn another_status() {
    let error = failed(show(Answer::new("500 Oops", &[("Content-Type", "image/jpg")], JPEG)).await);
    assert_eq!((error.kind(), error.status(), error.is_retryable()), (ErrorKind::Status, Some(500), true));
    // A code in the body says more.
    let body = r#"{"errcode":45009,"errmsg":"reach max"}"#;
    let error = failed(show(Answer::new("500 Oops", &[], body)).await);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Api, Some(ErrorCode(45009))));
}

#[tokio::test]
async fn a_json_error_where_a_picture_is_due() {
    let long = format!(r#"{{"errcode":40007,"errmsg":"invalid media_id {}"}}"#, "x".repeat(250));
    for body in [
        r#"{"errcode":40007,"errmsg":"invalid media_id"}"#,
        "\u{feff}{\"errcode\":\"40007\",\"errmsg\":\"invalid media_id\"}",
        " \r\n{\"errmsg\":\"invalid media_id\",\"errcode\":40007}\n",
        &long,
    ] {
        for content_type in ["text/plain", "image/jpeg", "application/json", "application/octet-stream"] {
            let error = failed(show(Answer::of_type(content_type, body)).await);
            assert_eq!(
                (error.kind(), error.code()),
                (ErrorKind::Api, Some(ErrorCode(40007))),
                "{content_type}"
            );
            assert!(error.message().starts_with("invalid media_id"));
            assert_eq!(error.status(), Some(200));
        }
    }
}

#[tokio::test]
async fn what_is_no_picture() {
    for (body, message) in [
        ("", "expected a file, got an empty response"),
        (" \r\n ", "expected a file, got an empty response"),
        ("<!DOCTYPE html><title>x</title>", "expected a file, got an HTML page"),
        ("\n<html>", "expected a file, got an HTML page"),
        (r#"{"url":"x"}"#, "expected a file, got JSON"),
        (r#"{"errcode":0,"errmsg":"ok"}"#, "expected a file, got JSON"),
        (r#"{"errcode":400"#, "the response is an error report that can't be read"),
    ] {
        let error = failed(show(Answer::of_type("image/jpg", body)).await);
        assert_eq!((error.kind(), error.message()), (ErrorKind::Decode, message), "{body}");
        assert_eq!((error.status(), error.content_type()), (Some(200), Some("image/jpg")), "{body}");
        assert_eq!(error.endpoint(), Some("show_qrcode"));
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpg\r\nContent-Length: 1000\r\n\r\n";
    for answer in [
        Answer::raw(head).then(JPEG).then_close(),
        Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\x01\x02abc\r\n").then_close(),
    ] {
        let path = folder.path().join("new.jpg");
        let error = failed(show(answer.clone()).await.unwrap().save_to(&path).await);
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert_eq!(error.to_string(), "show_qrcode: the body broke off");
        assert!(listed(folder.path()).is_empty());

        std::fs::write(&path, "the one before").unwrap();
        failed(show(answer).await.unwrap().save_to(&path).await);
        assert_eq!(std::fs::read(&path).unwrap(), b"the one before");
        assert_eq!(listed(folder.path()), ["new.jpg"]);
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn a_file_that_stops_moving_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").then(JPEG).then_hang();
    let server = Server::start([begun.clone(), begun, Answer::hang()]).await;
    let short = Duration::from_millis(150);
    let impatient = plain(&server).token_provider(Fixed::new(TOKEN)).idle_timeout(short).build().unwrap();
    // However slow this machine is, the beginning has its time.
    let patient = Duration::from_secs(60);
    let download = impatient.show_qrcode(ShowQrcode::new("T")).timeout(patient).await.unwrap();
    let error = failed(download.save_to(folder.path().join("a.jpg")).await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "show_qrcode: nothing arrived for 150ms");
    let call = client(&server).show_qrcode(ShowQrcode::new("T")).idle_timeout(short).timeout(patient);
    assert_eq!(failed(call.await.unwrap().bytes().await).kind(), ErrorKind::Timeout);
    // Before it begins.
    let error = failed(impatient.show_qrcode(ShowQrcode::new("T")).await);
    assert_eq!(error.to_string(), "show_qrcode: no answer within 150ms");
    assert!(listed(folder.path()).is_empty());
}

#[tokio::test]
async fn a_download_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").then(JPEG).then_hang();
    // The first bytes come when the temporary file is there.
    let under_way = Arc::new(tokio::sync::Notify::new());
    let noted = Arc::clone(&under_way);
    let download = show(begun).await.unwrap().on_progress(move |_, _| noted.notify_one());
    let path = folder.path().join("a.jpg");
    tokio::select! {
        saved = download.save_to(&path) => panic!("{saved:?}"),
        () = under_way.notified() => {}
    }
    assert!(listed(folder.path()).is_empty());
}

#[tokio::test]
async fn places_that_take_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = failed(show(picture(JPEG)).await.unwrap().save_to(folder.path()).await);
    assert_eq!(error.kind(), ErrorKind::Io);
    let missing = folder.path().join("no/such/folder/a.jpg");
    let error = failed(show(picture(JPEG)).await.unwrap().save_to(&missing).await);
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(
        error.to_string(),
        format!("show_qrcode: can't write the file `{}`: there is no such folder", missing.display())
    );
    assert!(listed(folder.path()).is_empty());
}

async fn media(answer: Answer) -> Payload<weixin::media::GetMediaResponse> {
    let server = Server::start([answer]).await;
    let result = client(&server).get_media(GetMedia::new("MEDIA_ID")).await;
    assert_eq!(
        server.only().sorted(),
        server.get("/cgi-bin/media/get?access_token=81_s3cr3t-A&media_id=MEDIA_ID")
    );
    result.unwrap_or_else(|error| panic!("{error:?}"))
}

#[tokio::test]
async fn media_is_a_file_or_an_address() {
    let headers = [
        ("Connection", "close"),
        ("Content-Type", "image/jpeg"),
        ("Content-disposition", "attachment; filename=\"MEDIA_ID.jpg\""),
        ("Date", "Sun, 06 Jan 2013 10:20:18 GMT"),
        ("Cache-Control", "no-cache, must-revalidate"),
    ];
    let payload = media(Answer::new("200 OK", &headers, JPEG).then_close()).await;
    let Payload::Bytes(download) = payload else { panic!("{payload:?}") };
    assert_eq!((download.filename(), download.content_type()), (Some("MEDIA_ID.jpg"), Some("image/jpeg")));
    assert_eq!(&download.bytes().await.unwrap()[..], JPEG);

    for content_type in ["text/plain", "application/json", "video/mp4"] {
        let payload =
            media(Answer::of_type(content_type, r#"{"video_url":"http:\/\/203.0.113.7\/v.mp4?vkey=7&x=1"}"#))
                .await;
        assert_eq!(payload.json().unwrap().video_url, "http://203.0.113.7/v.mp4?vkey=7&x=1");
    }
}

#[tokio::test]
async fn media_that_is_gone() {
    let body = concat!(
        r#"{"errcode":40007,"errmsg":"invalid media_id hint: [n.Euga0554z264] "#,
        r#"rid: 662dbd12-7cf0dcba-13d5e155"}"#
    );
    let server = Server::start([Answer::of_type("text/plain", body)]).await;
    let error = failed(client(&server).get_media(GetMedia::new("MEDIA_ID")).await);
    assert_eq!(error.code(), Some(ErrorCode(40007)));
    assert_eq!(error.request_id(), Some("662dbd12-7cf0dcba-13d5e155"));
    // Neither a file nor what the spec knows.
    let server = Server::start([Answer::json(r#"{"errcode":0}"#)]).await;
    let error = failed(client(&server).get_media(GetMedia::new("MEDIA_ID")).await);
    assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some("video_url")));
}

#[tokio::test]
async fn names_of_files() {
    for (disposition, name) in [
        ("attachment; filename=\"MEDIA_ID.jpg\"", Some("MEDIA_ID.jpg")),
        ("attachment; filename=MEDIA_ID.amr", Some("MEDIA_ID.amr")),
        ("attachment; filename=\"二维码.jpg\"", Some("二维码.jpg")),
        ("attachment; filename=\"x\"; filename*=UTF-8''%E4%BA%8C%20.jpg", Some("二 .jpg")),
        ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
        ("attachment; filename=\"..\\\\..\\\\boot.ini\"", Some("boot.ini")),
        ("attachment; filename=\"..\"", None),
        ("attachment", None),
    ] {
        let answer = Answer::new("200 OK", &[("Content-Disposition", disposition)], JPEG);
        assert_eq!(show(answer).await.unwrap().filename(), name, "{disposition}");
    }
}

#[tokio::test]
async fn a_voice_of_a_page() {
    let server = Server::start([Answer::of_type("voice/speex", "#!SPX\u{1}")]).await;
    let download = client(&server).get_jssdk_media(GetJssdkMedia::new("SERVER ID")).await.unwrap();
    assert_eq!(&download.bytes().await.unwrap()[..], b"#!SPX\x01");
    assert_eq!(
        server.only().sorted(),
        server.get("/cgi-bin/media/get/jssdk?access_token=81_s3cr3t-A&media_id=SERVER%20ID")
    );
}

#[tokio::test]
async fn material_is_a_file_articles_or_an_address() {
    let material = |answer: Answer| async move {
        let server = Server::start([answer]).await;
        let payload = client(&server).get_material(GetMaterial::new("MEDIA_ID")).await;
        assert_eq!(
            server.only().sorted(),
            server.post(
                "/cgi-bin/material/get_material?access_token=81_s3cr3t-A",
                r#"{"media_id":"MEDIA_ID"}"#
            )
        );
        payload
    };
    let payload = material(Answer::of_type("text/plain", JPEG)).await.unwrap();
    assert_eq!(&payload.bytes().unwrap().bytes().await.unwrap()[..], JPEG);
    let payload =
        material(Answer::of_type("image/jpeg", r#"{"news_item":[{"title":"TITLE"}]}"#)).await.unwrap();
    let Some(MaterialContent::News(news)) = payload.json() else { panic!("articles") };
    assert_eq!(news.articles[0].title.as_deref(), Some("TITLE"));
    let body = r#"{"title":"TITLE","description":"DESCRIPTION","down_url":"DOWN_URL"}"#;
    let payload = material(Answer::of_type("text/plain", body)).await.unwrap();
    let Some(MaterialContent::Video(video)) = payload.json() else { panic!("a video") };
    assert_eq!(video.down_url, "DOWN_URL");
    let error = failed(material(Answer::json(r#"{"errcode":40007,"errmsg":"invalid media_id"}"#)).await);
    assert_eq!((error.code(), error.endpoint()), (Some(ErrorCode(40007)), Some("get_material")));
}

#[tokio::test]
async fn a_file_that_begins_like_json_is_a_file() {
    for (content_type, body) in [
        ("application/octet-stream", "{not json at all"),
        ("image/jpeg", "{\"a\":1} and more"),
        ("image/jpeg", "[1,2]"),
        ("application/octet-stream", "{\"a\":"),
        ("text/plain", "{order},{amount}\n`1,`2\n"),
        ("text/plain", "[1\n2]"),
    ] {
        let server = Server::start([Answer::of_type(content_type, body)]).await;
        let payload = client(&server).get_media(GetMedia::new("M")).await.unwrap();
        assert_eq!(&payload.bytes().unwrap().bytes().await.unwrap()[..], body.as_bytes());
    }
}

/// Follows one redirect, and gives the request that it led to.
async fn redirected(status: &str, token_call: bool) -> (weixin::Result<Vec<u8>>, Vec<String>) {
    let other = Server::start([picture(JPEG)]).await;
    let location = format!("{}/elsewhere?key=7", other.url());
    let server = Server::start([Answer::new(status, &[("Location", &location)], "moved")]).await;
    let client = client(&server);
    let result = async {
        let bytes = if token_call {
            client.get_jssdk_media(GetJssdkMedia::new("M")).await?.bytes().await?
        } else {
            client.show_qrcode(ShowQrcode::new("T")).await?.bytes().await?
        };
        Ok(bytes.to_vec())
    }
    .await;
    let seen = other.seen().iter().map(|seen| seen.sorted().replace(&other.host(), "HOST")).collect();
    (result, seen)
}

#[tokio::test]
async fn a_download_follows_without_saying_where_from() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        for token_call in [false, true] {
            let (result, seen) = redirected(status, token_call).await;
            assert_eq!(result.unwrap(), JPEG);
            // No token, no `Referer`, no cookies: exactly this.
            let agent = concat!("user-agent: weixin/", env!("CARGO_PKG_VERSION"));
            assert_eq!(
                seen,
                [format!("GET /elsewhere?key=7 HTTP/1.1\naccept: */*\nhost: HOST\n{agent}\n\n")]
            );
        }
    }
}

async fn moved(location: &str, answers: usize) -> (Error, usize) {
    let location = location.to_owned();
    let server =
        Server::answering(move |_, _| Answer::new("302 Found", &[("Location", &location)], "")).await;
    let error = failed(client(&server).show_qrcode(ShowQrcode::new("T")).await);
    assert!(server.count() <= answers, "{}", server.count());
    (error, server.count())
}

#[tokio::test]
async fn redirects_come_to_an_end() {
    let (error, count) = moved("/cgi-bin/showqrcode?ticket=T", 6).await;
    assert_eq!((error.kind(), error.status(), count), (ErrorKind::Status, Some(302), 6));
    for location in ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "data:,x"] {
        let (error, count) = moved(location, 1).await;
        assert_eq!((error.kind(), error.status(), count), (ErrorKind::Status, Some(302), 1), "{location}");
    }
    let server = Server::start([Answer::new("302 Found", &[], "")]).await;
    assert_eq!(failed(client(&server).show_qrcode(ShowQrcode::new("T")).await).status(), Some(302));
}

#[tokio::test]
async fn a_post_is_not_redirected() {
    let other = Server::start([picture(JPEG)]).await;
    let moved = Answer::new("307 Temporary", &[("Location", &other.url())], "");
    let server = Server::start([moved]).await;
    let error = failed(client(&server).get_material(GetMaterial::new("M")).await);
    assert_eq!((error.kind(), error.status(), other.count()), (ErrorKind::Status, Some(307), 0));
}

/// The picture as `gzip` packs it.
const PACKED: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xfb\x7f\xe3\xff\x03\x06\x01\x2f\x37\x4f\x37\x06\
\x85\x44\x85\x82\xcc\xe4\x92\xd2\xa2\x54\x85\xff\x37\x01\xf5\x01\xd2\x90\x18\x00\x00\x00";
/// `{"errcode":40007,"errmsg":"invalid media_id"}`, packed.
const PACKED_ERROR: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\x4a\x2d\x2a\x4a\xce\x4f\x49\x55\xb2\x32\
\x31\x30\x30\x30\xd7\x01\xf1\x73\x8b\xd3\x95\xac\x94\x32\xf3\xca\x12\x73\x32\x53\x14\x72\
\x53\x53\x32\x13\xe3\x33\x53\x94\x6a\x01\x03\xb3\xe7\xbc\x2d\x00\x00\x00";

#[tokio::test]
async fn what_comes_compressed_is_unpacked() {
    let packed = |body: &[u8], coding: &str| {
        Answer::new("200 OK", &[("Content-Type", "image/jpg"), ("Content-Encoding", coding)], body)
    };
    let folder = tempfile::tempdir().unwrap();
    for coding in ["gzip", "x-gzip", "GZIP"] {
        let download = show(packed(PACKED, coding)).await.unwrap();
        assert_eq!(download.content_length(), None);
        let path = folder.path().join("a.jpg");
        assert_eq!(download.save_to(&path).await.unwrap(), JPEG.len() as u64);
        assert_eq!(std::fs::read(&path).unwrap(), JPEG, "{coding}");
        let error = failed(show(packed(PACKED_ERROR, coding)).await);
        assert_eq!(error.code(), Some(ErrorCode(40007)), "{coding}");
    }
    assert_eq!(&show(packed(JPEG, "identity")).await.unwrap().bytes().await.unwrap()[..], JPEG);
    // One that broke off leaves nothing, and one that can't be unpacked is refused.
    for body in [&PACKED[..PACKED.len() - 5], &[PACKED, b"more"].concat(), &PACKED[1..]] {
        let result = match show(packed(body, "gzip")).await {
            Ok(download) => download.save_to(folder.path().join("b.jpg")).await,
            Err(error) => Err(error),
        };
        assert_eq!(failed(result).kind(), ErrorKind::Transport);
        assert_eq!(listed(folder.path()), ["a.jpg"]);
    }
    for coding in ["br", "deflate", "gzip, br"] {
        let error = failed(show(packed(PACKED, coding)).await);
        assert_eq!(error.kind(), ErrorKind::Decode, "{coding}");
        assert!(error.message().contains("compressed in a way that was not asked for"), "{error}");
    }
    // JSON too.
    let server = Server::start([packed(PACKED_ERROR, "gzip")]).await;
    let error = failed(client(&server).get_callback_ip(weixin::network::GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode(40007)));
}

#[tokio::test]
async fn words_are_no_picture() {
    for (content_type, body, what) in [
        ("text/html", "Bad Gateway", "text"),
        ("text/html; charset=utf-8", "<h1>502 Bad Gateway</h1>", "an HTML page"),
        ("image/jpeg", "<center>nginx</center>", "an HTML page"),
        ("image/jpeg", "<!-- busy -->", "an HTML page"),
        ("application/octet-stream", "<xml><return_code>FAIL</return_code></xml>", "XML"),
        ("image/jpeg", "\u{feff}<?xml version=\"1.0\"?><error/>", "XML"),
        ("application/xml", "no", "text"),
        ("application/json", "[1,2]", "text"),
        ("application/json", "\"busy\"", "text"),
        ("application/problem+json", "{\"title\"", "text"),
        ("text/plain", "upstream connect error or disconnect/reset before headers", "text"),
        ("text/plain; charset=utf-8", "系统繁忙\r\n", "text"),
    ] {
        let message = format!("expected a file, got {what}");
        for answer in [Answer::of_type(content_type, body), drop_by_drop(content_type, body)] {
            let error = failed(show(answer).await);
            assert_eq!(
                (error.kind(), error.message()),
                (ErrorKind::Decode, &message[..]),
                "{content_type} {body}"
            );
            assert_eq!((error.status(), error.content_type()), (Some(200), Some(content_type)));
            assert!(body.starts_with(error.excerpt().unwrap()), "{error}");
        }
    }
    // Whatever is called text and is none, and a table that is text by right.
    for (content_type, body) in [
        ("text/plain", JPEG),
        ("text/html", JPEG),
        ("application/json", JPEG),
        ("text/plain", "a,b\r\n`1,`2\r\n".as_bytes()),
        ("image/svg+xml", b"<?xml version=\"1.0\"?><svg/>"),
        ("image/svg+xml", b"<svg/>"),
        ("audio/amr", b"#!AMR\n\x3c\x91"),
    ] {
        for answer in [Answer::of_type(content_type, body), drop_by_drop(content_type, body)] {
            assert_eq!(&show(answer).await.unwrap().bytes().await.unwrap()[..], body, "{content_type}");
        }
    }
}

/// The same response, a byte a chunk.
fn drop_by_drop(content_type: &str, body: impl AsRef<[u8]>) -> Answer {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunks = body.as_ref().iter().flat_map(|byte| [&b"1\r\n"[..], &[*byte], b"\r\n"].concat());
    Answer::raw([head.into_bytes(), chunks.collect(), b"0\r\n\r\n".to_vec()].concat())
}

#[cfg(unix)]
#[tokio::test]
async fn a_private_file_stays_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for mode in [0o600, 0o640, 0o444, 0o666] {
        std::fs::write(&path, "the one before").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        // Neither the file nor the one that becomes it can be read by more people than before.
        let (seen, here) = (Arc::new(Mutex::new(0)), folder.path().to_owned());
        let noted = Arc::clone(&seen);
        let download = show(picture(JPEG)).await.unwrap().on_progress(move |_, _| {
            let modes = std::fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
            *noted.lock().unwrap() |= modes.fold(0, |all, found| all | found.permissions().mode() & 0o777);
        });
        download.save_to(&path).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{mode:o}");
        assert_eq!(*seen.lock().unwrap() & !mode, 0, "{mode:o}");
        std::fs::remove_file(&path).unwrap();
    }
}
