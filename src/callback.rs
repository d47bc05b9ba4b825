//! What the platform pushes to a server: messages and events, decoded. The kinds come from the spec.
//!
//! - [`Receiver`] checks and decodes requests, without any web framework; [`Responder`] runs a handler for them.
//! - [`Push`] is what came: a [`Message`] or an [`Event`]. [`Reply`] is what goes back.
//! - [`Dedup`] does the work of a push once, although the platform delivers it up to three times.

// How that works stands in the modules below; here is only the push itself.

mod clock;
pub(crate) mod crypt;
mod dedup;
mod delivery;
mod document;
mod envelope;
pub(crate) mod format;
mod into_reply;
mod json;
mod key;
mod late;
mod layout;
mod parameters;
mod raw;
mod receiver;
mod reply;
mod responder;
mod response;
mod scene;
mod seal;
pub(crate) mod signature;
mod tree;
pub(crate) mod xml;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};

pub use self::dedup::{Claim, Dedup, Pending, WorkGuard};
pub use self::delivery::Delivery;
use self::document::Document;
use self::format::Format;
pub use self::into_reply::IntoReply;
pub use self::key::DeliveryKey;
pub use self::receiver::{Received, Receiver, ReceiverBuilder};
pub use self::responder::{Responder, ResponderBuilder};
pub use self::response::CallbackResponse;
pub use self::scene::Scene;
use crate::error::{Error, ErrorKind, Result};
use crate::id::OpenId;
use crate::record::{deserialize_as, take_out, Mode, Union, ValueRef};

include!(concat!(env!("OUT_DIR"), "/events.rs"));

/// Where every message has its number.
const MSG_ID: &str = "MsgId";

__struct! {
    pushed {}
    /// One push of the platform: who it is about, and what happened or was sent.
    ///
    /// What arrives is read with [`from_xml`](Self::from_xml) or [`from_json`](Self::from_json), or by a [`Receiver`].
    /// `Deserialize` is for a push that this program has written itself, to a queue for example: it takes all fields
    /// for true, and tells no words of a user from them. What it was when it was written, it still is: of the same kind,
    /// or not told apart. A key that comes again is an error.
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
    ///
    /// // In a queue or a database it stays what it is: of the same kind, with the same fields.
    /// let stored = serde_json::to_string(&push).expect("JSON");
    /// assert_eq!(serde_json::from_str::<Push>(&stored).expect("a push"), push);
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
    /// The platform does not escape what users type, so their words may look like fields, or break the document. That
    /// changes nothing: words are read as they were typed, and they can forge neither sender nor kind nor any other
    /// field. Where they can't be told from the fields, the push arrives as `Unknown`, with
    /// [`raw_document`](Self::raw_document).
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if it is not XML, holds a document type or an entity of its own, is nested too
    /// deep, or lacks a field that every push has.
    pub fn from_xml(xml: &[u8]) -> Result<Self> {
        Document::read(Format::Xml, xml).and_then(read)
    }

    /// Reads a push in the platform's JSON format, as [`from_xml`](Self::from_xml) does that in XML. One in which a key
    /// comes again, in any case, arrives as `Unknown`.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if it is not JSON or lacks a field that every push has.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        Document::read(Format::Json, json).and_then(read)
    }

    /// The whole text of a push that could not be taken apart, since words of a user look like its fields: only
    /// [`to_user_name`](field@Self::to_user_name), [`from_user_name`](field@Self::from_user_name),
    /// [`create_time`](field@Self::create_time), [`msg_type`](field@Self::msg_type) and the kind of event are sure.
    /// Trust nothing else that stands in it.
    pub fn raw_document(&self) -> Option<&str> {
        let event = self.event.as_ref().and_then(Union::unknown);
        let unknown = event.or_else(|| self.message.as_ref().and_then(Union::unknown))?;
        unknown.fields().get(document::WHOLE)?.as_str()
    }

    /// The number of the message, the same in all deliveries of it; events have none.
    pub fn msg_id(&self) -> Option<i64> {
        let message = self.message.as_ref()?;
        let id = match Union::get(message) {
            Some((_, ValueRef::Record(payload))) => payload.with_values(|table, values| {
                let index = table.fields().iter().position(|field| field.wire == MSG_ID)?;
                match values.get(index) {
                    Some(ValueRef::Int(id)) => Some(*id),
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

impl<'de> Deserialize<'de> for Push {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Document::stored(deserializer).and_then(|document| read(document).map_err(D::Error::custom))
    }
}

/// The push that a document is.
fn read(document: Document) -> Result<Push> {
    let Document { mut fields, told } = document;
    // Only `MsgType` says what is an event.
    let named = |fields: &Map<String, Value>, name: &str| {
        fields.keys().find(|key| tree::same_name(key, name)).cloned()
    };
    let msg_type = named(&fields, envelope::MSG_TYPE).and_then(|key| envelope::text(fields.get(&key)?));
    let stray = match msg_type.is_some_and(envelope::is_event) {
        true => None,
        false => named(&fields, envelope::EVENT).and_then(|key| Some((take_out(&mut fields, &key)?, key))),
    };
    let fields = Value::Object(fields);
    let push = match told {
        true => deserialize_as(Mode::AnyCase, &fields).or_else(|_| deserialize_as(Mode::Untold, &fields)),
        false => deserialize_as(Mode::Untold, &fields),
    };
    let mut push: Push =
        push.map_err(|error| Error::new(ErrorKind::Decode, format!("the push can't be read: {error}")))?;
    if let Some((value, name)) = stray {
        push.unknown_fields.insert(name, value);
    }
    Ok(push)
}
