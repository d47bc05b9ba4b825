//! What all calls of a client share and no token needs: HTTP, hosts, credentials, limits.
//! It knows no token, so that the sources of tokens can use it too.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::meta::{Fixed, FixedPlace, FixedValue, Host, Meta};
use crate::record::{self, Record};
use crate::wire::query::push_pair;

pub(crate) struct Account {
    pub(crate) http: reqwest::Client,
    pub(crate) app_id: String,
    pub(crate) secret: String,
    pub(crate) hosts: Hosts,
    pub(crate) timeouts: Timeouts,
    pub(crate) retries: u32,
    pub(crate) json_limit: usize,
}

impl Account {
    /// The text of a fixed value, for a query.
    fn fixed_text(&self, fixed: &Fixed) -> Result<String> {
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

    /// The fixed values of a JSON body.
    pub(crate) fn fixed_body<'a>(&'a self, meta: &Meta) -> Result<Vec<record::Constant<'a>>> {
        let fixed = meta.fixed.iter().filter(|fixed| fixed.place == FixedPlace::Body);
        fixed
            .map(|fixed| {
                let value = match fixed.value {
                    FixedValue::Text(text) => record::ConstantValue::Text(text),
                    FixedValue::Integer(value) => record::ConstantValue::Integer(value),
                    FixedValue::Bool(value) => record::ConstantValue::Bool(value),
                    FixedValue::AppId => record::ConstantValue::Text(&self.app_id),
                    FixedValue::Secret => record::ConstantValue::Text(self.secret()?),
                };
                Ok(record::Constant { after: fixed.after, name: fixed.name, value })
            })
            .collect()
    }

    /// The URL of a call; the access token, if there is one, comes first in its query.
    pub(crate) fn url(&self, meta: &Meta, token: Option<&str>, request: &dyn Record) -> Result<String> {
        self.url_at(self.hosts.get(meta.host), meta, token, request)
    }

    /// The same with another base URL.
    pub(super) fn url_at(
        &self,
        base: &str,
        meta: &Meta,
        token: Option<&str>,
        request: &dyn Record,
    ) -> Result<String> {
        let mut url = String::with_capacity(256);
        url.push_str(base);
        url.push_str(meta.path);
        url.push('?');
        if let Some(token) = token {
            push_pair(&mut url, "access_token", token);
        }
        let fixed = meta.fixed.iter().filter(|fixed| fixed.place == FixedPlace::Query);
        let fixed: Vec<(&str, &str, String)> = fixed
            .map(|fixed| Ok((fixed.after, fixed.name, self.fixed_text(fixed)?)))
            .collect::<Result<_>>()?;
        record::query(request, &fixed, &mut url)?;
        if url.ends_with('?') {
            url.pop();
        }
        Ok(url)
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    /// The whole of a JSON call.
    pub(crate) call: Duration,
    /// How long nothing may move in a transfer.
    pub(crate) idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(30),
            idle: Duration::from_secs(30),
        }
    }
}

/// The base URL of each host, without a slash at its end.
#[derive(Clone)]
pub(crate) struct Hosts {
    api: String,
    mp: String,
    open: String,
    /// What a browser opens instead of the platform's own hosts.
    browser: Option<String>,
}

fn official(host: Host) -> &'static str {
    match host {
        Host::Api => "https://api.weixin.qq.com",
        Host::Mp => "https://mp.weixin.qq.com",
        Host::Open => "https://open.weixin.qq.com",
    }
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            api: official(Host::Api).to_owned(),
            mp: official(Host::Mp).to_owned(),
            open: official(Host::Open).to_owned(),
            browser: None,
        }
    }
}

impl Hosts {
    pub(crate) fn set(&mut self, host: Host, url: String) {
        let place = match host {
            Host::Api => &mut self.api,
            Host::Mp => &mut self.mp,
            Host::Open => &mut self.open,
        };
        *place = url;
    }

    pub(crate) fn set_browser(&mut self, url: String) {
        self.browser = Some(url);
    }

    /// Where a browser finds this host: never a gateway that only calls are sent to.
    pub(crate) fn browser(&self, host: Host) -> &str {
        self.browser.as_deref().unwrap_or(official(host))
    }

    pub(crate) fn get(&self, host: Host) -> &str {
        match host {
            Host::Api => &self.api,
            Host::Mp => &self.mp,
            Host::Open => &self.open,
        }
    }

    /// Refuses what is no base URL, and takes off slashes at the end.
    pub(crate) fn checked(mut self) -> Result<Self> {
        for url in [&mut self.api, &mut self.mp, &mut self.open].into_iter().chain(&mut self.browser) {
            url.truncate(url.trim_end_matches('/').len());
            let parsed = reqwest::Url::parse(url)
                .map_err(|error| Error::config(format!("`{}` is not a URL: {error}", shown(url))))?;
            if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
                let message = format!("`{}` is not a URL of a web server (https://…)", shown(url));
                return Err(Error::config(message));
            }
            if parsed.query().is_some() || parsed.fragment().is_some() {
                return Err(Error::config("a base URL holds neither a query nor a fragment"));
            }
        }
        Ok(self)
    }
}

/// What of a base URL may stand in an error: neither a password nor a query.
fn shown(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let begin = url.rfind('@').map_or(0, |at| at + 1);
    url.get(begin..end).unwrap_or_default()
}

/// reqwest's builder with the TLS of this crate.
pub(crate) fn http_builder() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().user_agent(concat!("weixin/", env!("CARGO_PKG_VERSION")));
    #[cfg(feature = "rustls")]
    let builder = match tls() {
        Some(tls) => builder.tls_backend_preconfigured(tls),
        None => builder,
    };
    builder
}

/// rustls with ring and Mozilla's roots: works on a machine that has neither certificates nor a provider.
#[cfg(feature = "rustls")]
fn tls() -> Option<rustls::ClientConfig> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(config)
}

/// A builder of the user's own brings no TLS of this crate: give rustls a provider, so that it can't panic for
/// the lack of one.
pub(crate) fn install_crypto() {
    #[cfg(feature = "rustls")]
    {
        // An error means that the program has chosen one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

pub(crate) fn http_client(
    builder: Option<reqwest::ClientBuilder>,
    connect: Duration,
) -> Result<reqwest::Client> {
    builder
        .unwrap_or_else(http_builder)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(connect)
        .build()
        .map_err(Error::http)
}
