//! Uploads down to the byte: forms, raw bodies, what is refused before sending, and what breaks under way.
//! Uploads through the client are tested in `tests/it/transfer.rs`.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::body::{Outgoing, CHUNK};
use super::{boundary, multipart, multipart_with, raw, Upload};
use crate::error::{Error, ErrorKind};
use crate::record::part::{FilePart, Part, PartValue};
use crate::wire::transport::default::default_transport;
use crate::wire::transport::settings::Settings;
use crate::wire::transport::{own_error, RequestBody, TransportError};

const IDLE: Duration = Duration::from_secs(60);

fn text(name: &'static str, value: &str) -> Part {
    Part { name: name.into(), value: PartValue::Text(value.to_owned()) }
}

fn file(name: &'static str, file: FilePart) -> Part {
    Part { name: name.into(), value: PartValue::File(file) }
}

/// The bytes of a body, which must be as many as were announced, at the beginning and at every step.
async fn collect(upload: Upload) -> Vec<u8> {
    let mut body = upload.body;
    let mut all = Vec::new();
    loop {
        let left = upload.length - all.len() as u64;
        assert_eq!(body.size_hint().exact(), Some(left));
        assert_eq!(body.is_end_stream(), left == 0);
        let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await else { break };
        let data = frame.expect("the body is whole").into_data().expect("there is only data");
        assert!(!data.is_empty() && data.len() <= CHUNK);
        all.extend_from_slice(&data);
    }
    assert_eq!(all.len() as u64, upload.length);
    all
}

/// What comes out of a body that breaks.
async fn broken(upload: Upload) -> (usize, Error) {
    let mut body = upload.body;
    let mut read = 0;
    loop {
        match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.expect("the error comes first") {
            Ok(frame) => read += frame.into_data().expect("there is only data").len(),
            Err(error) => return (read, error),
        }
    }
}

/// Gives the bytes one at a time, and none at every second try.
struct Drizzle(Vec<u8>, bool);

