//! `object!` and `response!`: structs that are sent or read.

/// Declares a struct that is sent: its fields, `new` with the required ones, and a setter for each other one.
///
/// A line is `name: Type = "wire";`, and between the wire name and the semicolon may stand
///
/// - `/ "inner"`: the value stands inside nested objects; the last name is its own key
/// - `required (Argument)`: `new` takes it, as this type
/// - `optional (Argument)`: a setter takes it, as this type
/// - `each` before the parentheses: they hold the type of one item, and whatever gives such items is taken
/// - `pairs` before the parentheses: they hold the type of one value, and whatever gives names and such values is taken
/// - flags in brackets: `query`, `part`, `raw` (where it is sent, otherwise in the JSON body), `required` (must
///   be there when read), `lax` (required only when written), `secret` (never printed), `flatten`, `bool01`,
///   `text` (a number as text), `json` (JSON in a string), `many` (a list that may arrive as one object), and a
///   text: the key that holds the list's length
///
/// ```
/// weixin::object! {
///     /// A place on the map.
///     pub struct Place {
///         /// Degrees north.
///         latitude: f64 = "latitude" required(f64) [required];
///         /// What people call it.
///         label: Option<String> = "label" optional(impl Into<String>);
///     }
/// }
///
/// let place = Place::new(39.9).label("Beijing");
/// assert_eq!(serde_json::to_string(&place)?, r#"{"latitude":39.9,"label":"Beijing"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! object {
    (
        $(@with { $($with:tt)* })?
        $(#[$attr:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_attr:meta])*
                $field:ident : $ty:ty = $wire:literal $(/ $inner:literal)*
                $(required ($required:ty))?
                $(required each ($required_each:ty))?
                $(required pairs ($required_pairs:ty))?
                $(optional ($optional:ty))?
                $(optional each ($optional_each:ty))?
                $(optional pairs ($optional_pairs:ty))?
                $([$($flag:tt)*])? ;
            )*
        }
    ) => {
        $crate::__struct! {
            sent { $($($with)*)? }
            $(#[$attr])*
            pub struct $name {
                $( $(#[$field_attr])* $field: $ty = $wire $(/ $inner)* [$($($flag)*)?]; )*
            }
        }

        #[allow(deprecated)]
        impl $name {
            /// Builds the value from what it can't be without.
            #[allow(clippy::new_without_default, clippy::too_many_arguments)]
            #[inline]
            pub fn new($(
                $( $field: $required, )?
                $( $field: impl ::core::iter::IntoIterator<Item = $required_each>, )?
                $( $field: impl ::core::iter::IntoIterator<Item = (impl ::core::convert::Into<::std::string::String>, $required_pairs)>, )?
            )*) -> Self {
                Self {
                    $( $field: $crate::__initial!(
                        $field $( required $required )? $( each $required_each )? $( pairs $required_pairs )?
                    ), )*
                    unknown_fields: $crate::UnknownFields::__NONE,
                }
            }

            $(
                $crate::__setter!(
                    $(#[$field_attr])* $field
                    $(optional ($optional))? $(optional each ($optional_each))? $(optional pairs ($optional_pairs))?
                );
            )*
        }
    };
}

/// The setter of a field, if `new` does not take it. It has the documentation of the field.
#[doc(hidden)]
#[macro_export]
macro_rules! __setter {
    ($(#[$attr:meta])* $field:ident) => {};
    ($(#[$attr:meta])* $field:ident optional ($ty:ty)) => {
        $(#[$attr])*
        #[must_use]
        #[inline]
        pub fn $field(mut self, value: $ty) -> Self {
            $crate::__private::set(&mut self.$field, value);
            self
        }
    };
    ($(#[$attr:meta])* $field:ident optional each ($ty:ty)) => {
        $(#[$attr])*
        #[must_use]
        #[inline]
        pub fn $field(mut self, items: impl ::core::iter::IntoIterator<Item = $ty>) -> Self {
            self.$field = $crate::__private::list(items);
            self
        }
    };
    ($(#[$attr:meta])* $field:ident optional pairs ($ty:ty)) => {
        $(#[$attr])*
        #[must_use]
        #[inline]
        pub fn $field(
            mut self,
            pairs: impl ::core::iter::IntoIterator<Item = (impl ::core::convert::Into<::std::string::String>, $ty)>,
        ) -> Self {
            self.$field = $crate::__private::map(pairs);
            self
        }
    };
}

/// Declares a struct that is read: the lines are those of [`object!`](crate::object), without `required (…)` and
/// `optional (…)`. Behind the wire name may stand `also ["other"]`: names under which the field may arrive instead.
///
/// ```
/// weixin::response! {
///     /// The weather of a place.
///     pub struct Weather {
///         /// Degrees Celsius.
///         temperature: f64 = "temperature" [required];
///         /// Fields may be missing, and numbers may come as text.
///         humidity: Option<u32> = "humidity";
///     }
/// }
///
/// let weather: Weather = serde_json::from_str(r#"{"temperature": 21.5, "humidity": "40", "wind": 3}"#)?;
/// assert_eq!(weather.humidity, Some(40));
/// assert_eq!(weather.unknown_fields["wind"], 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! response {
    (
        $(#[$attr:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_attr:meta])*
                $field:ident : $ty:ty = $wire:literal $(/ $inner:literal)* $(also [$($also:literal)+])?
                $([$($flag:tt)*])? ;
            )*
        }
    ) => {
        $crate::__struct! {
            read {}
            $(#[$attr])*
            pub struct $name {
                $( $(#[$field_attr])* $field: $ty = $wire $(/ $inner)* $(also [$($also)+])? [$($($flag)*)?]; )*
            }
        }
    };
}

/// The struct, its table and its accessors: what `object!` and `response!` have in common.
#[doc(hidden)]
#[macro_export]
macro_rules! __struct {
    (
        $way:ident { $($with:tt)* }
        $(#[$attr:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_attr:meta])*
                $field:ident : $ty:ty = $wire:literal $(/ $inner:literal)* $(also [$($also:literal)+])? [$($flag:tt)*];
            )*
        }
    ) => {
        $(#[$attr])*
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_attr])* pub $field: $ty, )*
            /// Fields that the crate does not know: those of an answer as they came, those of a request to be sent as they are.
            pub unknown_fields: $crate::UnknownFields,
        }

        #[allow(deprecated)]
        const _: () = {
            static TABLE: $crate::__private::Table = $crate::__private::Table::new(
                ::core::stringify!($name),
                ::core::stringify!($($field)*),
                ::core::concat!($(
                    "\n", $wire $(, "\t/", $inner)* $($(, "\t|", $also)+)? $(, "\t", $crate::__flag!($flag))*
                ),*),
                $crate::__way!($way),
            )
            .checked(::core::module_path!(), ::core::stringify!($($wire $($inner)* $($($also)+)?)*));

            impl $crate::__private::Record for $name {
                #[inline]
                fn visit_values<'a>(&'a self, visit: $crate::__private::Visit<'_, 'a>) {
                    $crate::__private::visit(visit, &TABLE, &[
                        $( <$ty as $crate::__private::FieldType>::value_ref(&self.$field), )*
                        $crate::__private::ValueRef::Unknown(&self.unknown_fields),
                    ]);
                }
                #[inline]
                fn visit_values_mut<'a>(&'a mut self, visit: $crate::__private::VisitMut<'_, 'a>) {
                    $crate::__private::visit_mut(visit, &TABLE, &mut [
                        $( <$ty as $crate::__private::FieldType>::value_mut(&mut self.$field), )*
                        $crate::__private::ValueMut::Unknown(&mut self.unknown_fields),
                    ]);
                }
            }

            impl $crate::__private::FieldType for $name {
                type Access = $crate::__private::RecordAccess;
                #[inline]
                fn blank() -> Self {
                    Self {
                        $( $field: <$ty as $crate::__private::FieldType>::blank(), )*
                        unknown_fields: $crate::UnknownFields::__NONE,
                    }
                }
            }

            $crate::__by_engine!($name debug_record record_equal serialize);
            $crate::__deserialize!($way $name);

            $($with)*
        };
    };
}

/// Whether values of the type are sent, as its table has it. `pushed`: it is read in a way of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __way {
    (sent) => {
        true
    };
    (read) => {
        false
    };
    (pushed) => {
        false
    };
}

/// What the engine does for structs and unions alike; its functions for either are named.
#[doc(hidden)]
#[macro_export]
macro_rules! __by_engine {
    ($name:ident $debug:ident $equal:ident $serialize:ident) => {
        impl ::core::clone::Clone for $name {
            #[inline]
            fn clone(&self) -> Self {
                $crate::__private::cloned(self)
            }
        }

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::__private::$debug(self, f)
            }
        }

        impl ::core::cmp::PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::__private::$equal(self, other)
            }
        }

        impl $crate::__private::Serialize for $name {
            #[inline]
            fn serialize<S: $crate::__private::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::__private::$serialize(self, serializer)
            }
        }
    };
}

