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
///   events in a second: several cards at once, a menu button and a scan. So the key also holds a digest
///   of all other fields (the kind of event, `EventKey`, `Ticket`, ids, whatever there is), which are the same in each
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
        let mut key = format!("{}\n{}\n", push.to_user_name, push.from_user_name.as_str());
        // Writing to a string can't fail.
        let _ = match push.msg_id() {
            Some(id) => write!(key, "{id}"),
            None => write!(key, "{}\n{}\n", push.create_time.as_secs(), digest(push)),
        };
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

/// A digest of all fields, the kind of event among them.
fn digest(push: &Push) -> String {
    let Ok(Value::Object(fields)) = serde_json::to_value(push) else {
        // No push fails to be written; if one did, it would still be told apart.
        return format!("{push:?}");
    };
    let mut hash = Sha1::new();
    add(&mut hash, &fields);
    hash.finalize().iter().fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Adds fields in the order of their names, whatever order serde_json keeps.
fn add(hash: &mut Sha1, fields: &Map<String, Value>) {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    hash.update(fields.len().to_be_bytes());
    for (name, value) in fields {
        hash.update(name.len().to_be_bytes());
        hash.update(name);
        match value {
            Value::Object(inner) => add(hash, inner),
            value => {
                let value = value.to_string();
                hash.update(value.len().to_be_bytes());
                hash.update(value);
            }
        }
    }
}
