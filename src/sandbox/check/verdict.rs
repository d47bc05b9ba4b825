//! What can be wrong with a value, and how it is told: the error code, which the spec may name, and the words.
//! Codes of files and bodies stand beside the rules that they belong to.

use crate::sandbox::answer::{refused_for, Refusal};
use crate::spec::model::{Field, FieldErrors, Type};

/// The code for an argument that breaks a rule, where the spec names none.
pub(super) const INVALID_ARGS: i64 = 40097;
/// The code for a value of the wrong type.
pub(super) const FORMAT: i64 = 47001;
/// The code for a file that is not there.
const NO_MEDIA: i64 = 41005;

pub(super) type Verdict = Result<(), Refusal>;

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Missing,
    Empty,
    Small,
    Large,
    /// Of another type.
    Kind,
    /// None of those allowed.
    Value,
}

impl Fault {
    /// The code that the spec names for this fault and no other.
    pub(super) fn exactly(self, codes: &FieldErrors) -> Option<i64> {
        let code = match self {
            Self::Missing => &codes.missing,
            Self::Empty => &codes.empty,
            Self::Small => &codes.small,
            Self::Large => &codes.large,
            Self::Kind => &codes.kind,
            Self::Value => &codes.value,
        };
        code.as_ref().map(|code| code.value)
    }

    /// The code that the spec names for this fault, or for faults in general.
    pub(super) fn code(self, codes: &FieldErrors) -> Option<i64> {
        let other = codes.other.as_ref().map(|code| code.value);
        match self {
            Self::Empty => self.exactly(codes).or(Self::Small.exactly(codes)).or(other),
            // A wrong type breaks no rule of the field; it is the JSON that is wrong.
            Self::Kind => self.exactly(codes),
            fault => fault.exactly(codes).or(other),
        }
    }
}

/// The field is missing where it is required.
pub(super) fn missing(at: &str, field: &Field, ty: &Type) -> Refusal {
    let code = match ty {
        // One code for a field is that of its contents.
        Type::File => Fault::Missing.exactly(&field.limits.error).unwrap_or(NO_MEDIA),
        _ => Fault::Missing.code(&field.limits.error).unwrap_or(INVALID_ARGS),
    };
    refused_for(code, format!("`{at}` is missing"))
}

pub(super) fn mistyped(field: &Field, at: &str, due: &str) -> Refusal {
    refused_for(Fault::Kind.code(&field.limits.error).unwrap_or(FORMAT), format!("`{at}` must be {due}"))
}

/// A value that breaks a limit or is none of those allowed.
pub(super) fn broken(at: &str, field: &Field, fault: Fault, problem: &str) -> Refusal {
    refused_for(fault.code(&field.limits.error).unwrap_or(INVALID_ARGS), format!("`{at}` {problem}"))
}

pub(super) fn unknown_field(at: &str) -> Refusal {
    refused_for(INVALID_ARGS, format!("`{at}` is unknown"))
}

/// `at` and the names below it, with dots.
pub(super) fn full_path(at: &str, path: &[&str]) -> String {
    match (at, path) {
        ("", path) => path.join("."),
        (at, []) => at.to_owned(),
        (at, path) => format!("{at}.{}", path.join(".")),
    }
}

/// The names that are allowed, or how many there are where the list would be long.
pub(super) fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [only] => format!("only {only} is allowed"),
        names if names.len() <= 12 => format!("exactly one of {} is allowed", names.join(", ")),
        names => format!("there are {} values to choose from", names.len()),
    }
}
