//! Tickets and what is signed with them: fetched once, kept, and never shown.

use weixin::js_sdk::{AddCard, CardExt, ChooseCard};
use weixin::{ErrorCode, ErrorKind, TicketKind};

use crate::account::{client, failed};
use crate::server::{Answer, Gate, Server};

const JSAPI: &str = r#"{ "errcode":0, "errmsg":"ok", "ticket":"81_s3cr3t-jsapi", "expires_in":7200 }"#;
const CARD: &str = r#"{"errcode":0,"errmsg":"ok","ticket":"81_s3cr3t-card","expires_in":"7200"}"#;

#[tokio::test]
async fn a_page_is_signed_with_the_ticket_that_is_fetched_once() {
    let server = Server::start([JSAPI].map(Answer::json)).await;
    let client = client(&server);
    for _ in 0..3 {
        let config = client.js_config("https://shop.example.com/goods?id=7#top").await.unwrap();
        assert_eq!(config.app_id, "wx_appid");
        let signed = format!(
            "jsapi_ticket=81_s3cr3t-jsapi&noncestr={}&timestamp={}&url=https://shop.example.com/goods?id=7",
            config.nonce_str,
            config.timestamp.as_secs()
        );
        assert_eq!(config.signature, sha1(&signed));
        let json = serde_json::to_value(&config).unwrap();
        let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ["appId", "nonceStr", "signature", "timestamp"]);
        assert!(json["timestamp"].is_number());
    }
    assert_eq!(
        server.only().sorted(),
        server.get("/cgi-bin/ticket/getticket?access_token=81_s3cr3t-A&type=jsapi")
    );
}

#[tokio::test]
async fn cards_have_a_ticket_of_their_own() {
    let server = Server::start([CARD].map(Answer::json)).await;
    let client = client(&server);
    let added =
        client.add_card(AddCard::new("pX1").code("717").openid("oDF").outer_str("poster")).await.unwrap();
    let ext: CardExt = serde_json::from_str(&added.card_ext).unwrap();
    let time = ext.timestamp.as_secs().to_string();
    let mut values = ["81_s3cr3t-card", "pX1", "717", "oDF", &time, &ext.nonce_str];
    values.sort_unstable();
    assert_eq!(ext.signature, sha1(&values.concat()));
    let text: serde_json::Value = serde_json::from_str(&added.card_ext).unwrap();
    assert_eq!(text["timestamp"], time, "written as text");
    assert_eq!(text["outer_str"], "poster");

    let chosen = client.choose_card(ChooseCard::invoices()).await.unwrap();
    let time = chosen.timestamp.as_secs().to_string();
    let mut values = ["81_s3cr3t-card", "wx_appid", "INVOICE", &time, &chosen.nonce_str];
    values.sort_unstable();
    assert_eq!(chosen.card_sign, sha1(&values.concat()));
    assert_eq!(
        server.only().sorted(),
        server.get("/cgi-bin/ticket/getticket?access_token=81_s3cr3t-A&type=wx_card")
    );
}

#[tokio::test]
async fn many_pages_wait_for_one_ticket() {
    let gate = Gate::new();
    let server = Server::start([Answer::json(JSAPI).behind(&gate)]).await;
    let client = client(&server);
    let pages: Vec<_> = (0..1000)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.js_config(&format!("https://a.example/{number}")).await })
        })
        .collect();
    server.saw(1).await;
    gate.open();
    for page in pages {
        page.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_ticket_that_pages_refuse_is_replaced_on_demand() {
    let next = JSAPI.replace("jsapi\"", "next\"");
    let server = Server::start([Answer::json(JSAPI), Answer::json(next)]).await;
    let client = client(&server);
    let first = client.ticket(TicketKind::Jsapi).await.unwrap();
    assert_eq!(format!("{first:?}"), "Token(***)");
    client.invalidate_ticket(TicketKind::Jsapi);
    assert!(!client.ticket_status(TicketKind::Jsapi).usable);
    assert_eq!(client.ticket(TicketKind::Jsapi).await.unwrap().expose(), "81_s3cr3t-next");
    assert!(client.ticket_status(TicketKind::Jsapi).usable);
}

#[tokio::test]
async fn no_ticket_no_signature() {
    // The failure is remembered, so that each page of a busy site doesn't ask anew.
    let server =
        Server::start([Answer::json(r#"{"errcode":45009,"errmsg":"reach max api daily quota limit"}"#)])
            .await;
    let client = client(&server);
    for _ in 0..3 {
        let error = failed(client.js_config("https://a.example/").await);
        assert_eq!(error.code(), Some(ErrorCode(45009)));
        assert_eq!(error.endpoint(), Some("get_jsapi_ticket"));
    }
    assert_eq!(server.count(), 1);

    let server =
        Server::start([Answer::json(r#"{"errcode":0,"errmsg":"ok","ticket":"","expires_in":7200}"#)]).await;
    let error = failed(self::client(&server).js_config("https://a.example/").await);
    assert_eq!(error.kind(), ErrorKind::Token);

    // An address that is none asks nobody.
    let error = failed(client.js_config("a.example/page").await);
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_refused_access_token_is_replaced_under_the_ticket() {
    let refused = r#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}"#;
    let token = |name: &str| format!(r#"{{"access_token":"81_s3cr3t-{name}","expires_in":7200}}"#);
    let answers = [token("old"), refused.to_owned(), token("new"), JSAPI.to_owned()];
    let server = Server::start(answers.map(Answer::json)).await;
    let client = crate::account::plain(&server).build().unwrap();
    client.js_config("https://a.example/").await.unwrap();
    let targets: Vec<String> = server.seen().iter().map(|seen| seen.target().to_owned()).collect();
    assert_eq!(
        targets,
        [
            "/cgi-bin/stable_token",
            "/cgi-bin/ticket/getticket?access_token=81_s3cr3t-old&type=jsapi",
            "/cgi-bin/stable_token",
            "/cgi-bin/ticket/getticket?access_token=81_s3cr3t-new&type=jsapi",
        ]
    );
}

/// By another hand than the crate's.
fn sha1(text: &str) -> String {
    let mut hash = sha1_smol::Sha1::new();
    hash.update(text.as_bytes());
    hash.digest().to_string()
}
