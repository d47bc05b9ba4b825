//! What users do that the platform pushes to the account's server: they scan, follow, leave, write, tap.
//! Here are the state of the account and the three deliveries; requests and answers stand in the modules below.

mod answer;
mod message;
mod report;
mod target;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{json, Value};

use self::message::Message;
pub use self::report::{Attempt, PushReport};
use self::target::Address;
pub use self::target::CallbackTarget;
use super::answer::StoredFile;
use super::flow::outbox::SentKind;
use super::Sandbox;
use crate::callback::Reply;
use crate::id::{OpenId, QrTicket};
use crate::sandbox::flow::media::Media;
use crate::sandbox::flow::qrcode::QrCodes;
use crate::sandbox::flow::user::{follow, Users};
use crate::{Error, Result};

/// How often the platform delivers a push before it gives up.
const DELIVERIES: usize = 3;

/// Events by which a user lets the account write for 48 hours, beside following it.
const OPENING: [&str; 4] = ["SCAN", "CLICK", "scancode_push", "scancode_waitmsg"];

/// What a sandbox knows of its pushes.
#[derive(Debug, Default)]
pub(crate) struct Callback {
    address: Option<Arc<Address>>,
    /// When each event was last pushed, by what it says.
    told: HashMap<String, u64>,
}

impl Callback {
    /// The time of an event. Since the clock stands still, a second scan of the same code would have the time of the
    /// first one, and every server would take it for another delivery of that.
    fn date(&mut self, event: &Message, now: u64) -> u64 {
        let Some(identity) = event.identity() else { return now };
        let time = self.told.get(&identity).map_or(now, |last| now.max(last + 1));
        self.told.insert(identity, time);
        time
    }
}

