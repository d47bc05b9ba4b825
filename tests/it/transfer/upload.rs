//! Files on their way to the platform.

use std::time::Duration;

use weixin::material::{AddMaterial, VideoDescription};
use weixin::media::{MediaKind, UploadImage, UploadMedia};
use weixin::{ErrorCode, ErrorKind, FilePart, Timestamp};

use crate::account::{client, failed, plain, Fixed, TOKEN};
use crate::server::{Answer, Seen, Server};

weixin::endpoint! {
    /// Sends a file that is the whole body.
    pub struct PutFile => weixin::Empty {
        /// What it is for.
        id: String = "id" required(impl Into<String>) [query required];
        /// The file.
        file: FilePart = "file" required(FilePart) [raw required];
    }
    name: "put_file",
    method: POST,
    path: "/file/put",
    body: raw,
}

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

/// The body of a form with every boundary written as `B`, after a look at the head.
fn form(server: &Server, seen: &Seen, target: &str) -> Vec<u8> {
    let content_type = seen.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(
        boundary.len() <= 70 && boundary.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    );
    let head = Seen { body: Vec::new(), ..seen.clone() }.sorted();
    let expected = format!(
        "POST {target} HTTP/1.1\naccept: */*\ncontent-length: {}\ncontent-type: {content_type}\nhost: {}\n\
         user-agent: weixin/{}\n\n",
        seen.body.len(),
        server.host(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(head, expected);
    let mut out = Vec::new();
    let mut rest = &seen.body[..];
    while let Some(at) = rest.windows(boundary.len()).position(|window| window == boundary.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'B');
        rest = &rest[at + boundary.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[tokio::test]
async fn upload_media() {
    let answer = r#"{"type":"image","media_id":"MEDIA_ID","created_at":123456789}"#;
    let server = Server::start([Answer::of_type("text/plain", answer)]).await;
    let bytes = b"\xff\xd8\xff\xe0\0\r\n--B--\r\n\xff\xd9";
    let file = FilePart::bytes("二维码 1.jpg", &bytes[..]);
    let media = client(&server).upload_media(UploadMedia::new(MediaKind::Image, file)).await.unwrap();
    assert_eq!(media.kind, Some(MediaKind::Image));
    assert_eq!((media.media_id.as_str(), media.created_at), ("MEDIA_ID", Some(Timestamp(123_456_789))));
    let target = "/cgi-bin/media/upload?access_token=81_s3cr3t-A&type=image";
    let expected = [
        "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"二维码 1.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
            .as_bytes(),
        bytes,
        b"\r\n--B--\r\n",
    ]
    .concat();
    assert_eq!(form(&server, &server.only(), target), expected);
}

#[tokio::test]
async fn a_thumb_may_be_named_otherwise() {
    let answer = r#"{"type":"thumb","thumb_media_id":"THUMB","created_at":"1"}"#;
    let server = Server::start([Answer::json(answer)]).await;
    let request = UploadMedia::new(MediaKind::Thumb, FilePart::bytes("a.jpg", "x"));
    let media = client(&server).upload_media(request).await.unwrap();
    assert_eq!(media.media_id, "THUMB");
}

#[tokio::test]
async fn a_hostile_name_stays_a_name() {
    let server = Server::start([Answer::json(r#"{"url":"U"}"#)]).await;
    let name = "a\"; name=\"x\r\nContent-Type: text/html\r\n\r\n<b>\0.png";
    client(&server).upload_image(UploadImage::new(FilePart::bytes(name, "x"))).await.unwrap();
    let body = form(&server, &server.only(), "/cgi-bin/media/uploadimg?access_token=81_s3cr3t-A");
    assert_eq!(
        String::from_utf8(body).unwrap(),
        "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a%22; \
         name=%22x%0D%0AContent-Type: text/html%0D%0A%0D%0A<b>%00.png\"\r\nContent-Type: \
         image/png\r\n\r\nx\r\n--B--\r\n"
    );
}

#[tokio::test]
async fn a_video_brings_its_description() {
    let server = Server::start([Answer::json(r#"{"media_id":"MEDIA_ID"}"#)]).await;
    let request = AddMaterial::new(MediaKind::Video, FilePart::bytes("tour.mp4", "\0\0mp4"))
        .description(VideoDescription::new("工厂\"参观\"", "a/b\r\n--B"));
    let material = client(&server).add_material(request).await.unwrap();
    assert_eq!((material.media_id.as_str(), material.url), ("MEDIA_ID", None));
    let target = "/cgi-bin/material/add_material?access_token=81_s3cr3t-A&type=video";
    assert_eq!(
        String::from_utf8(form(&server, &server.only(), target)).unwrap(),
        "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"tour.mp4\"\r\n\
         Content-Type: video/mp4\r\n\r\n\0\0mp4\r\n\
         --B\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n\
         {\"title\":\"工厂\\\"参观\\\"\",\"introduction\":\"a/b\\r\\n--B\"}\r\n--B--\r\n"
    );
}

#[tokio::test]
async fn other_material_has_no_description() {
    let server = Server::start([Answer::json(r#"{"media_id":"M","url":"http:\/\/mmbiz.qpic.cn\/x"}"#)]).await;
    let file = FilePart::bytes("a.b", "x").with_content_type("image/bmp").with_filename("b.dat");
    let material = client(&server).add_material(AddMaterial::new("image", file)).await.unwrap();
    assert_eq!(material.url.as_deref(), Some("http://mmbiz.qpic.cn/x"));
    let target = "/cgi-bin/material/add_material?access_token=81_s3cr3t-A&type=image";
    assert_eq!(
        String::from_utf8(form(&server, &server.only(), target)).unwrap(),
        "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"b.dat\"\r\n\
         Content-Type: image/bmp\r\n\r\nx\r\n--B--\r\n"
    );
}

#[tokio::test]
async fn from_disk_and_from_a_stream() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("语音.amr");
    let bytes: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let stream = {
        let bytes = bytes.clone();
        FilePart::stream("语音.amr", bytes.len() as u64, move || {
            let bytes = bytes.clone();
            async move { Ok(std::io::Cursor::new(bytes)) }
        })
    };
    let expected = [
        "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"语音.amr\"\r\n\
         Content-Type: audio/amr\r\n\r\n"
            .as_bytes(),
        &bytes,
        b"\r\n--B--\r\n",
    ]
    .concat();
    for file in [FilePart::path(&path), stream] {
        let server = Server::start([Answer::json(r#"{"type":"voice","media_id":"M","created_at":1}"#)]).await;
        client(&server).upload_media(UploadMedia::new(MediaKind::Voice, file)).await.unwrap();
        let target = "/cgi-bin/media/upload?access_token=81_s3cr3t-A&type=voice";
        assert!(form(&server, &server.only(), target) == expected, "the body is another one");
    }
}

#[tokio::test]
async fn a_file_that_is_the_whole_body() {
    for (file, content_type) in [
        (FilePart::bytes("a.png", "\u{1}bytes"), "image/png"),
        (FilePart::bytes("a.png", "\u{1}bytes").with_content_type("x/y"), "x/y"),
        (FilePart::bytes("a", "\u{1}bytes"), "application/octet-stream"),
    ] {
        let server = Server::start([Answer::json(OK)]).await;
        client(&server).send(PutFile::new("7", file)).await.unwrap();
        let expected = server
            .post("/file/put?access_token=81_s3cr3t-A&id=7", "\u{1}bytes")
            .replace("application/json", content_type);
        assert_eq!(server.only().sorted(), expected);
    }
}

#[tokio::test]
async fn files_that_cannot_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.jpg");
    let empty = folder.path().join("empty.jpg");
    std::fs::write(&empty, "").unwrap();
    let server = Server::start([]).await;
    let client = client(&server);
    let shown = |path: &std::path::Path| path.display().to_string();
    for (file, kind, message) in [
        (FilePart::path(&missing), ErrorKind::Io, format!("there is no file `{}`", shown(&missing))),
        (
            FilePart::path(folder.path()),
            ErrorKind::Io,
            format!("`{}` is a directory, not a file", shown(folder.path())),
        ),
        (FilePart::path(&empty), ErrorKind::Config, format!("the file `{}` is empty", shown(&empty))),
        (FilePart::bytes("e.jpg", ""), ErrorKind::Config, "the file `e.jpg` is empty".to_owned()),
        (FilePart::bytes("", "x"), ErrorKind::Config, "the file for `media` has no name".to_owned()),
        (
            FilePart::bytes("a.jpg", "x").with_content_type("image/jpeg\r\nX-Evil: 1"),
            ErrorKind::Config,
            "the content type of the file `a.jpg` is not valid".to_owned(),
        ),
    ] {
        let error = failed(client.upload_image(UploadImage::new(file)).await);
        assert_eq!((error.kind(), error.to_string()), (kind, format!("upload_image: {message}")));
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_stream_that_is_shorter_than_announced() {
    let server = Server::start([]).await;
    let file = FilePart::stream("a.jpg", 10, || async { Ok(&b"four"[..]) });
    let error = failed(client(&server).upload_image(UploadImage::new(file)).await);
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(
        error.to_string(),
        "upload_image: the stream of the file `a.jpg` ended after 4 of the 10 bytes announced"
    );
}

#[tokio::test]
async fn an_upload_that_is_refused() {
    let refused = r#"{"errcode":40004,"errmsg":"invalid media type hint: [x] rid: 1-2-3"}"#;
    let server = Server::start([Answer::of_type("text/plain", refused)]).await;
    let error = failed(client(&server).upload_image(UploadImage::new(FilePart::bytes("a.gif", "x"))).await);
    assert_eq!((error.code(), error.request_id()), (Some(ErrorCode(40004)), Some("1-2-3")));
    server.only();
}

#[tokio::test]
async fn an_upload_that_nobody_answers() {
    let server = Server::start([Answer::hang(), Answer::hang()]).await;
    let request = UploadImage::new(FilePart::bytes("a.png", "x"));
    let impatient = plain(&server).token_provider(Fixed::new(TOKEN)).idle_timeout(Duration::from_millis(150));
    let error = failed(impatient.build().unwrap().upload_image(request.clone()).await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "upload_image: no answer within 150ms");
    let call = client(&server).upload_image(request).timeout(Duration::from_millis(150));
    assert_eq!(failed(call.await).kind(), ErrorKind::Timeout);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_slow_upload_has_no_limit_in_all() {
    // The call's own limit is for calls that are no transfers.
    let server = Server::start([Answer::json(r#"{"url":"U"}"#).late(Duration::from_millis(300))]).await;
    let client =
        plain(&server).token_provider(Fixed::new(TOKEN)).timeout(Duration::from_millis(50)).build().unwrap();
    client.upload_image(UploadImage::new(FilePart::bytes("a.png", "x"))).await.unwrap();
}

#[tokio::test]
async fn a_name_without_an_ending_gets_the_one_of_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cover");
    let bytes = b"\xff\xd8\xff\xe0\0\x10JFIF";
    std::fs::write(&path, bytes).unwrap();
    let long: Vec<u8> =
        bytes.iter().copied().chain((0..200_000_u32).map(|number| (number % 251) as u8)).collect();
    let stream = {
        let long = long.clone();
        FilePart::stream("cover", long.len() as u64, move || {
            let long = long.clone();
            async move { Ok(std::io::Cursor::new(long)) }
        })
    };
    for (file, sent) in
        [(FilePart::bytes("cover", &bytes[..]), &bytes[..]), (FilePart::path(&path), bytes), (stream, &long)]
    {
        assert_eq!(file.filename(), "cover");
        let server = Server::start([Answer::json(r#"{"url":"U"}"#)]).await;
        client(&server).upload_image(UploadImage::new(file)).await.unwrap();
        let expected = [
            b"--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"cover.jpg\"\r\n\
              Content-Type: image/jpeg\r\n\r\n",
            sent,
            b"\r\n--B--\r\n",
        ]
        .concat();
        let body = form(&server, &server.only(), "/cgi-bin/media/uploadimg?access_token=81_s3cr3t-A");
        assert!(body == expected, "{}", String::from_utf8_lossy(&body[..300.min(body.len())]));
    }
    // What nobody knows keeps its name.
    let server = Server::start([Answer::json(r#"{"url":"U"}"#)]).await;
    client(&server).upload_image(UploadImage::new(FilePart::bytes("cover", "words"))).await.unwrap();
    assert!(server.only().text().contains("filename=\"cover\"\r\nContent-Type: application/octet-stream"));
}

#[tokio::test]
async fn an_opener_that_hangs() {
    let server = Server::start([]).await;
    let never = || async { std::future::pending::<std::io::Result<&[u8]>>().await };
    let request = UploadImage::new(FilePart::stream("a.png", 10, never));
    let impatient = plain(&server).token_provider(Fixed::new(TOKEN)).idle_timeout(Duration::from_millis(150));
    let error = failed(impatient.build().unwrap().upload_image(request.clone()).await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "upload_image: the stream of the file `a.png` was not opened within 150ms");
    let call = client(&server).upload_image(request).idle_timeout(Duration::from_millis(150));
    assert_eq!(failed(call.await).kind(), ErrorKind::Timeout);
    // One that opens and then gives nothing, whose first bytes are looked at.
    let silent = || async {
        let (near, far) = tokio::io::duplex(1);
        std::mem::forget(far);
        Ok(near)
    };
    let request = UploadImage::new(FilePart::stream("cover", 10, silent));
    let call = client(&server).upload_image(request).idle_timeout(Duration::from_millis(150));
    assert_eq!(failed(call.await).kind(), ErrorKind::Timeout);
    assert_eq!(server.count(), 0);
}

/// A file that tells when it is closed.
struct Watched {
    closed: std::sync::Arc<tokio::sync::Notify>,
    read: std::sync::Arc<tokio::sync::Notify>,
    /// How many bytes come before it falls silent.
    left: usize,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.closed.notify_one();
    }
}

impl tokio::io::AsyncRead for Watched {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        let size = self.left.min(buffer.remaining());
        if size == 0 {
            self.read.notify_one();
            return std::task::Poll::Pending;
        }
        self.left -= size;
        buffer.put_slice(&vec![0; size]);
        std::task::Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_cancelled_upload_closes_file_and_connection() {
    use tokio::io::AsyncReadExt;
    // With a source that falls silent, and with a server that stops reading.
    for left in [0, 1000, 300_000, usize::MAX] {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (closed, read) =
            <(std::sync::Arc<tokio::sync::Notify>, std::sync::Arc<tokio::sync::Notify>)>::default();
        let (its_closed, its_read) = (closed.clone(), read.clone());
        let file = FilePart::stream("a.jpg", 1 << 30, move || {
            let (closed, read) = (its_closed.clone(), its_read.clone());
            async move { Ok(Watched { closed, read, left }) }
        });
        let client = weixin::Client::builder("wx_appid", "app_secret").base_url(url);
        let client =
            client.token_provider(Fixed::new(TOKEN)).idle_timeout(Duration::from_secs(600)).build().unwrap();
        let call = tokio::spawn(client.upload_image(UploadImage::new(file)));
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut begin = [0; 100];
        stream.read_exact(&mut begin).await.unwrap();
        if left < usize::MAX {
            read.notified().await;
        }
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        // Nothing but the cancelling ends them; the limit only lets a failing test end.
        tokio::time::timeout(Duration::from_secs(20), closed.notified())
            .await
            .unwrap_or_else(|_| panic!("the file is open ({left})"));
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        let _ = ended.unwrap_or_else(|_| panic!("the connection is open ({left})"));
    }
}
