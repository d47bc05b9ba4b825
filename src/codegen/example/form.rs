//! Checks examples that are not JSON: query strings, whole addresses, the parts of a form.
//! The texts in them are checked by `value`.

use super::value::fixed;
use super::{Check, Places, Side};
use crate::codegen::json::Value;
use crate::spec::index::Kind;
use crate::spec::model::{At, Endpoint, Example, Field, Host, Origin, Required, Type, Union, Variant};
use crate::spec::naming;

/// A name and a value that a query or a form may have.
struct Pair<'s> {
    name: &'s str,
    /// `None`: the tag of a union, checked while its variant was chosen.
    due: Option<&'s Type>,
    origin: &'s Origin,
    required: bool,
}

/// A name and a value that an example has.
struct Given<'t> {
    name: String,
    value: String,
    /// Offsets of both in the text.
    at: (usize, usize),
    places: Places<'t>,
}

impl<'s> Check<'s, '_> {
    pub fn query(&mut self, endpoint: &'s Endpoint, example: &'s Example) {
        let required = endpoint.query.iter().any(|field| field.required != Required::No);
        let strays = self.strays(endpoint.parts.as_deref().unwrap_or_default());
        match &example.query {
            Some(text) => {
                let places = self.places(text);
                self.query_text(&text.value, 0, &endpoint.query, &strays, places);
            }
            None if required => self.out.error(example.span, "the example lacks `query`"),
            None => {}
        }
    }

    /// What of the choices among the parts is sent in the query: the variants that are no file.
    fn strays(&self, parts: &'s [Field]) -> Vec<&'s Variant> {
        let unions = parts.iter().filter(|field| field.flatten).filter_map(|field| {
            match self.index.kind(&field.ty.value) {
                Some(Kind::Union(union)) if union.tag.is_none() => Some(union),
                _ => None,
            }
        });
        let is_file = |variant: &&Variant| variant.ty.as_ref().is_some_and(|ty| ty.value == Type::File);
        unions.flat_map(|union| &union.variants).filter(|variant| !is_file(variant)).collect()
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
        let mut pairs: Vec<Pair<'s>> = fields.iter().map(pair).collect();
        pairs.extend(strays.iter().filter_map(|variant| {
            let due = Some(&variant.ty.as_ref()?.value);
            Some(Pair { name: &variant.key, due, origin: &Origin::Caller, required: false })
        }));
        self.pairs(pairs, given, places, start, "query");
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
        let strays = self.strays(fields);
        for stray in &strays {
            if let Some(part) = given.iter().find(|given| given.name == stray.key) {
                let message = format!("`{}` is no file, so it is sent in the query", part.name);
                self.error(part.places, 0, message);
            }
        }
        let chosen = strays.iter().any(|stray| sent.contains(&stray.key.as_str()));
        let mut pairs = Vec::new();
        for field in fields {
            match self.index.kind(&field.ty.value) {
                Some(Kind::Union(_)) if field.flatten && chosen => {}
                Some(Kind::Union(union)) if field.flatten => {
                    self.variant_parts(union, field.required != Required::No, &given, example, &mut pairs);
                }
                Some(Kind::Object(object)) if field.flatten => pairs.extend(object.fields.iter().map(pair)),
                _ => pairs.push(pair(field)),
            }
        }
        self.pairs(pairs, given, Places::At(example.span), 0, "parts");
    }

    /// The parts of the variant that a form shows.
    fn variant_parts(
        &mut self,
        union: &'s Union,
        demanded: bool,
        given: &[Given],
        example: &'s Example,
        pairs: &mut Vec<Pair<'s>>,
    ) {
        let find = |name: &str| given.iter().find(|given| given.name == name);
        let name = &union.name.value;
        let told: Vec<_> = match &union.tag {
            Some(tag) => {
                pairs.push(Pair { name: &tag.value, due: None, origin: &Origin::Caller, required: demanded });
                let Some(found) = find(&tag.value) else { return };
                let told: Vec<_> =
                    union.variants.iter().filter(|variant| variant.tag.value == found.value).collect();
                if told.is_empty() {
                    let tags = union.variants.iter().map(|variant| variant.tag.value.as_str());
                    let meant = naming::suggestion(&found.value, tags);
                    let message = format!("`{}` is no variant of `{name}`{meant}", found.value);
                    self.error(found.places, 0, message);
                }
                told
            }
            None => {
                let told: Vec<_> =
                    union.variants.iter().filter(|variant| find(&variant.tag.value).is_some()).collect();
                if told.len() > 1 || (demanded && told.is_empty()) {
                    let keys: Vec<String> =
                        union.variants.iter().map(|variant| format!("`{}`", variant.tag.value)).collect();
                    self.out.error(example.span, format!("`{name}` is exactly one of {}", keys.join(", ")));
                }
                told
            }
        };
        for variant in told {
            match &variant.ty {
                Some(ty) if union.keyed => {
                    let due = Some(&ty.value);
                    pairs.push(Pair { name: &variant.key, due, origin: &Origin::Caller, required: true });
                }
                Some(ty) => {
                    if let Some(Kind::Object(object)) = self.index.kind(&ty.value) {
                        pairs.extend(object.fields.iter().map(pair));
                    }
                }
                None => {}
            }
        }
    }

    /// Each pair known, none missing, in order, each value fitting.
    fn pairs(&mut self, due: Vec<Pair<'s>>, given: Vec<Given>, places: Places, start: usize, what: &str) {
        let mut last: Option<(usize, &str)> = None;
        for one in &given {
            if given.iter().filter(|other| other.name == one.name && other.at < one.at).count() > 0 {
                self.error(one.places, one.at.0, format!("`{}` stands twice", one.name));
            }
            let Some((index, pair)) = due.iter().enumerate().find(|(_, pair)| pair.name == one.name) else {
                let meant = naming::suggestion(&one.name, due.iter().map(|pair| pair.name));
                let message = format!("`{}` is not a field that the spec knows in `{what}`{meant}", one.name);
                self.error(one.places, one.at.0, message);
                continue;
            };
            match last {
                Some((highest, before)) if index < highest => {
                    self.error(one.places, one.at.0, format!("`{}` is written before `{before}`", one.name));
                }
                _ => last = Some((index, pair.name)),
            }
            self.text(one, pair);
        }
        for pair in due.iter().filter(|pair| pair.required) {
            if !given.iter().any(|given| given.name == pair.name) {
                self.error(
                    places,
                    start,
                    format!("`{}` is missing in `{what}`, which is required", pair.name),
                );
            }
        }
    }

    fn text(&mut self, one: &Given, pair: &Pair<'s>) {
        let (offset, text) = (one.at.1, one.value.as_str());
        if *pair.origin != Origin::Caller {
            let due = match fixed(pair.origin) {
                Value::Text(text) | Value::Number(text) => text,
                Value::Bool(value) => value.to_string(),
                _ => String::new(),
            };
            if text != due {
                self.error(one.places, offset, format!("`{}` is always {due:?}", one.name));
            }
            return;
        }
        match pair.due {
            None => {}
            Some(Type::File) if text.is_empty() => {
                self.error(one.places, offset, "a file part needs a file name")
            }
            Some(Type::File) => {}
            Some(Type::JsonText(inner)) => {
                self.json_text(text, inner, Side::Request, one.places.span(offset))
            }
            Some(ty) => match self.index.kind(ty) {
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

fn pair(field: &Field) -> Pair<'_> {
    Pair {
        name: &field.wire.value,
        due: Some(&field.ty.value),
        origin: &field.origin,
        required: field.required != Required::No,
    }
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
