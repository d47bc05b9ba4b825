//! What every push has, taken from its head: from whom it is, to whom, when, and of which kind. Only what stands
//! there in exact spelling, before the first words of a user, counts where those words are not to be trusted.

use serde_json::{Map, Value};

use super::layout::{self, Kind};

/// Where the ciphertext of an encrypted push stands.
pub(super) const CIPHERTEXT: &str = "Encrypt";

/// Where the kind of message stands.
pub(super) const MSG_TYPE: &str = "MsgType";

/// Where the kind of event stands.
pub(super) const EVENT: &str = "Event";

const NAMES: [&str; 5] = ["ToUserName", "FromUserName", "CreateTime", MSG_TYPE, EVENT];

/// The fields found so far, in the order of `NAMES`.
#[derive(Debug, Default)]
pub(super) struct Envelope([Option<Value>; 5]);

impl Envelope {
    /// Whether this field belongs to the envelope and has not come yet.
    pub(super) fn wants(&self, name: &str) -> bool {
        NAMES.iter().zip(&self.0).any(|(known, value)| *known == name && value.is_none())
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Some(index) = NAMES.iter().position(|known| *known == name) {
            self.0[index] = Some(value);
        }
    }

    /// Whether nothing more is to come.
    pub(super) fn is_whole(&self) -> bool {
        self.has_sender() && (!self.is_event() || self.0[4].is_some())
    }

    /// Whether the push can be answered: all that every push has is there.
    pub(super) fn has_sender(&self) -> bool {
        self.0[..4].iter().all(Option::is_some)
    }

    /// The kind of push, if the spec knows it.
    pub(super) fn kind(&self) -> Option<&'static Kind> {
        let event = match self.is_event() {
            true => Some(self.text(4)?),
            false => None,
        };
        layout::find(self.text(3)?, event)
    }

    fn is_event(&self) -> bool {
        self.text(3).is_some_and(is_event)
    }

    fn text(&self, index: usize) -> Option<&str> {
        self.0[index].as_ref()?.as_str()
    }

    /// The fields by their names. What no event is has no kind of event.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let found = NAMES.iter().zip(&self.0).filter(|(name, _)| **name != EVENT || self.is_event());
        found.filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))).collect()
    }
}

/// A value as text, as the engine reads it: in JSON, the only item of a list is the value.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Array(items) => match items.as_slice() {
            [item] => text(item),
            _ => None,
        },
        value => value.as_str(),
    }
}

/// Whether a push with this value of `MsgType` is an event.
pub(super) fn is_event(msg_type: &str) -> bool {
    msg_type.trim().eq_ignore_ascii_case("event")
}
