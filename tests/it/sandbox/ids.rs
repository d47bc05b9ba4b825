//! Whatever the sandbox hands out it takes back: every id of a flow, as a number and as text, and every object that
//! a program reads, changes and posts again. The helpers stand in `tests/it/sandbox.rs`.

use serde_json::{json, Value};
use weixin::id::MsgDataId;
use weixin::sandbox::Sandbox;

use super::{call, encoded, file, form, get, look, picture, upload};

/// The call works with this id as a number and as text.
async fn both_ways(sandbox: &Sandbox, path: &str, body: Value, name: &str, id: &Value) {
    let digits = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let number: u64 = digits.parse().unwrap();
    for form in [json!(number), json!(digits)] {
        let mut body = body.clone();
        match name.split_once('.') {
            Some((object, name)) => body[object][name] = form,
            None => body[name] = form,
        }
        let answer = call(sandbox, path, body.clone()).await;
        assert_eq!(answer.code(), 0, "{path} {body}: {}", answer.text());
    }
}

async fn draft(sandbox: &Sandbox) -> Value {
    let cover = picture(sandbox).await;
    let article = json!({"article_type": "news", "title": "t", "content": "c", "thumb_media_id": cover, "need_open_comment": 1});
    call(sandbox, "/cgi-bin/draft/add", json!({ "articles": [article] })).await.json()["media_id"].clone()
}

#[tokio::test]
async fn numbers_of_messages_are_taken_back_in_both_forms() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let published = call(&sandbox, "/cgi-bin/freepublish/submit", json!({"media_id": draft(&sandbox).await}))
        .await
        .json();
    both_ways(&sandbox, "/cgi-bin/freepublish/get", json!({}), "publish_id", &published["publish_id"]).await;
    let message =
        json!({"touser": ["o1", "o2"], "msgtype": "mpnews", "mpnews": {"media_id": draft(&sandbox).await}});
    let sent = call(&sandbox, "/cgi-bin/message/mass/send", message).await.json();
    both_ways(&sandbox, "/cgi-bin/message/mass/get", json!({}), "msg_id", &sent["msg_id"]).await;
    both_ways(&sandbox, "/cgi-bin/message/mass/delete", json!({}), "msg_id", &sent["msg_id"]).await;
    for data_id in [&published["msg_data_id"], &sent["msg_data_id"]] {
        let number = data_id.as_str().map_or_else(|| data_id.to_string(), str::to_owned);
        let comment = sandbox.add_comment(number.parse::<MsgDataId>().unwrap(), 0, "o1", "好").unwrap();
        let page = json!({"index": 0, "begin": 0, "count": 10, "type": 0});
        both_ways(&sandbox, "/cgi-bin/comment/list", page, "msg_data_id", data_id).await;
        both_ways(&sandbox, "/cgi-bin/comment/close", json!({"index": 0}), "msg_data_id", data_id).await;
        both_ways(&sandbox, "/cgi-bin/comment/open", json!({"index": 0}), "msg_data_id", data_id).await;
        let of_comment = json!({"index": 0, "msg_data_id": data_id});
        let mark = "/cgi-bin/comment/markelect";
        both_ways(&sandbox, mark, of_comment, "user_comment_id", &json!(comment)).await;
    }
    let status = call(&sandbox, "/cgi-bin/message/mass/get", json!({"msg_id": "0007"})).await;
    assert_ne!(status.code(), 0, "not the digits of a number: {}", status.text());
}

