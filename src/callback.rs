//! What the platform pushes to a server: messages and events, decoded. The kinds come from the spec.
//!
//! - [`Receiver`] checks and decodes requests, without any web framework; [`Responder`] runs a handler for them.
//! - [`Push`] is what came: a [`Message`] or an [`Event`]. [`Reply`] is what goes back.
//! - [`Dedup`] does the work of a push once, although the platform delivers it up to three times.

// How that works stands in the modules below; here is only the push itself.

mod answer;
pub(crate) mod crypt;
mod dedup;
mod delivery;
pub(crate) mod format;
mod key;
mod late;
mod outcome;
mod parameters;
mod receiver;
mod reply;
mod responder;
mod scene;
pub(crate) mod signature;
pub(crate) mod xml;

use serde_json::Value;

pub use self::answer::Answer;
pub use self::dedup::{Claim, Dedup, Pending, Ticket};
pub use self::delivery::Delivery;
pub use self::key::DeliveryKey;
pub use self::outcome::Outcome;
pub use self::receiver::{Received, Receiver, ReceiverBuilder};
pub use self::responder::{Responder, ResponderBuilder};
pub use self::scene::Scene;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{deserialize_as, Mode, Ref, Union};
use crate::OpenId;

include!(concat!(env!("OUT_DIR"), "/events.rs"));

/// Where every message has its number.
const MSG_ID: &str = "MsgId";

response! {
    /// One push of the platform: who it is about, and what happened or was sent.
    ///
    /// ```
    /// use weixin::callback::{Event, Push};
    ///
    /// let push = Push::from_xml(
    ///     b"<xml><ToUserName><![CDATA[gh_account]]></ToUserName>\
    ///       <FromUserName><![CDATA[openid]]></FromUserName><CreateTime>1717200000</CreateTime>\
    ///       <MsgType><![CDATA[event]]></MsgType><Event><![CDATA[SCAN]]></Event>\
    ///       <EventKey><![CDATA[shop-42]]></EventKey><Ticket><![CDATA[TICKET]]></Ticket></xml>",
    /// )?;
    /// let Some(Event::Scan(scan)) = &push.event else { panic!("not a scan: {push:?}") };
    /// assert_eq!(scan.event_key, "shop-42");
    /// # Ok::<(), weixin::Error>(())
    /// ```
    pub struct Push {
        /// The account that the push is for (its original id, `gh_…`).
        to_user_name: String = "ToUserName" [required];
        /// The user that the push is about, or who speaks for the platform where it is about no user.
        from_user_name: OpenId = "FromUserName" [required];
        /// When it happened, in seconds since 1970-01-01 00:00:00 UTC.
        create_time: crate::Timestamp = "CreateTime" [required];
        /// `event`, or the kind of message.
        msg_type: String = "MsgType" [required];
        /// The event, if it is one; of a kind that the crate does not know, with all its fields.
        event: Option<Event> = "event" [flatten];
        /// The message, if it is one; of a kind that the crate does not know, with all its fields.
        message: Option<Message> = "message" [flatten];
    }
}

impl Push {
    /// Reads a push in the platform's XML format.
    ///
    /// Names are read whatever their case. A known event or message whose fields don't have the types that they
    /// should arrives as `Unknown`, with all its fields: it is not lost because the platform has changed one of them.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if it is not XML, holds a document type or an entity of its own, is nested too
    /// deep, or lacks a field that every push has.
    pub fn from_xml(xml: &[u8]) -> Result<Self> {
        read(|| xml::read(xml))
    }

    /// Reads a push in the platform's JSON format, as [`from_xml`](Self::from_xml) does that in XML.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if it is not JSON or lacks a field that every push has.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        read(|| format::read_json(json))
    }

    /// The number of the message, the same in all deliveries of it; events have none.
    pub fn msg_id(&self) -> Option<i64> {
        let message = self.message.as_ref()?;
        let id = match Union::get(message) {
            Some((_, Ref::Record(payload))) => payload.seen(|table, refs| {
                let index = table.fields().iter().position(|field| field.wire == MSG_ID)?;
                match refs.get(index) {
                    Some(Ref::Int(id)) => Some(*id),
                    _ => None,
                }
            })?,
            _ => {
                let mut fields = Union::unknown(message)?.fields().iter();
                let (_, id) = fields.find(|(name, _)| name.eq_ignore_ascii_case(MSG_ID))?;
                id.as_i64().or_else(|| id.as_str()?.trim().parse().ok())?
            }
        };
        (id != 0).then_some(id)
    }
}

/// Reads a push from what `tree` gives, which is asked again only if a known kind of push does not fit.
fn read(tree: impl Fn() -> Result<Value>) -> Result<Push> {
    let push = match deserialize_as(Mode::AnyCase, &tree()?) {
        Ok(push) => Ok(push),
        Err(_) => deserialize_as(Mode::Untold, &tree()?),
    };
    push.map_err(|error| Error::new(ErrorKind::Decode, format!("the push can't be read: {error}")))
}
