//! What the spec does not know and the crate keeps all the same: fields, variants, values of enums.
//! None of it is interpreted here.

use std::fmt;
use std::ops::Deref;
use std::sync::LazyLock;

use serde_json::{Map, Value};

static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// Fields that the spec does not know, kept as they came; also the way to send a field that the crate lacks.
///
/// They stay in the object in which they stood, and are written back there. What stood in an object that has no type of
/// its own is found under the key of that object:
///
/// ```
/// use weixin::qrcode::QrScene;
///
/// // `scene_id` stands in two objects: {"action_info": {"scene": {"scene_id": 123}}}
/// let mut scene = QrScene::new(123);
/// scene.unknown_fields.insert("action_info", serde_json::json!({"scene": {"x": 1}}));
/// let json = r#"{"action_info":{"scene":{"scene_id":123,"x":1}}}"#;
/// assert_eq!(serde_json::to_string(&scene)?, json);
/// assert_eq!(serde_json::from_str::<QrScene>(json)?, scene);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// The same holds for what stands beside a variant that has no place for it (a tag and nothing else): it is kept by the
/// type around it, under the field's key. Of what has a type, that type's own `unknown_fields` hold it.
///
/// A field that is known wins over an unknown one of the same name: no key is ever written twice. In a push, a value that
/// does not have its field's type is kept here too, under the field's name, and written back as long as the field itself
/// is blank.
///
/// `Debug` prints their names only, since nobody can tell which of them are secret.
#[derive(Clone, Default, PartialEq)]
pub struct UnknownFields(Option<Box<Map<String, Value>>>);

impl UnknownFields {
    #[doc(hidden)]
    pub const __NONE: Self = Self(None);

    /// Adds a field, or replaces one.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.get_or_insert_default().insert(name.into(), value.into());
    }

    pub(crate) fn extend(&mut self, fields: Map<String, Value>) {
        if !fields.is_empty() {
            self.0.get_or_insert_default().extend(fields);
        }
    }
}

impl Deref for UnknownFields {
    type Target = Map<String, Value>;

    /// The fields, most often none.
    fn deref(&self) -> &Self::Target {
        self.0.as_deref().unwrap_or(&EMPTY)
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(sorted(self)).finish()
    }
}

/// The names of fields. Whether a map is sorted depends on serde_json's features.
fn sorted(fields: &Map<String, Value>) -> Vec<&String> {
    let mut names: Vec<_> = fields.keys().collect();
    names.sort_unstable();
    names
}

/// A variant that the spec does not know, kept whole.
#[derive(Clone, Default, PartialEq)]
pub struct UnknownVariant {
    tag: String,
    fields: Map<String, Value>,
}

impl UnknownVariant {
    pub(crate) fn new(tag: String, fields: Map<String, Value>) -> Self {
        Self { tag, fields }
    }

    /// The tag's value; empty where the variants have no tag, or the tag was missing.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// All fields of the variant, the tag among them.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }
}

impl fmt::Debug for UnknownVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unknown").field("tag", &self.tag).field("fields", &sorted(&self.fields)).finish()
    }
}

/// A value of an enum that the spec does not list. Can't be built by hand, so a value that the spec lists
/// one day can't hide in it: convert from the raw value instead.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unlisted<T>(T);

impl<T> Unlisted<T> {
    #[doc(hidden)]
    pub const fn __new(raw: T) -> Self {
        Self(raw)
    }

    /// The value as it came.
    pub const fn raw(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Unlisted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
