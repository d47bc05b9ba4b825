//! The five flows that the crate was founded for, on the platform's own sample bytes. They run first and stay for
//! ever; what each leaves open is tested elsewhere.

// Groups and uploaded articles are of that time.
#![allow(deprecated)]

use weixin::custom_message::{CustomMessage, CustomNewsArticle, SendCustomMessage};
use weixin::group::{
    BatchMoveGroupMembers, CreateGroup, DeleteGroup, GetUserGroup, ListGroups, MoveGroupMember, UpdateGroup,
};
use weixin::mass::{
    DeleteMassMessage, MassArticle, MassDeletion, MassFilter, MassMessage, SendMassMessageByOpenid,
    SendMassMessageByTag, UploadMassNews,
};
use weixin::media::{GetMedia, MediaKind, UploadMedia};
use weixin::oauth::{AuthorizeUrl, CheckUserToken, GetOauthUser, GetUserToken, OauthScope, RefreshUserToken};
use weixin::qrcode::{
    CreateQrcode, QrAction, QrLimitScene, QrLimitStrScene, QrScene, QrStrScene, ShowQrcode,
};
use weixin::template::{SendTemplateMessage, TemplateValue};
use weixin::user::{GetUser, Lang, ListFollowers};
use weixin::{Call, Client, ErrorCode, FilePart, Payload, Response};

use crate::server::{Answer, Server};

const TOKEN: &str = r#"{"access_token":"ACCESS_TOKEN","expires_in":7200}"#;
const TOKEN_CALL: &str = "/cgi-bin/token?grant_type=client_credential&appid=APPID&secret=APPSECRET";
const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

/// The client of the first programs: AppID and AppSecret, and the token of the legacy call.
fn client(server: &Server) -> Client {
    Client::builder("APPID", "APPSECRET").legacy_token().base_url(server.url()).build().unwrap()
}

