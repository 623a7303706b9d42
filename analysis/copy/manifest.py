"""What is in a copy, counted and hashed, and signed with the key that signs the anchors."""

from pathlib import Path
from typing import Any

from analysis.copy.read import Contents, sha256_of, stamp
from analysis.copy.tables import names
from reminet_site.trail import anchor

FILE = "manifest.json"
FORMAT = "reminet copy 1"


def write(
    folder: Path, contents: Contents, rows: dict[str, int], head: dict[str, Any]
) -> dict[str, Any]:
    """manifest.json, the last file: SHA-256, bytes and rows of every other one, signed."""
    files: dict[str, dict[str, Any]] = {}
    for name in names(folder):
        path = folder / name
        files[name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        if name in rows:
            files[name]["rows"] = rows[name]
        if name in contents.counted:
            files[name]["rows_in_database"] = contents.counted[name]
    content = {
        "format": FORMAT,
        "copy": head["name"],
        "service": head["service"],
        "trial": head["trial"],
        "centres": list(contents.centres),
        "whole_trial": contents.whole,
        "data_at": stamp(contents.data_at),
        "asked_by": head["asked_by"],
        "build": head["build"],
        "definitions": contents.definitions,
        "files": files,
        "differences": contents.differences,
        "public_key": anchor.public_key(),
    }
    (folder / FILE).write_bytes(anchor.signed(content))
    return content
