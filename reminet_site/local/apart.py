"""Folders of data that lie apart from the folder they belong to, which holds a note of where.

What a power cut may take (the tests' server, throw-away runs) lies in memory where there is room:
databases are copied there much faster, and some disks slow down under a hundred copies.
A folder is named by chance, not by the path: a later clone at the same path is another service.
"""

import contextlib
import os
import secrets
import shutil
import signal
from pathlib import Path

from . import secret_store
from .processes import working_in

MEMORY = Path("/dev/shm")
ROOM = 2**31  # bytes that must be free there
PREFIX = "reminet-"
OWNER = "belongs-to"  # in a folder of memory: which folder's data it holds


def has_room() -> bool:
    """Files in memory take it from the programs: as much again stays free for these."""
    try:
        found = os.statvfs(MEMORY)
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return False
    free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    return found.f_bavail * found.f_frsize >= ROOM and free >= 2 * ROOM


def in_memory(folder: Path, *, choose: bool) -> Path | None:
    """Where the data of this folder lie in memory; None where they do not, and stay on the disk.

    `choose`: they are about to be made, and may lie there from now on.
    """
    note = folder / "data-in-memory"
    if not choose:
        return held(note)
    with secret_store.locked(folder / "data-in-memory.lock"):
        home = held(note)
        if home is not None or (folder / "postgres").exists() or not has_room():
            return home
        sweep()
        home = MEMORY / f"{PREFIX}{secrets.token_hex(8)}"
        home.mkdir(mode=0o700)
        write(home / OWNER, str(folder))
        write(note, str(home))
        return home


def held(note: Path) -> Path | None:
    """The folder in memory that a note names, if it is there: a restart of the machine takes it."""
    home = noted(note, MEMORY)
    return home if home is not None and (home / OWNER).exists() else None


def named(folder: Path, parent: Path) -> Path:
    """The folder in `parent` for the data of this one; it is made later."""
    with secret_store.locked(folder / "data-apart.lock"):
        home = noted(folder / "data-apart", parent)
        if home is None:
            home = parent / f"{PREFIX}{secrets.token_hex(8)}"
            write(folder / "data-apart", str(home))
        return home


def noted(note: Path, parent: Path) -> Path | None:
    """What a note says; one that was cut off, or names a place elsewhere, says nothing."""
    if not note.exists():
        return None
    home = Path(note.read_text())
    return home if home.parent == parent else None


def write(note: Path, text: str) -> None:
    """Whole or not at all."""
    fresh = note.with_name(f"{note.name}.new")
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(note)


def forget(folder: Path) -> None:
    """The data of this folder are gone: another place may be chosen."""
    for name in ("data-in-memory", "data-apart"):
        (folder / name).unlink(missing_ok=True)


def sweep() -> None:
    """What nobody can reach any more, its folder or note being gone, is ended and removed."""
    for home in MEMORY.glob(f"{PREFIX}*"):
        try:
            owner = Path((home / OWNER).read_text())
        except OSError:
            continue  # somebody else's, or being made
        if noted(owner / "data-in-memory", MEMORY) != home:
            for process in working_in(home / "data"):
                with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
                    os.kill(process, signal.SIGQUIT)
            shutil.rmtree(home, ignore_errors=True)
