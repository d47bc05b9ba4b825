//! The client of one account, and how it is built. How a call travels stands in `client/send.rs`.

pub(crate) mod account;
mod browser;
pub(crate) mod call;
#[allow(missing_docs)]
pub(crate) mod inspect;
pub(crate) mod page;
pub(crate) mod send;
pub(crate) mod shared;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::client::account::{Account, Hosts, Timeouts};
use crate::client::shared::{Shared, Tokens};
use crate::endpoint::{BrowserUrl, Endpoint};
use crate::error::{Error, Result};
use crate::js_sdk::ticket::Tickets;
use crate::meta::Host;
use crate::token::source::platform::{LegacySource, StableSource};
use crate::token::{SourceKind, TokenCache, TokenPolicy, TokenProvider, TokenSource, TokenStore};
use crate::{Token, TokenStatus};

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

    /// A client whose settings are still to be made.
    pub fn builder(app_id: impl Into<String>, secret: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            app_id: app_id.into(),
            secret: secret.into(),
            hosts: Hosts::default(),
            timeouts: Timeouts::default(),
            retries: 2,
            json_limit: 16 << 20,
            http: None,
            shared_http: None,
            tokens: TokenSetting::Stable,
            store: None,
            policy: None,
        }
    }

    /// The account's AppID.
    pub fn app_id(&self) -> &str {
        &self.shared.account.app_id
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
    /// let answer = client.call("/cgi-bin/new/thing", &[("id", "7")], None).await?;
    /// println!("{}", answer["name"]);
    /// # Ok(()) }
    /// ```
    pub fn call(&self, path: &str, query: &[(&str, &str)], body: Option<Value>) -> Call<Value> {
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

    /// Forgets the access token at hand, so that the next call gets a new one.
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
        f.debug_struct("Client").field("app_id", &self.shared.account.app_id).finish_non_exhaustive()
    }
}

enum TokenSetting {
    Stable,
    Legacy,
    Source(Arc<dyn TokenSource>),
    Provider(Arc<dyn TokenProvider>),
}

/// The settings of a [`Client`].
#[must_use]
pub struct ClientBuilder {
    app_id: String,
    secret: String,
    hosts: Hosts,
    timeouts: Timeouts,
    retries: u32,
    json_limit: usize,
    http: Option<reqwest::ClientBuilder>,
    shared_http: Option<reqwest::Client>,
    tokens: TokenSetting,
    store: Option<Arc<dyn TokenStore>>,
    policy: Option<TokenPolicy>,
}

