//! What the clones of a client share: the account, and where its access tokens come from.

use std::sync::Arc;

use crate::client::account::Account;
use crate::token::{TokenCache, TokenProvider};

pub(crate) struct Shared {
    pub(crate) account: Arc<Account>,
    pub(crate) tokens: Tokens,
}

/// Where calls get their token.
pub(crate) enum Tokens {
    /// The client's own cache, which can be asked how it is.
    Cache(TokenCache),
    Provider(Arc<dyn TokenProvider>),
}

impl Tokens {
    pub(crate) fn provider(&self) -> &dyn TokenProvider {
        match self {
            Self::Cache(cache) => cache,
            Self::Provider(provider) => &**provider,
        }
    }
}
