//! What goes back to the platform, for any web framework: status, content type and body.
//! What it says is decided in `receiver.rs` and `delivery.rs`.

/// The response to a request of the platform, for whatever serves HTTP. It converts into an [`http::Response`].
///
/// ```
/// use weixin::callback::CallbackResponse;
///
/// let response: http::Response<String> = CallbackResponse::success().into();
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
/// assert_eq!(response.body(), "success");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallbackResponse {
    /// The HTTP status: 200, or 403 for everything that was refused.
    pub status: u16,
    /// The value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The whole body.
    pub body: String,
}

impl CallbackResponse {
    fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.into() }
    }

    pub(crate) fn echo(echostr: impl Into<String>) -> Self {
        Self::text(200, echostr)
    }

    pub(crate) fn xml(body: String) -> Self {
        Self { status: 200, content_type: "application/xml; charset=utf-8", body }
    }

    pub(crate) fn json(body: String) -> Self {
        Self { status: 200, content_type: "application/json; charset=utf-8", body }
    }

    /// The push arrived, and there is nothing to say to the user: `success`. The platform does not deliver it
    /// again.
    pub fn success() -> Self {
        Self::text(200, "success")
    }

    /// What everybody gets whose request is refused, whatever the reason: 403 with an empty body. The platform
    /// delivers the push again, twice at most.
    pub fn refused() -> Self {
        Self::text(403, "")
    }
}

impl<B: From<String>> From<CallbackResponse> for http::Response<B> {
    fn from(response: CallbackResponse) -> Self {
        let CallbackResponse { status, content_type, body } = response;
        let mut converted = Self::new(B::from(body));
        // Both are what this file writes; other statuses can be set, but not such as HTTP does not have.
        *converted.status_mut() =
            http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = http::HeaderValue::from_static(content_type);
        converted.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
        converted
    }
}
