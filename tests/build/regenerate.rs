//! A new endpoint is a few lines of TOML: a copy of the package gets one appended to a spec file, and a program that
//! is built against the copy calls it in the sandbox. What the generator emits is tested in `emit.rs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Ten lines, appended to `api-spec/user.toml`.
const ENDPOINT: &str = r#"
[[endpoint]]
name = "count_wishes"
summary = "Counts what a follower has wished for."
link = "https://example.com/wishes"
method = "POST"
path = "/cgi-bin/user/wishes"
accounts = ["service"]
body = { openid = { type = "string", required = true, doc = "Who has wished." } }
response = { wishes = { type = "u32", required = true, doc = "How many they were." } }
example = [{ body = '{"openid": "o1"}', response = '{"wishes": 3}' }]
"#;

const PROGRAM: &str = r#"
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = weixin::sandbox::Sandbox::start().await?;
    let answer = sandbox.client()?.count_wishes(weixin::user::CountWishes::new("o1")).await?;
    println!("{} wishes", answer.wishes);
    Ok(())
}
"#;

/// Without TLS, which takes longest to build and isn't needed here.
const MANIFEST: &str = r#"
[package]
name = "consumer"
version = "0.0.0"
edition = "2021"
[dependencies]
weixin = { path = "../package", default-features = false, features = ["sandbox", "reqwest"] }
tokio = { version = "1", features = ["rt", "macros"] }
[profile.dev]
debug = false
[workspace]
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// What the published package holds, and its manifest as far as those who depend on it need it.
fn copy_package(to: &Path) {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest = toml::de::DeTable::parse(&text).unwrap();
    let included = manifest.get_ref()["package"].get_ref().as_table().unwrap()["include"].get_ref();
    for entry in included.as_array().unwrap().iter() {
        let name = entry.get_ref().as_str().unwrap().trim_start_matches('/');
        match name.strip_suffix('*') {
            None => copy(&root().join(name), &to.join(name)),
            Some(beginning) => {
                for entry in fs::read_dir(root()).unwrap() {
                    let name = entry.unwrap().file_name().into_string().unwrap();
                    if name.starts_with(beginning) {
                        copy(&root().join(&name), &to.join(&name));
                    }
                }
            }
        }
    }
    let mut kept = String::new();
    let mut keep = true;
    for line in text.lines() {
        if line.starts_with('[') {
            keep = !line.contains("dev-dependencies") && line != "[[bench]]";
        }
        if keep {
            kept += line;
            kept.push('\n');
        }
    }
    fs::write(to.join("Cargo.toml"), kept).unwrap();
}

/// Builds and runs the consumer. What it depends on is compiled once for all runs of this test, whatever the flags
/// that other tests are built with.
fn run(consumer: &Path, target: &Path) -> (Output, String) {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--offline", "--quiet"]).current_dir(consumer);
    command.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0").env("CARGO_TERM_COLOR", "never");
    if let Ok(flags) = env::var("RUSTFLAGS") {
        match flags.replace("--cfg serde_json_unified", "").trim() {
            "" => command.env_remove("RUSTFLAGS"),
            flags => command.env("RUSTFLAGS", flags),
        };
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

#[test]
fn an_appended_endpoint_can_be_called() {
    let work: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("regenerate");
    for folder in ["package", "consumer"] {
        let _ = fs::remove_dir_all(work.join(folder));
    }
    let (package, consumer, target) = (work.join("package"), work.join("consumer"), work.join("target"));
    fs::create_dir_all(&package).unwrap();
    fs::create_dir_all(consumer.join("src")).unwrap();
    copy_package(&package);
    fs::write(consumer.join("Cargo.toml"), MANIFEST).unwrap();
    fs::write(consumer.join("src/main.rs"), PROGRAM).unwrap();
    // The versions that everything else is tested with, so that nothing has to be fetched.
    fs::copy(root().join("Cargo.lock"), consumer.join("Cargo.lock")).unwrap();

    let spec = package.join("api-spec/user.toml");
    let before = fs::read_to_string(&spec).unwrap();
    assert_eq!(ENDPOINT.trim().lines().count(), 10);
    assert!(!before.contains("count_wishes"));

    // A mistake is answered with its place, and with nothing else.
    let wrong = ENDPOINT.replace(r#""string""#, r#""strng""#);
    fs::write(&spec, format!("{before}{wrong}")).unwrap();
    let (output, said) = run(&consumer, &target);
    let line = before.lines().count()
        + 1
        + wrong.trim().lines().position(|line| line.contains("strng")).unwrap()
        + 1;
    let place = format!("api-spec/user.toml:{line}:29: unknown type `strng`; did you mean `string`?");
    assert!(!output.status.success(), "a mistake in the spec went unnoticed");
    assert!(said.contains(&place), "{place} is not in:\n{said}");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");

    fs::write(&spec, format!("{before}{ENDPOINT}")).unwrap();
    let (output, said) = run(&consumer, &target);
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "3 wishes\n");
}
