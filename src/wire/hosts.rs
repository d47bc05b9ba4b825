//! Where the platform's hosts are: the base URL of each, checked and parsed once.
//! Which host an endpoint belongs to is said by its `Meta`.

use http::uri::{Authority, Scheme};
use url::{Position, Url};

use crate::endpoint::meta::Host;
use crate::error::{Error, Result};

/// The base URL of each host.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    api: Base,
    mp: Base,
    open: Base,
    /// What a browser opens instead of the platform's own hosts.
    browser: Option<Base>,
}

/// A base URL, which may hold a path.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// The whole, without a slash at its end.
    url: String,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// The path, without a slash at its end.
    pub(crate) path: String,
}

impl Hosts {
    /// The hosts at these addresses, or at the platform's own.
    pub(crate) fn new(address: impl Fn(Host) -> Option<String>, browser: Option<&str>) -> Result<Self> {
        let base = |host| match address(host) {
            Some(url) => Base::new(&url),
            None => Base::new(official(host)),
        };
        let browser = browser.map(Base::new).transpose()?;
        Ok(Self { api: base(Host::Api)?, mp: base(Host::Mp)?, open: base(Host::Open)?, browser })
    }

    /// Where a browser finds this host: never a gateway that only calls are sent to.
    pub(crate) fn browser(&self, host: Host) -> &str {
        self.browser.as_ref().map_or(official(host), |base| &base.url)
    }

    pub(crate) fn get(&self, host: Host) -> &Base {
        match host {
            Host::Api => &self.api,
            Host::Mp => &self.mp,
            Host::Open => &self.open,
        }
    }
}

fn official(host: Host) -> &'static str {
    match host {
        Host::Api => "https://api.weixin.qq.com",
        Host::Mp => "https://mp.weixin.qq.com",
        Host::Open => "https://open.weixin.qq.com",
    }
}

impl Base {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn new(url: &str) -> Result<Self> {
        let url = url.trim_end_matches('/');
        let shown = without_credentials(url);
        let parsed =
            Url::parse(url).map_err(|error| Error::config(format!("`{shown}` is not a URL: {error}")))?;
        let scheme = match parsed.scheme() {
            "http" if parsed.has_host() => Scheme::HTTP,
            "https" if parsed.has_host() => Scheme::HTTPS,
            _ => return Err(Error::config(format!("`{shown}` is not a URL of a web server (https://…)"))),
        };
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(Error::config("a base URL holds neither a query nor a fragment"));
        }
        let authority = parsed[Position::BeforeUsername..Position::AfterPort].parse();
        let authority = authority
            .map_err(|error| Error::config(format!("`{shown}` is not a URL of a web server: {error}")))?;
        let path = parsed.path().trim_end_matches('/').to_owned();
        Ok(Self { url: url.to_owned(), scheme, authority, path })
    }
}

/// The address as an error may show it: without a user's name and password, and without a query.
fn without_credentials(url: &str) -> String {
    let (head, rest) = match url.rfind('@') {
        None => (String::new(), url),
        Some(at) => {
            let scheme =
                url.find("//").filter(|slashes| *slashes < at).and_then(|slashes| url.get(..slashes + 2));
            (format!("{}***", scheme.unwrap_or_default()), url.get(at..).unwrap_or_default())
        }
    };
    let shown = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{head}{shown}")
}
