//! What one pass has found so far: the first value that does not fit, and what the envelope says.
//! How the values themselves are read stands in the other files.

use std::borrow::Cow;

use serde::de::MapAccess;
use serde_json::Value;

use super::cell;
use super::{Envelope, Issue, Mode, Outcome};

/// What is known so far of one pass.
pub(super) struct Context {
    mode: Mode,
    envelope: Envelope,
    code: Option<i64>,
    message: String,
    /// The first issue's message; its path is gathered on the way out, innermost first.
    issue: Option<String>,
    path: Vec<Segment>,
}

pub(super) enum Segment {
    Key(Cow<'static, str>),
    Index(usize),
}

impl Context {
    pub(super) fn new(mode: Mode, envelope: Envelope) -> Self {
        Self { mode, envelope, code: None, message: String::new(), issue: None, path: Vec::new() }
    }

    pub(super) fn strict(&self) -> bool {
        self.mode == Mode::Strict
    }

    /// Whether names that differ in their case only are the same.
    pub(super) fn any_case(&self) -> bool {
        matches!(self.mode, Mode::AnyCase | Mode::Untold)
    }

    /// Whether two names are the same.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        one == other || self.any_case() && one.trim().eq_ignore_ascii_case(other.trim())
    }

    /// Whether the variants of unions are known.
    pub(super) fn tells(&self) -> bool {
        self.mode != Mode::Untold
    }

    pub(super) fn issue(&mut self, message: impl FnOnce() -> String) {
        if self.issue.is_none() {
            self.issue = Some(message());
        }
    }

    /// Runs a step whose issue, if it is the first, lies at this segment.
    pub(super) fn within<T>(
        &mut self,
        segment: impl FnOnce() -> Segment,
        step: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let clean = self.issue.is_none();
        let result = step(self);
        if clean && self.issue.is_some() {
            self.path.push(segment());
        }
        result
    }

    /// Notes an error code, a number or its text. A second one never turns an error into a success.
    fn note_value(&mut self, value: &Value, name: &'static str) {
        let code = match value {
            Value::Null => Some(0),
            Value::String(text) if text.trim().is_empty() => Some(0),
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_i64().or_else(|| {
                let code = cell::Scalar::Float(number.as_f64()?).integer(false)?;
                i64::try_from(code).ok()
            }),
            _ => None,
        };
        match code {
            Some(0) => {}
            Some(code) => self.code = self.code.or(Some(code)),
            None => self.within(
                || Segment::Key(Cow::Borrowed(name)),
                |context| context.issue(|| format!("expected an error code, found {}", cell::kind(value))),
            ),
        }
    }

    /// Whether this key of an answer belongs to its envelope.
    pub(super) fn watches(&self, key: &str) -> bool {
        match self.envelope {
            Envelope::Errcode => matches!(key, "errcode" | "errmsg"),
            Envelope::BaseResp => matches!(key, "errcode" | "errmsg" | "base_resp"),
            Envelope::None => false,
        }
    }

    /// Notes what stands under such a key.
    pub(super) fn note(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("errcode", code) => self.note_value(code, "errcode"),
            ("errmsg", Value::String(message)) => message.clone_into(&mut self.message),
            ("base_resp", Value::Object(fields)) => {
                if let Some(code) = fields.get("ret") {
                    self.note_value(code, "base_resp.ret");
                }
                if let Some(Value::String(message)) = fields.get("err_msg") {
                    message.clone_into(&mut self.message);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(self) -> Outcome {
        let mut path = String::new();
        for segment in self.path.iter().rev() {
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
        Outcome {
            code: self.code,
            message: self.message,
            issue: self.issue.map(|message| Issue { path, message }),
        }
    }
}

/// Notes the error code or message if the key is one of them, and says whether it was.
pub(super) fn watch_envelope<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
    context: &mut Context,
) -> Result<bool, A::Error> {
    let watched = context.watches(key);
    if watched {
        context.note(key, &map.next_value()?);
    }
    Ok(watched)
}
