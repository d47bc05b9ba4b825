//! How a call is authorised. It decides what is sent, and what an error code means.

/// How a call is authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Auth {
    /// By the account's access token, added by the client.
    AccessToken,
    /// Not at all.
    None,
    /// By the account's own AppID (and secret), filled in by the client.
    App,
    /// By a user's OAuth token, which is a field of the request.
    UserToken,
}
