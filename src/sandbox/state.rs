//! Everything that a sandbox knows, shared by its handle and its connections.
//! The rules by which it changes stand in the flows.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::catalogue::Catalogue;
use super::clock::Clock;
use super::fault::Faults;
use super::flow::material::Library;
use super::flow::media::Media;
use super::flow::oauth::Visits;
use super::flow::qrcode::QrCodes;
use super::flow::token::Tokens;
use super::flow::user::Users;
use super::ident::Idents;
use super::log::Log;

pub(crate) struct State {
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) url: String,
    pub(crate) app_id: String,
    pub(crate) secret: String,
    /// `service` or `subscription`, as in the spec.
    pub(crate) account: &'static str,
    /// How many followers a page holds.
    pub(crate) page: usize,
    pub(crate) clock: Clock,
    pub(crate) idents: Idents,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) qrcodes: Mutex<QrCodes>,
    pub(crate) media: Mutex<Media>,
    pub(crate) library: Mutex<Library>,
    pub(crate) users: Mutex<Users>,
    pub(crate) visits: Mutex<Visits>,
}

/// A panic while the state was locked leaves it usable: no flow stops half-way through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.tokens)
    }

    pub(crate) fn qrcodes(&self) -> MutexGuard<'_, QrCodes> {
        lock(&self.qrcodes)
    }

    pub(crate) fn media(&self) -> MutexGuard<'_, Media> {
        lock(&self.media)
    }

    pub(crate) fn library(&self) -> MutexGuard<'_, Library> {
        lock(&self.library)
    }

    pub(crate) fn users(&self) -> MutexGuard<'_, Users> {
        lock(&self.users)
    }

    pub(crate) fn visits(&self) -> MutexGuard<'_, Visits> {
        lock(&self.visits)
    }

    /// Where the sandbox serves a stored file.
    pub(crate) fn address_of(&self, id: &str) -> String {
        format!("{}{}{id}", self.url, super::route::FILES)
    }

    /// The file behind such an address.
    pub(crate) fn served(&self, id: &str) -> Option<super::answer::StoredFile> {
        let served = self.media().served(id, self.clock.millis());
        served.or_else(|| self.library().served(id))
    }
}
