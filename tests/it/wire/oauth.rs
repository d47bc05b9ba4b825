//! Web authorisation: the address for the browser, and the calls with a visitor's token.

use weixin::oauth::{AuthorizeUrl, CheckUserToken, GetOauthUser, GetUserToken, OauthScope, RefreshUserToken};
use weixin::user::Lang;
use weixin::{Client, Host};

use crate::account::{client, failed, get};
use crate::server::{Answer, Server};

#[test]
fn authorize_url() {
    // The platform matches the address against a pattern: the order counts.
    let client = Client::new("wx_appid", "app_secret").unwrap();
    let request = AuthorizeUrl::new("https://www.example.com/wechat/return?page=7&x=中", OauthScope::Base);
    assert_eq!(
        client.authorize_url(request.clone().state("123")).unwrap(),
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx_appid\
         &redirect_uri=https%3A%2F%2Fwww.example.com%2Fwechat%2Freturn%3Fpage%3D7%26x%3D%E4%B8%AD\
         &response_type=code&scope=snsapi_base&state=123#wechat_redirect"
    );
    assert_eq!(
        client.authorize_url(AuthorizeUrl::new("https://a.example", OauthScope::UserInfo)).unwrap(),
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx_appid\
         &redirect_uri=https%3A%2F%2Fa.example&response_type=code&scope=snsapi_userinfo#wechat_redirect"
    );
    let all = AuthorizeUrl::new("https://a.example", OauthScope::UserInfo).state("a b#c");
    assert_eq!(
        client.authorize_url(all.force_popup(true).force_snap_shot(false)).unwrap(),
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx_appid\
         &redirect_uri=https%3A%2F%2Fa.example&response_type=code&scope=snsapi_userinfo&state=a%20b%23c\
         &forcePopup=true&forceSnapShot=false#wechat_redirect"
    );

    let client = Client::builder("wx_appid", "app_secret")
        .browser_base_url("https://open.example.com/base/")
        .build()
        .unwrap();
    assert!(client
        .authorize_url(request)
        .unwrap()
        .starts_with("https://open.example.com/base/connect/oauth2/authorize?appid=wx_appid&redirect_uri="));
}

#[test]
fn browsers_are_never_sent_to_a_gateway() {
    use weixin::one_time_subscription::SubscribeUrl;
    let builder = || Client::builder("wx_appid", "app_secret").base_url("http://10.0.0.5/wechat");
    let page = "https://www.example.com/back?a=b%20c";
    let authorize = AuthorizeUrl::new(page, OauthScope::Base);
    let subscribe = SubscribeUrl::new(1000, "TEMPLATE", page);
    let client = builder().host_url(Host::Mp, "http://10.0.0.6").build().unwrap();
    let urls =
        [client.authorize_url(authorize.clone()).unwrap(), client.subscribe_url(subscribe.clone()).unwrap()];
    assert!(
        urls[0].starts_with("https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx_appid&"),
        "{}",
        urls[0]
    );
    assert!(urls[1].starts_with("https://mp.weixin.qq.com/mp/subscribemsg?"), "{}", urls[1]);
    let client = builder().browser_base_url("https://stand-in.example.com/").build().unwrap();
    let urls = [client.authorize_url(authorize).unwrap(), client.subscribe_url(subscribe).unwrap()];
    assert!(urls[0].starts_with("https://stand-in.example.com/connect/oauth2/authorize?"), "{}", urls[0]);
    assert!(urls[1].starts_with("https://stand-in.example.com/mp/subscribemsg?"), "{}", urls[1]);
    let wrong = builder().browser_base_url("stand-in.example.com").build().unwrap_err();
    assert_eq!(wrong.kind(), weixin::ErrorKind::Config);
}

