//! How a client is built, and which settings exclude each other.
//! What a client does stands in `client.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::client::account::{Account, Timeouts};
use crate::client::shared::{Shared, Tokens};
use crate::client::ticket::Tickets;
use crate::client::token_source::{LegacySource, StableSource};
use crate::client::Client;
use crate::endpoint::meta::Host;
use crate::error::{Error, Result};
use crate::token::pace::Pace;
use crate::token::{SourceKind, TokenCache, TokenPolicy, TokenProvider, TokenSource, TokenStore};
use crate::wire::encode::Encoder;
use crate::wire::hosts::Hosts;
use crate::wire::interceptor::Interceptor;
use crate::wire::transport::default::default_transport;
use crate::wire::transport::settings::Settings;
use crate::wire::transport::Transport;

/// The settings of a [`Client`].
///
/// Setting something twice means the last value. Settings that exclude each other are an error of
/// [`build`](Self::build), whatever their order: none is dropped silently.
#[must_use]
pub struct ClientBuilder {
    app_id: String,
    secret: String,
    base_url: Option<String>,
    browser_base_url: Option<String>,
    host_urls: Vec<(Host, String)>,
    timeouts: Timeouts,
    max_retries: u32,
    max_json_bytes: usize,
    max_calls: usize,
    http: Settings,
    carrier: Choice<Arc<dyn Transport>>,
    interceptors: Vec<Arc<dyn Interceptor>>,
    tokens: Choice<TokenSetting>,
    store: Option<Arc<dyn TokenStore>>,
    policy: Option<TokenPolicy>,
}

enum TokenSetting {
    Stable,
    Legacy,
    Source(Arc<dyn TokenSource>),
    Provider(Arc<dyn TokenProvider>),
}

/// One of several settings that exclude each other.
struct Choice<T> {
    /// The name of the setting, and its value.
    made: Option<(&'static str, T)>,
    /// The first two that don't go together.
    conflict: Option<(&'static str, &'static str)>,
}

impl<T> Choice<T> {
    const OPEN: Self = Self { made: None, conflict: None };

    fn make(&mut self, name: &'static str, value: T) {
        if let Some((earlier, _)) = self.made.as_ref().filter(|(earlier, _)| *earlier != name) {
            self.conflict.get_or_insert((*earlier, name));
        }
        self.made = Some((name, value));
    }

    fn checked(self) -> Result<Option<(&'static str, T)>> {
        match self.conflict {
            Some((one, other)) => Err(Error::excluded(one, other)),
            None => Ok(self.made),
        }
    }
}

impl ClientBuilder {
    /// How many calls are under way at most, by default.
    const CALLS: usize = 128;

    pub(crate) fn new(app_id: String, secret: String) -> Self {
        Self {
            app_id,
            secret,
            base_url: None,
            browser_base_url: None,
            host_urls: Vec::new(),
            timeouts: Timeouts::default(),
            max_retries: 2,
            max_json_bytes: 16 << 20,
            max_calls: Self::CALLS,
            http: Settings::default(),
            carrier: Choice::OPEN,
            interceptors: Vec::new(),
            tokens: Choice::OPEN,
            store: None,
            policy: None,
        }
    }

    /// The base URL of every call, like `http://127.0.0.1:8080`: for a gateway. A [`host_url`](Self::host_url) goes
    /// before it.
    ///
    /// Addresses that a browser opens (`authorize_url`) stay those of the platform, since users can't reach a gateway
    /// of yours: see [`browser_base_url`](Self::browser_base_url).
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The base URL of addresses that are built for a browser (`authorize_url`, `subscribe_url`), instead of the
    /// platform's own: for a stand-in that a browser can reach.
    pub fn browser_base_url(mut self, url: impl Into<String>) -> Self {
        self.browser_base_url = Some(url.into());
        self
    }

    /// The base URL of the calls to one host, like `https://sh.api.weixin.qq.com` for [`Host::Api`].
    pub fn host_url(mut self, host: Host, url: impl Into<String>) -> Self {
        self.host_urls.push((host, url.into()));
        self
    }

    /// The total timeout of a JSON call, its repeats and the wait for a token included (default 30 seconds).
    /// [`Call::timeout`](crate::Call::timeout) sets it for one call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.call = timeout;
        self
    }

