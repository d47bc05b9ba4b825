//! Checks each example of the spec against the fields that it is an example of, as strictly as the platform
//! would. Whether the crate writes exactly these bytes is for the tests; here they must at least make sense.

mod event;
mod form;
mod shape;
mod value;
pub mod xml;

use std::collections::BTreeSet;

use super::json::{self, Json, Value};
use crate::spec::diagnostic::Diagnostics;
use crate::spec::index::{Index, Kind};
use crate::spec::model::{
    At, Endpoint, Envelope, Example, Field, Method, Response, Returns, SourceFile, Span, Spec,
};
use crate::spec::parse::Parsed;

/// The account of all examples.
const APP_ID: &str = "wx_appid";
const SECRET: &str = "app_secret";

/// Checks all examples; each mistake is noted, none ends the check.
pub fn check(parsed: &Parsed, out: &mut Diagnostics) {
    // With half of the spec unread, nothing fits anything.
    if !parsed.is_whole() {
        return;
    }
    let index = Index::new(&parsed.spec);
    let mut check = Check { spec: &parsed.spec, index, unsound: &parsed.unsound, out };
    let sound = |name: &At<String>| !parsed.unsound.contains(&name.value);
    for area in &parsed.spec.areas {
        for endpoint in area.endpoints.iter().filter(|endpoint| sound(&endpoint.name)) {
            for example in &endpoint.examples {
                check.request(endpoint, example);
                check.answer(endpoint, example);
            }
        }
        for event in area.events.iter().chain(&area.replies).filter(|event| sound(&event.ty)) {
            for example in &event.examples {
                check.event(event, example);
            }
        }
    }
}

struct Check<'s, 'o> {
    spec: &'s Spec,
    index: Index<'s>,
    unsound: &'s BTreeSet<String>,
    out: &'o mut Diagnostics,
}

/// Which way a value travels, and how much of it must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// Everything required, in the order in which it is written.
    Request,
    /// Everything that is always there, in any order.
    Answer,
    /// An answer with an error code, which may lack anything.
    Failure,
}

/// Where the parts of a text stand.
#[derive(Clone, Copy)]
enum Places<'s> {
    /// In a TOML string of this file.
    In(&'s SourceFile, &'s At<String>),
    /// Too deep in strings within strings to be followed.
    At(Span),
}

impl Places<'_> {
    fn span(&self, offset: usize) -> Span {
        match self {
            Self::In(file, text) => file.within(text, offset),
            Self::At(span) => *span,
        }
    }
}

