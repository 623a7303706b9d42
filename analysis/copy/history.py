"""The versions of an entry, rebuilt from the rows of the trail; and whether they agree. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from crf import past
from crf.definition import CompiledForm
from crf.past import Change

# What stands where a value was redacted; the tombstone in the trail says who and why.
REDACTED = '{"missing": "redacted"}'


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the trail of an entry, with its place in the chain."""

    seq: int
    at: str
    clinical_at: str
    user_id: int | None
    change: Change
    old_redacted: bool


def saves(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The rows of each save together: one moment, one after the other, items in order."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last and (
            line.seq != last.seq + 1 or line.at != last.at or line.change.item <= last.change.item
        ):
            yield found
            found = []
        found.append(line)
    if found:
        yield found


class Replay:
    """An entry as the trail tells it, from nothing to now."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.comments: dict[str, Any] = {}
        self.texts: dict[str, str] = {}  # item -> its last value as the trail keeps it
        self.definition = ""  # its id, as text
        self.version = 0

    def apply(self, lines: list[Line], compiled: CompiledForm) -> None:
        """What comes or changes first, in order; then what goes, rows of a group last."""
        gone = [one.change for one in lines if blank(one.change)]
        for change in [*(one.change for one in lines if not blank(one.change)), *reversed(gone)]:
            self.put(change, compiled)

    def put(self, change: Change, compiled: CompiledForm) -> None:
        if change.item == "#version":
            self.version = int(change.new or 0)
        if change.item.startswith("#"):
            return
        new = REDACTED if change.redacted else change.new
        if new is None:
            self.texts.pop(change.item, None)
        else:
            self.texts[change.item] = new
        if ":" in change.item:
            past.put(self.comments, change.item, None if new is None else json.loads(new))
            return
        past.undo(self.data, compiled, replace(change, old=new, new=change.old))

    def answers(self) -> dict[str, Any]:
        """A copy of its own; rows of a group in the order of their ids."""
        made: dict[str, Any] = json.loads(json.dumps(self.data))
        for value in made.values():
            if rows_of_group(value):
                value.sort(key=lambda row: int(row["id"][1:]))
        return {name: value for name, value in made.items() if value != []}


def definition_after(lines: Iterable[Line], before: str) -> str:
    """The id of the definition that a save was made on, where it says one."""
    found = [one.change.new for one in lines if one.change.item == "#definition_id"]
    return found[-1] or before if found else before


def blank(change: Change) -> bool:
    return change.new is None and not change.redacted


def rows_of_group(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def flat(data: dict[str, Any]) -> dict[str, str]:
    """Item -> value as the trail keeps it: `audit.flatten` in Python."""
    found = {}
    for name, value in data.items():
        if value == []:
            continue
        if not rows_of_group(value):
            found[name] = as_text(value)
            continue
        for row in value:
            for key, inner in row.items():
                item = f"{name}[{row['id']}]" + ("" if key == "id" else f".{key}")
                found[item] = "row" if key == "id" else as_text(inner)
    return found


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def differences(replay: Replay, data: dict[str, Any], comments: dict[str, Any]) -> list[str]:
    """Items whose last value in the trail is not the one of the entry."""
    now = flat(data) | {name: as_text(value) for name, value in comments.items()}
    then = replay.texts
    keys = now.keys() | then.keys()
    return sorted(key for key in keys if not same(now.get(key), then.get(key)))


def same(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other or one[:1] != "{" != other[:1]:
        return one == other
    return bool(json.loads(one) == json.loads(other))  # keys of an object have no order
