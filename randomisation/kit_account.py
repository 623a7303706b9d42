"""The account of a centre's kits as a file: where each came from and went. No content."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from django.db import transaction

from crf import study
from crf.models import Entry
from randomisation.course import asks_no_kit, typed_number
from randomisation.models import Dispensing, Kit, KitMove, KitStatus
from randomisation.reads import kits_of
from randomisation.rules import LEFT
from reminet_site.audit import note
from reminet_site.models import Centre
from reminet_site.spreadsheet import neutral

HEADER = (
    "number", "status", "shipment", "expires_on", "received_on", "dispensed_on", "participant",
    "visit", "used", "left_on", "by", "remark",
)  # fmt: skip


def name_of(centre: Centre) -> str:
    return f"kits-{centre.code}.csv"


@transaction.atomic(savepoint=False)
def take_file(centre: Centre, *, with_use: bool) -> bytes:
    """The whole account; that it was taken is in the trail. `with_use` for who reads casebooks
    there or keeps the pharmacy: whether a kit was used is told by the injection alone."""
    note("export", name_of(centre), centre_id=centre.pk)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for line in lines(kits_of(centre), used_at(centre) if with_use else {}):
        writer.writerow([neutral(cell) for cell in line])
    return text.getvalue().encode()


def lines(kits: Iterable[Kit], used: Mapping[tuple[int, str], str]) -> Iterator[tuple[str, ...]]:
    """A line a kit. `used`: the number of the kit that was used for a visit of a participant,
    "none" where nothing was given; told as yes or no, empty where the injection does not say it;
    `left_on`: when it was returned or destroyed; `by`: who recorded what was last said of it;
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
            iso(came_on(kit, moves)),
            iso(given.dispensed_on if given else None),
            given.participant.code if given else "",
            given.visit if given else "",
            yes_or_no(given, used) if given else "",
            iso(gone.moved_on if gone else None),
            str(moves[-1].by or "") if moves else "",
            "; ".join(f"{one.moved_on.isoformat()} {one.after}: {one.reason}" for one in moves),
        )


def came_on(kit: Kit, moves: Sequence[KitMove]) -> date | None:
    """When its shipment arrived; one that was not in the box came when it was found."""
    if not any(one.after == KitStatus.MISSING for one in moves):
        return kit.shipment.arrived_on if kit.shipment else None
    return next((one.moved_on for one in moves if one.before == KitStatus.MISSING), None)


def yes_or_no(given: Dispensing, used: Mapping[tuple[int, str], str]) -> str:
    number = used.get((given.participant_id, given.visit))
    return "yes" if number == given.kit.number else "no" if number else ""


def used_at(centre: Centre) -> dict[tuple[int, str], str]:
    """(participant, visit) -> the kit's number as the injection tells it, "none" where it says that
    nothing was given; left out where it says neither."""
    mark = study.current().definition.trial.landmarks.kit
    if mark is None:
        return {}
    form, found = study.current().form(mark.form), {}
    entries = Entry.objects.filter(centre=centre, form=mark.form)
    for participant, visit, answers in entries.values_list("participant_id", "visit", "data"):
        nothing = "none" if asks_no_kit(form, mark.item, answers) else ""
        number = typed_number(answers, mark.item) or nothing
        if number:
            found[participant, visit] = number
    return found


def iso(day: date | None) -> str:
    return day.isoformat() if day else ""
