"""What happens to one participant, in days since randomisation. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calendar:
    """The schedule of the protocol, in days; the defaults are the definition's."""

    imaging_every: int = 91
    imaging_window: int = 14
    imaging_step: int = 3  # months in the name of a visit: ASM-03, ASM-06
    injection_every: int = 28
    injection_window: int = 3
    follow_up_every: float = 182.625
    landmark_first: int = 168
    landmark_last: int = 196
    landmark_limit: float = 182.625


def off_weekend(day: int, first: int) -> int:
    """The day, moved to Friday or Monday; `first` is the weekday of day 0, Monday 0."""
    place = (first + day) % 7
    return day - 1 if place == 5 else day + 1 if place == 6 else day


@dataclass(frozen=True, slots=True)
class Assessment:
    """A tumour assessment: `mm` one a target lesion, in their order; `new_lesion` an organ."""

    day: int
    visit: str  # ASM-06, UNS-01
    mm: tuple[int, ...]
    non_target: str  # NONE | NON_CR_NON_PD | PD
    new_lesion: str = ""
    progression: bool = False


@dataclass(frozen=True, slots=True)
class Injection:
    number: int
    day: int


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """`end` None: not over. Grades are CTCAE's."""

    term: str
    grade: int
    start: int
    end: int | None
    related: str  # related | possible | unrelated
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Treatment:
    """Another anti-tumour treatment."""

    day: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A follow-up after the end of treatment: `how` it was made; alive on its day."""

    number: int
    day: int
    how: str


@dataclass(frozen=True, slots=True)
class End:
    """End of treatment."""

    day: int
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """The source records of one participant after randomisation, each list in order of days."""

    assessments: tuple[Assessment, ...]
    injections: tuple[Injection, ...]
    events: tuple[AdverseEvent, ...]
    treatments: tuple[Treatment, ...]
    contacts: tuple[Contact, ...]
    end: End | None
    death: int | None
    death_cause: str = ""
