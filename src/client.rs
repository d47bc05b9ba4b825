//! The client of one account. How it is built stands in `client/builder.rs`, how a call travels in `client/send.rs`.

pub(crate) mod account;
mod browser;
mod builder;
pub(crate) mod call;
#[allow(missing_docs)]
pub(crate) mod inspect;
pub(crate) mod page;
mod secret;
pub(crate) mod send;
pub(crate) mod shared;
pub(crate) mod ticket;
mod token_source;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use self::shared::{Shared, Tokens};
use crate::client::ticket::Tickets;
use crate::endpoint::{BrowserUrl, Endpoint};
use crate::error::Result;
use crate::{Token, TokenStatus};

pub use self::builder::ClientBuilder;
pub use self::call::Call;
pub use self::page::{Paged, Pages};

/// A client for one account. Cheap to clone; clones share connections and the access token.
///
/// Every endpoint of the crate is a method. A method takes one request value and returns a [`Call`], which
/// sends nothing before it is awaited:
///
/// ```no_run
/// use weixin::qrcode::{CreateQrcode, QrAction, ShowQrcode};
///
/// # async fn example() -> weixin::Result<()> {
/// let client = weixin::Client::new("wx_appid", "app_secret")?;
/// let code = client.create_qrcode(CreateQrcode::new(QrAction::limit_str_scene("shop-42"))).await?;
/// client.show_qrcode(ShowQrcode::new(&code.ticket)).await?.save_to("shop-42.jpg").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    tickets: Arc<Tickets>,
}

impl Client {
    /// A client with the default settings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the AppID or the secret is empty or holds whitespace.
    pub fn new(app_id: impl Into<String>, secret: impl Into<String>) -> Result<Self> {
        Self::builder(app_id, secret).build()
    }

    /// Returns a builder for a client.
    pub fn builder(app_id: impl Into<String>, secret: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(app_id.into(), secret.into())
    }

    /// The account's AppID.
    pub fn app_id(&self) -> &str {
        &self.shared.account.encoder.app_id
    }

    /// Calls an endpoint: one of the crate's, or one declared with [`endpoint!`](crate::endpoint).
    pub fn send<E: Endpoint>(&self, request: E) -> Call<E::Response> {
        Call::new(Arc::clone(&self.shared), E::META, Box::new(request))
    }

    /// Calls an endpoint that the crate does not describe, JSON in and JSON out: the last resort, with the same
    /// token handling and errors. Prefer [`endpoint!`](crate::endpoint) for whatever you call twice.
    ///
    /// `query` holds name and value of each parameter, not encoded; the access token is added. With a `body`
    /// the call is a `POST`, otherwise a `GET`.
    ///
    /// ```no_run
    /// # async fn example(client: weixin::Client) -> weixin::Result<()> {
    /// let answer = client.call_raw("/cgi-bin/new/thing", &[("id", "7")], None).await?;
    /// println!("{}", answer["name"]);
    /// # Ok(()) }
    /// ```
    pub fn call_raw(&self, path: &str, query: &[(&str, &str)], body: Option<Value>) -> Call<Value> {
        Call::raw(Arc::clone(&self.shared), path, query, body)
    }

    /// Walks through the pages of an endpoint that pages, from where the request begins.
    pub fn pages<E: Paged>(&self, request: E) -> Pages<E> {
        Pages::new(Arc::clone(&self.shared), request)
    }

    /// A valid access token, for a call that something else makes. Don't log it.
    ///
    /// # Errors
    /// Whatever kept the source of tokens from giving one.
    pub async fn access_token(&self) -> Result<Token> {
        self.shared.tokens.provider().get().await
    }

    /// Tells the client that the platform refused this token (40001, 40014 or 42001) in a call that something else
    /// made. If it is still the one in use, the next call gets a new one; late reports change nothing.
    pub async fn report_rejected_token(&self, bad: &Token) {
        self.shared.tokens.provider().report(bad).await;
    }

    /// Forgets the access token at hand, so that the next call gets a new one. If the source still gives the same one,
    /// it is asked to make another, which the platform allows 20 times a day.
    pub async fn invalidate_token(&self) {
        match &self.shared.tokens {
            Tokens::Cache(cache) => cache.invalidate(),
            Tokens::Provider(provider) => {
                if let Some(token) = provider.cached() {
                    provider.report(&token).await;
                }
            }
        }
    }

    /// Age, source and next refresh of the access token; `None` with a provider of your own.
    ///
    /// What happens to tokens is also told as it happens, by `tracing` events with the target `weixin::token`:
    /// `event` is `fetch`, `share`, `invalidate`, `replay` or `degrade`, and each has an `account` and a
    /// `reason`. No token is ever in them.
    pub fn token_status(&self) -> Option<TokenStatus> {
        match &self.shared.tokens {
            Tokens::Cache(cache) => Some(cache.status()),
            Tokens::Provider(_) => None,
        }
    }

    pub(crate) fn tickets(&self) -> &Tickets {
        &self.tickets
    }

    pub(crate) fn browser_url<B: BrowserUrl>(&self, request: &B) -> Result<String> {
        self.shared.account.browser_url(B::META, request)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("app_id", &self.shared.account.encoder.app_id).finish_non_exhaustive()
    }
}
