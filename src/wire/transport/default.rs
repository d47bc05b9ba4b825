//! Which transport is used where none is given.
//! The transports stand beside this file.

use std::sync::Arc;

use super::settings::Settings;
use super::Transport;
use crate::error::Result;

/// reqwest, or else hyper.
///
/// # Errors
/// [`ErrorKind::Config`](crate::ErrorKind::Config) if the settings can't be kept to, or the crate was built without
/// any transport.
pub(crate) fn default_transport(settings: Settings) -> Result<Arc<dyn Transport>> {
    #[cfg(feature = "reqwest")]
    return Ok(Arc::new(super::reqwest::Reqwest::with_settings(settings, None)?));
    #[cfg(all(feature = "hyper", not(feature = "reqwest")))]
    return Ok(Arc::new(super::hyper::Hyper::with_settings(&settings, None)?));
    #[cfg(not(any(feature = "reqwest", feature = "hyper")))]
    {
        drop(settings);
        Err(crate::error::Error::config(
            "this program has no transport: switch on the feature `reqwest` or `hyper` of `weixin`, or give one of your \
             own to `ClientBuilder::transport`",
        ))
    }
}
