//! The spec as the sandbox reads it: endpoints, types and limits out of the JSON that the build emits.
//! Nothing here judges a request; that is `check.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use base64::Engine as _;
use serde_json::{Map, Value};

use crate::{Error, Result};

static CATALOGUE: OnceLock<std::result::Result<Catalogue, String>> = OnceLock::new();

#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) endpoints: Vec<Endpoint>,
    objects: HashMap<String, Vec<Field>>,
    enums: HashMap<String, OpenEnum>,
    unions: HashMap<String, Union>,
    #[cfg(feature = "callback")]
    replies: HashMap<String, Reply>,
    meanings: BTreeMap<i64, String>,
    by_path: HashMap<String, Vec<usize>>,
    /// Ids that are numbers, by the names of their fields.
    numbered: BTreeSet<String>,
}

/// Names that end like that of an id, of numbers that the caller chooses.
const CHOSEN: [&str; 2] = ["scene_id", "outer_id"];
/// Ids of digits that requests have as text, and responses or the platform's own samples as numbers.
const DIGITS: [&str; 3] = ["menuid", "publish_id", "tid"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    AccessToken,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    Errcode,
    BaseResp,
}

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) auth: Auth,
    pub(crate) accounts: Vec<String>,
    pub(crate) query: Vec<Field>,
    pub(crate) content: Content,
    /// Answers with bytes, always or sometimes.
    pub(crate) binary: bool,
    pub(crate) envelope: Envelope,
    pub(crate) response: Vec<Field>,
    /// The object or union that the whole response is, where it is one.
    pub(crate) response_type: Option<Type>,
    pub(crate) examples: Vec<Example>,
}

/// What the body of a request holds.
#[derive(Debug)]
pub(crate) enum Content {
    Nothing,
    Json(Vec<Field>),
    Parts(Vec<Field>),
    Raw(Box<Field>),
}

#[derive(Debug, Default)]
pub(crate) struct Example {
    pub(crate) query: Option<String>,
    pub(crate) body: Option<Value>,
    /// The exact text of the answer.
    pub(crate) response: Option<String>,
    pub(crate) download: Option<ExampleFile>,
    /// The answer of the example is an error.
    pub(crate) fails: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct ExampleFile {
    pub(crate) content_type: String,
    pub(crate) filename: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    AppId,
    Secret,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Other names under which it may come in a response.
    pub(crate) also: Vec<String>,
    pub(crate) ty: Type,
    pub(crate) required: bool,
    /// A string, integer or boolean that is always sent.
    pub(crate) constant: Option<Value>,
    pub(crate) account: Option<Account>,
    pub(crate) flatten: bool,
    pub(crate) path: Vec<String>,
    pub(crate) min: Option<i128>,
    pub(crate) max: Option<i128>,
    pub(crate) min_chars: Option<u64>,
    pub(crate) max_chars: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    pub(crate) error: Codes,
}

/// The platform's codes for what can be wrong with a value.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    missing: Option<i64>,
    empty: Option<i64>,
    small: Option<i64>,
    large: Option<i64>,
    kind: Option<i64>,
    value: Option<i64>,
    other: Option<i64>,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Missing,
    Empty,
    Small,
    Large,
    /// Of another type.
    Kind,
    /// None of those allowed.
    Value,
}

impl Codes {
    /// The code that the spec names for this fault and no other.
    pub(crate) fn exactly(&self, fault: Fault) -> Option<i64> {
        match fault {
            Fault::Missing => self.missing,
            Fault::Empty => self.empty,
            Fault::Small => self.small,
            Fault::Large => self.large,
            Fault::Kind => self.kind,
            Fault::Value => self.value,
        }
    }

