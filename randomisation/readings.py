"""Who has read unblinded information: pages of the log of the vault, and the whole as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.db import transaction

from randomisation.arms.doors.readings import Reading, readings
from reminet_site.audit import note
from reminet_site.spreadsheet import neutral

PAGE = 50
BATCH = 1000
NEWEST = 2**62
NAME = "readings.csv"
HEADER = ("row", "at", "clinical_at", "who", "role", "door", "what", "reason")


def page(*, before: int | None) -> list[Reading]:
    """PAGE readings and one more where there is one, newest first, with an id under `before`."""
    return readings(before=before or NEWEST, limit=PAGE + 1)


def every_reading() -> Iterator[Reading]:
    before = NEWEST
    while True:
        found = readings(before=before, limit=BATCH)
        yield from found
        if len(found) < BATCH:
            return
        before = found[-1].id


@transaction.atomic(savepoint=False)
def take_file() -> bytes:
    """The whole log; that it was taken is in the trail, without a digest of what it says."""
    note("export", NAME)
    return as_csv().encode()


def as_csv() -> str:
    """The whole log, newest first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for one in every_reading():
        writer.writerow(cells(one))
    return text.getvalue()


def cells(one: Reading) -> list[str]:
    found = (
        one.id, one.at.isoformat(), one.clinical_at.isoformat(), one.who, one.role, one.door,
        one.what, one.reason,
    )  # fmt: skip
    return [neutral(str(value)) for value in found]
