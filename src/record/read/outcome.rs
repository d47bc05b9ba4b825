//! What a pass has found in the end. What it gathers on the way stands in `context.rs`.

/// What the pass over an answer found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The error code, if it is not zero.
    pub code: Option<i64>,
    pub message: String,
    /// The first value that does not fit, and where.
    pub issue: Option<Issue>,
}

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Like `data.openid[3]`; empty for the whole.
    pub path: String,
    pub message: String,
}
