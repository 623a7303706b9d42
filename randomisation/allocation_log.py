"""The allocation log: what was given to whom, in a file outside the database.

A backup that is restored takes the database back to an earlier hour; participants and kits do not
go back. This file does not either: one JSON object a line, only ever appended to, each line
holding the hash of the one before. It is blind: number, participant, kit, strata, time, no arm.

kind      what the line says
intent    is being given by a transaction that has not ended yet
kept      the transaction of the lines `of` was committed
void      the transaction of the lines `of` was rolled back: they gave nothing
copied    was given, and is in the database; the log had missed it
entered   was given, and was entered again after a restore
burnt     was given, and could not be entered again: number and kit are never given again

Pure: no Django. `randomisation.logged` brings it together with the database.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]
START = "0" * 64
GIVEN = frozenset({"intent", "copied", "entered", "burnt"})


class BrokenLogError(ValueError):
    """The log was altered: where, in a sentence."""


@dataclass
class State:
    """What the lines say together; a later line on the same thing stands for it."""

    lines: int = 0
    last_hash: str = START
    torn: int = 0
    positions: dict[int, Line] = field(default_factory=dict)
    kits: dict[str, Line] = field(default_factory=dict)
    # (participant, visit, the kit in whose place another was given or "")
    visits: dict[tuple[str, str, str], Line] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    last_position: int = 0

    def take(self, text: bytes) -> None:
        """One line more; BrokenLogError where it does not follow from the one before."""
        try:
            line = json.loads(text)
        except ValueError:
            self.torn += 1  # a power cut in the middle of a write; nothing was answered then
            return
        if (line.get("n"), line.get("previous")) != (self.lines + 1, self.last_hash):
            raise BrokenLogError(f"what stands after line {self.lines} does not follow from it")
        if line.get("hash") != digest(line):
            raise BrokenLogError(f"line {self.lines + 1} was altered")
        self.lines, self.last_hash = line["n"], line["hash"]
        if line["kind"] == "kept":
            self.kept.update(line["of"])
        elif line["kind"] == "void":
            self._void(set(line["of"]))
        elif line["kind"] in GIVEN:
            self._given(line)

    def _given(self, line: Line) -> None:
        if line.get("position"):
            self.positions[line["position"]] = line
            self.last_position = max(self.last_position, line["position"])
        if line.get("kit"):
            self.kits[line["kit"]] = line
        if line.get("participant"):
            self.visits[line["participant"], line["visit"], line.get("replaces", "")] = line

    def _void(self, numbers: set[int]) -> None:
        for given in (self.positions, self.kits, self.visits):
            for thing in [thing for thing, line in given.items() if line["n"] in numbers]:
                del given[thing]
        self.last_position = max(self.positions, default=0)

    def is_certain(self, line: Line) -> bool:
        """The line was committed; of another one only the database knows."""
        return line["kind"] != "intent" or line["n"] in self.kept


def digest(line: Line) -> str:
    """SHA-256 of the line without its own hash: keys in order, no white space."""
    return hashlib.sha256(text_of({k: v for k, v in line.items() if k != "hash"})).hexdigest()


def text_of(line: Line) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode()


class AllocationLog:
    """The file at `path`. Reads only what is new; safe for many threads and processes."""

    def __init__(self, path: Path, *, sync: bool = True) -> None:
        self.path, self.sync = path, sync
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._state = State()
        self._offset = 0
        self._inode = 0

    def state(self) -> State:
        """What the whole file says now."""
        with self._lock:
            if not self.path.exists():
                self._forget()
                return self._state
            with self.path.open("rb") as file:
                self._catch_up(file)
            return self._state

    def append(self, facts: Sequence[Line]) -> list[int]:
        """The numbers of the new lines; one write for all of them, not yet synced."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with self._lock, open(opened, "rb+", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            rest = self._catch_up(file)
            n, previous, written = self._state.lines, self._state.last_hash, []
            for fact in facts:
                n += 1
                line = {**fact, "n": n, "previous": previous}
                previous = line["hash"] = digest(line)
                written.append(text_of(line))
            data = (b"\n" if rest else b"") + b"".join(line + b"\n" for line in written)
            if file.write(data) != len(data):
                raise OSError("the disk is full")
            self._catch_up(file)
        return list(range(n - len(facts) + 1, n + 1))

    def flush(self) -> None:
        """What was appended outlives a power cut."""
        if not self.sync:
            return
        with self.path.open("rb") as file:
            os.fdatasync(file.fileno())

    def _catch_up(self, file: Any) -> bytes:
        """Read on to the end; what stands after the last whole line."""
        found = os.fstat(file.fileno())
        if found.st_ino != self._inode or found.st_size < self._offset:
            self._forget()
            self._inode = found.st_ino
        file.seek(self._offset)
        data: bytes = file.read()
        whole, newline, rest = data.rpartition(b"\n")
        if newline:
            for text in whole.split(b"\n"):
                if text:
                    self._state.take(text)
            self._offset += len(whole) + 1
        return rest
