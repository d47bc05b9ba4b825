//! A typed client for the server API of WeChat Official Accounts (公众号: service and subscription accounts).
//!
//! Every endpoint is described in a TOML spec and generated from it: typed requests, typed responses, and
//! methods of [`Client`]. Tokens are fetched, cached and refreshed without being mentioned.
//!
//! ```no_run
//! use weixin::qrcode::{CreateQrcode, QrScene, ShowQrcode};
//!
//! # async fn example() -> weixin::Result<()> {
//! let client = weixin::Client::new("wx_appid", "app_secret")?;
//!
//! // A code for order 123 that lives for a day.
//! let code = client.create_qrcode(CreateQrcode::new(QrScene::new(123).expire_seconds(86_400))).await?;
//! println!("{} says {}", code.ticket, code.url);
//!
//! client.show_qrcode(ShowQrcode::new(&code.ticket)).await?.save_to("order-123.jpg").await?;
//! # Ok(()) }
//! ```
//!
//! - [`Client`] calls endpoints; [`index`] leads from a path of the platform to the method.
//! - [`Error`] says what went wrong, in words and in kinds.
//! - [`endpoint!`] declares an endpoint that the crate lacks, [`extension_trait!`] makes it a method of the client;
//!   [`Client::call_raw`] is the last resort.
//! - Feature `sandbox`: a stand-in for the platform on this machine, for tests.
//! - Feature `callback`: the messages and events that the platform pushes.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The generated areas speak of the crate the way its users do.
extern crate self as weixin;

#[macro_use]
mod macros;

mod auth;
mod client;
mod endpoint;
mod error;
mod future;
pub mod js_sdk;
#[allow(missing_docs)]
mod record;
mod signing;
mod token;
mod wire;

/// The ids that travel from one call, response or push into another.
///
/// Each is a type of its own: an id never goes where another one is meant. Text, numbers and references to ids become
/// ids wherever a request takes one.
///
/// ```compile_fail,E0277
/// # fn of(template: weixin::id::TemplateId) {
/// // A template is no user.
/// weixin::user::GetUser::new(template);
/// # }
/// ```
pub mod id {
    pub use crate::record::id::*;
}

#[cfg(feature = "callback")]
#[cfg_attr(docsrs, doc(cfg(feature = "callback")))]
pub mod callback;
#[cfg(feature = "sandbox")]
#[cfg_attr(docsrs, doc(cfg(feature = "sandbox")))]
pub mod sandbox;

/// Of the spec what the library needs: the list of ids, and for the sandbox the model, without its parser.
mod spec {
    #[cfg(feature = "sandbox")]
    pub(crate) mod date;
    #[cfg(feature = "sandbox")]
    pub(crate) mod id;
    pub(crate) mod ids;
    #[cfg(feature = "sandbox")]
    pub(crate) mod index;
    #[cfg(feature = "sandbox")]
    pub(crate) mod layout;
    #[cfg(feature = "sandbox")]
    pub(crate) mod model;
    #[cfg(feature = "sandbox")]
    pub(crate) mod reader;
    #[cfg(feature = "sandbox")]
    pub(crate) mod serial;
}

pub use self::auth::Auth;
pub use self::client::ticket::TicketKind;
pub use self::client::{Call, Client, ClientBuilder, Paged, Pages};
pub use self::endpoint::meta::{Body, Host, Meta, Method};
#[doc(hidden)]
pub use self::endpoint::meta::{Fixed, FixedLocation, FixedValue};
pub use self::endpoint::{BrowserUrl, Endpoint, Response};
pub use self::error::{Error, ErrorClass, ErrorCode, ErrorKind, Result};
pub use self::future::BoxFuture;
pub use self::record::part::FilePart;
pub use self::record::{Date, Timestamp, UnknownFields, UnknownVariant, Unlisted};
pub use self::token::source::remote::RemoteSource;
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use self::token::RedisStore;
pub use self::token::{
    FileStore, Grant, Lease, MemoryStore, SourceKind, StoredToken, Token, TokenCache, TokenOrigin,
    TokenPolicy, TokenProvider, TokenSource, TokenStatus, TokenStore,
};
pub use self::wire::download::Download;
pub use self::wire::payload::Payload;

response! {
    /// An answer that says only that the call worked.
    pub struct Empty {}
}

/// The code of the READMEs must compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../README.zh-CN.md")]
struct Readme;

/// What sees each attempt of each call, and may add headers to it, delay or refuse it.
pub mod interceptor {
    pub use crate::wire::interceptor::{Attempt, Interceptor, Outcome};
}

/// How requests travel: the trait behind which HTTP is spoken, and the transports that speak it.
///
/// | transport | feature | |
/// |---|---|---|
/// | `Reqwest` | `reqwest`, on by default | all settings of reqwest's own builder |
/// | `Hyper` | `hyper` | half the instructions of a call, and fewer crates to build; HTTP proxies, rustls |
///
/// A client uses the first of them that is switched on, unless
/// [`ClientBuilder::transport`](crate::ClientBuilder::transport) gives it another one.
pub mod transport {
    #[cfg(feature = "reqwest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
    pub use ::reqwest;
    #[cfg(feature = "hyper")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
    pub use ::rustls;

    #[cfg(feature = "hyper")]
    #[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
    pub use crate::wire::transport::hyper::{Hyper, HyperBuilder};
    #[cfg(feature = "reqwest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
    pub use crate::wire::transport::reqwest::{client_builder, Reqwest, ReqwestBuilder};
    pub use crate::wire::transport::{
        OwnConnection, RequestBody, ResponseBody, Sent, Transport, TransportError,
    };
}

/// What the macros need; not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use paste::paste;
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};
    pub use serde_json::{Map, Value};

    pub use crate::client::inspect::{decode, decode_strict, write, Written};
    pub use crate::client::page::{
        is_short, size, Cursor, Offset, Page, PageNumber, PageSize, Start, Visited,
    };
    pub use crate::record::{
        cloned, debug_record, debug_union, deserialize, list, map, record_equal, serialize, serialize_union,
        set, union_equal, visit, visit_mut, FieldType, IntegerAccess, IntegerEnum, Record, RecordAccess,
        Table, TextAccess, TextEnum, Union, UnionAccess, UnionTable, ValueMut, ValueRef, Variant, Visit,
        VisitMut,
    };
    pub use crate::wire::download::filename;

    /// The fields of a JSON object.
    pub type Object = Map<String, Value>;
}

include!(concat!(env!("OUT_DIR"), "/areas.rs"));
