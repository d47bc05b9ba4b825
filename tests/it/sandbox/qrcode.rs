//! QR codes: tickets, lives, and pictures that a reader which is not ours decodes.
//! The helpers stand in `tests/it/sandbox.rs`.

use std::process::Command;

use serde_json::json;
use serde_json::Value;
use weixin::sandbox::Sandbox;

use super::{encoded, get, post, seconds};

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
