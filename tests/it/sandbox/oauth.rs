//! Web authorisation, from the address for the browser to the visitor's portrait. The helpers stand in
//! `tests/it/sandbox.rs`.

use std::time::Duration;

use weixin::oauth::{AuthorizeUrl, CheckUserToken, GetOauthUser, GetUserToken, OauthScope, RefreshUserToken};
use weixin::sandbox::Sandbox;
use weixin::{Client, ErrorKind};

use super::http;

/// The code with which the visitor comes back.
fn code(sandbox: &Sandbox, client: &Client, scope: OauthScope, openid: &str) -> String {
    let request = AuthorizeUrl::new("https://shop.example.com/return?page=7", scope).state("a b&c");
    let back = sandbox.authorize(&client.authorize_url(request).unwrap(), openid).unwrap();
    let begin = "https://shop.example.com/return?page=7&code=";
    let (code, state) = back.strip_prefix(begin).and_then(|rest| rest.split_once("&state=")).expect(&back);
    assert_eq!(state, "a+b%26c");
    code.to_owned()
}

fn code_of<T: std::fmt::Debug>(result: weixin::Result<T>) -> i64 {
    result.expect_err("the call must fail").code().expect("the platform's code").0
}

#[tokio::test]
async fn a_visitor_is_recognised() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    let code = code(&sandbox, &client, OauthScope::UserInfo, "oVisitor");
    let token = client.get_user_token(GetUserToken::new(&code)).await.unwrap();
    assert_eq!((token.openid.as_str(), token.scope.as_deref()), ("oVisitor", Some("snsapi_userinfo")));
    let user = client.get_oauth_user(GetOauthUser::new(&token.access_token, "oVisitor")).await.unwrap();
    assert_eq!(user.openid, "oVisitor");
    client.check_user_token(CheckUserToken::new(&token.access_token, "oVisitor")).await.unwrap();

    // A code works once. The error says what to do.
    let used = client.get_user_token(GetUserToken::new(&code)).await.expect_err("the code is used");
    assert_eq!(used.code().map(|code| code.0), Some(40163));
    assert!(used.to_string().contains("works once"), "{used}");

    // Somebody else's token, and the account's own, are none of theirs.
    let stranger = CheckUserToken::new(&token.access_token, "oOther");
    assert_eq!(code_of(client.check_user_token(stranger).await), 40003);
    let account = client.access_token().await.unwrap();
    assert_eq!(
        code_of(client.check_user_token(CheckUserToken::new(account.expose(), "oVisitor")).await),
        40001
    );
    let ips = format!("{}/cgi-bin/getcallbackip?access_token={}", sandbox.url(), token.access_token);
    let answer = http().get(ips).send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("40001"), "{answer}");
    assert!(client.access_token().await.unwrap().ptr_eq(&account), "the account's token is left alone");
}

#[tokio::test]
async fn codes_and_tokens_grow_old() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    let late = code(&sandbox, &client, OauthScope::Base, "oVisitor");
    sandbox.advance(Duration::from_secs(300));
    assert_eq!(code_of(client.get_user_token(GetUserToken::new(late)).await), 42003);
    assert_eq!(code_of(client.get_user_token(GetUserToken::new("nobody's")).await), 40029);

    let code = code(&sandbox, &client, OauthScope::Base, "oVisitor");
    let token = client.get_user_token(GetUserToken::new(code)).await.unwrap();
    // Without consent there is no portrait.
    let portrait = GetOauthUser::new(&token.access_token, "oVisitor");
    assert_eq!(code_of(client.get_oauth_user(portrait).await), 48001);
    sandbox.advance(Duration::from_secs(7200));
    let check = |token: &str| client.check_user_token(CheckUserToken::new(token, "oVisitor"));
    assert_eq!(code_of(check(&token.access_token).await), 42001);
    let refresh = token.refresh_token.expect("a refresh token");
    let renewed = client.refresh_user_token(RefreshUserToken::new(&refresh)).await.unwrap();
    check(&renewed.access_token).await.unwrap();
    sandbox.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(code_of(client.refresh_user_token(RefreshUserToken::new(&refresh)).await), 42002);
    assert_eq!(code_of(client.refresh_user_token(RefreshUserToken::new("nobody's")).await), 40030);
}

#[tokio::test]
async fn a_browser_is_sent_back() {
    let sandbox = Sandbox::builder().followers(["oFirst", "oSecond"]).start().await.unwrap();
    let client = sandbox.client().unwrap();
    let url = client.authorize_url(AuthorizeUrl::new("http://127.0.0.1:1/back", OauthScope::Base)).unwrap();
    let browser = weixin::transport::client_builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let answer = browser.build().unwrap().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let back = answer.headers()["location"].to_str().unwrap();
    let code =
        back.strip_prefix("http://127.0.0.1:1/back?code=").and_then(|rest| rest.strip_suffix("&state="));
    let token = client.get_user_token(GetUserToken::new(code.expect(back))).await.unwrap();
    assert_eq!(token.openid, "oFirst");
}

#[tokio::test]
async fn an_address_that_is_not_right_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let right = "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx_sandbox\
                 &redirect_uri=https%3A%2F%2Fa.example%2F&response_type=code&scope=snsapi_base#wechat_redirect";
    sandbox.authorize(right, "o1").unwrap();
    for (part, wrong) in [
        ("wx_sandbox", "wx_other"),
        ("https%3A%2F%2Fa.example%2F", "%2Freturn"),
        ("response_type=code", "response_type=token"),
        ("snsapi_base", "snsapi_login"),
        ("#wechat_redirect", ""),
        ("authorize", "qrconnect"),
    ] {
        let error = sandbox.authorize(&right.replace(part, wrong), "o1").expect_err(wrong);
        assert_eq!(error.kind(), ErrorKind::Config, "{wrong}");
    }
}
