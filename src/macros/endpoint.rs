//! `endpoint!`: a request with its method, path and response.

/// Declares an endpoint: a request, how it is called, and what answers it. `client.send(request)` then calls
/// it with the same tokens, retries, errors and decoding as the endpoints of the crate.
///
/// The lines of the struct are those of [`object!`](crate::object). After it come the keys, `method` and `path` at
/// least, each once:
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
/// [`one_of!`](crate::one_of), `serde_json::Value`, [`Empty`](crate::Empty), [`Download`](crate::Download) for bytes, or
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
            @with {
                impl $crate::Endpoint for $name {
                    type Response = $response;
                    const META: &'static $crate::Meta = {
                        // A static is checked where it stands; a constant only where somebody uses it.
                        static META: $crate::Meta = {
                            let meta = $crate::Meta::new(::core::stringify!($name));
                            $( let meta = $crate::__meta!(meta $key $value); )*
                            meta.checked(::core::stringify!($($key)*), &TABLE)
                        };
                        &META
                    };
                }
            }
            $(#[$attr])*
            pub struct $name { $($fields)* }
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
    ($meta:ident name $name:literal) => { $meta.with_name($name) };
    ($meta:ident method GET) => { $meta.method($crate::Method::Get) };
    ($meta:ident method POST) => { $meta.method($crate::Method::Post) };
    ($meta:ident method $other:tt) => {
        ::core::compile_error!(::core::concat!("`method` is GET or POST, not `", ::core::stringify!($other), "`"))
    };
    ($meta:ident path $path:literal) => { $meta.with_path($path) };
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
    ($meta:ident fixed { $( $location:ident $wire:literal = $value:tt $(after $field:literal)? ; )* }) => {
        $meta.fixed(&[ $( $crate::__fixed!($location $wire $value) $(.after($field))? ),* ])
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
    ($location:ident $wire:literal $value:tt) => {
        $crate::Fixed::new($crate::__fixed!(@location $location), $wire, $crate::__fixed!(@value $value))
    };
    (@location query) => { $crate::FixedLocation::Query };
    (@location body) => { $crate::FixedLocation::Body };
    (@location $other:ident) => {
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