    /// The code that the spec names for a fault, or for faults in general.
    pub(crate) fn of(&self, fault: Fault) -> Option<i64> {
        match fault {
            Fault::Empty => self.empty.or(self.small).or(self.other),
            // A wrong type breaks no rule of the field; it is the JSON that is wrong.
            Fault::Kind => self.kind,
            fault => self.exactly(fault).or(self.other),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Type {
    String,
    /// With the smallest and the largest value that the type holds.
    Integer(i128, i128),
    Decimal,
    Bool,
    Bool01,
    Date,
    Json,
    File,
    List(Box<Type>),
    Map(Box<Type>),
    /// A number or 0/1 written as text.
    Text(Box<Type>),
    /// JSON inside a string.
    JsonText(Box<Type>),
    Ref(String),
}

impl Type {
    /// An integer, as a number or written as text.
    fn is_number(&self) -> bool {
        match self {
            Self::Integer(..) => true,
            Self::Text(inner) => inner.is_number(),
            _ => false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct OpenEnum {
    pub(crate) integer: bool,
    pub(crate) values: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) tag: Option<String>,
    pub(crate) keyed: bool,
    pub(crate) variants: Vec<Variant>,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) tag: String,
    pub(crate) key: String,
    /// A missing tag means this variant.
    pub(crate) default: bool,
    pub(crate) ty: Option<Type>,
}

/// A reply to a push.
#[cfg(feature = "callback")]
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) fields: Vec<Field>,
    /// The keys that say how long a list is.
    pub(crate) counts: Vec<String>,
}

/// What a [`Type::Ref`] names.
pub(crate) enum Named<'a> {
    Object(&'a [Field]),
    Enum(&'a OpenEnum),
    Union(&'a Union),
}

impl Catalogue {
    /// The catalogue of the crate's own spec.
    pub(crate) fn load() -> Result<&'static Self> {
        let text = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));
        match CATALOGUE.get_or_init(|| Self::parse(text)) {
            Ok(catalogue) => Ok(catalogue),
            Err(message) => Err(Error::config(format!("the sandbox can't read its catalogue: {message}"))),
        }
    }

    pub(crate) fn parse(text: &str) -> std::result::Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let root = value.as_object().ok_or("it is not an object")?;
        let mut catalogue = Self::default();
        for value in items(root, "endpoints") {
            let endpoint = endpoint(value)?;
            catalogue.by_path.entry(endpoint.path.clone()).or_default().push(catalogue.endpoints.len());
            catalogue.endpoints.push(endpoint);
        }
        for (name, value) in members(root, "objects") {
            catalogue
                .objects
                .insert(name.clone(), fields(value).map_err(|error| format!("{name}: {error}"))?);
        }
        for (name, value) in members(root, "enums") {
            let values = value["values"].as_array().map(Vec::as_slice).unwrap_or_default();
            let values = values.iter().map(scalar).collect();
            catalogue.enums.insert(name.clone(), OpenEnum { integer: value["integer"] == true, values });
        }
        for (name, value) in members(root, "unions") {
            catalogue.unions.insert(name.clone(), union(value).map_err(|error| format!("{name}: {error}"))?);
        }
        #[cfg(feature = "callback")]
        for (name, value) in members(root, "replies") {
            let fields = fields(&value["fields"]).map_err(|error| format!("{name}: {error}"))?;
            let counts = value["counts"].as_array().map(Vec::as_slice).unwrap_or_default();
            let counts = counts.iter().map(scalar).collect();
            catalogue.replies.insert(name.clone(), Reply { fields, counts });
        }
        for (code, meaning) in members(root, "errors") {
            let code = code.parse().map_err(|_| format!("error code `{code}`"))?;
            catalogue.meanings.insert(code, scalar(meaning));
        }
        catalogue.numbered = catalogue.numbers();
        Ok(catalogue)
    }

    /// The names of fields that hold an id which is a number, in requests or responses.
    fn numbers(&self) -> BTreeSet<String> {
        let of_endpoints = self.endpoints.iter().flat_map(|endpoint| {
            let body = match &endpoint.content {
                Content::Json(fields) | Content::Parts(fields) => fields.as_slice(),
                Content::Raw(_) | Content::Nothing => &[],
            };
            [endpoint.query.as_slice(), body, &endpoint.response].into_iter().flatten()
        });
        let fields = of_endpoints.chain(self.objects.values().flatten());
        let numbers = fields.filter(|field| field.ty.is_number()).map(|field| field.name.as_str());
        let variants = self.unions.values().flat_map(|union| &union.variants);
        let variants = variants.filter(|variant| variant.ty.as_ref().is_some_and(Type::is_number));
        let all = numbers.chain(variants.map(|variant| variant.key.as_str()));
        all.filter(|name| name.ends_with("id") && !CHOSEN.contains(name)).map(str::to_owned).collect()
    }

    /// Whether a field of this name and type holds an id of digits, which programs give back in either form: as a
    /// number and as text.
    pub(crate) fn is_numbered(&self, name: &str, ty: &Type) -> bool {
        match ty {
            Type::String => DIGITS.contains(&name),
            ty => ty.is_number() && self.numbered.contains(name),
        }
    }

