"""Write what the database holds into a folder, as JSON lines: one transaction, one moment.

Reads as the actor who is given, narrowed to the centres that are wanted: row-level security leaves
the rows of these centres, whatever a statement here asks for. One participant is in memory at a
time.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model

from analysis.copy import history
from analysis.copy.history import Line
from analysis.copy.places import TABLES, Table
from crf import study
from crf.models import DefinitionVersion, Entry, Participant, TrialLock
from crf.past import Change
from reminet_site.clock import now
from reminet_site.context import Actor
from reminet_site.errors import NotAllowed
from reminet_site.models import Centre
from reminet_site.trail import export

DATA, TRAIL, DEFINITIONS = "data", "trail", "definitions"
# What the definition says of the drawing of arms is for nobody at a centre.
NOT_FOR_CENTRES = ("randomisation",)
STAMP = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
LINES = f"""
SELECT t.row_id::bigint, t.seq, to_char(t.at AT TIME ZONE 'UTC', '{STAMP}'),
       to_char(t.clinical_at AT TIME ZONE 'UTC', '{STAMP}'), t.user_id,
       t.old IS NULL AND t.old_commitment IS NOT NULL,
       t.id, t.clinical_at, t.actor, t.role, t.reason, t.query_id, t.act, t.item, t.old, t.new,
       t.new IS NULL AND t.new_commitment IS NOT NULL
  FROM audit.trail t
 WHERE t.chain = 'participant:' || %s AND t.relation = 'crf_entry' ORDER BY t.row_id::bigint, t.id
"""
COUNTS = {
    "data/entries.jsonl": "SELECT count(*) FROM crf_entry",
    "data/versions.jsonl": "SELECT count(*) FROM audit.trail WHERE relation = 'crf_entry' "
    "AND item = '#version'",
    "data/redactions.jsonl": "SELECT count(*) FROM audit.trail "
    "WHERE act = 'redact' AND participant_id IS NOT NULL",
    "trail/trail.jsonl": "SELECT count(*) FROM audit.trail",
}
REDACTIONS = f"""
SELECT p.code, t.visit, t.form, t.item, t.row_id::bigint,
       to_char(t.at AT TIME ZONE 'UTC', '{STAMP}'), t.actor, t.role, t.reason, t.new
  FROM audit.trail t JOIN crf_participant p ON p.id = t.participant_id
 WHERE t.relation = 'act' AND t.act = 'redact' ORDER BY p.code, t.id
