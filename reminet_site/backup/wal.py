"""Point in time: a sealed copy of the whole cluster, and PostgreSQL's log since then, sealed too.

PostgreSQL archives each finished segment of its log (WAL) into a spool folder; `seal` moves them,
compressed and sealed, to the place of the backups. `base` seals a copy of the cluster. `prepare`
makes of both a data folder that PostgreSQL brings to the wished moment when it is started.
"""

from __future__ import annotations

import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from reminet_site import build
from reminet_site.backup import make, pieces, programs, sealed
from reminet_site.clock import now
from reminet_site.errors import Refusal

SEGMENT = re.compile(r"[0-9A-F]{24}(\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history")
BASE, SUFFIX, FETCHED = "base.tar", ".wal", "restored_wal"


def seal(*, spool: Path, folder: Path) -> int:
    """Every finished segment of the spool is sealed in the folder, read back, and gone; how many.

    A segment that is there already is left as it is: the same name never holds something else.
    """
    done = 0
    for path in sorted(spool.iterdir()):
        if not SEGMENT.fullmatch(path.name):
            continue
        target = folder / (path.name + SUFFIX)
        if not target.exists():
            part = folder / f".{target.name}.part"
            with part.open("wb") as file:
                put(file, packed(make.read_blocks(path)))
            if b"".join(opened(part)) != path.read_bytes():
                raise Refusal(f"{path.name} was not kept as it was written.")
            os.replace(part, target)
            make.sync(folder)
        elif b"".join(opened(target)) != path.read_bytes():
            raise Refusal(f"{target} is there and holds another segment: is it another cluster's?")
        path.unlink()
        done += 1
    return done


def put(file: Any, blocks: Iterable[bytes]) -> str:
    out = sealed.Sealing(file, make.keys()[0])
    for block in blocks:
        out.write(block)
    sha256 = out.close()
    file.flush()
    os.fsync(file.fileno())
    return sha256


def packed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Compressed: a segment of a quiet minute is nearly all zeros."""
    packing = zlib.compressobj(1)
    for block in blocks:
        yield packing.compress(block)
    yield packing.flush()


def unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj()
    for block in blocks:
        yield unpacking.decompress(block)
    yield unpacking.flush()


def opened(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from unpacked(sealed.opened(file, make.keys()))


@dataclass(frozen=True)
class Base:
    path: Path
    size: int
    sha256: str


def base(*, folder: Path, address: str) -> Base:
    """A sealed copy of the whole cluster; `address` is that of the role keeper."""
    parts = urlsplit(address)
    line = [programs.program("pg_basebackup"), "-w", "-D", "-", "-Ft", "-X", "fetch", "-c", "fast"]
    line += ["-h", parts.hostname or "", "-p", str(parts.port or 5432), "-U", parts.username or ""]
    env = os.environ | {"PGPASSWORD": unquote(parts.password or "")}
    made_at = now()
    path = folder / f"cluster-{made_at:%Y%m%dT%H%M%S}Z.base"
    part = folder / f".{path.name}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            out = sealed.Sealing(file, make.keys()[0])
            into = pieces.Pieces(out.write)
            into.add(BASE, packed(programs.output(line, env)))
            into.close({"made_at": made_at.isoformat(), "build": build.commit()})
            sha256 = out.close()
            file.flush()
            os.fsync(file.fileno())
        with part.open("rb") as file:
            pieces.check(sealed.opened(file, make.keys()))
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    make.sync(folder)
    said = {"base": path.name, "sha256": sha256, "bytes": out.size, "made_at": made_at.isoformat()}
    path.with_suffix(".json").write_text(json.dumps(said, indent=1) + "\n")
    return Base(path, out.size, sha256)


def prepare(*, copy: Path, folder: Path, data: Path, until: datetime | None) -> int:
    """`data` is a folder from which PostgreSQL starts and goes to that moment; how many segments.

    Copy and segments are checked whole before anything is written.
    """
    if data.exists() and any(data.iterdir()):
        raise Refusal(f"Nothing was written. {data} is not empty.")
    segments = sorted(folder.glob(f"*{SUFFIX}"))
    try:
        with copy.open("rb") as file:
            manifest = pieces.check(sealed.opened(file, make.keys()))
        for segment in segments:
            for _ in opened(segment):
                pass
    except (sealed.Damaged, zlib.error) as said:
        raise Refusal(f"Nothing was written. {said}") from None
    if until and until < datetime.fromisoformat(manifest["made_at"]):
        raise Refusal(
            f"Nothing was written. The copy was begun at {manifest['made_at']}: take an earlier "
            "one for that moment."
        )
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    unpack(copy, data)
    fetched = data / FETCHED
    fetched.mkdir(mode=0o700)
    for segment in segments:
        with (fetched / segment.name.removesuffix(SUFFIX)).open("wb") as file:
            file.writelines(opened(segment))
    (data / "recovery.signal").touch()
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write(recovery(until))
    return len(segments)


def recovery(until: datetime | None) -> str:
    """Where the segments are, where to stop; nothing is archived meanwhile."""
    lines = [
        f"restore_command = 'cp {FETCHED}/%f \"%p\"'",
        "recovery_target_action = 'promote'",
        "archive_mode = 'off'",
    ]
    if until:
        lines.append(f"recovery_target_time = '{until.isoformat(sep=' ')}'")
    return "".join(f"{line}\n" for line in lines)


def unpack(copy: Path, data: Path) -> None:
    """The cluster's files, from the sealed tar, as it streams by."""

    def take(name: str, body: Iterable[bytes]) -> None:
        if name == BASE:
            with tarfile.open(fileobj=Reader(unpacked(body)), mode="r|") as tar:
                tar.extractall(data, filter="data")

    with copy.open("rb") as file:
        pieces.check(sealed.opened(file, make.keys()), take)
    data.chmod(0o700)


class Reader:
    """Blocks as a file that tarfile reads."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""

    def read(self, size: int) -> bytes:
        while len(self._rest) < size:
            more = next(self._blocks, None)
            if more is None:
                break
            self._rest += more
        data, self._rest = self._rest[:size], self._rest[size:]
        return data
