//! Addresses that a browser opens: where they lead, and where the browser is sent back to.
//! They are built and never called; what calls are sent to stands in `wire/hosts.rs`.

use super::account::Account;
use crate::endpoint::meta::Meta;
use crate::error::{Error, Result};
use crate::record::Record;

/// The parameters that hold the page which a browser comes back to.
const RETURN: [&str; 2] = ["redirect_uri", "redirect_url"];

impl Account {
    /// A URL for a browser.
    pub(crate) fn browser_url(&self, meta: &Meta, request: &dyn Record) -> Result<String> {
        let encoder = &self.encoder;
        let mut url = encoder.url_at(encoder.hosts.browser(meta.host), meta, request)?;
        check(&url)?;
        if !meta.fragment.is_empty() {
            url.push('#');
            url.push_str(meta.fragment);
        }
        Ok(url)
    }
}

/// Refuses a way back that no browser could take. WeChat shows users an error page for it, and nothing to the program.
fn check(url: &str) -> Result<()> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = decoded_pairs(query).filter(|(name, _)| RETURN.contains(name));
    for (name, page) in pairs {
        if is_page(&page) {
            continue;
        }
        return Err(Error::config(if is_page(&decoded(&page)) {
            format!("`{name}` is percent-encoded already; pass the address as it is, it is encoded here")
        } else {
            format!("`{name}` must be the whole address of a page, with http:// or https://")
        }));
    }
    Ok(())
}

fn decoded_pairs(query: &str) -> impl Iterator<Item = (&str, String)> {
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, decoded(value)))
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn is_page(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
