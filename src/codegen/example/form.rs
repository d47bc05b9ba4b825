//! Checks examples that are not JSON: query strings, whole addresses, the parts of a form.
//! The texts in them are checked by `value`.

use std::borrow::Cow;

use super::value::fixed;
use super::{Check, Places, Side};
use crate::codegen::json::Value;
use crate::spec::diagnostic::Diagnostics;
use crate::spec::index::Kind;
use crate::spec::layout::{self, Choice, Due, Location, Message, Shown, Untold};
use crate::spec::model::{At, Endpoint, Example, Field, Host, Origin, Required, Type, Variant};
use crate::spec::naming;

/// A name and a value that an example has.
struct Given<'t> {
    name: String,
    value: String,
    /// Offsets of both in the text.
    at: (usize, usize),
    places: Places<'t>,
}

/// All that a query or a form of an example has.
struct Pairs<'g> {
    given: Vec<Given<'g>>,
    /// Keys of the form that are sent in the query.
    elsewhere: Vec<&'g str>,
    /// `query` or `parts`.
    what: &'static str,
    /// Where all of it begins.
    places: Places<'g>,
    start: usize,
}

/// Pairs that are laid out.
struct Form<'f, 'g, 'o> {
    pairs: &'f Pairs<'g>,
    out: &'o mut Diagnostics,
}

impl<'s> Check<'s, '_> {
    pub fn query(&mut self, endpoint: &'s Endpoint, example: &'s Example) {
        let required = endpoint.query.iter().any(|field| field.required != Required::No);
        let strays = layout::strays(&self.index, endpoint.parts.as_deref().unwrap_or_default());
        match &example.query {
            Some(text) => {
                let places = self.places(text);
                self.query_text(&text.value, 0, &endpoint.query, &strays, places);
            }
            None if required => self.out.error(example.span, "the example lacks `query`"),
            None => {}
        }
    }

    fn query_text(
        &mut self,
        text: &str,
        start: usize,
        fields: &'s [Field],
        strays: &[&'s Variant],
        places: Places,
    ) {
        let mut given = Vec::new();
        let mut at = start;
        for pair in text.split('&').filter(|_| !text.is_empty()) {
            let (name, value) = match pair.split_once('=') {
                Some(pair) => pair,
                None => {
                    self.error(places, at, format!("`{pair}` lacks its `=`"));
                    (pair, "")
                }
            };
            let value_at = at + name.len() + 1;
            let mut read = |raw: &str, at: usize| {
                let text = decode(raw);
                match &text {
                    Some(text) if encode(text) == raw => {}
                    Some(text) => {
                        self.error(places, at, format!("`{raw}` would be sent as `{}`", encode(text)))
                    }
                    None => self.error(places, at, format!("`{raw}` is not percent-encoded UTF-8")),
                }
                text
            };
            if let (Some(name), Some(value)) = (read(name, at), read(value, value_at)) {
                given.push(Given { name, value, at: (at, value_at), places });
            }
            at += pair.len() + 1;
        }
        let stray = |variant: &&'s Variant| {
            let due = Due::Payload(&variant.ty.as_ref()?.value, None);
            Some(Location { path: vec![&variant.key], due, required: false })
        };
        let strays = strays.iter().filter_map(stray).collect();
        let pairs = Pairs { given, elsewhere: Vec::new(), what: "query", places, start };
        self.pairs(&pairs, fields, strays);
    }

    /// The whole address of a BROWSER endpoint.
    pub fn url(&mut self, endpoint: &'s Endpoint, url: &'s At<String>) {
        let places = self.places(url);
        let host = match endpoint.host {
            Host::Api => "api.weixin.qq.com",
            Host::Mp => "mp.weixin.qq.com",
            Host::Open => "open.weixin.qq.com",
        };
        let base = format!("https://{host}{}", endpoint.path.value);
        let (address, fragment) = match url.value.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (url.value.as_str(), None),
        };
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        if path != base {
            self.error(places, 0, format!("the address begins with `{base}`"));
        } else {
            self.query_text(query, path.len() + 1, &endpoint.query, &[], places);
        }
        if fragment != endpoint.fragment.as_deref() {
            let message = match &endpoint.fragment {
                Some(due) => format!("the address ends with `#{due}`"),
                None => "the address has no `#`".to_owned(),
            };
            self.error(places, address.len(), message);
        }
    }

    pub fn parts(&mut self, fields: &'s [Field], example: &'s Example) {
        let mut given = Vec::new();
        for (name, text) in &example.parts {
            let places = self.places(text);
            given.push(Given { name: name.clone(), value: text.value.clone(), at: (0, 0), places });
        }
        // Judged with the query; here they only say which variant was chosen.
        let sent = example.query.iter().flat_map(|query| query.value.split('&'));
        let sent: Vec<&str> = sent.filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
        let strays = layout::strays(&self.index, fields);
        for stray in &strays {
            if let Some(part) = given.iter().find(|given| given.name == stray.key) {
                let message = format!("`{}` is no file, so it is sent in the query", part.name);
                self.error(part.places, 0, message);
            }
        }
        let keys = strays.iter().map(|stray| stray.key.as_str());
        let elsewhere = keys.filter(|key| sent.contains(key)).collect();
        let places = Places::At(example.span);
        let pairs = Pairs { given, elsewhere, what: "parts", places, start: 0 };
        self.pairs(&pairs, fields, Vec::new());
    }

    /// Each pair known, none missing, in order, each value fitting. `more` may stand behind the fields.
    fn pairs(&mut self, pairs: &Pairs, fields: &'s [Field], more: Vec<Location<'s>>) {
        let mut form = Form { pairs, out: self.out };
        let Ok(mut layout) = layout::of_fields(&self.index, &mut form, fields);
        let Pairs { given, elsewhere, what, places, start } = pairs;
        layout.locations.retain(|location| !elsewhere.contains(&key(location)));
        layout.locations.extend(more);
        let mut last: Option<(usize, &str)> = None;
        for one in given {
            if given.iter().filter(|other| other.name == one.name && other.at < one.at).count() > 0 {
                self.error(one.places, one.at.0, format!("`{}` stands twice", one.name));
            }
            let found = layout.locations.iter().enumerate().find(|(_, location)| key(location) == one.name);
            let Some((index, location)) = found else {
                if !layout.open {
                    let meant = naming::suggestion(&one.name, layout.locations.iter().map(key));
                    let name = &one.name;
                    let message = format!("`{name}` is not a field that the spec knows in `{what}`{meant}");
                    self.error(one.places, one.at.0, message);
                }
                continue;
            };
            match last {
                Some((highest, before)) if index < highest => {
                    self.error(one.places, one.at.0, format!("`{}` is written before `{before}`", one.name));
                }
                _ => last = Some((index, key(location))),
            }
            self.text(one, location);
        }
        for location in layout.locations.iter().filter(|location| location.required) {
            if !given.iter().any(|given| given.name == key(location)) {
                self.error(*places, *start, missing(key(location), what));
            }
        }
    }

    fn text(&mut self, one: &Given, location: &Location<'s>) {
        let (offset, text) = (one.at.1, one.value.as_str());
        let ty = match location.due {
            Due::Tag => return,
            Due::Payload(ty, _) => ty,
            Due::Field(field) if field.origin == Origin::Caller => &field.ty.value,
            Due::Field(field) => {
                let due = match fixed(&field.origin) {
                    Value::Text(text) | Value::Number(text) => text,
                    Value::Bool(value) => value.to_string(),
                    _ => String::new(),
                };
                if text != due {
                    self.error(one.places, offset, format!("`{}` is always {due:?}", one.name));
                }
                return;
            }
        };
        match ty {
            Type::File if text.is_empty() => self.error(one.places, offset, "a file part needs a file name"),
            Type::File => {}
            Type::JsonText(inner) => self.json_text(text, inner, Side::Request, one.places.span(offset)),
            ty => match self.index.kind(ty) {
                Some(Kind::Object(object)) if self.is_sound(&object.name.value) => {
                    if let Some(json) = self.json(text, one.places) {
                        self.object(&json, &object.fields, Side::Request, one.places, &[]);
                    }
                }
                _ => {
                    if let Err(message) = self.text_fits(text, ty) {
                        self.error(one.places, offset, format!("`{}`: {message}", one.name));
                    }
                }
            },
        }
    }
}

