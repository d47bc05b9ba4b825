//! The spec and its generator: what they say about broken specs, what they make of the real one, and whether that one
//! is right. `tests/quick` runs this program alone.

// Values that are compared have no order; a test may be as long as its table of cases.
#![allow(clippy::disallowed_methods, clippy::too_many_lines)]

#[allow(dead_code, unused_imports)]
#[path = "../../src/codegen/root.rs"]
mod codegen;
#[allow(dead_code, unused_imports)]
#[path = "../../src/spec/root.rs"]
mod spec;

mod dependencies;
mod diagnostics;
mod emit;
mod examples;
mod index;
mod layers;
mod mutations;
mod names;
mod oracle;
mod readme;
mod search;
mod semver;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use spec::model::{SourceFile, Spec};

/// A file or folder of the package.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files of the crate's own spec.
fn files() -> Vec<SourceFile> {
    spec::read_folder(&path("api-spec")).unwrap()
}

/// The crate's own spec, read once for all tests.
fn real() -> &'static Spec {
    static REAL: OnceLock<Spec> = OnceLock::new();
    REAL.get_or_init(|| codegen::load(files()).unwrap_or_else(|report| panic!("{report}")))
}
