"""A backup: one sealed file, written to a place that is not this host, read back, then logged."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connections, transaction

from reminet_site import build
from reminet_site.backup import facts, pieces, programs, sealed
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.local.pg_user import existing

DUMP, LOG, FILES = "database.dump", "allocation-log.jsonl", "files/"
ACTOR = Actor.system("backup")
BLOCK = 1 << 20


@dataclass(frozen=True)
class Made:
    path: Path
    log: Path
    size: int
    sha256: str
    tables: int
    rows: int
    seconds: float


def keys() -> list[bytes]:
    """BACKUP_KEY: the current key, then retired ones that still open older backups."""
    if not settings.BACKUP_KEY or len(settings.BACKUP_KEY) % sealed.KEY:
        raise Refusal("BACKUP_KEY is not set: base64 of 32 random bytes, see .env.example.")
    return sealed.split(settings.BACKUP_KEY)


def check_place(folder: Path, same_host: bool) -> None:
    if "owner" not in connections:
        raise Refusal("OWNER_DATABASE_URL is not set: a backup is made as the owner of all rows.")
    if not folder.is_dir():
        raise Refusal(f"{folder} is not there. Mount the place that keeps the backups first.")
    if (
        os.stat(folder).st_dev == os.stat(existing(Path(settings.DATA_DIR))).st_dev
        and not same_host
    ):
        raise Refusal(
            f"{folder} lies on the same file system as the service's own files: what destroys "
            "them destroys the backup. Name a mounted folder of another machine, or say "
            "--same-host and copy the file away yourself."
        )


def make(*, folder: Path, same_host: bool = False) -> Made:
    """The backup is in the folder, whole and read back; or nothing is."""
    check_place(folder, same_host)
    key = keys()[0]
    began, started = time.monotonic(), now()
    stamp = started.strftime("%Y%m%dT%H%M%S")
    name = f"{connections['owner'].settings_dict['NAME']}-{stamp}-{started.microsecond:06d}Z.backup"
    part = folder / f".{name}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            manifest, sha256, size = write(file, key, started)
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        check_written(part, manifest, sha256)
        os.replace(part, folder / name)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    taken = time.monotonic() - began
    log = log_beside(folder / name, manifest, sha256, size, taken)
    sync(folder)
    with acting(ACTOR, using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT audit.act('backup', %s, NULL, NULL, %s)", [name, f"SHA-256 {sha256}"]
        )
    tables = manifest["database"]["tables"].values()
    rows = sum(table["rows"] for table in tables)
    return Made(folder / name, log, size, sha256, len(tables), rows, taken)


def write(file: BinaryIO, key: bytes, started: datetime) -> tuple[dict[str, Any], str, int]:
    """(manifest, SHA-256, size). Database, facts and scope are of one moment."""
    out = sealed.Sealing(file, key)
    into = pieces.Pieces(out.write)
    # the files first: a row of the database may name a file, never the other way round
    for path in own_files():
        into.add(FILES + str(path.relative_to(settings.DATA_DIR)), read_blocks(path))
    with transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        scope, database = facts.of_scope(), facts.of_database()
        line, env = programs.words("pg_dump", "-Fc", f"--snapshot={snapshot}")
        into.add(DUMP, programs.output(line, env))
    if allocation_log().exists():
        into.add(LOG, read_blocks(allocation_log()))
    manifest = {
        "format": "reminet backup 1",
        "made_at": started.isoformat(timespec="microseconds"),
        "service": settings.SITE_URL,
        "build": build.commit(),
        "dependencies": build.dependencies(),
        "anchors": anchors(),
        **scope,
        "database": scope["database"] | database,
    }
    into.close(manifest)
    return manifest, out.close(), out.size


def allocation_log() -> Path:
    chosen = settings.ALLOCATION_LOG
    return Path(chosen) if chosen else Path(settings.DATA_DIR) / "allocations" / "log.jsonl"


def own_files() -> list[Path]:
    """Releases, anchors, mails. The allocation log is a piece by itself: no restore rewinds it."""
    apart = allocation_log().parent
    found = (path for path in sorted(Path(settings.DATA_DIR).rglob("*")) if path.is_file())
    return [path for path in found if apart not in path.parents and ".making-" not in path.name]


def read_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def anchors() -> dict[str, Any]:
    """How many, and the newest: up to where the trail is proved outside the database."""
    files = sorted((Path(settings.DATA_DIR) / "anchors").glob("*.json"))
    if not files:
        return {"count": 0}
    newest = max(files, key=lambda file: json.loads(file.read_bytes())["made_at"])
    raw = newest.read_bytes()
    heads = json.loads(raw)["heads"]
    return {
        "count": len(files),
        "last": newest.name,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "made_at": json.loads(raw)["made_at"],
        "heads": hashlib.sha256(json.dumps(heads, sort_keys=True).encode()).hexdigest(),
    }


def check_written(path: Path, manifest: dict[str, Any], sha256: str) -> None:
    """The file on the disk is what was written, opens, and holds every row of every table."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise Refusal("The backup was not kept as it was written; the disk is not to be trusted.")
    counted: dict[str, int] = {}
    with path.open("rb") as file:
        pieces.check(
            sealed.opened(file, keys()),
            lambda name, body: counted.update(rows_in(body)) if name == DUMP else None,
        )
    expected = {
        table: one["rows"] for table, one in manifest["database"]["tables"].items() if one["rows"]
    }
    if {table: rows for table, rows in counted.items() if rows} != expected:
        raise Refusal("The backup, read back, does not hold the rows that were in the database.")


def rows_in(dump: Iterable[bytes]) -> dict[str, int]:
    """table -> rows, as PostgreSQL's own program reads them out of the dump."""
    line = [programs.program("pg_restore"), "--data-only", "-f", "-"]
    counted: dict[str, int] = {}
    with programs.fed(line, stdout=programs.subprocess.PIPE) as running:
        feeding = threading.Thread(target=programs.feed, args=(running, dump))
        feeding.start()
        table = ""
        for text in running.stdout:
            if table and text == b"\\.\n":
                table = ""
            elif table:
                counted[table] += 1
            elif text.startswith(b"COPY "):
                table = text.split(b" ")[1].decode()
                counted[table] = 0
        feeding.join()
    return counted


def log_beside(
    path: Path, manifest: dict[str, Any], sha256: str, size: int, seconds: float
) -> Path:
    """What a loss would cost, readable without the key: no name, no value, no arm."""
    text = json.dumps(
        {
            "backup": path.name,
            "sha256": sha256,
            "bytes": size,
            "key": sealed.key_id(keys()[0]).hex(),
            "seconds": round(seconds, 2),
            "read_back": now().isoformat(timespec="seconds"),
            **{name: value for name, value in manifest.items() if name != "format"},
            "database": rows_alone(manifest["database"]),
        },
        indent=1,
        sort_keys=True,
    )
    log = path.with_suffix(".json")
    log.write_text(text + "\n")
    log.chmod(0o640)
    return log


def rows_alone(database: dict[str, Any]) -> dict[str, Any]:
    """Without hashes, which could be guessed at, and without the text of the guards."""
    rows = {table: one["rows"] for table, one in database["tables"].items()}
    return {name: one for name, one in database.items() if name != "guards"} | {"tables": rows}


def sync(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some mounted file systems cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def age(made_at: str) -> float:
    """Seconds since that moment."""
    return (datetime.now(UTC) - datetime.fromisoformat(made_at)).total_seconds()
