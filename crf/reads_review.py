"""Images and what the central review saw on them; each list in one statement.

The wall leaves readings to those who see every centre. Of an entry nothing is read here but which
images there are: the centre's own assessment must not reach a reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from crf import study
from crf.definition.plan import CentralReview
from crf.models import CentralReading, Entry
from reminet_site.errors import NotThere

PAGE = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """The reading that counts."""

    pk: int
    imaging_on: date
    response: str
    new_lesions: bool
    sum_mm: Decimal | None
    comment: str
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Images:
    """The images of one entry: where, of which day, how made; and what was seen, or None."""

    entry: int
    code: str
    visit: str
    number: int
    on: date
    definition: int
    made: Mapping[str, Any]
    seen: Seen | None

    @property
    def waits(self) -> bool:
        """Not read, or read as of another day than the entry has now."""
        return self.seen is None or self.seen.imaging_on != self.on


def images(mark: CentralReview) -> QuerySet[Entry]:
    """Entries with a day of imaging, with their last reading beside."""
    last = CentralReading.objects.filter(entry=OuterRef("pk")).order_by("-id")
    found = Entry.objects.filter(form=mark.form, visit_date__isnull=False)
    return found.annotate(
        reading=Subquery(last.values("id")[:1]), read_as_of=Subquery(last.values("imaging_on")[:1])
    )


READ = Q(read_as_of=F("visit_date"))
WAITS = Q(read_as_of=None) | ~READ


def waiting(mark: CentralReview) -> tuple[list[Images], int]:
    """The first that wait, the longest waiting first, and how many wait."""
    found = images(mark).filter(WAITS).order_by("visit_date", "id")
    return listed(mark, found[:PAGE]), found.count()


def read(mark: CentralReview, *, before: int = 0) -> list[Images]:
    """Those that were read, the last first; after the reading `before`; one more than a page."""
    found = images(mark).filter(READ)
    if before:
        found = found.filter(reading__lt=before)
    return listed(mark, found.order_by("-reading")[: PAGE + 1])


def of_participant(mark: CentralReview, code: str) -> list[Images]:
    """Every image of a participant, by day."""
    found = images(mark).filter(participant__code=code)
    return listed(mark, found.order_by("visit_date", "id"))


def images_for(mark: CentralReview, entry: int) -> Images:
    found = listed(mark, images(mark).filter(pk=entry))
    if not found:
        raise NotThere(_("No images %(number)s.") % {"number": entry})
    return found[0]


def listed(mark: CentralReview, found: QuerySet[Entry]) -> list[Images]:
    shown = {name: F(f"data__{name}") for name in mark.shown}
    rows = list(
        found.values(
            "id", "visit", "number", "visit_date", "definition_id", "reading",
            code=F("participant__code"), **{f"made_{name}": at for name, at in shown.items()},
        )
    )  # fmt: skip
    readings = CentralReading.objects.filter(pk__in=[row["reading"] for row in rows])
    seen = {one.pk: seen_of(one) for one in readings.select_related("by")}
    return [
        Images(
            entry=row["id"],
            code=row["code"],
            visit=row["visit"],
            number=row["number"],
            on=row["visit_date"],
            definition=row["definition_id"],
            made={name: row[f"made_{name}"] for name in mark.shown},
            seen=seen.get(row["reading"]),
        )
        for row in rows
    ]


def seen_of(one: CentralReading) -> Seen:
    return Seen(
        pk=one.pk,
        imaging_on=one.imaging_on,
        response=one.response,
        new_lesions=one.new_lesions,
        sum_mm=one.sum_mm,
        comment=one.comment,
        reason=one.reason,
        at=one.at,
        by=one.by.name if one.by else "",
    )


def history(entry: int) -> list[Seen]:
    """Every reading of an entry's images, the first first."""
    found = CentralReading.objects.filter(entry=entry).select_related("by").order_by("id")
    return [seen_of(one) for one in found]


def mark_of_trial() -> CentralReview:
    """What is read centrally; a trial without central review has no such page."""
    mark = study.current().definition.trial.landmarks.central
    if mark is None:
        raise NotThere(_("This trial has no central review."))
    return mark
