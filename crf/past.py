"""Earlier states of an entry, read from the trail: what an item was, what a version was.

One of the views made for the trail; nothing else in this room reads it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from crf.definition import CompiledForm
from crf.definition.model import Item
from crf.definition.values import beyond
from crf.models import Entry

CHANGES = """
SELECT t.id, t.clinical_at, t.actor, t.role, t.reason, t.query_id, t.act, t.item, t.old, t.new,
       t.new IS NULL AND t.new_commitment IS NOT NULL
  FROM audit.trail t
 WHERE t.relation = 'crf_entry' AND t.row_id = %s
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the trail of an entry; old and new as the trail keeps them, None where blank."""

    id: int
    at: datetime
    actor: str
    role: str
    reason: str
    query_id: int | None
    act: str
    item: str
    old: str | None
    new: str | None
    redacted: bool  # the new value was taken out of the trail


def changes(entry: Entry, item: str = "") -> list[Change]:
    """Every change of the entry, or of one item of it ("targets[r1].mm"), oldest first."""
    sql, values = CHANGES, [str(entry.pk)]
    if item:
        sql, values = f"{sql} AND t.item = %s", [*values, item]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY t.id", values)
        return [Change(*row) for row in cursor.fetchall()]


def value_of(compiled: CompiledForm, item: str, text: str | None) -> Any:
    """The answer that the trail keeps as text; `item` is "weight" or "targets.mm"."""
    if text is None:
        return None
    if text.startswith('{"missing"'):
        return json.loads(text)
    try:
        found: Item = compiled.form.item(item)
    except KeyError:
        return text
    if found.type == "multiple":
        return json.loads(text)
    return int(text) if found.type == "integer" and not beyond(text) else text


def place_of(trail_item: str) -> tuple[str, str, str]:
    """("targets", "r1", "mm") of "targets[r1].mm"; ("weight", "", "") of "weight"."""
    group, bracket, rest = trail_item.partition("[")
    if not bracket:
        return trail_item, "", ""
    row, _, tail = rest.partition("]")
    return group, row, tail.removeprefix(".")


def answers_at(entry: Entry, compiled: CompiledForm, version: int) -> dict[str, Any]:
    """The answers of an earlier version: the present ones with every later change undone."""
    rows = changes(entry)
    later = [c for c in rows if c.id >= first_after(rows, version)]
    answers = json.loads(json.dumps(entry.data))
    for change in reversed(later):
        if not change.item.startswith("#") and ":" not in change.item:
            undo(answers, compiled, change)
    return {name: value for name, value in answers.items() if value != []}


def first_after(rows: list[Change], version: int) -> int:
    """The id of the first row that a later version wrote; beyond every id where there is none."""
    for change in rows:
        if change.item == "#version" and change.old == str(version):
            return change.id
    return max((c.id for c in rows), default=0) + 1


def undo(answers: dict[str, Any], compiled: CompiledForm, change: Change) -> None:
    group, row, inner = place_of(change.item)
    if not row:
        put(answers, group, value_of(compiled, group, change.old))
        return
    rows = answers.setdefault(group, [])
    found = next((one for one in rows if one["id"] == row), None)
    if not inner:
        if change.old is None and found is not None:
            rows.remove(found)
        elif change.old is not None and found is None:
            rows.append({"id": row})
        return
    if found is None:
        found = {"id": row}
        rows.append(found)
    put(found, inner, value_of(compiled, f"{group}.{inner}", change.old))


def put(into: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        into.pop(name, None)
    else:
        into[name] = value
