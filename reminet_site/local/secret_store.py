"""Generated passwords and keys of the local service, in one file that only its owner reads."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from .trouble import Trouble

PASSWORDS = ("postgres", "owner", "app", "broker", "SECRET_KEY")
KEYS = ("VAULT_KEY", "ANCHOR_KEY", "BACKUP_KEY")


def generated() -> dict[str, str]:
    """One fresh value for every secret; keys are base64 of 32 bytes, the rest URL-safe text."""
    values = {name: secrets.token_urlsafe(36) for name in PASSWORDS}
    for name in KEYS:
        values[name] = base64.b64encode(secrets.token_bytes(32)).decode()
    return values


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time is inside, for as long as the block runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def load(path: Path) -> dict[str, str]:
    """The secrets of this file; made on first use, mode 600, whole or not at all."""
    with locked(path.with_suffix(".lock")):
        if not path.exists():
            write(path, generated())
        try:
            values: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise Trouble(
                f"The passwords in {path} cannot be read ({error}). Put the file back from a copy; "
                f"without it the local data beside it stay closed."
            ) from error
        missing = {name: value for name, value in generated().items() if name not in values}
        if missing:
            values |= missing
            write(path, values)
        return values


def write(path: Path, values: dict[str, str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(values, handle, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
