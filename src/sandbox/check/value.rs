//! Judges one value: its type, as strictly as the platform does, and its limits.
//! Which values a record may hold, and where, stands in `check.rs`.

use serde_json::{Number, Value};

use super::super::answer::{refused_for, Refusal};
use super::super::request::{drop_nulls, has_escapes, integer, scalar, Part};
use super::given::{Given, Item};
use super::verdict::{broken, mistyped, one_of, Fault, Verdict};
use super::Checker;
use crate::spec::date::is_date;
use crate::spec::index::Kind;
use crate::spec::model::{Field, Limits, OpenEnum, Type};

/// The platform's codes for a file without a byte, without a name, and of too many bytes.
const EMPTY_FILE: i64 = 44001;
const NO_FILE: i64 = 41005;
const LARGE_FILE: i64 = 45001;
/// The code for a body without a byte.
const NO_BODY: i64 = 44002;

impl<'a> Checker<'a> {
    pub(super) fn item(self, ty: &'a Type, field: &'a Field, at: &str, item: Item<'_>) -> Verdict {
        match (item, ty) {
            (Item::File(part), Type::File) => file(part, field, at),
            (_, Type::File) => Err(no_file(field, at)),
            (Item::File(_), _) => Err(mistyped(field, at, "text, without a file name")),
            (Item::Json(value), ty) => self.value(ty, field, at, value),
            (Item::Text(text), ty) => {
                let value = self.parsed(ty, field, at, text)?;
                self.value(ty, field, at, &value)
            }
        }
    }

    /// Judges the whole body of a request that is one field.
    pub(crate) fn raw(self, field: &'a Field, body: &[u8]) -> Verdict {
        if body.is_empty() {
            return Err(refused_for(
                Fault::Empty.exactly(&field.limits.error).unwrap_or(NO_BODY),
                format!("`{}` is missing", field.wire.value),
            ));
        }
        if matches!(field.ty.value, Type::File) {
            return size(body.len(), field, &field.wire.value);
        }
        let text = std::str::from_utf8(body).map_err(|_| refused_for(40033, "the body is not UTF-8"))?;
        self.item(&field.ty.value, field, &field.wire.value, Item::Text(text))
    }

    /// What a query or a form says in text, as the value that it stands for; unreadable text stays text.
    fn parsed(self, ty: &Type, field: &Field, at: &str, text: &str) -> Result<Value, Refusal> {
        let string = || Value::String(text.to_owned());
        Ok(match ty.plain() {
            ty if ty.bounds().is_some() => integer(text).unwrap_or_else(string),
            Type::Bool01 if matches!(text, "0" | "1") => integer(text).unwrap_or_else(string),
            Type::Decimal => {
                let number = text.parse().ok().and_then(Number::from_f64);
                number.map_or_else(string, Value::Number)
            }
            Type::Bool if matches!(text, "true" | "false") => Value::Bool(text == "true"),
            Type::List(_) | Type::Many(_) | Type::Map(_) | Type::Json => json(field, at, text)?,
            ty => match self.tables.index.kind(ty) {
                Some(Kind::Enum(OpenEnum { integer: true, .. })) => integer(text).unwrap_or_else(string),
                Some(Kind::Object(_) | Kind::Union(_)) => json(field, at, text)?,
                _ => string(),
            },
        })
    }

