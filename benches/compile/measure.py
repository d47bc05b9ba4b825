#!/usr/bin/env python3
"""What an endpoint costs to compile, beside the same spec through serde derive.

See ../README.md. Needs Python 3.11, and the dependencies in Cargo's cache (`cargo fetch`)."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import derive
import part

ROOT = Path(__file__).parents[2]
PROFILES = {"check": ["check"], "build": ["build"], "release": ["build", "--release"]}
SHARES = {"a quarter": 0.25, "a half": 0.5, "all": 1.0}


def cargo(arguments, package, target):
    """Runs cargo in a package and gives the CPU seconds of it and its compilers, the most memory that one of them
    took (MiB), and its output."""
    environment = dict(os.environ, CARGO_INCREMENTAL="0", CARGO_TARGET_DIR=str(target), CARGO_TERM_COLOR="never")
    command = ["cargo", *arguments, "--offline"]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        run = subprocess.Popen(command, cwd=package, env=environment, stdout=out, stderr=err)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if run.returncode:
            sys.exit(f"cargo {' '.join(arguments)} failed in {package}:\n{err.read()}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read()


def generated(package, target):
    """Where the build script wrote its files."""
    _, _, output = cargo(["check", "--lib", "--message-format=json"], package, target)
    for line in output.splitlines():
        message = json.loads(line)
        if message["reason"] == "build-script-executed":
            if "weixin@" in message["package_id"] or str(package) in message["package_id"]:
                return Path(message["out_dir"])
    sys.exit("cargo does not say where the generated files are")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, help="measured rounds; medians are printed (default 5; 2 with --cold)")
    parser.add_argument("--cold", action="store_true", help="measure the first build of a program instead")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it there")
    options = parser.parse_args()
    run = cold if options.cold else endpoints
    rounds = options.rounds or (2 if options.cold else 5)
    if options.keep:
        run(options.keep, rounds)
    else:
        with tempfile.TemporaryDirectory(prefix="weixin-compile-") as work:
            run(Path(work), rounds)


def endpoints(work, rounds):
    """The crate itself with a part of its endpoints and with all; derive with the least and with all."""
    packages, size = {}, {}
    target, derived = work / "target-ours", work / "target-derive"
    for name, share in SHARES.items():
        ours = work / f"ours-{round(share * 100)}"
        size[name] = part.package(ROOT, ours, share)
        packages["ours", name] = ours, target
        theirs = work / f"derive-{round(share * 100)}"
        derive.package(ours, generated(ours, target), theirs)
        packages["derive", name] = theirs, derived
    for package, folder in packages.values():
        for command in PROFILES.values():
            cargo([*command, "--lib"], package, folder)

    times, memory = {}, {}
    for number in range(rounds):
        for profile, command in PROFILES.items():
            for key, (package, folder) in packages.items():
                # Only the crate itself is built again; its dependencies and its build script are not.
                os.utime(package / "src" / "lib.rs")
                seconds, most, _ = cargo([*command, "--lib"], package, folder)
                times.setdefault((*key, profile), []).append(seconds)
                memory.setdefault((*key, profile), []).append(most)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)

    print(f"CPU seconds and MiB for the crate itself, median of {rounds} rounds\n")
    head = "".join(f"{f'{name}: {size[name]}':>20}" for name in SHARES)
    print(f"{'':8} {'':8}{head}{'an endpoint':>14}")
    for profile in PROFILES:
        slopes = {}
        for variant in ("ours", "derive"):
            cells = {name: statistics.median(times[variant, name, profile]) for name in SHARES}
            slopes[variant] = slope([(size[name], cells[name]) for name in SHARES])
            text = "".join(
                f"{cells[name]:9.2f} s {statistics.median(memory[variant, name, profile]):5.0f} MiB" for name in SHARES
            )
            print(f"{profile:8} {variant:8}{text}{slopes[variant]:14.4f}")
        ratios = [a / b for a, b in zip(times["ours", "all", profile], times["derive", "all", profile])]
        print(f"{profile:8} {'ratio':8}{statistics.median(ratios):>52.2f}{slopes['ours'] / slopes['derive']:22.2f}")


def slope(points):
    """By least squares."""
    x, y = (statistics.mean(axis) for axis in zip(*points))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


HAND = {
    "Cargo.toml": """[package]
name = "program"
edition = "2024"
version = "0.0.0"

[dependencies]
reqwest = { version = "0.13", default-features = false, features = ["rustls-no-provider"] }
rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12", "logging"] }
webpki-roots = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1.49", features = ["rt-multi-thread", "macros"] }

[workspace]
""",
    "src/main.rs": """use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Create {
    action_name: &'static str,
    action_info: Info,
}

#[derive(Serialize)]
struct Info {
    scene: Scene,
}

#[derive(Serialize)]
struct Scene {
    scene_id: u32,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    errcode: i64,
    ticket: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build()?;
    let url = "https://api.weixin.qq.com/cgi-bin/qrcode/create?access_token=TOKEN";
    let body = Create { action_name: "QR_LIMIT_SCENE", action_info: Info { scene: Scene { scene_id: 1 } } };
    let answer = client.post(url).body(serde_json::to_vec(&body)?).send().await?.bytes().await?;
    let answer: Answer = serde_json::from_slice(&answer)?;
    println!("{} {:?}", answer.errcode, answer.ticket);
    Ok(())
}
""",
}

OURS = {
    "Cargo.toml": """[package]
name = "program"
edition = "2024"
version = "0.0.0"

[dependencies]
weixin = { path = "PACKAGE"FEATURES }
tokio = { version = "1.49", features = ["rt-multi-thread", "macros"] }

[workspace]
""",
    "src/main.rs": """use weixin::qrcode::{CreateQrcode, QrAction};

#[tokio::main]
async fn main() -> weixin::Result<()> {
    let client = weixin::Client::new("wx_appid", "secret")?;
    let code = client.create_qrcode(CreateQrcode::new(QrAction::limit_scene(1))).await?;
    println!("{}", code.ticket);
    Ok(())
}
""",
}

# A program, by its files and the features of the package.
PROGRAMS = {
    "default": (OURS, ""),
    "hyper": (OURS, ', default-features = false, features = ["hyper"]'),
    "by hand": (HAND, ""),
}


def cold(work, rounds):
    """The first build of a program with one call: through each transport, and by hand with reqwest and the same TLS."""
    packages = {}
    for name, (files, features) in PROGRAMS.items():
        package = packages[name] = work / name.replace(" ", "-")
        (package / "src").mkdir(parents=True)
        for path, text in files.items():
            (package / path).write_text(text.replace("PACKAGE", str(ROOT)).replace("FEATURES", features))
        shutil.copy(ROOT / "Cargo.lock", package / "Cargo.lock")
    times = {}
    for number in range(rounds):
        for profile, command in PROFILES.items():
            for name, package in packages.items():
                target = work / "target"
                shutil.rmtree(target, ignore_errors=True)
                times.setdefault((profile, name), []).append(cargo(command, package, target)[0])
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    print(f"CPU seconds of a program's first build, median of {rounds} rounds; in brackets against by hand\n")
    for profile in PROFILES:
        seconds = {name: statistics.median(times[profile, name]) for name in PROGRAMS}
        cells = "".join(
            f"{name:>10} {value:6.1f} ({value / seconds['by hand']:.2f})" for name, value in seconds.items()
        )
        print(f"{profile:8}{cells}   hyper against default {seconds['hyper'] / seconds['default']:.2f}")


if __name__ == "__main__":
    main()
