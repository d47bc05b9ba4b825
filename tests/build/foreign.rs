//! The macros in another crate: `tests/foreign` declares endpoints of its own, with no prelude and with every
//! warning an error, and calls them by a transport of its own. It is built here as its users would build it.

use std::path::Path;
use std::process::Command;

#[test]
fn another_crate_declares_endpoints_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let foreign = root.join("tests/foreign");
    // The same versions of everything, which are at hand without a network.
    std::fs::copy(root.join("Cargo.lock"), foreign.join("Cargo.lock")).expect("the lock of this crate");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--quiet", "--color=never"])
        .current_dir(&foreign)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign"))
        // What cargo has told this test about its own build is not meant for the other.
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .expect("cargo runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("test result: ok. 6 passed"), "its tests did not run:\n{out}\n{err}");
}
