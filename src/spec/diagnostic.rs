//! What is wrong with the spec and where: one message each, all of them collected, shown like a compiler's.
//! Nothing here knows what can be wrong; `parse`, `lint` and `example` say it.

use std::fmt;

use crate::spec::model::{SourceFile, Span};

/// One mistake in the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where the mistake stands.
    pub span: Span,
    /// What is wrong and, where it can be said, what would be right.
    pub message: String,
    /// Another place that belongs to the mistake, and what stands there: `first described`.
    pub also: Option<(&'static str, Span)>,
}

/// Collects mistakes; whoever finds one goes on looking.
#[derive(Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Notes a mistake.
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.found.push(Diagnostic { span, message: message.into(), also: None });
    }

    /// Notes a mistake that concerns two places.
    pub fn error_with(&mut self, span: Span, message: impl Into<String>, what: &'static str, also: Span) {
        self.found.push(Diagnostic { span, message: message.into(), also: Some((what, also)) });
    }

    /// How many mistakes were noted so far.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether no mistake was noted.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// All mistakes of a spec, in the order of files and places. `Display` gives one line for each:
/// `api-spec/qrcode.toml:12:8: message`.
#[derive(Clone)]
pub struct Report {
    files: Vec<SourceFile>,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Sorts the mistakes; one that was found twice is kept once.
    pub fn new(files: Vec<SourceFile>, found: Diagnostics) -> Self {
        let mut diagnostics = found.found;
        diagnostics.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
        diagnostics.dedup_by(|a, b| a.span == b.span && a.message == b.message);
        Self { files, diagnostics }
    }

    /// The mistakes, sorted.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The lines of the report, one for each mistake, without line ends.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.diagnostics.iter().map(|diagnostic| {
            // A message may quote the spec, and a quoted line break would end the line too early.
            let message = diagnostic.message.replace('\r', "").replace('\n', " ");
            match diagnostic.also {
                None => format!("{}: {message}", self.place(diagnostic.span)),
                Some((what, span)) => {
                    format!("{}: {message} ({what} at {})", self.place(diagnostic.span), self.place(span))
                }
            }
        })
    }

    /// `file:line:column`, counted from 1, the column in characters.
    fn place(&self, span: Span) -> String {
        let Some(file) = self.files.get(span.file) else { return "api-spec".to_owned() };
        let (line, column) = position(&file.text, span.start);
        format!("{}:{line}:{column}", file.name)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // So that an `unwrap` in a test shows the messages and not the whole spec.
        write!(f, "\n{self}")
    }
}

/// Line and column of a byte offset, counted from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let (mut line, mut column) = (1, 1);
    for (at, character) in text.char_indices() {
        if at >= offset {
            break;
        }
        match character {
            '\n' => (line, column) = (line + 1, 1),
            '\u{feff}' if at == 0 => {}
            _ => column += 1,
        }
    }
    (line, column)
}
