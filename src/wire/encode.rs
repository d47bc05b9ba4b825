//! The first stage of a call: from an endpoint, its fields and a token to an HTTP request.
//! How fields are written stands in `record`; what carries the request, in `transport.rs`.

use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderValue, CONTENT_LENGTH, CONTENT_TYPE};
use http::uri::{PathAndQuery, Uri};
use serde_json::Value;

use crate::endpoint::meta::{Body, Fixed, FixedLocation, FixedValue, Meta, Method};
use crate::error::{Error, Result};
use crate::record::part::PartValue;
use crate::record::query::push_pair;
use crate::record::{self, Constant, ConstantValue, Location, Record};
use crate::wire::hosts::Hosts;
use crate::wire::transport::{OwnConnection, RequestBody};
use crate::wire::upload::{self, Activity, Upload, CHUNK};

/// Writes the requests of one account.
pub(crate) struct Encoder {
    pub(crate) app_id: String,
    pub(crate) secret: String,
    pub(crate) hosts: Hosts,
}

/// A request that can be sent once. To send it again, it is made again: a repeat carries the new token, and a file
/// is opened again.
pub(crate) struct Encoded {
    pub(crate) request: http::Request<RequestBody>,
    /// Of an upload: how it gets on. Dropping it cancels what is still to be sent.
    pub(crate) activity: Option<Activity>,
}

/// What is called without a description.
pub(crate) struct RawCall {
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
}

impl Encoder {
    /// The request of an endpoint. Files are opened, and refused if need be, before it returns; each may take as long
    /// as `idle`.
    pub(crate) async fn encode(
        &self,
        meta: &Meta,
        request: &dyn Record,
        token: Option<&str>,
        idle: Duration,
    ) -> Result<Encoded> {
        match meta.body_kind() {
            Body::None | Body::Json => {
                Ok(Encoded { request: self.plain(meta, request, token)?, activity: None })
            }
            Body::Multipart => {
                let parts = record::parts(request, Location::Part)?;
                let target = self.target(meta, token, request)?;
                if parts.is_empty() {
                    return self.built(meta, target, None, RequestBody::empty());
                }
                self.uploaded(meta, target, upload::multipart(&parts, idle).await?, None)
            }
            Body::Raw => self.single(meta, request, token, idle).await,
        }
    }

    /// The request of an endpoint that takes no file.
    pub(crate) fn plain(
        &self,
        meta: &Meta,
        request: &dyn Record,
        token: Option<&str>,
    ) -> Result<http::Request<RequestBody>> {
        let target = self.target(meta, token, request)?;
        let built = match meta.body_kind() {
            Body::Json => {
                let body = record::body_json(request, &self.constants(meta)?)?;
                self.built(meta, target, Some(JSON), body.into())
            }
            _ => self.built(meta, target, None, RequestBody::empty()),
        };
        Ok(built?.request)
    }

    /// A request whose body is one value.
    async fn single(
        &self,
        meta: &Meta,
        request: &dyn Record,
        token: Option<&str>,
        idle: Duration,
    ) -> Result<Encoded> {
        let described = Some(meta.content_type).filter(|content_type| !content_type.is_empty());
        let target = self.target(meta, token, request)?;
        match record::parts(request, Location::Raw)?.into_iter().next().map(|part| part.value) {
            Some(PartValue::File(file)) => {
                let content_type = file.explicit_content_type().or(described);
                self.uploaded(meta, target, upload::raw(&file, idle).await?, content_type)
            }
            Some(PartValue::Text(text)) => {
                let content_type = header(described.unwrap_or("text/plain; charset=utf-8"))?;
                self.built(meta, target, Some(content_type), text.into())
            }
            None => self.built(meta, target, Some(JSON), Bytes::new().into()),
        }
    }

    /// A call without a description.
    pub(crate) fn raw(&self, meta: &Meta, call: &RawCall, token: Option<&str>) -> Result<Encoded> {
        let RawCall { path, query, body } = call;
        if !path.starts_with('/')
            || !path.bytes().all(|byte| byte.is_ascii_graphic())
            || path.contains(['?', '#'])
        {
            return Err(Error::config(format!(
                "{path:?} is not a path: it begins with `/` and holds no query"
            )));
        }
        let mut target = format!("{}{path}?", self.hosts.get(meta.host).path);
        if let Some(token) = token {
            push_pair(&mut target, "access_token", token);
        }
        for (name, value) in query {
            push_pair(&mut target, name, value);
        }
        let body = body.as_ref().map(serde_json::to_vec).transpose();
        let body =
            body.map_err(|error| Error::config("the body can't be written as JSON").with_source(error))?;
        match body {
            Some(body) => self.built(meta, target, Some(JSON), body.into()),
            None => self.built(meta, target, None, RequestBody::empty()),
        }
    }

