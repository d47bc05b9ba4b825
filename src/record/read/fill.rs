//! One scalar from the wire into one place, of whatever type that is.

use serde::de::DeserializeSeed;

use super::super::form::Form;
use super::super::Mut;
use super::context::{Context, Level};
use super::fields::read_empty;
use super::scalar::Scalar;
use super::seed::Place;

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
        Mut::Record(record) if level != Level::Inner => read_empty(&mut **record, level, context),
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
