//! The generator: spec files in, text of macro calls out. It is no part of the library; `build.rs` and tests
//! declare this file with `#[path]`. It starts no process and reads nothing but the folder that it is given.

pub mod catalogue;
pub mod diagnostic;
pub mod emit;
pub mod example;
pub mod index;
pub mod json;
pub mod lint;
pub mod model;
pub mod naming;
pub mod parse;
pub mod types;

use std::io;
use std::path::Path;

use self::diagnostic::Report;
use self::model::{SourceFile, Spec};

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

/// The spec files of a folder; anything but `*.toml` is left alone.
pub fn read_folder(folder: &Path) -> io::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.ends_with(".toml") && !name.starts_with('.') {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
            files.push(SourceFile { name: format!("api-spec/{name}"), text });
        }
    }
    Ok(files)
}
