//! Everything that a sandbox knows, shared by its handle and its connections.
//! The rules by which it changes stand in the flows.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::catalogue::Catalogue;
use super::clock::Clock;
use super::fault::Faults;
use super::flow::comment::Comments;
use super::flow::draft::Drafts;
use super::flow::jump::Jumps;
use super::flow::kf::Kf;
use super::flow::mass::Jobs;
use super::flow::material::Library;
use super::flow::media::Media;
use super::flow::menu::Menus;
use super::flow::notice::Notices;
use super::flow::oauth::Visits;
use super::flow::outbox::Outbox;
use super::flow::publish::Articles;
use super::flow::qrcode::QrCodes;
use super::flow::quota::Quota;
use super::flow::record::Records;
use super::flow::shorten::ShortKeys;
use super::flow::template::Templates;
use super::flow::token::Tokens;
use super::flow::user::Users;
use super::ident::Idents;
use super::log::Log;
#[cfg(feature = "callback")]
use super::push::Callback;
use super::stub::Stubs;

pub(crate) struct State {
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) url: String,
    pub(crate) app_id: String,
    pub(crate) secret: String,
    /// `service` or `subscription`, as in the spec.
    pub(crate) account: &'static str,
    /// How many followers a page holds.
    pub(crate) page: usize,
    /// How long publishing takes, in milliseconds.
    pub(crate) publish_delay: u64,
    pub(crate) clock: Clock,
    pub(crate) idents: Idents,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) stubs: Stubs,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) qrcodes: Mutex<QrCodes>,
    pub(crate) media: Mutex<Media>,
    pub(crate) library: Mutex<Library>,
    pub(crate) users: Mutex<Users>,
    pub(crate) visits: Mutex<Visits>,
    pub(crate) outbox: Mutex<Outbox>,
    pub(crate) drafts: Mutex<Drafts>,
    pub(crate) articles: Mutex<Articles>,
    pub(crate) comments: Mutex<Comments>,
    pub(crate) menus: Mutex<Menus>,
    pub(crate) templates: Mutex<Templates>,
    pub(crate) notices: Mutex<Notices>,
    pub(crate) kf: Mutex<Kf>,
    pub(crate) records: Mutex<Records>,
    pub(crate) jobs: Mutex<Jobs>,
    pub(crate) short_keys: Mutex<ShortKeys>,
    pub(crate) jumps: Mutex<Jumps>,
    pub(crate) quota: Mutex<Quota>,
    #[cfg(feature = "callback")]
    pub(crate) callback: Mutex<Callback>,
}

/// No flow takes a lock while it holds another, so that none waits for one that waits for it; but mass messages
/// hold the lock of their jobs, which nobody else takes, until they are sent.
///
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

    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    pub(crate) fn drafts(&self) -> MutexGuard<'_, Drafts> {
        lock(&self.drafts)
    }

    pub(crate) fn articles(&self) -> MutexGuard<'_, Articles> {
        lock(&self.articles)
    }

    pub(crate) fn comments(&self) -> MutexGuard<'_, Comments> {
        lock(&self.comments)
    }

    pub(crate) fn menus(&self) -> MutexGuard<'_, Menus> {
        lock(&self.menus)
    }

    pub(crate) fn templates(&self) -> MutexGuard<'_, Templates> {
        lock(&self.templates)
    }

    pub(crate) fn notices(&self) -> MutexGuard<'_, Notices> {
        lock(&self.notices)
    }

    pub(crate) fn kf(&self) -> MutexGuard<'_, Kf> {
        lock(&self.kf)
    }

    pub(crate) fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }

    pub(crate) fn jobs(&self) -> MutexGuard<'_, Jobs> {
        lock(&self.jobs)
    }

    pub(crate) fn short_keys(&self) -> MutexGuard<'_, ShortKeys> {
        lock(&self.short_keys)
    }

    pub(crate) fn jumps(&self) -> MutexGuard<'_, Jumps> {
        lock(&self.jumps)
    }

    pub(crate) fn quota(&self) -> MutexGuard<'_, Quota> {
        lock(&self.quota)
    }

    #[cfg(feature = "callback")]
    pub(crate) fn callback(&self) -> MutexGuard<'_, Callback> {
        lock(&self.callback)
    }

    /// Whether this is the id of something uploaded, temporary or permanent.
    pub(crate) fn has_media(&self, id: &str) -> bool {
        let temporary = self.media().has(id, self.clock.millis());
        temporary || self.library().has_file(id)
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
