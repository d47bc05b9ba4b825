//! Requests and answers about followers. Walking through pages is tested in `page.rs`.

use weixin::user::{BatchGetUsers, GetUser, Lang, ListFollowers, SubscribeScene, UpdateRemark, UserQuery};
use weixin::Timestamp;

use crate::account::{get, post};

#[tokio::test]
async fn get_user() {
    // As the documentation has it, spaces and all.
    let user = get(
        "/cgi-bin/user/info?access_token=81_s3cr3t-A&openid=o6_bmjrPTlm6_2sgVt7hMZOPfL2M&lang=zh_CN",
        concat!(
            "{\n    \"subscribe\": 1, \n    \"openid\": \"o6_bmjrPTlm6_2sgVt7hMZOPfL2M\", \n",
            "    \"language\": \"zh_CN\", \n    \"subscribe_time\": 1382694957,\n",
            "    \"unionid\": \" o6_bmasdasdsad6_2sgVt7hMZOPfL\",\n    \"remark\": \"\",\n",
            "    \"groupid\": 0,\n",
            "    \"tagid_list\":[128,2],\n    \"subscribe_scene\": \"ADD_SCENE_QR_CODE\",\n",
            "    \"qr_scene\": 98765,\n    \"qr_scene_str\": \"\"\n}\n"
        ),
        |client| client.get_user(GetUser::new("o6_bmjrPTlm6_2sgVt7hMZOPfL2M").lang(Lang::SimplifiedChinese)),
    )
    .await;
    assert!(user.subscribe);
    assert_eq!(user.openid, "o6_bmjrPTlm6_2sgVt7hMZOPfL2M");
    assert_eq!(user.language.as_deref(), Some("zh_CN"));
    assert_eq!(user.subscribe_time, Some(Timestamp(1_382_694_957)));
    assert_eq!(user.unionid.as_ref().map(AsRef::as_ref), Some(" o6_bmasdasdsad6_2sgVt7hMZOPfL"));
    assert_eq!(user.remark.as_deref(), Some(""));
    assert_eq!(user.groupid, Some(0));
    assert_eq!(user.tagid_list, [128, 2]);
    assert_eq!(user.subscribe_scene, Some(SubscribeScene::QrCode));
    assert_eq!(user.qr_scene, Some(98765));
    assert_eq!(user.qr_scene_str.as_deref(), Some(""));
    assert!(user.unknown_fields.is_empty());
}

#[tokio::test]
async fn get_user_who_does_not_follow() {
    let user = get(
        "/cgi-bin/user/info?access_token=81_s3cr3t-A&openid=a%26b%3D%E4%B8%AD",
        r#"{"subscribe":0,"openid":"otvxTs_JZ6SEiP0imdhpi50fuSZg","tagid_list":[]}"#,
        |client| client.get_user(GetUser::new("a&b=中")),
    )
    .await;
    assert!(!user.subscribe);
    assert_eq!((user.subscribe_time, user.remark, user.tagid_list), (None, None, vec![]));
}

#[tokio::test]
async fn batch_get_users() {
    let answer = post(
        "/cgi-bin/user/info/batchget?access_token=81_s3cr3t-A",
        concat!(
            r#"{"user_list":[{"openid":"otvxTs4dckWG7imySrJd6jSi0CWE","lang":"zh_CN"},"#,
            r#"{"openid":"otvxTs_JZ6SEiP0imdhpi50fuSZg"}]}"#
        ),
        concat!(
            r#"{"user_info_list":[{"subscribe":1,"openid":"otvxTs4dckWG7imySrJd6jSi0CWE","#,
            r#""tagid_list":[128,2],"#,
            r#""#,
            r#""subscribe_scene":"ADD_SCENE_QR_CODE"},{"subscribe":0,"#,
            r#""openid":"otvxTs_JZ6SEiP0imdhpi50fuSZg"}]}"#
        ),
        |client| {
            client.batch_get_users(BatchGetUsers::new([
                UserQuery::new("otvxTs4dckWG7imySrJd6jSi0CWE").lang(Lang::SimplifiedChinese),
                UserQuery::new("otvxTs_JZ6SEiP0imdhpi50fuSZg"),
            ]))
        },
    )
    .await;
    let follow: Vec<_> =
        answer.user_info_list.iter().map(|user| (user.openid.as_str(), user.subscribe)).collect();
    assert_eq!(follow, [("otvxTs4dckWG7imySrJd6jSi0CWE", true), ("otvxTs_JZ6SEiP0imdhpi50fuSZg", false)]);
}

#[tokio::test]
async fn list_followers() {
    let page = get(
        "/cgi-bin/user/get?access_token=81_s3cr3t-A",
        r#"{"total":2,"count":2,"data":{"openid":["OPENID1","OPENID2"]},"next_openid":"NEXT_OPENID"}"#,
        |client| client.list_followers(ListFollowers::new()),
    )
    .await;
    assert_eq!((page.total, page.count), (2, 2));
    assert_eq!(page.data.openids, ["OPENID1", "OPENID2"]);
    assert_eq!(page.next_openid.as_ref().map(AsRef::as_ref), Some("NEXT_OPENID"));

    let page = get(
        "/cgi-bin/user/get?access_token=81_s3cr3t-A&next_openid=NEXT_OPENID",
        r#"{"total":2,"count":0,"next_openid":""}"#,
        |client| client.list_followers(ListFollowers::new().next_openid("NEXT_OPENID")),
    )
    .await;
    assert!(page.data.openids.is_empty());
}

#[tokio::test]
async fn update_remark() {
    for (remark, body) in [
        ("pangzi", r#"{"openid":"oDF3iY9ffA-hqb2vVvbr7qxf6A0Q","remark":"pangzi"}"#),
        ("老客户 & \"VIP\"", r#"{"openid":"oDF3iY9ffA-hqb2vVvbr7qxf6A0Q","remark":"老客户 & \"VIP\""}"#),
        // Empty clears it, so it is sent.
        ("", r#"{"openid":"oDF3iY9ffA-hqb2vVvbr7qxf6A0Q","remark":""}"#),
    ] {
        post(
            "/cgi-bin/user/info/updateremark?access_token=81_s3cr3t-A",
            body,
            r#"{"errcode":0,"errmsg":"ok"}"#,
            |client| client.update_remark(UpdateRemark::new("oDF3iY9ffA-hqb2vVvbr7qxf6A0Q", remark)),
        )
        .await;
    }
}
