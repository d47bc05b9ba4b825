//! The platform's error codes and what is known about each.
//! The table itself is made from `api-spec/errors.toml`; what an error says with it stands in `error/text.rs`.

use std::fmt;

use crate::auth::Auth;

/// An error code of the platform.
///
/// Every documented code is a constant of this type ([`ErrorCode::INVALID_CREDENTIAL`]); codes that the
/// documentation does not know are kept as they came.
///
/// Endpoints name the codes worth knowing under "Errors": those of the table on their page. Where a page has none, they
/// are those of the platform's list of all codes whose words speak of that call; the list does not say which call gives
/// which code, so others may come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub i64);

/// What kind of trouble an [`ErrorCode`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The access token is invalid or expired; the client gets a new one by itself.
    Token,
    /// The platform is busy; the same call may work later.
    Retry,
    /// A quota is used up.
    Rate,
    /// The account, or the application, may not do this.
    Permission,
    /// A setting of the account or of the application is wrong.
    Config,
    /// An argument is missing or invalid.
    Argument,
    /// The content was refused for what it says or shows.
    Content,
    /// The thing acted on is in a state that does not allow it.
    State,
}

/// One documented error code.
#[doc(hidden)]
#[derive(Debug)]
pub struct CodeEntry {
    pub code: i64,
    pub name: &'static str,
    pub class: ErrorClass,
    pub meaning: &'static str,
    /// What to do about it; empty where the meaning says it.
    pub hint: &'static str,
    /// It stays until somebody changes the account or the program.
    pub lasting: bool,
    /// What differs where a call carries something other than the account's token.
    pub by_auth: &'static [CodeByAuth],
}

/// What a code means to calls that are authorised in one way.
#[doc(hidden)]
#[derive(Debug)]
pub struct CodeByAuth {
    pub auth: Auth,
    pub class: ErrorClass,
    pub hint: &'static str,
}

impl CodeEntry {
    fn under(&self, auth: Option<Auth>) -> Option<&'static CodeByAuth> {
        // A call that carries nothing is answered as one with the wrong credentials is: think of a token server,
        // which passes on what the platform answered to it.
        let auth = match auth? {
            Auth::None => Auth::App,
            auth => auth,
        };
        self.by_auth.iter().find(|meaning| meaning.auth == auth)
    }
}

impl ErrorCode {
    fn entry(self) -> Option<&'static CodeEntry> {
        let table = Self::TABLE;
        table.binary_search_by_key(&self.0, |entry| entry.code).ok().map(|index| &table[index])
    }

    /// The constant's name, if the code is documented.
    pub fn name(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.name)
    }

    /// What the code means, in one line, if it is documented.
    pub fn meaning(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.meaning)
    }

    /// What kind of trouble the code reports, if it is documented: to a call that carries the account's access
    /// token. [`Error::class`](crate::Error::class) knows which call it was.
    pub fn class(self) -> Option<ErrorClass> {
        self.entry().map(|entry| entry.class)
    }

    /// What kind of trouble the code reports to a call that is authorised in this way.
    pub(super) fn class_under(self, auth: Option<Auth>) -> Option<ErrorClass> {
        let entry = self.entry()?;
        Some(entry.under(auth).map_or(entry.class, |meaning| meaning.class))
    }

    /// What to do about the code, if there is something to say.
    pub(super) fn hint_under(self, auth: Option<Auth>) -> Option<&'static str> {
        let entry = self.entry()?;
        let hint = entry.under(auth).map_or(entry.hint, |meaning| meaning.hint);
        Some(hint).filter(|hint| !hint.is_empty())
    }

    /// A failed fetch of a token with this code fails until somebody changes the account or the program.
    pub(super) fn is_lasting(self) -> bool {
        self.entry().is_some_and(|entry| entry.lasting)
            || self.class_under(Some(Auth::App)) == Some(ErrorClass::Config)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{}({})", name, self.0),
            None => write!(f, "ErrorCode({})", self.0),
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for ErrorCode {
    fn from(code: i64) -> Self {
        Self(code)
    }
}

include!(concat!(env!("OUT_DIR"), "/errors.rs"));
