//! Which proxy requests go through: one that is set, those of the environment, or none. Whatever can't be used is an
//! error: a request that ought to go through a proxy never goes past it.
//! How the proxy is spoken to is the transport's business.

use std::ffi::OsString;
use std::fmt;

use http::Uri;

use crate::error::{Error, Result};

/// The way that requests take.
#[derive(Clone)]
pub(crate) enum Route {
    Direct,
    /// All through this proxy.
    Through(String),
    Environment(Environment),
}

/// What the environment says. Empty where it says nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) all: String,
    pub(crate) http: String,
    pub(crate) https: String,
    pub(crate) no: String,
    /// A web server runs this program.
    pub(crate) cgi: bool,
}

/// Nothing of it, since a URL may hold a password.
impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "Direct",
            Self::Through(_) => "Through(***)",
            Self::Environment(_) => "Environment(***)",
        })
    }
}

impl Route {
    pub(super) fn through(url: &str, socks: bool) -> Result<Self> {
        match unusable(url, socks) {
            None => Ok(Self::Through(url.to_owned())),
            Some(problem) => Err(Error::config(format!("what `proxy` was given {problem}"))),
        }
    }

    pub(super) fn of_environment(socks: bool) -> Result<Self> {
        let environment = Environment::read(&|name| std::env::var_os(name), socks)?;
        Ok(if environment.is_empty() { Self::Direct } else { Self::Environment(environment) })
    }
}

impl Environment {
    /// Reads the variables that curl reads too. What can't be used is refused, and not taken for none.
    fn read(variable: &dyn Fn(&str) -> Option<OsString>, socks: bool) -> Result<Self> {
        // A server that runs CGI programs makes `HTTP_PROXY` out of a header of its visitor.
        let cgi = variable("REQUEST_METHOD").is_some();
        let first = |names: [&'static str; 2]| {
            let names = names.into_iter().filter(|name| !(cgi && *name == "HTTP_PROXY"));
            let found = names.into_iter().find_map(|name| Some((name, variable(name)?)));
            found
                .map(|(name, value)| Ok((name, value.into_string().map_err(|_| of_use(name, NO_URL))?)))
                .transpose()
        };
        let proxy = |names| match first(names)? {
            None => Ok(String::new()),
            Some((_, value)) if value.is_empty() => Ok(value),
            Some((name, value)) => match unusable(&value, socks) {
                None => Ok(value),
                Some(problem) => Err(of_use(name, problem)),
            },
        };
        Ok(Self {
            all: proxy(["ALL_PROXY", "all_proxy"])?,
            http: proxy(["HTTP_PROXY", "http_proxy"])?,
            https: proxy(["HTTPS_PROXY", "https_proxy"])?,
            no: first(["NO_PROXY", "no_proxy"])?.map(|(_, value)| value).unwrap_or_default(),
            cgi,
        })
    }

    fn is_empty(&self) -> bool {
        self.all.is_empty() && self.http.is_empty() && self.https.is_empty()
    }
}

fn of_use(name: &str, problem: &str) -> Error {
    Error::config(format!(
        "the environment variable `{name}` {problem}. Correct it, or say `proxy` or `no_proxy` when the client is built"
    ))
}

const NO_URL: &str = "is not the URL of a proxy, like http://proxy.example:3128";
const NO_HTTP: &str = "is the URL of a proxy that speaks no HTTP: it must begin with http:// or https://";
const NO_SOCKS: &str =
    "is the URL of a SOCKS proxy, which only the transport `reqwest` can use, with reqwest's own \
                        feature `socks`: give one that speaks HTTP";

/// What keeps a proxy from being used, if anything does. The URL itself is not repeated: it may hold a password.
fn unusable(url: &str, socks: bool) -> Option<&'static str> {
    let Ok(uri) = url.parse::<Uri>() else { return Some(NO_URL) };
    if uri.host().unwrap_or_default().is_empty() {
        return Some(NO_URL);
    }
    match uri.scheme_str() {
        None | Some("http" | "https") => None,
        Some("socks4" | "socks4a" | "socks5" | "socks5h") => (!socks).then_some(NO_SOCKS),
        Some(_) => Some(NO_HTTP),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], socks: bool) -> Result<Environment> {
        let value =
            |name: &str| variables.iter().find(|(its, _)| *its == name).map(|(_, value)| value.into());
        Environment::read(&value, socks)
    }

    #[test]
    fn what_the_environment_says() {
        let all = [
            ("HTTPS_PROXY", "http://a.example:1"),
            ("http_proxy", "b.example:2"),
            ("ALL_PROXY", "https://user:pass@c.example"),
            ("NO_PROXY", "localhost, 10.0.0.0/8"),
        ];
        let due = Environment {
            all: "https://user:pass@c.example".to_owned(),
            http: "b.example:2".to_owned(),
            https: "http://a.example:1".to_owned(),
            no: "localhost, 10.0.0.0/8".to_owned(),
            cgi: false,
        };
        assert!(read(&all, false).unwrap() == due);
        // As curl has it, capitals go before, even to say that there is none.
        let both = [("HTTPS_PROXY", ""), ("https_proxy", "http://a.example")];
        assert!(read(&both, false).unwrap().is_empty());
        assert!(read(&[("NO_PROXY", "*")], false).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_not_repeated() {
        for (url, problem) in [
            ("http://user:s3cr3t@pro xy.example:3128", NO_URL),
            ("http://user:s3cr3t@", NO_URL),
            ("http://proxy.example:3128 ", NO_URL),
            ("/s3cr3t", NO_URL),
            ("htp://user:s3cr3t@proxy.example", NO_HTTP),
            ("socks5h://user:s3cr3t@proxy.example", NO_SOCKS),
        ] {
            for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
                let Err(error) = read(&[(name, url)], false) else { panic!("{name}={url} passes") };
                let said = format!("{error:?}");
                assert!(said.contains(&format!("`{name}` {problem}. Correct it")), "{said}");
                assert!(!said.contains("s3cr3t"), "{said}");
            }
            let Err(error) = Route::through(url, false) else { panic!("{url} passes") };
            assert_eq!(error.to_string(), format!("what `proxy` was given {problem}"));
        }
        assert!(read(&[("ALL_PROXY", "socks5://proxy.example:1080")], true).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_refused_too() {
        use std::os::unix::ffi::OsStringExt as _;
        let value = |name: &str| (name == "HTTPS_PROXY").then(|| OsString::from_vec(b"http://\xff".to_vec()));
        assert!(Environment::read(&value, false).is_err());
    }

    #[test]
    fn a_visitor_of_a_cgi_program_chooses_no_proxy() {
        let forged = [
            ("REQUEST_METHOD", "GET"),
            ("HTTP_PROXY", "http://forged.example"),
            ("http_proxy", "http://a.example"),
            ("HTTPS_PROXY", "http://b.example"),
        ];
        let read = read(&forged, false).unwrap();
        assert_eq!((&*read.http, &*read.https), ("http://a.example", "http://b.example"));
    }

    #[test]
    fn debug_shows_no_address() {
        for route in [
            Route::through("http://user:s3cr3t@proxy.example", false).unwrap(),
            Route::Environment(Environment { all: "s3cr3t".to_owned(), ..Environment::default() }),
        ] {
            assert!(!format!("{route:?}").contains("s3cr3t"));
        }
    }
}
