"""Which build this is: shown in the footer of every page and written on every export."""

import functools
import hashlib
import os
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.module_loading import import_string

VERSION = "0.1.0"
MODIFIED = "+modified"
LOCKS = ("requirements/*.txt",)
MIGRATIONS = ("*/migrations/*.py", "*/sql/*.sql", "*/*/sql/*.sql")


@dataclass(frozen=True, slots=True)
class Identity:
    """What runs. Hashes are SHA-256; `definition` is the trial's, published in the database."""

    version: str
    commit: str
    modified: bool  # the sources are not those of the commit
    dependencies: str
    migrations: str
    definition_version: str
    definition: str

    @property
    def short(self) -> str:
        return f"{self.version} {self.commit[:7]}{MODIFIED if self.modified else ''}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def identity(definition: tuple[str, str] | None = None) -> Identity:
    """The whole of it; without `definition`, (version, SHA-256), that of the database."""
    version, sha256 = definition or import_string(settings.DEFINITION_IDENTITY)()
    return Identity(
        version=VERSION,
        commit=commit(),
        modified=modified(),
        dependencies=dependencies(),
        migrations=migrations(),
        definition_version=version,
        definition=sha256,
    )


def stamp(response: HttpResponseBase) -> None:
    """A file that leaves the service names its build in the header X-Build too."""
    response["X-Build"] = commit() + (MODIFIED if modified() else "")


def commit() -> str:
    """The commit that runs: from the image's build argument, else from git, else unknown."""
    return sources()[0]


def modified() -> bool:
    return sources()[1]


@functools.cache
def sources() -> tuple[str, bool]:
    """(commit, whether the files differ from it)."""
    given = os.environ.get("BUILD_COMMIT", "")
    if given:
        return given.removesuffix(MODIFIED), given.endswith(MODIFIED)
    try:
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain"))
    except (OSError, subprocess.SubprocessError):
        return "unknown", False


def git(*words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(settings.BASE_DIR), *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=5,
    ).stdout.strip()


@functools.cache
def dependencies() -> str:
    """Of the lock files that the service and its checks are installed from."""
    return hash_of(LOCKS)


@functools.cache
def migrations() -> str:
    """Of everything that makes the database what it is."""
    return hash_of(MIGRATIONS)


def hash_of(patterns: Iterable[str]) -> str:
    """SHA-256 over names and contents of the files, in the order of their names."""
    root = Path(settings.BASE_DIR)
    found = hashlib.sha256()
    for path in sorted({one for pattern in patterns for one in root.glob(pattern)}):
        found.update(f"{path.relative_to(root)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