/// Pushes to a server under test.
///
/// Each of these methods first changes what the account knows and then delivers, so that the server can ask the
/// sandbox about the user. It waits until the platform would be done: the server answered well, or three
/// deliveries failed. What came of it is in the [`PushReport`]; an `Err` means that nothing was delivered.
/// A reply is also found in [`sent_messages`](Sandbox::sent_messages). Nothing goes on when the future is dropped.
///
/// `CreateTime` is the time of the sandbox's clock, but a second later for an event that says the same as one before
/// it: by the rules of the platform they would be two deliveries of one.
///
/// ```
/// # async fn example(callback_url: &str) -> weixin::Result<()> {
/// use weixin::callback::Reply;
/// use weixin::qrcode::{CreateQrcode, QrScene};
/// use weixin::sandbox::{CallbackTarget, Sandbox};
///
/// let sandbox = Sandbox::start().await?;
/// let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
/// sandbox.set_callback(CallbackTarget::new(callback_url, "token").encrypted(key))?;
/// sandbox.verify_callback().await?;
///
/// let code = sandbox.client()?.create_qrcode(CreateQrcode::new(QrScene::new(42))).await?;
/// let report = sandbox.scan(&code.ticket, "openid").await?;
/// assert_eq!(report.reply(), Some(&Reply::text("Welcome to shop 42")));
/// # Ok(()) }
/// ```
#[cfg_attr(docsrs, doc(cfg(feature = "callback")))]
impl Sandbox {
    /// Sets where pushes go from now on. The server is not asked; see [`verify_callback`](Self::verify_callback).
    ///
    /// # Errors
    /// A URL, a token or a key that the platform would not take ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub fn set_callback(&self, target: CallbackTarget) -> Result<()> {
        let address = target.ready(&self.state.app_id)?;
        self.state.of::<Callback>().address = Some(Arc::new(address));
        Ok(())
    }

    /// Checks the callback URL as the platform does when it is saved: the server must answer a signed `GET` with its
    /// `echostr`.
    ///
    /// # Errors
    /// No callback is set ([`ErrorKind::Config`](crate::ErrorKind::Config)), there was no answer, one that is no
    /// success ([`ErrorKind::Status`](crate::ErrorKind::Status)), or another text
    /// ([`ErrorKind::Decode`](crate::ErrorKind::Decode)).
    pub async fn verify_callback(&self) -> Result<()> {
        self.address()?.verify(&self.state).await
    }

    /// A user scans the QR code with this ticket. A follower is pushed as `SCAN`; anybody else follows, and is pushed
    /// as `subscribe` with the scene behind `qrscene_`.
    ///
    /// # Errors
    /// The ticket is unknown or has expired, or no callback is set
    /// ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub async fn scan(&self, ticket: impl Into<QrTicket>, openid: impl Into<OpenId>) -> Result<PushReport> {
        let ticket = ticket.into();
        let ticket = ticket.as_str();
        let openid = openid.into();
        let openid = openid.as_str();
        let address = self.address()?;
        let scene = self.state.of::<QrCodes>().scene(ticket, self.state.clock.millis());
        let scene = scene
            .ok_or_else(|| Error::config("no QR code with a scene has this ticket, or it has expired"))?;
        if self.is_follower(openid) {
            return self.push_event(openid, "SCAN", scanned(scene.to_string(), ticket)).await;
        }
        let fields = scanned(format!("qrscene_{scene}"), ticket);
        follow(&self.state, openid);
        self.state.of::<Users>().came_by(openid, scene);
        let message = event(openid, "subscribe").with(fields)?;
        self.deliver(&address, message).await
    }

    /// A user finds the account and follows it.
    ///
    /// # Errors
    /// The user follows already, or no callback is set ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub async fn push_follow(&self, openid: impl Into<OpenId>) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        let address = self.address()?;
        if self.is_follower(openid) {
            return Err(Error::config(format!("`{openid}` follows the account already")));
        }
        follow(&self.state, openid);
        let message = event(openid, "subscribe").with(json!({"EventKey": ""}))?;
        self.deliver(&address, message).await
    }

    /// A follower leaves. A reply to this event reaches nobody.
    ///
    /// # Errors
    /// The user does not follow, or no callback is set ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub async fn push_unfollow(&self, openid: impl Into<OpenId>) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        let address = self.address()?;
        self.follower(openid)?;
        self.state.of::<Users>().unfollow(openid);
        let message = event(openid, "unsubscribe").with(json!({"EventKey": ""}))?;
        self.deliver(&address, message).await
    }

    /// A follower sends text.
    ///
    /// # Errors
    /// As [`push_message`](Self::push_message).
    pub async fn push_user_text(&self, openid: impl Into<OpenId>, text: &str) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        self.push_message(openid, "text", json!({"Content": text})).await
    }

    /// A follower sends a picture, which `get_media` then downloads.
    ///
    /// # Errors
    /// As [`push_message`](Self::push_message).
    pub async fn push_user_image(
        &self,
        openid: impl Into<OpenId>,
        picture: impl Into<Bytes>,
    ) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        self.address()?;
        self.follower(openid)?;
        let id = self.keep("image", "image/jpeg", "jpg", picture.into());
        let address = self.state.address_of(&id);
        self.push_message(openid, "image", json!({"PicUrl": address, "MediaId": id})).await
    }

    /// A follower sends a recording (AMR), which `get_media` then downloads.
    ///
    /// # Errors
    /// As [`push_message`](Self::push_message).
    pub async fn push_user_voice(
        &self,
        openid: impl Into<OpenId>,
        recording: impl Into<Bytes>,
    ) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        self.address()?;
        self.follower(openid)?;
        let id = self.keep("voice", "audio/amr", "amr", recording.into());
        self.push_message(openid, "voice", json!({"Format": "amr", "MediaId": id})).await
    }

    /// A follower sends a place: degrees north, degrees east, and what the map calls it.
    ///
    /// # Errors
    /// As [`push_message`](Self::push_message).
    pub async fn push_user_location(
        &self,
        openid: impl Into<OpenId>,
        latitude: f64,
        longitude: f64,
        label: &str,
    ) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        let fields = json!({"Location_X": latitude, "Location_Y": longitude, "Scale": 16, "Label": label});
        self.push_message(openid, "location", fields).await
    }

    /// A follower taps a button of the kind `click` with this key. No menu need have one.
    ///
    /// # Errors
    /// The user does not follow, or no callback is set ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub async fn click_menu(&self, openid: impl Into<OpenId>, key: &str) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        self.follower(openid)?;
        self.push_event(openid, "CLICK", json!({"EventKey": key})).await
    }

    /// A follower taps a button that opens this page. No menu need have one.
    ///
    /// # Errors
    /// The user does not follow, or no callback is set ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub async fn view_menu(&self, openid: impl Into<OpenId>, url: &str) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        self.follower(openid)?;
        self.push_event(openid, "VIEW", json!({"EventKey": url})).await
    }

    /// A follower sends a message of any kind: `fields` is an object of what the kind has, named as in the
    /// platform's documentation. The sandbox adds `MsgId`, unless it is there.
    ///
    /// # Errors
    /// The user does not follow, no callback is set, or the fields can't be written: they are no object, hold one
    /// that every push has, or a name that XML can't have ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub async fn push_message(
        &self,
        openid: impl Into<OpenId>,
        msg_type: &str,
        fields: impl Into<Value>,
    ) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        let address = self.address()?;
        self.follower(openid)?;
        let fields = fields.into();
        let words = match fields.get("Content").and_then(Value::as_str) {
            Some(text) if msg_type == "text" => text.to_owned(),
            _ => format!("[{msg_type}]"),
        };
        let message = Message::new(openid, msg_type, None).with(fields)?;
        let message = message.numbered(self.state.idents.number() >> 1);
        // Nothing has happened if it can't be written.
        message.plain(address.format)?;
        self.state.customer_wrote(openid, &words);
        self.deliver(&address, message).await
    }

    /// The platform pushes an event of any kind (`CLICK`); `openid` is what stands in `FromUserName`, a follower or not.
    /// `fields` is an object of what the kind has beside `Event`, named as in the platform's documentation.
    ///
    /// # Errors
    /// As [`push_message`](Self::push_message), but that the user need not follow.
    pub async fn push_event(
        &self,
        openid: impl Into<OpenId>,
        kind: &str,
        fields: impl Into<Value>,
    ) -> Result<PushReport> {
        let openid = openid.into();
        let openid = openid.as_str();
        let address = self.address()?;
        let message = event(openid, kind).with(fields)?;
        message.plain(address.format)?;
        if OPENING.contains(&kind) {
            self.state.of::<Users>().touch(openid, self.state.clock.seconds());
        }
        self.deliver(&address, message).await
    }

    fn address(&self) -> Result<Arc<Address>> {
        let address = self.state.of::<Callback>().address.clone();
        address.ok_or_else(|| Error::config("the sandbox has no callback to push to: see `set_callback`"))
    }

    fn follower(&self, openid: &str) -> Result<()> {
        let stranger = || Error::config(format!("`{openid}` does not follow the account"));
        self.is_follower(openid).then_some(()).ok_or_else(stranger)
    }

    /// Stores what a user sent, as temporary media.
    fn keep(&self, kind: &str, content_type: &str, extension: &str, bytes: Bytes) -> String {
        let id = self.state.idents.text(64);
        let filename = Some(format!("{id}.{extension}"));
        let file = StoredFile { content_type: content_type.to_owned(), filename, bytes };
        self.state.of::<Media>().keep(id.clone(), kind, file, self.state.clock.millis());
        id
    }

    /// Delivers until there is an answer, three times at most.
    async fn deliver(&self, address: &Address, message: Message) -> Result<PushReport> {
        let time = self.state.of::<Callback>().date(&message, self.state.clock.seconds());
        let message = message.at(time);
        let (state, openid) = (&*self.state, message.openid.as_str());
        let push = address.seal(&message)?;
        let mut attempts = Vec::new();
        loop {
            let error = match address.post(state, openid, &push).await {
                Ok((status, body)) => {
                    attempts.push(Attempt(Ok(status)));
                    let outcome = self.answered(address, &body, openid);
                    return Ok(PushReport { attempts, outcome });
                }
                Err(error) => error,
            };
            attempts.push(Attempt(Err(error.clone())));
            if attempts.len() == DELIVERIES {
                return Ok(PushReport { attempts, outcome: Err(error) });
            }
        }
    }

    /// Reads the answer, and hands a reply to the user.
    fn answered(&self, address: &Address, body: &[u8], openid: &str) -> Result<Option<Reply>> {
        let Some(answered) = answer::read(address, &self.state, body, openid)? else { return Ok(None) };
        let silent = matches!(answered.reply, Reply::TransferCustomerService(_) | Reply::TransferToAi(_));
        if !silent && self.is_follower(openid) {
            self.state.deliver(SentKind::Reply, &answered.fields, [openid]);
        }
        Ok(Some(answered.reply))
    }
}

fn event(openid: &str, event: &str) -> Message {
    Message::new(openid, "event", Some(event))
}

/// The fields of a scan.
fn scanned(key: String, ticket: &str) -> Value {
    json!({"EventKey": key, "Ticket": ticket})
}
