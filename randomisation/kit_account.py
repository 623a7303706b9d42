"""The account of a centre's kits as a file: where each came from and went. No content."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction

from randomisation.models import Kit
from randomisation.reads import kits_of
from randomisation.rules import LEFT
from reminet_site.audit import note
from reminet_site.models import Centre
from reminet_site.spreadsheet import neutral

HEADER = (
    "number", "status", "shipment", "expires_on", "received_on", "dispensed_on", "participant",
    "visit", "left_on", "by", "remark",
)  # fmt: skip


def name_of(centre: Centre) -> str:
    return f"kits-{centre.code}.csv"


@transaction.atomic(savepoint=False)
def take_file(centre: Centre) -> bytes:
    """The whole account; that it was taken is in the trail."""
    note("export", name_of(centre), centre_id=centre.pk)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for line in lines(kits_of(centre)):
        writer.writerow([neutral(cell) for cell in line])
    return text.getvalue().encode()


def lines(kits: Iterable[Kit]) -> Iterator[tuple[str, ...]]:
    """A line a kit. `left_on` and `by`: when it was returned or destroyed, and who recorded that;
    `remark`: all that was said of it, in its order."""
    for kit in kits:
        moves = kit.recorded  # type: ignore[attr-defined]
        given = getattr(kit, "dispensing", None)
        gone = next((one for one in reversed(moves) if one.after in LEFT), None)
        yield (
            kit.number,
            kit.status,
            kit.shipment.number if kit.shipment else "",
            iso(kit.expires_on),
            iso(kit.shipment.arrived_on if kit.shipment else None),
            iso(given.dispensed_on if given else None),
            given.participant.code if given else "",
            given.visit if given else "",
            iso(gone.moved_on if gone else None),
            str(gone.by or "") if gone else "",
            "; ".join(f"{one.moved_on.isoformat()} {one.after}: {one.reason}" for one in moves),
        )


def iso(day: date | None) -> str:
    return day.isoformat() if day else ""