impl AsyncRead for Drizzle {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.1 = !self.1;
        if self.1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.0.is_empty() {
            buf.put_slice(&[self.0.remove(0)]);
        }
        Poll::Ready(Ok(()))
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

#[tokio::test]
async fn a_form_is_exact() {
    let parts = [
        file("media", FilePart::bytes("二维码.JPG", &b"\xff\xd8\r\n--B\r\n\0"[..])),
        text("description", r#"{"title":"标题","introduction":"a"}"#),
        file("x", FilePart::bytes("voice", "v").with_content_type("audio/amr").with_filename("v.bin")),
        text("empty", ""),
    ];
    let upload = multipart_with(&parts, "B", IDLE).await.unwrap();
    assert_eq!(upload.content_type, "multipart/form-data; boundary=B");
    let expected = [
        "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"二维码.JPG\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
            .as_bytes(),
        b"\xff\xd8\r\n--B\r\n\0",
        "\r\n--B\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n\
         {\"title\":\"标题\",\"introduction\":\"a\"}\r\n\
         --B\r\nContent-Disposition: form-data; name=\"x\"; filename=\"v.bin\"\r\n\
         Content-Type: audio/amr\r\n\r\nv\r\n\
         --B\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--B--\r\n"
            .as_bytes(),
    ]
    .concat();
    assert_eq!(collect(upload).await, expected);
}

#[tokio::test]
async fn names_cannot_inject_headers() {
    let name = "a\"\r\nX-Evil: 1\r\n\r\n\0\x1f\x7f%\\b'é.jpg";
    let parts = [
        Part { name: name.into(), value: PartValue::Text("t".to_owned()) },
        file("media", FilePart::bytes(name, "f")),
    ];
    let body = collect(multipart_with(&parts, "B", IDLE).await.unwrap()).await;
    let escaped = "a%22%0D%0AX-Evil: 1%0D%0A%0D%0A%00%1F%7F%\\b'é.jpg";
    let expected = format!(
        "--B\r\nContent-Disposition: form-data; name=\"{escaped}\"\r\n\r\nt\r\n\
         --B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{escaped}\"\r\n\
         Content-Type: image/jpeg\r\n\r\nf\r\n--B--\r\n"
    );
    assert_eq!(String::from_utf8(body).unwrap(), expected);
}

#[tokio::test]
async fn each_form_has_a_boundary_of_its_own() {
    let first = multipart(&[text("a", "1")], IDLE).await.unwrap();
    let boundary_of = |upload: &Upload| {
        let boundary = upload.content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        // What needs no quotes in a header, and at most 70 characters (RFC 2046).
        assert!(boundary.len() <= 70 && boundary.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        boundary.to_owned()
    };
    let used = boundary_of(&first);
    let body = String::from_utf8(collect(first).await).unwrap();
    assert!(body.starts_with(&format!("--{used}\r\n")) && body.ends_with(&format!("\r\n--{used}--\r\n")));
    let second = multipart(&[text("a", "1")], IDLE).await.unwrap();
    assert_ne!(boundary_of(&second), used);
    assert_ne!(boundary().unwrap(), boundary().unwrap());
}

#[tokio::test]
async fn every_source_gives_its_bytes_and_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    for length in [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17] {
        let bytes = pattern(length);
        let path = folder.path().join("movie.mp4");
        std::fs::write(&path, &bytes).unwrap();
        let opened = Arc::new(AtomicUsize::new(0));
        let stream = {
            let (bytes, opened) = (bytes.clone(), opened.clone());
            FilePart::stream("movie.mp4", length as u64, move || {
                opened.fetch_add(1, Ordering::Relaxed);
                let bytes = bytes.clone();
                async move { Ok(io::Cursor::new(bytes)) }
            })
        };
        for part in [FilePart::bytes("movie.mp4", bytes.clone()), FilePart::path(&path), stream.clone()] {
            let parts = [file("media", part.clone())];
            let form = collect(multipart_with(&parts, "B", IDLE).await.unwrap()).await;
            let head = "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"movie.mp4\"\r\n\
                        Content-Type: video/mp4\r\n\r\n";
            assert_eq!(form, [head.as_bytes(), &bytes, b"\r\n--B--\r\n"].concat());
            assert_eq!(collect(multipart_with(&parts, "B", IDLE).await.unwrap()).await, form);
            let upload = raw(&part, IDLE).await.unwrap();
            assert_eq!((upload.content_type.as_str(), upload.length), ("video/mp4", length as u64));
            assert_eq!(collect(upload).await, bytes);
        }
        assert_eq!(opened.load(Ordering::Relaxed), 3);
    }
}

#[tokio::test]
async fn a_reader_may_be_slow() {
    let bytes = pattern(300);
    let source = bytes.clone();
    let part = FilePart::stream("a.amr", 300, move || {
        let drizzle = Drizzle(source.clone(), false);
        async move { Ok(drizzle) }
    });
    assert_eq!(collect(raw(&part, IDLE).await.unwrap()).await, bytes);
}

#[tokio::test]
async fn a_stream_must_keep_its_word() {
    for announced in [1, 9, 11, 25, CHUNK, 2 * CHUNK] {
        for actual in [announced - 1, announced + 1, 2 * announced + CHUNK] {
            let part = FilePart::stream("a.mp3", announced as u64, move || async move {
                Ok(io::Cursor::new(pattern(actual)))
            });
            let (read, error) = broken(raw(&part, IDLE).await.unwrap()).await;
            assert_eq!(error.kind(), ErrorKind::Io);
            // Never all that was announced: the peer would take the body for complete.
            assert!(read < announced);
            let expected = match actual < announced {
                true => format!(
                    "the stream of the file `a.mp3` ended after {actual} of the {announced} bytes announced"
                ),
                false => {
                    format!("the stream of the file `a.mp3` is longer than the {announced} bytes announced")
                }
            };
            assert_eq!(error.to_string(), expected);
        }
    }
    let part = FilePart::stream("a.mp3", 10, || async { Ok(failing()) });
    let (_, error) = broken(raw(&part, IDLE).await.unwrap()).await;
    assert_eq!((error.kind(), error.message()), (ErrorKind::Io, "can't read the stream of the file `a.mp3`"));
}

/// A reader that only fails.
fn failing() -> impl AsyncRead + Send {
    struct Failing;
    impl AsyncRead for Failing {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::Error::other("no more")))
        }
    }
    Failing
}

