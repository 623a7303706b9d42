"""Data queries and the history of an item, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from crf.presenters.words import State, day, days, moment, state


@dataclass(frozen=True)
class Step:
    """What was said in a query: raised, answered, closed or reopened; when and by whom."""

    kind: str
    text: str
    who: str
    when: str


@dataclass(frozen=True)
class Thread:
    """One data query with all that was said in it."""

    pk: int
    state: State
    age: str
    title: str  # "Heart rate, month 6"
    code: str  # FR-05-003
    centre: str
    centre_code: str
    visit: str
    form: str
    number: int
    field: str  # the field on the form page, as in its address
    value: str  # what stands there now
    steps: tuple[Step, ...]
    from_check: bool
    can_answer: bool = False
    can_close: bool = False
    finding: str = ""  # why the last act was refused
    typed: str = ""
    frozen: str = ""  # that the form is, and who may change that


@dataclass(frozen=True, slots=True)
class QueryLine:
    """One query in the list."""

    pk: int
    state: State
    code: str
    place: str
    question: str
    asked: str
    by: str
    centre: str = ""


@dataclass(frozen=True)
class AllQueriesPage:
    """All that crf/queries_all.html shows."""

    lines: tuple[QueryLine, ...]
    wanted: dict[str, str]
    centres: tuple[tuple[str, str], ...]  # (code, name)
    ages: tuple[int, ...]
    older: str  # the address of the next page, "" on the last


@dataclass(frozen=True)
class QueriesPage:
    """All that crf/queries.html shows."""

    title: str
    line: str
    lines: tuple[QueryLine, ...]
    chosen: str
    counts: dict[str, int]
    of: str = ""


@dataclass(frozen=True)
class HistoryEvent:
    """One change of one item."""

    when: str
    who: str
    old: str
    new: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class HistoryPanel:
    """What stands beside the form about the item in focus; also a page of its own."""

    code: str
    centre: str
    centre_code: str
    visit: str
    form: str
    title: str  # "Tumour assessment, month 6"
    number: int
    item: str  # the field
    label: str
    events: tuple[HistoryEvent, ...]
    threads: tuple[Thread, ...] = ()
    before: tuple[tuple[str, str], ...] = ()  # (visit and day, value), newest first
    can_raise: bool = False


STATES = {"open": "query", "answered": "draft", "closed": "verified"}


def query_state(kind: str) -> State:
    """Open, answered or closed as shape, word and colour."""
    words = {"open": _("Open"), "answered": _("Answered"), "closed": _("Closed")}
    return state(STATES.get(kind, "query"), words.get(kind, kind))


def age_of(asked: datetime, today: date) -> str:
    """ "9 days", "today"."""
    count = (today - asked.date()).days
    return days(count) if count > 0 else _("today")


def step(kind: str, text: str, who: str, at: datetime, zone: str, today: date) -> Step:
    """A step of a thread in words."""
    return Step(kind, text, who, moment(at, zone, today))


def query_line(
    *,
    pk: int,
    kind: str,
    code: str,
    place: str,
    question: str,
    asked_at: datetime,
    by: str,
    today: date,
    centre: str = "",
) -> QueryLine:
    """A line of the list: its state says how long it has been open."""
    shown = query_state(kind)
    if kind == "open" and asked_at.date() < today:
        shown = State(shown.kind, shown.icon, _("%(age)s open") % {"age": age_of(asked_at, today)})
    asked = day(asked_at.date(), today)
    return QueryLine(pk, shown, code, place, question, asked, by, centre)


def queries_page(
    *,
    title: str,
    line: str,
    lines: Sequence[QueryLine],
    kinds: Sequence[str],
    chosen: str = "all",
    of: str = "",
) -> QueriesPage:
    """The list; `kinds` are the states of all queries, for the counts over it. `of`: the one
    participant whose queries it shows."""
    counts = {"all": len(kinds)} | {kind: kinds.count(kind) for kind in ("open", "answered")}
    return QueriesPage(title, line, tuple(lines), chosen, counts, of)