    fn uploaded(
        &self,
        meta: &Meta,
        target: String,
        upload: Upload,
        content_type: Option<&str>,
    ) -> Result<Encoded> {
        let content_type = header(content_type.unwrap_or(&upload.content_type))?;
        let mut encoded = self.built(meta, target, Some(content_type), RequestBody::upload(upload.body))?;
        encoded.request.headers_mut().insert(CONTENT_LENGTH, upload.length.into());
        // What fits into one piece is out before a server can answer early.
        if upload.length > CHUNK as u64 {
            encoded.request.extensions_mut().insert(OwnConnection);
        }
        encoded.activity = Some(upload.activity);
        Ok(encoded)
    }

    /// The request for a path and query on the endpoint's host.
    fn built(
        &self,
        meta: &Meta,
        target: String,
        content_type: Option<HeaderValue>,
        body: RequestBody,
    ) -> Result<Encoded> {
        let base = self.hosts.get(meta.host);
        let target = PathAndQuery::from_maybe_shared(Bytes::from(target))
            .map_err(|_| Error::config("the path of the call can't stand in a URL"))?;
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(base.scheme.clone());
        parts.authority = Some(base.authority.clone());
        parts.path_and_query = Some(target);
        let uri =
            Uri::from_parts(parts).map_err(|_| Error::config("the address of the call is not a URL"))?;
        let mut request = http::Request::new(body);
        *request.uri_mut() = uri;
        *request.method_mut() = match meta.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        if let Some(content_type) = content_type {
            request.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        Ok(Encoded { request, activity: None })
    }

    /// Path and query of a call; the access token, if there is one, comes first in the query.
    fn target(&self, meta: &Meta, token: Option<&str>, request: &dyn Record) -> Result<String> {
        let mut target = String::with_capacity(256);
        target.push_str(&self.hosts.get(meta.host).path);
        self.push_target(meta, token, request, &mut target)?;
        Ok(target)
    }

    fn push_target(
        &self,
        meta: &Meta,
        token: Option<&str>,
        request: &dyn Record,
        out: &mut String,
    ) -> Result<()> {
        out.push_str(meta.path);
        out.push('?');
        if let Some(token) = token {
            push_pair(out, "access_token", token);
        }
        let fixed = meta.fixed.iter().filter(|fixed| fixed.location == FixedLocation::Query);
        let fixed: Vec<(&str, &str, String)> =
            fixed.map(|fixed| Ok((fixed.after, fixed.name, self.text(fixed)?))).collect::<Result<_>>()?;
        record::query(request, &fixed, out)?;
        if out.ends_with('?') {
            out.pop();
        }
        Ok(())
    }

    /// The URL of an endpoint behind a base URL.
    pub(crate) fn url_at(&self, base: &str, meta: &Meta, request: &dyn Record) -> Result<String> {
        let mut url = base.to_owned();
        self.push_target(meta, None, request, &mut url)?;
        Ok(url)
    }

    /// The constants of a JSON body.
    pub(crate) fn constants<'a>(&'a self, meta: &Meta) -> Result<Vec<Constant<'a>>> {
        let fixed = meta.fixed.iter().filter(|fixed| fixed.location == FixedLocation::Body);
        fixed
            .map(|fixed| {
                let value = match fixed.value {
                    FixedValue::Text(text) => ConstantValue::Text(text),
                    FixedValue::Integer(value) => ConstantValue::Integer(value),
                    FixedValue::Bool(value) => ConstantValue::Bool(value),
                    FixedValue::AppId => ConstantValue::Text(&self.app_id),
                    FixedValue::Secret => ConstantValue::Text(self.secret()?),
                };
                Ok(Constant { after: fixed.after, name: fixed.name, value })
            })
            .collect()
    }

    /// The text of a constant, for a query.
    fn text(&self, fixed: &Fixed) -> Result<String> {
        Ok(match fixed.value {
            FixedValue::Text(text) => text.to_owned(),
            FixedValue::Integer(value) => value.to_string(),
            FixedValue::Bool(value) => value.to_string(),
            FixedValue::AppId => self.app_id.clone(),
            FixedValue::Secret => self.secret()?.to_owned(),
        })
    }

    /// The secret, for the calls that carry it.
    fn secret(&self) -> Result<&str> {
        if self.secret.is_empty() {
            return Err(Error::config(
                "this call carries the account's secret, and the client was built without one",
            ));
        }
        Ok(&self.secret)
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn header(content_type: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(content_type)
        .map_err(|_| Error::config("the content type of the body is not valid"))
}
