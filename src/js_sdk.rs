//! Signatures for web pages that use WeChat's JS-SDK (网页开发): its configuration, and cards.
//! The tickets that sign are looked after in `client/ticket.rs`.
//!
//! A page hands what it gets here to the SDK as it is:
//!
//! ```no_run
//! # async fn example(client: weixin::Client) -> weixin::Result<()> {
//! // For `wx.config`: the address of the page as the browser shows it.
//! let config = client.js_config("https://shop.example.com/goods?id=7#top").await?;
//! println!("wx.config({})", serde_json::json!({
//!     "appId": config.app_id,
//!     "timestamp": config.timestamp,
//!     "nonceStr": config.nonce_str,
//!     "signature": config.signature,
//!     "jsApiList": ["scanQRCode"],
//! }));
//! # Ok(()) }
//! ```
//!
//! Official documentation:
//! <https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html>

use std::time::SystemTime;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::id::{CardCode, CardId, OpenId};
use crate::record::Timestamp;
use crate::signing::digest::Sha1Hex;
use crate::signing::nonce::Nonce;
use crate::token::{Token, TokenProvider, TokenStatus};

pub use crate::client::ticket::TicketKind;

response! {
    /// The signed part of `wx.config`. Serialises under the names that the SDK expects.
    pub struct JsConfig {
        /// The account's AppID.
        app_id: String = "appId" [required];
        /// When it was signed, in seconds since 1970-01-01 00:00:00 UTC.
        timestamp: Timestamp = "timestamp" [required];
        /// Random letters and digits.
        nonce_str: String = "nonceStr" [required];
        /// SHA-1 in lower-case hexadecimal digits.
        signature: String = "signature" [required];
    }
}

response! {
    /// One entry of the `cardList` of `wx.addCard`. Serialises under the names that the SDK expects.
    pub struct CardToAdd {
        /// The kind of card.
        card_id: CardId = "cardId" [required];
        /// A [`CardExt`] as JSON text, which is how the SDK wants it.
        card_ext: String = "cardExt" [required];
    }
}

response! {
    /// The signed details of a card that a page adds.
    pub struct CardExt {
        /// The card's code, for kinds with codes of the merchant's own.
        code: Option<CardCode> = "code";
        /// The only user who may take the card.
        openid: Option<OpenId> = "openid";
        /// When it was signed, in seconds since 1970-01-01 00:00:00 UTC; written as text.
        timestamp: Timestamp = "timestamp" [required text];
        /// Random letters and digits; the same one twice makes the second card fail.
        nonce_str: String = "nonce_str" [required];
        /// When the user got the card elsewhere, for kinds whose validity counts from then; not signed.
        fixed_begintimestamp: Option<Timestamp> = "fixed_begintimestamp";
        /// Which channel the card is handed out through; comes back in the event of taking it; not signed.
        outer_str: Option<String> = "outer_str";
        /// SHA-1 in lower-case hexadecimal digits.
        signature: String = "signature" [required];
    }
}

response! {
    /// The argument of `wx.chooseCard` and, for invoices, `wx.chooseInvoice`. Serialises under the names that the
    /// SDK expects.
    pub struct CardChoice {
        /// Only cards of this shop.
        shop_id: Option<String> = "shopId";
        /// Only this type of card, like `GROUPON`; `INVOICE` for invoices.
        card_type: Option<String> = "cardType";
        /// Only this kind of card.
        card_id: Option<CardId> = "cardId";
        /// When it was signed, in seconds since 1970-01-01 00:00:00 UTC.
        timestamp: Timestamp = "timestamp" [required];
        /// Random letters and digits.
        nonce_str: String = "nonceStr" [required];
        /// Always `SHA1`.
        sign_type: String = "signType" [required];
        /// SHA-1 in lower-case hexadecimal digits.
        card_sign: String = "cardSign" [required];
    }
}

/// A card that a page is to add with `wx.addCard`: what is known before it is signed.
#[derive(Clone, Debug)]
#[must_use = "sign it with `Client::add_card`"]
pub struct AddCard {
    card_id: CardId,
    code: Option<CardCode>,
    openid: Option<OpenId>,
    fixed_begintimestamp: Option<Timestamp>,
    outer_str: Option<String>,
}

impl AddCard {
    /// A card of this kind.
    pub fn new(card_id: impl Into<CardId>) -> Self {
        Self {
            card_id: card_id.into(),
            code: None,
            openid: None,
            fixed_begintimestamp: None,
            outer_str: None,
        }
    }

    /// The card's code: needed for kinds with codes of the merchant's own, and only for those.
    pub fn code(mut self, code: impl Into<CardCode>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The only user who may take the card: needed for kinds with `bind_openid`, and only for those.
    pub fn openid(mut self, openid: impl Into<OpenId>) -> Self {
        self.openid = Some(openid.into());
        self
    }

    /// When the user got the card elsewhere, for kinds whose validity counts from then.
    pub fn fixed_begintimestamp(mut self, begin: Timestamp) -> Self {
        self.fixed_begintimestamp = Some(begin);
        self
    }

    /// Which channel the card is handed out through.
    pub fn outer_str(mut self, channel: impl Into<String>) -> Self {
        self.outer_str = Some(channel.into());
        self
    }
}

/// Which cards a page lets the user choose from with `wx.chooseCard`; without settings, all of the account's.
#[derive(Clone, Debug, Default)]
#[must_use = "sign it with `Client::choose_card`"]
pub struct ChooseCard {
    shop_id: Option<String>,
    card_type: Option<String>,
    card_id: Option<CardId>,
}

impl ChooseCard {
    /// All cards of the account.
    pub fn new() -> Self {
        Self::default()
    }

