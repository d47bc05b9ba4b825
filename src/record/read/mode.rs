//! How a value is to be read: how strictly, and with which envelope around it.

/// What is read, and how strictly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What the platform answers: of what is missing only that is an error without which the whole is pointless,
    /// at its outermost level. Anything else reads as blank.
    Lenient,
    /// What a user sends: all that is required must be there.
    Request,
    /// The one or the other, as the outermost type is one to be sent or to be read.
    OfType,
    /// Types exactly as the spec says and no unknown field: for tests.
    Strict,
    /// A push: as lenient as an answer, keys and tags in any case, since the documentation is at odds with itself
    /// there. A value that does not fit is kept among the unknown fields.
    #[cfg_attr(not(feature = "callback"), allow(dead_code))]
    AnyCase,
    /// The same, but no variant of a union is known.
    #[cfg_attr(not(feature = "callback"), allow(dead_code))]
    Untold,
}

/// Where the platform says whether the call worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// `errcode` and `errmsg`.
    Errcode,
    /// `base_resp.ret` and `base_resp.err_msg`.
    BaseResp,
    /// Nowhere: the value is not an answer.
    None,
}
