//! The generator: a spec in, text of macro calls out. It is no part of the library; `build.rs` and tests declare this
//! file with `#[path]`, beside `spec`. It starts no process and reads nothing.

pub mod emit;
pub mod example;
pub mod json;
pub mod lint;

use crate::spec::diagnostic::Report;
use crate::spec::model::{SourceFile, Spec};
use crate::spec::parse;

/// Reads and checks a spec: either all of it is right, or the report names every mistake. In which order the
/// files come does not matter.
pub fn load(mut files: Vec<SourceFile>) -> Result<Spec, Report> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let (parsed, mut diagnostics) = parse::parse(files);
    lint::check(&parsed, &mut diagnostics);
    example::check(&parsed, &mut diagnostics);
    if diagnostics.is_empty() {
        return Ok(parsed.spec);
    }
    Err(Report::new(parsed.spec.files, diagnostics))
}
