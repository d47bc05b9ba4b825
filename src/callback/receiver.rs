//! Requests of the platform, checked and decoded: the one place that decides whether they are genuine.
//! Running a handler, and running it once, is the business of `responder.rs` and `dedup.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::clock::Clock;
use super::crypt::Key;
use super::delivery::Delivery;
use super::document::Document;
use super::envelope::{CIPHERTEXT, MSG_TYPE};
use super::format::Format;
use super::parameters::Parameters;
use super::raw;
use super::response::CallbackResponse;
use super::seal::Seal;
use super::signature::Signature;
use super::xml;
use crate::error::{Error, ErrorKind, Result};
use crate::record::take_out;

/// Real pushes have a few kilobytes.
const BODY_LIMIT: usize = 256 << 10;

/// Checks and decodes what the platform sends to a callback URL. Cheap to clone.
///
/// It needs no web framework: [`receive`](Self::receive) takes method, query and body of a request. For a handler
/// that runs once for each push, however often the platform delivers it, see [`Responder`](super::Responder).
///
/// ```
/// use weixin::callback::{CallbackResponse, Received, Receiver};
///
/// # const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
/// let receiver = Receiver::builder("token").encrypted("wx_appid", KEY).build()?;
///
/// fn serve(receiver: &Receiver, method: &str, query: &str, body: &[u8]) -> CallbackResponse {
///     match receiver.receive(method, query, body) {
///         Ok(Received::Verification(answer)) => answer,
///         Ok(Received::Push(delivery)) => {
///             println!("{:?}", delivery.push);
///             delivery.acknowledge()
///         }
///         // What later versions of the crate know besides.
///         Ok(_) => CallbackResponse::refused(),
///         Err(error) => {
///             eprintln!("{error}");
///             CallbackResponse::refused()
///         }
///     }
/// }
/// assert_eq!(serve(&receiver, "POST", "", b""), CallbackResponse::refused());
/// # Ok::<(), weixin::Error>(())
/// ```
#[derive(Clone)]
pub struct Receiver(Arc<Settings>);

pub(crate) struct Settings {
    /// The token, then the previous ones.
    tokens: Vec<Arc<str>>,
    mode: Mode,
    max_age: Option<Duration>,
    body_limit: usize,
    clock: Clock,
}

enum Mode {
    Plain,
    Compatible(Account),
    Encrypted(Account),
}

struct Account {
    app_id: Arc<str>,
    /// The key, then the previous ones.
    keys: Vec<Arc<Key>>,
}

/// What a request turned out to be.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// The platform checks that the URL is ours, while somebody saves the settings. The answer is ready.
    Verification(CallbackResponse),
    /// A message or an event.
    Push(Box<Delivery>),
}

impl Receiver {
    /// The settings of a receiver for an account whose callback token is `token`: in plain mode, until
    /// [`encrypted`](ReceiverBuilder::encrypted) or [`compatible`](ReceiverBuilder::compatible) says otherwise.
    pub fn builder(token: impl Into<String>) -> ReceiverBuilder {
        ReceiverBuilder {
            tokens: vec![token.into()],
            mode: ModeSetting::Plain,
            app_id: String::new(),
            keys: Vec::new(),
            max_age: None,
            body_limit: BODY_LIMIT,
            clock: Clock::new(SystemTime::now),
        }
    }

    /// Checks a request and decodes it. `method` is `GET` or `POST`, `query` what stands behind the question mark
    /// of the URL, as it came.
    ///
    /// # Errors
    /// For the log of the program, never for the sender: answer every error with [`CallbackResponse::refused`].
    /// - [`ErrorKind::Untrusted`] if the request can't be shown to come from the platform;
    /// - [`ErrorKind::TooLarge`] if the body, or the query, is larger than allowed;
    /// - [`ErrorKind::Decode`] if a genuine push can't be read.
    pub fn receive(&self, method: &str, query: &str, body: &[u8]) -> Result<Received> {
        let parameters = Parameters::read(query)?;
        match method {
            "GET" => self.verify(&parameters).map(Received::Verification),
            "POST" => self.push(&parameters, body).map(Box::new).map(Received::Push),
            _ => Err(untrusted("the request is neither a GET nor a POST")),
        }
    }

