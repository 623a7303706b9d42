"""Who has taken a participant's data: every file that may hold them, and every unblinding.

The answer is the trail's, by index and by key, never counted. Reading a casebook on a page leaves
no row, and so is not in it.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from crf.models import Participant
from randomisation.reads import unblindings_of
from reminet_site.audit import note
from reminet_site.context import Actor
from reminet_site.spreadsheet import neutral

PAGE = 50
BATCH = 1000
NEWEST = 2**62
HEADER = ("row", "at", "clinical_at", "who", "role", "act", "what", "scope", "detail")


@dataclass(frozen=True, slots=True)
class Taking:
    """One act: a file asked for or handed out, in a scope that holds the participant."""

    id: int
    at: datetime
    clinical_at: datetime
    who: str
    role: str
    act: str  # export (asked for, made), download (handed out)
    what: str
    detail: str  # its SHA-256 where the act knows it
    scope: str  # participant | centre | trial


@dataclass(frozen=True, slots=True)
class Unblinding:
    """Who learned the arm, when and why; the arm is not here."""

    at: datetime
    clinical_at: datetime
    who: str
    role: str
    reason: str


def takings(
    participant: Participant, *, before: int | None = None, limit: int = PAGE + 1
) -> list[Taking]:
    """The newest first, those with an id under `before`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit.takings(%s, %s, %s)", [participant.pk, before or NEWEST, limit]
        )
        return [Taking(*row) for row in cursor.fetchall()]


def every_taking(participant: Participant) -> Iterator[Taking]:
    before: int | None = None
    while True:
        found = takings(participant, before=before, limit=BATCH)
        yield from found
        if len(found) < BATCH:
            return
        before = found[-1].id


def unblindings(participant: Participant) -> list[Unblinding]:
    return [
        Unblinding(one.at, one.clinical_at, one.by.name if one.by else "", one.role, one.reason)
        for one in unblindings_of(participant)
    ]


@transaction.atomic(savepoint=False)
def take_report(*, participant: Participant, by: Actor) -> tuple[str, bytes]:
    """(name, CSV) of the whole report; that it was taken is on record, and in the next one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for one in every_taking(participant):
        writer.writerow(cells(one))
    for other in unblindings(participant):
        times = [other.at.isoformat(), other.clinical_at.isoformat()]
        row = ["", *times, other.who, other.role, "unblinding", "", "participant", other.reason]
        writer.writerow([neutral(cell) for cell in row])
    content = text.getvalue().encode()
    name = f"{participant.code}-taken.csv"
    note(
        "export",
        name,
        centre_id=participant.centre_id,
        participant_id=participant.pk,
        detail=hashlib.sha256(content).hexdigest(),
    )
    return name, content


def cells(one: Taking) -> list[str]:
    found = (
        one.id, one.at.isoformat(), one.clinical_at.isoformat(), one.who, one.role, one.act,
        one.what, one.scope, one.detail,
    )  # fmt: skip
    return [neutral(str(value)) for value in found]
