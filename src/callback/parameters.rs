//! What the platform puts into the query of a callback URL. Whether it is true is decided in `receiver.rs`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::error::{Error, ErrorKind, Result};

/// Real queries have about 250 bytes.
const LONGEST: usize = 4096;

/// The parameters that have a meaning; all others are the user's own.
#[derive(Default)]
pub(crate) struct Parameters<'a> {
    pub(crate) signature: Option<Cow<'a, str>>,
    pub(crate) timestamp: Option<Cow<'a, str>>,
    pub(crate) nonce: Option<Cow<'a, str>>,
    pub(crate) echostr: Option<Cow<'a, str>>,
    pub(crate) encrypt_type: Option<Cow<'a, str>>,
    pub(crate) msg_signature: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    /// Reads a query, without its question mark.
    pub(crate) fn read(query: &'a str) -> Result<Self> {
        if query.len() > LONGEST {
            return Err(Error::new(ErrorKind::TooLarge, "the query of the push is too long"));
        }
        let mut parameters = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match name {
                "signature" => &mut parameters.signature,
                "timestamp" => &mut parameters.timestamp,
                "nonce" => &mut parameters.nonce,
                "echostr" => &mut parameters.echostr,
                "encrypt_type" => &mut parameters.encrypt_type,
                "msg_signature" => &mut parameters.msg_signature,
                _ => continue,
            };
            // Nobody shall sign one value and have another one used.
            if place.is_some() {
                return Err(Error::new(ErrorKind::Untrusted, "a parameter of the push comes twice"));
            }
            let value = decode(value)
                .ok_or_else(|| Error::new(ErrorKind::Untrusted, "a parameter of the push is not UTF-8"))?;
            *place = Some(value);
        }
        Ok(parameters)
    }
}

fn decode(value: &str) -> Option<Cow<'_, str>> {
    if value.contains('+') {
        let spaced = value.replace('+', " ");
        return Some(Cow::Owned(percent_decode_str(&spaced).decode_utf8().ok()?.into_owned()));
    }
    percent_decode_str(value).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn reads_what_it_knows() {
        let query = "x=1&signature=ab&timestamp=17&nonce=4%31&echostr=a%2Bb+c&openid=o&empty";
        let parameters = Parameters::read(query).expect("a query");
        assert_eq!(parameters.signature.as_deref(), Some("ab"));
        assert_eq!(parameters.timestamp.as_deref(), Some("17"));
        assert_eq!(parameters.nonce.as_deref(), Some("41"));
        assert_eq!(parameters.echostr.as_deref(), Some("a+b c"));
        assert!(parameters.encrypt_type.is_none() && parameters.msg_signature.is_none());
        assert!(Parameters::read("").expect("an empty query").nonce.is_none());
    }

    #[test]
    fn refuses_what_is_ambiguous_or_broken() {
        for query in ["nonce=1&nonce=1", "nonce=1&nonce=2", "echostr=%ff", "echostr=%ff+f", &"n".repeat(5000)]
        {
            assert!(Parameters::read(query).is_err(), "{query}");
        }
    }
}