#[tokio::test]
async fn a_file_that_changes_under_way_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    for (length, message) in
        [(50, "ended after 50 of the 100 bytes announced"), (101, "is longer than the 100 bytes")]
    {
        std::fs::write(&path, pattern(100)).unwrap();
        let upload = raw(&FilePart::path(&path), IDLE).await.unwrap();
        std::fs::write(&path, pattern(length)).unwrap();
        let (read, error) = broken(upload).await;
        assert_eq!((read, error.kind()), (0, ErrorKind::Io));
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_file_is_refused_before_sending() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name);
    std::fs::write(in_folder("empty.jpg"), "").unwrap();
    let refusal = |part: FilePart| async move {
        let error = multipart(&[text("a", "b"), file("media", part)], IDLE).await.unwrap_err();
        (error.kind(), error.to_string())
    };
    let shown = |path: &Path| path.display().to_string();
    let missing = in_folder("missing.jpg");
    let message = format!("there is no file `{}`", shown(&missing));
    assert_eq!(refusal(FilePart::path(missing)).await, (ErrorKind::Io, message));
    let message = format!("`{}` is a directory, not a file", shown(folder.path()));
    assert_eq!(refusal(FilePart::path(folder.path())).await, (ErrorKind::Io, message));
    let message = format!("the file `{}` is empty", shown(&in_folder("empty.jpg")));
    assert_eq!(refusal(FilePart::path(in_folder("empty.jpg"))).await, (ErrorKind::Config, message));
    #[cfg(unix)]
    {
        let message = "`/dev/null` is not a regular file".to_owned();
        assert_eq!(refusal(FilePart::path("/dev/null")).await, (ErrorKind::Io, message));
    }
    let empty = (ErrorKind::Config, "the file `a.jpg` is empty".to_owned());
    assert_eq!(refusal(FilePart::bytes("a.jpg", "")).await, empty);
    assert_eq!(refusal(FilePart::stream("a.jpg", 0, || async { Ok(tokio::io::empty()) })).await, empty);
    let message = "the file for `media` has no name".to_owned();
    assert_eq!(refusal(FilePart::bytes("", "x")).await, (ErrorKind::Config, message));
    let message = "the content type of the file `a.jpg` is not valid".to_owned();
    let evil = FilePart::bytes("a.jpg", "x").with_content_type("image/jpeg\r\nX-Evil: 1");
    assert_eq!(refusal(evil).await, (ErrorKind::Config, message));
    let message = "can't open the stream of the file `a.jpg`".to_owned();
    let closed =
        FilePart::stream("a.jpg", 5, || async { Err::<tokio::io::Empty, _>(io::Error::other("closed")) });
    assert_eq!(refusal(closed).await, (ErrorKind::Io, message));
    assert_eq!(raw(&FilePart::bytes("", ""), IDLE).await.unwrap_err().kind(), ErrorKind::Config);
}

/// Sends the body by the default transport.
async fn post(url: &str, upload: Upload) -> Result<u16, TransportError> {
    let transport = default_transport(Settings { direct: true, ..Settings::default() }).unwrap();
    let request = http::Request::post(url).header("content-type", upload.content_type);
    let request = request.body(RequestBody::upload(upload.body)).unwrap();
    Ok(transport.send(request).await?.status().as_u16())
}

