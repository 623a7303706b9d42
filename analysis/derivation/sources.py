"""What a derivation reads: dated facts, each with the entries that state it.

Dates are calendar dates at the centre. A day is the difference to the date of randomisation,
without + 1: randomisation is day 0.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Where a fact was written: form, visit, number of the entry within the visit, the entry's
    identifier, and the item."""

    form: str
    visit: str
    number: int
    entry_id: int
    item: str


class Response(StrEnum):
    """The overall response at one assessment, RECIST 1.1."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    NON_CR_NON_PD = "NON-CR/NON-PD"
    PD = "PD"
    NE = "NE"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A tumour assessment by one reader: its date (that of the imaging) and overall response.

    Scheduled or not makes no difference. It is evaluable unless the response is NE.
    """

    on: date
    response: Response
    sources: tuple[Source, ...] = ()

    @property
    def evaluable(self) -> bool:
        return self.response is not Response.NE

    @property
    def progression(self) -> bool:
        return self.response is Response.PD


@dataclass(frozen=True, slots=True)
class NewTreatment:
    """The first day of an anti-tumour treatment other than the trial's."""

    on: date
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Death:
    """The day of death, from any cause."""

    on: date
    cause: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class NewsOfLife:
    """A day on which the participant is known to be alive: visit, injection, contact."""

    on: date
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class ParticipantRecord:
    """One randomised participant, as the derivations see them. Order within a tuple is free."""

    code: str
    randomised_on: date
    assessments: tuple[Assessment, ...] = ()
    new_treatments: tuple[NewTreatment, ...] = ()
    death: Death | None = None
    alive: tuple[NewsOfLife, ...] = ()
    sources: tuple[Source, ...] = field(default=())

    def day(self, on: date) -> int:
        """The day of a date: calendar days since randomisation, which is day 0."""
        return (on - self.randomised_on).days


@dataclass(frozen=True, slots=True)
class Derived(Generic[T]):
    """A derived value, the entries that it was read from, and the rule in words."""

    value: T
    sources: tuple[Source, ...]
    rule: str


class DataError(ValueError):
    """The sources contradict each other, or the protocol: the value cannot be derived."""

    def __init__(self, sentence: str, sources: tuple[Source, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.sources = sources
