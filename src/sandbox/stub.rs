//! Endpoints that only the program under test knows: what they are answered, and the checks that the platform makes
//! of every call. Those of the spec stand in `route.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::log::LoggedRequest;
use crate::auth::Auth;
use crate::endpoint::meta::{Meta, Method};

type Respond = dyn Fn(&LoggedRequest) -> Value + Send + Sync;

/// An endpoint of the user's own, and who answers for it.
#[derive(Clone)]
pub(crate) struct Stub {
    pub(crate) meta: &'static Meta,
    respond: Arc<Respond>,
}

impl Stub {
    pub(crate) fn new(
        meta: &'static Meta,
        respond: impl Fn(&LoggedRequest) -> Value + Send + Sync + 'static,
    ) -> Self {
        Self { meta, respond: Arc::new(respond) }
    }

    pub(crate) fn method(&self) -> &'static str {
        match self.meta.method {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }

    pub(crate) fn needs_token(&self) -> bool {
        self.meta.auth == Auth::AccessToken
    }

    pub(crate) fn respond(&self, request: &LoggedRequest) -> Value {
        (self.respond)(request)
    }
}

/// Stubs by their paths.
#[derive(Default)]
pub(crate) struct Stubs(Mutex<HashMap<&'static str, Stub>>);

impl Stubs {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<&'static str, Stub>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers from now on what is asked under this path.
    pub(crate) fn add(&self, stub: Stub) {
        self.with(|stubs| stubs.insert(stub.meta.path, stub));
    }

    pub(crate) fn at(&self, path: &str) -> Option<Stub> {
        self.with(|stubs| stubs.get(path).cloned())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.with(|stubs| stubs.values().any(|stub| stub.meta.name == name))
    }
}
