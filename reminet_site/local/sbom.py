"""What the service is made of, as CycloneDX 1.6: `python -m reminet_site.local.sbom [FILE]`.

Read from the lock files and the images that production names, so that it says what is installed
by hash and not what happens to be here. The same sources give the same bytes.
"""

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from .environment import ROOT

# Lock file -> what CycloneDX calls the need of it.
LOCKS = {"base": "required", "local": "optional", "test": "excluded", "setup": "excluded"}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
IMAGE = re.compile(r"^\s*(?:image:|FROM)\s+([a-z][\w./-]*:[\w.-]+)", re.M)


def locked(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """(name, version, hashes) of each package of a lock file."""
    for block in re.split(r"\n(?=\S)", text):
        found = PINNED.match(block)
        if found:
            yield found[1], found[2], HASH.findall(block)


def licence(name: str) -> list[dict[str, Any]]:
    """As the installed package states it; nothing where it is not installed here."""
    try:
        about: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    stated = about.get("License-Expression")
    if stated:
        return [{"expression": stated}]
    named = about.get("License") or ""
    classes = [one.split("::")[-1].strip() for one in about.get_all("Classifier") or []
               if one.startswith("License ::")]  # fmt: skip
    chosen = named if named and len(named) < 80 else (classes or [""])[0]
    return [{"license": {"name": chosen}}] if chosen else []


def package(name: str, version: str, hashes: list[str], scope: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "scope": scope,
        "hashes": [{"alg": "SHA-256", "content": one} for one in hashes],
    }
    stated = licence(name)
    return made | ({"licenses": stated} if stated else {})


def packages(root: Path) -> dict[str, dict[str, Any]]:
    """By reference; one that several lock files name counts as the most needed."""
    found: dict[str, dict[str, Any]] = {}
    for lock, scope in LOCKS.items():
        text = (root / "requirements" / f"{lock}.txt").read_text()
        for name, version, hashes in locked(text):
            made = package(name, version, hashes, scope)
            found.setdefault(made["bom-ref"], made)
    return found


def images(root: Path) -> dict[str, dict[str, Any]]:
    """The images that production is made of, ours left out."""
    text = (root / "docker-compose.yml").read_text() + "\n" + (root / "Dockerfile").read_text()
    found = {}
    for image in sorted(set(IMAGE.findall(text))):
        name, _, tag = image.rpartition(":")
        ref = f"pkg:docker/{name}@{tag}"
        found[ref] = {
            "type": "container", "bom-ref": ref, "name": name, "version": tag, "purl": ref,
            "scope": "required",
        }  # fmt: skip
    return found


def bom(root: Path = ROOT, version: str = "") -> dict[str, Any]:
    version = version or version_of(root)
    components = [*packages(root).values(), *images(root).values()]
    components.sort(key=lambda one: one["bom-ref"])
    ours = f"pkg:generic/reminet@{version}"
    needed = [one["bom-ref"] for one in components if one["scope"] == "required"]
    content = hashlib.sha256(json.dumps([ours, components]).encode()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": ours, "name": "reminet", "version": version,
            },
        },
        "components": components,
        "dependencies": [{"ref": ours, "dependsOn": needed}],
    }  # fmt: skip


def version_of(root: Path) -> str:
    found = re.search(
        r'^VERSION = "([^"]+)"', (root / "reminet_site" / "build.py").read_text(), re.M
    )
    return found[1] if found else "0"


def main() -> None:
    path = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist" / "sbom.cdx.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    made = bom()
    path.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{path}: {len(made['components'])} components.")


if __name__ == "__main__":
    main()
