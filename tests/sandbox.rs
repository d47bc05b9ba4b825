//! The sandbox, from outside: raw HTTP against it, bytes written by hand. How the client behaves against it is
//! tested elsewhere.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{json, Value};
use weixin::sandbox::{Fault, Sandbox};
use weixin::ErrorKind;

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn code(&self) -> i64 {
        self.json()["errcode"].as_i64().unwrap_or_default()
    }

    fn message(&self) -> String {
        self.json()["errmsg"].as_str().unwrap_or_default().to_owned()
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.unwrap().to_vec() }
}

/// A GET; `{token}` in the path and query stands for the current access token.
async fn get(sandbox: &Sandbox, path: &str) -> Answer {
    let path = path.replace("{token}", &sandbox.access_token());
    send(http().get(format!("{}{path}", sandbox.url()))).await
}

async fn post(sandbox: &Sandbox, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let path = path.replace("{token}", &sandbox.access_token());
    send(http().post(format!("{}{path}", sandbox.url())).body(body)).await
}

async fn legacy_token(sandbox: &Sandbox) -> String {
    let path = "/cgi-bin/token?grant_type=client_credential&appid=wx_sandbox&secret=sandbox_secret";
    get(sandbox, path).await.json()["access_token"].as_str().unwrap().to_owned()
}

async fn stable_token(sandbox: &Sandbox, force: bool) -> Answer {
    let body = format!(
        r#"{{"grant_type":"client_credential","appid":"wx_sandbox","secret":"sandbox_secret","force_refresh":{force}}}"#
    );
    post(sandbox, "/cgi-bin/stable_token", body).await
}

fn token_of(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", answer.text())).to_owned()
}

