//! One scalar from the wire into one place: which kinds may stand for which.

use super::super::form::Form;
use super::super::Mut;
use super::{Context, Level, Place};
use serde::de::DeserializeSeed;
use serde_json::Value;

/// The key under which serde_json hands over a number when its feature `arbitrary_precision` is on.
pub(super) const NUMBER: &str = "$serde_json::private::Number";

/// 2^52: from here on a float no longer tells which integer was meant. It could up to 2^53, but serde_json reads floats
/// to the last binary digit but one: 9007199254740991.0 as …990.
const EXACT: f64 = 4_503_599_627_370_496.0;

/// A value without parts.
#[derive(Clone, Copy)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'a str),
}

impl From<Scalar<'_>> for Value {
    fn from(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => value.into(),
            Scalar::Int(value) => value.into(),
            Scalar::Uint(value) => value.into(),
            Scalar::Float(value) => value.into(),
            Scalar::Str(value) => value.into(),
        }
    }
}

impl Scalar<'_> {
    /// The number that is written so.
    pub(super) fn of_number(text: &str) -> Scalar<'_> {
        if let Ok(value) = text.parse() {
            Scalar::Uint(value)
        } else if let Ok(value) = text.parse() {
            Scalar::Int(value)
        } else {
            // Too large for a float: only as text is it still what it is.
            text.parse().ok().filter(|value: &f64| value.is_finite()).map_or(Scalar::Str(text), Scalar::Float)
        }
    }

    pub(super) fn found(self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Uint(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Str("") => "an empty string".to_owned(),
            Self::Str(_) => "a string".to_owned(),
        }
    }

    /// The integer that this is, if it is one. `strict`: only a number is.
    pub(super) fn integer(self, strict: bool) -> Option<i128> {
        match self {
            Self::Int(value) => Some(value.into()),
            Self::Uint(value) => Some(value.into()),
            _ if strict => None,
            Self::Bool(value) => Some(value.into()),
            #[allow(clippy::cast_possible_truncation)]
            Self::Float(value) if value.fract() == 0.0 && value.abs() < EXACT => Some(value as i128),
            Self::Str(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn boolean(self, form: Form, strict: bool) -> Option<bool> {
        match self {
            Self::Bool(value) if !(strict && form.has(Form::BOOL01)) => Some(value),
            Self::Int(_) | Self::Uint(_) if !strict || form.has(Form::BOOL01) => match self.integer(true) {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            Self::Str(text) if !strict || form.has(Form::TEXT) => match text.trim() {
                "1" | "true" | "True" | "TRUE" => Some(true),
                "0" | "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    fn float(self, strict: bool) -> Option<f64> {
        match self {
            Self::Float(value) => Some(value),
            // The platform's decimals are coordinates and shares, far below 2^53.
            #[allow(clippy::cast_precision_loss)]
            Self::Int(value) => Some(value as f64),
            #[allow(clippy::cast_precision_loss)]
            Self::Uint(value) => Some(value as f64),
            Self::Str(text) if !strict => text.trim().parse().ok().filter(|value: &f64| value.is_finite()),
            _ => None,
        }
    }

    /// The text that this is; numbers and booleans are text unless `strict`.
    fn text(self, strict: bool, out: &mut String) -> bool {
        use std::fmt::Write as _;
        out.clear();
        match self {
            Self::Str(text) => {
                // Exactly as long as it must be, and faster than growing.
                *out = text.to_owned();
                return true;
            }
            _ if strict => return false,
            Self::Int(value) => write!(out, "{value}"),
            Self::Uint(value) => write!(out, "{value}"),
            // Beyond that it is an integer that was rounded: no text is better than a wrong one.
            Self::Float(value) if value.abs() >= EXACT => return false,
            Self::Float(value) => write!(out, "{value}"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Null => return false,
        }
        .is_ok()
    }
}

/// What a place takes, for messages.
pub(super) fn expected(slot: &Mut<'_>) -> &'static str {
    match slot {
        Mut::Bool(_) => "a boolean",
        Mut::I32(_) | Mut::I64(_) | Mut::U32(_) | Mut::U64(_) | Mut::Integer(_) => "an integer",
        Mut::Float(_) => "a number",
        Mut::Str(_) | Mut::Text(_) => "a string",
        Mut::Seq(_) => "a list",
        Mut::Record(_) | Mut::Union(_) | Mut::Map(_) => "an object",
        Mut::File(_) => "a file",
        Mut::Nothing | Mut::Unknown(_) | Mut::Opt(_) | Mut::Value(_) => "a value",
    }
}

/// An object is due here.
pub(super) fn is_object(slot: &Mut<'_>) -> bool {
    matches!(slot, Mut::Record(_) | Mut::Map(_) | Mut::Union(_))
}

/// What a value is, for messages.
pub(super) fn kind(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "a boolean",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::String(_) => "a string",
        serde_json::Value::Array(_) => "a list",
        serde_json::Value::Object(_) => "an object",
    }
}

impl Place<'_, '_, '_> {
    /// Fills the place with a scalar; says whether there was a value at all.
    #[inline]
    pub(super) fn fill(&mut self, scalar: Scalar<'_>) -> bool {
        let Self { slot, form, level, context } = self;
        if *form == Form::PLAIN && put_plain(slot, scalar) {
            return true;
        }
        if form.has(Form::JSON)
            && let Scalar::Str(text) = scalar
        {
            return json_text(slot, form.without_json(), *level, context, text);
        }
        fill(slot, *form, scalar, *level, context)
    }
}

fn fill(slot: &mut Mut<'_>, form: Form, scalar: Scalar<'_>, level: Level, context: &mut Context) -> bool {
    let strict = context.strict();
    match slot {
        Mut::Opt(inner) => {
            let mut slot = inner.fill();
            if matches!(scalar, Scalar::Null) {
                if strict && !matches!(slot, Mut::Value(_)) {
                    mismatch(&slot, scalar, context);
                }
                inner.unset();
                return false;
            }
            if !strict && is_empty(scalar, &slot) {
                inner.unset();
                return false;
            }
            if let Mut::Opt(_) = slot {
                return fill(&mut slot, form, scalar, level, context);
            }
            if form == Form::PLAIN && put_plain(&mut slot, scalar) {
                return true;
            }
            put(&mut slot, form, scalar, context);
            true
        }
        slot => match scalar {
            Scalar::Null => {
                if strict && !matches!(slot, Mut::Value(_)) {
                    mismatch(slot, scalar, context);
                }
                nothing(slot, scalar, level, context)
            }
            scalar if !strict && is_empty(scalar, slot) => nothing(slot, scalar, level, context),
            scalar => {
                put(slot, form, scalar, context);
                true
            }
        },
    }
}

/// There is no value. Where the whole is none, its required fields are missing all the same; and no response is none.
fn nothing(slot: &mut Mut<'_>, scalar: Scalar<'_>, level: Level, context: &mut Context) -> bool {
    match slot {
        slot if level == Level::Envelope && is_object(slot) => mismatch(slot, scalar, context),
        Mut::Record(record) if level != Level::Inner => super::read_empty(&mut **record, level, context),
        // As languages write a false value that make text of everything.
        Mut::Bool(value) if !context.request() && !matches!(scalar, Scalar::Null) => {
            **value = false;
            return true;
        }
        _ => {}
    }
    false
}

/// An empty string where something else is due: there is no value. So is white space, what is left of an element
/// without children.
fn is_empty(scalar: Scalar<'_>, slot: &Mut<'_>) -> bool {
    match (scalar, slot) {
        (_, Mut::Str(_) | Mut::Value(_) | Mut::File(_)) => false,
        (Scalar::Str(text), Mut::Text(_) | Mut::Integer(_)) => text.is_empty(),
        (Scalar::Str(text), _) => text.trim().is_empty(),
        _ => false,
    }
}

fn mismatch(slot: &Mut<'_>, scalar: Scalar<'_>, context: &mut Context) {
    context.misfit(|| format!("expected {}, found {}", expected(slot), scalar.found()));
}

/// The short way for what nearly all values are: text where text is due, and a number where one is due. `false`: it
/// is something else.
#[inline]
pub(super) fn put_plain(slot: &mut Mut<'_>, scalar: Scalar<'_>) -> bool {
    fn number<T: TryFrom<u64>>(place: &mut T, value: u64) -> bool {
        T::try_from(value).map(|value| *place = value).is_ok()
    }
    match (slot, scalar) {
        (Mut::Str(place), Scalar::Str(text)) => {
            **place = text.to_owned();
            true
        }
        (Mut::U32(place), Scalar::Uint(value)) => number(&mut **place, value),
        (Mut::I64(place), Scalar::Uint(value)) => number(&mut **place, value),
        (Mut::U64(place), Scalar::Uint(value)) => number(&mut **place, value),
        _ => false,
    }
}

fn put(slot: &mut Mut<'_>, form: Form, scalar: Scalar<'_>, context: &mut Context) {
    let strict = context.strict();
    let number = if strict && form.has(Form::TEXT) {
        // Strictly, a number as text is text.
        match scalar {
            Scalar::Str(text) => Scalar::of_number(text),
            other => return mismatch(slot, other, context),
        }
    } else {
        scalar
    };
    match slot {
        Mut::Bool(place) => match scalar.boolean(form, strict) {
            Some(value) => **place = value,
            None => mismatch(slot, scalar, context),
        },
        Mut::I32(place) => integer_into(&mut **place, number, strict, context),
        Mut::I64(place) => integer_into(&mut **place, number, strict, context),
        Mut::U32(place) => integer_into(&mut **place, number, strict, context),
        Mut::U64(place) => integer_into(&mut **place, number, strict, context),
        Mut::Float(place) => match number.float(strict) {
            Some(value) => **place = value,
            None => mismatch(slot, scalar, context),
        },
        Mut::Str(place) => {
            if !scalar.text(strict, place) {
                mismatch(slot, scalar, context);
            }
        }
        Mut::Text(place) => {
            let mut text = String::new();
            match number {
                Scalar::Str(text) => place.set(text),
                _ if number.text(strict, &mut text) => place.set(&text),
                _ => mismatch(slot, scalar, context),
            }
        }
        Mut::Integer(place) => {
            let value = number.integer(strict).and_then(|value| i64::try_from(value).ok());
            match value {
                Some(value) => place.set(value),
                None => mismatch(slot, scalar, context),
            }
        }
        Mut::Value(place) => **place = scalar.into(),
        Mut::Seq(seq) if !strict => {
            // One bare value where a list is due.
            seq.truncate(0);
            put(&mut seq.grow(), form.inner(), scalar, context);
        }
        Mut::File(place) => match scalar {
            // A file in an example or a log is its name.
            Scalar::Str(name) => **place = crate::record::part::FilePart::bytes(name, Vec::new()),
            _ => context.misfit(|| "expected a file".to_owned()),
        },
        slot => mismatch(slot, scalar, context),
    }
}

fn integer_into<T>(place: &mut T, number: Scalar<'_>, strict: bool, context: &mut Context)
where
    T: TryFrom<i128>,
{
    match number.integer(strict).map(T::try_from) {
        Some(Ok(value)) => *place = value,
        Some(Err(_)) => context.misfit(|| match number {
            Scalar::Str(_) => "the number in the string is out of range".to_owned(),
            number => format!("{} is out of range", number.found()),
        }),
        None => context.misfit(|| format!("expected an integer, found {}", number.found())),
    }
}

/// Reads JSON inside a string into a place.
fn json_text(slot: &mut Mut<'_>, form: Form, level: Level, context: &mut Context, text: &str) -> bool {
    if text.trim().is_empty() {
        return fill(slot, form, Scalar::Null, level, context);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut place = Place { slot, form, level: Level::Inner, context: &mut *context };
    match place.deserialize(&mut deserializer).and_then(|present| deserializer.end().map(|()| present)) {
        Ok(present) => present,
        Err(error) => {
            context.misfit(|| format!("the string should hold JSON: {error}"));
            true
        }
    }
}
