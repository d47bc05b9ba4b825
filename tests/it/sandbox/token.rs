//! Tokens and tickets: their lives, what replaces them, who may have them.
//! The helpers stand in `tests/it/sandbox.rs`.

use std::time::UNIX_EPOCH;

use serde_json::json;
use weixin::sandbox::Sandbox;

use super::{code_with, get, legacy_token, post, seconds, stable_token, token_of};

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
    assert_eq!((sandbox.request_count("get_jsapi_ticket"), sandbox.request_count("get_card_ticket")), (4, 1));
}
