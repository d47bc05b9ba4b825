//! The requests of QR codes and the answer that the documentation gives.
//! Pictures are tested in `tests/it/transfer.rs`.

use weixin::qrcode::{
    CreateQrcode, CreateQrcodeResponse, QrAction, QrLimitScene, QrLimitStrScene, QrScene, QrStrScene,
};

use crate::account::post;

const TARGET: &str = "/cgi-bin/qrcode/create?access_token=81_s3cr3t-A";
const TEMPORARY: &str = concat!(
    r#"{"ticket":"gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb"#,
    r#"3ZhYmJJAAIEZ23sUwMEmm3sUw==","#,
    r#""expire_seconds":60,"url":"http:\/\/weixin.qq.com\/q\/kZgfwMTm72WWPkovabbI"}"#
);
const PERMANENT: &str = concat!(
    r#"{"ticket":"gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb"#,
    r#"3ZhYmJJAAIEZ23sUwMEmm3sUw==","#,
    r#""url":"http:\/\/weixin.qq.com\/q\/kZgfwMTm72WWPkovabbI"}"#
);

async fn create(action: impl Into<QrAction>, body: &str, answer: &str) -> CreateQrcodeResponse {
    post(TARGET, body, answer, |client| client.create_qrcode(CreateQrcode::new(action))).await
}

#[tokio::test]
async fn temporary_with_a_number() {
    let code = create(
        QrScene::new(123).expire_seconds(604_800),
        r#"{"expire_seconds":604800,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":123}}}"#,
        TEMPORARY,
    )
    .await;
    assert_eq!(
        code.ticket,
        "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw=="
    );
    assert_eq!(code.expire_seconds, Some(60));
    assert_eq!(code.url, "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI");
    assert!(code.unknown_fields.is_empty());

    create(
        QrAction::scene(u32::MAX),
        r#"{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":4294967295}}}"#,
        TEMPORARY,
    )
    .await;
}

#[tokio::test]
async fn temporary_with_a_string() {
    create(
        QrStrScene::new("订单\"№7\"\n\u{1F600}</script>").expire_seconds(2_592_000),
        "{\"expire_seconds\":2592000,\"action_name\":\"QR_STR_SCENE\",\"action_info\":{\"scene\":\
         {\"scene_str\":\"订单\\\"№7\\\"\\n\u{1F600}</script>\"}}}",
        TEMPORARY,
    )
    .await;
    create(
        QrAction::str_scene("test"),
        r#"{"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"test"}}}"#,
        TEMPORARY,
    )
    .await;
}

#[tokio::test]
async fn permanent_with_a_number() {
    let code = create(
        QrLimitScene::new(123),
        r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":123}}}"#,
        PERMANENT,
    )
    .await;
    assert_eq!(code.expire_seconds, None);
    // No limit is enforced here: the platform has moved its limits before.
    create(
        QrAction::limit_scene(100_001),
        r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":100001}}}"#,
        PERMANENT,
    )
    .await;
}

#[tokio::test]
async fn permanent_with_a_string() {
    create(
        QrLimitStrScene::new("test"),
        r#"{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"test"}}}"#,
        PERMANENT,
    )
    .await;
    create(
        QrAction::limit_str_scene(""),
        r#"{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":""}}}"#,
        PERMANENT,
    )
    .await;
}

#[tokio::test]
async fn a_field_that_the_crate_lacks_can_be_sent() {
    let mut request = CreateQrcode::new(QrLimitScene::new(1));
    request.unknown_fields.insert("colour", "red");
    post(
        TARGET,
        r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":1}},"colour":"red"}"#,
        PERMANENT,
        |client| client.create_qrcode(request),
    )
    .await;
}