"""
REDACTION = (
    "participant", "visit", "form", "item", "seq", "at", "confirmed_by", "role", "reason", "what",
)  # fmt: skip
LOCK = ("locked", "reason", "at", "by")  # how many queries were open is of other centres too


@dataclass
class Contents:
    """What was read: rows in each file and in the database, and what does not agree."""

    data_at: datetime
    centres: tuple[str, ...]  # codes; of the whole trial all
    whole: bool
    rows: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    definitions: list[dict[str, Any]] = field(default_factory=list)
    # entries whose values are not the last ones of their trail
    differences: list[str] = field(default_factory=list)
    changes: int = 0  # rows of the trail about participants

    @property
    def reconciled(self) -> bool:
        return self.rows == self.counted and not self.differences


def read(folder: Path, *, centres: Sequence[Centre] | None, by: Actor) -> Contents:
    """Data, trail and definitions of these centres, or (None) of the whole trial."""
    actor = narrowed(by, centres)
    for name in (DATA, TRAIL, DEFINITIONS):
        (folder / name).mkdir()
    data_at = now()  # before the transaction: an anchor that is older is of what is read here
    with export.one_moment(actor):
        here = list(Centre.objects.order_by("code"))
        if centres is not None:
            here = [one for one in here if one.pk in set(actor.centres or ())]
        found = Contents(data_at, tuple(one.code for one in here), whole=centres is None)
        reading = Reading(folder, found, here)
        reading.tables()
        reading.entries()
        reading.trail()
        reading.definitions()
        reading.count()
    return found


def narrowed(by: Actor, centres: Sequence[Centre] | None) -> Actor:
    """The actor for these centres alone; refused where the right is not held at each of them."""
    if centres is None:
        if by.centres is not None:
            raise NotAllowed("A copy of the whole trial is for those who see every centre.")
        return by
    wanted = tuple(one.pk for one in centres)
    if by.centres is not None and not set(wanted) <= set(by.centres):
        raise NotAllowed("You are not principal investigator of this centre.")
    return replace(by, centres=wanted)


class Reading:
    """One pass over the database, inside its transaction."""

    def __init__(self, folder: Path, found: Contents, centres: list[Centre]) -> None:
        self.folder, self.found = folder, found
        self.ids = [one.pk for one in centres]

    def put(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """A file of JSON lines, and how many there are."""
        with (self.folder / name).open("w", encoding="utf-8", newline="\n") as file:
            count = 0
            for row in rows:
                file.write(line(row))
                count += 1
        self.found.rows[name] = count

    def tables(self) -> None:
        centres = Centre.objects.filter(pk__in=self.ids).order_by("code")
        self.put("data/centres.jsonl", (plain(one, ("id",)) for one in centres))
        self.found.counted["data/centres.jsonl"] = centres.count()
        for table in TABLES:
            rows = self.rows_of(table)
            name = f"data/{table.name}.jsonl"
            columns = table.columns
            values = rows.order_by(*table.order).values_list(*columns.values())
            self.put(name, (dict(zip(columns, one)) for one in values.iterator(2000)))
            self.found.counted[name] = rows.count()
        locks = TrialLock.objects.order_by("id").values_list("locked", "reason", "at", "by__name")
        self.put("data/locks.jsonl", (dict(zip(LOCK, one)) for one in locks))
        self.found.counted["data/locks.jsonl"] = TrialLock.objects.count()
        with connection.cursor() as cursor:
            cursor.execute(REDACTIONS)
            self.put("data/redactions.jsonl", (dict(zip(REDACTION, one)) for one in cursor))

    def rows_of(self, table: Table) -> Any:
        """The wall leaves the rows of these centres; people's grants stand before it."""
        rows = table.rows
        if self.found.whole:
            return rows
        return rows.filter(**{f"{table.centre}__in": self.ids})

    def entries(self) -> None:
        """Every entry as it is now, and every version that it had."""
        with (
            (self.folder / "data/entries.jsonl").open("w", encoding="utf-8", newline="\n") as now_,
            (self.folder / "data/versions.jsonl").open("w", encoding="utf-8", newline="\n") as then,
        ):
            entries = versions = 0
            people = Participant.objects.order_by("code").values_list("id", "code", "centre__code")
            for pk, code, centre in list(people):
                for entry, past in self.casebook(pk, code, centre):
                    now_.write(line(entry))
                    entries += 1
                    for one in past:
                        then.write(line(one))
                        versions += 1
        self.found.rows |= {"data/entries.jsonl": entries, "data/versions.jsonl": versions}

    def casebook(
        self, pk: int, code: str, centre: str
    ) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """(entry, its versions) of one participant, in the order of the casebook."""
        lines = lines_of(pk)
        rows = Entry.objects.filter(participant_id=pk).select_related("definition", "saved_by")
        for entry in rows.order_by("visit", "form", "number"):
            place = {"entry": entry.pk, "participant": code, "centre": centre}
            place |= {"visit": entry.visit, "form": entry.form, "number": entry.number}
            replay, versions = replayed(entry, lines.get(entry.pk, []))
            self.found.differences += [
                f"{code} {entry.visit} {entry.form} {entry.number} {item}"
                for item in history.differences(replay, entry.data, entry.comments)
            ]
            current = place | {
                "version": entry.version,
                "definition": entry.definition.sha256,
                "date": entry.visit_date,
                "filled": entry.filled,
                "expected": entry.expected,
                "saved_at": entry.saved_at,
                "saved_by": entry.saved_by.name if entry.saved_by else None,
                "derived": entry.derived,
                "data": entry.data,
                "comments": entry.comments,
            }
            yield current, [place | one for one in versions]

    def trail(self) -> None:
        """The chains of these centres with their heads, as the verifier reads them."""
        rows = -2  # the first and the last line are no rows
        with (self.folder / "trail/trail.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for text in export.lines(None if self.found.whole else self.ids):
                file.write(f"{text}\n")
                rows += 1
        self.found.rows["trail/trail.jsonl"] = rows

    def definitions(self) -> None:
        """The canonical text of each published version, hashed; for a centre, without how arms
        are drawn."""
        for row in DefinitionVersion.objects.order_by("id"):
            body, left_out = row.body, []
            if not self.found.whole:
                parts = json.loads(body)
                left_out = [name for name in NOT_FOR_CENTRES if parts.pop(name, None) is not None]
                body = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            name = f"{DEFINITIONS}/{row.version}-{row.sha256[:8]}.json"
            (self.folder / name).write_text(body, encoding="utf-8")
            self.found.definitions.append(
                {
                    "file": name,
                    "version": row.version,
                    "sha256": row.sha256,
                    "published_at": stamp(row.published_at),
                    "left_out": left_out,
                }
            )

    def count(self) -> None:
        """The database's own counts, of the same moment."""
        with connection.cursor() as cursor:
            for name, sql in COUNTS.items():
                cursor.execute(sql)
                self.found.counted[name] = int(cursor.fetchone()[0])
            cursor.execute(
                "SELECT count(*) FROM audit.trail "
                "WHERE participant_id IS NOT NULL AND relation <> 'act'"
            )
            self.found.changes = int(cursor.fetchone()[0])


def lines_of(participant_id: int) -> dict[int, list[Line]]:
    """entry id -> the rows of its trail, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(LINES, [participant_id])
        rows = cursor.fetchall()
    return {
        entry: [
            Line(seq, at, clinical, user, Change(*rest), gone)
            for _, seq, at, clinical, user, gone, *rest in these
        ]
        for entry, these in groupby(rows, key=lambda row: row[0])
    }


def replayed(entry: Entry, lines: list[Line]) -> tuple[history.Replay, list[dict[str, Any]]]:
    """The entry from nothing to now, and each version on the way."""
    replay, versions = history.Replay(), []
    for these in history.saves(lines):
        replay.definition = history.definition_after(these, replay.definition)
        of = study.study_of(int(replay.definition or entry.definition_id))
        before = replay.version
        replay.apply(these, of.form(entry.form))
        if replay.version == before and versions:  # a change within a version: none is known
            versions[-1]["changes"] += [change_of(one) for one in these]
            versions[-1] |= {"data": replay.answers(), "comments": dict(replay.comments)}
            continue
        versions.append(version_of(replay, these, of))
    return replay, versions


def version_of(replay: history.Replay, lines: list[Line], of: study.Study) -> dict[str, Any]:
    first = lines[0]
    return {
        "version": replay.version,
        "definition": of.definition.sha256,
        "at": first.at,
        "clinical_at": first.clinical_at,
        "by": first.change.actor,
        "by_id": first.user_id,
        "role": first.change.role,
        "reason": first.change.reason,
        "query": first.change.query_id,
        "data": replay.answers(),
        "comments": dict(replay.comments),
        "changes": [change_of(one) for one in lines if not one.change.item.startswith("#")],
    }


def change_of(one: Line) -> dict[str, Any]:
    found = one.change
    redacted = [side for side, gone in (("old", one.old_redacted), ("new", found.redacted)) if gone]
    return {
        "seq": one.seq,
        "item": found.item,
        "act": found.act,
        "old": found.old,
        "new": found.new,
        "redacted": redacted,
    }


def plain(row: Model, skip: tuple[str, ...]) -> dict[str, Any]:
    return {
        f.name: f.value_from_object(row) for f in row._meta.concrete_fields if f.name not in skip
    }


def line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=as_json, sort_keys=False) + "\n"


def as_json(value: Any) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date | Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a copy")


def stamp(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
