//! Turns the spec into leaves: every value on the wire with its place, type and whether a request needs it.
//! Objects and unions vanish on the way; how they are written and read is not judged here.

use crate::spec::model::{
    Const, Endpoint, Field, Host, Method, Object, OpenEnum, Origin, Required, Response, Spec, Type, Union,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Which call: endpoints that share all three are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub method: String,
    pub host: String,
    pub path: String,
}

impl Call {
    pub fn new(method: &str, host: &str, path: &str) -> Self {
        Self { method: method.to_owned(), host: host.to_owned(), path: path.to_owned() }
    }

    /// As a row of the oracle begins.
    pub fn row(&self) -> String {
        format!("{}\t{}\t{}", self.method, self.host, self.path)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.method, self.host, self.path)
    }
}

/// Where in a call a leaf sits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub side: String,
    pub json: String,
}

impl Place {
    pub fn new(side: &str, json: &str) -> Self {
        Self { side: side.to_owned(), json: json.to_owned() }
    }

    /// As a row of the oracle goes on.
    pub fn row(&self) -> String {
        format!("{}\t{}", self.side, self.json)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.side, self.json)
    }
}

/// What is known of a leaf. Sets, because the kinds of a union and the endpoints of one call may disagree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaf {
    pub types: BTreeSet<String>,
    /// Empty for responses.
    pub required: BTreeSet<bool>,
}

pub type Leaves = BTreeMap<Call, BTreeMap<Place, Leaf>>;

/// All leaves of the spec.
pub fn leaves_of(spec: &Spec) -> Leaves {
    let types = Types::of(spec);
    let mut leaves = Leaves::new();
    for endpoint in spec.areas.iter().flat_map(|area| &area.endpoints) {
        let found = leaves.entry(call_of(endpoint)).or_default();
        let mut side = |name: &'static str, fields: &[Field]| {
            Walk { types: &types, side: name, open: Vec::new(), found: &mut *found }.fields("", fields);
        };
        side("query", &endpoint.query);
        side("body", endpoint.body.as_deref().unwrap_or_default());
        side("part", endpoint.parts.as_deref().unwrap_or_default());
        side("raw", endpoint.raw.as_deref().map(std::slice::from_ref).unwrap_or_default());
        match &endpoint.response {
            Response::Missing => {}
            Response::Fields(fields) => side("response", fields),
            Response::Named(name) => {
                Walk { types: &types, side: "response", open: Vec::new(), found: &mut *found }.named(
                    "",
                    &name.value,
                    false,
                );
            }
        }
    }
    leaves
}

fn call_of(endpoint: &Endpoint) -> Call {
    let method = match endpoint.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Browser => "BROWSER",
    };
    let host = match endpoint.host {
        Host::Api => "api.weixin.qq.com",
        Host::Mp => "mp.weixin.qq.com",
        Host::Open => "open.weixin.qq.com",
    };
    Call::new(method, host, &endpoint.path.value)
}

/// The spec's types by name.
struct Types<'a> {
    objects: BTreeMap<&'a str, &'a Object>,
    enums: BTreeMap<&'a str, &'a OpenEnum>,
    unions: BTreeMap<&'a str, &'a Union>,
}

impl<'a> Types<'a> {
    fn of(spec: &'a Spec) -> Self {
        let areas = || spec.areas.iter();
        Self {
            objects: areas().flat_map(|area| &area.objects).map(|o| (o.name.value.as_str(), o)).collect(),
            enums: areas().flat_map(|area| &area.enums).map(|e| (e.name.value.as_str(), e)).collect(),
            unions: areas().flat_map(|area| &area.unions).map(|u| (u.name.value.as_str(), u)).collect(),
        }
    }
}

/// The way down from one side of one endpoint.
struct Walk<'a> {
    types: &'a Types<'a>,
    side: &'static str,
    /// Objects and unions being walked: one that comes again is cut.
    open: Vec<&'a str>,
    found: &'a mut BTreeMap<Place, Leaf>,
}

impl<'a> Walk<'a> {
    fn fields(&mut self, prefix: &str, fields: &'a [Field]) {
        for field in fields {
            let prefix = field.path.iter().fold(prefix.to_owned(), |at, name| join(&at, name));
            let at = if field.flatten { prefix } else { join(&prefix, &field.wire.value) };
            let required = field.required != Required::No;
            match &field.origin {
                Origin::Caller => self.value(&at, &field.ty.value, required),
                Origin::Const(Const::Text(_)) | Origin::AppId | Origin::Secret => {
                    self.leaf(&at, "string", true)
                }
                Origin::Const(Const::Integer(_)) => self.leaf(&at, "integer", true),
                Origin::Const(Const::Bool(_)) => self.leaf(&at, "bool", true),
            }
        }
    }

