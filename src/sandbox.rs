//! A local stand-in for the platform's servers, to test programs against without an account.
//! This file holds the handle; the parts that make up the server stand in `sandbox/`.

mod answer;
mod audience;
mod builder;
mod call;
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
mod store;
mod stub;
mod tables;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::id::MediaId;
use crate::{Client, ClientBuilder, Error, Result};

pub use self::builder::SandboxBuilder;
pub use self::fault::Fault;
pub use self::flow::outbox::{SentKind, SentMessage};
pub use self::log::LoggedRequest;
#[cfg(feature = "callback")]
#[cfg_attr(docsrs, doc(cfg(feature = "callback")))]
pub use self::push::{Attempt, CallbackTarget, PushReport};
use self::server::Server;
use self::state::State;
use self::stub::Stub;
use self::tables::Tables;
use crate::sandbox::flow::media::Media;
use crate::sandbox::flow::token::Tokens;

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
/// ([`record_user_text`](Sandbox::record_user_text)) and comment ([`add_comment`](Sandbox::add_comment)).
///
/// Time stands still in it unless [`advance`](Sandbox::advance) moves it. It can be told to misbehave
/// ([`inject_fault`](Sandbox::inject_fault)) and logs what it receives ([`requests`](Sandbox::requests)).
///
/// Dropping it stops the server, closes its connections and waits until its thread has ended.
///
/// ```
/// # async fn run() -> weixin::Result<()> {
/// use weixin::sandbox::{Fault, Sandbox};
///
/// let sandbox = Sandbox::start().await?;
/// let client = sandbox.client()?;
/// sandbox.inject_fault("create_qrcode", Fault::code(-1).times(2))?;
/// // … run what is to be tested with `client` …
/// assert_eq!(sandbox.request_count("create_qrcode"), 0);
/// # drop(client);
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    // Dropped first: the server's thread still uses the state.
    _server: Server,
    state: Arc<State>,
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

impl SandboxBuilder {
    /// Starts the server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When no port, no thread or no runtime can be had ([`ErrorKind::Io`](crate::ErrorKind::Io)).
    pub async fn start(self) -> Result<Sandbox> {
        let tables = Tables::load()?;
        let (server, state) = Server::start(move |url| self.state(tables, url)).await?;
        Ok(Sandbox { _server: server, state })
    }
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
        SandboxBuilder::new()
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
    pub fn inject_fault(&self, target: &str, fault: Fault) -> Result<()> {
        let named = self.state.tables.has_endpoint(target) || self.state.stubs.has(target);
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

    /// Answers an endpoint that the crate does not describe: one of your own, declared with
    /// [`endpoint!`](crate::endpoint). `respond` gets each request and returns the JSON of the response; one with an
    /// `errcode` is an error, as on the platform.
    ///
    /// Method and access token are checked first, as for every other endpoint. A second stub for a path replaces the
    /// first; one for a path of the spec takes the place of what the sandbox would answer.
    ///
    /// ```
    /// # async fn run() -> weixin::Result<()> {
    /// use serde_json::json;
    /// use weixin::sandbox::Sandbox;
    ///
    /// weixin::endpoint! {
    ///     /// Asks for the weather of a city.
    ///     pub struct GetWeather => serde_json::Value {
    ///         /// Name of the city.
    ///         city: String = "city" required(impl Into<String>) [query required];
    ///     }
    ///     name: "get_weather",
    ///     method: GET,
    ///     path: "/weather/get",
    /// }
    ///
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.stub::<GetWeather>(|request| json!({"city": request.query_value("city"), "sky": "clear"}));
    /// let weather = sandbox.client()?.send(GetWeather::new("深圳")).await?;
    /// assert_eq!(weather, json!({"city": "深圳", "sky": "clear"}));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stub<E: Endpoint>(&self, respond: impl Fn(&LoggedRequest) -> Value + Send + Sync + 'static) {
        self.state.stubs.add(Stub::new(E::META, respond));
    }

    /// All requests since the start, or since [`clear_log`](Sandbox::clear_log), in the order of their
    /// arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.state.log.requests()
    }

    /// How many requests for the endpoint of this name are in the log.
    pub fn request_count(&self, endpoint: &str) -> usize {
        self.state.log.count(endpoint)
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        self.state.log.clear();
    }

    /// Waits until at least `request_count` requests are in the log. It waits for ever if they don't come.
    pub async fn wait_for_requests(&self, count: usize) {
        self.state.log.wait_for(count).await;
    }

    /// The stable access token that is valid now, for requests written by hand. The same that the platform
    /// would give; the log shows no request for it.
    pub fn access_token(&self) -> String {
        let now = self.state.clock.millis();
        // Only a forced refresh can be refused.
        let token = self.state.of::<Tokens>().stable(false, &self.state.idents, now);
        token.map(|(token, _)| token).unwrap_or_default()
    }

    /// Makes one access token invalid: calls with it are answered 40001.
    pub fn revoke_token(&self, token: &str) {
        self.state.of::<Tokens>().revoke(token, self.state.clock.millis());
    }

    /// Makes every access token invalid that was issued so far: calls with them are answered 40001, and
    /// asking for a token gives a new one.
    pub fn revoke_tokens(&self) {
        self.state.of::<Tokens>().revoke_all(self.state.clock.millis());
    }

    /// The bytes of temporary media that has not expired.
    pub fn media(&self, media_id: impl Into<MediaId>) -> Option<Bytes> {
        flow::media::stored(&self.state.of::<Media>(), media_id.into().as_str(), self.state.clock.millis())
    }
}
