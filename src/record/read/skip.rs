//! Passing over what nothing is read into.

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::context::Context;
use super::scalar::{Scalar, NUMBER};

/// Passes over a list and says whether it was empty.
pub(super) fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<bool, A::Error> {
    let mut empty = true;
    while list.next_element::<IgnoredAny>()?.is_some() {
        empty = false;
    }
    Ok(empty)
}

/// Passes over the rest of an object.
pub(super) fn map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Passes over the number that an object with this key is, if it is one: with serde_json's
/// `arbitrary_precision`, numbers come so.
pub(super) fn number<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
    context: &mut Context,
) -> Result<bool, A::Error> {
    let number = key == NUMBER;
    if number {
        let text: String = map.next_value()?;
        context.misfit(|| format!("expected an object, found {}", Scalar::of_number(&text).found()));
    }
    Ok(number)
}
