"""The list of serious events, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf.presenters.words import State, day, days, moment, state
from crf.safety_clock import ReportClock
from crf.susar import Duty, next_due

if TYPE_CHECKING:
    from crf.models import AuthorityReport, SponsorOpinion


@dataclass(frozen=True, slots=True)
class SeriousLine:
    """One serious event as it was saved last."""

    pk: int  # of the entry
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
    sponsor: State | None  # of what the sponsor has to do then
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
    pk: int,
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
    sponsor: State | None,
    opens: bool,
) -> SeriousLine:
    """A line of the list; a blank answer says that it is one."""
    shown = tuple((label, value or _("Not entered")) for label, value in zip(columns, values))
    changed = _("version %(n)d") % {"n": version} if version > 1 else ""
    return SeriousLine(
        pk=pk,
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
        sponsor=sponsor,
        opens=opens,
    )


def report_state(clock: ReportClock, now: datetime, *, aware: bool = True) -> State:
    """Whether the sponsor was told in time; what is not told yet is due or overdue. Not `aware`:
    the centre gave a reason why it does not say since when it knew."""
    late, taken = clock.late(now), hours(clock.taken(now))
    if clock.told_at and not aware:
        return state("partial", _("Told; known since when is not said"))
    if clock.told_at and late:
        return state("late", _("Told after %(hours)s, late") % {"hours": taken})
    if clock.told_at:
        return state("entered", _("Told after %(hours)s") % {"hours": taken})
    if late:
        return state("late", _("Overdue, %(hours)s after awareness") % {"hours": taken})
    return state("due", _("Due in %(hours)s") % {"hours": hours(clock.left(now))})


def hours(span: timedelta) -> str:
    """ "20 min", "5 h", "8 days": of what is over, no part of the next; near the 24 hours to the
    minute, so that what is late by ten of them does not read "24 h"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes // 60 == 24 and minutes % 60:
        return _("%(n)d h %(m)d min") % {"n": 24, "m": minutes % 60}
    if span < timedelta(days=3):
        return _("%(n)d h") % {"n": minutes // 60}
    return days(span.days)


DUTIES = {
    "report": gettext_noop("Report within 15 days"),
    "grave": gettext_noop("Fatal or life-threatening: report within 7 days"),
    "follow_up": gettext_noop("Complete it within 8 days more"),
}


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty towards the authority in words."""

    words: str
    due_on: date
    state: State


def sponsor_state(judged: bool, duties: Sequence[Duty], today: date) -> State:
    """What the sponsor still has to do: an opinion, then a report where one is owed."""
    duty = next_due(duties)
    if not judged:
        return state("due", _("To be judged"))
    if not duties:
        return state("entered", _("Judged, nothing owed"))
    if duty is None:
        late = any(one.late(today) for one in duties)
        told = _("Told the authority, late") if late else _("Told the authority")
        return state("late" if late else "entered", told)
    return state(
        "late" if duty.late(today) else "due", _("Authority by %(day)s") % {"day": day(duty.due_on)}
    )


def owed(duty: Duty, today: date) -> Owed:
    late = duty.late(today)
    if duty.sent_on:
        words = _("Sent %(day)s, late") if late else _("Sent %(day)s")
        shown = state("late" if late else "entered", words % {"day": day(duty.sent_on)})
    elif late:
        over = days((today - duty.due_on).days)
        shown = state("late", _("%(days)s late") % {"days": over})
    else:
        shown = state("due", _("Due in %(hours)s") % {"hours": days((duty.due_on - today).days)})
    return Owed(_(DUTIES[duty.kind]), duty.due_on, shown)


@dataclass(frozen=True)
class EventPage:
    """All that crf/serious_event.html shows."""

    pk: int
    code: str
    centre: str
    zone: str
    place: str
    at: tuple[str, str, int]
    opens: bool
    facts: tuple[tuple[str, str], ...]
    report: State | None
    serious: bool
    verdict: str
    owed: tuple[Owed, ...]
    opinions: Sequence[SponsorOpinion]
    version: int  # of the entry
    sent: Sequence[AuthorityReport]
    parts: Mapping[str, str]  # of a report that was sent -> how pages call it
    held: tuple[tuple[str, str], ...]  # what a report holds
    can_judge: bool
    today: str