    pub(super) fn value(self, ty: &'a Type, field: &'a Field, at: &str, value: &Value) -> Verdict {
        let numbered = self.tables.is_numbered(last(at), ty);
        if let Some(bounds) = ty.bounds() {
            let digits = value.as_str().filter(|_| numbered).and_then(integer);
            return whole_within(bounds, digits.as_ref().unwrap_or(value), field, at);
        }
        match ty.plain() {
            Type::String => match value {
                Value::String(text) => length(text, field, at),
                number if numbered && whole(number).is_some() => length(&scalar(number), field, at),
                _ => Err(mistyped(field, at, "a string")),
            },
            Type::Decimal => decimal(value, field, at),
            Type::Bool if !value.is_boolean() => Err(mistyped(field, at, "`true` or `false`")),
            Type::Bool01 if !matches!(whole(value), Some(0 | 1)) => Err(mistyped(field, at, "0 or 1")),
            Type::Date => match value {
                Value::String(text) if is_date(text) => Ok(()),
                _ => Err(mistyped(field, at, "a date like 2024-12-31")),
            },
            Type::List(inner) | Type::Many(inner) => self.list(inner, field, at, value),
            Type::Map(inner) => {
                let members = value.as_object().ok_or_else(|| mistyped(field, at, "an object"))?;
                let mut members = members.iter();
                members.try_for_each(|(name, item)| self.value(inner, field, &format!("{at}.{name}"), item))
            }
            Type::Text(inner) if numbered && whole(value).is_some() => self.value(inner, field, at, value),
            Type::Text(inner) => {
                let due = || mistyped(field, at, "a number written as a string");
                let text = value.as_str().ok_or_else(due)?;
                match self.parsed(inner, field, at, text)? {
                    Value::String(_) => Err(due()),
                    value => self.value(inner, field, at, &value),
                }
            }
            Type::JsonText(inner) => {
                let text = value.as_str().ok_or_else(|| mistyped(field, at, "a string that holds JSON"))?;
                self.value(inner, field, at, &json(field, at, text)?)
            }
            Type::Named(_) => self.named(ty, field, at, value),
            Type::File => Err(mistyped(field, at, "a file")),
            // Anything goes, or has been judged above.
            Type::Bool | Type::Bool01 | Type::Json | Type::Id(_) => Ok(()),
            Type::I32 | Type::I64 | Type::U32 | Type::U64 | Type::Timestamp => Ok(()),
        }
    }

    fn list(self, inner: &'a Type, field: &'a Field, at: &str, value: &Value) -> Verdict {
        let items = value.as_array().ok_or_else(|| mistyped(field, at, "a list"))?;
        let count = items.len() as u64;
        if let Some(min) = field.limits.min_items.filter(|min| count < *min) {
            let fault = if count == 0 { Fault::Empty } else { Fault::Small };
            return Err(broken(at, field, fault, &format!("holds {count} items; at least {min} are due")));
        }
        if let Some(max) = field.limits.max_items.filter(|max| count > *max) {
            let problem = format!("holds {count} items; at most {max} are allowed");
            return Err(broken(at, field, Fault::Large, &problem));
        }
        let mut items = items.iter().enumerate();
        items.try_for_each(|(index, item)| self.value(inner, field, &format!("{at}[{index}]"), item))
    }

    fn named(self, ty: &Type, field: &'a Field, at: &str, value: &Value) -> Verdict {
        let object = || value.as_object().ok_or_else(|| mistyped(field, at, "an object"));
        match self.tables.index.kind(ty) {
            Some(Kind::Object(known)) => self.record(&known.fields, &Given::Json(object()?), at),
            Some(Kind::Union(union)) => self.union_alone(union, field, &Given::Json(object()?), at),
            Some(Kind::Enum(known)) => {
                match (known.integer, value) {
                    (false, Value::String(_)) => {}
                    (true, value) if whole(value).is_some() => {}
                    (false, _) => return Err(mistyped(field, at, "a string")),
                    (true, _) => return Err(mistyped(field, at, "an integer")),
                }
                let value = scalar(value);
                if known.values.iter().any(|allowed| allowed.wire.value == value) {
                    return Ok(());
                }
                let allowed = one_of(known.values.iter().map(|allowed| allowed.wire.value.as_str()));
                Err(broken(at, field, Fault::Value, &format!("is `{value}`; {allowed}")))
            }
            None => Ok(()),
        }
    }
}

/// The name of the field at this place; of an item of a list, that of the list.
fn last(at: &str) -> &str {
    let name = at.rsplit_once('.').map_or(at, |(_, name)| name);
    name.split_once('[').map_or(name, |(name, _)| name)
}

