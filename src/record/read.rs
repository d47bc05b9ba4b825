//! Reading of records from JSON, in one pass and without a type parameter for the record: leniency, unknown
//! fields, the error envelope, and the path of the first value that does not fit.
//!
//! A value that does not fit never ends the pass: it is remembered, and what follows is still read, so that a
//! non-zero `errcode` at the end of a body wins over every mistake before it.

mod cell;
mod union;

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, Deserialize as _, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;

use self::cell::Scalar;
use super::form::Form;
use super::{Field, Mut, Object, Record, Table, Target};

/// How strict the reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the platform needs it.
    Lenient,
    /// Types exactly as the spec says and no unknown field: for tests.
    Strict,
}

/// Where the platform says whether the call worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// `errcode` and `errmsg`.
    Errcode,
    /// `base_resp.ret` and `base_resp.err_msg`.
    BaseResp,
    /// Nowhere: the value is not an answer.
    None,
}

/// What the pass over an answer found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The error code, if it is not zero.
    pub code: Option<i64>,
    pub message: String,
    /// The first value that does not fit, and where.
    pub issue: Option<Issue>,
}

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Like `data.openid[3]`; empty for the whole.
    pub path: String,
    pub message: String,
}

/// Reads an answer into its target. The error is a syntax error; all else stands in the outcome.
pub fn read_target(
    target: &mut dyn Target,
    json: &[u8],
    envelope: Envelope,
    mode: Mode,
) -> (Outcome, Result<(), serde_json::Error>) {
    let mut context = Context::new(mode, envelope);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let seed = Place { slot: target.slot(), form: Form::PLAIN, top: true, context: &mut context };
    let result = seed.deserialize(&mut deserializer).and_then(|_| deserializer.end());
    (context.finish(), result)
}

/// Reads a record from any serde format, for the `Deserialize` of generated types.
pub fn deserialize<'de, D: Deserializer<'de>>(slot: Mut<'_>, deserializer: D) -> Result<(), D::Error> {
    let mut context = Context::new(Mode::Lenient, Envelope::None);
    Place { slot, form: Form::PLAIN, top: true, context: &mut context }.deserialize(deserializer)?;
    match context.finish().issue {
        Some(issue) if issue.path.is_empty() => Err(D::Error::custom(issue.message)),
        Some(issue) => Err(D::Error::custom(format_args!("{} at `{}`", issue.message, issue.path))),
        None => Ok(()),
    }
}

/// What is known so far of one pass.
struct Context {
    mode: Mode,
    envelope: Envelope,
    code: Option<i64>,
    message: String,
    /// The first issue's message; its path is gathered on the way out, innermost first.
    issue: Option<String>,
    path: Vec<Segment>,
}

enum Segment {
    Key(Cow<'static, str>),
    Index(usize),
}

impl Context {
    fn new(mode: Mode, envelope: Envelope) -> Self {
        Self { mode, envelope, code: None, message: String::new(), issue: None, path: Vec::new() }
    }

    fn strict(&self) -> bool {
        self.mode == Mode::Strict
    }

    fn issue(&mut self, message: impl FnOnce() -> String) {
        if self.issue.is_none() {
            self.issue = Some(message());
        }
    }

    /// Runs a step whose issue, if it is the first, lies at this segment.
    fn within<T>(&mut self, segment: impl FnOnce() -> Segment, step: impl FnOnce(&mut Self) -> T) -> T {
        let clean = self.issue.is_none();
        let result = step(self);
        if clean && self.issue.is_some() {
            self.path.push(segment());
        }
        result
    }

    /// Notes an error code. A second `errcode` never turns an error into a success.
    fn note_code(&mut self, text: &str) {
        match text.trim() {
            "" | "0" => {}
            text => match text.parse() {
                Ok(code) => self.code = self.code.or(Some(code)),
                Err(_) => self.issue(|| format!("`errcode` is {text:?}, not a number")),
            },
        }
    }

