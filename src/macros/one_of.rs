//! `one_of!`: one of several shapes.

/// Declares one of several shapes: an enum whose variant is told by a tag, or by the keys that are present.
///
/// A tag may be followed by `default "value"`: JSON without the tag is read as the variant with that value.
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
        pub enum $name:ident ($payload_at:ident $(, tag $tag:literal $(default $default:literal)?)?) {
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
                default: $crate::__payload!(option $($($default)?)?),
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
                fn get(&self) -> ::core::option::Option<(&'static str, $crate::__private::ValueRef<'_>)> {
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
                fn select(&mut self, tag: &str) -> ::core::option::Option<$crate::__private::ValueMut<'_>> {
                    match tag {
                        $( $(#[cfg($gate)])? $value => *self = Self::$variant $((<$payload as $crate::__private::FieldType>::blank()))?, )*
                        _ => return ::core::option::Option::None,
                    }
                    $crate::__private::Union::payload(self)
                }
                #[inline]
                fn payload(&mut self) -> ::core::option::Option<$crate::__private::ValueMut<'_>> {
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

            impl $crate::__private::FieldType for $name {
                type Access = $crate::__private::UnionAccess;
                #[inline]
                fn blank() -> Self {
                    Self::Unknown(::core::default::Default::default())
                }
            }

            $crate::__by_engine!($name debug_union union_equal serialize_union);
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
    (get) => { $crate::__private::ValueRef::Absent };
    (get $name:ident $payload:ty) => { $crate::__private::FieldType::value_ref($name) };
    (at) => { $crate::__private::ValueMut::Nothing };
    (at $name:ident $payload:ty) => { $crate::__private::FieldType::value_mut($name) };
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
