"""The central review, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from crf.presenters.words import State, days, state


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen, in words."""

    response: str
    new_lesions: bool
    sum_mm: str  # "48.5 mm", "" where none was given
    comment: str
    reason: str  # for reading once more
    imaging_on: date
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ImagesLine:
    """The images of one entry."""

    entry: int
    code: str
    place: str  # "Tumour assessment, month 6"
    on: date
    made: tuple[tuple[str, str], ...]  # (label, value) of what says how they were made
    state: State
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """All that crf/central_review.html shows."""

    waiting: tuple[ImagesLine, ...]
    left: int  # how many wait, those that are not shown among them
    read: tuple[ImagesLine, ...]
    columns: tuple[str, ...]
    before: str  # the reading after which the next page begins, "" on the last
    first: bool
    can_read: bool


@dataclass(frozen=True, slots=True)
class ImagesPage:
    """All that crf/central_reading.html shows."""

    images: ImagesLine
    others: tuple[ImagesLine, ...]  # of the same participant, by day
    history: tuple[Reading, ...]
    answers: tuple[tuple[str, str], ...]  # code and words of each response
    after: int  # the reading that this page shows, 0 where there is none
    can_read: bool
    zone: str


def state_of(waits: bool, read_as_of: date | None, on: date, today: date) -> State:
    """Read, waiting since the day of the images, or waiting again as their day has changed."""
    if not waits:
        return state("entered", _("Read"))
    if read_as_of is not None:
        return state("late", _("The centre has changed the day"))
    waited = max(0, (today - on).days)
    return state("due", _("Waits, %(days)s old") % {"days": days(waited)})
