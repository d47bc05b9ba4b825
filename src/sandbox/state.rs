//! What every part of a sandbox shares: the account, the clock, the log. What flows remember stands in the store.

use std::sync::{MutexGuard, OnceLock};

use super::clock::Clock;
use super::echo::Echoes;
use super::fault::Faults;
use super::ident::Idents;
use super::log::Log;
use super::store::Store;
use super::stub::Stubs;
use super::tables::Tables;
use crate::spec::model::Account;

/// Where stored files are served.
pub(crate) const FILES: &str = "/sandbox/file/";

pub(crate) struct State {
    pub(crate) tables: &'static Tables<'static>,
    pub(crate) url: String,
    pub(crate) app_id: String,
    pub(crate) secret: String,
    pub(crate) account: Account,
    /// How many followers a page holds.
    pub(crate) page: usize,
    /// How long publishing takes, in milliseconds.
    pub(crate) publish_delay: u64,
    pub(crate) clock: Clock,
    pub(crate) idents: Idents,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) stubs: Stubs,
    /// Made when the first request has a field that it should not have.
    pub(crate) echoes: OnceLock<Echoes>,
    pub(crate) store: Store,
}

impl State {
    /// What a flow remembers. To be let go before another is asked for.
    pub(crate) fn of<T: Default + Send + 'static>(&self) -> MutexGuard<'_, T> {
        self.store.of()
    }

    /// Where the sandbox serves a stored file.
    pub(crate) fn address_of(&self, id: &str) -> String {
        format!("{}{FILES}{id}", self.url)
    }
}
