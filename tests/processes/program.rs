//! The examples as programs, for tests that run them in processes of their own.
//! What they do there stands in the tests.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The example, built from what is there now: `cargo test --test …` alone would not build it.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(3).expect("target/debug/deps/…");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--example", name, "--message-format", "json"]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", target);
    // What cargo tells this test about itself would make build scripts run again that look at it.
    let ours = |name: &str| {
        name == "OUT_DIR" || ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start))
    };
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        cargo.env_remove(name);
    }
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    // The features that this test was built with, so that little is built again.
    if cfg!(feature = "native-tls") {
        cargo.arg("--all-features");
    }
    let built = cargo.stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "the example does not build");
    let messages = String::from_utf8(built.stdout).unwrap();
    let mut programs = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    programs.next_back().expect("cargo names the program that it built")
}
