"""Reading a copy's own files, one line or one participant at a time."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def rows(path: Path) -> Iterator[Row]:
    """The rows of a file of JSON lines."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


class ByParticipant:
    """The rows of a file that is in the order of participants, handed out one after the other."""

    def __init__(self, path: Path) -> None:
        self.groups = groupby(rows(path), key=lambda row: row["participant"])
        self.waiting: tuple[str, list[Row]] | None = None

    def of(self, code: str) -> list[Row]:
        """Those of this participant; participants are asked for in the order of the file."""
        if self.waiting is None:
            found = next(self.groups, None)
            self.waiting = (found[0], list(found[1])) if found else ("", [])
        if self.waiting[0] != code:
            return []
        mine, self.waiting = self.waiting[1], None
        return mine
