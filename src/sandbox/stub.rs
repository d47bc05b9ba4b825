//! Endpoints that only the program under test knows: what they are answered, and the checks that the platform makes
//! of every call. Those of the spec stand in `route.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::log::LoggedRequest;
use super::Sandbox;
use crate::endpoint::Endpoint;
use crate::meta::{Auth, Meta, Method};

type Respond = dyn Fn(&LoggedRequest) -> Value + Send + Sync;

/// An endpoint of the user's own, and who answers for it.
#[derive(Clone)]
pub(crate) struct Stub {
    pub(crate) meta: &'static Meta,
    respond: Arc<Respond>,
}

impl Stub {
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

    pub(crate) fn at(&self, path: &str) -> Option<Stub> {
        self.with(|stubs| stubs.get(path).cloned())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.with(|stubs| stubs.values().any(|stub| stub.meta.name == name))
    }
}

impl Sandbox {
    /// Answers an endpoint that the crate does not describe: one of your own, declared with
    /// [`endpoint!`](crate::endpoint). `respond` gets each request and returns the JSON of the response; one with an
    /// `errcode` is an error, as on the platform.
    ///
    /// Method and access token are checked first, as for every other endpoint. A second stub for a path replaces the
    /// first; one for a path of the spec takes the place of what the sandbox would answer.
    ///
    /// ```
    /// # async fn run() -> weixin::Result<()> {
    /// use serde_json::json;
    /// use weixin::sandbox::Sandbox;
    ///
    /// weixin::endpoint! {
    ///     /// Asks for the weather of a city.
    ///     pub struct GetWeather => serde_json::Value {
    ///         /// Name of the city.
    ///         city: String = "city" required(impl Into<String>) [query required];
    ///     }
    ///     name: "get_weather",
    ///     method: GET,
    ///     path: "/weather/get",
    /// }
    ///
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.stub::<GetWeather>(|request| json!({"city": request.query_value("city"), "sky": "clear"}));
    /// let weather = sandbox.client()?.send(GetWeather::new("深圳")).await?;
    /// assert_eq!(weather, json!({"city": "深圳", "sky": "clear"}));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stub<E: Endpoint>(&self, respond: impl Fn(&LoggedRequest) -> Value + Send + Sync + 'static) {
        let stub = Stub { meta: E::META, respond: Arc::new(respond) };
        self.state.stubs.with(|stubs| stubs.insert(E::META.path, stub));
    }
}
