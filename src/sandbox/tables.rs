//! The spec as the sandbox asks for it: endpoints by path, types by name, what error codes mean. The model itself is
//! that of `spec/`, as the build wrote it. Nothing here judges a request; that is `check.rs`.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use serde_json::Value;

use crate::spec::index::Index;
use crate::spec::model::{
    Auth, Const, Content, Endpoint, Field, Method, Origin, Required, Response, Returns, Spec, Type,
};
use crate::spec::reader;
use crate::{Error, Result};

/// The crate's own spec, read once.
static SPEC: LazyLock<Option<Spec>> =
    LazyLock::new(|| reader::read(include_bytes!(concat!(env!("OUT_DIR"), "/spec.bin"))));
static TABLES: LazyLock<Option<Tables<'static>>> = LazyLock::new(|| SPEC.as_ref().map(Tables::new));

/// Names that end like that of an id, of numbers that the caller chooses.
const CHOSEN: [&str; 2] = ["scene_id", "outer_id"];
/// Ids of digits that requests have as text, and responses or the platform's own samples as numbers.
const DIGITS: [&str; 3] = ["menuid", "publish_id", "tid"];

/// What can be looked up in a spec.
#[derive(Debug)]
pub(crate) struct Tables<'s> {
    spec: &'s Spec,
    pub(crate) index: Index<'s>,
    by_path: HashMap<&'s str, Vec<&'s Endpoint>>,
    /// Ids that are numbers, by the names of their fields.
    numbered: BTreeSet<&'s str>,
}

impl Tables<'static> {
    /// Those of the crate's own spec.
    pub(crate) fn load() -> Result<&'static Self> {
        TABLES.as_ref().ok_or_else(|| Error::config("the sandbox can't read the spec that was built into it"))
    }
}

impl<'s> Tables<'s> {
    pub(crate) fn new(spec: &'s Spec) -> Self {
        let mut by_path: HashMap<&str, Vec<&Endpoint>> = HashMap::new();
        for endpoint in called(spec) {
            by_path.entry(&endpoint.path.value).or_default().push(endpoint);
        }
        Self { spec, index: Index::new(spec), by_path, numbered: numbered(spec) }
    }

    /// All endpoints but those that only a browser opens.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &'s Endpoint> {
        called(self.spec)
    }

    pub(crate) fn at_path(&self, path: &str) -> impl Iterator<Item = &'s Endpoint> + use<'_, 's> {
        self.by_path.get(path).into_iter().flatten().copied()
    }

    pub(crate) fn has_endpoint(&self, name: &str) -> bool {
        self.endpoints().any(|endpoint| endpoint.name.value == name)
    }

    /// Whether a field of this name and type holds an id of digits, which programs give back in either form: as a
    /// number and as text.
    pub(crate) fn is_numbered(&self, name: &str, ty: &Type) -> bool {
        match ty.plain() {
            Type::String => DIGITS.contains(&name),
            ty => is_number(ty) && self.numbered.contains(name),
        }
    }

    /// The fields of the reply with this value of `MsgType`.
    #[cfg(feature = "callback")]
    pub(crate) fn reply(&self, msg_type: &str) -> Option<&'s [Field]> {
        let mut replies = self.spec.areas.iter().flat_map(|area| &area.replies);
        replies.find(|reply| reply.msg_type == msg_type).map(|reply| reply.fields.as_slice())
    }

    /// What the error code means, without a full stop.
    pub(crate) fn meaning(&self, code: i64) -> Option<&'s str> {
        let known = self.spec.errors.iter().find(|known| known.code.value == code);
        known.map(|known| known.doc.value.trim_end_matches('.'))
    }
}

fn called(spec: &Spec) -> impl Iterator<Item = &Endpoint> {
    let all = spec.areas.iter().flat_map(|area| &area.endpoints);
    all.filter(|endpoint| endpoint.method != Method::Browser)
}

/// An integer, as a number or written as text.
fn is_number(ty: &Type) -> bool {
    match ty {
        Type::Text(inner) => is_number(inner),
        ty => ty.bounds().is_some(),
    }
}

/// The names of fields that hold an id which is a number, in requests or responses.
fn numbered(spec: &Spec) -> BTreeSet<&str> {
    let of_endpoints = called(spec).flat_map(|endpoint| {
        let body = match endpoint.content() {
            Content::Json(fields) | Content::Parts(fields) => fields,
            Content::Raw(_) | Content::Nothing => &[],
        };
        [&endpoint.query, body, response(endpoint)].into_iter().flatten()
    });
    let objects = spec.areas.iter().flat_map(|area| &area.objects);
    let fields = of_endpoints.chain(objects.flat_map(|object| &object.fields));
    let fields = fields.map(|field| (field.wire.value.as_str(), &field.ty));
    let unions = spec.areas.iter().flat_map(|area| &area.unions);
    let variants = unions.flat_map(|union| &union.variants);
    let variants = variants.filter_map(|variant| Some((variant.key.as_str(), variant.ty.as_ref()?)));
    let all = fields.chain(variants).filter(|(name, _)| name.ends_with("id") && !CHOSEN.contains(name));
    all.filter(|(_, ty)| is_number(&ty.value)).map(|(name, _)| name).collect()
}

/// The fields that the response lists; none where it is an object or a union by itself.
pub(crate) fn response(endpoint: &Endpoint) -> &[Field] {
    match &endpoint.response {
        Response::Fields(fields) => fields,
        Response::Named(_) | Response::Missing => &[],
    }
}

/// Whether the response, as described, has this field.
pub(crate) fn responds(endpoint: &Endpoint, field: &str) -> bool {
    let mut all = response(endpoint).iter();
    all.any(|due| due.wire.value == field || due.also.iter().any(|name| name.value == field))
}

/// A number that names something, in the form in which this response has it: a number or its digits.
pub(crate) fn written(endpoint: &Endpoint, field: &str, number: u64) -> Value {
    let due = response(endpoint).iter().find(|due| due.wire.value == field);
    match due.map(|due| due.ty.value.plain()) {
        Some(Type::String | Type::Text(_)) => Value::from(number.to_string()),
        _ => Value::from(number),
    }
}

/// As a request line has it.
pub(crate) fn method(endpoint: &Endpoint) -> &'static str {
    if endpoint.method == Method::Post {
        "POST"
    } else {
        "GET"
    }
}

pub(crate) fn needs_token(endpoint: &Endpoint) -> bool {
    endpoint.auth.value == Auth::AccessToken
}

/// Answers with bytes, always or sometimes.
pub(crate) fn is_binary(endpoint: &Endpoint) -> bool {
    endpoint.returns != Returns::Json
}

pub(crate) fn is_required(field: &Field) -> bool {
    field.required != Required::No
}

/// The value that is always sent.
pub(crate) fn constant(field: &Field) -> Option<Value> {
    match &field.origin {
        Origin::Const(Const::Text(text)) => Some(Value::from(text.as_str())),
        Origin::Const(Const::Integer(number)) => Some(Value::from(*number)),
        Origin::Const(Const::Bool(value)) => Some(Value::from(*value)),
        Origin::Caller | Origin::AppId | Origin::Secret => None,
    }
}
