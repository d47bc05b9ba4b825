//! What goes back to the platform, for any web framework: status, content type and body.
//! What it says is decided in `receiver.rs` and `delivery.rs`.

/// An answer to the platform, to be handed to whatever serves HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status: 200, or 403 for everything that was refused.
    pub status: u16,
    /// The value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The whole body.
    pub body: String,
}

impl Answer {
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
