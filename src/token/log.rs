//! What the token cache tells the program's log: five events, each with the account and a reason.
//! No token, secret or address is ever among the fields; nothing is decided here.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::status::TokenOrigin;
use crate::error::Error;

/// The target of every event, so that a program can choose them.
macro_rules! event {
    ($level:ident, $account:expr, $event:literal, $($rest:tt)+) => {
        $level!(target: "weixin::token", account = $account, event = $event, $($rest)+)
    };
}

/// Something that the log is told.
pub(super) enum Note {
    /// The source gave a token.
    Fetched { reason: &'static str, life: Duration },
    /// The source gave none.
    NotFetched { error: Error, pause: Duration },
    /// A token came from the store.
    Shared { reason: &'static str, fence: u64, life: Duration },
    /// A token went to the store.
    Published { reason: &'static str, fence: u64 },
    /// The token at hand is given up.
    Invalidated { reason: &'static str, origin: TokenOrigin },
    /// The store can't be used now.
    Degraded { error: Error },
}

impl Note {
    pub(super) fn log(self, account: &str) {
        match self {
            Self::Fetched { reason, life } => {
                event!(info, account, "fetch", reason, life = life.as_secs(), "fetched a token");
            }
            Self::NotFetched { error, pause } => {
                let pause = pause.as_secs();
                event!(warn, account, "fetch", reason = %error, pause, "could not fetch a token");
            }
            Self::Shared { reason, fence, life } => {
                let life = life.as_secs();
                event!(debug, account, "share", reason, fence, life, "took the token from the store");
            }
            Self::Published { reason, fence } => {
                event!(debug, account, "share", reason, fence, "put the token into the store");
            }
            Self::Invalidated { reason, origin } => {
                event!(info, account, "invalidate", reason, ?origin, "gave a token up");
            }
            Self::Degraded { error } => {
                event!(
                    warn,
                    account,
                    "degrade",
                    reason = %error,
                    "the token store can't be used; going on without it"
                );
            }
        }
    }
}
