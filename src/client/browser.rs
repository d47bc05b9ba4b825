//! Addresses that a browser opens: where they lead, and where the browser is sent back to.
//! They are built and never called; what calls are sent to stands in `wire/hosts.rs`.

use super::account::Account;
use super::Client;
use crate::endpoint::meta::Meta;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::id::QrTicket;
use crate::qrcode::ShowQrcode;
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

impl Client {
    /// The address of a QR code's picture, for the `src` of an `<img>`. Nothing is called; the browser needs no token, and
    /// whoever knows the ticket may ask. [`show_qrcode`](Self::show_qrcode) downloads the same picture.
    ///
    /// ```
    /// # fn main() -> weixin::Result<()> {
    /// let client = weixin::Client::new("wx_appid", "app_secret")?;
    /// assert_eq!(
    ///     client.qrcode_url("gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9x==")?,
    ///     "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9x%3D%3D"
    /// );
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// None but that the ticket can't be written, which no ticket of the platform provokes.
    pub fn qrcode_url(&self, ticket: impl Into<QrTicket>) -> Result<String> {
        self.shared.account.browser_url(ShowQrcode::META, &ShowQrcode::new(ticket))
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
