//! What all calls of a client share and no token needs: the transport, credentials, hosts, limits.
//! It knows no token, so that the sources of tokens can use it too.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::wire::encode::Encoder;
use crate::wire::interceptor::Interceptors;
use crate::wire::transport::Transport;

pub(crate) struct Account {
    pub(crate) encoder: Encoder,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) interceptors: Interceptors,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_retries: u32,
    pub(crate) max_json_bytes: usize,
    /// A permit for each call that may be under way.
    pub(crate) calls: Semaphore,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// The whole of a JSON call.
    pub(crate) call: Duration,
    /// How long nothing may move in a transfer.
    pub(crate) idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { call: Duration::from_secs(30), idle: Duration::from_secs(30) }
    }
}
