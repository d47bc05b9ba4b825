//! Files up and down: temporary media, pictures of articles, the permanent library.
//! The helpers stand in `tests/it/sandbox.rs`.

use std::time::UNIX_EPOCH;

use serde_json::json;
use serde_json::Value;
use weixin::sandbox::Sandbox;

use super::{file, form, get, post, raw, seconds, upload, BOUNDARY};

#[tokio::test]
async fn media_comes_back_byte_for_byte() {
    let sandbox = Sandbox::start().await.unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).chain(*b"\r\n--\r\n").collect();
    let body = form("name=\"media\"; filename=\"二维码 1.jpg\"", "image/x-own", &bytes, &[]);
    let stored = upload(&sandbox, "/cgi-bin/media/upload?access_token={token}&type=image", body).await.json();
    assert_eq!(stored["type"], "image");
    let now = sandbox.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(stored["created_at"], now);
    let id = stored["media_id"].as_str().unwrap();
    assert_eq!(sandbox.media(id).as_deref(), Some(bytes.as_slice()));
    let path = format!("/cgi-bin/media/get?access_token={{token}}&media_id={id}");
    let back = get(&sandbox, &path).await;
    assert_eq!((back.status, back.header("content-type")), (200, "image/x-own"));
    assert_eq!(
        back.headers["content-disposition"].as_bytes(),
        "attachment; filename=\"二维码 1.jpg\"".as_bytes()
    );
    assert!(back.body == bytes);
    assert_eq!(get(&sandbox, &path.replace("/get?", "/get/jssdk?")).await.code(), 40007);
    sandbox.advance(seconds(3 * 86_400 - 1));
    assert_eq!(get(&sandbox, &path).await.status, 200);
    sandbox.advance(seconds(1));
    let expired = get(&sandbox, &path).await;
    assert_eq!((expired.status, expired.header("content-type"), expired.code()), (200, "text/plain", 40007));
}

#[tokio::test]
async fn videos_and_pictures_are_served_by_address() {
    let sandbox = Sandbox::start().await.unwrap();
    let video =
        upload(&sandbox, "/cgi-bin/media/upload?access_token={token}&type=video", file("a.mp4", b"moving"))
            .await
            .json();
    let id = video["media_id"].as_str().unwrap();
    let answer =
        get(&sandbox, &format!("/cgi-bin/media/get?access_token={{token}}&media_id={id}")).await.json();
    let url = answer["video_url"].as_str().unwrap().strip_prefix(sandbox.url()).unwrap().to_owned();
    assert_eq!(get(&sandbox, &url).await.body, b"moving");
    sandbox.advance(seconds(3 * 86_400));
    assert_eq!(get(&sandbox, &url).await.status, 404);
    let picture = upload(&sandbox, "/cgi-bin/media/uploadimg?access_token={token}", file("a.png", b"still"))
        .await
        .json();
    let url = picture["url"].as_str().unwrap().strip_prefix(sandbox.url()).unwrap().to_owned();
    assert_eq!(get(&sandbox, &url).await.body, b"still");
    let voice =
        upload(&sandbox, "/cgi-bin/media/upload?access_token={token}&type=voice", file("a.amr", b"#!AMR"))
            .await;
    let id = voice.json()["media_id"].as_str().unwrap().to_owned();
    let back = get(&sandbox, &format!("/cgi-bin/media/get/jssdk?access_token={{token}}&media_id={id}")).await;
    assert_eq!((back.header("content-type"), back.body.as_slice()), ("voice/speex", b"#!AMR".as_slice()));
}