    fn value(&mut self, at: &str, ty: &'a Type, required: bool) {
        match ty {
            Type::Id(id) => self.value(at, &id.on_the_wire, required),
            // A number written as text is text on the wire.
            Type::String | Type::Text(_) => self.leaf(at, "string", required),
            Type::I32 | Type::I64 | Type::U32 | Type::U64 => self.leaf(at, "integer", required),
            Type::Decimal => self.leaf(at, "decimal", required),
            Type::Bool => self.leaf(at, "bool", required),
            Type::Bool01 => self.leaf(at, "bool01", required),
            Type::Date => self.leaf(at, "date", required),
            Type::Timestamp => self.leaf(at, "timestamp", required),
            Type::Json => self.leaf(at, "json", required),
            Type::File => self.leaf(at, "file", required),
            Type::List(item) | Type::Many(item) => self.value(&format!("{at}[]"), item, required),
            Type::Map(item) => self.value(&format!("{at}{{}}"), item, required),
            Type::JsonText(inner) => self.value(&format!("{at}:"), inner, required),
            // A part is text, so an object in one is JSON inside text, however the spec says it.
            Type::Named(name) if self.in_a_part(at, name) => self.named(&format!("{at}:"), name, required),
            Type::Named(name) => self.named(at, name, required),
        }
    }

    fn in_a_part(&self, at: &str, name: &str) -> bool {
        self.side == "part" && self.types.objects.contains_key(name) && !at.is_empty() && !at.contains(':')
    }

    fn named(&mut self, at: &str, name: &'a str, required: bool) {
        if let Some(found) = self.types.enums.get(name) {
            return self.leaf(at, if found.integer { "integer" } else { "string" }, required);
        }
        if self.open.contains(&name) {
            return;
        }
        self.open.push(name);
        if let Some(object) = self.types.objects.get(name) {
            self.fields(at, &object.fields);
        } else if let Some(union) = self.types.unions.get(name) {
            if let Some(tag) = &union.tag {
                // A tag with a default may be left out.
                let required = required && union.default_variant().is_none();
                self.leaf(&join(at, &tag.value), "string", required);
            }
            for variant in &union.variants {
                let Some(ty) = &variant.ty else { continue };
                let at = if union.keyed { join(at, &variant.key) } else { at.to_owned() };
                // Of a choice among the parts, what is no file is sent in the query.
                let side = self.side;
                if side == "part" && union.tag.is_none() && ty.value != Type::File {
                    self.side = "query";
                }
                // Within its kind the payload is what the kind is about.
                self.value(&at, &ty.value, true);
                self.side = side;
            }
        }
        self.open.pop();
    }

    fn leaf(&mut self, at: &str, ty: &str, required: bool) {
        let leaf = self.found.entry(Place::new(self.side, at)).or_default();
        leaf.types.insert(ty.to_owned());
        if self.side != "response" {
            leaf.required.insert(required);
        }
    }
}