/// `Deserialize` through the engine.
#[doc(hidden)]
#[macro_export]
macro_rules! __deserialize {
    (sent $name:ident) => {
        $crate::__deserialize!($name);
    };
    (read $name:ident) => {
        $crate::__deserialize!($name);
    };
    (pushed $name:ident) => {};
    ($name:ident) => {
        impl<'de> $crate::__private::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: $crate::__private::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize(deserializer)
            }
        }
    };
}

/// One flag of a field, as its table has it.
#[doc(hidden)]
#[macro_export]
macro_rules! __flag {
    (query) => {
        "query"
    };
    (part) => {
        "part"
    };
    (raw) => {
        "raw"
    };
    (required) => {
        "required"
    };
    (lax) => {
        "lax"
    };
    (secret) => {
        "secret"
    };
    (flatten) => {
        "flatten"
    };
    (bool01) => {
        "bool01"
    };
    (text) => {
        "text"
    };
    (json) => {
        "json"
    };
    (many) => {
        "many"
    };
    ($key:literal) => {
        ::core::concat!("#", $key)
    };
    ($other:tt) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($other),
            "` is no flag of a field; the flags are query, part, raw, required, ",
            "lax, secret, flatten, bool01, text, json and many"
        ))
    };
}

/// What a field is in a new value: the argument of `new`, or nothing.
#[doc(hidden)]
#[macro_export]
macro_rules! __initial {
    ($field:ident required $ty:ty) => {
        ::core::convert::Into::into($field)
    };
    ($field:ident each $ty:ty) => {
        $crate::__private::list($field)
    };
    ($field:ident pairs $ty:ty) => {
        $crate::__private::map($field)
    };
    ($field:ident) => {
        $crate::__private::FieldType::blank()
    };
}
