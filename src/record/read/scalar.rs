//! A value without parts as it came: which kinds may stand for which. Into what it is put is decided in `fill.rs`.

use serde_json::Value;

use super::super::form::Form;

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

    /// The value of an open enum that this is.
    pub(super) fn code(self, strict: bool) -> Option<i64> {
        match self {
            Self::Str(_) if strict => None,
            Self::Str(text) => text.trim().parse().ok(),
            _ => i64::try_from(self.integer(strict)?).ok(),
        }
    }

    pub(super) fn boolean(self, form: Form, strict: bool) -> Option<bool> {
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

    pub(super) fn float(self, strict: bool) -> Option<f64> {
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
    pub(super) fn text(self, strict: bool, out: &mut String) -> bool {
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

/// What a value is, for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
