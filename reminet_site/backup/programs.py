"""PostgreSQL's own programs for dumps: which, and how they reach the database."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import connections

from reminet_site.errors import Refusal
from reminet_site.local import pg_user
from reminet_site.local.trouble import Trouble

MAJOR = 18
BLOCK = 1 << 18


@functools.cache
def program(name: str) -> str:
    """PG_PROGRAMS names a folder with PostgreSQL 18's programs; else the wheel's, else PATH's."""
    chosen = os.environ.get("PG_PROGRAMS")
    if chosen:
        found = str(Path(chosen) / name)
    else:
        try:
            found = str(pg_user.wheel() / "bin" / name)
        except Trouble:
            found = shutil.which(name) or ""
    version = said(found) if found and Path(found).exists() else ""
    major = re.search(r"\(PostgreSQL\) (\d+)", version)
    if major is None or int(major[1]) < MAJOR:
        raise Refusal(
            f"{name} of PostgreSQL {MAJOR} is not on this machine. Install PostgreSQL's client "
            "programs, or set PG_PROGRAMS to the folder that holds them."
        )
    return found


def said(path: str) -> str:
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout


def words(name: str, *more: str) -> tuple[list[str], dict[str, str]]:
    """The command, and the environment with the password, for the owner's database."""
    at = connections["owner"].settings_dict
    line = [program(name), "-w", "-U", at["USER"], "-d", at["NAME"]]
    line += ["-h", at["HOST"]] if at["HOST"] else []
    line += ["-p", str(at["PORT"])] if at["PORT"] else []
    return [*line, *more], os.environ | {"PGPASSWORD": at["PASSWORD"], "PGTZ": "UTC"}


def output(line: list[str], env: dict[str, str]) -> Iterator[bytes]:
    """What the program writes, as blocks; refused where it fails."""
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=errors) as running:
            assert running.stdout
            while block := running.stdout.read(BLOCK):
                yield block
        check(line, running, errors)


@contextmanager
def fed(line: list[str], env: dict[str, str] | None = None, **more: Any) -> Iterator[Any]:
    """The program runs and reads what is written to its `stdin`; refused where it fails."""
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            line, env=env, stdin=subprocess.PIPE, stderr=errors, **more
        ) as running:
            yield running
        check(line, running, errors)


def feed(running: Any, blocks: Iterable[bytes]) -> None:
    """All blocks into its standard input, which is then closed; a program that ended takes none."""
    try:
        for block in blocks:
            running.stdin.write(block)
        running.stdin.close()
    except BrokenPipeError:
        pass


def check(line: list[str], running: Any, errors: IO[bytes]) -> None:
    if running.returncode:
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().splitlines()[-3:]
        raise Refusal(f"{Path(line[0]).name} failed: {' '.join(last)}")