#[tokio::test]
async fn numbers_of_tags_groups_menus_and_templates_are_taken_back_in_both_forms() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let tag = call(&sandbox, "/cgi-bin/tags/create", json!({"tag": {"name": "a"}})).await.json()["tag"]["id"]
        .clone();
    let renamed = json!({"tag": {"name": "b"}});
    both_ways(&sandbox, "/cgi-bin/tags/update", renamed, "tag.id", &tag).await;
    let on = json!({"openid_list": ["o1"]});
    both_ways(&sandbox, "/cgi-bin/tags/members/batchtagging", on, "tagid", &tag).await;
    both_ways(&sandbox, "/cgi-bin/user/tag/get", json!({}), "tagid", &tag).await;
    let group = call(&sandbox, "/cgi-bin/groups/create", json!({"group": {"name": "g"}})).await.json()
        ["group"]["id"]
        .clone();
    let one = json!({"openid": "o2"});
    both_ways(&sandbox, "/cgi-bin/groups/members/update", one, "to_groupid", &group).await;
    let text = json!({"msgtype": "text", "text": {"content": "x"}, "filter": {"is_to_all": false}});
    let mut number = text.clone();
    number["clientmsgid"] = json!("n");
    let answer = |form: Value, mut body: Value| {
        body["filter"]["tag_id"] = form;
        call(&sandbox, "/cgi-bin/message/mass/sendall", body)
    };
    assert_eq!(answer(tag.clone(), number).await.code(), 0);
    assert_eq!(answer(json!(tag.to_string()), text).await.code(), 0);

    let button = json!([{"name": "a", "type": "click", "key": "k"}]);
    assert_eq!(call(&sandbox, "/cgi-bin/menu/create", json!({ "button": button })).await.code(), 0);
    for as_text in [false, true] {
        let rule = if as_text { json!(tag.to_string()) } else { tag.clone() };
        let menu = json!({"button": button, "matchrule": {"tag_id": rule}});
        let made = call(&sandbox, "/cgi-bin/menu/addconditional", menu).await.json()["menuid"].clone();
        let digits = made.as_str().unwrap().to_owned();
        let id = if as_text { json!(digits) } else { json!(digits.parse::<u64>().unwrap()) };
        let gone = call(&sandbox, "/cgi-bin/menu/delconditional", json!({ "menuid": id })).await;
        assert_eq!(gone.code(), 0, "{id}: {}", gone.text());
    }

    let titles =
        get(&sandbox, "/wxaapi/newtmpl/getpubtemplatetitles?access_token={token}&ids=616&start=0&limit=5");
    let tid = titles.await.json()["data"][0]["tid"].clone();
    for (form, keywords) in [(tid.clone(), [1, 2]), (json!(tid.to_string()), [2, 1])] {
        let template = json!({"tid": form, "kidList": keywords, "sceneDesc": "x"});
        let added = call(&sandbox, "/wxaapi/newtmpl/addtemplate", template).await;
        assert_eq!(added.code(), 0, "{form}: {}", added.text());
    }
}

#[tokio::test]
async fn articles_of_the_time_before_drafts_are_kept() {
    let sandbox = Sandbox::builder().followers(["o1", "o2"]).start().await.unwrap();
    let thumb =
        upload(&sandbox, "/cgi-bin/media/upload?access_token={token}&type=thumb", file("t.jpg", b"t"));
    let thumb = thumb.await.json();
    let thumb = thumb["thumb_media_id"].as_str().or(thumb["media_id"].as_str()).unwrap().to_owned();
    let article = |thumb: &str| json!({"thumb_media_id": thumb, "title": "t", "content": "<p>c</p>", "need_open_comment": 1});
    let uploaded = json!({"articles": [article(&thumb), article(&thumb)]});
    let news = call(&sandbox, "/cgi-bin/media/uploadnews", uploaded).await.json();
    let media_id = news["media_id"].as_str().unwrap();
    assert_eq!(news["type"], "news");
    let unknown = json!({"articles": [article("unknown")]});
    let refused = call(&sandbox, "/cgi-bin/media/uploadnews", unknown).await;
    assert!(refused.code() == 40007 && refused.message().contains("`articles[0].thumb_media_id`"));

    let preview = json!({"touser": "o1", "msgtype": "mpnews", "mpnews": {"media_id": media_id}});
    assert_eq!(call(&sandbox, "/cgi-bin/message/mass/preview", preview).await.code(), 0);
    let custom = json!({"touser": "o1", "msgtype": "mpnews", "mpnews": {"media_id": media_id}});
    assert_eq!(call(&sandbox, "/cgi-bin/message/custom/send", custom).await.code(), 0);
    let all = json!({"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": {"media_id": media_id}, "send_ignore_reprint": 0});
    let sent = call(&sandbox, "/cgi-bin/message/mass/sendall", all).await;
    assert_eq!(sent.code(), 0, "{}", sent.text());
    assert_eq!(sandbox.sent_messages("o2").len(), 1);
    // Both articles take comments.
    let message = sent.json()["msg_data_id"].as_i64().unwrap();
    assert_eq!(sandbox.add_comment(message, 1, "o1", "好").unwrap(), 1);
    // It expires like other temporary media.
    sandbox.advance(super::seconds(3 * 86_400));
    let again = json!({"touser": ["o1", "o2"], "msgtype": "mpnews", "mpnews": {"media_id": media_id}});
    assert_eq!(call(&sandbox, "/cgi-bin/message/mass/send", again).await.code(), 40007);

    let cover = picture(&sandbox).await;
    let mut article = article(&cover);
    article["show_cover_pic"] = json!(1);
    article["content_source_url"] = json!("");
    let added =
        call(&sandbox, "/cgi-bin/material/add_news", json!({"articles": [article.clone()]})).await.json();
    let kept = added["media_id"].clone();
    article["title"] = json!("changed");
    let change = json!({"media_id": kept, "index": 0, "articles": article});
    assert_eq!(call(&sandbox, "/cgi-bin/material/update_news", change.clone()).await.code(), 0);
    let mut beyond = change;
    beyond["index"] = json!(1);
    assert_eq!(call(&sandbox, "/cgi-bin/material/update_news", beyond).await.code(), 40114);
    let found = call(&sandbox, "/cgi-bin/material/get_material", json!({ "media_id": kept })).await.json();
    assert_eq!(found["news_item"][0]["title"], "changed");
    let list = json!({"type": "news", "offset": 0, "count": 5});
    let listed = call(&sandbox, "/cgi-bin/material/batchget_material", list).await.json();
    assert_eq!((&listed["item"][0]["media_id"], &listed["total_count"]), (&kept, &json!(1)));
    assert_eq!(look(&sandbox, "/cgi-bin/material/get_materialcount").await["news_count"], 1);
    let send = json!({"touser": ["o1", "o2"], "msgtype": "mpnews", "mpnews": {"media_id": kept}});
    assert_eq!(call(&sandbox, "/cgi-bin/message/mass/send", send).await.code(), 0);
    assert_eq!(call(&sandbox, "/cgi-bin/material/del_material", json!({ "media_id": kept })).await.code(), 0);
}

