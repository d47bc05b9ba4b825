"""A copy of the package whose spec is repeated under other names.

Only the areas that hold endpoints are repeated; errors and events stay as they are."""

import re
import shutil
import tomllib
from pathlib import Path

CAMEL = re.compile(r"(?:^|_)([a-z0-9])")


def camel(name):
    return CAMEL.sub(lambda match: match.group(1).upper(), name)


def size(source: Path) -> int:
    """The number of endpoints in the spec."""
    files = (source / "api-spec").glob("*.toml")
    return sum(len(tomllib.loads(path.read_text()).get("endpoint", [])) for path in files)


def package(source: Path, target: Path, copies: int) -> int:
    """Copies the package to `target` with its areas `copies` times, and gives the number of endpoints."""
    target.mkdir(parents=True)
    for name in ["src", "api-spec"]:
        shutil.copytree(source / name, target / name)
    for name in ["build.rs", "Cargo.lock"]:
        shutil.copy(source / name, target / name)
    (target / "Cargo.toml").write_text(manifest((source / "Cargo.toml").read_text(), copies))

    areas = {}
    for path in sorted((target / "api-spec").glob("*.toml")):
        # All areas are measured, whatever feature switches them on.
        path.write_text(re.sub(r'(?m)^feature = ".*"\n', "", path.read_text()))
        spec = tomllib.loads(path.read_text())
        if spec.get("endpoint"):
            areas[path] = spec
    names = {}
    paths = set()
    for spec in areas.values():
        for endpoint in spec["endpoint"]:
            names[endpoint["name"]] = "snake"
            names[camel(endpoint["name"])] = "camel"
            names[camel(endpoint["name"]) + "Response"] = "camel"
            paths.add(endpoint["path"])
        for kind in ["object", "enum", "union"]:
            for entry in spec.get(kind, []):
                names[entry["name"]] = "camel"
    alternatives = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    word = re.compile(rf"\b({alternatives})\b")
    # A path stands as the value of a key, or in the address of an example.
    path_word = re.compile(r'(?m)^((?:path|url) = .*?)(' + "|".join(map(re.escape, sorted(paths, key=len, reverse=True))) + r')(?=["?#])')
    for number in range(2, copies + 1):
        for path in areas:
            text = word.sub(lambda match: f"{match.group(1)}{number}", path.read_text())
            # The tag of a variant, or the value of an enum, may be the name of a type: keys stay as they are.
            text = re.sub(rf'(?m)^({alternatives}){number} = \{{ ', r"\1 = { ", text)
            text = path_word.sub(rf"\1/r{number}\2", text)
            (path.with_name(f"{path.stem}{number}.toml")).write_text(text)
    return copies * sum(len(spec["endpoint"]) for spec in areas.values())


def manifest(text: str, copies: int) -> str:
    """Without what only tests, examples and benchmarks need. The version keeps the copies apart in one target folder:
    Cargo does not tell packages apart by where they lie."""
    text = re.sub(r'(?m)^version = ".*"', f'version = "0.0.{copies}"', text, count=1)
    kept, keep = [], True
    for line in text.splitlines():
        if line.startswith("["):
            keep = not line.startswith(("[dev-dependencies", "[[bench]]", "[[example]]", "[[test]]"))
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n\n[workspace]\n"