    pub(crate) fn at_path<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Endpoint> + 'a {
        let indices = self.by_path.get(path).map(Vec::as_slice).unwrap_or_default();
        indices.iter().filter_map(|&index| self.endpoints.get(index))
    }

    pub(crate) fn has_endpoint(&self, name: &str) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.name == name)
    }

    /// The reply with this value of `MsgType`.
    #[cfg(feature = "callback")]
    pub(crate) fn reply(&self, msg_type: &str) -> Option<&Reply> {
        self.replies.get(msg_type)
    }

    pub(crate) fn named(&self, name: &str) -> Option<Named<'_>> {
        let object = self.objects.get(name).map(|fields| Named::Object(fields));
        object
            .or_else(|| self.enums.get(name).map(Named::Enum))
            .or_else(|| self.unions.get(name).map(Named::Union))
    }

    /// What the error code means, without a full stop.
    pub(crate) fn meaning(&self, code: i64) -> Option<&str> {
        self.meanings.get(&code).map(|meaning| meaning.trim_end_matches('.'))
    }
}

impl Endpoint {
    /// The answer, as described, has this field.
    pub(crate) fn answers(&self, field: &str) -> bool {
        self.response.iter().any(|due| due.name == field || due.also.iter().any(|name| name == field))
    }

    /// A number that names something, in the form in which this response has it: a number or its digits.
    pub(crate) fn written(&self, field: &str, number: u64) -> Value {
        let due = self.response.iter().find(|due| due.name == field);
        match due.map(|due| &due.ty) {
            Some(Type::String | Type::Text(_)) => Value::from(number.to_string()),
            _ => Value::from(number),
        }
    }
}

fn items<'a>(object: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn members<'a>(object: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn need(value: &Value, key: &str) -> std::result::Result<String, String> {
    text(&value[key]).ok_or_else(|| format!("`{key}` is missing"))
}

/// The text of a scalar as it would stand in a query.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn endpoint(value: &Value) -> std::result::Result<Endpoint, String> {
    let name = need(value, "name")?;
    let within = |error: String| format!("{name}: {error}");
    let method = need(value, "method").map_err(within)?;
    let content = if !value["parts"].is_null() {
        Content::Parts(fields(&value["parts"]).map_err(within)?)
    } else if !value["raw"].is_null() {
        Content::Raw(Box::new(field(&value["raw"]).map_err(within)?))
    } else if !value["body"].is_null() {
        Content::Json(fields(&value["body"]).map_err(within)?)
    } else if method == "POST" {
        Content::Json(Vec::new())
    } else {
        Content::Nothing
    };
    let examples = value["examples"].as_array().map(Vec::as_slice).unwrap_or_default();
    let response_type = text(&value["response_type"]).map(Type::Ref);
    Ok(Endpoint {
        path: need(value, "path").map_err(within)?,
        auth: if value["auth"] == "access_token" { Auth::AccessToken } else { Auth::Other },
        accounts: value["accounts"].as_array().into_iter().flatten().filter_map(text).collect(),
        query: fields(&value["query"]).map_err(within)?,
        content,
        binary: value["returns"] == "binary" || value["returns"] == "either",
        envelope: if value["envelope"] == "base_resp" { Envelope::BaseResp } else { Envelope::Errcode },
        response: fields(&value["response"]).map_err(within)?,
        response_type,
        examples: examples.iter().map(example).collect::<std::result::Result<_, _>>().map_err(within)?,
        method,
        name,
    })
}

fn example(value: &Value) -> std::result::Result<Example, String> {
    let read = |key: &str| -> std::result::Result<Option<Value>, String> {
        let parse =
            |text: &str| serde_json::from_str(text).map_err(|error| format!("{key} of an example: {error}"));
        value[key].as_str().map(parse).transpose()
    };
    let download = match &value["download"] {
        Value::Object(_) => {
            let download = &value["download"];
            let bytes = match (download["base64"].as_str(), download["text"].as_str()) {
                (Some(base64), _) => base64::engine::general_purpose::STANDARD
                    .decode(base64)
                    .map_err(|error| format!("base64 of an example: {error}"))?,
                (None, text) => text.unwrap_or_default().as_bytes().to_vec(),
            };
            let content_type = need(download, "content_type")?;
            Some(ExampleFile { content_type, filename: text(&download["filename"]), bytes })
        }
        _ => None,
    };
    let answer = read("response")?;
    let failed = |code: &Value| !matches!(scalar(code).as_str(), "0" | "null");
    Ok(Example {
        query: text(&value["query"]),
        body: read("body")?,
        fails: answer.is_some_and(|answer| failed(&answer["errcode"]) || failed(&answer["base_resp"]["ret"])),
        response: text(&value["response"]),
        download,
    })
}

