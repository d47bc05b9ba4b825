//! Endpoints and types of a user's own, declared where nothing can be taken for granted: no prelude, every item
//! documented, every warning an error. They are used in `tests/call.rs`.

#![no_implicit_prelude]
#![deny(missing_docs, warnings)]
#![deny(unused, rust_2018_idioms, elided_lifetimes_in_paths, unreachable_pub, let_underscore_drop)]
#![forbid(unsafe_code)]

// Names that a macro of the crate must not take for the ones it means.
/// Not the result of a call.
pub struct Result;
/// Not a field that may be missing.
pub struct Option;
/// Not text.
pub struct String;
/// Not a list.
pub struct Vec;
/// Not the trait.
pub trait Clone {}
/// Not the trait.
pub trait Into {}

::weixin::endpoint! {
    /// Asks for the weather of a city.
    pub struct GetWeather => Weather {
        /// Name of the city.
        city: ::std::string::String = "city"
            required(impl ::core::convert::Into<::std::string::String>) [query required];
        /// How far ahead, in days.
        days: ::core::option::Option<u32> = "days" optional(u32) [query];
        /// What to tell besides.
        extras: ::std::vec::Vec<Extra> = "extras" optional(impl ::core::convert::Into<::std::vec::Vec<Extra>>);
        /// Where to count from.
        place: ::core::option::Option<Place> = "place" optional(impl ::core::convert::Into<Place>) [flatten];
        /// Of the caller.
        password: ::core::option::Option<::std::string::String> = "auth" / "password"
            optional(impl ::core::convert::Into<::std::string::String>) [secret];
    }
    name: "get_weather",
    method: POST,
    host: api,
    path: "/weather/get",
    auth: access_token,
    idempotent: true,
    body: json,
    fixed: { query "lang" = "en"; body "version" = (2); body "app" = app_id after "extras"; },
    envelope: errcode,
    not_found: "the city is unknown",
    sensitive: true,
}

::weixin::response! {
    /// The weather of a city.
    pub struct Weather {
        /// Degrees Celsius.
        temperature: f64 = "temperature" [required];
        /// The wind, by time of day.
        winds: ::std::collections::BTreeMap<::std::string::String, Wind> = "winds";
        /// What is told besides.
        extras: ::std::vec::Vec<Extra> = "extras" [many];
        /// How bad it is.
        alarm: ::core::option::Option<Alarm> = "alarm";
        /// Holds for places inside the city too.
        inside: ::std::vec::Vec<Weather> = "inside";
    }
}

::weixin::object! {
    /// A place on the map.
    pub struct Point {
        /// Degrees north.
        latitude: f64 = "lat" required(f64) [required];
        /// Degrees east.
        longitude: f64 = "lon" required(f64) [required];
    }
}

::weixin::object! {
    /// A place by name.
    pub struct Named {
        /// The name.
        name: ::std::string::String = "name" required(impl ::core::convert::Into<::std::string::String>) [required];
    }
}

::weixin::one_of! {
    /// Where something is.
    pub enum Place (beside, tag "place") {
        /// On the map.
        Point(Point) = "point" new point(latitude: f64, longitude: f64) [from];
        /// By name.
        Named(Named) = "named" new named(name: impl ::core::convert::Into<::std::string::String>) [from];
        /// Where the caller is.
        Here = "here";
    }
}

::weixin::one_of! {
    /// Some more of the weather.
    pub enum Extra (keyed) {
        /// Millimetres of rain.
        Rain(u32) = "rain";
        /// Where the sun rises.
        Sunrise(Point) = "sunrise" new sunrise(latitude: f64, longitude: f64) [from];
    }
}

::weixin::open_enum! {
    /// Which way the wind blows.
    pub enum Wind: string {
        /// From the north.
        North = "N",
        /// From the south.
        South = "S",
    }
}

::weixin::open_enum! {
    /// How bad it is.
    pub enum Alarm: integer {
        /// Nothing to fear.
        None = 0,
        /// Stay at home.
        Storm = 3,
    }
}

::weixin::endpoint! {
    /// A picture of the sky, or the reason why there is none.
    pub struct GetSky => ::weixin::Payload<Weather> {
        /// Name of the city.
        city: ::std::string::String = "city"
            required(impl ::core::convert::Into<::std::string::String>) [query required];
    }
    method: GET,
    path: "/weather/sky",
    auth: none,
}

::weixin::endpoint! {
    /// Sends a picture of the sky.
    pub struct PutSky => ::weixin::Empty {
        /// The picture.
        media: ::weixin::FilePart = "media" required(::weixin::FilePart) [part required];
    }
    name: "put_sky",
    method: POST,
    path: "/weather/put",
    auth: none,
    body: multipart,
    envelope: base_resp,
}

::weixin::extension_trait! {
    /// The weather, as methods of the client.
    pub trait WeatherCalls: GetWeather, GetSky, PutSky
}
