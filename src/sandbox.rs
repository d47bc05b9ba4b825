//! A local stand-in for the platform's servers, to test programs against without an account.
//! This file holds the handle and its builder; the parts that make up the server stand in `sandbox/`.

mod answer;
mod audience;
mod catalogue;
mod check;
mod clock;
mod echo;
mod example;
mod fault;
mod flow;
mod ident;
mod log;
mod picture;
#[cfg(feature = "callback")]
mod push;
mod request;
mod route;
mod server;
mod state;
mod stub;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::Value;

use crate::{Client, ClientBuilder, Error, Result};

use self::catalogue::Catalogue;
pub use self::fault::Fault;
pub use self::flow::outbox::{SentKind, SentMessage};
pub use self::log::LoggedRequest;
#[cfg(feature = "callback")]
#[cfg_attr(docsrs, doc(cfg(feature = "callback")))]
pub use self::push::{Attempt, CallbackTarget, PushReport};
use self::server::Server;
use self::state::State;

/// Under these names the examples of the spec have OpenIDs.
const USERS: [&str; 3] = ["openid", "touser", "openid_list"];

/// Followers that every sandbox begins with.
const FOLLOWERS: [&str; 3] =
    ["oSandboxFollower0000000000001", "oSandboxFollower0000000000002", "oSandboxFollower0000000000003"];

/// A server on a loopback port that behaves like the platform.
///
/// It issues tokens with their real lifetimes and rules, checks the token and every field of each request
/// against the spec, draws real QR codes, keeps what a program makes (tags, media, drafts and articles, menus,
/// templates, comments, customer service, mass messages …), and answers everything else with the spec's
/// examples. Each sandbox is an account of its own: nothing is shared between two of them.
///
/// It is empty at first but for its followers. What the spec's examples name by an id exists for them all the
/// same: a request that is an example of the spec, word for word, is answered even though nothing of that id was
/// made.
///
/// Tests ask it what users received ([`sent_messages`](Sandbox::sent_messages)), and make users write
/// ([`receive_text`](Sandbox::receive_text)) and comment ([`add_comment`](Sandbox::add_comment)).
///
/// Time stands still in it unless [`advance`](Sandbox::advance) moves it. It can be told to misbehave
/// ([`fail`](Sandbox::fail)) and logs what it receives ([`requests`](Sandbox::requests)).
///
/// Dropping it stops the server, closes its connections and waits until its thread has ended.
///
/// ```
/// # async fn run() -> weixin::Result<()> {
/// use weixin::sandbox::{Fault, Sandbox};
///
/// let sandbox = Sandbox::start().await?;
/// let client = sandbox.client()?;
/// sandbox.fail("create_qrcode", Fault::code(-1).times(2))?;
/// // … run what is to be tested with `client` …
/// assert_eq!(sandbox.count("create_qrcode"), 0);
/// # drop(client);
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    // Dropped first: the server's thread still uses the state.
    _server: Server,
    state: Arc<State>,
}

/// Settings of a [`Sandbox`], made by [`Sandbox::builder`].
#[derive(Clone)]
#[must_use]
pub struct SandboxBuilder {
    app_id: String,
    secret: String,
    account: &'static str,
    token_life: Duration,
    page: usize,
    publish_delay: Duration,
    followers: Vec<String>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = &self.state;
        f.debug_struct("Sandbox")
            .field("url", &state.url)
            .field("app_id", &state.app_id)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("app_id", &self.app_id)
            .field("account", &self.account)
            .field("token_life", &self.token_life)
            .field("page", &self.page)
            .field("publish_delay", &self.publish_delay)
            .finish_non_exhaustive()
    }
}

impl SandboxBuilder {
    /// The AppID of the account. Default: `wx_sandbox`.
    pub fn app_id(mut self, app_id: impl Into<String>) -> Self {
        self.app_id = app_id.into();
        self
    }

