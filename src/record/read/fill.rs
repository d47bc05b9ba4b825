//! One scalar from the wire into one target, of whatever type that is.

use serde::de::DeserializeSeed;

use super::super::form::Form;
use super::super::ValueMut;
use super::context::{Context, Level};
use super::fields::read_empty;
use super::scalar::Scalar;
use super::seed::ValueSeed;

/// What a target takes, for messages.
pub(super) fn expected(target: &ValueMut<'_>) -> &'static str {
    match target {
        ValueMut::Bool(_) => "a boolean",
        ValueMut::I32(_) | ValueMut::I64(_) | ValueMut::U32(_) | ValueMut::U64(_) | ValueMut::Integer(_) => {
            "an integer"
        }
        ValueMut::Float(_) => "a number",
        ValueMut::Str(_) | ValueMut::Text(_) => "a string",
        ValueMut::Seq(_) => "a list",
        ValueMut::Record(_) | ValueMut::Union(_) | ValueMut::Map(_) => "an object",
        ValueMut::File(_) => "a file",
        ValueMut::Nothing | ValueMut::Unknown(_) | ValueMut::Opt(_) | ValueMut::Value(_) => "a value",
    }
}

/// Whether it takes an object.
pub(super) fn is_object(target: &ValueMut<'_>) -> bool {
    matches!(target, ValueMut::Record(_) | ValueMut::Map(_) | ValueMut::Union(_))
}

impl ValueSeed<'_, '_, '_> {
    /// Fills the target with a scalar; says whether there was a value at all.
    #[inline]
    pub(super) fn fill(&mut self, scalar: Scalar<'_>) -> bool {
        let Self { target, form, level, context } = self;
        if *form == Form::PLAIN && put_plain(target, scalar) {
            return true;
        }
        if form.has(Form::JSON)
            && let Scalar::Str(text) = scalar
        {
            return json_text(target, form.without_json(), *level, context, text);
        }
        fill(target, *form, scalar, *level, context)
    }
}

fn fill(
    target: &mut ValueMut<'_>,
    form: Form,
    scalar: Scalar<'_>,
    level: Level,
    context: &mut Context,
) -> bool {
    let strict = context.strict();
    match target {
        ValueMut::Opt(inner) => {
            let mut target = inner.insert();
            if matches!(scalar, Scalar::Null) {
                if strict && !matches!(target, ValueMut::Value(_)) {
                    mismatch(&target, scalar, context);
                }
                inner.unset();
                return false;
            }
            if !strict && is_empty(scalar, &target) {
                inner.unset();
                return false;
            }
            if let ValueMut::Opt(_) = target {
                return fill(&mut target, form, scalar, level, context);
            }
            if form == Form::PLAIN && put_plain(&mut target, scalar) {
                return true;
            }
            put(&mut target, form, scalar, context);
            true
        }
        target => match scalar {
            Scalar::Null => {
                if strict && !matches!(target, ValueMut::Value(_)) {
                    mismatch(target, scalar, context);
                }
                nothing(target, scalar, level, context)
            }
            scalar if !strict && is_empty(scalar, target) => nothing(target, scalar, level, context),
            scalar => {
                put(target, form, scalar, context);
                true
            }
        },
    }
}

/// There is no value. Where the whole is none, its required fields are missing all the same; and no response is none.
fn nothing(target: &mut ValueMut<'_>, scalar: Scalar<'_>, level: Level, context: &mut Context) -> bool {
    match target {
        target if level == Level::Envelope && is_object(target) => mismatch(target, scalar, context),
        ValueMut::Record(record) if level != Level::Inner => read_empty(&mut **record, level, context),
        // As languages write a false value that make text of everything.
        ValueMut::Bool(value) if !context.request() && !matches!(scalar, Scalar::Null) => {
            **value = false;
            return true;
        }
        _ => {}
    }
    false
}

/// An empty string where something else is due: there is no value. So is white space, what is left of an element
/// without children.
fn is_empty(scalar: Scalar<'_>, target: &ValueMut<'_>) -> bool {
    match (scalar, target) {
        (_, ValueMut::Str(_) | ValueMut::Value(_) | ValueMut::File(_)) => false,
        (Scalar::Str(text), ValueMut::Text(_) | ValueMut::Integer(_)) => text.is_empty(),
        (Scalar::Str(text), _) => text.trim().is_empty(),
        _ => false,
    }
}

