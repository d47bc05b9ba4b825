//! What a QR code with a scene brings back when it is scanned: the scene itself. How a push is read does not live
//! here.

use crate::id::QrTicket;
use std::fmt;
use std::ops::Deref;

use super::{Event, Push};

/// What stands before the scene where the scan made somebody follow.
const PREFIX: &str = "qrscene_";

/// The scene of a QR code, as the code was created with.
///
/// The platform sends numbers and strings alike, as text: a code with the number 42 and one with the string `42`
/// can't be told apart when they are scanned.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scene(String);

impl Scene {
    /// The scene as text: a numeric one in decimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scene as a number, if it is written as the platform writes one: digits, no sign, no leading zero.
    pub fn as_u32(&self) -> Option<u32> {
        let plain = self.0 == "0" || self.0.starts_with(|first: char| matches!(first, '1'..='9'));
        plain.then(|| self.0.parse().ok())?
    }
}

impl Push {
    /// The scene of the QR code that was scanned: by a follower ([`Scan`](crate::event::Scan)), or by somebody who
    /// followed through it ([`Subscribe`](crate::event::Subscribe), whose prefix `qrscene_` is taken off). `None`
    /// for any other push, and for who followed another way.
    ///
    /// ```
    /// use weixin::callback::Push;
    ///
    /// let push = Push::from_xml(
    ///     b"<xml><ToUserName>gh_account</ToUserName><FromUserName>openid</FromUserName>\
    ///       <CreateTime>1717200000</CreateTime><MsgType>event</MsgType><Event>subscribe</Event>\
    ///       <EventKey>qrscene_42</EventKey><Ticket>TICKET</Ticket></xml>",
    /// )?;
    /// let scene = push.scene().expect("a code was scanned");
    /// assert_eq!(scene.as_str(), "42");
    /// assert_eq!(scene.as_u32(), Some(42));
    /// assert_eq!(push.ticket().unwrap(), "TICKET");
    /// # Ok::<(), weixin::Error>(())
    /// ```
    pub fn scene(&self) -> Option<Scene> {
        let scene = match self.event.as_ref()? {
            Event::Scan(scan) => scan.event_key.as_str(),
            Event::Subscribe(subscribe) => subscribe.event_key.as_deref()?.strip_prefix(PREFIX)?,
            _ => return None,
        };
        (!scene.is_empty()).then(|| Scene(scene.to_owned()))
    }

    /// The ticket of the QR code that was scanned, where there is a [`scene`](Self::scene): the same that the call
    /// answered which created the code, so it tells which one it was.
    pub fn ticket(&self) -> Option<&QrTicket> {
        let ticket = match self.event.as_ref()? {
            Event::Scan(scan) => &scan.ticket,
            Event::Subscribe(subscribe) => &subscribe.ticket,
            _ => return None,
        };
        ticket.as_ref().filter(|ticket| !ticket.is_empty())
    }
}

impl Deref for Scene {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Scene {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Scene> for String {
    fn from(scene: Scene) -> Self {
        scene.0
    }
}

impl PartialEq<str> for Scene {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Scene {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
