//! What a spec says: TOML files in, a model out, in which every value knows where it stands. What is made of it is in
//! `codegen`. `build.rs` and tests declare this file with `#[path]`; of the library only the sandbox needs the model,
//! and `lib.rs` declares no more of this folder than that.

pub mod date;
pub mod diagnostic;
pub mod id;
pub mod ids;
pub mod index;
pub mod layout;
pub mod model;
pub mod naming;
pub mod parse;
pub mod reader;
pub mod serial;
pub mod span;
pub mod types;
pub mod walk;
pub mod writer;

use std::io;
use std::path::Path;

use self::model::SourceFile;

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