impl<'s> Check<'s, '_> {
    fn error(&mut self, places: Places, offset: usize, message: impl Into<String>) {
        self.out.error(places.span(offset), message);
    }

    fn places(&self, text: &'s At<String>) -> Places<'s> {
        self.spec.files.get(text.span.file).map_or(Places::At(text.span), |file| Places::In(file, text))
    }

    /// Whether a thing could be read in full; if not, that is reported, and its examples are left alone.
    fn is_sound(&self, name: &str) -> bool {
        !self.unsound.contains(name)
    }

    /// Reads JSON and reports what is none.
    fn json(&mut self, text: &str, places: Places) -> Option<Json> {
        let document = json::read(text);
        for error in document.errors {
            self.error(places, error.offset, error.message);
        }
        document.root
    }

    fn request(&mut self, endpoint: &'s Endpoint, example: &'s Example) {
        let browser = endpoint.method == Method::Browser;
        match (&example.url, browser) {
            (Some(url), true) => self.url(endpoint, url),
            (Some(url), false) => self.out.error(url.span, "`url` is for BROWSER endpoints; give `query`"),
            (None, true) => self.out.error(example.span, "the example lacks `url`"),
            (None, false) => {}
        }
        if browser {
            if let Some(query) = &example.query {
                self.out.error(query.span, "`query` is part of `url` here");
            }
        } else {
            self.query(endpoint, example);
        }
        let has_body = endpoint.method == Method::Post && endpoint.parts.is_none() && endpoint.raw.is_none();
        let fields = endpoint.body.as_deref().unwrap_or_default();
        match &example.body {
            Some(text) if has_body => {
                let places = self.places(text);
                self.body(text, fields, places);
            }
            Some(text) => self.out.error(text.span, "the endpoint has no `body`"),
            None if has_body && !fields.is_empty() => {
                self.out.error(example.span, "the example lacks `body`")
            }
            None => {}
        }
        match &endpoint.parts {
            Some(fields) => self.parts(fields, example),
            None if !example.parts.is_empty() => self.out.error(example.span, "the endpoint has no `parts`"),
            None => {}
        }
        match (&example.raw, &endpoint.raw) {
            (Some(raw), None) => self.out.error(raw.span, "the endpoint has no `raw`"),
            (None, Some(_)) => self.out.error(example.span, "the example lacks `raw`"),
            _ => {}
        }
    }

    fn body(&mut self, text: &'s At<String>, fields: &'s [Field], places: Places) {
        for offset in json::read(&text.value).escapes {
            self.error(places, offset, "a request writes this character as it is, without an escape");
        }
        if let Some(json) = self.json(&text.value, places) {
            self.object(&json, fields, Side::Request, places, &[]);
        }
    }

    fn answer(&mut self, endpoint: &'s Endpoint, example: &'s Example) {
        let browser = endpoint.method == Method::Browser;
        if let Some(download) = &example.download {
            if browser || endpoint.returns == Returns::Json {
                self.out.error(download.span, "the endpoint answers no bytes: `download` says nothing");
            }
            match (&download.text, &download.base64) {
                (Some(_), None) => {}
                (None, Some(base64)) => {
                    if !is_base64(base64) {
                        self.out.error(
                            download.span,
                            "`base64` is no base64: A–Z, a–z, 0–9, `+`, `/`, padded by `=`",
                        );
                    }
                }
                _ => self.out.error(download.span, "a download gives its bytes as `text` or as `base64`"),
            }
        }
        match (&example.response, &example.download) {
            (Some(response), Some(_)) => {
                self.out.error(
                    response.span,
                    "`response` and `download` exclude each other: one example shows one answer",
                );
            }
            (Some(response), None) if browser => {
                self.out.error(response.span, "a BROWSER URL is never called: `response` says nothing");
            }
            (Some(response), None) => self.response(endpoint, response),
            (None, None) if !browser => {
                let due = match endpoint.returns {
                    Returns::Json => "`response`",
                    Returns::Binary => "`download`",
                    Returns::Either => "`response` or `download`",
                };
                self.out.error(example.span, format!("the example lacks {due}"));
            }
            _ => {}
        }
    }

    fn response(&mut self, endpoint: &'s Endpoint, text: &'s At<String>) {
        let places = self.places(text);
        let Some(json) = self.json(&text.value, places) else { return };
        let failed = self.envelope(endpoint.envelope, &json, places);
        if endpoint.returns == Returns::Binary && !failed {
            self.out
                .error(text.span, "the endpoint answers bytes: `response` shows an error, with an `errcode`");
            return;
        }
        let watched: &[&str] = match endpoint.envelope {
            Envelope::Errcode => &["errcode", "errmsg"],
            Envelope::BaseResp => &["errcode", "errmsg", "base_resp"],
        };
        let side = if failed { Side::Failure } else { Side::Answer };
        match &endpoint.response {
            Response::Missing => self.object(&json, &[], side, places, watched),
            Response::Fields(fields) => self.object(&json, fields, side, places, watched),
            Response::Named(name) => match self.index.get(&name.value).map(|described| described.kind) {
                Some(_) if !self.is_sound(&name.value) => {}
                Some(Kind::Object(object)) => self.object(&json, &object.fields, side, places, watched),
                Some(Kind::Union(union)) => self.union(&json, union, side, places, watched),
                Some(Kind::Enum(_)) | None => {}
            },
        }
    }

    /// Checks what is watched for in every answer; tells whether it reports an error.
    fn envelope(&mut self, envelope: Envelope, json: &Json, places: Places) -> bool {
        let mut failed = false;
        let mut code = |check: &mut Self, json: Option<&Json>| {
            let Some(json) = json else { return };
            match &json.value {
                Value::Number(number) if number.parse::<i64>().is_ok() => failed |= number != "0",
                _ => check.error(
                    places,
                    json.span.start,
                    format!("an error code is an integer, not {}", json.kind()),
                ),
            }
        };
        code(self, json.get("errcode"));
        let base = json.get("base_resp").filter(|_| envelope == Envelope::BaseResp);
        code(self, base.and_then(|base| base.get("ret")));
        let messages = [json.get("errmsg"), base.and_then(|base| base.get("err_msg"))];
        for message in messages.into_iter().flatten() {
            if !matches!(message.value, Value::Text(_)) {
                let text = format!("an error message is text, not {}", message.kind());
                self.error(places, message.span.start, text);
            }
        }
        if let Some(Json { value: Value::Object(members), .. }) = base {
            for member in members.iter().filter(|member| !["ret", "err_msg"].contains(&member.key.as_str())) {
                self.error(places, member.place.start, format!("`base_resp` has no field `{}`", member.key));
            }
        }
        failed
    }
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    text.len().is_multiple_of(4)
        && padding <= 2
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}
