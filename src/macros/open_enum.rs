//! `open_enum!`: an enum that keeps values it does not know.

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

        impl $crate::__private::FieldType for $name {
            type Access = $crate::__private::TextAccess;
            #[inline]
            fn blank() -> Self {
                ::core::convert::From::from("")
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

        impl $crate::__private::FieldType for $name {
            type Access = $crate::__private::IntegerAccess;
            #[inline]
            fn blank() -> Self {
                ::core::convert::From::from(0_i64)
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

        impl $crate::__private::Serialize for $name {
            #[inline]
            fn serialize<S: $crate::__private::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::__private::Serialize::serialize(&self.$value(), serializer)
            }
        }

        $crate::__deserialize!($name);
    };
}