/// What a call with this token is answered: 0 or an error code.
async fn code_with(sandbox: &Sandbox, token: &str) -> i64 {
    get(sandbox, &format!("/cgi-bin/user/get?access_token={token}")).await.code()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn encoded(ticket: &str) -> String {
    ticket.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

const BOUNDARY: &str = "----boundary7MA4";

/// A form with one file part, and text parts behind it.
fn form(disposition: &str, content_type: &str, bytes: &[u8], texts: &[(&str, &str)]) -> Vec<u8> {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {content_type}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    for (name, text) in texts {
        let head =
            format!("\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}");
        body.extend_from_slice(head.as_bytes());
    }
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn upload(sandbox: &Sandbox, path: &str, body: Vec<u8>) -> Answer {
    let path = path.replace("{token}", &sandbox.access_token());
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    send(http().post(format!("{}{path}", sandbox.url())).header("content-type", content_type).body(body))
        .await
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    form(&format!("name=\"media\"; filename=\"{name}\""), "image/jpeg", bytes, &[])
}

#[tokio::test]
async fn legacy_tokens_replace_each_other_after_five_minutes() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer =
        get(&sandbox, "/cgi-bin/token?grant_type=client_credential&appid=wx_sandbox&secret=sandbox_secret")
            .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json; encoding=utf-8");
    assert_eq!(answer.json()["expires_in"], 7200);
    let first = token_of(&answer);
    let second = legacy_token(&sandbox).await;
    assert_ne!(first, second);
    assert_eq!((code_with(&sandbox, &first).await, code_with(&sandbox, &second).await), (0, 0));
    sandbox.advance(seconds(299));
    assert_eq!(code_with(&sandbox, &first).await, 0);
    sandbox.advance(seconds(1));
    assert_eq!((code_with(&sandbox, &first).await, code_with(&sandbox, &second).await), (40001, 0));
    sandbox.advance(seconds(7200 - 301));
    assert_eq!(code_with(&sandbox, &second).await, 0);
    sandbox.advance(seconds(1));
    assert_eq!(code_with(&sandbox, &second).await, 42001);
}

#[tokio::test]
async fn stable_tokens_stay_until_five_minutes_before_their_end() {
    let sandbox = Sandbox::start().await.unwrap();
    let legacy = legacy_token(&sandbox).await;
    let first = token_of(&stable_token(&sandbox, false).await);
    sandbox.advance(seconds(6899));
    let again = stable_token(&sandbox, false).await;
    assert_eq!((token_of(&again), again.json()["expires_in"].clone()), (first.clone(), json!(301)));
    sandbox.advance(seconds(1));
    let next = stable_token(&sandbox, false).await;
    assert_ne!(token_of(&next), first);
    assert_eq!(next.json()["expires_in"], 7200);
    // Both work while the old one lives, and the legacy token was never touched.
    for token in [&first, &token_of(&next), &legacy] {
        assert_eq!(code_with(&sandbox, token).await, 0);
    }
    sandbox.advance(seconds(300));
    assert_eq!(code_with(&sandbox, &first).await, 42001);
    assert_eq!(token_of(&stable_token(&sandbox, false).await), token_of(&next));
}

#[tokio::test]
async fn forced_refresh_is_rationed() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = token_of(&stable_token(&sandbox, false).await);
    let mut current = token_of(&stable_token(&sandbox, true).await);
    assert_ne!(current, first);
    assert_eq!((code_with(&sandbox, &first).await, code_with(&sandbox, &current).await), (40001, 0));
    // Too soon: nothing is refreshed.
    sandbox.advance(seconds(29));
    assert_eq!(token_of(&stable_token(&sandbox, true).await), current);
    // Begin a day of the platform, which is Beijing's, so that the count can't be split between two.
    let now = sandbox.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    sandbox.advance(seconds(86_400 - (now + 8 * 3600) % 86_400));
    for _ in 0..20 {
        let next = token_of(&stable_token(&sandbox, true).await);
        assert_ne!(next, current);
        current = next;
        sandbox.advance(seconds(30));
    }
    let refused = stable_token(&sandbox, true).await;
    assert_eq!(refused.code(), 45009);
    assert_eq!(code_with(&sandbox, &current).await, 0);
    sandbox.advance(seconds(86_400));
    assert_ne!(token_of(&stable_token(&sandbox, true).await), current);
}

#[tokio::test]
async fn credentials_are_judged_by_the_platforms_codes() {
    let sandbox = Sandbox::start().await.unwrap();
    let codes = [
        ("grant_type=client_credential&secret=sandbox_secret", 41002),
        ("grant_type=client_credential&appid=&secret=sandbox_secret", 41002),
        ("grant_type=client_credential&appid=wx_sandbox", 41004),
        ("appid=wx_sandbox&secret=sandbox_secret", 40002),
        ("grant_type=refresh&appid=wx_sandbox&secret=sandbox_secret", 40002),
        ("grant_type=client_credential&appid=wx_other&secret=sandbox_secret", 40013),
        ("grant_type=client_credential&appid=wx_sandbox&secret=wrong", 40125),
        ("grant_type=client_credential&appid=wx_sandbox&secret=sandbox_secret&more=1", 40097),
    ];
    for (query, code) in codes {
        let answer = get(&sandbox, &format!("/cgi-bin/token?{query}")).await;
        assert_eq!((answer.status, answer.code()), (200, code), "{query}");
    }
    let body = r#"{"grant_type":"client_credential","appid":"wx_sandbox","secret":"wrong"}"#;
    assert_eq!(post(&sandbox, "/cgi-bin/stable_token", body).await.code(), 40125);
    let body = r#"{"grant_type":"client_credential","secret":"sandbox_secret"}"#;
    assert_eq!(post(&sandbox, "/cgi-bin/stable_token", body).await.code(), 41002);

    let own = Sandbox::builder().app_id("wx_mine").secret("mine").start().await.unwrap();
    let path = "/cgi-bin/token?grant_type=client_credential&appid=wx_mine&secret=mine";
    assert_eq!(get(&own, path).await.json()["expires_in"], 7200);
}

#[tokio::test]
async fn calls_need_a_token_of_this_account() {
    let sandbox = Sandbox::start().await.unwrap();
    let missing = get(&sandbox, "/cgi-bin/user/get").await;
    assert_eq!(missing.code(), 41001);
    let (words, rid) =
        missing.message().split_once(" rid: ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(words, "access_token missing");
    assert_eq!(rid.split('-').map(str::len).collect::<Vec<_>>(), [8, 8, 8], "{rid}");
    assert_eq!(code_with(&sandbox, "").await, 41001);
    let unknown = get(&sandbox, "/cgi-bin/user/get?access_token=nonsense").await;
    assert_eq!(unknown.code(), 40001);
    assert!(
        unknown.message().starts_with("invalid credential, access_token is invalid or not latest rid: "),
        "{}",
        unknown.message()
    );
    let other = Sandbox::start().await.unwrap();
    assert_eq!(code_with(&sandbox, &other.access_token()).await, 40001);

    let (first, second) = (sandbox.access_token(), legacy_token(&sandbox).await);
    sandbox.revoke_token(&first);
    assert_eq!((code_with(&sandbox, &first).await, code_with(&sandbox, &second).await), (40001, 0));
    let third = sandbox.access_token();
    assert_ne!(third, first);
    sandbox.revoke_tokens();
    assert_eq!((code_with(&sandbox, &second).await, code_with(&sandbox, &third).await), (40001, 40001));
    let fresh = token_of(&stable_token(&sandbox, false).await);
    assert_eq!(code_with(&sandbox, &fresh).await, 0);
}

#[tokio::test]
async fn tickets_are_stable_and_told_apart() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = |kind: &str| format!("/cgi-bin/ticket/getticket?access_token={{token}}&type={kind}");
    let first = get(&sandbox, &path("jsapi")).await.json();
    assert_eq!((&first["errcode"], &first["expires_in"]), (&json!(0), &json!(7200)));
    sandbox.advance(seconds(7199));
    let again = get(&sandbox, &path("jsapi")).await.json();
    assert_eq!((&again["ticket"], &again["expires_in"]), (&first["ticket"], &json!(1)));
    assert_ne!(get(&sandbox, &path("wx_card")).await.json()["ticket"], first["ticket"]);
    sandbox.advance(seconds(1));
    assert_ne!(get(&sandbox, &path("jsapi")).await.json()["ticket"], first["ticket"]);
    let wrong = get(&sandbox, &path("other")).await;
    assert_eq!(wrong.code(), 40097);
    assert!(wrong.message().contains("`type` is `other`"), "{}", wrong.message());
    assert_eq!((sandbox.count("get_jsapi_ticket"), sandbox.count("get_card_ticket")), (4, 1));
}

#[tokio::test]
async fn paths_and_methods() {
    let sandbox = Sandbox::start().await.unwrap();
    let unknown = get(&sandbox, "/cgi-bin/nothing?access_token={token}").await;
    assert_eq!((unknown.status, unknown.header("content-type")), (404, "text/html"));
    assert!(unknown.text().starts_with("<html>"), "{}", unknown.text());
    assert_eq!(get(&sandbox, "/cgi-bin/qrcode/create?access_token={token}").await.code(), 43002);
    assert_eq!(post(&sandbox, "/cgi-bin/user/get?access_token={token}", "{}").await.code(), 43001);
    let account = Sandbox::builder().subscription_account().start().await.unwrap();
    assert_eq!(post(&account, "/cgi-bin/qrcode/create?access_token={token}", "{}").await.code(), 48001);
}

#[tokio::test]
async fn bodies_are_checked_field_by_field() {
    let sandbox = Sandbox::start().await.unwrap();
    let long = "x".repeat(65);
    let string_scene = |text: &str| {
        format!(
            r#"{{"action_name":"QR_LIMIT_STR_SCENE","action_info":{{"scene":{{"scene_str":"{text}"}}}}}}"#
        )
    };
    let cases: Vec<(Vec<u8>, i64, &str)> = vec![
        (vec![], 44002, "empty post data"),
        (b"{".to_vec(), 47001, "not JSON"),
        (b"[1]".to_vec(), 47001, "not a JSON object"),
        (b"{\"action_name\":\"\xff\"}".to_vec(), 40033, "UTF-8"),
        (string_scene("\\u4e8c").into(), 40033, "\\uXXXX"),
        (b"{}".to_vec(), 0, "`action_name` is missing"),
        (string_scene(&long).into(), 40053, "`action_info.scene.scene_str` has 65 characters; at most 64"),
        (string_scene("").into(), 40053, "`action_info.scene.scene_str` has 0 characters"),
        (
            br#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":0}}}"#.to_vec(),
            40053,
            "`action_info.scene.scene_id` is too small",
        ),
        (
            br#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":100001}}}"#.to_vec(),
            40053,
            "`action_info.scene.scene_id` is too large; at most 100000",
        ),
        (
            br#"{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":"7"}}}"#.to_vec(),
            47001,
            "`action_info.scene.scene_id` must be an integer",
        ),
        (
            br#"{"action_name":"QR_SCENE","action_info":{"scene":7}}"#.to_vec(),
            47001,
            "`action_info.scene` must be an object",
        ),
        (
            br#"{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":7,"scene_str":"7"}}}"#.to_vec(),
            40097,
            "`action_info.scene.scene_str` is unknown",
        ),
        (
            br#"{"action_name":"QR_LIMIT_SCENE","expire_seconds":60,"action_info":{"scene":{"scene_id":7}}}"#
                .to_vec(),
            40097,
            "`expire_seconds` is unknown",
        ),
    ];
    for (body, code, words) in cases {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let answer = post(&sandbox, "/cgi-bin/qrcode/create?access_token={token}", body).await;
        // 0 here: whichever code the spec gives to a missing kind.
        assert!(
            if code == 0 { answer.code() != 0 } else { answer.code() == code },
            "{shown}: {}",
            answer.text()
        );
        assert!(answer.message().contains(words), "{shown}: {}", answer.text());
    }
    let info = get(&sandbox, "/cgi-bin/user/info?access_token={token}&openid=o&lang=xx").await;
    assert!(info.message().contains("`lang` is `xx`"), "{}", info.text());
    let info = get(&sandbox, "/cgi-bin/user/info?access_token={token}&openid=o&open_id=o").await;
    assert!(info.code() == 40097 && info.message().contains("`open_id` is unknown"), "{}", info.text());
}

async fn create_qrcode(sandbox: &Sandbox, body: &str) -> Value {
    let answer = post(sandbox, "/cgi-bin/qrcode/create?access_token={token}", body.to_owned()).await;
    assert_eq!(answer.code(), 0, "{}", answer.text());
    assert!(answer.text().contains(r#""url":"http:\/\/weixin.qq.com\/q\/"#), "{}", answer.text());
    answer.json()
}

/// What a QR reader that is not ours sees in the picture.
fn scan(picture: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("code.jpg");
    std::fs::write(&path, picture).unwrap();
    let output = Command::new("zbarimg").args(["--raw", "--quiet"]).arg(&path).output();
    let output = output.expect("`zbarimg` is needed to read QR codes (Debian: zbar-tools)");
    assert!(output.status.success(), "the picture does not decode");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn qr_codes_decode_to_their_url() {
    let sandbox = Sandbox::start().await.unwrap();
    let bodies = [
        (
            r#"{"expire_seconds":604800,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":123}}}"#,
            json!(604800),
        ),
        (r#"{"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"test"}}}"#, json!(30)),
        (r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":123}}}"#, Value::Null),
        (r#"{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"123"}}}"#, Value::Null),
    ];
    let mut urls = std::collections::BTreeSet::new();
    for (body, life) in bodies {
        let code = create_qrcode(&sandbox, body).await;
        assert_eq!(code["expire_seconds"], life, "{body}");
        let ticket = code["ticket"].as_str().unwrap();
        assert!(ticket.ends_with("=="), "{ticket}");
        let shown = get(&sandbox, &format!("/cgi-bin/showqrcode?ticket={}", encoded(ticket))).await;
        assert_eq!((shown.status, shown.header("content-type")), (200, "image/jpg"));
        assert_eq!(shown.header("cache-control"), "max-age=604800");
        assert_eq!(shown.header("content-length"), shown.body.len().to_string());
        assert_eq!(shown.body[..3], [0xff, 0xd8, 0xff]);
        let url = code["url"].as_str().unwrap();
        assert_eq!(scan(&shown.body), url);
        urls.insert(url.to_owned());
    }
    assert_eq!(urls.len(), 4);
}

#[tokio::test]
async fn permanent_codes_last_and_temporary_ones_expire() {
    let sandbox = Sandbox::start().await.unwrap();
    let permanent = r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":1}}}"#;
    let temporary =
        r#"{"expire_seconds":60,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":1}}}"#;
    let (kept, gone) = (create_qrcode(&sandbox, permanent).await, create_qrcode(&sandbox, temporary).await);
    assert_eq!(create_qrcode(&sandbox, permanent).await, kept);
    assert_ne!(create_qrcode(&sandbox, temporary).await["ticket"], gone["ticket"]);
    let path =
        |code: &Value| format!("/cgi-bin/showqrcode?ticket={}", encoded(code["ticket"].as_str().unwrap()));
    sandbox.advance(seconds(59));
    assert_eq!(get(&sandbox, &path(&gone)).await.status, 200);
    sandbox.advance(seconds(1));
    let expired = get(&sandbox, &path(&gone)).await;
    assert_eq!((expired.status, expired.header("content-type")), (404, "text/html"));
    sandbox.advance(seconds(400 * 86_400));
    assert_eq!(get(&sandbox, &path(&kept)).await.status, 200);
    assert_eq!(create_qrcode(&sandbox, permanent).await["url"], kept["url"]);
    assert_eq!(get(&sandbox, "/cgi-bin/showqrcode?ticket=gQH47joAAAAA").await.status, 404);
}

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

/// Writes these bytes to a connection of its own and reads until the sandbox closes it.
fn raw(sandbox: &Sandbox, request: &[u8]) -> String {
    let mut stream = connect(sandbox);
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap()
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

#[tokio::test]
async fn followers_are_paged_and_kept() {
    let sandbox = Sandbox::builder().followers(["o1", "o2", "o3"]).page_size(2).start().await.unwrap();
    let list = |after: &str| format!("/cgi-bin/user/get?access_token={{token}}&next_openid={after}");
    let page = get(&sandbox, &list("")).await.json();
    assert_eq!(page, json!({"total": 3, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"}));
    let page = get(&sandbox, &list("o2")).await.json();
    assert_eq!(page, json!({"total": 3, "count": 1, "data": {"openid": ["o3"]}, "next_openid": "o3"}));
    let page = get(&sandbox, &list("o3")).await.json();
    assert_eq!(page, json!({"total": 3, "count": 0, "next_openid": ""}));
    assert_eq!(get(&sandbox, &list("o9")).await.code(), 40003);

    let remark = "/cgi-bin/user/info/updateremark?access_token={token}";
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o1","remark":"老客户"}"#).await.code(), 0);
    assert_eq!(sandbox.remark("o1").as_deref(), Some("老客户"));
    let info = "/cgi-bin/user/info?access_token={token}&openid=o1&lang=en";
    let user = get(&sandbox, info).await.json();
    assert_eq!(
        (&user["subscribe"], &user["remark"], &user["language"]),
        (&json!(1), &json!("老客户"), &json!("en"))
    );
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o1","remark":""}"#).await.code(), 0);
    assert_eq!(sandbox.remark("o1").as_deref(), Some(""));

    let batch = "/cgi-bin/user/info/batchget?access_token={token}";
    let users = post(&sandbox, batch, r#"{"user_list":[{"openid":"o3"},{"openid":"o1","lang":"zh_TW"}]}"#)
        .await
        .json();
    let openids: Vec<_> =
        users["user_info_list"].as_array().unwrap().iter().map(|user| &user["openid"]).collect();
    assert_eq!(openids, ["o3", "o1"]);
    let stranger = post(&sandbox, batch, r#"{"user_list":[{"openid":"o1"},{"openid":"o9"}]}"#).await;
    assert!(stranger.code() == 40003 && stranger.message().contains("`o9`"), "{}", stranger.text());

    sandbox.unfollow("o2");
    sandbox.remove_user("o3");
    sandbox.add_user("o4");
    assert_eq!(sandbox.followers(), ["o1", "o4"]);
    assert!(sandbox.is_follower("o4") && !sandbox.is_follower("o2") && !sandbox.is_follower("o3"));
    // Paging goes on behind somebody who has left meanwhile.
    assert_eq!(get(&sandbox, &list("o2")).await.json()["data"]["openid"], json!(["o4"]));
    let left = get(&sandbox, "/cgi-bin/user/info?access_token={token}&openid=o2").await.json();
    assert_eq!(left, json!({"subscribe": 0, "openid": "o2"}));
    assert_eq!(get(&sandbox, "/cgi-bin/user/info?access_token={token}&openid=o3").await.code(), 40003);
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o2","remark":"x"}"#).await.code(), 43004);
    assert_eq!(post(&sandbox, remark, r#"{"openid":"o3","remark":"x"}"#).await.code(), 40003);
}

#[tokio::test]
async fn default_followers_exist() {
    let sandbox = Sandbox::start().await.unwrap();
    let followers = sandbox.followers();
    assert!(followers.len() >= 3);
    let path = format!("/cgi-bin/user/info?access_token={{token}}&openid={}", followers[0]);
    assert_eq!(get(&sandbox, &path).await.json()["subscribe"], 1);
}

#[tokio::test]
async fn endpoints_without_a_flow_answer_their_examples() {
    let sandbox = Sandbox::start().await.unwrap();
    let answer = get(&sandbox, "/cgi-bin/getcallbackip?access_token={token}").await;
    assert_eq!(answer.status, 200);
    assert!(!answer.json()["ip_list"].as_array().unwrap().is_empty());
    let body =
        format!(r#"{{"touser":"{}","msgtype":"text","text":{{"content":"你好"}}}}"#, sandbox.followers()[0]);
    let send = "/cgi-bin/message/custom/send?access_token={token}";
    assert_eq!(post(&sandbox, send, body.clone()).await.code(), 0);
    assert_eq!(post(&sandbox, send, body.replace(&sandbox.followers()[0], "o_nobody")).await.code(), 40003);
    let refused = post(&sandbox, send, body.replace("\"content\"", "\"contents\"")).await;
    assert!(refused.message().contains("`text.content` is missing"), "{}", refused.text());
}

#[tokio::test]
async fn faults_answer_in_their_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = "/cgi-bin/user/get?access_token={token}";
    sandbox.fail("list_followers", Fault::code(-1).times(2)).unwrap();
    sandbox.fail("/cgi-bin/user/get", Fault::code(45009).message("quota")).unwrap();
    let busy = get(&sandbox, path).await;
    assert!(busy.code() == -1 && busy.message().starts_with("system error rid: "), "{}", busy.text());
    assert_eq!(get(&sandbox, path).await.code(), -1);
    assert_eq!(get(&sandbox, path).await.json(), json!({"errcode": 45009, "errmsg": "quota"}));
    assert_eq!(get(&sandbox, path).await.code(), 0);

    let page = Fault::status(502).body("<html>").header("Content-Type", "text/html").header("X-Own", "1");
    sandbox.fail("*", page.always()).unwrap();
    for path in [path, "/not/in/the/spec"] {
        let answer = get(&sandbox, path).await;
        assert_eq!(
            (answer.status, answer.header("content-type"), answer.header("x-own")),
            (502, "text/html", "1")
        );
        assert_eq!(answer.text(), "<html>");
    }
    sandbox.clear_faults();
    assert_eq!(get(&sandbox, path).await.code(), 0);
    sandbox.fail("/my/own", Fault::answer(r#"{"mine":1}"#).after(Duration::from_millis(1))).unwrap();
    assert_eq!(get(&sandbox, "/my/own").await.json()["mine"], 1);
    assert_eq!(get(&sandbox, "/my/own").await.status, 404);

    for wrong in [
        sandbox.fail("no_such_endpoint", Fault::close()),
        sandbox.fail("*", Fault::status(99)),
        sandbox.fail("*", Fault::pass().header("a b", "c")),
        sandbox.fail("*", Fault::pass().header("a", "b\r\nc")),
    ] {
        assert_eq!(wrong.unwrap_err().kind(), ErrorKind::Config);
    }
    assert_eq!(get(&sandbox, path).await.code(), 0);
}

#[tokio::test]
async fn faults_break_connections() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = format!("/cgi-bin/user/get?access_token={}", sandbox.access_token());
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    sandbox.fail("list_followers", Fault::close()).unwrap();
    assert_eq!(raw(&sandbox, request.as_bytes()), "");
    sandbox.fail("list_followers", Fault::raw("HTTP/1.1 2OO nonsense\r\n\r\n")).unwrap();
    assert_eq!(raw(&sandbox, request.as_bytes()), "HTTP/1.1 2OO nonsense\r\n\r\n");
    sandbox.fail("list_followers", Fault::answer("{\"a\":1}").cut(3)).unwrap();
    let cut = raw(&sandbox, request.as_bytes());
    assert!(
        cut.starts_with("HTTP/1.1 200 OK\r\n") && cut.ends_with("content-length: 7\r\n\r\n{\"a"),
        "{cut}"
    );
    sandbox.fail("list_followers", Fault::answer("{}").promise(1000)).unwrap();
    assert!(raw(&sandbox, request.as_bytes()).ends_with("content-length: 1000\r\n\r\n{}"));
    // The regular answer, cut: what was promised is its real length.
    let whole = get(&sandbox, &path).await.body;
    sandbox.fail("list_followers", Fault::pass().cut(5)).unwrap();
    let cut = raw(&sandbox, request.as_bytes());
    let end = format!("content-length: {}\r\n\r\n{}", whole.len(), String::from_utf8_lossy(&whole[..5]));
    assert!(cut.ends_with(&end), "{cut}");

    // A request that hangs is logged, unanswered, and ends with the sandbox.
    sandbox.clear_log();
    sandbox.fail("list_followers", Fault::hang()).unwrap();
    let mut held = connect(&sandbox);
    held.write_all(request.as_bytes()).unwrap();
    sandbox.wait_for(1).await;
    assert_eq!(sandbox.requests()[0].status(), None);
    drop(sandbox);
    let mut rest = Vec::new();
    let _ = held.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn requests_are_logged() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.access_token();
    post(&sandbox, "/cgi-bin/qrcode/create?access_token={token}", "{\"a\":1}").await;
    get(&sandbox, "/nowhere?x=%E4%BA%8C+y").await;
    sandbox.fail("get_user", Fault::close()).unwrap();
    let _ = http().get(format!("{}/cgi-bin/user/info", sandbox.url())).send().await;
    sandbox.wait_for(3).await;
    let requests = sandbox.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|r| (r.method(), r.path(), r.endpoint(), r.status(), r.code().is_some()))
        .collect();
    assert_eq!(
        seen,
        [
            ("POST", "/cgi-bin/qrcode/create", Some("create_qrcode"), Some(200), true),
            ("GET", "/nowhere", None, Some(404), false),
            ("GET", "/cgi-bin/user/info", Some("get_user"), None, false),
        ]
    );
    assert_eq!(requests[0].body().as_ref(), b"{\"a\":1}");
    assert_eq!(requests[0].query_value("access_token"), Some(token.clone()));
    assert_eq!(requests[0].headers()["content-length"], "7");
    assert_eq!(
        (requests[1].query(), requests[1].query_value("x").as_deref()),
        ("x=%E4%BA%8C+y", Some("二 y"))
    );
    let printed = format!("{requests:?} {sandbox:?} {:?}", Sandbox::builder());
    assert!(!printed.contains(&token) && !printed.contains("sandbox_secret"), "{printed}");
    assert_eq!((sandbox.count("create_qrcode"), sandbox.count("list_followers")), (1, 0));
    sandbox.clear_log();
    assert_eq!((sandbox.requests().len(), sandbox.count("create_qrcode")), (0, 0));
    get(&sandbox, "/nowhere").await;
    assert_eq!(sandbox.requests()[0].status(), Some(404));
}

#[tokio::test]
async fn time_stands_still_unless_moved() {
    let sandbox = Sandbox::start().await.unwrap();
    let start = sandbox.now();
    assert_eq!(sandbox.now(), start);
    sandbox.advance(Duration::from_millis(1500));
    assert_eq!(sandbox.now(), start + Duration::from_millis(1500));
    sandbox.advance(Duration::MAX);
    sandbox.advance(Duration::MAX);
    assert_eq!(stable_token(&sandbox, false).await.json()["expires_in"], 7200);
    let short = Sandbox::builder().token_life(seconds(60)).start().await.unwrap();
    assert_eq!(stable_token(&short, false).await.json()["expires_in"], 60);
}

#[tokio::test]
async fn many_requests_at_once() {
    let sandbox = std::sync::Arc::new(Sandbox::start().await.unwrap());
    let client = http();
    let url = format!("{}/cgi-bin/user/get?access_token={}", sandbox.url(), sandbox.access_token());
    let calls: Vec<_> = (0..300).map(|_| tokio::spawn(send(client.get(&url)))).collect();
    for call in calls {
        assert_eq!(call.await.unwrap().code(), 0);
    }
    assert_eq!(sandbox.count("list_followers"), 300);
}

#[tokio::test]
async fn odd_bytes_do_no_harm() {
    let sandbox = Sandbox::start().await.unwrap();
    assert!(raw(&sandbox, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").starts_with("HTTP/1.1 400"));
    let mut broken_off = connect(&sandbox);
    broken_off
        .write_all(b"POST /cgi-bin/qrcode/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        .unwrap();
    drop(broken_off);
    let token = sandbox.access_token();
    let odd = format!("GET /cgi-bin/user/get?access_token={token}&%ZZ&=&next_openid HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(raw(&sandbox, odd.as_bytes()).contains("\"errcode\":40097"));
    assert_eq!(code_with(&sandbox, &token).await, 0);
}

#[test]
fn dropping_stops_everything_at_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    // The sandbox outlives the runtime that it was started on …
    drop(runtime);
    let mut kept_alive = connect(&sandbox);
    kept_alive.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 12];
    kept_alive.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 404");
    let address = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    drop(sandbox);
    // … and nothing of it is left when `drop` returns: open connections end, new ones are refused.
    let mut rest = Vec::new();
    let _ = kept_alive.read_to_end(&mut rest);
    assert!(TcpStream::connect(address).is_err());
}
