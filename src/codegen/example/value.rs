//! Checks single values of examples: JSON values and the texts of queries, parts and XML.
//! Which values there must be is said by `shape` and `form`.

use super::{Check, Places, Side, APP_ID, SECRET};
use crate::codegen::json::{self, Json, Value};
use crate::spec::date::is_date;
use crate::spec::index::Kind;
use crate::spec::layout::Due;
use crate::spec::model::{Const, OpenEnum, Origin, Span, Type};
use crate::spec::naming;
use crate::spec::types;

impl<'s> Check<'s, '_> {
    /// A value that is given, fixed, or already checked.
    pub fn due(&mut self, json: &Json, due: Due<'s>, side: Side, places: Places) {
        match due {
            Due::Payload(ty, _) => self.value(json, ty, side, places),
            Due::Field(field) if field.origin == Origin::Caller => {
                self.value(json, &field.ty.value, side, places);
            }
            Due::Field(field) => {
                let due = fixed(&field.origin);
                if json.value != due {
                    let message = format!("the constant {} is due", show(&due));
                    self.error(places, json.span.start, message);
                }
            }
            Due::Tag => {}
        }
    }

    /// A value of a type, strictly.
    pub fn value(&mut self, json: &Json, ty: &'s Type, side: Side, places: Places) {
        let offset = json.span.start;
        let fits = match (ty, &json.value) {
            (Type::Json | Type::File, _) => true,
            (Type::List(inner) | Type::Many(inner), Value::List(items)) => {
                items.iter().for_each(|item| self.value(item, inner, side, places));
                true
            }
            (Type::Many(inner), _) if side != Side::Request => {
                self.value(json, inner, side, places);
                true
            }
            (Type::Map(inner), Value::Object(members)) => {
                members.iter().for_each(|member| self.value(&member.json, inner, side, places));
                true
            }
            (Type::JsonText(inner), Value::Text(text)) => {
                self.json_text(text, inner, side, places.span(offset));
                true
            }
            (Type::Named(name), _) => {
                self.named(json, name, side, places);
                true
            }
            (Type::Text(inner), Value::Text(text)) => {
                let fits = self.text_fits(text, inner);
                self.note(fits, places, offset)
            }
            (Type::Id(id), _) => {
                self.value(json, &id.on_the_wire, side, places);
                true
            }
            (Type::Date, Value::Text(text)) => self.note(scalar(text, ty), places, offset),
            (Type::String, Value::Text(_)) | (Type::Bool, Value::Bool(_)) => true,
            (Type::Decimal | Type::Bool01, Value::Number(number)) => {
                self.note(scalar(number, ty), places, offset)
            }
            (ty, Value::Number(number)) if ty.bounds().is_some() => {
                self.note(scalar(number, ty), places, offset)
            }
            _ => false,
        };
        if !fits {
            let what = match &json.value {
                Value::Number(number) => format!("the number {number}"),
                Value::Text(text) if text.chars().count() <= 20 => format!("the text {text:?}"),
                Value::Bool(value) => format!("`{value}`"),
                _ => json.kind().to_owned(),
            };
            self.error(places, offset, format!("{what} does not fit the type `{}`", types::show(ty)));
        }
    }

    /// Reports what is wrong with a value of the right kind.
    fn note(&mut self, verdict: Result<(), String>, places: Places, offset: usize) -> bool {
        if let Err(message) = verdict {
            self.error(places, offset, message);
        }
        true
    }

    /// A value of a type that the spec describes.
    fn named(&mut self, json: &Json, name: &str, side: Side, places: Places) {
        let offset = json.span.start;
        let described = self.index.get(name).filter(|_| self.is_sound(name));
        match described.map(|described| described.kind) {
            Some(Kind::Object(object)) => self.object(json, &object.fields, side, places, &[]),
            Some(Kind::Union(union)) => self.union(json, union, side, places, &[]),
            Some(Kind::Enum(open_enum)) => match &json.value {
                Value::Text(raw) if !open_enum.integer => {
                    self.note(is_listed(open_enum, raw), places, offset);
                }
                Value::Number(raw) if open_enum.integer => {
                    self.note(is_listed(open_enum, raw), places, offset);
                }
                _ => {
                    let due = if open_enum.integer { "an integer" } else { "text" };
                    let message = format!("a `{name}` is {due}, not {}", json.kind());
                    self.error(places, offset, message);
                }
            },
            None => {}
        }
    }

    /// JSON that stands in a string; all of it is reported at one place.
    pub fn json_text(&mut self, text: &str, ty: &'s Type, side: Side, span: Span) {
        let places = Places::At(span);
        if let Some(json) = self.json(text, places) {
            self.value(&json, ty, side, places);
        }
    }

    /// Whether a text is a value of a type, as queries, parts and XML write it.
    pub fn text_fits(&self, text: &str, ty: &Type) -> Result<(), String> {
        match ty {
            Type::Text(inner) => self.text_fits(text, inner),
            Type::JsonText(_) | Type::Json => match json::read(text) {
                document if document.errors.is_empty() => Ok(()),
                _ => Err(format!("{text:?} is no JSON")),
            },
            Type::Named(name) => match self.index.get(name).filter(|_| self.is_sound(name)).map(|it| it.kind)
            {
                Some(Kind::Enum(open_enum)) => is_listed(open_enum, text),
                _ => Ok(()),
            },
            ty => scalar(text, ty),
        }
    }
}

fn is_listed(open_enum: &OpenEnum, raw: &str) -> Result<(), String> {
    let values = || open_enum.values.iter().map(|value| value.wire.value.as_str());
    if values().any(|value| value == raw) {
        return Ok(());
    }
    let meant = naming::suggestion(raw, values());
    Err(format!("`{raw}` is no value of `{}` that the spec lists{meant}", open_enum.name.value))
}

/// What a constant or a value of the account looks like in JSON.
pub fn fixed(origin: &Origin) -> Value {
    match origin {
        Origin::Const(Const::Text(text)) => Value::Text(text.clone()),
        Origin::Const(Const::Integer(number)) => Value::Number(number.to_string()),
        Origin::Const(Const::Bool(value)) => Value::Bool(*value),
        Origin::AppId => Value::Text(APP_ID.to_owned()),
        Origin::Secret => Value::Text(SECRET.to_owned()),
        Origin::Caller => Value::Null,
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Number(number) => number.clone(),
        Value::Bool(value) => value.to_string(),
        _ => "null".to_owned(),
    }
}

/// Whether a text, or the text of a number, is a value of a type without parts.
fn scalar(text: &str, ty: &Type) -> Result<(), String> {
    let integer = |(lowest, highest): (i128, i128)| {
        text.parse::<i128>()
            .is_ok_and(|number| number.to_string() == text && (lowest..=highest).contains(&number))
    };
    let fits = match ty.plain() {
        Type::Timestamp if text.starts_with('-') => false,
        Type::Decimal => matches!(json::read(text).root, Some(Json { value: Value::Number(_), .. })),
        Type::Bool => text == "true" || text == "false",
        Type::Bool01 => text == "1" || text == "0",
        Type::Date => is_date(text),
        ty => ty.bounds().is_none_or(integer),
    };
    if fits {
        return Ok(());
    }
    Err(match ty {
        Type::Bool01 => format!("{text} does not fit the type `bool01`: 1 or 0 is due"),
        Type::Date => format!("{text:?} is no date such as `2024-12-31`"),
        _ => format!("{text} does not fit the type `{}`", types::show(ty)),
    })
}
