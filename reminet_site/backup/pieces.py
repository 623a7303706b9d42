"""What a backup holds: pieces with a name, one after the other, the manifest last.

piece   "P", length of the name (4 bytes), name, then blocks, then "E"
block   "D", length (4 bytes), bytes
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reminet_site.backup.sealed import Damaged

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Piece:
    name: str
    size: int
    sha256: str


class Pieces:
    """Writes pieces through `write`, and remembers their sizes and hashes."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self.written: list[Piece] = []

    def add(self, name: str, blocks: Iterable[bytes]) -> Piece:
        size, found = 0, hashlib.sha256()
        self._write(b"P" + _framed(name.encode()))
        for block in blocks:
            if block:
                self._write(b"D" + _framed(block))
                found.update(block)
                size += len(block)
        self._write(b"E")
        piece = Piece(name, size, found.hexdigest())
        self.written.append(piece)
        return piece

    def close(self, manifest: dict[str, Any]) -> None:
        """The manifest, which names every piece before it."""
        whole = manifest | {"pieces": [vars(piece) for piece in self.written]}
        self.add(MANIFEST, [json.dumps(whole, indent=1, sort_keys=True).encode()])


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class _Stream:
    """Reads exact lengths from blocks of any length."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""

    def read(self, length: int) -> bytes:
        while len(self._rest) < length:
            more = next(self._blocks, None)
            if more is None:
                return self._rest
            self._rest += more
        data, self._rest = self._rest[:length], self._rest[length:]
        return data

    def framed(self) -> bytes:
        return self.read(int.from_bytes(self.read(4), "big"))


def read(blocks: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, blocks) of every piece, in order; each one is read to its end before the next."""
    stream = _Stream(blocks)
    while mark := stream.read(1):
        if mark != b"P":
            raise Damaged("The backup holds something that is no piece.")
        name = stream.framed().decode()
        body = _body(stream)
        yield name, body
        for _ in body:
            pass


def _body(stream: _Stream) -> Iterator[bytes]:
    while (mark := stream.read(1)) == b"D":
        yield stream.framed()
    if mark != b"E":
        raise Damaged("A piece of the backup has no end.")


class _Watched:
    """A piece that goes by, with its size and hash once it is read to its end."""

    def __init__(self, name: str, body: Iterator[bytes]) -> None:
        self.name, self._body = name, body
        self._size, self._sha256 = 0, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for block in self._body:
            self._size += len(block)
            self._sha256.update(block)
            yield block

    def facts(self) -> dict[str, Any]:
        for _ in self:
            pass
        return vars(Piece(self.name, self._size, self._sha256.hexdigest()))


def check(
    blocks: Iterator[bytes], also: Callable[[str, Iterable[bytes]], None] | None = None
) -> dict[str, Any]:
    """The manifest, once every piece is what the manifest says; `also` sees each piece go by."""
    found, manifest = [], b""
    for name, body in read(blocks):
        if name == MANIFEST:
            manifest = b"".join(body)
            continue
        piece = _Watched(name, body)
        if also:
            also(name, piece)
        found.append(piece.facts())
    if not manifest:
        raise Damaged("The backup has no manifest: it was not finished.")
    said: dict[str, Any] = json.loads(manifest)
    if said["pieces"] != found:
        raise Damaged("A piece of the backup is not the one that its manifest names.")
    return said
