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
use super::{Field, Mut, Object, Record, Slot, Table, Target};

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

/// Reads a value from any serde format: the `Deserialize` of generated types, each of which only calls this.
pub fn deserialize<'de, T: Slot, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::blank();
    deserialize_into(value.place(), deserializer)?;
    Ok(value)
}

fn deserialize_into<'de, D: Deserializer<'de>>(slot: Mut<'_>, deserializer: D) -> Result<(), D::Error> {
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

    /// Notes an error code, a number or its text. A second one never turns an error into a success.
    fn note_value(&mut self, value: &Value, name: &'static str) {
        let code = match value {
            Value::Null => Some(0),
            Value::String(text) if text.trim().is_empty() => Some(0),
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_i64().or_else(|| {
                let code = cell::Scalar::Float(number.as_f64()?).integer(false)?;
                i64::try_from(code).ok()
            }),
            _ => None,
        };
        match code {
            Some(0) => {}
            Some(code) => self.code = self.code.or(Some(code)),
            None => self.within(
                || Segment::Key(Cow::Borrowed(name)),
                |context| context.issue(|| format!("expected an error code, found {}", cell::kind(value))),
            ),
        }
    }

    /// Whether this key of an answer belongs to its envelope.
    fn watches(&self, key: &str) -> bool {
        match self.envelope {
            Envelope::Errcode => matches!(key, "errcode" | "errmsg"),
            Envelope::BaseResp => matches!(key, "errcode" | "errmsg" | "base_resp"),
            Envelope::None => false,
        }
    }

    /// Notes what stands under such a key.
    fn note(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("errcode", code) => self.note_value(code, "errcode"),
            ("errmsg", Value::String(message)) => message.clone_into(&mut self.message),
            ("base_resp", Value::Object(fields)) => {
                if let Some(code) = fields.get("ret") {
                    self.note_value(code, "base_resp.ret");
                }
                if let Some(Value::String(message)) = fields.get("err_msg") {
                    message.clone_into(&mut self.message);
                }
            }
            _ => {}
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
            // At the top, the keys of the envelope are looked at as they come.
            Mut::Value(value) if !(self.top || self.form.has(Form::JSON)) => {
                *value = Value::deserialize(deserializer)?;
                Ok(!value.is_null())
            }
            _ => deserializer.deserialize_any(self),
        }
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
    // Only from buffered numbers, with serde_json's `arbitrary_precision`; without it they come as floats too.
    #[allow(clippy::cast_precision_loss)]
    fn visit_u128<E>(self, value: u128) -> Result<bool, E> {
        Ok(self.fill(Scalar::Float(value as f64)))
    }
    #[allow(clippy::cast_precision_loss)]
    fn visit_i128<E>(self, value: i128) -> Result<bool, E> {
        Ok(self.fill(Scalar::Float(value as f64)))
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
        let Self { slot, form, top, context } = self;
        let lenient = !context.strict();
        if form.has(Form::JSON) && !lenient {
            context.issue(|| "expected a string that holds JSON, found a list".to_owned());
        }
        match slot {
            Mut::Opt(inner) => {
                let slot = inner.fill();
                if !(lenient && cell::is_object(&slot)) {
                    return Place { slot, form, top, context }.visit_seq(list);
                }
                let expected = cell::expected(&slot);
                let empty = skip(list)?;
                if empty {
                    inner.unset();
                } else {
                    context.issue(|| format!("expected {expected}, found a list"));
                }
                Ok(!empty)
            }
            Mut::Value(value) => {
                *value = Value::deserialize(de::value::SeqAccessDeserializer::new(list))?;
                Ok(true)
            }
            Mut::Seq(seq) => {
                seq.truncate(0);
                let mut index = 0;
                loop {
                    let size = seq.size();
                    let item = Item { seq: &mut *seq, form: form.inner(), index, context: &mut *context };
                    match list.next_element_seed(item)? {
                        None => return Ok(true),
                        // No value can be told from a null among the items.
                        Some(false) if lenient => seq.truncate(size),
                        Some(_) => {}
                    }
                    index += 1;
                }
            }
            slot => {
                // `[]` stands for an empty object on platforms written in PHP.
                let empty = skip(list)? && lenient;
                match slot {
                    Mut::Record(record) if empty => read_empty(record, context),
                    Mut::Map(_) | Mut::Union(_) if empty => {}
                    slot => context.issue(|| format!("expected {}, found a list", cell::expected(&slot))),
                }
                Ok(true)
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Self { slot, form, top, context } = self;
        match slot {
            Mut::Opt(inner) => return Place { slot: inner.fill(), form, top, context }.visit_map(map),
            _ if form.has(Form::JSON) && context.strict() => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                context.issue(|| "expected a string that holds JSON, found an object".to_owned());
            }
            Mut::Record(record) => {
                let upper = record.table().fields.len();
                Fields { record, lower: 0, upper, depth: 0, top, context }.visit_map(map)?;
            }
            Mut::Union(union) => {
                let mut fields = Object::new();
                while let Some(key) = map.next_key::<String>()? {
                    if !(is_number(&key, &mut map, context)? || top && watch_envelope(&key, &mut map, context)?) {
                        fields.insert(key, map.next_value()?);
                    }
                }
                union::read_whole(union, fields, context);
            }
            Mut::Map(dict) => {
                dict.reset();
                while let Some(key) = map.next_key::<String>()? {
                    if is_number(&key, &mut map, context)? {
                        continue;
                    }
                    let present = context.within(
                        || Segment::Key(Cow::Owned(key.clone())),
                        |context| {
                            let slot = dict.entry(key.clone());
                            let anything = matches!(slot, Mut::Value(_));
                            let place = Place { slot, form: form.inner(), top: false, context };
                            map.next_value_seed(place).map(|present| present || anything)
                        },
                    )?;
                    if !present {
                        dict.remove(&key);
                    }
                }
            }
            Mut::Seq(seq) => {
                if context.strict() && !form.has(Form::MANY) {
                    context.issue(|| "expected a list, found an object".to_owned());
                }
                seq.truncate(0);
                Place { slot: seq.grow(), form: form.inner(), top: false, context }.visit_map(map)?;
            }
            Mut::Value(value) if top => {
                let mut fields = Object::new();
                while let Some(key) = map.next_key::<String>()? {
                    if is_number(&key, &mut map, context)? {
                        continue;
                    }
                    let inner: Value = map.next_value()?;
                    if context.watches(&key) {
                        context.note(&key, &inner);
                    }
                    fields.insert(key, inner);
                }
                *value = Value::Object(fields);
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
            |context| {
                let slot = seq.grow();
                let anything = matches!(slot, Mut::Value(_));
                let place = Place { slot, form, top: false, context };
                place.deserialize(deserializer).map(|present| present || anything)
            },
        )
    }
}

/// Passes over a list and says whether it was empty.
fn skip<'de, A: SeqAccess<'de>>(mut list: A) -> Result<bool, A::Error> {
    let mut empty = true;
    while list.next_element::<IgnoredAny>()?.is_some() {
        empty = false;
    }
    Ok(empty)
}

/// Passes over the number that an object with this key is, if it is one: with serde_json's
/// `arbitrary_precision`, numbers come so.
fn is_number<'de, A: MapAccess<'de>>(key: &str, map: &mut A, context: &mut Context) -> Result<bool, A::Error> {
    let number = key == cell::NUMBER;
    if number {
        map.next_value::<IgnoredAny>()?;
        context.issue(|| "expected an object, found a number".to_owned());
    }
    Ok(number)
}

/// Reads a record as if from an object without fields, to find what is missing.
fn read_empty(record: &mut dyn Record, context: &mut Context) {
    let upper = record.table().fields.len();
    let fields = Fields { record, lower: 0, upper, depth: 0, top: false, context };
    let none = std::iter::empty::<(&str, Value)>();
    // There is nothing in it that could fail.
    let _ = fields.visit_map(de::value::MapDeserializer::<_, serde_json::Error>::new(none));
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
                    let present = context.within(
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
                    if present {
                        // Judged inside the group.
                        seen |= (start..end).fold(0, |bits, index| bits | 1 << index);
                    }
                }
                Key::Other(key) => {
                    if top && watch_envelope(&key, &mut map, context)? {
                        continue;
                    }
                    if is_number(&key, &mut map, context)? {
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
                union::untold(union, context);
            }
        }
        slot => union::read_object(slot, rest, context),
    }
}

/// The object around nested fields; `null`, `""` or `[]` stands for none.
struct Nested<'a, 'c>(Fields<'a, 'c>);

impl<'de> DeserializeSeed<'de> for Nested<'_, '_> {
    /// Whether there is an object at all.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let found = match Value::deserialize(deserializer)? {
            Value::Object(map) => {
                let map = de::value::MapDeserializer::new(map.into_iter());
                self.0.visit_map(map).map_err(D::Error::custom)?;
                return Ok(true);
            }
            other if self.0.context.strict() => other,
            Value::Null => return Ok(false),
            Value::String(text) if text.is_empty() => return Ok(false),
            Value::Array(list) if list.is_empty() => return Ok(false),
            other => other,
        };
        self.0.context.issue(|| format!("expected an object, found {}", cell::kind(&found)));
        Ok(true)
    }
}

/// Notes the error code or message if the key is one of them, and says whether it was.
fn watch_envelope<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
    context: &mut Context,
) -> Result<bool, A::Error> {
    let watched = context.watches(key);
    if watched {
        context.note(key, &map.next_value()?);
    }
    Ok(watched)
}