#[tokio::test]
async fn pictures_and_codes_that_other_calls_make_can_be_fetched() {
    let sandbox = Sandbox::start().await.unwrap();
    let form = form("name=\"img\"; filename=\"old.jpg\"", "image/jpeg", b"old", &[]);
    let larger = upload(&sandbox, "/cv/img/superresolution?access_token={token}", form).await.json();
    let id = larger["media_id"].as_str().unwrap();
    let path = format!("/cgi-bin/media/get?access_token={{token}}&media_id={id}");
    assert_eq!(get(&sandbox, &path).await.body, b"old");
    let image = json!({"touser": sandbox.followers()[0], "msgtype": "image", "image": {"media_id": id}});
    assert_eq!(call(&sandbox, "/cgi-bin/message/custom/send", image).await.code(), 0);

    let card =
        json!({"action_name": "QR_CARD", "action_info": {"card": {"card_id": "p1", "outer_str": "12b"}}});
    let code = call(&sandbox, "/card/qrcode/create", card).await.json();
    let ticket = encoded(code["ticket"].as_str().unwrap());
    let shown = get(&sandbox, &format!("/cgi-bin/showqrcode?ticket={ticket}")).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, "image/jpg"));
    let address = code["show_qrcode_url"].as_str().unwrap().strip_prefix(sandbox.url()).unwrap().to_owned();
    assert_eq!(get(&sandbox, &address).await.body, shown.body);
}

