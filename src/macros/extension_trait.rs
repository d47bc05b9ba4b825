//! `extension_trait!`: methods of `Client` for endpoints that another crate declares.

/// Declares a trait that gives [`Client`](crate::Client) a method for each of your own endpoints: `GetWeather` becomes
/// `client.get_weather(…)`. Whoever calls the methods imports the trait.
///
/// The endpoints are those of [`endpoint!`](crate::endpoint), by their names, one or more. A method's name is that of
/// its endpoint in snake case.
///
/// ```
/// weixin::endpoint! {
///     /// Asks for the weather of a city.
///     pub struct GetWeather => serde_json::Value {
///         /// Name of the city.
///         city: String = "city" required(impl Into<String>) [required];
///     }
///     method: POST,
///     path: "/weather/get",
/// }
/// weixin::extension_trait! {
///     /// The weather, as methods of the client.
///     pub trait WeatherCalls: GetWeather
/// }
///
/// # async fn call(client: weixin::Client) -> weixin::Result<()> {
/// let weather = client.get_weather(GetWeather::new("Guangzhou")).await?;
/// # let _ = weather;
/// # Ok(()) }
/// ```
#[macro_export]
macro_rules! extension_trait {
    ($(#[$attr:meta])* $vis:vis trait $name:ident: $($request:ident),+ $(,)?) => {
        $crate::__private::paste! {
            $(#[$attr])*
            $vis trait $name {
                $(
                    #[doc = ::core::concat!(
                        "Calls the endpoint of [`", ::core::stringify!($request), "`], like [`Client::send`]($crate::Client::send)."
                    )]
                    fn [<$request:snake>](
                        &self,
                        request: $request,
                    ) -> $crate::Call<<$request as $crate::Endpoint>::Response>;
                )+
            }
            impl $name for $crate::Client {
                $(
                    #[inline]
                    fn [<$request:snake>](
                        &self,
                        request: $request,
                    ) -> $crate::Call<<$request as $crate::Endpoint>::Response> {
                        self.send(request)
                    }
                )+
            }
        }
    };
}