    /// How long connecting may take (default 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.connect = Some(timeout);
        self
    }

    /// How long nothing may move in an upload or a download (default 30 seconds). Transfers have no total timeout.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.idle = timeout;
        self
    }

    /// How long a connection is kept that no call uses (default 15 seconds). Below the time after which the server
    /// closes it: a call that can't be repeated fails if it is sent on a connection that the server is just closing.
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.http.idle = Some(timeout);
        self
    }

    /// How often an idempotent call is sent again when the platform is busy (default 2).
    ///
    /// Independently of this number, an idempotent call is sent again once if its connection broke before the
    /// response began or a gateway answered 502 to 504, and any call once if its access token was refused.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The largest JSON response that is read, in bytes (default 16 MiB).
    pub fn max_json_bytes(mut self, bytes: usize) -> Self {
        self.max_json_bytes = bytes;
        self
    }

    /// How many calls of this client and its clones are under way at the same time (default 128); 0 counts as 1. The
    /// others wait, and the wait counts into their timeout.
    ///
    /// A call holds its place from the moment in which its request is ready until its response is read. A download
    /// holds none once its body begins, nor does an upload while it opens its files: they stay open while it waits.
    /// Fetches of tokens and tickets are not counted.
    pub fn max_concurrent_calls(mut self, calls: usize) -> Self {
        self.max_calls = calls;
        self
    }

    /// Sends through no proxy that the environment names: to a server on this machine.
    #[cfg(feature = "sandbox")]
    pub(crate) fn direct(mut self) -> Self {
        self.http.direct = true;
        self
    }

    /// Sends everything through the proxy at this URL, like `http://user:password@proxy.example:3128`: calls, fetches of
    /// tokens, uploads and downloads. Without it the environment is asked (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY`, as curl does it).
    ///
    /// Several proxies, or a SOCKS proxy, are a matter of the transport's own settings: see
    /// [`transport`](crate::transport).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http.proxy = Some(url.into());
        self
    }

    /// Sends through no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.http.no_proxy = true;
        self
    }

    /// Shares the transport of another client, and so its connections and all settings of HTTP: for programs that
    /// serve many accounts.
    pub fn share_connections_with(mut self, other: &Client) -> Self {
        self.carrier.make("share_connections_with", Arc::clone(&other.shared.account.transport));
        self
    }

    /// Sends by this [transport](crate::transport): one with settings of its own, or one that you wrote. Several clients
    /// can be given one as an `Arc`.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.carrier.make("transport", Arc::new(transport));
        self
    }

    /// Shows each attempt of each call to this [interceptor](crate::interceptor), which may add headers to it, delay or
    /// refuse it. There can be several; the first that is given is asked first.
    pub fn interceptor(mut self, interceptor: impl Interceptor) -> Self {
        self.interceptors.push(Arc::new(interceptor));
        self
    }

    /// Gets tokens by the legacy call (`token`): each process that does so makes the others' tokens invalid.
    /// Where several processes run, it needs a [`token_store`](Self::token_store) that all of them share; where
    /// one runs, and nothing else fetches tokens of the account, it works alone.
    pub fn legacy_token(mut self) -> Self {
        self.tokens.make("legacy_token", TokenSetting::Legacy);
        self
    }

    /// Gets new tokens from a source of your own, say a central token server; they are cached as usual.
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.tokens.make("token_source", TokenSetting::Source(Arc::new(source)));
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

    /// Delegates token handling to a custom provider.
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.tokens.make("token_provider", TokenSetting::Provider(Arc::new(provider)));
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if
    /// - the AppID or the secret is empty or holds whitespace. The secret may be empty where tokens come from a source
    ///   or a provider of your own; calls that carry the secret itself then fail with such an error;
    /// - a base URL is not one;
    /// - there is no transport, as neither the feature `reqwest` nor `hyper` is on and none is given; or it can't be built;
    /// - the proxy, or one that the environment names, can't be used;
    /// - settings exclude each other: [`transport`](Self::transport),
    ///   [`share_connections_with`](Self::share_connections_with) and those of the default transport (`proxy`, `no_proxy`,
    ///   `connect_timeout`, `pool_idle_timeout`); `proxy` and `no_proxy`; `legacy_token`, `token_source` and
    ///   `token_provider`; `token_policy` and `token_provider`.
    pub fn build(self) -> Result<Client> {
        check("AppID", &self.app_id)?;
        let (name, tokens) = self.tokens.checked()?.unwrap_or(("", TokenSetting::Stable));
        let asks_itself = matches!(tokens, TokenSetting::Stable | TokenSetting::Legacy);
        if asks_itself || !self.secret.is_empty() {
            check("secret", &self.secret)?;
        }
        if self.policy.is_some() && matches!(tokens, TokenSetting::Provider(_)) {
            return Err(Error::excluded(name, "token_policy"));
        }
        let address = |host| {
            let own = self.host_urls.iter().rev().find(|(its, _)| *its == host);
            own.map(|(_, url)| url).or(self.base_url.as_ref()).cloned()
        };
        let hosts = Hosts::new(address, self.browser_base_url.as_deref())?;
        let transport = match (self.carrier.checked()?, self.http.named()) {
            (Some((name, _)), Some(setting)) => return Err(Error::excluded(name, setting)),
            (Some((_, transport)), None) => transport,
            (None, _) => default_transport(self.http)?,
        };
        let account = Arc::new(Account {
            encoder: Encoder { app_id: self.app_id, secret: self.secret, hosts },
            transport,
            interceptors: self.interceptors.into(),
            timeouts: self.timeouts,
            max_retries: self.max_retries,
            max_json_bytes: self.max_json_bytes,
            calls: Semaphore::new(self.max_calls.clamp(1, Semaphore::MAX_PERMITS)),
        });
        let tokens = tokens.ready(&account, self.policy, self.store.as_ref());
        let shared = Arc::new(Shared { account, tokens });
        let tickets = Arc::new(Tickets::new(&shared, self.store.as_ref()));
        Ok(Client { shared, tickets })
    }
}

impl TokenSetting {
    fn ready(
        self,
        account: &Arc<Account>,
        policy: Option<TokenPolicy>,
        store: Option<&Arc<dyn TokenStore>>,
    ) -> Tokens {
        // What another source asks for is its own business.
        let asks_platform = matches!(self, Self::Stable | Self::Legacy);
        let source: Arc<dyn TokenSource> = match self {
            Self::Stable => Arc::new(StableSource::new(Arc::clone(account))),
            Self::Legacy => Arc::new(LegacySource::new(Arc::clone(account))),
            Self::Source(source) => source,
            Self::Provider(provider) => return Tokens::Provider(provider),
        };
        let (kind, app_id) = (source.kind(), &account.encoder.app_id);
        let policy = policy.unwrap_or_else(|| TokenPolicy::new(kind));
        let mut cache = TokenCache::with_policy(source, policy).with_label(app_id);
        if asks_platform {
            cache = cache.with_pace(Pace::of((account.encoder.hosts.get(Host::Api).url(), app_id)));
        }
        Tokens::Cache(match store {
            Some(store) => cache.with_store(Arc::clone(store), store_key(app_id, kind)),
            None => cache,
        })
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