#[tokio::test]
async fn bad_uploads_are_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = |kind: &str| format!("/cgi-bin/media/upload?access_token={{token}}&type={kind}");
    let large = vec![0; (2 << 20) + 1];
    let cases = [
        ("image", file("a.jpg", b""), 44001, "`media` is an empty file"),
        ("image", form("name=\"media\"", "image/jpeg", b"x", &[]), 41005, "`media` has no file name"),
        ("image", form("name=\"media\"; filename=\"\"", "image/jpeg", b"x", &[]), 41005, "no file name"),
        (
            "image",
            form("name=\"file\"; filename=\"a.jpg\"", "image/jpeg", b"x", &[]),
            41005,
            "`media` is missing",
        ),
        (
            "image",
            form("name=\"media\"; filename=\"a.jpg\"", "image/jpeg", b"x", &[("more", "1")]),
            40097,
            "`more`",
        ),
        ("image", file("a.txt", b"x"), 40005, "`a.txt`"),
        ("photo", file("a.jpg", b"x"), 40004, "`type` is `photo`"),
        ("voice", file("a.mp3", &large), 40010, "2097153 bytes"),
        ("thumb", file("a.jpg", &large), 40012, "at most 65536"),
        ("image", b"nothing like a form".to_vec(), 41005, "can't be read"),
    ];
    for (kind, body, code, words) in cases {
        let answer = upload(&sandbox, &path(kind), body).await;
        assert_eq!(answer.code(), code, "{}", answer.text());
        assert!(answer.message().contains(words), "{}", answer.text());
    }
    let not_a_form = post(&sandbox, &path("image"), "{}").await;
    assert_eq!(not_a_form.code(), 41005);

    // The same form in chunks, which the platform does not read.
    let body = file("a.jpg", b"x");
    let path = path("image").replace("{token}", &sandbox.access_token());
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n{:x}\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    request.extend_from_slice(b"\r\n0\r\n\r\n");
    let answer = raw(&sandbox, &request);
    assert!(answer.contains("\"errcode\":41005") && answer.contains("Content-Length"), "{answer}");
}

#[tokio::test]
async fn the_library_is_consistent() {
    let sandbox = Sandbox::start().await.unwrap();
    let add = |kind: &str| format!("/cgi-bin/material/add_material?access_token={{token}}&type={kind}");
    let words = r#"{"title":"一","introduction":"二"}"#;
    let video = form("name=\"media\"; filename=\"v.mp4\"", "video/mp4", b"v", &[("description", words)]);
    let first = upload(&sandbox, &add("image"), file("1.png", b"one")).await.json();
    let second = upload(&sandbox, &add("image"), file("2.png", b"two")).await.json();
    let video = upload(&sandbox, &add("video"), video).await.json();
    let without = upload(&sandbox, &add("video"), file("v.mp4", b"v")).await;
    assert!(without.message().contains("`description` is missing"), "{}", without.text());

    let count = get(&sandbox, "/cgi-bin/material/get_materialcount?access_token={token}").await.json();
    assert_eq!(count, json!({"voice_count": 0, "video_count": 1, "image_count": 2, "news_count": 0}));
    let list = "/cgi-bin/material/batchget_material?access_token={token}";
    let page = post(&sandbox, list, r#"{"type":"image","offset":0,"count":1}"#).await.json();
    assert_eq!((&page["total_count"], &page["item_count"]), (&json!(2), &json!(1)));
    assert_eq!(
        (&page["item"][0]["media_id"], &page["item"][0]["name"]),
        (&second["media_id"], &json!("2.png"))
    );
    let page = post(&sandbox, list, r#"{"type":"image","offset":1,"count":20}"#).await.json();
    assert_eq!((&page["item"][0]["media_id"], &page["item"][0]["url"]), (&first["media_id"], &first["url"]));

    let one = |id: &Value| format!("{{\"media_id\":{id}}}");
    let fetch = "/cgi-bin/material/get_material?access_token={token}";
    let back = post(&sandbox, fetch, one(&first["media_id"])).await;
    assert_eq!((back.body.as_slice(), back.header("content-type")), (b"one".as_slice(), "image/jpeg"));
    let back = post(&sandbox, fetch, one(&video["media_id"])).await.json();
    assert_eq!((&back["title"], &back["description"]), (&json!("一"), &json!("二")));
    let url = back["down_url"].as_str().unwrap().strip_prefix(sandbox.url()).unwrap().to_owned();
    assert_eq!(get(&sandbox, &url).await.body, b"v");

    let delete = "/cgi-bin/material/del_material?access_token={token}";
    assert_eq!(
        post(&sandbox, delete, one(&first["media_id"])).await.json(),
        json!({"errcode": 0, "errmsg": "ok"})
    );
    assert_eq!(post(&sandbox, delete, one(&first["media_id"])).await.code(), 40007);
    assert_eq!(post(&sandbox, fetch, one(&first["media_id"])).await.code(), 40007);
    let count = get(&sandbox, "/cgi-bin/material/get_materialcount?access_token={token}").await.json();
    assert_eq!(count["image_count"], 1);
}
