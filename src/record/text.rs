//! What types have in common that are text on the wire and a type of their own in Rust. What the text means stands
//! with each of them.

/// For `struct Name(String)`: to and from text, on the wire and in print.
macro_rules! text_value {
    ($name:ident) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl $crate::record::FieldType for $name {
            type Access = $crate::record::OwnAccess;
            fn value_ref(&self) -> $crate::record::ValueRef<'_> {
                $crate::record::ValueRef::Str(&self.0)
            }
            fn value_mut(&mut self) -> $crate::record::ValueMut<'_> {
                $crate::record::ValueMut::Str(&mut self.0)
            }
            fn blank() -> Self {
                Self(String::new())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self)
            }
        }
    };
}
