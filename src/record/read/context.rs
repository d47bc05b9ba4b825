//! What one pass has found so far: what does not fit, what is missing, and what the envelope says.
//! How the values themselves are read stands in the other files.

use std::borrow::Cow;

use serde_json::Value;

use super::super::node::Need;
use super::super::Table;
use super::mode::{Envelope, Mode};
use super::outcome::{Issue, Outcome};
use super::scalar::{self, Scalar};

/// More notes of one pass than this are counted only.
const MOST_NOTES: usize = 16;

/// What is known so far of one pass.
pub(super) struct Context {
    mode: Mode,
    envelope: Envelope,
    code: Option<i64>,
    message: String,
    /// The first value that makes the whole unreadable.
    issue: Option<Found>,
    /// What is survived.
    notes: Vec<Found>,
    /// Notes that were not kept.
    further: usize,
    /// Values of a push that do not fit and are kept nowhere yet.
    misfits: usize,
    /// What the spec does not know beside a value that can't hold it.
    leftover: Option<Box<Value>>,
}

/// Something about a value; its path is gathered on the way out, innermost first.
struct Found {
    message: Cow<'static, str>,
    path: Vec<Segment>,
}

#[derive(Clone)]
pub(super) enum Segment {
    Key(Cow<'static, str>),
    Index(usize),
}

/// How far out a value stands: that decides what must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The whole response, an object with the envelope in it.
    Envelope,
    /// The whole of another value, or an object nested in the whole by paths.
    Outermost,
    Inner,
}

impl Level {
    /// The level of the objects that paths nest in this one.
    pub(super) fn nested(self) -> Self {
        match self {
            Self::Envelope | Self::Outermost => Self::Outermost,
            Self::Inner => Self::Inner,
        }
    }
}

impl Context {
    pub(super) fn new(mode: Mode, envelope: Envelope) -> Self {
        Self {
            mode,
            envelope,
            code: None,
            message: String::new(),
            issue: None,
            notes: Vec::new(),
            further: 0,
            misfits: 0,
            leftover: None,
        }
    }

    /// The outermost record decides what a value is that nobody has said it of.
    #[inline]
    pub(super) fn enter(&mut self, table: &Table) {
        if self.mode == Mode::OfType {
            self.mode = if table.is_sent() { Mode::Request } else { Mode::Lenient };
        }
    }

    #[inline]
    pub(super) fn strict(&self) -> bool {
        self.mode == Mode::Strict
    }

    /// Whether it was sent by the user, not by the platform.
    pub(super) fn request(&self) -> bool {
        self.mode == Mode::Request
    }

    /// Whether it is a push: names that differ in their case only are the same, and what does not fit is kept.
    #[inline]
    pub(super) fn push(&self) -> bool {
        matches!(self.mode, Mode::AnyCase | Mode::Untold)
    }