    /// The AppSecret of the account. Default: `sandbox_secret`.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = secret.into();
        self
    }

    /// Makes it a subscription account: calls that only service accounts may send are answered 48001.
    pub fn subscription_account(mut self) -> Self {
        self.account = "subscription";
        self
    }

    /// Life of an access token, on the sandbox's clock. Default: 7,200 seconds.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = life;
        self
    }

    /// How many users a page of followers, of the bearers of a tag or of the blacklist holds. Default: 10,000, or
    /// 1,000 for the blacklist, as on the platform; at least 1.
    pub fn page_size(mut self, users: usize) -> Self {
        self.page = users.max(1);
        self
    }

    /// How long it takes to publish a draft, on the sandbox's clock. Default: no time; until it is over, the job
    /// is answered to be on its way.
    pub fn publish_delay(mut self, delay: Duration) -> Self {
        self.publish_delay = delay;
        self
    }

    /// The followers to begin with, in this order, instead of the default ones.
    pub fn followers<I>(mut self, openids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.followers = openids.into_iter().map(Into::into).collect();
        self
    }

    /// Starts the server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When no port, no thread or no runtime can be had ([`ErrorKind::Io`](crate::ErrorKind::Io)).
    pub async fn start(self) -> Result<Sandbox> {
        let catalogue = Catalogue::load()?;
        let (server, state) = Server::start(move |url| self.state(catalogue, url)).await?;
        Ok(Sandbox { _server: server, state })
    }

    fn state(self, catalogue: &'static Catalogue, url: String) -> State {
        let state = State {
            catalogue,
            url,
            app_id: self.app_id,
            secret: self.secret,
            account: self.account,
            page: self.page,
            publish_delay: u64::try_from(self.publish_delay.as_millis()).unwrap_or(u64::MAX),
            clock: clock::Clock::start(),
            idents: ident::Idents::new(),
            log: log::Log::default(),
            faults: fault::Faults::default(),
            stubs: stub::Stubs::default(),
            tokens: Mutex::new(flow::token::Tokens::new(
                u64::try_from(self.token_life.as_millis()).unwrap_or(u64::MAX),
            )),
            qrcodes: Mutex::default(),
            media: Mutex::default(),
            library: Mutex::default(),
            users: Mutex::default(),
            visits: Mutex::default(),
            outbox: Mutex::default(),
            drafts: Mutex::default(),
            articles: Mutex::default(),
            comments: Mutex::default(),
            menus: Mutex::default(),
            templates: Mutex::default(),
            notices: Mutex::default(),
            kf: Mutex::default(),
            records: Mutex::default(),
            jobs: Mutex::default(),
            short_keys: Mutex::default(),
            jumps: Mutex::default(),
            quota: Mutex::default(),
            #[cfg(feature = "callback")]
            callback: Mutex::default(),
        };
        self.followers.iter().for_each(|openid| follow(&state, openid));
        state
    }
}

fn follow(state: &State, openid: &str) {
    let unionid = format!("o{}", state.idents.text(27));
    state.users().add(openid, unionid, state.clock.seconds());
}

/// The users that the spec's examples name, so that an example is carried out as it stands and whoever an example
/// answers with can be asked about.
fn users_in_examples(catalogue: &Catalogue) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let users = USERS.contains(&name.as_str());
                    match value {
                        Value::String(text) if users => {
                            found.insert(text.clone());
                        }
                        Value::Array(items) if users => {
                            found.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                        }
                        value => collect(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for example in catalogue.endpoints.iter().flat_map(|endpoint| &endpoint.examples) {
        if let Some(body) = &example.body {
            collect(body, &mut found);
        }
        if let Some(response) = example.response.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
            collect(&response, &mut found);
        }
        let query = request::pairs(example.query.as_deref().unwrap_or_default());
        let names = ["openid", "next_openid"];
        found.extend(
            query.into_iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, openid)| openid),
        );
    }
    found
}

