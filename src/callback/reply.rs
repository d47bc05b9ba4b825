//! A reply on its way back: addressed to the sender of the push, as XML or JSON. What replies there are comes from
//! the spec; encryption does not live here.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::{xml, Push, Reply};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{write_union, Union, ValueRef};
use crate::Timestamp;

/// Why a reply is not sent.
pub(super) const EMPTY: &str =
    "the reply is empty and was not sent: the platform would tell the user that the account is out of order; to say \
     nothing, return `None`";

/// What the push says about its reply.
const ENVELOPE: [&str; 3] = ["ToUserName", "FromUserName", "CreateTime"];

impl Reply {
    /// Whether nothing of what such a reply must have is in it: text without a character that XML can hold, an
    /// empty media id, news without articles, or no kind at all.
    pub fn is_empty(&self) -> bool {
        match Union::get(self) {
            Some((_, ValueRef::Record(payload))) => payload.with_values(|table, values| {
                table.fields().iter().zip(values).any(|(field, value)| {
                    field.required()
                        && match value {
                            ValueRef::Str(text) => !text.chars().any(xml::write::is_allowed),
                            ValueRef::Seq(list) => list.size() == 0,
                            _ => false,
                        }
                })
            }),
            Some(_) => false,
            None => Union::unknown(self).is_none_or(|unknown| unknown.tag().is_empty()),
        }
    }

    /// The reply to `push` as the platform reads it in an answer to a push in XML: to the user from the account,
    /// at the time `now`.
    ///
    /// Text stands in CDATA, whatever it holds. Characters that XML can't hold (control characters other than tab
    /// and line breaks) are left out.
    ///
    /// ```
    /// use weixin::callback::{Push, Reply};
    ///
    /// let push = Push::from_json(
    ///     br#"{"ToUserName": "gh_account", "FromUserName": "openid", "CreateTime": 1717200000,
    ///         "MsgType": "text", "MsgId": 1, "Content": "hello"}"#,
    /// )?;
    /// assert_eq!(
    ///     Reply::text("hi").to_xml(&push, 1_717_200_001.into())?,
    ///     "<xml><ToUserName><![CDATA[openid]]></ToUserName><FromUserName><![CDATA[gh_account]]></FromUserName>\
    ///      <CreateTime>1717200001</CreateTime><MsgType><![CDATA[text]]></MsgType>\
    ///      <Content><![CDATA[hi]]></Content></xml>"
    /// );
    /// # Ok::<(), weixin::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if an unknown field was added whose name can't be that of an element.
    pub fn to_xml(&self, push: &Push, now: Timestamp) -> Result<String> {
        xml::write::write(&Addressed { reply: self, push, now })
    }

    /// The same as JSON, for an account whose pushes come as JSON: the fields are those of the XML.
    ///
    /// The official pages show this form for [`TransferCustomerService`](Self::TransferCustomerService) only.
    ///
    /// # Errors
    /// None is known; the signature is that of [`to_xml`](Self::to_xml).
    pub fn to_json(&self, push: &Push, now: Timestamp) -> Result<String> {
        serde_json::to_string(&Addressed { reply: self, push, now })
            .map_err(|error| Error::new(ErrorKind::Config, "the reply can't be written").with_source(error))
    }
}

/// A reply and its envelope.
struct Addressed<'a> {
    reply: &'a Reply,
    push: &'a Push,
    now: Timestamp,
}

impl Serialize for Addressed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let [to, from, time] = ENVELOPE;
        map.serialize_entry(to, self.push.from_user_name.as_str())?;
        map.serialize_entry(from, self.push.to_user_name.as_str())?;
        map.serialize_entry(time, &self.now)?;
        // Whatever a reply brings with it, it goes to nobody but the sender of the push.
        write_union(&mut map, self.reply, &ENVELOPE)?;
        map.end()
    }
}
