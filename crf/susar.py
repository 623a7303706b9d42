"""Suspected unexpected serious reactions, and when the authority must know (Regulation (EU)
536/2014, article 42(2) and annex III). Pure; days are calendar days at the sponsor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

GRAVE = timedelta(days=7)  # fatal or life-threatening
OTHER = timedelta(days=15)
FOLLOW_UP = timedelta(days=8)  # after a first report of a grave one that was not complete


def is_reportable(*, investigator: bool, sponsor: bool, expected: bool) -> bool:
    """A serious event that either of the two thinks related, and that is not expected. The sponsor
    adds an opinion; it takes none away (annex III, item 4)."""
    return (investigator or sponsor) and not expected


@dataclass(frozen=True, slots=True)
class Sent:
    """A report that went to the authority; `complete`: it owes no follow-up."""

    on: date
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Duty:
    """What is owed, by when, and when it was done. `kind`: report, grave or follow_up."""

    kind: str
    due_on: date
    sent_on: date | None = None

    def late(self, today: date) -> bool:
        return (self.sent_on or today) > self.due_on


def duties(known_on: date, grave_on: date | None, sent: Sequence[Sent] = ()) -> list[Duty]:
    """Every report that is or was owed, of an event that is reportable.

    `known_on`: the day on which the sponsor knew of it; `grave_on`: the day on which it knew that
    it is fatal or threatens life, the same or a later one. An event that becomes grave owes a
    report within seven days of that, whatever was sent before.
    """
    found = []
    grave_from_the_start = grave_on is not None and grave_on <= known_on
    if not grave_from_the_start:
        found.append(_duty("report", known_on, OTHER, sent))
    if grave_on is not None:
        told = _duty("grave", max(grave_on, known_on), GRAVE, sent)
        found.append(told)
        first = next((one for one in sent if one.on == told.sent_on), None)
        if first and not first.complete:
            later = [one for one in sent if one.on >= first.on and one.complete]
            done = min((one.on for one in later), default=None)
            found.append(Duty("follow_up", first.on + FOLLOW_UP, done))
    return found


def _duty(kind: str, since: date, within: timedelta, sent: Sequence[Sent]) -> Duty:
    done = min((one.on for one in sent if one.on >= since), default=None)
    return Duty(kind, since + within, done)


def next_due(found: Sequence[Duty]) -> Duty | None:
    """The first that is not done; None where all are."""
    return min((one for one in found if one.sent_on is None), key=lambda d: d.due_on, default=None)
