//! The tickets of web pages: fetched with the access token, cached and shared like it, each kind on its own.
//! What is signed with them, and the client's methods, stand in `js_sdk.rs`.

use std::sync::Arc;
use std::time::Duration;

use crate::access_token::{GetCardTicket, GetJsapiTicket, IssuedTicket};
use crate::client::call::Call;
use crate::client::shared::Shared;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;
use crate::token::{Grant, TokenCache, TokenPolicy, TokenSource, TokenStore};

/// What a ticket signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TicketKind {
    /// Pages that use the JS-SDK (`jsapi`).
    Jsapi,
    /// Cards and invoices that a page adds or lets the user choose (`wx_card`).
    Card,
}

/// The tickets of an account.
pub(crate) struct Tickets {
    jsapi: TokenCache,
    card: TokenCache,
}

impl Tickets {
    pub(crate) fn new(shared: &Arc<Shared>, store: Option<&Arc<dyn TokenStore>>) -> Self {
        let app_id = &shared.account.encoder.app_id;
        let cache = |kind, what| {
            let source = TicketSource { shared: Arc::clone(shared), kind };
            // Asking again gives the same ticket, and there is no way to force another.
            let policy = TokenPolicy::new(source.kind()).can_force(false);
            let cache = TokenCache::with_policy(source, policy).with_label(app_id);
            match store {
                Some(store) => cache.with_store(Arc::clone(store), format!("weixin:{app_id}:{what}")),
                None => cache,
            }
        };
        Self {
            jsapi: cache(TicketKind::Jsapi, "jsapi_ticket"),
            card: cache(TicketKind::Card, "wx_card_ticket"),
        }
    }

    pub(crate) fn of(&self, kind: TicketKind) -> &TokenCache {
        match kind {
            TicketKind::Jsapi => &self.jsapi,
            TicketKind::Card => &self.card,
        }
    }
}

/// Asks the platform for a ticket, by way of an ordinary call: its access token follows the ordinary rules.
struct TicketSource {
    shared: Arc<Shared>,
    kind: TicketKind,
}

impl TokenSource for TicketSource {
    fn fetch(&self, _force: bool) -> BoxFuture<'static, Result<Grant>> {
        let shared = Arc::clone(&self.shared);
        match self.kind {
            TicketKind::Jsapi => Box::pin(ask(shared, GetJsapiTicket::new())),
            TicketKind::Card => Box::pin(ask(shared, GetCardTicket::new())),
        }
    }
}

async fn ask<E: Endpoint<Response = IssuedTicket>>(shared: Arc<Shared>, request: E) -> Result<Grant> {
    const DOCUMENTED: u32 = 7200;
    let answer = Call::<IssuedTicket>::new(shared, E::META, Box::new(request)).unbounded().await?;
    if answer.ticket.trim().is_empty() {
        let error = Error::new(ErrorKind::Token, "the answer holds an empty ticket");
        return Err(error.with_endpoint(E::META.name()));
    }
    let life = Duration::from_secs(answer.expires_in.unwrap_or(DOCUMENTED).into());
    Ok(Grant::new(answer.ticket, life))
}