fn mismatch(target: &ValueMut<'_>, scalar: Scalar<'_>, context: &mut Context) {
    context.misfit(|| format!("expected {}, found {}", expected(target), scalar.found()));
}

/// The short way for what nearly all values are: text where text is due, and a number where one is due. `false`: it
/// is something else.
#[inline]
pub(super) fn put_plain(target: &mut ValueMut<'_>, scalar: Scalar<'_>) -> bool {
    fn number<T: TryFrom<u64>>(out: &mut T, value: u64) -> bool {
        T::try_from(value).map(|value| *out = value).is_ok()
    }
    match (target, scalar) {
        (ValueMut::Str(out), Scalar::Str(text)) => {
            **out = text.to_owned();
            true
        }
        (ValueMut::U32(out), Scalar::Uint(value)) => number(&mut **out, value),
        (ValueMut::I64(out), Scalar::Uint(value)) => number(&mut **out, value),
        (ValueMut::U64(out), Scalar::Uint(value)) => number(&mut **out, value),
        _ => false,
    }
}

fn put(target: &mut ValueMut<'_>, form: Form, scalar: Scalar<'_>, context: &mut Context) {
    let strict = context.strict();
    let number = if strict && form.has(Form::TEXT) {
        // Strictly, a number as text is text.
        match scalar {
            Scalar::Str(text) => Scalar::of_number(text),
            other => return mismatch(target, other, context),
        }
    } else {
        scalar
    };
    match target {
        ValueMut::Bool(out) => match scalar.boolean(form, strict) {
            Some(value) => **out = value,
            None => mismatch(target, scalar, context),
        },
        ValueMut::I32(out) => integer_into(&mut **out, number, strict, context),
        ValueMut::I64(out) => integer_into(&mut **out, number, strict, context),
        ValueMut::U32(out) => integer_into(&mut **out, number, strict, context),
        ValueMut::U64(out) => integer_into(&mut **out, number, strict, context),
        ValueMut::Float(out) => match number.float(strict) {
            Some(value) => **out = value,
            None => mismatch(target, scalar, context),
        },
        ValueMut::Str(out) => {
            if !scalar.text(strict, out) {
                mismatch(target, scalar, context);
            }
        }
        ValueMut::Text(out) => {
            let mut text = String::new();
            match number {
                Scalar::Str(text) => out.set(text),
                _ if number.text(strict, &mut text) => out.set(&text),
                _ => mismatch(target, scalar, context),
            }
        }
        ValueMut::Integer(out) => match number.code(strict) {
            Some(value) => out.set(value),
            None => mismatch(target, scalar, context),
        },
        ValueMut::Value(out) => **out = scalar.into(),
        ValueMut::Seq(seq) if !strict => {
            // One bare value where a list is due.
            seq.truncate(0);
            put(&mut seq.grow(), form.inner(), scalar, context);
        }
        ValueMut::File(out) => match scalar {
            // A file in an example or a log is its name.
            Scalar::Str(name) => **out = crate::record::part::FilePart::bytes(name, Vec::new()),
            _ => context.misfit(|| "expected a file".to_owned()),
        },
        target => mismatch(target, scalar, context),
    }
}

fn integer_into<T>(out: &mut T, number: Scalar<'_>, strict: bool, context: &mut Context)
where
    T: TryFrom<i128>,
{
    match number.integer(strict).map(T::try_from) {
        Some(Ok(value)) => *out = value,
        Some(Err(_)) => context.misfit(|| match number {
            Scalar::Str(_) => "the number in the string is out of range".to_owned(),
            number => format!("{} is out of range", number.found()),
        }),
        None => context.misfit(|| format!("expected an integer, found {}", number.found())),
    }
}

/// Reads JSON inside a string.
fn json_text(target: &mut ValueMut<'_>, form: Form, level: Level, context: &mut Context, text: &str) -> bool {
    if text.trim().is_empty() {
        return fill(target, form, Scalar::Null, level, context);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut seed = ValueSeed { target, form, level: Level::Inner, context: &mut *context };
    match seed.deserialize(&mut deserializer).and_then(|present| deserializer.end().map(|()| present)) {
        Ok(present) => present,
        Err(error) => {
            context.misfit(|| format!("the string should hold JSON: {error}"));
            true
        }
    }
}
