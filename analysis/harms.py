"""Adverse events under treatment, by group (CONSORT 2025, item 27; CONSORT Harms). Pure.

Counted are participants, each once at the worst grade, out of those who had an injection. An event
is under treatment where it may have begun between the first injection and 30 days after the last:
a partial first day counts where any day that it stands for does, and so does an event where no day
of an injection is known.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, Protocol

from analysis.course import Course
from crf.definition import dates

DAYS_AFTER = 30  # PROTOCOL: adverse events to 30 days after the last injection
SEVERE = 3


@dataclass(frozen=True, slots=True)
class Event:
    """One adverse event. `began` as kept: a date, a part of one, or nothing."""

    term: str
    grade: int | None = None
    began: str = ""
    serious: bool = False
    related: bool = False
    stopped: bool = False  # the treatment was stopped because of it

    @property
    def severe(self) -> bool:
        return (self.grade or 0) >= SEVERE


class Treated(Protocol):
    @property
    def course(self) -> Course: ...
    @property
    def events(self) -> Sequence[Event]: ...


KINDS: dict[str, Callable[[Event], bool]] = {
    "any": lambda event: True,
    "related": lambda event: event.related,
    "severe": lambda event: event.severe,
    "severe_related": lambda event: event.severe and event.related,
    "serious": lambda event: event.serious,
    "serious_related": lambda event: event.serious and event.related,
    "stopped": lambda event: event.stopped,
    "fatal": lambda event: event.grade == 5,
}


def harms(group: Iterable[Treated], terms: bool) -> dict[str, Any]:
    """The counts of one group: {"treated", "injections", "participants": {kind: n}, "events"} and,
    with `terms`, {"terms": [{"term", "any", "severe", "serious"}]}, the most frequent first."""
    treated = [one for one in group if one.course.injections]
    events = [list(under_treatment(one)) for one in treated]
    injections = [one.course.injections for one in treated]
    found: dict[str, Any] = {
        "treated": len(treated),
        "injections": {
            "total": sum(injections),
            "median": median(injections) if injections else None,
            "least": min(injections, default=None),
            "greatest": max(injections, default=None),
        },
        "participants": having(events, KINDS),
        "events": sum(map(len, events)),
    }
    return found | ({"terms": by_term(events)} if terms else {})


def under_treatment(one: Treated) -> Iterator[Event]:
    """Those of the participant's events that count."""
    first, last = one.course.first, one.course.last
    for event in one.events:
        if not event.began or _overlaps(dates.span(event.began), first, last):
            yield event


def _overlaps(began: tuple[int, int], first: date | None, last: date | None) -> bool:
    if first is None or last is None:
        return True
    return began[1] >= first.toordinal() and began[0] <= last.toordinal() + DAYS_AFTER


def having(events: Iterable[Sequence[Event]], kinds: Iterable[str]) -> dict[str, int]:
    """kind -> participants with an event of it."""
    counts = dict.fromkeys(kinds, 0)
    for theirs in events:
        for kind in {kind for event in theirs for kind in counts if KINDS[kind](event)}:
            counts[kind] += 1
    return counts


def by_term(events: Sequence[Sequence[Event]]) -> list[dict[str, Any]]:
    """Participants by term, whatever its capitals and spaces, written as most often typed."""
    spellings: dict[str, Counter[str]] = {}
    found: dict[str, dict[int, list[Event]]] = {}
    for who, theirs in enumerate(events):
        for event in theirs:
            words = " ".join(event.term.split())
            spellings.setdefault(words.casefold(), Counter())[words] += 1
            found.setdefault(words.casefold(), {}).setdefault(who, []).append(event)
    rows = [
        {"term": min(spelt := spellings[key], key=lambda words: (-spelt[words], words))}
        | having(theirs.values(), ("any", "severe", "serious"))
        for key, theirs in found.items()
    ]
    return sorted(rows, key=lambda row: (-row["any"], -row["severe"], row["term"].casefold()))
