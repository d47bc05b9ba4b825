//! Objects of JSON, as far as serde_json does not do what is needed.

use serde_json::{Map, Value};

/// A JSON object: fields that no type describes.
pub(crate) type Object = Map<String, Value>;

/// Takes a field out and leaves the others in their order. `Map::remove` moves the last one where serde_json's feature
/// `preserve_order` is on.
pub(crate) fn take_out(fields: &mut Object, key: &str) -> Option<Value> {
    let value = std::mem::take(fields.get_mut(key)?);
    fields.retain(|name, _| name != key);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{take_out, Object};
    use serde_json::json;

    #[test]
    fn the_others_stay_in_their_order() {
        let mut fields: Object = [("a", 1), ("b", 2), ("c", 3)]
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .into_iter()
            .collect();
        assert_eq!(take_out(&mut fields, "a"), Some(json!(1)));
        assert_eq!(take_out(&mut fields, "a"), None);
        assert_eq!(fields.into_iter().map(|(key, _)| key).collect::<String>(), "bc");
    }
}
