//! All declarative macros of the crate: what a line of the spec becomes in Rust.
//! The generator writes calls of them (one for each endpoint and type); they hold no knowledge of any endpoint.
//!
//! - [`object!`](crate::object): a struct that users build, with `new` and setters
//! - [`response!`](crate::response): a struct that users read
//! - [`open_enum!`](crate::open_enum): an enum that keeps values it does not know
//! - [`one_of!`](crate::one_of): one of several shapes
//! - [`endpoint!`](crate::endpoint): a request with its method, path and response
//! - `browser_url!`, `methods!`, `default_from_new!`, `paged!`, `error_codes!`: for the generated areas only
//!
//! They derive nothing: all is done by the record engine, which is compiled once.
//! All functions are `#[inline]`, so that a library of hundreds of types is compiled only as far as it is used.

/// Declares a struct that is sent: its fields, `new` with the required ones, and a setter for each other one.
///
/// A line is `name: Type = "wire";`, and between the wire name and the semicolon may stand
///
/// - `/ "inner"`: the value stands inside nested objects; the last name is its own key
/// - `required (Argument)`: `new` takes it, as this type
/// - `optional (Argument)`: a setter takes it, as this type
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
        $(#[$attr:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_attr:meta])*
                $field:ident : $ty:ty = $wire:literal $(/ $inner:literal)*
                $(required ($required:ty))?
                $(optional ($optional:ty))?
                $([$($flag:tt)*])? ;
            )*
        }
    ) => {
        $crate::__struct! {
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
            pub fn new($( $( $field: $required, )? )*) -> Self {
                Self {
                    $( $field: $crate::__initial!($field $( required $required )?), )*
                    unknown_fields: $crate::UnknownFields::__NONE,
                }
            }

            $( $(
                #[doc = ::core::concat!("Sets [`", ::core::stringify!($field), "`](field@Self::", ::core::stringify!($field), ").")]
                #[must_use]
                #[inline]
                pub fn $field(mut self, value: $optional) -> Self {
                    $crate::__private::set(&mut self.$field, value);
                    self
                }
            )? )*
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
            );

            impl $crate::__private::Record for $name {
                #[inline]
                fn refs<'a>(&'a self, see: $crate::__private::See<'_, 'a>) {
                    $crate::__private::see(see, &TABLE, &[
                        $( <$ty as $crate::__private::Slot>::show(&self.$field), )*
                        $crate::__private::Ref::Unknown(&self.unknown_fields),
                    ]);
                }
                #[inline]
                fn slots<'a>(&'a mut self, fill: $crate::__private::Fill<'_, 'a>) {
                    $crate::__private::fill(fill, &TABLE, &mut [
                        $( <$ty as $crate::__private::Slot>::place(&mut self.$field), )*
                        $crate::__private::Mut::Unknown(&mut self.unknown_fields),
                    ]);
                }
            }

            impl $crate::__private::Slot for $name {
                type Via = $crate::__private::ViaRecord;
                #[inline]
                fn blank() -> Self {
                    Self {
                        $( $field: <$ty as $crate::__private::Slot>::blank(), )*
                        unknown_fields: $crate::UnknownFields::__NONE,
                    }
                }
            }

            impl ::core::clone::Clone for $name {
                #[inline]
                fn clone(&self) -> Self {
                    $crate::__private::copied(self)
                }
            }

            impl ::core::fmt::Debug for $name {
                #[inline]
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    $crate::__private::debug_record(self, f)
                }
            }

            impl ::core::cmp::PartialEq for $name {
                #[inline]
                fn eq(&self, other: &Self) -> bool {
                    $crate::__private::record_equal(self, other)
                }
            }

            impl $crate::__private::Serialize for $name {
                #[inline]
                fn serialize<S: $crate::__private::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    $crate::__private::serialize(self, serializer)
                }
            }

            $crate::__deserialize!($name);
        };
    };
}

/// `Deserialize` through the engine.
#[doc(hidden)]
#[macro_export]
macro_rules! __deserialize {
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
    ($field:ident) => {
        $crate::__private::Slot::blank()
    };
}

