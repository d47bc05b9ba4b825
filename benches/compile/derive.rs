//! What a client written by hand has beside its endpoints: one way to send, one to decode, and the helpers for
//! values that are not on the wire what they are in Rust. Only for comparing compile times.

#![allow(deprecated, unused_mut)]

pub use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What went wrong.
#[derive(Debug)]
pub enum Error {
    /// The connection failed.
    Http(reqwest::Error),
    /// The answer can't be read, or the request not be written.
    Json(serde_json::Error),
    /// The platform refused the call.
    Api(i64, String),
}

/// What a call gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Calls endpoints.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    token: String,
    app_id: String,
    app_secret: String,
}

/// How an endpoint is called.
#[derive(Debug, Clone, Copy)]
pub struct Meta {
    path: &'static str,
    token: bool,
}

impl Client {
    fn url(&self, meta: Meta, query: &str) -> Result<String> {
        let path = meta.path.replace("{0}", &self.app_id).replace("{1}", &self.app_secret);
        let mut url = format!("https://api.weixin.qq.com{path}");
        if meta.token {
            url = format!("{url}?access_token={}", self.token);
        }
        if !query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(query);
        }
        Ok(url)
    }

    async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Bytes> {
        request.send().await.map_err(Error::Http)?.bytes().await.map_err(Error::Http)
    }

    async fn get(&self, meta: Meta, query: &str) -> Result<Bytes> {
        self.exchange(self.http.get(self.url(meta, query)?)).await
    }

    async fn post(&self, meta: Meta, body: Vec<u8>) -> Result<Bytes> {
        self.exchange(self.http.post(self.url(meta, "")?).body(body)).await
    }

    async fn upload(&self, meta: Meta, query: &[(&str, String)], form: Form) -> Result<Bytes> {
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.exchange(self.http.post(self.url(meta, &query.join("&"))?).body(form.0)).await
    }
}

/// A multipart form.
#[derive(Debug, Default)]
pub struct Form(Vec<u8>);

impl Form {
    fn new() -> Self {
        Self::default()
    }
    fn file(&mut self, name: &str, part: FilePart) {
        self.text(name, part.0);
    }
    fn text(&mut self, name: &str, value: Vec<u8>) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend(value);
    }
}

/// A file to upload.
#[derive(Debug, Clone)]
pub struct FilePart(Vec<u8>);

/// An answer that says only that the call worked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Empty {}

/// JSON or bytes.
#[derive(Debug)]
pub enum Payload<T> {
    /// The answer was JSON.
    Json(T),
    /// The answer was bytes.
    Bytes(Bytes),
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

fn body<Q: Serialize>(request: &Q) -> Result<Vec<u8>> {
    serde_json::to_vec(request).map_err(Error::Json)
}

fn query<Q: Serialize>(request: &Q) -> Result<String> {
    let value = serde_json::to_value(request).map_err(Error::Json)?;
    let pairs = value.as_object().into_iter().flatten();
    Ok(pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
}

fn check(answer: &[u8]) -> Result<()> {
    let status: Status = serde_json::from_slice(answer).map_err(Error::Json)?;
    match status.errcode {
        0 => Ok(()),
        code => Err(Error::Api(code, status.errmsg)),
    }
}

fn decode<R: DeserializeOwned>(answer: &[u8]) -> Result<R> {
    check(answer)?;
    serde_json::from_slice(answer).map_err(Error::Json)
}

fn either<R: DeserializeOwned>(answer: Bytes) -> Result<Payload<R>> {
    if answer.starts_with(b"{") {
        decode(&answer).map(Payload::Json)
    } else {
        Ok(Payload::Bytes(answer))
    }
}

/// Values that are not on the wire what they are in Rust.
mod wire {
    pub mod bool01 {
        use serde::{Deserialize, Deserializer, Serializer};

        pub fn serialize<S: Serializer>(value: &bool, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u8((*value).into())
        }
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
            Ok(u8::deserialize(deserializer)? != 0)
        }
    }

    pub mod bool01_option {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<S: Serializer>(value: &Option<bool>, serializer: S) -> Result<S::Ok, S::Error> {
            value.map(u8::from).serialize(serializer)
        }
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
            Ok(Option::<u8>::deserialize(deserializer)?.map(|value| value != 0))
        }
    }

    #[allow(dead_code)]
    pub mod text {
        use std::fmt::Display;
        use std::str::FromStr;

        use serde::{de::Error, Deserialize, Deserializer, Serializer};

        pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(value)
        }
        pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
            String::deserialize(deserializer)?.parse().map_err(|_| D::Error::custom("not a number"))
        }
    }

    #[allow(dead_code)]
    pub mod text_option {
        use std::fmt::Display;
        use std::str::FromStr;

        use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
            value.as_ref().map(T::to_string).serialize(serializer)
        }
        pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| text.parse().map_err(|_| D::Error::custom("not a number"))).transpose()
        }
    }

    #[allow(dead_code)]
    pub mod json {
        use serde::de::{DeserializeOwned, Error as _};
        use serde::ser::Error as _;
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
        }
        pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
            serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
        }
    }

    #[allow(dead_code)]
    pub mod json_option {
        use serde::de::{DeserializeOwned, Error as _};
        use serde::ser::Error as _;
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
            let text = value.as_ref().map(serde_json::to_string).transpose().map_err(S::Error::custom)?;
            text.serialize(serializer)
        }
        pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<T>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| serde_json::from_str(&text).map_err(D::Error::custom)).transpose()
        }
    }

    #[allow(dead_code)]
    pub mod many {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Many<T> {
            List(Vec<T>),
            One(T),
        }

        pub fn serialize<T: Serialize, S: Serializer>(value: &[T], serializer: S) -> Result<S::Ok, S::Error> {
            value.serialize(serializer)
        }
        pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
            Ok(match Many::deserialize(deserializer)? {
                Many::List(list) => list,
                Many::One(one) => vec![one],
            })
        }
    }
}
