//! What makes two deliveries the same push. Which of them came first is remembered in `dedup.rs`.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};
use sha1::{Digest, Sha1};

use super::Push;

/// The identity of a push: equal for all deliveries of it, and for no two pushes.
///
/// - A message is known by account, sender and `MsgId`, as documented.
/// - An event has no such number. The documentation names sender and `CreateTime`, but a user can set off two
///   events in a second: several cards at once, a menu button and a scan. So the key also holds the kind of event
///   and a digest of all its other fields (`EventKey`, `Ticket`, ids, whatever there is), which are the same in each
///   delivery. Two events are taken for one only if no field tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeliveryKey(Arc<str>);

impl Push {
    /// What makes this push the same as another delivery of it.
    pub fn key(&self) -> DeliveryKey {
        DeliveryKey::of(self)
    }
}

impl DeliveryKey {
    /// The identity of this push.
    pub fn of(push: &Push) -> Self {
        let Ok(Value::Object(fields)) = serde_json::to_value(push) else {
            // No push fails to be written; if one did, it would still be told apart.
            return Self::new(format!("{push:?}"));
        };
        let mut key = format!("{}\n{}\n", push.to_user_name, push.from_user_name);
        match message_id(push, &fields) {
            Some(id) => key.push_str(&id),
            None => {
                let event = fields.get("Event").and_then(Value::as_str).unwrap_or_default();
                let mut hash = Sha1::new();
                digest(&mut hash, &fields);
                // Writing to a string can't fail.
                let _ = write!(key, "{}\n{}\n{event}\n", push.create_time.as_secs(), push.msg_type);
                for byte in hash.finalize() {
                    let _ = write!(key, "{byte:02x}");
                }
            }
        }
        Self::new(key)
    }

    /// An identity of your own making.
    pub fn new(key: impl Into<Arc<str>>) -> Self {
        Self(key.into())
    }

    /// The key as text, for a store of your own. It holds the OpenID of the sender.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number of a message. What an event calls so is the number of something else.
fn message_id(push: &Push, fields: &Map<String, Value>) -> Option<String> {
    if push.msg_type == "event" {
        return None;
    }
    match fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("MsgId"))?.1 {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// All fields in the order of their names, whatever order serde_json keeps.
fn digest(hash: &mut Sha1, fields: &Map<String, Value>) {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in fields {
        hash.update(name.len().to_be_bytes());
        hash.update(name);
        match value {
            Value::Object(inner) => digest(hash, inner),
            // Text in quotes, lists in brackets: no value looks like two.
            value => hash.update(value.to_string()),
        }
        hash.update(b";");
    }
}