fn join(prefix: &str, name: &str) -> String {
    match prefix {
        "" => name.to_owned(),
        text if text.ends_with(':') => format!("{text}{name}"),
        _ => format!("{prefix}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen;
    use crate::spec::model::SourceFile;

    /// Every word of the grammar that changes a leaf's place, its type or whether it is needed.
    const EVERYTHING: &str = r#"
[area]
title = "Words of the grammar"
name_zh = "全部"
doc = "An area for tests."

[[endpoint]]
name = "send_everything"
summary = "Sends one of each."
link = "https://example.com/all"
method = "POST"
host = "mp"
path = "/all"
accounts = ["service"]
auth = "app"
response = "Answer"
[endpoint.query]
kind = { const = "x" }
version = { const = 2 }
dry = { const = true }
secret = { account = "secret" }
language = { type = "Lang", doc = "Tongue of the answer." }
level = { type = "Level", required = "request", doc = "How deep it goes." }
[endpoint.body]
tree = { type = "Tree", required = true, doc = "Holds itself." }
table = { type = "[[decimal]]", doc = "Rows of numbers." }
map = { type = "{Pair}", doc = "Free keys." }
text = { type = "string(i64)", doc = "A number in quotes." }
packed = { type = "json([Pair])", doc = "JSON in quotes." }
message = { type = "Letter", required = true, flatten = true, doc = "Payload under its own key." }
action = { type = "Action", flatten = true, doc = "Payload beside the tag." }
day = { type = "date", required = true, path = "deep.er", doc = "Two objects down." }
[[endpoint.example]]
query = "kind=x&version=2&dry=true&secret=app_secret&level=1"
body = '{"tree": {"name": "oak"}, "msgtype": "none", "deep": {"er": {"day": "2024-12-31"}}}'
response = '{"url": "u"}'

[[endpoint]]
name = "upload_everything"
summary = "Sends parts."
link = "https://example.com/upload"
method = "POST"
path = "/upload"
accounts = ["service"]
[endpoint.parts]
media = { type = "file", required = true, doc = "Some bytes." }
pair = { type = "Pair", doc = "An object in a part." }
packed = { type = "json(Pair)", doc = "The same, said otherwise." }
[endpoint.response]
[[endpoint.example]]
parts = { media = "a.jpg" }
response = '{"errcode": 0, "errmsg": "ok"}'

[[endpoint]]
name = "send_raw"
summary = "Sends one text."
link = "https://example.com/raw"
method = "POST"
path = "/raw"
accounts = ["service"]
[endpoint.raw]
content = { type = "string", required = true, doc = "The whole body." }
[endpoint.response]
[[endpoint.example]]
raw = "hi"
response = '{"errcode": 0, "errmsg": "ok"}'

[[enum]]
name = "Lang"
doc = "A tongue."
[enum.values]
en = { name = "English", doc = "Spoken widely." }
[[enum]]
name = "Level"
doc = "A depth."
repr = "integer"
[enum.values]
1 = { name = "First", doc = "The upper one." }

[[object]]
name = "Tree"
doc = "Holds others of its kind."
[object.fields]
name = { type = "string", required = true, doc = "What it is called." }
sub = { type = "[Tree]", doc = "Its branches." }
[[object]]
name = "Pair"
doc = "Two values."
[object.fields]
on = { type = "bool01", required = true, doc = "Whether it counts." }
since = { type = "timestamp", doc = "When it began." }
[[object]]
name = "Place"
doc = "Sits deeper than its tag."
[object.fields]
id = { type = "u32", required = true, path = "info", doc = "A number." }
[[object]]
name = "News"
doc = "Told by its list."
[object.fields]
item = { type = "many(json)", required = true, doc = "Anything at all." }
[[object]]
name = "Video"
doc = "Told by its address."
[object.fields]
url = { type = "string", required = true, doc = "Where to look." }

[[union]]
name = "Letter"
doc = "Keyed by its tag."
tag = "msgtype"
payload = "keyed"
[union.variants]
text = { type = "string", key = "words", doc = "A bare value." }
pair = { type = "Pair", key = "pairs", doc = "An object." }
none = { doc = "Nothing but the tag." }
[[union]]
name = "Action"
doc = "Beside its tag."
tag = "action"
payload = "beside"
[union.variants]
A = { name = "First", type = "Place", doc = "The only kind." }
[[union]]
name = "Answer"
doc = "Told by its keys."
payload = "beside"
[union.variants]
item = { name = "News", type = "News", doc = "A list." }
url = { name = "Video", type = "Video", doc = "An address." }
"#;

    #[test]
    fn every_word_of_the_grammar_ends_in_leaves() {
        let file = SourceFile { name: "api-spec/all.toml".to_owned(), text: EVERYTHING.to_owned() };
        let spec = codegen::load(vec![file]).unwrap_or_else(|report| panic!("{report}"));
        let mut lines = Vec::new();
        for (call, leaves) in leaves_of(&spec) {
            for (place, leaf) in leaves {
                let types: Vec<_> = leaf.types.iter().map(String::as_str).collect();
                let need: Vec<_> = leaf.required.iter().map(|need| if *need { "Y" } else { "N" }).collect();
                let line = format!("{call} {place} {} {}", types.join("|"), need.join("|"));
                lines.push(line.trim_end().to_owned());
            }
        }
        let wanted = [
            "POST api.weixin.qq.com/raw raw `content` string Y",
            "POST api.weixin.qq.com/upload part `media` file Y",
            "POST api.weixin.qq.com/upload part `packed:on` bool01 Y",
            "POST api.weixin.qq.com/upload part `packed:since` timestamp N",
            "POST api.weixin.qq.com/upload part `pair:on` bool01 Y",
            "POST api.weixin.qq.com/upload part `pair:since` timestamp N",
            "POST mp.weixin.qq.com/all body `action` string N",
            "POST mp.weixin.qq.com/all body `deep.er.day` date Y",
            "POST mp.weixin.qq.com/all body `info.id` integer Y",
            "POST mp.weixin.qq.com/all body `map{}.on` bool01 Y",
            "POST mp.weixin.qq.com/all body `map{}.since` timestamp N",
            "POST mp.weixin.qq.com/all body `msgtype` string Y",
            "POST mp.weixin.qq.com/all body `packed:[].on` bool01 Y",
            "POST mp.weixin.qq.com/all body `packed:[].since` timestamp N",
            "POST mp.weixin.qq.com/all body `pairs.on` bool01 Y",
            "POST mp.weixin.qq.com/all body `pairs.since` timestamp N",
            "POST mp.weixin.qq.com/all body `table[][]` decimal N",
            "POST mp.weixin.qq.com/all body `text` string N",
            "POST mp.weixin.qq.com/all body `tree.name` string Y",
            "POST mp.weixin.qq.com/all body `words` string Y",
            "POST mp.weixin.qq.com/all query `dry` bool Y",
            "POST mp.weixin.qq.com/all query `kind` string Y",
            "POST mp.weixin.qq.com/all query `language` string N",
            "POST mp.weixin.qq.com/all query `level` integer Y",
            "POST mp.weixin.qq.com/all query `secret` string Y",
            "POST mp.weixin.qq.com/all query `version` integer Y",
            "POST mp.weixin.qq.com/all response `item[]` json",
            "POST mp.weixin.qq.com/all response `url` string",
        ];
        assert_eq!(lines, wanted);
    }
}
