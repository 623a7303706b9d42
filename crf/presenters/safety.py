"""The list of serious events, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from crf.presenters.words import State, days, moment, state
from crf.safety_clock import ReportClock


@dataclass(frozen=True, slots=True)
class SeriousLine:
    """One serious event as it was saved last."""

    code: str  # FR-05-003
    centre: str
    visit: str
    form: str
    number: int
    place: str  # "Adverse event 3"
    told: tuple[tuple[str, str], ...]  # (label, value) in the order of the columns
    saved: str
    changed: str  # "" where it stands as it was first saved
    state: State
    report: State | None  # of the report to the sponsor; None where no clock runs
    opens: bool  # whether the reader may open the form: then there is a link to it


@dataclass(frozen=True, slots=True)
class SeriousPage:
    """All that crf/serious_events.html shows."""

    lines: tuple[SeriousLine, ...]
    columns: tuple[str, ...]
    after: str  # the number after which the next page begins, "" on the last
    first: bool  # whether this is the first page
    marked: bool = True  # whether the definition says what is serious


def serious_line(
    *,
    code: str,
    centre: str,
    at: tuple[str, str, int],
    place: str,
    columns: Sequence[str],
    values: Sequence[str],
    saved_at: datetime,
    zone: str,
    version: int,
    complete: bool,
    report: State | None,
    opens: bool,
) -> SeriousLine:
    """A line of the list; a blank answer says that it is one."""
    shown = tuple((label, value or _("Not entered")) for label, value in zip(columns, values))
    changed = _("version %(n)d") % {"n": version} if version > 1 else ""
    return SeriousLine(
        code=code,
        centre=centre,
        visit=at[0],
        form=at[1],
        number=at[2],
        place=place,
        told=shown,
        saved=moment(saved_at, zone),
        changed=changed,
        state=state("entered" if complete else "partial"),
        report=report,
        opens=opens,
    )


def report_state(clock: ReportClock, now: datetime) -> State:
    """Whether the sponsor was told in time; what is not told yet is due or overdue."""
    late, taken = clock.late(now), hours(clock.taken(now))
    if clock.told_at and late:
        return state("late", _("Told after %(hours)s, late") % {"hours": taken})
    if clock.told_at:
        return state("entered", _("Told after %(hours)s") % {"hours": taken})
    if late:
        return state("late", _("Overdue, %(hours)s after awareness") % {"hours": taken})
    return state("due", _("Due in %(hours)s") % {"hours": hours(clock.left(now))})


def hours(span: timedelta) -> str:
    """ "20 min", "5 h", "8 days": of what is over, no part of the next."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if span < timedelta(days=3):
        return _("%(n)d h") % {"n": minutes // 60}
    return days(span.days)