    /// Invoices, for `wx.chooseInvoice`.
    pub fn invoices() -> Self {
        Self::new().card_type("INVOICE")
    }

    /// Only cards of this shop (the platform's `location_id`).
    pub fn shop_id(mut self, shop_id: impl Into<String>) -> Self {
        self.shop_id = Some(shop_id.into());
        self
    }

    /// Only this type of card, like `GROUPON`.
    pub fn card_type(mut self, card_type: impl Into<String>) -> Self {
        self.card_type = Some(card_type.into());
        self
    }

    /// Only this kind of card.
    pub fn card_id(mut self, card_id: impl Into<CardId>) -> Self {
        self.card_id = Some(card_id.into());
        self
    }
}

/// Tickets, which sign what a web page does inside WeChat.
impl Client {
    /// The ticket of this kind: from the cache, or fetched once for all who ask. It belongs on the server; a
    /// page gets what is signed with it, see [`js_config`](Self::js_config).
    ///
    /// # Errors
    /// Those of the call that fetches it. They are remembered for a while, as those of access tokens are.
    pub async fn ticket(&self, kind: TicketKind) -> Result<Token> {
        self.tickets().of(kind).get().await
    }

    /// Forgets a ticket, so that the next signature gets a new one: for pages that report `invalid signature`
    /// though everything else is right.
    pub fn invalidate_ticket(&self, kind: TicketKind) {
        self.tickets().of(kind).invalidate();
    }

    /// Age and next refresh of a ticket.
    pub fn ticket_status(&self, kind: TicketKind) -> TokenStatus {
        self.tickets().of(kind).status()
    }
}

/// What a page that uses the JS-SDK needs.
impl Client {
    /// Signs a page for `wx.config`.
    ///
    /// `url` is the address as the browser shows it (`location.href`), neither encoded nor decoded any further;
    /// what follows a `#` is cut off, as the platform wants it. A page that changes its address without loading
    /// anew needs a new signature.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if `url` does not begin with `http://` or `https://`;
    /// otherwise those of
    /// [`ticket`](Self::ticket).
    pub async fn js_config(&self, url: &str) -> Result<JsConfig> {
        let page = page(url)?;
        let ticket = self.ticket(TicketKind::Jsapi).await?;
        Ok(js_config(self.app_id(), ticket.expose(), &Nonce::new()?.to_string(), now(), page))
    }

    /// Signs a card for `wx.addCard`.
    ///
    /// # Errors
    /// Those of [`ticket`](Self::ticket).
    pub async fn add_card(&self, card: AddCard) -> Result<CardToAdd> {
        let ticket = self.ticket(TicketKind::Card).await?;
        add_card(ticket.expose(), Nonce::new()?.to_string(), now(), card)
    }