#[tokio::test]
async fn a_menu_that_was_read_can_be_set_again() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    let below = json!([{"name": "b", "type": "view", "url": "https://www.example.com/"}]);
    let menu =
        json!({"button": [{"name": "a", "sub_button": below}, {"name": "c", "type": "click", "key": "k"}]});
    assert_eq!(call(&sandbox, "/cgi-bin/menu/create", menu).await.code(), 0);
    assert_eq!(call(&sandbox, "/cgi-bin/tags/create", json!({"tag": {"name": "A"}})).await.code(), 0);
    let rule =
        json!({"button": [{"name": "v", "type": "click", "key": "vip"}], "matchrule": {"tag_id": "100"}});
    assert_eq!(call(&sandbox, "/cgi-bin/menu/addconditional", rule).await.code(), 0);

    let read = look(&sandbox, "/cgi-bin/menu/get").await;
    assert_eq!(read["menu"]["button"][0]["sub_button"][0]["sub_button"], json!([]));
    let again = call(&sandbox, "/cgi-bin/menu/create", read["menu"].clone()).await;
    assert_eq!(again.code(), 0, "{}", again.text());
    // The number of the menu comes along, and the tag under the name of the groups.
    let again = call(&sandbox, "/cgi-bin/menu/addconditional", read["conditionalmenu"][0].clone()).await;
    assert_eq!(again.code(), 0, "{}", again.text());
    let now = look(&sandbox, "/cgi-bin/menu/get").await;
    assert_eq!(now["menu"]["button"], read["menu"]["button"]);
    assert_eq!(now["conditionalmenu"][0]["matchrule"], json!({"group_id": "100"}));
    let on = json!({"openid_list": ["o1"], "tagid": 100});
    assert_eq!(call(&sandbox, "/cgi-bin/tags/members/batchtagging", on).await.code(), 0);
    let seen = call(&sandbox, "/cgi-bin/menu/trymatch", json!({"user_id": "o1"})).await.json();
    assert_eq!(seen["button"][0]["key"], "vip");
    assert_eq!(call(&sandbox, "/cgi-bin/menu/create", seen).await.code(), 0);
    // A field that nobody has ever told is a mistake all the same.
    let odd = json!({"button": [{"name": "c", "type": "click", "key": "k", "colour": "red"}]});
    let refused = call(&sandbox, "/cgi-bin/menu/create", odd).await;
    assert!(refused.message().contains("`button[0].colour` is unknown"), "{}", refused.text());
}

#[tokio::test]
async fn articles_tags_and_rules_that_were_read_can_be_written_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = draft(&sandbox).await;
    let read = call(&sandbox, "/cgi-bin/draft/get", json!({ "media_id": id })).await.json();
    let article = read["news_item"][0].clone();
    let change = json!({"media_id": id, "index": 0, "articles": article});
    let changed = call(&sandbox, "/cgi-bin/draft/update", change).await;
    assert_eq!(changed.code(), 0, "{}", changed.text());
    let copied = call(&sandbox, "/cgi-bin/draft/add", json!({"articles": read["news_item"]})).await;
    assert_eq!(copied.code(), 0, "{}", copied.text());
    let job = call(&sandbox, "/cgi-bin/freepublish/submit", json!({ "media_id": id })).await.json();
    let job =
        call(&sandbox, "/cgi-bin/freepublish/get", json!({"publish_id": job["publish_id"]})).await.json();
    let named = json!({"article_id": job["article_id"]});
    let mut published = call(&sandbox, "/cgi-bin/freepublish/getarticle", named).await.json();
    // What the kind of an article is, published ones don't tell.
    published["news_item"][0]["article_type"] = json!("news");
    let copied = call(&sandbox, "/cgi-bin/draft/add", json!({"articles": published["news_item"]})).await;
    assert_eq!(copied.code(), 0, "{}", copied.text());
    let copy =
        call(&sandbox, "/cgi-bin/draft/get", json!({"media_id": copied.json()["media_id"]})).await.json();
    assert!(copy["news_item"][0].get("is_deleted").is_none(), "{copy}");

    assert_eq!(call(&sandbox, "/cgi-bin/tags/create", json!({"tag": {"name": "A"}})).await.code(), 0);
    let tags = look(&sandbox, "/cgi-bin/tags/get").await;
    let tag = tags["tags"].as_array().unwrap().last().unwrap().clone();
    let same = call(&sandbox, "/cgi-bin/tags/update", json!({ "tag": tag })).await;
    assert_eq!(same.code(), 0, "{}", same.text());

    let rule = json!({
        "prefix": "https://www.example.com/a/", "appid": "wx1", "path": "pages/index", "permit_sub_rule": 1,
        "open_version": 2, "debug_url": ["https://www.example.com/a/1"], "is_edit": 0
    });
    let added = call(&sandbox, "/cgi-bin/wxopen/qrcodejumpadd", rule).await;
    assert_eq!(added.code(), 0, "{}", added.text());
    let list = json!({"appid": "wx1", "get_type": 0});
    let mut read = call(&sandbox, "/cgi-bin/wxopen/qrcodejumpget", list).await.json()["rule_list"][0].clone();
    read["appid"] = json!("wx1");
    read["is_edit"] = json!(1);
    let again = call(&sandbox, "/cgi-bin/wxopen/qrcodejumpadd", read).await;
    assert_eq!(again.code(), 0, "{}", again.text());
}