/// Declares an enum of known values that keeps any other value as it came.
///
/// ```
/// weixin::open_enum! {
///     /// Which way the wind blows.
///     pub enum Wind: string {
///         /// From the north.
///         North = "N",
///     }
/// }
/// weixin::open_enum! {
///     /// How bad it is.
///     pub enum Alarm: integer {
///         /// Nothing to fear.
///         None = 0,
///     }
/// }
///
/// assert_eq!(Wind::from("N"), Wind::North);
/// assert_eq!(Wind::from("NNE").as_str(), "NNE");
/// assert_eq!(Alarm::from(7).code(), 7);
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$attr:meta])*
        pub enum $name:ident : string {
            $( $(#[$value_attr:meta])* $variant:ident = $wire:literal ),* $(,)?
        }
    ) => {
        $crate::__open_enum! {
            $(#[$attr])*
            pub enum $name (::std::string::String, as_str) {
                $( $(#[$value_attr])* $variant = $wire, )*
            }
        }

        impl $name {
            /// The value as it is on the wire.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $wire, )*
                    Self::Unlisted(unlisted) => unlisted.raw(),
                }
            }
        }

        impl ::core::convert::From<&str> for $name {
            #[inline]
            fn from(raw: &str) -> Self {
                match raw {
                    $( $wire => Self::$variant, )*
                    raw => Self::Unlisted($crate::Unlisted::__new(::std::borrow::ToOwned::to_owned(raw))),
                }
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(raw: ::std::string::String) -> Self {
                ::core::convert::From::from(raw.as_str())
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::__private::TextEnum for $name {
            #[inline]
            fn text(&self) -> &str {
                self.as_str()
            }
        }

        impl $crate::__private::Slot for $name {
            type Via = $crate::__private::ViaText;
            #[inline]
            fn blank() -> Self {
                ::core::convert::From::from("")
            }
        }

        impl $crate::__private::Serialize for $name {
            #[inline]
            fn serialize<S: $crate::__private::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
    (
        $(#[$attr:meta])*
        pub enum $name:ident : integer {
            $( $(#[$value_attr:meta])* $variant:ident = $wire:literal ),* $(,)?
        }
    ) => {
        $crate::__open_enum! {
            $(#[$attr])*
            pub enum $name (i64, code) {
                $( $(#[$value_attr])* $variant = $wire, )*
            }
        }

        impl $name {
            /// The value as it is on the wire.
            pub const fn code(&self) -> i64 {
                match self {
                    $( Self::$variant => $wire, )*
                    Self::Unlisted(unlisted) => *unlisted.raw(),
                }
            }
        }

        impl ::core::convert::From<i64> for $name {
            #[inline]
            fn from(raw: i64) -> Self {
                match raw {
                    $( $wire => Self::$variant, )*
                    raw => Self::Unlisted($crate::Unlisted::__new(raw)),
                }
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.code(), f)
            }
        }

        impl $crate::__private::IntegerEnum for $name {
            #[inline]
            fn integer(&self) -> i64 {
                self.code()
            }
        }

        impl $crate::__private::Slot for $name {
            type Via = $crate::__private::ViaInteger;
            #[inline]
            fn blank() -> Self {
                ::core::convert::From::from(0_i64)
            }
        }

        impl $crate::__private::Serialize for $name {
            #[inline]
            fn serialize<S: $crate::__private::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.code())
            }
        }
    };
    ($(#[$attr:meta])* pub enum $name:ident : $repr:ident $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "the values of an open enum are `string` or `integer`, not `", ::core::stringify!($repr), "`"
        ));
    };
}

/// The enum itself: what both kinds of `open_enum!` have in common.
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enum {
    (
        $(#[$attr:meta])*
        pub enum $name:ident ($raw:ty, $value:ident) {
            $( $(#[$value_attr:meta])* $variant:ident = $wire:literal, )*
        }
    ) => {
        $(#[$attr])*
        #[derive(::core::clone::Clone)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$value_attr])* #[doc = ::core::concat!("\n\nOn the wire: `", $wire, "`.")] $variant, )*
            /// A value that the crate does not list, as it came. Build one with `from`.
            Unlisted($crate::Unlisted<$raw>),
        }

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    $( Self::$variant => f.write_str(::core::stringify!($variant)), )*
                    Self::Unlisted(unlisted) => f.debug_tuple("Unlisted").field(unlisted).finish(),
                }
            }
        }

        impl ::core::cmp::PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.$value() == other.$value()
            }
        }

        impl ::core::cmp::Eq for $name {}

        impl ::core::hash::Hash for $name {
            #[inline]
            fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) {
                ::core::hash::Hash::hash(&self.$value(), state);
            }
        }

        $crate::__deserialize!($name);
    };
}

/// Declares one of several shapes: an enum whose variant is told by a tag, or by the keys that are present.
///
/// A line is `Variant(Payload) = "tag";`, or `Variant = "tag";` without a payload. Between tag and semicolon may
/// stand, in this order, `or "tag"` (another tag that means the same), `in "key"` (the payload's key in a keyed
/// union), `if (condition)` (the variant is there only under this condition, as in `cfg`), `new name(arguments…)`
/// (a constructor, which hands its arguments to the payload's `new`) and `[from]` (the payload converts into the
/// union).
///
/// ```
/// weixin::object! {
///     /// A circle.
///     pub struct Circle {
///         /// Metres.
///         radius: u32 = "radius" required(u32) [required];
///     }
/// }
/// weixin::one_of! {
///     /// A shape.
///     pub enum Shape (beside, tag "kind") {
///         /// Round.
///         Circle(Circle) = "circle" new circle(radius: u32) [from];
///     }
/// }
///
/// assert_eq!(serde_json::to_string(&Shape::circle(3))?, r#"{"kind":"circle","radius":3}"#);
/// let square: Shape = serde_json::from_str(r#"{"kind":"square","side":2}"#)?;
/// assert!(matches!(&square, Shape::Unknown(shape) if shape.fields()["side"] == 2));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! one_of {
    (
        $(#[$attr:meta])*
        pub enum $name:ident ($payload_at:ident $(, tag $tag:literal)?) {
            $(
                $(#[$variant_attr:meta])*
                $variant:ident $(($payload:ty))? = $value:literal
                $(or $also:literal)*
                $(in $key:literal)?
                $(if ($gate:meta))?
                $(new $constructor:ident ($($argument:ident : $argument_ty:ty),* $(,)?))?
                $([$from:ident])? ;
            )*
        }
    ) => {
        $(#[$attr])*
        #[non_exhaustive]
        pub enum $name {
            $( $(#[cfg($gate)])? $(#[$variant_attr])* $variant $(($payload))?, )*
            /// A variant that the crate does not know, kept whole.
            Unknown($crate::UnknownVariant),
        }

        const _: () = {
            static TABLE: $crate::__private::UnionTable = $crate::__private::UnionTable {
                name: ::core::stringify!($name),
                tag: $crate::__payload!(option $($tag)?),
                keyed: $crate::__payload!(keyed $payload_at),
                variants: &[ $(
                    $(#[cfg($gate)])?
                    $crate::__private::Variant {
                        tag: $value,
                        also: &[ $($also),* ],
                        key: $crate::__payload!(key $value $($key)?),
                        name: ::core::stringify!($variant),
                    },
                )* ],
            };

            impl $crate::__private::Union for $name {
                #[inline]
                fn table(&self) -> &'static $crate::__private::UnionTable {
                    &TABLE
                }
                #[inline]
                fn get(&self) -> ::core::option::Option<(&'static str, $crate::__private::Ref<'_>)> {
                    match self {
                        $(
                            $(#[cfg($gate)])?
                            Self::$variant $(($crate::__payload!(bind payload $payload)))? =>
                                ::core::option::Option::Some(($value, $crate::__payload!(get $(payload $payload)?))),
                        )*
                        Self::Unknown(_) => ::core::option::Option::None,
                    }
                }
                #[inline]
                fn select(&mut self, tag: &str) -> ::core::option::Option<$crate::__private::Mut<'_>> {
                    match tag {
                        $( $(#[cfg($gate)])? $value => *self = Self::$variant $((<$payload as $crate::__private::Slot>::blank()))?, )*
                        _ => return ::core::option::Option::None,
                    }
                    $crate::__private::Union::payload(self)
                }
                #[inline]
                fn payload(&mut self) -> ::core::option::Option<$crate::__private::Mut<'_>> {
                    match self {
                        $(
                            $(#[cfg($gate)])?
                            Self::$variant $(($crate::__payload!(bind payload $payload)))? =>
                                ::core::option::Option::Some($crate::__payload!(at $(payload $payload)?)),
                        )*
                        Self::Unknown(_) => ::core::option::Option::None,
                    }
                }
                #[inline]
                fn unknown(&self) -> ::core::option::Option<&$crate::UnknownVariant> {
                    match self {
                        Self::Unknown(unknown) => ::core::option::Option::Some(unknown),
                        #[allow(unreachable_patterns)]
                        _ => ::core::option::Option::None,
                    }
                }
                #[inline]
                fn set_unknown(&mut self, unknown: $crate::UnknownVariant) {
                    *self = Self::Unknown(unknown);
                }
            }

            impl $crate::__private::Slot for $name {
                type Via = $crate::__private::ViaUnion;
                #[inline]
                fn blank() -> Self {
                    Self::Unknown(::core::default::Default::default())
                }
            }

            impl ::core::clone::Clone for $name {
                #[inline]
                fn clone(&self) -> Self {
                    $crate::__private::copied(self)
                }
            }

            impl ::core::fmt::Debug for $name {
                #[inline]
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    $crate::__private::debug_union(self, f)
                }
            }

            impl ::core::cmp::PartialEq for $name {
                #[inline]
                fn eq(&self, other: &Self) -> bool {
                    $crate::__private::union_equal(self, other)
                }
            }

            impl $crate::__private::Serialize for $name {
                #[inline]
                fn serialize<S: $crate::__private::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    $crate::__private::serialize_union(self, serializer)
                }
            }

            $crate::__deserialize!($name);
        };

        $(
            $(#[cfg($gate)])?
            $crate::__payload!(build $name $variant ($($payload)?) $($constructor ($($argument: $argument_ty),*))?);
            $(#[cfg($gate)])?
            $crate::__payload!(convert $name $variant ($($payload)?) $($from)?);
        )*
    };
}

/// The small pieces that differ between variants with and without a payload.
#[doc(hidden)]
#[macro_export]
macro_rules! __payload {
    (option) => { ::core::option::Option::None };
    (option $tag:literal) => { ::core::option::Option::Some($tag) };
    (keyed keyed) => { true };
    (keyed beside) => { false };
    (keyed $other:ident) => {
        ::core::compile_error!(::core::concat!(
            "the payload stands `beside` the tag or is `keyed`, not `", ::core::stringify!($other), "`"
        ))
    };
    (key $value:literal) => { $value };
    (key $value:literal $key:literal) => { $key };
    (bind $name:ident $payload:ty) => { $name };
    (get) => { $crate::__private::Ref::Absent };
    (get $name:ident $payload:ty) => { $crate::__private::Slot::show($name) };
    (at) => { $crate::__private::Mut::Nothing };
    (at $name:ident $payload:ty) => { $crate::__private::Slot::place($name) };
    (build $name:ident $variant:ident ($($payload:ty)?)) => {};
    (build $name:ident $variant:ident ($payload:ty) $constructor:ident ($($argument:ident : $ty:ty),*)) => {
        impl $name {
            #[doc = ::core::concat!(
                "[`", ::core::stringify!($variant), "`](Self::", ::core::stringify!($variant),
                "), from what it can't be without."
            )]
            #[allow(clippy::too_many_arguments)]
            #[inline]
            pub fn $constructor($($argument: $ty),*) -> Self {
                Self::$variant(<$payload>::new($($argument),*))
            }
        }
    };
    (convert $name:ident $variant:ident ($($payload:ty)?)) => {};
    (convert $name:ident $variant:ident ($payload:ty) from) => {
        impl ::core::convert::From<$payload> for $name {
            #[inline]
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        }
    };
    (convert $name:ident $variant:ident ($($payload:ty)?) $other:ident) => {
        ::core::compile_error!(::core::concat!("the flag of a variant is `from`, not `", ::core::stringify!($other), "`"));
    };
}

/// Declares an endpoint: a request, how it is called, and what answers it. `client.send(request)` then calls
/// it with the same tokens, retries, errors and decoding as the endpoints of the crate.
///
/// The lines of the struct are those of [`object!`](crate::object). After it come the keys:
///
/// | key | value |
/// |---|---|
/// | `name` | `"verb_noun"`, for errors and logs (default: the struct's name) |
/// | `method` | `GET` or `POST` |
/// | `path` | `"/cgi-bin/…"`, ASCII, without query |
/// | `host` | `api` (default), `mp` or `open` |
/// | `auth` | `access_token` (default), `none`, `app` or `user_token` |
/// | `idempotent` | `true` if it may be sent again when the platform is busy (default: `GET` only) |
/// | `body` | `none`, `json`, `multipart` or `raw` (default: `json` for `POST`, `none` for `GET`) |
/// | `fixed` | `{ query "type" = "jsapi"; body "appid" = app_id; body "n" = (3); }`: always sent, first of all or `after "field"`; also `app_secret`, `true`, `false` |
/// | `content_type` | of a `raw` body |
/// | `envelope` | `errcode` (default) or `base_resp` |
/// | `not_found` | what HTTP status 404 means |
/// | `sensitive` | `true` if the answer holds secrets: it is then never quoted in an error |
///
/// The response is a type made by [`response!`](crate::response), [`object!`](crate::object) or
/// [`one_of!`](crate::one_of), [`Empty`](crate::Empty), [`Download`](crate::Download) for bytes, or
/// [`Payload<T>`](crate::Payload) for bytes or JSON.
///
/// ```
/// weixin::endpoint! {
///     /// Asks for the weather of a city.
///     pub struct GetWeather => Weather {
///         /// Name of the city.
///         city: String = "city" required(impl Into<String>) [required];
///     }
///     name: "get_weather",
///     method: POST,
///     path: "/weather/get",
///     idempotent: true,
/// }
/// weixin::response! {
///     /// The weather of a city.
///     pub struct Weather {
///         /// Degrees Celsius.
///         temperature: f64 = "temperature" [required];
///     }
/// }
///
/// # async fn call(client: weixin::Client) -> weixin::Result<()> {
/// let weather = client.send(GetWeather::new("Guangzhou")).await?;
/// println!("{} °C", weather.temperature);
/// # Ok(()) }
/// ```
#[macro_export]
macro_rules! endpoint {
    (
        $(#[$attr:meta])*
        pub struct $name:ident => $response:ty {
            $($fields:tt)*
        }
        $( $key:ident : $value:tt ),* $(,)?
    ) => {
        $crate::object! {
            $(#[$attr])*
            pub struct $name { $($fields)* }
        }

        impl $crate::Endpoint for $name {
            type Response = $response;
            const META: &'static $crate::Meta = {
                // A static is checked where it stands; a constant only where somebody uses it.
                static META: $crate::Meta = {
                    let meta = $crate::Meta::new(::core::stringify!($name));
                    $( let meta = $crate::__meta!(meta $key $value); )*
                    meta.checked()
                };
                &META
            };
        }
    };
    ($(#[$attr:meta])* pub struct $name:ident { $($fields:tt)* } $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`", ::core::stringify!($name), "` names no response: write `pub struct ", ::core::stringify!($name),
            " => ItsResponse { … }` (`weixin::Empty` if the answer has no fields)"
        ));
    };
}

/// One key of an endpoint.
#[doc(hidden)]
#[macro_export]
macro_rules! __meta {
    ($meta:ident name $name:literal) => { $meta.name($name) };
    ($meta:ident method GET) => { $meta.method($crate::Method::Get) };
    ($meta:ident method POST) => { $meta.method($crate::Method::Post) };
    ($meta:ident method $other:tt) => {
        ::core::compile_error!(::core::concat!("`method` is GET or POST, not `", ::core::stringify!($other), "`"))
    };
    ($meta:ident path $path:literal) => { $meta.path($path) };
    ($meta:ident host api) => { $meta.host($crate::Host::Api) };
    ($meta:ident host mp) => { $meta.host($crate::Host::Mp) };
    ($meta:ident host open) => { $meta.host($crate::Host::Open) };
    ($meta:ident host $other:tt) => {
        ::core::compile_error!(::core::concat!("`host` is api, mp or open, not `", ::core::stringify!($other), "`"))
    };
    ($meta:ident auth access_token) => { $meta.auth($crate::Auth::AccessToken) };
    ($meta:ident auth none) => { $meta.auth($crate::Auth::None) };
    ($meta:ident auth app) => { $meta.auth($crate::Auth::App) };
    ($meta:ident auth user_token) => { $meta.auth($crate::Auth::UserToken) };
    ($meta:ident auth $other:tt) => {
        ::core::compile_error!(::core::concat!(
            "`auth` is access_token, none, app or user_token, not `", ::core::stringify!($other), "`"
        ))
    };
    ($meta:ident idempotent $value:literal) => { $meta.idempotent($value) };
    ($meta:ident body none) => { $meta.body($crate::Body::None) };
    ($meta:ident body json) => { $meta.body($crate::Body::Json) };
    ($meta:ident body multipart) => { $meta.body($crate::Body::Multipart) };
    ($meta:ident body raw) => { $meta.body($crate::Body::Raw) };
    ($meta:ident body $other:tt) => {
        ::core::compile_error!(::core::concat!(
            "`body` is none, json, multipart or raw, not `", ::core::stringify!($other), "`"
        ))
    };
    ($meta:ident fixed { $( $place:ident $wire:literal = $value:tt $(after $field:literal)? ; )* }) => {
        $meta.fixed(&[ $( $crate::__fixed!($place $wire $value) $(.after($field))? ),* ])
    };
    ($meta:ident content_type $value:literal) => { $meta.content_type($value) };
    ($meta:ident envelope errcode) => { $meta };
    ($meta:ident envelope base_resp) => { $meta.base_resp() };
    ($meta:ident not_found $value:literal) => { $meta.not_found($value) };
    ($meta:ident sensitive $value:literal) => { $meta.sensitive($value) };
    ($meta:ident fragment $value:literal) => { $meta.fragment($value) };
    ($meta:ident $key:ident $($value:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "unknown key, or a value of the wrong kind: `", ::core::stringify!($key),
            "`; the keys of an endpoint are name, method, path, host, auth, idempotent, body, fixed, content_type, ",
            "envelope, not_found and sensitive"
        ))
    };
}

/// One value that an endpoint always sends.
#[doc(hidden)]
#[macro_export]
macro_rules! __fixed {
    ($place:ident $wire:literal $value:tt) => {
        $crate::Fixed::new($crate::__fixed!(@place $place), $wire, $crate::__fixed!(@value $value))
    };
    (@place query) => { $crate::FixedPlace::Query };
    (@place body) => { $crate::FixedPlace::Body };
    (@place $other:ident) => {
        ::core::compile_error!(::core::concat!(
            "a fixed value is sent in `query` or `body`, not `", ::core::stringify!($other), "`"
        ))
    };
    (@value app_id) => { $crate::FixedValue::AppId };
    (@value app_secret) => { $crate::FixedValue::Secret };
    (@value true) => { $crate::FixedValue::Bool(true) };
    (@value false) => { $crate::FixedValue::Bool(false) };
    (@value ($value:expr)) => { $crate::FixedValue::Integer($value) };
    (@value $value:literal) => { $crate::FixedValue::Text($value) };
}

/// Declares a URL that is built for a browser and never called.
macro_rules! browser_url {
    (
        $(#[$attr:meta])*
        pub struct $name:ident { $($fields:tt)* }
        $( $key:ident : $value:tt ),* $(,)?
    ) => {
        $crate::object! {
            $(#[$attr])*
            pub struct $name { $($fields)* }
        }

        impl $crate::BrowserUrl for $name {
            const META: &'static $crate::Meta = &{
                let meta = $crate::Meta::new(::core::stringify!($name));
                $( let meta = $crate::__meta!(meta $key $value); )*
                meta.checked()
            };
        }
    };
}

/// Gives `Client` a method for each endpoint; `url` for those that are built for a browser.
macro_rules! methods {
    ($( $(#[$attr:meta])* $method:ident($request:ident) -> $response:ty; )*) => {
        impl $crate::Client {
            $(
                $(#[$attr])*
                #[inline]
                pub fn $method(&self, request: $request) -> $crate::Call<$response> {
                    self.send(request)
                }
            )*
        }
    };
    (url $( $(#[$attr:meta])* $method:ident($request:ident); )*) => {
        impl $crate::Client {
            $(
                $(#[$attr])*
                #[inline]
                pub fn $method(&self, request: $request) -> $crate::Result<::std::string::String> {
                    self.browser_url(&request)
                }
            )*
        }
    };
}

/// `Default` for types that need nothing.
macro_rules! default_from_new {
    ($($name:ident),* $(,)?) => {
        $(
            impl ::core::default::Default for $name {
                #[inline]
                fn default() -> Self {
                    Self::new()
                }
            }
        )*
    };
}

/// Says how an endpoint is paged: where the items are in the answer, and what moves to the next page.
macro_rules! paged {
    (@start from) => { $crate::__private::Start::First };
    (@start if_given) => { $crate::__private::Start::Everything };
    ($request:ident => $item:ty {
        items: |$items_of:ident| $items:expr,
        $(full: $full:ident,)?
        $(cursor: $cursor:ident, next: |$next_of:ident, $last_of:ident| $next:expr,)?
        $(offset: $offset:ident, total: |$offset_total_of:ident| $offset_total:expr,)?
        $(
            page: $page:ident $start:ident $first:literal $(of $size:ident)?,
            total: |$total_of:ident| $total:expr,
            pages: |$pages_of:ident| $pages:expr,
        )?
    }) => {
        impl $crate::Paged for $request {
            type Item = $item;
            #[inline]
            fn items($items_of: &mut Self::Response) -> ::std::vec::Vec<$item> {
                $items
            }
            #[allow(unused_variables)]
            #[inline]
            fn advance(
                &mut self,
                response: &Self::Response,
                items: &[$item],
                visited: &mut $crate::__private::Visited,
            ) -> bool {
                $(
                    if $crate::__private::is_short(&self.$full, items.len()) {
                        return false;
                    }
                )?
                $({
                    let ($next_of, $last_of) = (response, items);
                    if !$crate::__private::Cursor::advance(&mut self.$cursor, $next, visited) {
                        return false;
                    }
                })?
                $({
                    let $offset_total_of = response;
                    if !$crate::__private::Offset::advance(&mut self.$offset, items.len(), $offset_total) {
                        return false;
                    }
                })?
                $({
                    let page = $crate::__private::Page {
                        first: $first,
                        start: paged!(@start $start),
                        size: None $(.or($crate::__private::size(&self.$size)))?,
                        count: items.len(),
                        total: { let $total_of = response; $total },
                        pages: { let $pages_of = response; $pages },
                    };
                    if !$crate::__private::PageNumber::advance(&mut self.$page, &page) {
                        return false;
                    }
                })?
                true
            }
        }
    };
}

/// The documented error codes.
macro_rules! error_codes {
    ($( $(#[$attr:meta])* $name:ident = $code:literal, $class:ident, $meaning:literal; )*) => {
        /// The documented codes.
        impl ErrorCode {
            $( $(#[$attr])* #[doc = $meaning] pub const $name: Self = Self($code); )*

            /// Ascending by code.
            #[doc(hidden)]
            pub const TABLE: &'static [CodeEntry] = &[
                $( CodeEntry { code: $code, name: stringify!($name), class: ErrorClass::$class, meaning: $meaning }, )*
            ];
        }
    };
}