impl ClientBuilder {
    /// The base URL of every call, whatever its host, like `http://127.0.0.1:8080`: for a gateway.
    ///
    /// Addresses that a browser opens (`authorize_url`) stay those of the platform, since users can't reach a gateway
    /// of yours: see [`browser_base_url`](Self::browser_base_url).
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        for host in [Host::Api, Host::Mp, Host::Open] {
            self.hosts.set(host, url.clone());
        }
        self
    }

    /// The base URL of addresses that are built for a browser (`authorize_url`, `subscribe_url`), instead of the
    /// platform's own: for a stand-in that a browser can reach.
    pub fn browser_base_url(mut self, url: impl Into<String>) -> Self {
        self.hosts.set_browser(url.into());
        self
    }

    /// The base URL of the calls to one host, like `https://sh.api.weixin.qq.com` for [`Host::Api`].
    pub fn host_url(mut self, host: Host, url: impl Into<String>) -> Self {
        self.hosts.set(host, url.into());
        self
    }

    /// How long a JSON call may take in all (default 30 seconds). [`Call::timeout`] sets it for one call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.call = timeout;
        self
    }

    /// How long connecting may take (default 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.connect = timeout;
        self
    }

    /// How long nothing may move in an upload or a download (default 30 seconds). Transfers have no limit in all.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.idle = timeout;
        self
    }

    /// How often a call that may be repeated is sent again when the platform is busy (default 2).
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The largest JSON answer that is read, in bytes (default 16 MiB).
    pub fn json_limit(mut self, bytes: usize) -> Self {
        self.json_limit = bytes;
        self
    }

    /// Sends through no proxy, whatever the environment says: to a server on this machine.
    #[cfg(feature = "sandbox")]
    pub(crate) fn direct(mut self) -> Self {
        self.http = Some(self.http.unwrap_or_else(account::http_builder).no_proxy());
        self
    }

    /// Sends through a proxy.
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.http = Some(self.http.unwrap_or_else(crate::client::account::http_builder).proxy(proxy));
        self
    }

    /// Settings of the HTTP client of your own: certificates, DNS, pool sizes. The client still switches off
    /// redirects and the `Referer` header, which would carry tokens elsewhere, and sets the connect timeout.
    pub fn http(mut self, builder: reqwest::ClientBuilder) -> Self {
        crate::client::account::install_crypto();
        self.http = Some(builder);
        self
    }

    /// Shares the connections of another client, for programs that serve many accounts.
    pub fn share_connections(mut self, other: &Client) -> Self {
        self.shared_http = Some(other.shared.account.http.clone());
        self
    }

    /// Gets tokens by the legacy call (`token`): each process that does so makes the others' tokens invalid.
    /// Where several processes run, it needs a [`token_store`](Self::token_store) that all of them share; where
    /// one runs, and nothing else fetches tokens of the account, it works alone.
    pub fn legacy_token(mut self) -> Self {
        self.tokens = TokenSetting::Legacy;
        self
    }

    /// Gets new tokens from a source of your own, say a central token server; they are cached as usual.
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.tokens = TokenSetting::Source(Arc::new(source));
        self
    }

    /// Keeps the token in a store that several processes share: one of them fetches it, all use it. Tickets are
    /// kept there too, with a provider of your own nothing else. Several clients can be given one store as an
    /// `Arc`; each account has keys of its own in it, and each kind of source too.
    ///
    /// While the store is down, a warning is logged, and each process goes on by itself. The store is tried again
    /// at growing intervals of up to a minute, however many calls there are.
    ///
    /// - With stable tokens, or a source of your own, it fetches for itself: everybody gets the same token.
    /// - With [`legacy_token`](Self::legacy_token), where processes would make each other's tokens invalid, the
    ///   token at hand is used to its end; then, or once it is refused, the process fetches for itself, but
    ///   only once in five minutes. In between, calls that need a token fail.
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Times and limits of the client's token cache, instead of those that fit the source.
    pub fn token_policy(mut self, policy: TokenPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Leaves tokens to a provider of your own altogether.
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.tokens = TokenSetting::Provider(Arc::new(provider));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the AppID or the secret is empty or holds whitespace,
    /// a base URL is not one, a provider of your own is to follow a token policy, or the HTTP client can't be built. The secret may be empty where tokens come from a source or a provider of your own; calls that
    /// carry the secret itself then fail with such an error.
    pub fn build(self) -> Result<Client> {
        check("AppID", &self.app_id)?;
        let asks_itself = matches!(self.tokens, TokenSetting::Stable | TokenSetting::Legacy);
        if asks_itself || !self.secret.is_empty() {
            check("secret", &self.secret)?;
        }
        let http = match self.shared_http {
            Some(http) => http,
            None => crate::client::account::http_client(self.http, self.timeouts.connect)?,
        };
        let account = Arc::new(Account {
            http,
            app_id: self.app_id,
            secret: self.secret,
            hosts: self.hosts.checked()?,
            timeouts: self.timeouts,
            retries: self.retries,
            json_limit: self.json_limit,
        });
        let cached = |source: Arc<dyn TokenSource>| {
            let kind = source.kind();
            let policy = self.policy.clone().unwrap_or_else(|| TokenPolicy::new(kind));
            let cache = TokenCache::with_policy(source, policy).with_label(&account.app_id);
            Tokens::Cache(match &self.store {
                Some(store) => cache.with_store(Arc::clone(store), store_key(&account.app_id, kind)),
                None => cache,
            })
        };
        let tokens = match self.tokens {
            TokenSetting::Stable => cached(Arc::new(StableSource::new(Arc::clone(&account)))),
            TokenSetting::Legacy => cached(Arc::new(LegacySource::new(Arc::clone(&account)))),
            TokenSetting::Source(source) => cached(source),
            TokenSetting::Provider(_) if self.policy.is_some() => {
                return Err(Error::config("a token provider of your own follows no token policy"));
            }
            TokenSetting::Provider(provider) => Tokens::Provider(provider),
        };
        let shared = Arc::new(Shared { account, tokens });
        let tickets = Arc::new(Tickets::new(&shared, self.store.as_ref()));
        Ok(Client { shared, tickets })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// Tokens of the two calls live and die independently of each other, so each kind has a key of its own.
fn store_key(app_id: &str, kind: SourceKind) -> String {
    let what = match kind {
        SourceKind::Stable => "stable_token",
        SourceKind::Legacy => "legacy_token",
        SourceKind::Custom => "access_token",
    };
    format!("weixin:{app_id}:{what}")
}

/// Refuses credentials that can't be right, most often a line break that came along with copying.
fn check(what: &str, value: &str) -> Result<()> {
    let problem = if value.is_empty() {
        "is empty"
    } else if value.chars().any(char::is_whitespace) {
        "holds whitespace"
    } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        "holds characters that are not ASCII"
    } else {
        return Ok(());
    };
    Err(Error::config(format!("the {what} {problem}; copy it again from the account's settings")))
}
