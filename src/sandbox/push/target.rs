//! Where pushes go and how they are protected; one request, signed as the platform signs it.
//! What is in them, and how often they are delivered, is not known here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderValue, CONTENT_TYPE};
use url::Url;

use super::super::state::State;
use super::message::Message;
use crate::callback::crypt::Key;
use crate::callback::format::Format;
use crate::callback::signature::Signature;
use crate::signing::nonce::Nonce;
use crate::wire::exchange::{head_of, read_json, within};
use crate::wire::transport::default::default_transport;
use crate::wire::transport::settings::Settings;
use crate::wire::transport::{OwnConnection, RequestBody, Transport};
use crate::{Error, ErrorKind, Result};

/// How long the platform waits for the answer to a delivery.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// Where a sandbox delivers pushes, for [`Sandbox::set_callback`](crate::sandbox::Sandbox::set_callback): what
/// somebody enters on the platform's site. In plain mode and XML, unless it is told otherwise.
///
/// `Debug` shows neither token nor key.
#[derive(Clone)]
#[must_use]
pub struct CallbackTarget {
    url: String,
    token: String,
    mode: Mode,
    key: Option<String>,
    format: Format,
    unescaped: bool,
    patience: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Plain,
    Compatible,
    Encrypted,
}

impl CallbackTarget {
    /// Pushes to `url`, signed with `token`.
    pub fn new(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: token.into(),
            mode: Mode::Plain,
            key: None,
            format: Format::Xml,
            unescaped: false,
            patience: PATIENCE,
        }
    }

    /// Encrypted mode (安全模式) with this EncodingAESKey.
    pub fn encrypted(mut self, encoding_aes_key: impl Into<String>) -> Self {
        (self.mode, self.key) = (Mode::Encrypted, Some(encoding_aes_key.into()));
        self
    }

    /// Compatible mode (兼容模式) with this EncodingAESKey: each push in the clear and encrypted. The reply may be
    /// either.
    pub fn compatible(mut self, encoding_aes_key: impl Into<String>) -> Self {
        (self.mode, self.key) = (Mode::Compatible, Some(encoding_aes_key.into()));
        self
    }

    /// Pushes are JSON, and so must replies be.
    pub fn json(mut self) -> Self {
        self.format = Format::Json;
        self
    }

    /// Writes what users type into XML as it is, as the platform was seen to do: a `]]>` in it ends its marked section, and
    /// what follows looks like fields. For tests that show that nobody can forge a push so.
    pub fn unescaped(mut self) -> Self {
        self.unescaped = true;
        self
    }

    /// How long to wait for the answer to a delivery, in real time. Default: 5 seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same, checked and ready for the account `app_id`.
    pub(super) fn ready(self, app_id: &str) -> Result<Address> {
        let url = Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url =
            url.ok_or_else(|| Error::config("the callback URL does not begin with http:// or https://"))?;
        let letters = self.token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !letters || !(3..=32).contains(&self.token.len()) {
            return Err(Error::config("the platform takes a callback token of 3 to 32 letters and digits"));
        }
        let key = self.key.as_deref().map(Key::new).transpose()?;
        let settings = Settings { connect: Some(self.patience), direct: true, ..Settings::default() };
        Ok(Address {
            url,
            token: self.token,
            mode: self.mode,
            key,
            format: self.format,
            unescaped: self.unescaped,
            patience: self.patience,
            app_id: app_id.to_owned(),
            transport: default_transport(settings)?,
        })
    }
}

impl fmt::Debug for CallbackTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a password of its own.
        f.debug_struct("CallbackTarget")
            .field("mode", &self.mode)
            .field("format", &self.format)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// A target that was checked.
pub(crate) struct Address {
    url: Url,
    pub(super) token: String,
    pub(super) mode: Mode,
    /// There is one in all modes but the plain one.
    pub(super) key: Option<Key>,
    pub(super) format: Format,
    unescaped: bool,
    patience: Duration,
    pub(super) app_id: String,
    transport: Arc<dyn Transport>,
}

