//! Which request is accepted: path, method, body, fields; and the answers taken from examples.
//! The helpers stand in `tests/it/sandbox.rs`.

use weixin::sandbox::Sandbox;

use super::{encoded, form, get, post, upload};

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
    assert_eq!(
        post(&sandbox, send, body.replace(sandbox.followers()[0].as_str(), "o_nobody")).await.code(),
        40003
    );
    let refused = post(&sandbox, send, body.replace("\"content\"", "\"contents\"")).await;
    assert!(refused.message().contains("`text.content` is missing"), "{}", refused.text());
}

#[tokio::test]
async fn the_code_tells_what_is_wrong_with_a_field() {
    let sandbox = Sandbox::start().await.unwrap();
    let tag = |name: &str| format!(r#"{{"tag":{{"name":"{name}"}}}}"#);
    let seat = |code: &str, class: &str| {
        format!(r#"{{{code}"etkt_bnr":"78412345678901",{class}"passenger_name":"李明"}}"#)
    };
    let checkin = "/card/boardingpass/checkin";
    let cases = [
        ("/cgi-bin/tags/create", tag(&"x".repeat(31)), 45158, "`tag.name` has 31 characters; at most 30"),
        ("/cgi-bin/tags/create", tag(""), 45157, "`tag.name` has 0 characters"),
        ("/cgi-bin/message/mass/speed/set", "{}".to_owned(), 45084, "`speed` is missing"),
        ("/cgi-bin/message/mass/speed/set", r#"{"speed":9}"#.to_owned(), 45083, "`speed` is `9`"),
        (checkin, seat("", r#""class":"头等舱","#), 41013, "`code` is missing"),
        (checkin, seat(r#""code":"1","#, ""), 41011, "`class` is missing"),
        (
            checkin,
            seat(r#""code":"1","#, r#""class":"超级经济舱位","#),
            45021,
            "`class` has 18 bytes; at most 15",
        ),
    ];
    for (path, body, code, detail) in cases {
        let answer = post(&sandbox, &format!("{path}?access_token={{token}}"), body).await;
        assert_eq!(answer.code(), code, "{path}: {}", answer.text());
        assert!(answer.text().contains(detail), "{path}: {}", answer.text());
    }
    let dates = r#"{"begin_date":"2024-02-30","end_date":"2024-03-01"}"#;
    let answer = post(&sandbox, "/datacube/getusersummary?access_token={token}", dates).await;
    assert_eq!(answer.code(), 61500, "{}", answer.text());
}

#[tokio::test]
async fn what_says_nothing_counts_as_absent() {
    let sandbox = Sandbox::start().await.unwrap();
    let create = "/cgi-bin/qrcode/create?access_token={token}";
    let code = r#"{"expire_seconds":null,"action_name":"QR_SCENE","action_info":{"card":null,"scene":{"scene_id":7,"scene_str":null}}}"#;
    let answer = post(&sandbox, create, code).await;
    assert_eq!(
        (answer.code(), &answer.json()["expire_seconds"]),
        (0, &serde_json::json!(30)),
        "{}",
        answer.text()
    );
    let missing = r#"{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":null}}}"#;
    let answer = post(&sandbox, create, missing).await;
    assert!(answer.message().contains("`action_info.scene.scene_id` is missing"), "{}", answer.text());
    // An item of a list can't be absent.
    let tagging = r#"{"openid_list":[null],"tagid":2}"#;
    let answer = post(&sandbox, "/cgi-bin/tags/members/batchtagging?access_token={token}", tagging).await;
    assert!(answer.message().contains("`openid_list[0]` must be a string"), "{}", answer.text());

    // Some clients put the token into every query.
    let ticket = post(&sandbox, create, code).await.json()["ticket"].as_str().unwrap().to_owned();
    let path = format!("/cgi-bin/showqrcode?access_token={{token}}&ticket={}", encoded(&ticket));
    assert_eq!(get(&sandbox, &path).await.status, 200);
    let token =
        "/cgi-bin/token?access_token=x&grant_type=client_credential&appid=wx_sandbox&secret=sandbox_secret";
    assert_eq!(get(&sandbox, token).await.code(), 0);

    // And a description beside every file, which only a video has.
    let add = |kind: &str| format!("/cgi-bin/material/add_material?access_token={{token}}&type={kind}");
    let described = |name: &str, description: &str| {
        let disposition = format!("name=\"media\"; filename=\"{name}\"");
        form(&disposition, "image/jpeg", b"x", &[("description", description)])
    };
    for description in ["{}", "", "null", r#"{"title":""}"#, r#"{"title":"t","introduction":"i"}"#] {
        let answer = upload(&sandbox, &add("image"), described("a.png", description)).await;
        assert_eq!(answer.code(), 0, "{description}: {}", answer.text());
    }
    for description in ["{}", "", "null", r#"{"title":"t"}"#] {
        let answer = upload(&sandbox, &add("video"), described("a.mp4", description)).await;
        assert!(answer.message().contains("description"), "{description}: {}", answer.text());
    }
}
