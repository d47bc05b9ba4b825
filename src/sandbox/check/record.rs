//! A record that arrived, as it is laid out: which variants of unions it shows, and the refusal where it shows none.
//! What the values are worth is judged in `check.rs`.

use std::borrow::Cow;

use serde_json::Value;

use super::super::answer::Refusal;
use super::super::request::scalar;
use super::super::tables::is_required;
use super::given::{Given, Item};
use super::verdict::{broken, full_path, missing, mistyped, one_of, Fault};
use crate::spec::layout::{Choice, Message, Shown, Untold};
use crate::spec::model::{Field, Variant};

pub(super) struct Record<'g> {
    pub(super) given: &'g Given<'g>,
    /// Where the record stands, for messages.
    pub(super) at: &'g str,
}

impl<'s> Message<'s> for Record<'_> {
    type Error = Refusal;

    fn at(&self, path: &[&'s str]) -> Result<Option<Shown<'_>>, Refusal> {
        Ok(self.given.at(path)?.map(|item| match item {
            Item::Text(text) => Shown::Text(Cow::Borrowed(text)),
            Item::Json(Value::String(text)) => Shown::Text(Cow::Borrowed(text)),
            Item::Json(number @ Value::Number(_)) => Shown::Text(Cow::Owned(scalar(number))),
            Item::Json(_) | Item::File(_) => Shown::Other,
        }))
    }

    fn requires(&self, field: &Field) -> bool {
        is_required(field)
    }

    fn knows(&self, _: &str) -> bool {
        true
    }

    fn untold(&mut self, choice: Choice<'s>, why: Untold<'s>) -> Result<Option<&'s Variant>, Refusal> {
        let Choice { union, field, path } = choice;
        let Some(field) = field else { return Ok(None) };
        let names = || one_of(union.variants.iter().map(|variant| variant.tag.value.as_str()));
        let below = |key: &'s str| path.iter().copied().chain([key]).collect::<Vec<_>>();
        Err(match why {
            Untold::NoTag(tag) => missing(&full_path(self.at, &below(tag)), field, &field.ty.value),
            Untold::OddTag(tag) => {
                let path = below(tag);
                let full_path = full_path(self.at, &path);
                match self.at(&path)? {
                    Some(Shown::Text(text)) => {
                        broken(&full_path, field, Fault::Value, &format!("is `{text}`; {}", names()))
                    }
                    _ => mistyped(field, &full_path, "a string"),
                }
            }
            Untold::NoKey => none_or_several(&full_path(self.at, &path), field, 0, &names()),
            Untold::Keys(told) => none_or_several(&full_path(self.at, &path), field, told.len(), &names()),
        })
    }
}

fn none_or_several(full_path: &str, field: &Field, count: usize, names: &str) -> Refusal {
    let full_path = if full_path.is_empty() { "the request" } else { full_path };
    let fault = if count == 0 { Fault::Missing } else { Fault::Value };
    broken(full_path, field, fault, &format!("holds {count} fields of a choice; {names}"))
}
