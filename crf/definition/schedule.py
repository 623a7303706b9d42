"""Which visits are planned, due, late or entered: pure, from facts and entries.

Days are the centre's calendar dates. Imaging is anchored on randomisation, each injection on
the one before, follow-up on the end of treatment; a visit that was missed keeps its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from crf.definition.model import Definition
from crf.definition.plan import Visit

PLANNED, DUE, LATE, ENTERED, PARTIAL = "planned", "due", "late", "entered", "partial"
NOT_DONE = "not_done"
STATES = (PLANNED, DUE, LATE, PARTIAL, ENTERED, NOT_DONE)
Entries = Mapping[tuple[str, str], "Entered | date | None"]


@dataclass(frozen=True)
class Facts:
    """What the schedule needs to know of a participant; None where it has not happened."""

    screened_on: date | None = None
    consented_on: date | None = None
    randomised_on: date | None = None
    end_of_treatment_on: date | None = None
    progressed_on: date | None = None
    died_on: date | None = None
    screen_failed: bool = False
    lost_on: date | None = None
    withdrawn_on: date | None = None  # of consent to further collection
    treatment_left_on: date | None = None  # at the participant's own wish, whatever else goes on

    @property
    def left_on(self) -> date | None:
        """The first of withdrawal and loss to follow-up: nothing is asked any more."""
        days = [day for day in (self.withdrawn_on, self.lost_on) if day]
        return min(days) if days else None

    @property
    def stopped_on(self) -> date | None:
        """The first of end of treatment and progression."""
        days = [day for day in (self.end_of_treatment_on, self.progressed_on) if day]
        return min(days) if days else None

    @property
    def ends_on(self) -> date | None:
        """The day on which the treatment ended, or the first of those that end it."""
        if self.end_of_treatment_on:
            return self.end_of_treatment_on
        ends = (self.progressed_on, self.treatment_left_on, self.died_on)
        return min((day for day in ends if day), default=None)


@dataclass(frozen=True)
class Entered:
    """An entry as the schedule sees it. `state` "not_done": the form was declared not done."""

    visit_date: date | None = None
    state: str = ENTERED


@dataclass(frozen=True)
class DueVisit:
    """One visit of one participant, whether it has been or is to come.

    `target` and its window are None where the visit has no planned day. `missing` lists the
    forms that are due at it and not entered. `deviation` is true where the visit took place
    farther from its target than the protocol allows. `awaited` is true where those after it are
    planned once it is held.
    """

    code: str
    title_en: str
    title_fr: str
    forms: tuple[str, ...]
    optional_forms: tuple[str, ...]
    missing: tuple[str, ...]
    target: date | None
    window_start: date | None
    window_end: date | None
    visit_date: date | None
    state: str
    deviation: bool = False
    awaited: bool = False

    @property
    def urgent(self) -> bool:
        """True where somebody should act now."""
        return self.state in (DUE, LATE, PARTIAL)


def due_visits(
    definition: Definition,
    facts: Facts,
    entries: Entries,
    today: date,
    horizon_days: int = 92,
) -> list[DueVisit]:
    """Every visit entered, due or planned within `horizon_days`, in order of day.

    `entries` maps (visit code, form) to an `Entered`, a visit date or None.
    """
    seen = _Seen.of(entries)
    found: list[DueVisit] = []
    for visit in definition.visits:
        if visit.kind == "once":
            found += _once(visit, facts, seen, today)
        elif visit.kind == "repeated":
            found += _repeated(visit, facts, seen, today, horizon_days)
        elif visit.kind == "unscheduled":
            for code in seen.codes(visit.code):
                found.append(_made(visit, code, seen, None, today))
    if facts.left_on:
        found = [asked_no_more(one) for one in found]
    order = {visit.code: place for place, visit in enumerate(definition.visits)}
    return sorted(found, key=lambda one: _day_order(one, order))


def next_visit(due: Sequence[DueVisit]) -> DueVisit | None:
    """The first that is to come; a late one comes next where others wait for it."""
    for one in due:
        to_come = one.state in (PLANNED, DUE) or (one.state == LATE and one.awaited)
        if to_come and one.target and one.visit_date is None:
            return one
    return None


def next_unscheduled(definition: Definition, codes: Iterable[str]) -> tuple[str, Visit] | None:
    """(code, visit) of the next unscheduled one after these; None where the trial has none."""
    planned = next((one for one in definition.visits if one.kind == "unscheduled"), None)
    if planned is None:
        return None
    used = (number_of(code) for code in codes if code.partition("-")[0] == planned.code)
    return planned.numbered(max(used, default=0) + 1), planned


def asked_no_more(one: DueVisit) -> DueVisit:
    """A visit of somebody who has left: what is not entered is not asked for. It may still be."""
    return one if one.state == ENTERED else replace(one, state=NOT_DONE)


def _day_order(one: DueVisit, order: Mapping[str, int]) -> tuple[date, int, str]:
    """By day; on the same day in the order of the definition."""
    day = one.visit_date or one.target or date.max
    return day, order[one.code.partition("-")[0]], one.code


@dataclass(frozen=True)
class _Seen:
    """The entries by visit code."""

    forms: Mapping[str, frozenset[str]]
    dates: Mapping[str, date]
    not_done: frozenset[str]

    @staticmethod
    def of(entries: Entries) -> _Seen:
        forms: dict[str, set[str]] = {}
        dates: dict[str, date] = {}
        not_done: set[str] = set()
        for (visit, form), entry in entries.items():
            one = entry if isinstance(entry, Entered) else Entered(entry)
            forms.setdefault(visit, set()).add(form)
            if one.visit_date:
                dates[visit] = min(dates.get(visit, one.visit_date), one.visit_date)
            if one.state == NOT_DONE:
                not_done.add(visit)
        return _Seen(
            {visit: frozenset(names) for visit, names in forms.items()}, dates, frozenset(not_done)
        )

    def codes(self, kind: str) -> list[str]:
        """Codes of the visits of one kind that have an entry, by number."""
        found = [code for code in self.forms if code.partition("-")[0] == kind]
        return sorted(found, key=number_of)


def number_of(code: str) -> int:
    """6 of "ASM-06"; 0 of "SCR"."""
    tail = code.rpartition("-")[2]
    return int(tail) if tail.isdigit() else 0


def _made(
    visit: Visit,
    code: str,
    seen: _Seen,
    target: date | None,
    today: date,
    open_from: date | None = None,
) -> DueVisit:
    entered = seen.forms.get(code, frozenset())
    missing = tuple(form for form in visit.forms if form not in entered)
    start = target - timedelta(days=visit.window_before) if target else open_from
    end = target + timedelta(days=visit.window_after) if target else None
    happened = seen.dates.get(code)
    far = abs((happened - target).days) if happened and target else 0
    return DueVisit(
        code=code,
        title_en=visit.title("en", number_of(code)),
        title_fr=visit.title("fr", number_of(code)),
        forms=visit.forms,
        optional_forms=visit.optional_forms,
        missing=missing,
        target=target,
        window_start=start,
        window_end=end,
        visit_date=happened,
        state=_state(bool(entered), bool(missing), code in seen.not_done, start, end, today),
        deviation=bool(visit.deviation_days) and far > visit.deviation_days,
    )


def _state(
    entered: bool, missing: bool, not_done: bool, start: date | None, end: date | None, today: date
) -> str:
    if not_done:
        return NOT_DONE
    if entered:
        return PARTIAL if missing else ENTERED
    if end is not None and today > end:
        return LATE
    return DUE if start is not None and today >= start else PLANNED


def _once(visit: Visit, facts: Facts, seen: _Seen, today: date) -> list[DueVisit]:
    """A visit that happens once: screening, randomisation, end of treatment."""
    if visit.anchor == "screening":
        target = facts.screened_on or facts.consented_on
        if visit.code != "RND" and target is not None:
            return [_made(visit, visit.code, seen, target, today)]
        if facts.randomised_on or facts.screen_failed or target is None:
            return []
        return [_made(visit, visit.code, seen, target, today)]
    if visit.anchor == "end":
        if facts.randomised_on is None and visit.code not in seen.forms:
            return []
        return [_made(visit, visit.code, seen, facts.ends_on, today)]
    if visit.code in seen.forms or visit.anchor == "none":
        return [_made(visit, visit.code, seen, None, today)]
    return []


def _last_day(visit: Visit, facts: Facts) -> date:
    """The day after which no more of this visit is planned."""
    stops = {
        "end_of_treatment": facts.end_of_treatment_on,
        "progression": facts.progressed_on,
        "death": facts.died_on,
        "lost": facts.lost_on,
        "withdrawal": facts.withdrawn_on,
        "treatment_left": facts.treatment_left_on,
    }
    days = [day for name in visit.until if (day := stops[name]) is not None]
    return min(days) if days else date.max


def _repeated(
    visit: Visit, facts: Facts, seen: _Seen, today: date, horizon_days: int
) -> list[DueVisit]:
    """Entered ones and the ones to come, up to the horizon or the end of their reason."""
    anchor = {
        "randomisation": facts.randomised_on,
        "previous": facts.randomised_on,
        "stop": facts.stopped_on,
        "end": facts.end_of_treatment_on,
    }.get(visit.anchor)
    entered = seen.codes(visit.code)
    found: list[DueVisit] = []
    last_entered = max((number_of(code) for code in entered), default=0)
    if anchor is None:
        return [_made(visit, code, seen, None, today) for code in entered]
    last_day = _last_day(visit, facts)
    limit = min(today + timedelta(days=horizon_days), last_day)
    ordinal, previous = 1, anchor
    while True:
        code = visit.numbered(ordinal)
        target = _target(visit, anchor, previous, ordinal)
        if target > limit and ordinal * visit.step > last_entered:
            return found
        # A visit planned before the end but never held is not asked for after it.
        gone = code not in seen.forms and ordinal * visit.step < last_entered
        if not (gone and visit.anchor == "previous"):
            found.append(_made(visit, code, seen, target, today))
        if visit.anchor == "previous":
            previous = seen.dates.get(code, target)
            if code not in seen.forms and ordinal * visit.step > last_entered:
                # each hangs on the one before: only the next one is planned
                return [*found[:-1], replace(found[-1], awaited=today <= last_day)]
        ordinal += 1


def _target(visit: Visit, anchor: date, previous: date, ordinal: int) -> date:
    """The planned day of the `ordinal`-th visit, from 1."""
    if visit.anchor == "previous":
        days = visit.first_days if ordinal == 1 else visit.every_days
        return previous + timedelta(days=round(days))
    first = visit.first_days or visit.every_days
    return anchor + timedelta(days=round(first + (ordinal - 1) * visit.every_days))
