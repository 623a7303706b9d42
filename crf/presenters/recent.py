"""What happened to a participant last, by whichever room it was told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from crf.presenters.words import moment

NEWEST = 8  # lines of the list


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact with its time on the trial's clock."""

    at: datetime
    who: str  # "" where nobody did it here
    what: str
    lasting: str = ""  # a sentence for the head of the casebook, where it holds from then on


@dataclass(frozen=True, slots=True)
class Event:
    """A line of what happened last."""

    when: str
    who: str
    what: str


def recent(told: Iterable[Happening], zone: str, today: date) -> tuple[Event, ...]:
    """The newest first; what has the same time stays in the order in which it was told."""
    newest = sorted(told, key=lambda one: one.at, reverse=True)[:NEWEST]
    return tuple(Event(moment(one.at, zone, today), one.who, one.what) for one in newest)


def lasting(told: Iterable[Happening]) -> tuple[str, ...]:
    """The oldest first: that is when it began to hold."""
    return tuple(one.lasting for one in sorted(told, key=lambda one: one.at) if one.lasting)