    fn finish(self) -> Outcome {
        let mut path = String::new();
        for segment in self.path.iter().rev() {
            match segment {
                Segment::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Segment::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        Outcome {
            code: self.code,
            message: self.message,
            issue: self.issue.map(|message| Issue { path, message }),
        }
    }
}

/// A place about to be filled.
struct Place<'a, 'c> {
    slot: Mut<'a>,
    form: Form,
    /// The outermost value, where the envelope is.
    top: bool,
    context: &'c mut Context,
}

impl<'de> DeserializeSeed<'de> for Place<'_, '_> {
    /// Whether there is a value at all.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match self.slot {
            Mut::Value(value) if !self.form.has(Form::JSON) => {
                *value = Value::deserialize(deserializer)?;
                if self.top {
                    note_envelope(value, self.context);
                }
                Ok(!value.is_null())
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

/// The error code of an answer that is read as a raw value.
fn note_envelope(value: &Value, context: &mut Context) {
    let Some(object) = value.as_object() else { return };
    let (code, message) = match context.envelope {
        Envelope::Errcode => (object.get("errcode"), object.get("errmsg")),
        Envelope::BaseResp => match object.get("base_resp") {
            Some(inner) => (inner.get("ret"), inner.get("err_msg")),
            None => (object.get("errcode"), object.get("errmsg")),
        },
        Envelope::None => return,
    };
    if let Some(message) = message.and_then(Value::as_str) {
        message.clone_into(&mut context.message);
    }
    match code {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => context.note_code(text),
        Some(other) => context.note_code(&other.to_string()),
    }
}

impl<'de> Visitor<'de> for Place<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(self.fill(Scalar::Bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<bool, E> {
        Ok(self.fill(Scalar::Int(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<bool, E> {
        Ok(self.fill(Scalar::Uint(value)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<bool, E> {
        Ok(self.fill(Scalar::Float(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<bool, E> {
        Ok(self.fill(Scalar::Str(value)))
    }
    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(self.fill(Scalar::Null))
    }
    fn visit_none<E>(self) -> Result<bool, E> {
        Ok(self.fill(Scalar::Null))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let Self { slot, form, context, .. } = self;
        match slot {
            Mut::Opt(inner) => Place { slot: inner.fill(), form, top: false, context }.visit_seq(list),
            Mut::Value(value) => {
                *value = Value::deserialize(de::value::SeqAccessDeserializer::new(list))?;
                Ok(true)
            }
            Mut::Seq(seq) => {
                seq.reset();
                let mut index = 0;
                loop {
                    let item = Item { seq: &mut *seq, form: form.inner(), index, context: &mut *context };
                    if list.next_element_seed(item)?.is_none() {
                        return Ok(true);
                    }
                    index += 1;
                }
            }
            other => {
                let mut empty = true;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    empty = false;
                }
                // `[]` stands for an empty object on platforms written in PHP.
                let object = matches!(other, Mut::Record(_) | Mut::Map(_) | Mut::Union(_));
                if !(empty && object) || context.strict() {
                    context.issue(|| format!("expected {}, found a list", cell::expected(&other)));
                }
                Ok(true)
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Self { slot, form, top, context } = self;
        match slot {
            Mut::Opt(inner) => return Place { slot: inner.fill(), form, top, context }.visit_map(map),
            Mut::Record(record) => {
                let upper = record.table().fields.len();
                Fields { record, lower: 0, upper, depth: 0, top, context }.visit_map(map)?;
            }
            Mut::Union(union) => {
                let mut fields = Object::new();
                while let Some(key) = map.next_key::<String>()? {
                    if !(top && watch_envelope(&key, &mut map, context)?) {
                        fields.insert(key, map.next_value()?);
                    }
                }
                union::read_whole(union, fields, context);
            }
            Mut::Map(dict) => {
                dict.reset();
                while let Some(key) = map.next_key::<String>()? {
                    context.within(
                        || Segment::Key(Cow::Owned(key.clone())),
                        |context| {
                            let slot = dict.entry(key.clone());
                            map.next_value_seed(Place { slot, form: form.inner(), top: false, context })
                        },
                    )?;
                }
            }
            Mut::Seq(seq) => {
                if context.strict() && !form.has(Form::MANY) {
                    context.issue(|| "expected a list, found an object".to_owned());
                }
                seq.reset();
                Place { slot: seq.grow(), form: form.inner(), top: false, context }.visit_map(map)?;
            }
            Mut::Value(value) => {
                *value = Value::deserialize(de::value::MapAccessDeserializer::new(map))?;
            }
            slot => {
                // With `arbitrary_precision`, a number arrives as a map with one magic key.
                if let Some(key) = map.next_key::<Cow<'_, str>>()? {
                    if key == cell::NUMBER {
                        let text: String = map.next_value()?;
                        return Ok(Place { slot, form, top, context }.fill(Scalar::of_number(&text)));
                    }
                    map.next_value::<IgnoredAny>()?;
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                context.issue(|| format!("expected {}, found an object", cell::expected(&slot)));
            }
        }
        Ok(true)
    }
}

/// One item of a list.
struct Item<'a, 'c> {
    seq: &'a mut dyn super::Seq,
    form: Form,
    index: usize,
    context: &'c mut Context,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { seq, form, index, context } = self;
        context.within(
            || Segment::Index(index),
            |context| Place { slot: seq.grow(), form, top: false, context }.deserialize(deserializer),
        )
    }
}

/// The fields of a record, or those inside one of its nested objects.
struct Fields<'a, 'c> {
    record: &'a mut dyn Record,
    /// The fields of the table that stand in this object: all of them, or a group of adjacent ones.
    lower: usize,
    upper: usize,
    depth: usize,
    top: bool,
    context: &'c mut Context,
}

/// What a key of an object means.
enum Key {
    Field(usize),
    /// A nested object that holds the fields from here on.
    Group(usize),
    Other(String),
}

struct KeyIn {
    table: &'static Table,
    lower: usize,
    upper: usize,
    depth: usize,
    /// Where the next field is likely to be: keys mostly come in the order of the table.
    likely: usize,
}

impl KeyIn {
    fn matches(&self, field: &Field, key: &str) -> bool {
        !field.flatten && field.path.get(self.depth).map_or(field.wire == key, |head| *head == key)
    }

    fn find(&self, key: &str) -> Option<Key> {
        let fields = self.table.fields;
        let found = match fields.get(self.likely) {
            Some(field) if self.likely < self.upper && self.matches(field, key) => self.likely,
            _ => (self.lower..self.upper).find(|index| self.matches(&fields[*index], key))?,
        };
        Some(if fields[found].path.len() > self.depth {
            let head = (self.lower..self.upper).find(|index| self.matches(&fields[*index], key));
            Key::Group(head.unwrap_or(found))
        } else {
            Key::Field(found)
        })
    }
}

impl<'de> DeserializeSeed<'de> for KeyIn {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for KeyIn {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }
    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(self.find(key).unwrap_or_else(|| Key::Other(key.to_owned())))
    }
}

impl<'de> Visitor<'de> for Fields<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { record, lower, upper, depth, top, context } = self;
        let table = record.table();
        let mut seen = 0_u64;
        let mut rest = Object::new();
        let mut likely = lower;
        while let Some(key) = map.next_key_seed(KeyIn { table, lower, upper, depth, likely })? {
            match key {
                Key::Field(index) => {
                    let field = &table.fields[index];
                    likely = index + 1;
                    let present = context.within(
                        || Segment::Key(Cow::Borrowed(field.wire)),
                        |context| {
                            let slot = record.at(index);
                            map.next_value_seed(Place { slot, form: field.form, top: false, context })
                        },
                    )?;
                    if present {
                        seen |= 1 << index;
                    }
                }
                Key::Group(start) => {
                    let head = table.fields[start].path[depth];
                    let end = (start..upper).find(|next| table.fields[*next].path.get(depth) != Some(&head));
                    let end = end.unwrap_or(upper);
                    likely = end;
                    context.within(
                        || Segment::Key(Cow::Borrowed(head)),
                        |context| {
                            let group = Fields {
                                record: &mut *record,
                                lower: start,
                                upper: end,
                                depth: depth + 1,
                                top: false,
                                context,
                            };
                            map.next_value_seed(Nested(group))
                        },
                    )?;
                    // Judged inside the group.
                    seen |= (start..end).fold(0, |bits, index| bits | 1 << index);
                }
                Key::Other(key) => {
                    if top && watch_envelope(&key, &mut map, context)? {
                        continue;
                    }
                    if key == cell::NUMBER {
                        map.next_value::<IgnoredAny>()?;
                        context.issue(|| "expected an object, found a number".to_owned());
                        continue;
                    }
                    rest.insert(key, map.next_value()?);
                }
            }
        }
        for index in lower..upper {
            let field = &table.fields[index];
            if field.flatten {
                flatten(record.at(index), &mut rest, field, context);
            } else if field.required && seen & (1 << index) == 0 && !field.lax {
                let outer = field.path.get(depth).copied();
                context.within(
                    || Segment::Key(Cow::Borrowed(outer.unwrap_or(field.wire))),
                    |context| context.issue(|| "a required field is missing".to_owned()),
                );
            }
        }
        if context.strict() {
            if let Some(key) = rest.keys().next().cloned() {
                context.within(
                    || Segment::Key(Cow::Owned(key)),
                    |context| context.issue(|| "the spec does not know this field".to_owned()),
                );
            }
        }
        record.unknown_mut().extend(rest);
        Ok(())
    }
}

/// Fills a union or an object whose fields stood beside those of the record.
fn flatten(slot: Mut<'_>, rest: &mut Object, field: &Field, context: &mut Context) {
    match slot {
        Mut::Opt(inner) => match inner.fill() {
            Mut::Union(union) => {
                if !union::read(union, rest, context) {
                    inner.unset();
                }
            }
            slot => union::read_object(slot, rest, context),
        },
        Mut::Union(union) => {
            if !union::read(union, rest, context) && field.required && !field.lax {
                let table = union.table();
                context.issue(|| match table.tag {
                    Some(tag) => format!("`{tag}` is missing, which says what kind of {} it is", table.name),
                    None => format!("none of the fields is there that tell what {} it is", table.name),
                });
            }
        }
        slot => union::read_object(slot, rest, context),
    }
}

/// The object around nested fields; `null` or `""` stands for an empty one.
struct Nested<'a, 'c>(Fields<'a, 'c>);

impl<'de> DeserializeSeed<'de> for Nested<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value {
            Value::Object(map) => {
                self.0.visit_map(de::value::MapDeserializer::new(map.into_iter())).map_err(D::Error::custom)
            }
            other => {
                let fields = self.0;
                if !other.is_null() || fields.context.strict() {
                    fields.context.issue(|| "expected an object".to_owned());
                }
                Ok(())
            }
        }
    }
}

/// Notes the error code or message if the key is one of them, and says whether it was.
fn watch_envelope<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
    context: &mut Context,
) -> Result<bool, A::Error> {
    let mut text = String::new();
    match (context.envelope, key) {
        (Envelope::Errcode | Envelope::BaseResp, "errcode") => {
            context.within(
                || Segment::Key(Cow::Borrowed("errcode")),
                |context| {
                    let slot = Mut::Str(&mut text);
                    map.next_value_seed(Place { slot, form: Form::PLAIN, top: false, context })
                },
            )?;
            context.note_code(&text);
        }
        (Envelope::Errcode | Envelope::BaseResp, "errmsg") => {
            let value: Value = map.next_value()?;
            if let Value::String(text) = value {
                context.message = text;
            }
        }
        (Envelope::BaseResp, "base_resp") => {
            let value: Value = map.next_value()?;
            let mut wrapped = Object::new();
            wrapped.insert("base_resp".to_owned(), value);
            note_envelope(&Value::Object(wrapped), context);
        }
        _ => return Ok(false),
    }
    Ok(true)
}
