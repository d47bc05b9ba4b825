"""A copy of the package with a part of its spec: whole areas, and those whose types they use."""

import re
import shutil
import tomllib
from pathlib import Path

# What the parts of the library that are written by hand use.
ALWAYS = ["access_token"]


def package(source: Path, target: Path, share: float) -> int:
    """Copies the package to `target` with at least that share of its endpoints, and gives their number."""
    target.mkdir(parents=True)
    for name in ["src", "api-spec"]:
        shutil.copytree(source / name, target / name)
    for name in ["build.rs", "Cargo.lock"]:
        shutil.copy(source / name, target / name)
    (target / "Cargo.toml").write_text(manifest((source / "Cargo.toml").read_text(), share))

    areas = {}
    for path in sorted((target / "api-spec").glob("*.toml")):
        # All areas are measured, whatever feature switches them on.
        path.write_text(re.sub(r'(?m)^feature = ".*"\n', "", path.read_text()))
        spec = tomllib.loads(path.read_text())
        if "area" in spec:
            areas[path.stem] = spec
    size = {name: len(spec.get("endpoint", [])) for name, spec in areas.items()}
    wanted = share * sum(size.values())
    needs = {name: needed(areas, name) for name in areas}
    kept = {name for name in areas if not size[name]}
    for name in ALWAYS:
        kept |= closure(needs, name)
    for name in spread(sorted(areas)):
        if sum(size[kept_name] for kept_name in kept) >= wanted:
            break
        kept |= closure(needs, name)
    for name in list(kept):
        kept |= closure(needs, name)
    for name in areas.keys() - kept:
        (target / "api-spec" / f"{name}.toml").unlink()
    return sum(size[name] for name in kept)


def spread(names):
    """The names in an order in which the first ones come from everywhere: neighbours are of one kind."""
    return [name for start in range(4) for name in names[start::4]]


def needed(areas, name):
    """The areas that hold a type or an endpoint which this one names."""
    words = set(re.findall(r"\w+", str(areas[name])))
    found = set()
    for other, spec in areas.items():
        kinds = ["object", "enum", "union"]
        names = {entry["name"] for kind in kinds for entry in spec.get(kind, [])}
        names |= {endpoint["name"] for endpoint in spec.get("endpoint", [])}
        if names & words:
            found.add(other)
    return found


def closure(needs, name):
    found, left = set(), [name]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += needs[name]
    return found


def manifest(text: str, share: float) -> str:
    """Without what only tests, examples and benchmarks need. The version keeps the copies apart in one target folder:
    Cargo does not tell packages apart by where they lie."""
    text = re.sub(r'(?m)^version = ".*"', f'version = "0.0.{round(share * 100)}"', text, count=1)
    kept, keep = [], True
    for line in text.splitlines():
        if line.startswith("["):
            keep = not line.startswith(("[dev-dependencies", "[target", "[[bench]]", "[[example]]", "[[test]]"))
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n\n[workspace]\n"
