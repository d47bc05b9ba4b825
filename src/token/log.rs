//! What the token cache tells the program's log: five events, each with the account and a reason.
//! No token, secret or address is ever among the fields; nothing is decided here.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::TokenOrigin;
use crate::error::Error;

/// The target of every event, so that a program can choose them.
macro_rules! event {
    ($level:ident, $account:expr, $event:literal, $($rest:tt)+) => {
        $level!(target: "weixin::token", account = $account, event = $event, $($rest)+)
    };
}

/// The source gave a token.
pub(super) fn fetched(account: &str, reason: &str, life: Duration) {
    event!(info, account, "fetch", reason, life = life.as_secs(), "fetched a token");
}

/// The source gave none.
pub(super) fn not_fetched(account: &str, error: &Error, pause: Duration) {
    event!(warn, account, "fetch", reason = %error, pause = pause.as_secs(), "could not fetch a token");
}

/// A token came from the store.
pub(super) fn shared(account: &str, reason: &str, fence: u64, life: Duration) {
    event!(debug, account, "share", reason, fence, life = life.as_secs(), "took the token from the store");
}

/// A token went to the store.
pub(super) fn published(account: &str, reason: &str, fence: u64) {
    event!(debug, account, "share", reason, fence, "put the token into the store");
}

/// The token at hand is given up.
pub(super) fn invalidated(account: &str, reason: &str, origin: TokenOrigin) {
    event!(info, account, "invalidate", reason, ?origin, "gave a token up");
}

/// The store can't be used now.
pub(super) fn degraded(account: &str, error: &Error) {
    event!(warn, account, "degrade", reason = %error, "the token store can't be used; going on without it");
}
