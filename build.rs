//! Turns the spec in `api-spec/` into the text of macro calls: load (`src/spec/`), lint and emit (`src/codegen/`).

#[path = "src/codegen/root.rs"]
#[allow(dead_code)]
mod codegen;
#[path = "src/spec/root.rs"]
#[allow(dead_code)]
mod spec;

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/spec");
    println!("cargo::rerun-if-changed=src/codegen");
    println!("cargo::rerun-if-changed=api-spec");
    if let Err(message) = generate() {
        // These lines fail the build; leaving with an error code too would only print them twice.
        for line in message.lines() {
            println!("cargo::error={line}");
        }
    }
}

fn generate() -> Result<(), String> {
    let variable = |name: &str| std::env::var_os(name).ok_or_else(|| format!("cargo did not set {name}"));
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("api-spec");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let files =
        spec::read_folder(&folder).map_err(|error| format!("can't read {}: {error}", folder.display()))?;
    let spec = codegen::load(files).map_err(|report| report.to_string())?;
    let write = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        std::fs::write(&path, bytes).map_err(|error| format!("can't write {}: {error}", path.display()))
    };
    for file in codegen::emit::emit(&spec) {
        write(&file.name, file.text.as_bytes())?;
    }
    // What the sandbox reads.
    write("spec.bin", &spec::writer::write(&spec))
}