/// A push as it is delivered: the same bytes each time.
pub(super) struct Sealed {
    body: String,
    /// The ciphertext, which is signed with each delivery.
    encrypt: Option<String>,
}

impl Address {
    /// Writes a message, and encrypts it if the mode asks for that.
    pub(super) fn seal(&self, message: &Message) -> Result<Sealed> {
        let plain = self.typed(message.plain(self.format)?);
        let Some(key) = &self.key else { return Ok(Sealed { body: plain, encrypt: None }) };
        let encrypt = key.encrypt(Nonce::new()?.bytes(), &plain, &self.app_id)?;
        let body = match self.mode {
            Mode::Compatible => self.typed(message.beside(self.format, &encrypt)?),
            _ => Message::envelope(self.format, &encrypt)?,
        };
        Ok(Sealed { body, encrypt: Some(encrypt) })
    }

    /// A document as the platform would write it: without the escape that ends a marked section within `]]>` and goes
    /// on in another one.
    fn typed(&self, document: String) -> String {
        match self.unescaped && self.format == Format::Xml {
            true => document.replace("]]]]><![CDATA[>", "]]>"),
            false => document,
        }
    }

    /// Delivers a push once. The answer's status is 2xx.
    pub(super) async fn post(&self, state: &State, openid: &str, push: &Sealed) -> Result<(u16, Vec<u8>)> {
        let mut more = vec![("openid", openid.to_owned())];
        let (time, nonce) = stamp(state);
        if let Some(encrypt) = &push.encrypt {
            let signature = Signature::new([&self.token, &time, &nonce, encrypt]);
            more.push(("encrypt_type", "aes".to_owned()));
            more.push(("msg_signature", signature.as_str().to_owned()));
        }
        let content_type = match self.format {
            Format::Xml => "text/xml",
            Format::Json => "application/json",
        };
        let mut request = http::Request::new(RequestBody::from(push.body.clone()));
        *request.method_mut() = http::Method::POST;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.send(self.signed(&time, &nonce, &more), request).await
    }

    /// Asks whether the server knows the token.
    pub(super) async fn verify(&self, state: &State) -> Result<()> {
        let echo = state.idents.number().to_string();
        let (time, nonce) = stamp(state);
        let url = self.signed(&time, &nonce, &[("echostr", echo.clone())]);
        let (_, body) = self.send(url, http::Request::new(RequestBody::empty())).await?;
        if body != echo.as_bytes() {
            let why = "the server does not answer the check of its URL with `echostr`, and nothing else";
            return Err(Error::new(ErrorKind::Decode, why));
        }
        Ok(())
    }

    /// The URL with what shows that the platform asks.
    fn signed(&self, time: &str, nonce: &str, more: &[(&str, String)]) -> Url {
        let signature = Signature::new([&self.token, time, nonce]);
        let mut url = self.url.clone();
        let mut query = url.query_pairs_mut();
        query.extend_pairs([("signature", signature.as_str()), ("timestamp", time), ("nonce", nonce)]);
        query.extend_pairs(more);
        drop(query);
        url
    }

    async fn send(&self, url: Url, mut request: http::Request<RequestBody>) -> Result<(u16, Vec<u8>)> {
        let address: http::Uri =
            url.as_str().parse().map_err(|_| Error::config("the callback URL can't be called"))?;
        *request.uri_mut() = address.clone();
        request.extensions_mut().insert(OwnConnection);
        within(self.patience, async {
            let sent = self.transport.send(request).await;
            let response = sent.map_err(|error| error.unanswered(&address))?;
            let head = head_of(&response);
            if !head.is_success() {
                let error = Error::new(ErrorKind::Status, "the server does not answer with success");
                return Err(error.with_status(head.status, None));
            }
            let body = read_json(&mut response.into_body(), &head, LARGEST, None).await?;
            Ok((head.status, body.to_vec()))
        })
        .await
    }
}

/// Time and nonce of a request.
fn stamp(state: &State) -> (String, String) {
    (state.clock.seconds().to_string(), (state.idents.number() >> 32).to_string())
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("mode", &self.mode)
            .field("format", &self.format)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
