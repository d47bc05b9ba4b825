//! The id of a user, as a type of its own. Which fields have it is no matter here.

use std::borrow::Borrow;
use std::ops::Deref;

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

text_value!(OpenId);
