//! Menus: the one for everybody, conditional ones, who sees which.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::{json, Value};
use weixin::menu::MenuAction;
use weixin::menu::{CreateMenu, DeleteMenu, GetMenu, MenuButton, MenuKey};
use weixin::sandbox::Sandbox;
use weixin::ErrorCode;

use super::{call, look, picture, refused};

#[tokio::test]
async fn the_menu_is_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    assert_eq!(client.get_menu(GetMenu::new()).await.unwrap_err().code(), Some(ErrorCode(46003)));
    assert_eq!(look(&sandbox, "/cgi-bin/get_current_selfmenu_info").await, json!({"is_menu_open": 0}));
    let button = MenuButton::new("今日歌曲").action(MenuAction::Click(MenuKey::new("V1")));
    client.create_menu(CreateMenu::new([button])).await.unwrap();
    let menu = client.get_menu(GetMenu::new()).await.unwrap();
    assert_eq!(menu.menu.unwrap().buttons[0].name, "今日歌曲");
    assert_eq!(
        look(&sandbox, "/cgi-bin/menu/get").await,
        json!({"menu": {"button": [{"name": "今日歌曲", "type": "click", "key": "V1", "sub_button": []}]}})
    );
    let below = json!({"name": "b", "type": "view", "url": "https://www.example.com/"});
    let nested = json!({"button": [{"name": "a", "sub_button": [below]}]});
    assert_eq!(call(&sandbox, "/cgi-bin/menu/create", nested).await.code(), 0);
    assert_eq!(
        look(&sandbox, "/cgi-bin/get_current_selfmenu_info").await,
        json!({"is_menu_open": 1, "selfmenu_info": {"button": [{"name": "a", "sub_button": {"list": [below]}}]}})
    );
    // What was given can be set again as it is: buttons of both levels say what is below them.
    let given = look(&sandbox, "/cgi-bin/menu/get").await["menu"].clone();
    assert_eq!(given["button"][0]["sub_button"][0]["sub_button"], json!([]));
    assert_eq!(call(&sandbox, "/cgi-bin/menu/create", given).await.code(), 0);
    let third = json!({"name": "b", "type": "click", "key": "k", "sub_button": [below]});
    let nested = json!({"button": [{"name": "a", "sub_button": [third]}]});
    refused(&sandbox, "/cgi-bin/menu/create", nested, 40022, "`button[0].sub_button[0].sub_button`").await;
    client.delete_menu(DeleteMenu::new()).await.unwrap();
    assert_eq!(look(&sandbox, "/cgi-bin/menu/get").await["errcode"], 46003);
}

/// The key of the first button that a follower sees.
async fn sees(sandbox: &Sandbox, openid: &str) -> Value {
    let seen = call(sandbox, "/cgi-bin/menu/trymatch", json!({ "user_id": openid })).await.json();
    seen["button"][0]["key"].clone()
}

#[tokio::test]
async fn conditional_menus_match() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let add = "/cgi-bin/menu/addconditional";
    let menu = |key: &str| json!([{"name": key, "type": "click", "key": key}]);
    let with = |key: &str, rule| json!({"button": menu(key), "matchrule": rule});
    refused(&sandbox, add, with("ios", json!({"client_platform_type": "1"})), 65303, "menu").await;
    assert_eq!(call(&sandbox, "/cgi-bin/menu/create", json!({"button": menu("all")})).await.code(), 0);
    assert_eq!(call(&sandbox, "/cgi-bin/tags/create", json!({"tag": {"name": "A"}})).await.code(), 0);
    let tagging = json!({"openid_list": ["o1"], "tagid": 100});
    assert_eq!(call(&sandbox, "/cgi-bin/tags/members/batchtagging", tagging).await.code(), 0);
    let id = call(&sandbox, add, with("vip", json!({"tag_id": "100"}))).await.json()["menuid"].clone();
    call(&sandbox, add, with("android", json!({"client_platform_type": "2"}))).await;
    refused(&sandbox, add, with("none", json!({})), 65304, "`matchrule`").await;
    refused(&sandbox, add, with("tag", json!({"tag_id": "999"})), 45159, "`matchrule.tag_id`").await;
    assert_eq!((sees(&sandbox, "o1").await, sees(&sandbox, "o2").await), (json!("vip"), json!("all")));
    let all = look(&sandbox, "/cgi-bin/menu/get").await;
    assert_eq!(all["conditionalmenu"][0]["button"][0]["key"], "android", "the newest first");
    assert_eq!(all["conditionalmenu"][1]["menuid"], id);
    assert_eq!(all["conditionalmenu"][1]["matchrule"], json!({"group_id": "100"}), "under its older name");
    assert!(all["menu"]["menuid"].is_string());
    assert_eq!(call(&sandbox, "/cgi-bin/menu/delconditional", json!({ "menuid": id })).await.code(), 0);
    assert_eq!(sees(&sandbox, "o1").await, json!("all"));
    refused(&sandbox, "/cgi-bin/menu/delconditional", json!({ "menuid": id }), 65301, "`menuid`").await;
    refused(&sandbox, "/cgi-bin/menu/trymatch", json!({"user_id": "o9"}), 65302, "`user_id`").await;
    let far: Vec<_> = ["a", "b", "c", "d"]
        .map(|host| json!({"name": host, "type": "view", "url": format!("https://{host}.example.com/")}))
        .to_vec();
    let far =
        json!({"button": [{"name": "far", "sub_button": far}], "matchrule": {"client_platform_type": "1"}});
    refused(&sandbox, add, far, 65316, "`button`").await;
}

#[tokio::test]
async fn limits_of_menus() {
    let sandbox = Sandbox::start().await.unwrap();
    let create = "/cgi-bin/menu/create";
    let click = |name: &str, key: &str| json!({"name": name, "type": "click", "key": key});
    let cases = [
        (json!({"button": []}), 40016, "`button`"),
        (json!({"button": vec![click("a", "a"); 4]}), 40016, "`button`"),
        (json!({"button": [click("今日歌曲与昨日", "a")]}), 40018, "`button[0].name`"),
        (json!({"button": [click("a", &"k".repeat(129))]}), 40019, "`button[0].key`"),
        (json!({"button": [{"name": "a", "type": "nothing"}]}), 40017, "`button[0].type`"),
        (json!({"button": [{"name": "a"}]}), 41007, "`button[0].sub_button`"),
        (
            json!({"button": [{"name": "a", "sub_button": vec![click("b", "b"); 6]}]}),
            40023,
            "`button[0].sub_button`",
        ),
        (
            json!({"button": [{"name": "a", "type": "media_id", "media_id": "unknown"}]}),
            40007,
            "`button[0].media_id`",
        ),
        (
            json!({"button": [{"name": "a", "type": "article_id", "article_id": "unknown"}]}),
            53600,
            "`button[0].article_id`",
        ),
    ];
    for (body, code, words) in cases {
        refused(&sandbox, create, body, code, words).await;
    }
    // A material that a button sends can't be deleted.
    let id = picture(&sandbox).await;
    let body = json!({"button": [{"name": "a", "type": "media_id", "media_id": id}]});
    assert_eq!(call(&sandbox, create, body).await.code(), 0);
    refused(&sandbox, "/cgi-bin/material/del_material", json!({ "media_id": id }), 48005, "`media_id`").await;
    look(&sandbox, "/cgi-bin/menu/delete").await;
    assert_eq!(call(&sandbox, "/cgi-bin/material/del_material", json!({ "media_id": id })).await.code(), 0);
}
