//! What is pushed, as the platform writes it in XML and in JSON. Encryption and delivery do not live here.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use crate::callback::format::Format;
use crate::callback::xml;
use crate::{Error, Result};

/// The original id of every sandbox's account.
pub(super) const ACCOUNT: &str = "gh_sandbox0000";

const TIME: &str = "CreateTime";
/// What tells messages apart.
const NUMBER: &str = "MsgId";

/// What every push has, so that no field of one's own can be called so.
const ENVELOPE: [&str; 6] = ["ToUserName", "FromUserName", TIME, "MsgType", "Encrypt", "Event"];

/// A message or an event, the same in all its deliveries.
pub(super) struct Message {
    pub(super) openid: String,
    /// In the order in which the platform writes them.
    fields: Vec<(String, Value)>,
}

impl Message {
    /// A push about a user, still without the fields of its kind and without its time.
    pub(super) fn new(openid: &str, msg_type: &str, event: Option<&str>) -> Self {
        let mut message = Self { openid: openid.to_owned(), fields: Vec::new() };
        message.add("ToUserName", ACCOUNT);
        message.add("FromUserName", openid);
        message.add(TIME, 0);
        message.add("MsgType", msg_type);
        if let Some(event) = event {
            message.add("Event", event);
        }
        message
    }

    fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.push((name.to_owned(), value.into()));
    }

    /// The same with the fields of its kind.
    pub(super) fn with(mut self, fields: impl Into<Value>) -> Result<Self> {
        let Value::Object(fields) = fields.into() else {
            return Err(Error::config("the fields of a push are an object"));
        };
        if let Some(name) = ENVELOPE.into_iter().find(|name| fields.contains_key(*name)) {
            return Err(Error::config(format!("the sandbox fills in the field `{name}` of a push itself")));
        }
        self.fields.extend(fields);
        Ok(self)
    }

    /// The same with the number that tells messages apart, unless it has one.
    pub(super) fn numbered(mut self, number: u64) -> Self {
        if !self.fields.iter().any(|(name, _)| name == NUMBER) {
            self.add(NUMBER, number);
        }
        self
    }

    /// What it says, whenever it was: two events that agree in that are told apart by their time only.
    /// `None` for messages, which have numbers.
    pub(super) fn identity(&self) -> Option<String> {
        let numbered = self.fields.iter().any(|(name, _)| name == NUMBER);
        let said = || self.fields.iter().filter(|(name, _)| name != TIME).collect::<Vec<_>>();
        (!numbered).then(|| format!("{:?}", said()))
    }

    /// The same, dated in seconds.
    pub(super) fn at(mut self, created: u64) -> Self {
        if let Some((_, time)) = self.fields.iter_mut().find(|(name, _)| name == TIME) {
            *time = created.into();
        }
        self
    }

    /// All of it in the clear.
    pub(super) fn plain(&self, format: Format) -> Result<String> {
        write(format, &Fields(self.fields.iter().map(pair).collect()))
    }

    /// In compatible mode: all of it in the clear, and the ciphertext beside it.
    pub(super) fn beside(&self, format: Format, sealed: &str) -> Result<String> {
        let sealed = Value::from(sealed);
        write(format, &Fields(self.fields.iter().map(pair).chain([("Encrypt", &sealed)]).collect()))
    }

    /// In encrypted mode: the ciphertext, and whom it is for.
    pub(super) fn envelope(format: Format, sealed: &str) -> Result<String> {
        let (account, sealed) = (Value::from(ACCOUNT), Value::from(sealed));
        write(format, &Fields(vec![("ToUserName", &account), ("Encrypt", &sealed)]))
    }
}

fn pair((name, value): &(String, Value)) -> (&str, &Value) {
    (name, value)
}

/// An object that keeps its order.
struct Fields<'a>(Vec<(&'a str, &'a Value)>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn write(format: Format, fields: &Fields<'_>) -> Result<String> {
    match format {
        Format::Xml => xml::write::write(fields)
            .map_err(|error| error.with_message("a field of the push has no form in XML".to_owned())),
        Format::Json => serde_json::to_string(fields)
            .map_err(|error| Error::config("the push can't be written").with_source(error)),
    }
}