    /// Signs the argument of `wx.chooseCard` or `wx.chooseInvoice`.
    ///
    /// # Errors
    /// Those of [`ticket`](Self::ticket).
    pub async fn choose_card(&self, choice: ChooseCard) -> Result<CardChoice> {
        let ticket = self.ticket(TicketKind::Card).await?;
        Ok(choose_card(self.app_id(), ticket.expose(), Nonce::new()?.to_string(), now(), choice))
    }
}

/// The address up to its fragment.
fn page(url: &str) -> Result<&str> {
    let page = url.split_once('#').map_or(url, |(page, _)| page);
    match page.starts_with("https://") || page.starts_with("http://") {
        true => Ok(page),
        false => Err(Error::config(
            "a page has a whole address of HTTP or HTTPS: pass `location.href` of the browser",
        )),
    }
}

fn js_config(app_id: &str, ticket: &str, nonce: &str, now: Timestamp, page: &str) -> JsConfig {
    let seconds = now.as_secs();
    let text = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={seconds}&url={page}");
    JsConfig {
        app_id: app_id.to_owned(),
        timestamp: now,
        nonce_str: nonce.to_owned(),
        signature: Sha1Hex::of(&[&text]).to_string(),
        ..crate::record::FieldType::blank()
    }
}

fn add_card(ticket: &str, nonce: String, now: Timestamp, card: AddCard) -> Result<CardToAdd> {
    let seconds = now.as_secs().to_string();
    let code = card.code.as_ref().map(CardCode::as_str).unwrap_or_default();
    let openid = card.openid.as_ref().map(OpenId::as_str).unwrap_or_default();
    let signature = sign_values(&mut [ticket, &seconds, card.card_id.as_str(), code, openid, &nonce]);
    let ext = CardExt {
        code: card.code,
        openid: card.openid,
        timestamp: now,
        nonce_str: nonce,
        fixed_begintimestamp: card.fixed_begintimestamp,
        outer_str: card.outer_str,
        signature,
        ..crate::record::FieldType::blank()
    };
    let card_ext = serde_json::to_string(&ext)
        .map_err(|error| Error::config("the card can't be written as JSON").with_source(error))?;
    Ok(CardToAdd { card_id: card.card_id, card_ext, ..crate::record::FieldType::blank() })
}

fn choose_card(app_id: &str, ticket: &str, nonce: String, now: Timestamp, choice: ChooseCard) -> CardChoice {
    let seconds = now.as_secs().to_string();
    let [shop_id, card_type] =
        [&choice.shop_id, &choice.card_type].map(|value| value.as_deref().unwrap_or_default());
    let card_id = choice.card_id.as_ref().map(CardId::as_str).unwrap_or_default();
    let card_sign = sign_values(&mut [ticket, app_id, shop_id, &seconds, &nonce, card_id, card_type]);
    CardChoice {
        shop_id: choice.shop_id,
        card_type: choice.card_type,
        card_id: choice.card_id,
        timestamp: now,
        nonce_str: nonce,
        sign_type: "SHA1".to_owned(),
        card_sign,
        ..crate::record::FieldType::blank()
    }
}

/// The signature of cards: the values in the order of their bytes, one behind the other.
fn sign_values(values: &mut [&str]) -> String {
    values.sort_unstable();
    Sha1Hex::of(values).to_string()
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;

    const TICKET: &str =
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

    fn signature_of(url: &str) -> String {
        let page = page(url).expect("an address");
        js_config("wx_appid", TICKET, "Wm3WZYTPz0wzccnW", Timestamp::from(1_414_587_457), page).signature
    }

    #[test]
    fn the_documented_page_has_the_documented_signature() {
        for (url, signature) in [
            ("http://mp.weixin.qq.com?params=value", "0f9de62fce790f9a083d5c99e95740ceb90c27ed"),
            (
                "http://mp.weixin.qq.com?params=value#wechat_redirect",
                "0f9de62fce790f9a083d5c99e95740ceb90c27ed",
            ),
            ("http://mp.weixin.qq.com?params=value#a#b", "0f9de62fce790f9a083d5c99e95740ceb90c27ed"),
            ("http://mp.weixin.qq.com", "f4d90daf4b3bca3078ab155816175ba34c443a7b"),
            ("http://mp.weixin.qq.com#", "f4d90daf4b3bca3078ab155816175ba34c443a7b"),
        ] {
            assert_eq!(signature_of(url), signature, "{url}");
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for url in ["", "mp.weixin.qq.com", "#top", "/goods?id=7", "weixin://dl/business"] {
            assert_eq!(page(url).map_err(|error| error.kind()), Err(ErrorKind::Config), "{url}");
        }
    }

    #[test]
    fn the_documented_card_has_the_documented_signature() {
        let card = AddCard::new("pjZ8Yt1XGILfi-FUsewpnnolGgZk").code("1434008071");
        let added =
            add_card("ojZ8YtyVyr30HheH3CM73y7h4jJE", "123".to_owned(), Timestamp::from(1_404_896_688), card)
                .expect("a card");
        assert_eq!(
            serde_json::to_value(&added).expect("JSON"),
            json!({
                "cardId": "pjZ8Yt1XGILfi-FUsewpnnolGgZk",
                "cardExt": "{\"code\":\"1434008071\",\"timestamp\":\"1404896688\",\"nonce_str\":\"123\",\
                    \"signature\":\"f137ab68b7f8112d20ee528ab6074564e2796250\"}",
            })
        );
    }

    /// Values that the platform's page for trying signatures gave.
    #[test]
    fn a_card_without_code_and_user_signs_four_values() {
        let card = AddCard::new("random_card_id");
        let time = Timestamp::from(1_414_587_457);
        let added = add_card(TICKET, "Wm3WZYTPz0wzccnW".to_owned(), time, card).expect("a card");
        assert!(added.card_ext.contains("22dce6bad4db532d4a2ef82ca2ca7bbe1e10ef28"), "{}", added.card_ext);
    }

    #[test]
    fn a_choice_signs_what_it_is_limited_to() {
        let choice = ChooseCard::new().card_type("GROUPON");
        let time = Timestamp::from(1_404_896_688);
        let chosen = choose_card(
            "wxf8b4f85f3a794e77",
            "ojZ8YtyVyr30HheH3CM73y7h4jJE",
            "sduhi123".to_owned(),
            time,
            choice,
        );
        assert_eq!(
            serde_json::to_value(&chosen).expect("JSON"),
            json!({
                "cardType": "GROUPON",
                "timestamp": 1_404_896_688,
                "nonceStr": "sduhi123",
                "signType": "SHA1",
                // The SHA-1 of 1404896688GROUPONojZ8YtyVyr30HheH3CM73y7h4jJEsduhi123wxf8b4f85f3a794e77.
                "cardSign": "84ee8842691d4c6ed4eb700cc5b92da29436a442",
            })
        );
    }
}