#[tokio::test]
async fn access_token_is_fetched_once_and_kept() {
    let server = Server::start([Answer::json(TOKEN)]).await;
    let client = client(&server);
    for _ in 0..3 {
        assert_eq!(client.access_token().await.unwrap().expose(), "ACCESS_TOKEN");
    }
    assert_eq!(server.only().sorted(), server.get(TOKEN_CALL));

    let server = Server::start([Answer::json(r#"{"errcode":40013,"errmsg":"invalid appid"}"#)]).await;
    let refused = self::client(&server).access_token().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode(40013)));
    assert!(refused.to_string().contains("invalid appid") && !refused.to_string().contains("APPSECRET"));
}

#[tokio::test]
async fn jsapi_ticket_is_fetched_once_and_signs_pages() {
    let answer = "{ \"errcode\":0, \"errmsg\":\"ok\", \"ticket\":\"bxLdikRXVbTPdHSM05e5u5sUoXNKd8-41ZO3MhKoyN5OfkWITDGgnr2fwJ0m9E8NYzWKVZvdVtaUgWvsdshFKA\", \"expires_in\":7200 }";
    let server = Server::start([TOKEN, answer].map(Answer::json)).await;
    let client = client(&server);
    for _ in 0..3 {
        let config = client.js_config("http://mp.weixin.qq.com?params=value").await.unwrap();
        let signed = format!(
            "jsapi_ticket=bxLdikRXVbTPdHSM05e5u5sUoXNKd8-41ZO3MhKoyN5OfkWITDGgnr2fwJ0m9E8NYzWKVZvdVtaUgWvsdshFKA\
             &noncestr={}&timestamp={}&url=http://mp.weixin.qq.com?params=value",
            config.nonce_str,
            config.timestamp.as_secs()
        );
        assert_eq!(config.signature, sha1_smol::Sha1::from(signed).digest().to_string());
    }
    let call = "/cgi-bin/ticket/getticket?access_token=ACCESS_TOKEN&type=jsapi";
    let seen: Vec<String> = server.seen().iter().map(|seen| seen.sorted()).collect();
    assert_eq!(seen, [server.get(TOKEN_CALL), server.get(call)]);

    // An invalid or expired token is replaced once; a missing one is the caller's mistake, and no new token cures it.
    for (code, calls) in [(40001, 4), (40014, 4), (42001, 4), (41001, 2)] {
        let bad = format!("{{\"errcode\":{code},\"errmsg\":\"bad token\"}}");
        let other = r#"{"access_token":"ANOTHER_TOKEN","expires_in":7200}"#;
        let server = Server::start([TOKEN, &bad, other, answer].map(Answer::json)).await;
        let outcome = self::client(&server).js_config("http://mp.weixin.qq.com?params=value").await;
        assert_eq!(outcome.err().and_then(|error| error.code()), (code == 41001).then_some(ErrorCode(code)));
        assert_eq!(server.count(), calls, "{code}");
    }
}

const TICKET: &str =
    "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==";

/// Makes a code; the body that was sent, and what came back.
async fn code(action: impl Into<QrAction>, life: &str) -> (String, Option<u32>, String) {
    let answer = format!(
        "{{\"ticket\":\"{TICKET}\",{life}\"url\":\"http:\\/\\/weixin.qq.com\\/q\\/kZgfwMTm72WWPkovabbI\"}}"
    );
    let server = Server::start([TOKEN, &answer].map(Answer::json)).await;
    let code = client(&server).create_qrcode(CreateQrcode::new(action)).await.unwrap();
    assert_eq!(code.url, "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI");
    let seen = &server.seen()[1];
    let call = "/cgi-bin/qrcode/create?access_token=ACCESS_TOKEN";
    assert_eq!(seen.sorted(), server.post(call, seen.text()));
    (seen.text().to_owned(), code.expire_seconds, code.ticket.into_string())
}

#[tokio::test]
async fn qrcodes_carry_a_scene_and_give_their_picture() {
    let life = r#""expire_seconds":60,"#;
    let temporary = code(QrScene::new(123).expire_seconds(604_800), life).await;
    let sent =
        r#"{"expire_seconds":604800,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":123}}}"#;
    assert_eq!(temporary, (sent.to_owned(), Some(60), TICKET.to_owned()));
    let sent = r#"{"expire_seconds":2592000,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"test"}}}"#;
    assert_eq!(code(QrStrScene::new("test").expire_seconds(2_592_000), life).await.0, sent);
    let sent = r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":123}}}"#;
    assert_eq!(code(QrLimitScene::new(123), "").await, (sent.to_owned(), None, TICKET.to_owned()));
    let sent = r#"{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"test"}}}"#;
    assert_eq!(code(QrLimitStrScene::new("test"), "").await.0, sent);

    let picture = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00".repeat(2_548);
    let picture = &picture[..28_026];
    let headers = [("Content-Type", "image/jpg"), ("Cache-control", "max-age=604800")];
    let found = Answer::new("200 OK", &headers, picture);
    let missing = Answer::new("404 Not Found", &[("Content-Type", "text/html")], "<html></html>");
    let server = Server::start([found, missing]).await;
    let client = client(&server);
    let shown = client.show_qrcode(ShowQrcode::new(TICKET)).await.unwrap();
    assert_eq!(shown.bytes().await.unwrap(), picture);
    let unknown = client.show_qrcode(ShowQrcode::new("gQH")).await.unwrap_err();
    assert_eq!(unknown.status(), Some(404));
    let encoded = TICKET.replace('=', "%3D");
    assert_eq!(server.seen()[0].sorted(), server.get(&format!("/cgi-bin/showqrcode?ticket={encoded}")));
}

/// What is pushed, signed as the platform signs it, is read by a server with this token.
#[cfg(feature = "callback")]
fn pushed(inner: &str) -> Box<weixin::callback::Delivery> {
    use std::time::{Duration, UNIX_EPOCH};
    let receiver = weixin::callback::Receiver::builder("TOKEN");
    let receiver = receiver.clock(|| UNIX_EPOCH + Duration::from_secs(123_456_789)).build().unwrap();
    // The parts in the order of the alphabet: nonce, timestamp, token.
    let signature = sha1_smol::Sha1::from("0NONCE123456789TOKEN").digest().to_string();
    let query = format!("signature={signature}&timestamp=123456789&nonce=0NONCE");
    let body = format!(
        "<xml><ToUserName><![CDATA[toUser]]></ToUserName>\n<FromUserName><![CDATA[FromUser]]></FromUserName>\n\
         <CreateTime>123456789</CreateTime>\n<MsgType><![CDATA[event]]></MsgType>\n{inner}\n</xml>"
    );
    match receiver.receive("POST", &query, body.as_bytes()).unwrap() {
        weixin::callback::Received::Push(delivery) => delivery,
        other => panic!("not a push: {other:?}"),
    }
}

#[cfg(feature = "callback")]
#[test]
fn scans_push_the_scene_of_followers_and_of_those_who_follow() {
    use weixin::callback::Event;
    let scan = pushed(
        "<Event><![CDATA[SCAN]]></Event>\n<EventKey><![CDATA[123]]></EventKey>\n<Ticket><![CDATA[TICKET]]></Ticket>",
    );
    let push = &scan.push;
    assert!(matches!(&push.event, Some(Event::Scan(scan)) if scan.event_key == "123"), "{push:?}");
    assert_eq!((push.from_user_name.as_str(), push.ticket().unwrap().as_str()), ("FromUser", "TICKET"));
    assert_eq!(push.scene().and_then(|scene| scene.as_u32()), Some(123));

    let follow = pushed(
        "<Event><![CDATA[subscribe]]></Event>\n<EventKey><![CDATA[qrscene_123123]]></EventKey>\n\
         <Ticket><![CDATA[TICKET]]></Ticket>",
    );
    let push = &follow.push;
    assert!(matches!(&push.event, Some(Event::Subscribe(_))), "{push:?}");
    assert_eq!(push.ticket().unwrap(), "TICKET");
    assert_eq!(push.scene().and_then(|scene| scene.as_u32()), Some(123_123));
}

/// Makes a call that is answered so; its target behind the token, and its body.
async fn sent<R: Response>(answer: &str, call: impl FnOnce(&Client) -> Call<R>) -> (String, R) {
    let server = Server::start([TOKEN, answer].map(Answer::json)).await;
    let response = call(&client(&server)).await.unwrap();
    let seen = &server.seen()[1];
    let target = seen.target().replace("?access_token=ACCESS_TOKEN", "");
    (format!("{} {target} {}", seen.method(), seen.text()).trim_end().to_owned(), response)
}

#[tokio::test]
async fn the_first_sdks_manage_users_and_groups() {
    let user = r#"{"subscribe":1,"openid":"o6_bmjrPTlm6_2sgVt7hMZOPfL2M","language":"zh_CN","subscribe_time":1382694957}"#;
    let request = || GetUser::new("o6_bmjrPTlm6_2sgVt7hMZOPfL2M");
    for (lang, name) in
        [(Lang::SimplifiedChinese, "zh_CN"), (Lang::TraditionalChinese, "zh_TW"), (Lang::English, "en")]
    {
        let (line, found) = sent(user, |client| client.get_user(request().lang(lang))).await;
        assert_eq!(line, format!("GET /cgi-bin/user/info&openid=o6_bmjrPTlm6_2sgVt7hMZOPfL2M&lang={name}"));
        assert_eq!(found.openid, "o6_bmjrPTlm6_2sgVt7hMZOPfL2M");
    }
    let page = r#"{"total":2,"count":2,"data":{"openid":["OPENID1","OPENID2"]},"next_openid":"NEXT_OPENID"}"#;
    let next = ListFollowers::new().next_openid("NEXT_OPENID1");
    let (line, page) = sent(page, |client| client.list_followers(next)).await;
    assert_eq!(line, "GET /cgi-bin/user/get&next_openid=NEXT_OPENID1");
    assert_eq!((page.total, page.count), (2, 2));

    let created = r#"{"group":{"id":107,"name":"test"}}"#;
    let (line, group) = sent(created, |client| client.create_group(CreateGroup::new("test"))).await;
    assert_eq!(line, r#"POST /cgi-bin/groups/create {"group":{"name":"test"}}"#);
    assert_eq!(group.id, 107);
    let groups = r#"{"groups":[{"id":0,"name":"未分组","count":72596},{"id":1,"name":"黑名单","count":36}]}"#;
    let (line, listed) = sent(groups, |client| client.list_groups(ListGroups::new())).await;
    assert_eq!((line.as_str(), listed.groups.len()), ("GET /cgi-bin/groups/get", 2));
    let of_user = GetUserGroup::new("od8XIjsmk6QdVTETa9jLtGWA6KBc");
    let (line, group) = sent(r#"{"groupid":102}"#, |client| client.get_user_group(of_user)).await;
    assert_eq!(line, r#"POST /cgi-bin/groups/getid {"openid":"od8XIjsmk6QdVTETa9jLtGWA6KBc"}"#);
    assert_eq!(group.group_id, 102);

    let (line, _) = sent(OK, |client| client.update_group(UpdateGroup::new(108, "test2"))).await;
    assert_eq!(line, r#"POST /cgi-bin/groups/update {"group":{"id":108,"name":"test2"}}"#);
    let (line, _) = sent("{}", |client| client.delete_group(DeleteGroup::new(108))).await;
    assert_eq!(line, r#"POST /cgi-bin/groups/delete {"group":{"id":108}}"#);
    let one = MoveGroupMember::new("oDF3iYx0ro3_7jD4HFRDfrjdCM58", 108);
    let (line, _) = sent(OK, |client| client.move_group_member(one)).await;
    assert_eq!(
        line,
        r#"POST /cgi-bin/groups/members/update {"openid":"oDF3iYx0ro3_7jD4HFRDfrjdCM58","to_groupid":108}"#
    );
    let several = BatchMoveGroupMembers::new(["o1".to_owned(), "o2".to_owned()], 108);
    let (line, _) = sent(OK, |client| client.batch_move_group_members(several)).await;
    assert_eq!(
        line,
        r#"POST /cgi-bin/groups/members/batchupdate {"openid_list":["o1","o2"],"to_groupid":108}"#
    );
}

#[tokio::test]
async fn the_first_sdks_send_messages() {
    let article = CustomNewsArticle::new("Happy Day", "Is Really A Happy Day", "URL", "PIC_URL");
    let kinds: [(CustomMessage, &str); 6] = [
        (CustomMessage::text("Hello World"), r#""msgtype":"text","text":{"content":"Hello World"}"#),
        (CustomMessage::image("MEDIA_ID"), r#""msgtype":"image","image":{"media_id":"MEDIA_ID"}"#),
        (CustomMessage::voice("MEDIA_ID"), r#""msgtype":"voice","voice":{"media_id":"MEDIA_ID"}"#),
        (
            CustomMessage::video("MEDIA_ID", "THUMB"),
            r#""msgtype":"video","video":{"media_id":"MEDIA_ID","thumb_media_id":"THUMB"}"#,
        ),
        (
            CustomMessage::music("TITLE", "DESCRIPTION", "MUSIC_URL", "THUMB"),
            r#""msgtype":"music","music":{"title":"TITLE","description":"DESCRIPTION","musicurl":"MUSIC_URL","thumb_media_id":"THUMB"}"#,
        ),
        (
            CustomMessage::news([article]),
            r#""msgtype":"news","news":{"articles":[{"title":"Happy Day","description":"Is Really A Happy Day","url":"URL","picurl":"PIC_URL"}]}"#,
        ),
    ];
    for (message, body) in kinds {
        let message = SendCustomMessage::new("OPENID", message);
        let (line, _) = sent(OK, |client| client.send_custom_message(message)).await;
        assert_eq!(line, format!("POST /cgi-bin/message/custom/send {{\"touser\":\"OPENID\",{body}}}"));
    }

    let receipt =
        r#"{"errcode":0,"errmsg":"send job submission success","msg_id":34182,"msg_data_id":206227730}"#;
    let to_tag = SendMassMessageByTag::new(
        MassFilter::new().to_all(false).tag_id(2_u32),
        MassMessage::text("CONTENT"),
    );
    let (line, job) = sent(receipt, |client| client.send_mass_message_by_tag(to_tag)).await;
    assert_eq!(
        line,
        r#"POST /cgi-bin/message/mass/sendall {"filter":{"is_to_all":false,"tag_id":2},"msgtype":"text","text":{"content":"CONTENT"}}"#
    );
    let users = ["OPENID1".to_owned(), "OPENID2".to_owned()];
    let to_users = SendMassMessageByOpenid::new(users, MassMessage::mp_news("123dsdajkasd231jhksad"));
    let (line, _) = sent(receipt, |client| client.send_mass_message_by_openid(to_users)).await;
    assert_eq!(
        line,
        r#"POST /cgi-bin/message/mass/send {"touser":["OPENID1","OPENID2"],"msgtype":"mpnews","mpnews":{"media_id":"123dsdajkasd231jhksad"}}"#
    );
    let gone = DeleteMassMessage::new(MassDeletion::Message(job.msg_id));
    let (line, _) = sent(OK, |client| client.delete_mass_message(gone)).await;
    assert_eq!(line, r#"POST /cgi-bin/message/mass/delete {"msg_id":34182}"#);

    let data = [("first".to_owned(), TemplateValue::new("恭喜你购买成功！").color("#173177"))];
    let message = SendTemplateMessage::new("OPENID", "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY", data);
    let message = message.url("http://weixin.qq.com/download");
    let done = r#"{"errcode":0,"errmsg":"ok","msgid":200228332}"#;
    let (line, done) = sent(done, |client| client.send_template_message(message)).await;
    assert_eq!(
        line,
        r##"POST /cgi-bin/message/template/send {"touser":"OPENID","template_id":"ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY","url":"http://weixin.qq.com/download","data":{"first":{"value":"恭喜你购买成功！","color":"#173177"}}}"##
    );
    assert_eq!(done.msg_id, 200_228_332);
}

#[tokio::test]
async fn the_first_sdks_upload_and_fetch_media() {
    let uploaded = r#"{"type":"image","media_id":"MEDIA_ID","created_at":123456789}"#;
    let server = Server::start([TOKEN, uploaded].map(Answer::json)).await;
    let file = FilePart::bytes("图.jpg", b"\xff\xd8\xff\xe0".as_slice());
    let media = client(&server).upload_media(UploadMedia::new(MediaKind::Image, file)).await.unwrap();
    assert_eq!(media.media_id, "MEDIA_ID");
    let seen = &server.seen()[1];
    assert_eq!(seen.target(), "/cgi-bin/media/upload?access_token=ACCESS_TOKEN&type=image");
    let form = String::from_utf8_lossy(&seen.body).into_owned();
    assert!(
        form.contains("Content-Disposition: form-data; name=\"media\"; filename=\"图.jpg\"\r\n"),
        "{form}"
    );
    assert!(seen.body.windows(8).any(|window| window == b"\r\n\r\n\xff\xd8\xff\xe0"), "{form}");

    let headers = [
        ("Content-Type", "image/jpeg"),
        ("Content-disposition", "attachment; filename=\"MEDIA_ID.jpg\""),
        ("Cache-Control", "no-cache, must-revalidate"),
    ];
    let picture = Answer::new("200 OK", &headers, b"\xff\xd8\xff\xe0\x00\x10JFIF");
    let server = Server::start([Answer::json(TOKEN), picture]).await;
    let media = client(&server).get_media(GetMedia::new("MEDIA_ID")).await.unwrap();
    let Payload::Bytes(media) = media else { panic!("{media:?}") };
    assert_eq!(media.bytes().await.unwrap(), b"\xff\xd8\xff\xe0\x00\x10JFIF".as_slice());
    assert_eq!(server.seen()[1].target(), "/cgi-bin/media/get?access_token=ACCESS_TOKEN&media_id=MEDIA_ID");

    let answer = r#"{"type":"news","media_id":"CsEf3ldqkAYJAU6EJeIkStVDSvffUJ54vqbThMgplD-VJXXof6ctX5fI6-aYyUiQ","created_at":1391857799}"#;
    let article = MassArticle::new("THUMB", "Happy Day", "content").author("xxx").show_cover_pic(true);
    let news = UploadMassNews::new([article]);
    let (line, news) = sent(answer, |client| client.upload_mass_news(news)).await;
    assert_eq!(
        line,
        r#"POST /cgi-bin/media/uploadnews {"articles":[{"thumb_media_id":"THUMB","title":"Happy Day","author":"xxx","content":"content","show_cover_pic":1}]}"#
    );
    assert_eq!(news.media_id, "CsEf3ldqkAYJAU6EJeIkStVDSvffUJ54vqbThMgplD-VJXXof6ctX5fI6-aYyUiQ");
}

#[tokio::test]
async fn the_first_sdks_ask_visitors_who_they_are() {
    let token = r#"{"access_token":"ACCESS_TOKEN","expires_in":7200,"refresh_token":"REFRESH_TOKEN","openid":"OPENID","scope":"SCOPE"}"#;
    let user = r#"{"openid":"OPENID","nickname":"NICKNAME","sex":1,"province":"PROVINCE","city":"CITY","country":"COUNTRY","headimgurl":"http://wx.qlogo.cn/46","privilege":["PRIVILEGE1"],"unionid":"o6_bmasdasdsad6_2sgVt7hMZOPfL"}"#;
    let server = Server::start([token, token, user, OK].map(Answer::json)).await;
    let client = client(&server);
    let back = AuthorizeUrl::new("https://chong.qq.com/php/index.php?d=&c=wxAdapter", OauthScope::Base);
    assert_eq!(
        client.authorize_url(back.state("STATE")).unwrap(),
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=APPID\
         &redirect_uri=https%3A%2F%2Fchong.qq.com%2Fphp%2Findex.php%3Fd%3D%26c%3DwxAdapter\
         &response_type=code&scope=snsapi_base&state=STATE#wechat_redirect"
    );
    let granted = client.get_user_token(GetUserToken::new("CODE")).await.unwrap();
    assert_eq!(granted.openid, "OPENID");
    client.refresh_user_token(RefreshUserToken::new("REFRESH_TOKEN")).await.unwrap();
    let who = GetOauthUser::new("ACCESS_TOKEN", "OPENID").lang(Lang::SimplifiedChinese);
    assert_eq!(client.get_oauth_user(who).await.unwrap().openid, "OPENID");
    client.check_user_token(CheckUserToken::new("ACCESS_TOKEN", "OPENID")).await.unwrap();
    let seen: Vec<String> = server.seen().iter().map(|seen| seen.target().to_owned()).collect();
    assert_eq!(
        seen,
        [
            "/sns/oauth2/access_token?appid=APPID&secret=APPSECRET&code=CODE&grant_type=authorization_code",
            "/sns/oauth2/refresh_token?appid=APPID&grant_type=refresh_token&refresh_token=REFRESH_TOKEN",
            "/sns/userinfo?access_token=ACCESS_TOKEN&openid=OPENID&lang=zh_CN",
            "/sns/auth?access_token=ACCESS_TOKEN&openid=OPENID",
        ]
    );
}
