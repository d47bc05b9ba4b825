//! What the platform pushes to a server: messages and events, decoded. The kinds come from the spec.
//!
//! - [`Receiver`] checks and decodes requests, without any web framework; [`Responder`] runs a handler for them.
//! - [`Push`] is what came: an [`Event`] or a message. [`Reply`] is what goes back.
//! - [`Dedup`] does the work of a push once, although the platform delivers it up to three times.

// How that works stands in the modules below; here is only the push itself.

mod answer;
mod crypt;
mod dedup;
mod delivery;
mod format;
mod key;
mod late;
mod outcome;
mod parameters;
mod receiver;
mod reply;
mod responder;
mod signature;
mod xml;

pub use self::answer::Answer;
pub use self::dedup::{Claim, Dedup, Pending, Ticket};
pub use self::delivery::Delivery;
pub use self::key::DeliveryKey;
pub use self::outcome::Outcome;
pub use self::receiver::{Received, Receiver, ReceiverBuilder};
pub use self::responder::{Responder, ResponderBuilder};

use crate::error::{Error, ErrorKind, Result};

include!(concat!(env!("OUT_DIR"), "/events.rs"));

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
        /// The OpenID of the user that the push is about.
        from_user_name: String = "FromUserName" [required];
        /// When it happened, in seconds since 1970-01-01 00:00:00 UTC.
        create_time: crate::Timestamp = "CreateTime" [required];
        /// `event`, or the kind of message.
        msg_type: String = "MsgType" [required];
        /// The event, if it is one; of a kind that the crate does not know, with all its fields.
        event: Option<Event> = "event" [flatten];
    }
}

impl Push {
    /// Reads a push in the platform's XML format.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if it is not XML, holds a document type or an entity of its own, is nested too
    /// deep, or lacks a field that every push has.
    pub fn from_xml(xml: &[u8]) -> Result<Self> {
        read(xml::read(xml)?)
    }

    /// Reads a push in the platform's JSON format.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if it is not JSON or lacks a field that every push has.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        read(format::read_json(json)?)
    }
}

fn read(value: serde_json::Value) -> Result<Push> {
    serde_json::from_value(value)
        .map_err(|error| Error::new(ErrorKind::Decode, format!("the push can't be read: {error}")))
}