#[tokio::test]
async fn the_length_goes_out_and_no_chunks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/upload", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n--B--\r\n") {
            assert_ne!(socket.read_buf(&mut request).await.unwrap(), 0);
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        request
    });
    let bytes = pattern(5 * CHUNK + 3);
    let source = bytes.clone();
    let part = FilePart::stream("a.mp4", bytes.len() as u64, move || {
        let source = source.clone();
        async move { Ok(io::Cursor::new(source)) }
    });
    let upload = multipart_with(&[text("a", "b"), file("media", part)], "B", IDLE).await.unwrap();
    let length = upload.length;
    assert_eq!(post(&url, upload).await.unwrap(), 200);
    let request = server.await.unwrap();
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let (head, body) = request.split_at(end);
    let head = String::from_utf8(head.to_vec()).unwrap().to_ascii_lowercase();
    assert!(head.contains(&format!("\r\ncontent-length: {length}\r\n")), "{head}");
    assert!(head.contains("\r\ncontent-type: multipart/form-data; boundary=b\r\n"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    let expected = [
        &b"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n\
           --B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.mp4\"\r\n\
           Content-Type: video/mp4\r\n\r\n"[..],
        &bytes,
        b"\r\n--B--\r\n",
    ]
    .concat();
    assert_eq!(body.len() as u64, length);
    assert!(body == expected);
}

#[tokio::test]
async fn a_broken_source_is_named_in_the_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/upload", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        // To the end, which comes too early: the client breaks the connection off.
        let _ = socket.read_to_end(&mut request).await;
        request
    });
    let part = FilePart::stream("a.mp4", 500_000, || async { Ok(io::Cursor::new(pattern(200_000))) });
    let upload = raw(&part, IDLE).await.unwrap();
    let error = post(&url, upload).await.unwrap_err();
    let error = own_error(&error).expect("the cause is found");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(
        error.message(),
        "the stream of the file `a.mp4` ended after 200000 of the 500000 bytes announced"
    );
    assert!(server.await.unwrap().len() < 500_000);
}

#[tokio::test]
async fn an_error_of_the_connection_is_not_ours() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/upload", listener.local_addr().unwrap());
    drop(listener);
    let upload = raw(&FilePart::bytes("a.jpg", "x"), IDLE).await.unwrap();
    let error = post(&url, upload).await.unwrap_err();
    assert!(own_error(&error).is_none());
}

#[tokio::test(start_paused = true)]
async fn silence_is_counted_from_the_last_move() {
    let (_, activity) = Outgoing::new(Vec::new());
    let start = Instant::now();
    let moving = async {
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(7)).await;
            activity.touch();
        }
    };
    tokio::join!(activity.stalled(Duration::from_secs(10)), moving);
    assert_eq!(start.elapsed().as_secs(), 5 * 7 + 10);
    let for_ever = tokio::time::timeout(Duration::from_secs(1 << 30), activity.stalled(Duration::MAX));
    assert!(for_ever.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn handing_out_a_body_is_a_move() {
    let mut upload = raw(&FilePart::bytes("a.mp4", pattern(3 * CHUNK)), IDLE).await.unwrap();
    let activity = std::mem::replace(&mut upload.activity, Outgoing::new(Vec::new()).1);
    let start = Instant::now();
    tokio::time::sleep(Duration::from_secs(9)).await;
    collect(upload).await;
    activity.stalled(Duration::from_secs(10)).await;
    assert_eq!(start.elapsed().as_secs(), 19);
}

#[test]
fn a_part_tells_what_it_is() {
    let part = FilePart::bytes("a.PnG", "secret bytes");
    assert_eq!((part.filename(), part.content_type()), ("a.PnG", "image/png"));
    assert_eq!(part.explicit_content_type(), None);
    assert_eq!(
        format!("{part:?}"),
        r#"FilePart { filename: "a.PnG", content_type: "image/png", length: 12 }"#
    );
    let part = FilePart::path("/srv/图/a.silk").with_content_type("audio/x");
    assert_eq!((part.filename(), part.content_type()), ("a.silk", "audio/x"));
    assert_eq!(part.explicit_content_type(), Some("audio/x"));
    for (name, content_type) in [
        ("a.jpg", "image/jpeg"),
        ("a.tar.JPEG", "image/jpeg"),
        ("a.amr", "audio/amr"),
        ("a.mp3", "audio/mpeg"),
        ("a.speex", "audio/speex"),
        ("a.mp4", "video/mp4"),
        ("jpg", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("", "application/octet-stream"),
    ] {
        assert_eq!(FilePart::bytes(name, "").content_type(), content_type, "{name}");
    }
}

#[test]
fn uploads_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<FilePart>();
    crosses::<Part>();
    crosses::<Upload>();
    fn future(_: impl Send) {}
    future(multipart(&[], IDLE));
}
