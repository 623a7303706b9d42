"""What waits at a participant: one rule, read by the work list and by the casebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from crf.definition.schedule import DueVisit

SOON = 7  # days ahead that the work list shows


@dataclass(frozen=True, slots=True)
class Target:
    """Where an act leads: a URL name and its arguments; `tail` follows the path."""

    name: str
    args: tuple[str | int, ...]
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A form that is entered, with items left blank."""

    visit: str
    form: str
    number: int
    blank: int
    on: date | None  # its day, where it has one


@dataclass(frozen=True)
class ParticipantWork:
    """One participant of the centre as the work list needs him or her."""

    code: str
    due: Sequence[DueVisit]
    randomised_on: date | None = None
    screened_on: date | None = None
    ready: bool = False  # the forms of screening are complete and the gate is not passed
    stopped: bool = False
    screen_failed: bool = False
    open_queries: int = 0
    left: str = ""  # "Died", "Withdrew consent", "Lost to follow-up"
    incomplete: Sequence[Incomplete] = ()
    frozen: datetime | None = None  # since when what is saved is changed no more
    saved: Mapping[str, int] = field(default_factory=dict)  # visit -> how many forms

    def lapsed(self, today: date) -> bool:
        """True where screening ended without a randomisation: nothing is left to do."""
        ends = [visit.window_end for visit in self.due if visit.window_end]
        return self.randomised_on is None and bool(ends) and max(ends) < today

    @property
    def injections(self) -> int:
        return injections(self.due)

    def over(self, today: date) -> bool:
        """True where nothing more is asked: not included, or never randomised in time."""
        return self.screen_failed or self.lapsed(today)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody should do: forms to enter and to complete, the gate to pass."""

    late: tuple[DueVisit, ...] = ()
    due: tuple[DueVisit, ...] = ()
    incomplete: tuple[Incomplete, ...] = ()
    ready: bool = False


def injections(due: Sequence[DueVisit]) -> int:
    """How many visits of injection took place."""
    return sum(one.code.startswith("INJ-") and one.visit_date is not None for one in due)


def waiting(one: ParticipantWork, today: date) -> Waiting:
    """What waits today at a participant, while the trial is not locked."""
    if one.over(today):
        return Waiting()
    asked = [visit for visit in one.due if is_asked(visit, today)]
    return Waiting(
        late=tuple(visit for visit in asked if days_late(visit, today) > 0),
        due=tuple(visit for visit in asked if days_late(visit, today) <= 0),
        incomplete=tuple(one.incomplete),
        ready=one.ready,
    )


def is_asked(one: DueVisit, today: date) -> bool:
    """A visit with forms to enter that is late, begun, or due within a week."""
    if one.state not in ("late", "due", "partial") or not one.missing:
        return False
    far = one.target is not None and (one.target - today).days > SOON
    return days_late(one, today) > 0 or one.state == "partial" or not far


def days_late(one: DueVisit, today: date) -> int:
    """Days since the visit's window ended; negative before."""
    end = one.window_end or one.target
    return (today - end).days if end else 0