fn json(field: &Field, at: &str, text: &str) -> Result<Value, Refusal> {
    let mut value = serde_json::from_str(text)
        .map_err(|error| mistyped(field, at, &format!("JSON, which it is not: {error}")))?;
    drop_nulls(&mut value);
    if has_escapes(text) {
        return Err(refused_for(40033, format!("`{at}` escapes characters as \\uXXXX")));
    }
    Ok(value)
}

/// The integer that a JSON number is; a fraction or an exponent makes it none.
fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn whole_within((lowest, highest): (i128, i128), value: &Value, field: &Field, at: &str) -> Verdict {
    let number = whole(value).ok_or_else(|| mistyped(field, at, "an integer"))?;
    if number < lowest || number > highest {
        return Err(mistyped(field, at, &format!("an integer from {lowest} to {highest}")));
    }
    let Limits { min, max, .. } = &field.limits;
    if min.is_some_and(|min| number < min.into()) {
        return Err(low(field, at));
    }
    if max.is_some_and(|max| number > max.into()) {
        return Err(high(field, at));
    }
    Ok(())
}

fn decimal(value: &Value, field: &Field, at: &str) -> Verdict {
    let Value::Number(number) = value else { return Err(mistyped(field, at, "a number")) };
    let Limits { min, max, .. } = &field.limits;
    match number.as_f64() {
        // Limits are whole numbers, so the comparison is exact enough.
        Some(number) if min.is_some_and(|min| number < min as f64) => Err(low(field, at)),
        Some(number) if max.is_some_and(|max| number > max as f64) => Err(high(field, at)),
        _ => Ok(()),
    }
}

fn low(field: &Field, at: &str) -> Refusal {
    broken(
        at,
        field,
        Fault::Small,
        &format!("is too small; at least {} is due", field.limits.min.unwrap_or_default()),
    )
}

fn high(field: &Field, at: &str) -> Refusal {
    broken(
        at,
        field,
        Fault::Large,
        &format!("is too large; at most {} is allowed", field.limits.max.unwrap_or_default()),
    )
}

fn length(text: &str, field: &Field, at: &str) -> Verdict {
    let chars = text.chars().count() as u64;
    if let Some(min) = field.limits.min_chars.filter(|min| chars < *min) {
        let fault = if chars == 0 { Fault::Empty } else { Fault::Small };
        return Err(broken(at, field, fault, &format!("has {chars} characters; at least {min} are due")));
    }
    if let Some(max) = field.limits.max_chars.filter(|max| chars > *max) {
        return Err(broken(
            at,
            field,
            Fault::Large,
            &format!("has {chars} characters; at most {max} are allowed"),
        ));
    }
    let bytes = text.len() as u64;
    match field.limits.max_bytes.filter(|max| bytes > *max) {
        Some(max) => {
            Err(broken(at, field, Fault::Large, &format!("has {bytes} bytes; at most {max} are allowed")))
        }
        None => Ok(()),
    }
}

fn file(part: &Part, field: &Field, at: &str) -> Verdict {
    if part.filename.as_deref().unwrap_or_default().is_empty() {
        return Err(no_file(field, at));
    }
    if part.bytes.is_empty() {
        let code = Fault::Empty.exactly(&field.limits.error).unwrap_or(EMPTY_FILE);
        return Err(refused_for(code, format!("`{at}` is an empty file")));
    }
    size(part.bytes.len(), field, at)
}

fn no_file(field: &Field, at: &str) -> Refusal {
    let code = Fault::Missing.exactly(&field.limits.error).unwrap_or(NO_FILE);
    refused_for(code, format!("`{at}` has no file name"))
}

fn size(length: usize, field: &Field, at: &str) -> Verdict {
    match field.limits.max_bytes.filter(|max| length as u64 > *max) {
        Some(max) => {
            let problem = format!("`{at}` has {length} bytes; at most {max} are allowed");
            Err(refused_for(Fault::Large.code(&field.limits.error).unwrap_or(LARGE_FILE), problem))
        }
        None => Ok(()),
    }
}