    /// Whether two names are the same.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        one == other || self.push() && one.trim().eq_ignore_ascii_case(other.trim())
    }

    /// Whether the variants of unions are known.
    pub(super) fn tells(&self) -> bool {
        self.mode != Mode::Untold
    }

    /// The level of what stands beside the fields of a record. A push requires its own fields only, not those of
    /// the kind of push.
    pub(super) fn beside(&self, level: Level) -> Level {
        if self.push() {
            Level::Inner
        } else {
            level.nested()
        }
    }

    /// Something that makes the whole unreadable.
    pub(super) fn issue(&mut self, message: impl Into<Cow<'static, str>>) {
        if self.issue.is_none() {
            self.issue = Some(Found { message: message.into(), path: Vec::new() });
        }
    }

    /// Something that is survived.
    fn note(&mut self, message: impl Into<Cow<'static, str>>) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(Found { message: message.into(), path: Vec::new() });
        } else {
            self.further += 1;
        }
    }

    /// A value does not fit: in a push it will be kept as it is, anywhere else the whole can't be read.
    pub(super) fn misfit(&mut self, message: impl FnOnce() -> String) {
        if self.push() {
            self.misfits += 1;
            self.note(message());
        } else if self.issue.is_none() {
            self.issue(message());
        }
    }

    #[inline]
    pub(super) fn misfits(&self) -> usize {
        self.misfits
    }

    /// Those from here on are kept.
    pub(super) fn settle(&mut self, misfits: usize) {
        self.misfits = misfits;
    }

    /// Something required is not there. That costs a request, and what the whole response is pointless without;
    /// anything else is read as blank.
    pub(super) fn missing(&mut self, need: Need, level: Level, message: impl Into<Cow<'static, str>>) {
        let issue = match (self.mode, need) {
            (_, Need::No) => return,
            (Mode::Request, _) => true,
            (_, Need::Sent) => return,
            (Mode::Strict, _) => true,
            _ => level != Level::Inner,
        };
        if issue {
            self.issue(message);
        } else {
            self.note(message);
        }
    }

    /// Leaves what the spec does not know beside a value to the record that the value is in.
    pub(super) fn leave(&mut self, unknown: Value) {
        self.leftover = Some(Box::new(unknown));
    }

    #[inline]
    pub(super) fn take_leftover(&mut self) -> Option<Value> {
        self.leftover.take().map(|unknown| *unknown)
    }

    /// Runs a step; what it finds lies at this segment.
    #[inline]
    pub(super) fn within<T>(
        &mut self,
        segment: impl FnOnce() -> Segment,
        step: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let (clean, notes) = (self.issue.is_none(), self.notes.len());
        let result = step(self);
        if (clean && self.issue.is_some()) || self.notes.len() > notes {
            self.locate(clean, notes, &segment());
        }
        result
    }

    #[cold]
    fn locate(&mut self, clean: bool, notes: usize, segment: &Segment) {
        let issue = self.issue.as_mut().filter(|_| clean);
        for found in issue.into_iter().chain(self.notes.iter_mut().skip(notes)) {
            found.path.push(segment.clone());
        }
    }

    /// Notes an error code, a number or its text. A second one never turns an error into a success.
    /// `own`: the envelope says so, so that it must be one.
    fn note_code(&mut self, value: &Value, name: &'static str, own: bool) {
        let code = match value {
            Value::Null => Some(0),
            Value::String(text) if text.trim().is_empty() => Some(0),
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_i64().or_else(|| {
                let code = Scalar::Float(number.as_f64()?).integer(false)?;
                i64::try_from(code).ok()
            }),
            _ => None,
        };
        match code {
            Some(0) => {}
            Some(code) => self.code = self.code.or(Some(code)),
            None if own => self.within(
                || Segment::Key(Cow::Borrowed(name)),
                |context| context.issue(format!("expected an error code, found {}", scalar::kind(value))),
            ),
            None => {}
        }
    }

    /// Whether this key of a response may say whether the call worked.
    pub(super) fn watches(&self, key: &str) -> bool {
        self.envelope != Envelope::None && matches!(key, "errcode" | "errmsg" | "base_resp")
    }

    /// Notes what stands under such a key, and says whether it is the envelope's: some endpoints report errors in
    /// `base_resp` although success has none.
    pub(super) fn watch(&mut self, key: &str, value: &Value) -> bool {
        match (key, value) {
            ("errcode", code) => self.note_code(code, "errcode", true),
            ("errmsg", Value::String(message)) => message.clone_into(&mut self.message),
            ("base_resp", Value::Object(fields)) => {
                let own = self.envelope == Envelope::BaseResp;
                for (name, path) in [("ret", "base_resp.ret"), ("errcode", "base_resp.errcode")] {
                    if let Some(code) = fields.get(name) {
                        self.note_code(code, path, own);
                    }
                }
                let message = fields.get("err_msg").or_else(|| fields.get("errmsg"));
                if let (Some(Value::String(message)), true) = (message, own || self.code.is_some()) {
                    message.clone_into(&mut self.message);
                }
            }
            _ => {}
        }
        key != "base_resp" || self.envelope == Envelope::BaseResp || self.code.is_some()
    }

    /// Tells the log what was survived. `name` is the type that was read.
    pub(super) fn report(&self, name: &str) {
        for found in &self.notes {
            tracing::debug!(
                target: "weixin::record",
                r#type = name,
                path = path(&found.path),
                "{}",
                found.message
            );
        }
        if self.further > 0 {
            tracing::debug!(
                target: "weixin::record",
                r#type = name,
                "{} more values are missing or do not fit",
                self.further
            );
        }
    }

    pub(super) fn finish(self) -> Outcome {
        let issue = |found: Found| Issue { path: path(&found.path), message: found.message.into_owned() };
        Outcome { code: self.code, message: self.message, issue: self.issue.map(issue) }
    }
}

/// The path as it is written, from its segments, innermost first.
fn path(segments: &[Segment]) -> String {
    let mut path = String::new();
    for segment in segments.iter().rev() {
        match segment {
            Segment::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Segment::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}
