"""Which build this is: shown in the footer and written on every export."""

import functools
import hashlib
import os
import subprocess

from django.conf import settings

VERSION = "0.1.0"


@functools.cache
def commit() -> str:
    """The commit that runs: from the image's build argument, else from git, else unknown."""
    given = os.environ.get("BUILD_COMMIT", "")
    if given:
        return given
    try:
        return subprocess.run(
            ["git", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


@functools.cache
def dependencies() -> str:
    """SHA-256 of the lock file that the service was installed from."""
    lock = settings.BASE_DIR / "requirements" / "base.txt"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else "unknown"