#[test]
fn a_way_back_that_no_browser_could_take_is_refused() {
    use weixin::one_time_subscription::SubscribeUrl;
    let client = Client::new("wx_appid", "app_secret").unwrap();
    let encoded = "is percent-encoded already";
    let nothing = "must be the whole address of a page";
    for (page, words) in [
        ("https%3A%2F%2Fwww.example.com%2Fback", encoded),
        ("http%3a%2f%2fwww.example.com", encoded),
        ("/back", nothing),
        ("www.example.com/back", nothing),
        ("", nothing),
        ("javascript:alert(1)", nothing),
        ("shop://back", nothing),
        ("https://", nothing),
    ] {
        let error = client.authorize_url(AuthorizeUrl::new(page, OauthScope::Base)).unwrap_err();
        assert_eq!(error.kind(), weixin::ErrorKind::Config);
        let text = error.to_string();
        assert!(text.contains("`redirect_uri`") && text.contains(words), "{page}: {text}");
        let error = client.subscribe_url(SubscribeUrl::new(1, "TEMPLATE", page)).unwrap_err().to_string();
        assert!(error.contains("`redirect_url`") && error.contains(words), "{page}: {error}");
    }
    let local =
        AuthorizeUrl::new("http://127.0.0.1:8080/back?next=https%3A%2F%2Fa.example", OauthScope::Base);
    assert!(client
        .authorize_url(local)
        .unwrap()
        .contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fback%3Fnext%3Dhttps%253A"));
}

#[tokio::test]
async fn get_user_token() {
    let token = get(
        "/sns/oauth2/access_token?appid=wx_appid&secret=app_secret&code=0418nM00%2F03%3D%3D\
         &grant_type=authorization_code",
        concat!(
            r#"{"access_token":"ACCESS_TOKEN","expires_in":7200,"refresh_token":"REFRESH_TOKEN","#,
            r#""openid":"OPENID","scope":"SCOPE","is_snapshotuser":1,"unionid":"UNIONID"}"#
        ),
        |client| client.get_user_token(GetUserToken::new("0418nM00/03==")),
    )
    .await;
    assert_eq!(token.access_token, "ACCESS_TOKEN");
    assert_eq!(token.refresh_token.as_deref(), Some("REFRESH_TOKEN"));
    assert_eq!(token.is_snapshotuser, Some(true));
    let shown = format!("{token:?}");
    assert!(!shown.contains("ACCESS_TOKEN") && !shown.contains("REFRESH_TOKEN"), "{shown}");
}

#[tokio::test]
async fn refresh_user_token() {
    let token = get(
        "/sns/oauth2/refresh_token?appid=wx_appid&grant_type=refresh_token&refresh_token=REFRESH_TOKEN",
        concat!(
            r#"{"access_token":"ACCESS_TOKEN","expires_in":7200,"refresh_token":"REFRESH_TOKEN","#,
            r#""openid":"OPENID","scope":"SCOPE"}"#
        ),
        |client| client.refresh_user_token(RefreshUserToken::new("REFRESH_TOKEN")),
    )
    .await;
    assert_eq!((token.expires_in, token.openid.as_str()), (7200, "OPENID"));
}

#[tokio::test]
async fn get_oauth_user() {
    let user = get(
        "/sns/userinfo?access_token=USER%2BTOKEN&openid=OPENID&lang=zh_TW",
        concat!(
            r#"{"openid":"OPENID","nickname":"NICKNAME","sex":1,"province":"PROVINCE","city":"CITY","#,
            r#""country":"COUNTRY","headimgurl":"https:\/\/thirdwx.qlogo.cn\/mmopen\/g3MonUZtNH"#,
            r#"kdmzicIlibx6iaFq\/46","#,
            r#""privilege":["PRIVILEGE1","PRIVILEGE2"],"unionid":"o6_bmasdasdsad6_2sgVt7hMZOPfL"}"#
        ),
        |client| {
            client.get_oauth_user(GetOauthUser::new("USER+TOKEN", "OPENID").lang(Lang::TraditionalChinese))
        },
    )
    .await;
    assert_eq!(user.nickname.as_deref(), Some("NICKNAME"));
    assert_eq!(user.sex, Some(1));
    assert_eq!(
        user.headimgurl.as_deref(),
        Some("https://thirdwx.qlogo.cn/mmopen/g3MonUZtNHkdmzicIlibx6iaFq/46")
    );
    assert_eq!(user.privilege, ["PRIVILEGE1", "PRIVILEGE2"]);
}

#[tokio::test]
async fn check_user_token() {
    get("/sns/auth?access_token=USER_TOKEN&openid=OPENID", r#"{"errcode":0,"errmsg":"ok"}"#, |client| {
        client.check_user_token(CheckUserToken::new("USER_TOKEN", "OPENID"))
    })
    .await;
}

#[tokio::test]
async fn a_refused_user_token_leaves_the_account_token_alone() {
    let refused = r#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}"#;
    let server = Server::start([Answer::json(refused)]).await;
    let request = CheckUserToken::new("81_s3cr3t-user", "OPENID");
    let error = failed(client(&server).check_user_token(request).await);
    assert_eq!(server.only().path(), "/sns/auth");
    assert!(error.is_token_invalid());
    assert_eq!(
        error.hint(),
        Some("the user's token is invalid or has expired: refresh it, or ask the user again")
    );
}
