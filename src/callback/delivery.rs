//! One delivery of a push, and the answers that it may get. Whether the same push came before is not known here.

use std::fmt::{self, Write as _};

use super::clock::Clock;
use super::format::Format;
use super::response::CallbackResponse;
use super::seal::Seal;
use super::{Push, Reply};
use crate::error::Result;
use crate::signing::nonce::Nonce;

/// A push that is genuine, and the way back to the platform.
#[non_exhaustive]
pub struct Delivery {
    /// What was sent, or what happened.
    pub push: Push,
    pub(super) format: Format,
    pub(super) seal: Option<Seal>,
    pub(super) clock: Clock,
}

impl Delivery {
    /// Answers with a reply to the user: in the format of the push, and encrypted if the push was.
    ///
    /// A reply that [`is_empty`](Reply::is_empty) would make the platform tell the user that the account is out of
    /// order: then the answer is `success`, and the user reads nothing.
    ///
    /// The platform drops the connection after five seconds.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the reply can't be written, and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the system gives no random bytes for the encryption.
    pub fn reply(&self, reply: &Reply) -> Result<CallbackResponse> {
        if reply.is_empty() {
            tracing::warn!("{}", super::reply::EMPTY);
            return Ok(self.acknowledge());
        }
        let now = self.clock.now();
        let plain = match self.format {
            Format::Xml => reply.to_xml(&self.push, now)?,
            Format::Json => reply.to_json(&self.push, now)?,
        };
        match &self.seal {
            None => Ok(self.answer_with(plain)),
            Some(seal) => self.sealed(seal, &plain, Nonce::new()?.bytes(), now.as_secs()),
        }
    }

    /// Answers that the push arrived; the user hears nothing.
    pub fn acknowledge(&self) -> CallbackResponse {
        CallbackResponse::success()
    }

    /// Answers with a reply if there is one, and otherwise that the push arrived.
    ///
    /// # Errors
    /// Those of [`reply`](Self::reply).
    pub fn answer(&self, reply: Option<&Reply>) -> Result<CallbackResponse> {
        match reply {
            Some(reply) => self.reply(reply),
            None => Ok(self.acknowledge()),
        }
    }

    fn answer_with(&self, body: String) -> CallbackResponse {
        match self.format {
            Format::Xml => CallbackResponse::xml(body),
            Format::Json => CallbackResponse::json(body),
        }
    }

    /// The envelope of an encrypted reply. The documentation takes the nonce of the push for it.
    fn sealed(&self, seal: &Seal, plain: &str, random: [u8; 16], now: i64) -> Result<CallbackResponse> {
        let sealed = seal.seal(plain, random, &now.to_string())?;
        let (encrypt, signature) = (&sealed.encrypt, sealed.signature.as_str());
        let mut body = String::with_capacity(encrypt.len() + seal.nonce.len() + 224);
        // Writing to a string can't fail.
        let _ = match self.format {
            Format::Xml => write!(
                body,
                "<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>\
                 <TimeStamp>{now}</TimeStamp><Nonce><![CDATA[{}]]></Nonce></xml>",
                seal.nonce.replace("]]>", "]]]]><![CDATA[>")
            ),
            Format::Json => write!(
                body,
                r#"{{"Encrypt":"{encrypt}","MsgSignature":"{signature}","TimeStamp":{now},"Nonce":{}}}"#,
                serde_json::Value::from(seal.nonce.as_str())
            ),
        };
        Ok(self.answer_with(body))
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("push", &self.push)
            .field("format", &self.format)
            .field("encrypted", &self.seal.is_some())
            .finish_non_exhaustive()
    }
}
