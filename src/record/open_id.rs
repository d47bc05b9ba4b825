//! The id of a user, as a type of its own. Which fields have it is no matter here.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Mut, Ref, Slot, ViaItself};

/// Who a user is to one account: another account sees another OpenID of the same user.
///
/// It is text, and goes wherever a request takes `impl Into<String>`, itself or by reference:
///
/// ```
/// use weixin::callback::Push;
/// use weixin::user::GetUser;
///
/// fn who_sent(push: &Push) -> GetUser {
///     GetUser::new(&push.from_user_name)
/// }
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenId(String);

impl OpenId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for OpenId {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for OpenId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for OpenId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for OpenId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for OpenId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<OpenId> for String {
    fn from(id: OpenId) -> Self {
        id.0
    }
}

impl From<&OpenId> for String {
    fn from(id: &OpenId) -> Self {
        id.0.clone()
    }
}

impl PartialEq<str> for OpenId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for OpenId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<String> for OpenId {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Slot for OpenId {
    type Via = ViaItself;
    fn show(&self) -> Ref<'_> {
        Ref::Str(&self.0)
    }
    fn place(&mut self) -> Mut<'_> {
        Mut::Str(&mut self.0)
    }
    fn blank() -> Self {
        Self::default()
    }
}

impl Serialize for OpenId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OpenId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}