impl Sandbox {
    /// Starts a sandbox with the default settings: a service account with a few followers.
    ///
    /// # Errors
    ///
    /// When no port, no thread or no runtime can be had ([`ErrorKind::Io`](crate::ErrorKind::Io)).
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// Settings of a sandbox, with the defaults filled in.
    pub fn builder() -> SandboxBuilder {
        let mut followers: Vec<String> = FOLLOWERS.iter().map(|&openid| openid.to_owned()).collect();
        // A catalogue that can't be read is reported by `start`.
        followers.extend(Catalogue::load().map(users_in_examples).unwrap_or_default());
        SandboxBuilder {
            app_id: "wx_sandbox".to_owned(),
            secret: "sandbox_secret".to_owned(),
            account: "service",
            token_life: Duration::from_secs(7200),
            page: 10_000,
            publish_delay: Duration::ZERO,
            followers,
        }
    }

    /// The base URL that stands for every host of the platform, like `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.state.url
    }

    /// The AppID of the account.
    pub fn app_id(&self) -> &str {
        &self.state.app_id
    }

    /// The AppSecret of the account.
    pub fn secret(&self) -> &str {
        &self.state.secret
    }

    /// A builder of a client that calls this sandbox, for settings of one's own. Its calls go through no proxy, and
    /// browsers are sent to the sandbox too.
    pub fn client_builder(&self) -> ClientBuilder {
        let builder = Client::builder(self.app_id(), self.secret());
        builder.base_url(self.url()).browser_base_url(self.url()).direct()
    }

    /// A client that calls this sandbox.
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build`]: an AppID or secret that was set to something invalid.
    pub fn client(&self) -> Result<Client> {
        self.client_builder().build()
    }

    /// The time on the sandbox's clock.
    pub fn now(&self) -> SystemTime {
        self.state.clock.now()
    }

    /// Moves the clock on. Tokens, tickets, QR codes and temporary media expire by it, and by nothing else.
    pub fn advance(&self, by: Duration) {
        self.state.clock.advance(by);
    }

    /// Makes answers fail. `target` is the name of an endpoint (`create_qrcode`), a path
    /// (`/cgi-bin/qrcode/create`, also one that the spec does not know), or `*` for every request.
    ///
    /// Several faults for one target take their turns in the order in which they were asked for. A request is
    /// logged whatever the fault.
    ///
    /// # Errors
    ///
    /// A name that no endpoint has, a status or a header that HTTP does not allow
    /// ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub fn fail(&self, target: &str, fault: Fault) -> Result<()> {
        let named = self.state.catalogue.has_endpoint(target) || self.state.stubs.has(target);
        if target != "*" && !target.starts_with('/') && !named {
            return Err(Error::config(format!("the sandbox has no endpoint `{target}` that could fail")));
        }
        fault.check()?;
        self.state.faults.add(target, fault);
        Ok(())
    }

    /// Takes back all faults that have not happened yet.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// All requests since the start, or since [`clear_log`](Sandbox::clear_log), in the order of their
    /// arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.state.log.requests()
    }

    /// How many requests for the endpoint of this name are in the log.
    pub fn count(&self, endpoint: &str) -> usize {
        self.state.log.count(endpoint)
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        self.state.log.clear();
    }

    /// Waits until at least `count` requests are in the log. It waits for ever if they don't come.
    pub async fn wait_for(&self, count: usize) {
        self.state.log.wait_for(count).await;
    }

    /// The stable access token that is valid now, for requests written by hand. The same that the platform
    /// would give; the log shows no request for it.
    pub fn access_token(&self) -> String {
        let now = self.state.clock.millis();
        // Only a forced refresh can be refused.
        let token = self.state.tokens().stable(false, &self.state.idents, now);
        token.map(|(token, _)| token).unwrap_or_default()
    }

    /// Makes one access token invalid: calls with it are answered 40001.
    pub fn revoke_token(&self, token: &str) {
        self.state.tokens().revoke(token, self.state.clock.millis());
    }

    /// Makes every access token invalid that was issued so far: calls with them are answered 40001, and
    /// asking for a token gives a new one.
    pub fn revoke_tokens(&self) {
        self.state.tokens().revoke_all(self.state.clock.millis());
    }

    /// The bytes of temporary media that has not expired.
    pub fn media(&self, media_id: &str) -> Option<Bytes> {
        flow::media::stored(&self.state.media(), media_id, self.state.clock.millis())
    }
}
