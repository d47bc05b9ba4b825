//! What the transports of this crate can be told about their connections. What is not set is the default.
//! Which proxy an address goes through is found in `proxy.rs`.

use std::time::Duration;

#[cfg(any(feature = "reqwest", feature = "hyper"))]
use super::proxy::Route;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use crate::error::{Error, Result};

/// What a request names as its sender, unless it says otherwise.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub(super) const USER_AGENT: &str = concat!("weixin/", env!("CARGO_PKG_VERSION"));

/// How connections are made and kept.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) connect: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) proxy: Option<String>,
    pub(crate) no_proxy: bool,
    /// Whatever the environment says about proxies, there is none but the one that is set: for a server on this
    /// machine.
    #[cfg_attr(not(any(feature = "reqwest", feature = "hyper")), allow(dead_code))]
    pub(crate) direct: bool,
}

impl Settings {
    /// The name of one that is set, if any is.
    pub(crate) fn named(&self) -> Option<&'static str> {
        [
            (self.proxy.is_some(), "proxy"),
            (self.no_proxy, "no_proxy"),
            (self.connect.is_some(), "connect_timeout"),
            (self.idle.is_some(), "pool_idle_timeout"),
        ]
        .into_iter()
        .find_map(|(set, name)| set.then_some(name))
    }
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
impl Settings {
    const CONNECT: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(15);
    /// A year.
    const LONGEST_IDLE: Duration = Duration::from_secs(365 * 86_400);

    pub(super) fn connect(&self) -> Duration {
        self.connect.unwrap_or(Self::CONNECT)
    }

    pub(super) fn idle(&self) -> Duration {
        // The pool counts from now on, and a clock has an end.
        self.idle.unwrap_or(Self::IDLE).min(Self::LONGEST_IDLE)
    }

    /// Which way requests take. `socks` says whether the transport can speak to a SOCKS proxy.
    pub(super) fn route(&self, socks: bool) -> Result<Route> {
        match &self.proxy {
            Some(_) if self.no_proxy => Err(Error::excluded("proxy", "no_proxy")),
            Some(url) => Route::through(url, socks),
            None if self.no_proxy || self.direct => Ok(Route::Direct),
            None => Route::of_environment(socks),
        }
    }
}
