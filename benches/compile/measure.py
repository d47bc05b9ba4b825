#!/usr/bin/env python3
"""What an endpoint costs to compile, beside the same spec through serde derive.

See ../README.md. Needs Python 3.11, and the dependencies in Cargo's cache (`cargo fetch`)."""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import derive
import replicate

ROOT = Path(__file__).parents[2]
PROFILES = {"check": ["check"], "release": ["build", "--release"]}


def cargo(arguments, package, target, capture=False):
    """Runs cargo in a package and gives its CPU seconds, compilers included, and its output."""
    environment = dict(os.environ, CARGO_INCREMENTAL="0", CARGO_TARGET_DIR=str(target), CARGO_TERM_COLOR="never")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        ["cargo", *arguments, "--offline"], cwd=package, env=environment, text=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"cargo {' '.join(arguments)} failed in {package}:\n{run.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, run.stdout


def generated(package, target):
    """Where the build script wrote its files."""
    _, output = cargo(["check", "--lib", "--message-format=json"], package, target)
    for line in output.splitlines():
        message = json.loads(line)
        if message["reason"] == "build-script-executed" and "weixin@" in message["package_id"]:
            return Path(message["out_dir"])
        if message["reason"] == "build-script-executed" and str(package) in message["package_id"]:
            return Path(message["out_dir"])
    sys.exit("cargo does not say where the generated files are")


def build_dependencies(work):
    """CPU seconds to build what the build script needs."""
    package = work / "build-dependencies"
    (package / "src").mkdir(parents=True)
    (package / "src" / "lib.rs").write_text("")
    wanted = tomllib.loads((ROOT / "Cargo.toml").read_text())["build-dependencies"]
    lines = ['[package]\nname = "weixin"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n\n[dependencies]\n']
    for name, value in wanted.items():
        value = {"version": value} if isinstance(value, str) else value
        pairs = ", ".join(f"{key} = {json.dumps(entry)}" for key, entry in value.items())
        lines.append(f"{name} = {{ {pairs} }}\n")
    (package / "Cargo.toml").write_text("".join(lines))
    shutil.copy(ROOT / "Cargo.lock", package / "Cargo.lock")
    return statistics.median(cargo(["build"], package, work / f"target-b{i}")[0] for i in range(3))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", help="how often the spec is repeated, as `3,12` (default: to about 100 and 400)")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds; medians are printed (default 5)")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it there")
    options = parser.parse_args()
    size = replicate.size(ROOT)
    few, many = max(1, round(100 / size)), max(2, round(400 / size))
    if options.copies:
        few, many = map(int, options.copies.split(","))
    if options.keep:
        measure(options.keep, few, many, options.rounds)
    else:
        with tempfile.TemporaryDirectory(prefix="weixin-compile-") as work:
            measure(Path(work), few, many, options.rounds)


def measure(work, few, many, rounds):
    packages, endpoints = {}, {}
    for copies in (few, many):
        endpoints[copies] = replicate.package(ROOT, work / f"ours-{copies}", copies)
    print(f"build-dependencies: {build_dependencies(work):.2f} CPU s", flush=True)
    for copies in (few, many):
        ours = work / f"ours-{copies}"
        target = work / "target-ours"
        packages["ours", copies] = ours, target
        theirs = work / f"derive-{copies}"
        derive.package(ours, generated(ours, target), theirs)
        packages["derive", copies] = theirs, work / "target-derive"
    for package, target in packages.values():
        for command in PROFILES.values():
            cargo([*command, "--lib"], package, target)

    times = {}
    for number in range(rounds):
        for key, (package, target) in packages.items():
            for profile, command in PROFILES.items():
                # Only the crate itself is built again; its dependencies and its build script are not.
                os.utime(package / "src" / "lib.rs")
                seconds, _ = cargo([*command, "--lib"], package, target)
                times.setdefault((*key, profile), []).append(seconds)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)

    print(f"\nCPU seconds for the crate itself, median of {rounds} rounds (least, most):\n")
    print(f"{'':8} {'':8} {endpoints[few]:>8} endpoints    {endpoints[many]:>8} endpoints     an endpoint")
    for profile in PROFILES:
        slope = {}
        for variant in ("ours", "derive"):
            low, high = times[variant, few, profile], times[variant, many, profile]
            difference = statistics.median(high) - statistics.median(low)
            slope[variant] = difference / (endpoints[many] - endpoints[few])
            cells = "   ".join(f"{statistics.median(t):6.2f} ({min(t):5.2f}, {max(t):5.2f})" for t in (low, high))
            print(f"{profile:8} {variant:8} {cells}   {slope[variant]:.4f}")
        print(f"{profile:8} {'ratio':8} {slope['ours'] / slope['derive']:.2f}")


if __name__ == "__main__":
    main()