    /// Answers the check of the URL. It is signed like a plain push in all modes.
    fn verify(&self, parameters: &Parameters<'_>) -> Result<CallbackResponse> {
        self.check_signature(parameters)?;
        let echo = parameters.echostr.as_deref().unwrap_or_default();
        // The signature does not cover it, so nothing that a browser could take for a page is sent back.
        if echo.is_empty() || !echo.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<') {
            return Err(untrusted("the URL is to be verified, but `echostr` is missing or odd"));
        }
        Ok(CallbackResponse::echo(echo))
    }

    fn push(&self, parameters: &Parameters<'_>, body: &[u8]) -> Result<Delivery> {
        if body.len() > self.0.body_limit {
            return Err(Error::new(ErrorKind::TooLarge, "the body of the push is larger than allowed"));
        }
        let account = match &self.0.mode {
            Mode::Plain => {
                // The cheap check first: it needs no look at the body.
                self.check_signature(parameters)?;
                let format = Format::of(body)?;
                return self.delivery(format, Document::read(format, body)?, None);
            }
            Mode::Compatible(account) | Mode::Encrypted(account) => account,
        };
        let format = Format::of(body)?;
        // Nobody has signed what stands here in the clear. So it costs no more than one strict look, and only the
        // ciphertext counts.
        let strict = Document::strictly(format, body);
        let sealed = strict.as_ref().ok().and_then(|document| document.as_ref()?.fields.get(CIPHERTEXT));
        if let Some(sealed) = sealed {
            let sealed = sealed.as_str().ok_or_else(|| untrusted("the push has more than one ciphertext"))?;
            return self.open(account, format, parameters, sealed);
        }
        if format == Format::Xml
            && !matches!(strict, Ok(Some(_)))
            && let Some(delivery) = self.open_beside(account, parameters, body)
        {
            return Ok(delivery);
        }
        if matches!(&self.0.mode, Mode::Compatible(_)) && !says_encrypted(parameters) {
            self.check_signature(parameters)?;
            return self.delivery(format, Document::after(strict, format, body)?, None);
        }
        strict?;
        Err(untrusted("the push is not encrypted"))
    }

    /// Opens the ciphertext of a document that can't be taken apart, because of what stands beside it in the clear.
    /// Whether the right text is taken for it, the signature tells.
    fn open_beside(&self, account: &Account, parameters: &Parameters<'_>, body: &[u8]) -> Option<Delivery> {
        let text = xml::text(body);
        let mut ciphertexts = raw::ciphertexts(&text);
        ciphertexts.find_map(|sealed| self.open(account, Format::Xml, parameters, sealed).ok())
    }

    fn open(
        &self,
        account: &Account,
        format: Format,
        parameters: &Parameters<'_>,
        sealed: &str,
    ) -> Result<Delivery> {
        let (timestamp, nonce) = self.check_age(parameters)?;
        let claimed = parameters.msg_signature.as_deref().unwrap_or_default();
        let token = self
            .signer(|token| Signature::new([token, timestamp, nonce, sealed]).is(claimed))
            .ok_or_else(|| untrusted("the push has a wrong `msg_signature`; is the token right?"))?;
        let opened = account
            .keys
            .iter()
            .find_map(|candidate| Some((candidate, candidate.decrypt(sealed, &account.app_id)?)));
        let Some((key, opened)) = opened else {
            return Err(untrusted("the push can't be decrypted; are EncodingAESKey and AppID right?"));
        };
        let seal = Seal {
            token: Arc::clone(token),
            key: Arc::clone(key),
            app_id: Arc::clone(&account.app_id),
            nonce: nonce.to_owned(),
        };
        let message = opened.message();
        self.delivery(format, Document::read(Format::of(message)?, message)?, Some(seal))
    }

    /// Decodes what is genuine. A reply has the format of the body, whatever that of its content is.
    fn delivery(&self, format: Format, mut document: Document, seal: Option<Seal>) -> Result<Delivery> {
        // A platform in compatible mode sends it too; without a key it means nothing.
        if take_out(&mut document.fields, CIPHERTEXT).is_some() && !document.fields.contains_key(MSG_TYPE) {
            return Err(Error::config("the push is encrypted, but the receiver has no key"));
        }
        let push = super::read(document)?;
        Ok(Delivery { push, format, seal, clock: self.0.clock.clone() })
    }

    /// Checks the signature that covers neither the body nor `echostr`.
    fn check_signature(&self, parameters: &Parameters<'_>) -> Result<()> {
        let (timestamp, nonce) = self.check_age(parameters)?;
        let claimed = parameters.signature.as_deref().unwrap_or_default();
        self.signer(|token| Signature::new([token, timestamp, nonce]).is(claimed))
            .map(drop)
            .ok_or_else(|| untrusted("the request has a wrong `signature`; is the token right?"))
    }

    /// The token that signed.
    fn signer(&self, signed: impl Fn(&str) -> bool) -> Option<&Arc<str>> {
        self.0.tokens.iter().find(|token| signed(token))
    }

    /// The time and the nonce of a request that is young enough.
    fn check_age<'a>(&self, parameters: &'a Parameters<'_>) -> Result<(&'a str, &'a str)> {
        let (Some(timestamp), Some(nonce)) = (parameters.timestamp.as_deref(), parameters.nonce.as_deref())
        else {
            return Err(untrusted("the request has no `timestamp` or no `nonce`"));
        };
        let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let Some(seconds) = timestamp.parse::<u64>().ok().filter(|_| digits) else {
            return Err(untrusted("the `timestamp` of the request is no number"));
        };
        if let Some(max_age) = self.0.max_age {
            let now = self.0.clock.elapsed();
            if now.as_secs().abs_diff(seconds) > max_age.as_secs() {
                return Err(untrusted("the request is too old, or one of the clocks is wrong"));
            }
        }
        Ok((timestamp, nonce))
    }
}