impl<'s> Message<'s> for Form<'_, '_, '_> {
    type Error = std::convert::Infallible;

    fn at(&self, path: &[&'s str]) -> Result<Option<Shown<'_>>, Self::Error> {
        let [name] = path else { return Ok(None) };
        let given = self.pairs.given.iter().find(|given| given.name == *name);
        let text = given.map(|given| Shown::Text(Cow::Borrowed(given.value.as_str())));
        Ok(text.or_else(|| self.pairs.elsewhere.contains(name).then_some(Shown::Other)))
    }

    fn requires(&self, field: &Field) -> bool {
        field.required != Required::No
    }

    fn knows(&self, _: &str) -> bool {
        true
    }

    fn untold(&mut self, choice: Choice<'s>, why: Untold<'s>) -> Result<Option<&'s Variant>, Self::Error> {
        let name = &choice.union.name.value;
        let tags = choice.union.variants.iter().map(|variant| variant.tag.value.as_str());
        let found = |tag: &str| self.pairs.given.iter().find(|given| given.name == tag);
        let (span, message) = match why {
            Untold::NoTag(tag) => (self.pairs.places.span(self.pairs.start), missing(tag, self.pairs.what)),
            Untold::OddTag(tag) => {
                let (text, places) =
                    found(tag).map_or(("", self.pairs.places), |tag| (&tag.value, tag.places));
                let meant = naming::suggestion(text, tags);
                (places.span(0), format!("`{text}` is no variant of `{name}`{meant}"))
            }
            Untold::NoKey | Untold::Keys(_) => {
                let keys = tags.map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(", ");
                (self.pairs.places.span(self.pairs.start), format!("`{name}` is exactly one of {keys}"))
            }
        };
        self.out.error(span, message);
        Ok(None)
    }
}

/// A query or a form has no objects in objects.
fn key<'s>(location: &Location<'s>) -> &'s str {
    location.path.last().copied().unwrap_or_default()
}

fn missing(name: &str, what: &str) -> String {
    format!("`{name}` is missing in `{what}`, which is required")
}

/// Percent-encodes everything but the unreserved characters.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The text behind percent-encoding, if it is UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