fn fields(value: &Value) -> std::result::Result<Vec<Field>, String> {
    value.as_array().into_iter().flatten().map(field).collect()
}

fn field(value: &Value) -> std::result::Result<Field, String> {
    let name = need(value, "name")?;
    let constant = Some(value["const"].clone()).filter(|constant| !constant.is_null());
    let account = match value["account"].as_str() {
        Some("appid") => Some(Account::AppId),
        Some("secret") => Some(Account::Secret),
        _ => None,
    };
    let ty = match &value["type"] {
        Value::Null if constant.is_some() || account.is_some() => Type::String,
        described => ty(described).map_err(|error| format!("{name}: {error}"))?,
    };
    let signed = |key: &str| value[key].as_i64().map(i128::from).or(value[key].as_u64().map(i128::from));
    let path = value["path"].as_array().map(Vec::as_slice).unwrap_or_default();
    let also = value["also"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(Field {
        also: also.iter().filter_map(text).collect(),
        ty,
        required: value["required"] == true || constant.is_some() || account.is_some(),
        constant,
        account,
        flatten: value["flatten"] == true,
        path: path.iter().filter_map(text).collect(),
        min: signed("min"),
        max: signed("max"),
        min_chars: value["min_chars"].as_u64(),
        max_chars: value["max_chars"].as_u64(),
        max_bytes: value["max_bytes"].as_u64(),
        min_items: value["min_items"].as_u64(),
        max_items: value["max_items"].as_u64(),
        error: codes(&value["error"]),
        name,
    })
}

fn codes(value: &Value) -> Codes {
    let code = |word: &str| value[word].as_i64();
    Codes {
        missing: code("missing"),
        empty: code("empty"),
        small: code("small"),
        large: code("large"),
        kind: code("type"),
        value: code("value"),
        other: code("other"),
    }
}

fn ty(value: &Value) -> std::result::Result<Type, String> {
    if let Some(name) = value.as_str() {
        return Ok(match name {
            "string" => Type::String,
            "i32" => Type::Integer(i32::MIN.into(), i32::MAX.into()),
            "i64" | "timestamp" => Type::Integer(i64::MIN.into(), i64::MAX.into()),
            "u32" => Type::Integer(0, u32::MAX.into()),
            "u64" => Type::Integer(0, u64::MAX.into()),
            "decimal" => Type::Decimal,
            "bool" => Type::Bool,
            "bool01" => Type::Bool01,
            "date" => Type::Date,
            "json" => Type::Json,
            "file" => Type::File,
            other => return Err(format!("unknown type `{other}`")),
        });
    }
    let one = value.as_object().and_then(|object| object.iter().next());
    let (kind, inner) = one.ok_or_else(|| format!("unknown type {value}"))?;
    let boxed = || ty(inner).map(Box::new);
    Ok(match kind.as_str() {
        "list" | "many" => Type::List(boxed()?),
        "map" => Type::Map(boxed()?),
        "text" => Type::Text(boxed()?),
        "json" => Type::JsonText(boxed()?),
        "ref" => Type::Ref(text(inner).ok_or("a reference without a name")?),
        other => return Err(format!("unknown type `{other}`")),
    })
}

fn union(value: &Value) -> std::result::Result<Union, String> {
    let variants = value["variants"].as_array().map(Vec::as_slice).unwrap_or_default();
    let variant = |value: &Value| {
        let tag = need(value, "tag")?;
        let key = text(&value["key"]).unwrap_or_else(|| tag.clone());
        let payload = Some(&value["type"]).filter(|described| !described.is_null());
        let default = value["default"] == true;
        Ok::<_, String>(Variant { tag, key, default, ty: payload.map(ty).transpose()? })
    };
    Ok(Union {
        tag: text(&value["tag"]),
        keyed: value["keyed"] == true,
        variants: variants.iter().map(variant).collect::<std::result::Result<_, _>>()?,
    })
}
