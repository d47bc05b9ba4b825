//! The facts about how an endpoint is called: method, host, path, authorisation, fixed values.
//! They come from the spec, or from a user's own `endpoint!`; what is done with them stands in `client/send.rs`.

mod check;

use crate::auth::Auth;
use crate::record::Envelope;

/// The HTTP method of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

/// The host of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Host {
    /// `api.weixin.qq.com`
    Api,
    /// `mp.weixin.qq.com`
    Mp,
    /// `open.weixin.qq.com`
    Open,
}

/// What the body of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// Nothing.
    None,
    /// A JSON object; `{}` if the request has no fields.
    Json,
    /// A multipart form.
    Multipart,
    /// One value, as it is.
    Raw,
}

/// A value that an endpoint always sends.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    pub location: FixedLocation,
    pub name: &'static str,
    pub value: FixedValue,
    /// The field that it follows on the wire; empty: it comes before all fields.
    pub after: &'static str,
}

impl Fixed {
    pub const fn new(location: FixedLocation, name: &'static str, value: FixedValue) -> Self {
        Self { location, name, value, after: "" }
    }
    pub const fn after(mut self, field: &'static str) -> Self {
        self.after = field;
        self
    }
}

#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixedLocation {
    Query,
    Body,
}

#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum FixedValue {
    Text(&'static str),
    Integer(i64),
    Bool(bool),
    AppId,
    Secret,
}

/// How an endpoint is called. Made by [`endpoint!`](crate::endpoint).
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) host: Host,
    pub(crate) path: &'static str,
    pub(crate) fragment: &'static str,
    pub(crate) auth: Auth,
    pub(crate) idempotent: Option<bool>,
    pub(crate) body: Option<Body>,
    pub(crate) fixed: &'static [Fixed],
    pub(crate) content_type: &'static str,
    pub(crate) envelope: Envelope,
    pub(crate) not_found: Option<&'static str>,
    pub(crate) sensitive: bool,
}

impl Meta {
    /// The endpoint's name, like `create_qrcode`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The path, like `/cgi-bin/qrcode/create`.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// May be sent again when the platform was busy.
    pub const fn is_idempotent(&self) -> bool {
        match self.idempotent {
            Some(idempotent) => idempotent,
            None => matches!(self.method, Method::Get),
        }
    }

    pub(crate) const fn body_kind(&self) -> Body {
        match (self.body, self.method) {
            (Some(body), _) => body,
            (None, Method::Get) => Body::None,
            (None, Method::Post) => Body::Json,
        }
    }
}

/// The steps in which `endpoint!` builds a [`Meta`].
#[doc(hidden)]
impl Meta {
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            method: Method::Get,
            host: Host::Api,
            path: "",
            fragment: "",
            auth: Auth::AccessToken,
            idempotent: None,
            body: None,
            fixed: &[],
            content_type: "",
            envelope: Envelope::Errcode,
            not_found: None,
            sensitive: false,
        }
    }
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
    pub const fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }
    pub const fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }
    pub const fn with_path(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }
    pub const fn fragment(mut self, fragment: &'static str) -> Self {
        self.fragment = fragment;
        self
    }
    pub const fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }
    pub const fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }
    pub const fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }
    pub const fn fixed(mut self, fixed: &'static [Fixed]) -> Self {
        self.fixed = fixed;
        self
    }
    pub const fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }
    pub const fn base_resp(mut self) -> Self {
        self.envelope = Envelope::BaseResp;
        self
    }
    pub const fn not_found(mut self, meaning: &'static str) -> Self {
        self.not_found = Some(meaning);
        self
    }
    pub const fn sensitive(mut self, sensitive: bool) -> Self {
        self.sensitive = sensitive;
        self
    }
}
