//! What users were sent, and by which call, so that tests can look at it.
//! Whether a message may be sent is decided by the flow that sends it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::id::OpenId;
use crate::sandbox::state::State;

/// Which call sent a message to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SentKind {
    /// A customer-service message.
    Custom,
    /// A template message.
    Template,
    /// A subscription notice.
    Notice,
    /// A one-time subscription message.
    OneTime,
    /// A mass message; there is one for each of its recipients.
    Mass,
    /// The preview of a mass message.
    Preview,
    /// A passive reply: what a callback address answered to a push.
    Reply,
}

/// A message that a user of the sandbox received, for [`Sandbox::sent_messages`](crate::sandbox::Sandbox::sent_messages).
///
/// `Debug` shows all of it, so that a failed assertion says what was sent.
#[derive(Clone)]
pub struct SentMessage {
    openid: OpenId,
    kind: SentKind,
    at: u64,
    body: Arc<Value>,
}

impl SentMessage {
    /// The user who received it.
    pub fn openid(&self) -> &OpenId {
        &self.openid
    }

    /// Which call sent it.
    pub fn kind(&self) -> SentKind {
        self.kind
    }

    /// When it was sent, on the sandbox's clock.
    pub fn at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.at)
    }

    /// The request that sent it, as JSON; of a passive reply, its fields with the names that the XML has.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// What it says, if it is a text message.
    pub fn text(&self) -> Option<&str> {
        match self.kind {
            SentKind::Reply => self.body.get("Content")?.as_str(),
            _ => self.body.get("text")?.get("content")?.as_str(),
        }
    }
}

impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage")
            .field("openid", &self.openid)
            .field("kind", &self.kind)
            .field("at", &self.at)
            .field("body", &format_args!("{}", self.body))
            .finish()
    }
}

/// All messages in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Vec<SentMessage>);

impl Outbox {
    pub(crate) fn all(&self) -> Vec<SentMessage> {
        self.0.clone()
    }

    pub(crate) fn to(&self, openid: &str) -> Vec<SentMessage> {
        self.0.iter().filter(|message| message.openid == openid).cloned().collect()
    }
}

impl State {
    /// Notes that these users received what the request holds.
    pub(crate) fn deliver<'u>(
        &self,
        kind: SentKind,
        body: &Map<String, Value>,
        openids: impl IntoIterator<Item = &'u str>,
    ) {
        let (at, body) = (self.clock.seconds(), Arc::new(Value::Object(body.clone())));
        let message = |openid: &str| SentMessage { openid: openid.into(), kind, at, body: body.clone() };
        self.of::<Outbox>().0.extend(openids.into_iter().map(message));
    }
}
