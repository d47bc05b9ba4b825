//! The settings of a sandbox, and what it begins with. The server that it starts stands in `server.rs`.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use super::flow::token::Tokens;
use super::flow::user::follow;
use super::state::State;
use super::tables::Tables;
use super::{clock, example, fault, ident, log, store, stub};
use crate::id::OpenId;
use crate::spec::model::Account;

/// Users whom the spec's examples name, found once.
static NAMED: OnceLock<BTreeSet<String>> = OnceLock::new();

/// Followers that every sandbox begins with.
const FOLLOWERS: [&str; 3] =
    ["oSandboxFollower0000000000001", "oSandboxFollower0000000000002", "oSandboxFollower0000000000003"];

/// Settings of a [`Sandbox`](super::Sandbox), made by [`Sandbox::builder`](super::Sandbox::builder).
#[derive(Clone)]
#[must_use]
pub struct SandboxBuilder {
    app_id: String,
    secret: String,
    account: Account,
    token_life: Duration,
    page: usize,
    publish_delay: Duration,
    followers: Vec<String>,
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
    pub(super) fn new() -> Self {
        // A spec that can't be read is reported by `start`.
        let named = NAMED.get_or_init(|| Tables::load().map(example::users).unwrap_or_default());
        let followers = FOLLOWERS.iter().copied().chain(named.iter().map(String::as_str));
        let followers = followers.map(str::to_owned).collect();
        Self {
            app_id: "wx_sandbox".to_owned(),
            secret: "sandbox_secret".to_owned(),
            account: Account::Service,
            token_life: Duration::from_secs(7200),
            page: 10_000,
            publish_delay: Duration::ZERO,
            followers,
        }
    }

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
        self.account = Account::Subscription;
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
        I::Item: Into<OpenId>,
    {
        self.followers = openids.into_iter().map(|openid| openid.into().into_string()).collect();
        self
    }

    /// What a sandbox with these settings begins with.
    pub(super) fn state(self, tables: &'static Tables<'static>, url: String) -> State {
        let state = State {
            tables,
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
            echoes: OnceLock::new(),
            store: store::Store::default(),
        };
        let life = u64::try_from(self.token_life.as_millis()).unwrap_or(u64::MAX);
        state.of::<Tokens>().set_life(life);
        self.followers.iter().for_each(|openid| follow(&state, openid));
        state
    }
}
