//! The sources that ask the platform itself: its two token calls, made with the generated requests.
//! When they are asked is decided in `token/state.rs`.

use std::sync::Arc;

use crate::access_token::{GetAccessToken, GetStableAccessToken};
use crate::client::account::Account;
use crate::client::send::perform_without_token;
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::future::BoxFuture;
use crate::record::FieldType;
use crate::token::source::grant;
use crate::token::{Grant, SourceKind, TokenSource};

/// `stable_token`: many processes may ask without invalidating each other's token.
pub(crate) struct StableSource(Arc<Account>);

impl StableSource {
    pub(crate) fn new(account: Arc<Account>) -> Self {
        Self(account)
    }
}

impl TokenSource for StableSource {
    fn fetch(&self, force: bool) -> BoxFuture<'static, Result<Grant>> {
        let account = Arc::clone(&self.0);
        Box::pin(async move {
            let request = GetStableAccessToken::new().force_refresh(force);
            // Everybody gets the same token, so asking twice changes nothing; but force makes a new one, a few times a
            // day.
            let answer = ask(&account, &request, !force).await?;
            grant(GetStableAccessToken::META.name(), answer.access_token, answer.expires_in)
        })
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Stable
    }
}

/// `token`: each call makes a new token and soon invalidates the previous one.
pub(crate) struct LegacySource(Arc<Account>);

impl LegacySource {
    pub(crate) fn new(account: Arc<Account>) -> Self {
        Self(account)
    }
}

impl TokenSource for LegacySource {
    fn fetch(&self, _force: bool) -> BoxFuture<'static, Result<Grant>> {
        let account = Arc::clone(&self.0);
        Box::pin(async move {
            // Each call makes the token before it invalid, so it is never sent again by itself.
            let answer = ask(&account, &GetAccessToken::new(), false).await?;
            grant(GetAccessToken::META.name(), answer.access_token, answer.expires_in)
        })
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Legacy
    }
}

async fn ask<E>(account: &Account, request: &E, repeatable: bool) -> Result<E::Response>
where
    E: Endpoint + Sync,
    E::Response: FieldType,
{
    let mut answer = E::Response::blank();
    perform_without_token(account, E::META, request, repeatable, &mut answer).await?;
    Ok(answer)
}
