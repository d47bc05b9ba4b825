//! What only the generated areas use: methods of the client, addresses for a browser, paging, error codes.

/// Declares a URL that is built for a browser and never called.
macro_rules! browser_url {
    (
        $(#[$attr:meta])*
        pub struct $name:ident { $($fields:tt)* }
        $( $key:ident : $value:tt ),* $(,)?
    ) => {
        $crate::object! {
            @with {
                impl $crate::BrowserUrl for $name {
                    const META: &'static $crate::Meta = {
                        static META: $crate::Meta = {
                            let meta = $crate::Meta::new(::core::stringify!($name));
                            $( let meta = $crate::__meta!(meta $key $value); )*
                            meta.checked_url(&TABLE)
                        };
                        &META
                    };
                }
            }
            $(#[$attr])*
            pub struct $name { $($fields)* }
        }
    };
}

/// Gives `Client` a method for each endpoint; `url` for those that are built for a browser.
macro_rules! methods {
    ($(#![$about:meta])* $( $(#[$attr:meta])* $method:ident($request:ident) -> $response:ty; )*) => {
        $(#[$about])*
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
    (url $(#![$about:meta])* $( $(#[$attr:meta])* $method:ident($request:ident); )*) => {
        $(#[$about])*
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

/// Text becomes the object: its only required field.
macro_rules! from_text {
    ($($name:ident),* $(,)?) => {
        $(
            impl ::core::convert::From<&str> for $name {
                #[inline]
                fn from(text: &str) -> Self {
                    Self::new(text)
                }
            }

            impl ::core::convert::From<::std::string::String> for $name {
                #[inline]
                fn from(text: ::std::string::String) -> Self {
                    Self::new(text)
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
    ($(
        $(#[$attr:meta])*
        $name:ident = $code:literal, $class:ident, $meaning:literal
        $(+ $lasting:literal)? $(=> $hint:literal)?
        $([$auth:ident: $its_class:ident, $its_hint:literal])*;
    )*) => {
        /// The documented codes.
        impl ErrorCode {
            $( $(#[$attr])* #[doc = $meaning] pub const $name: Self = Self($code); )*

            /// Ascending by code.
            #[doc(hidden)]
            pub const TABLE: &'static [CodeEntry] = &[
                $( CodeEntry {
                    code: $code,
                    name: stringify!($name),
                    class: ErrorClass::$class,
                    meaning: $meaning,
                    hint: concat!($($hint)?),
                    lasting: false $(|| $lasting)?,
                    by_auth: &[$( CodeByAuth {
                        auth: Auth::$auth,
                        class: ErrorClass::$its_class,
                        hint: $its_hint,
                    } ),*],
                }, )*
            ];
        }
    };
}