fn says_encrypted(parameters: &Parameters<'_>) -> bool {
    !matches!(parameters.encrypt_type.as_deref(), None | Some("" | "raw"))
}

fn untrusted(why: &str) -> Error {
    Error::new(ErrorKind::Untrusted, why)
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mode, app_id) = match &self.0.mode {
            Mode::Plain => ("plain", None),
            Mode::Compatible(account) => ("compatible", Some(&account.app_id)),
            Mode::Encrypted(account) => ("encrypted", Some(&account.app_id)),
        };
        f.debug_struct("Receiver")
            .field("mode", &mode)
            .field("app_id", &app_id)
            .field("max_age", &self.0.max_age)
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}

enum ModeSetting {
    Plain,
    Compatible,
    Encrypted,
}

/// The settings of a [`Receiver`].
#[must_use]
pub struct ReceiverBuilder {
    tokens: Vec<String>,
    mode: ModeSetting,
    app_id: String,
    keys: Vec<String>,
    max_age: Option<Duration>,
    body_limit: usize,
    clock: Clock,
}

impl ReceiverBuilder {
    /// Encrypted mode (安全模式): pushes are accepted only if they are encrypted for this account with this
    /// EncodingAESKey, and replies are encrypted. The platform recommends it, and so does this crate: in the other
    /// modes nothing protects the body of a push.
    pub fn encrypted(self, app_id: impl Into<String>, encoding_aes_key: impl Into<String>) -> Self {
        self.with_key(ModeSetting::Encrypted, app_id.into(), encoding_aes_key.into())
    }

    /// Compatible mode (兼容模式), for the time of a change: where a push holds a ciphertext, that must be genuine
    /// and is all that counts, and the reply is encrypted. Pushes without one are accepted as in plain mode, so it
    /// is no safer than that.
    pub fn compatible(self, app_id: impl Into<String>, encoding_aes_key: impl Into<String>) -> Self {
        self.with_key(ModeSetting::Compatible, app_id.into(), encoding_aes_key.into())
    }

    fn with_key(mut self, mode: ModeSetting, app_id: String, key: String) -> Self {
        self.mode = mode;
        self.app_id = app_id;
        self.keys.insert(0, key);
        self
    }

    /// The key that was valid before: the platform may go on using it for a while. A reply is encrypted with the
    /// key that opened its push.
    pub fn previous_key(mut self, encoding_aes_key: impl Into<String>) -> Self {
        self.keys.push(encoding_aes_key.into());
        self
    }

    /// The token that was valid before.
    pub fn previous_token(mut self, token: impl Into<String>) -> Self {
        self.tokens.push(token.into());
        self
    }

    /// Refuses requests whose time differs from the clock by more than this, to the second. Without it, and by
    /// default, somebody who has seen a request can send it again at any time. Five minutes are plenty, if the
    /// server's clock is right.
    ///
    /// In tests against a sandbox whose clock was moved, give both one [`clock`](Self::clock).
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// The largest body that is read, in bytes (default 256 KiB).
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// What tells the time, for tests; the system's clock by default. A sandbox signs its pushes with the time of its
    /// own clock: `.clock(move || sandbox.now())`.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(clock);
        self
    }

    /// Builds the receiver.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if a token or the AppID is empty or holds whitespace, if a key is no EncodingAESKey,
    /// or if there is a previous key and none to follow it.
    pub fn build(self) -> Result<Receiver> {
        if self.tokens.iter().any(|token| is_odd(token)) {
            return Err(Error::config("a callback token is empty or holds whitespace"));
        }
        let keys = self.keys.iter().map(|key| Key::new(key).map(Arc::new)).collect::<Result<Vec<_>>>()?;
        let app_id = || Arc::from(self.app_id.as_str());
        let mode = match self.mode {
            ModeSetting::Plain if keys.is_empty() => Mode::Plain,
            ModeSetting::Plain => return Err(Error::config("a receiver in plain mode has no previous key")),
            _ if is_odd(&self.app_id) => return Err(Error::config("the AppID is empty or holds whitespace")),
            ModeSetting::Compatible => Mode::Compatible(Account { app_id: app_id(), keys }),
            ModeSetting::Encrypted => Mode::Encrypted(Account { app_id: app_id(), keys }),
        };
        Ok(Receiver(Arc::new(Settings {
            tokens: self.tokens.into_iter().map(Arc::from).collect(),
            mode,
            max_age: self.max_age,
            body_limit: self.body_limit,
            clock: self.clock,
        })))
    }
}

fn is_odd(text: &str) -> bool {
    text.is_empty() || text.contains(char::is_whitespace)
}

impl fmt::Debug for ReceiverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverBuilder").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}
