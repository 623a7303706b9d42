"""What a derivation reads: dated facts, each with the entries that state it, and their order.

Dates are calendar dates at the centre. A day is the difference to the date of randomisation,
without + 1: randomisation is day 0.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", covariant=True)


class Source(NamedTuple):
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
    chemotherapy: bool = False


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
class Questionnaire:
    """Quality of life on one day: the visit, and the score of the scale that is compared, in
    hundredths of a point from 0 to 10,000, the more the better. Without a score there is none."""

    on: date
    visit: str
    score: int
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAnalysed:
    """The day of something dated after a withdrawal from further collection."""

    on: date
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """An assessment after baseline, with its day (1 or later)."""

    day: int
    assessment: Assessment

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.assessment.sources


@dataclass(frozen=True, slots=True)
class Timeline:
    """Evaluable assessments after baseline in order; the first progression among them; the first
    new anti-tumour treatment and its day; the day of death."""

    evaluable: tuple[Seen, ...]
    progression: Seen | None
    treatment: NewTreatment | None
    treatment_day: int | None
    death_day: int | None

    def last_before(self, day: int) -> Seen | None:
        """The last evaluable assessment on an earlier day than `day`."""
        earlier = [seen for seen in self.evaluable if seen.day < day]
        return earlier[-1] if earlier else None


@dataclass(frozen=True)
class ParticipantRecord:
    """One randomised participant, as the derivations see them. Order within a tuple is free.

    `known_to` is the cut-off: what happened later is not known. None where nothing is left out.
    """

    code: str
    randomised_on: date
    assessments: tuple[Assessment, ...] = ()
    new_treatments: tuple[NewTreatment, ...] = ()
    death: Death | None = None
    alive: tuple[NewsOfLife, ...] = ()
    questionnaires: tuple[Questionnaire, ...] = ()
    withdrawn_on: date | None = None  # from further collection; nothing of later days is kept here
    not_analysed: tuple[NotAnalysed, ...] = ()
    sources: tuple[Source, ...] = field(default=())
    known_to: date | None = None

    def day(self, on: date) -> int:
        """The day of a date: calendar days since randomisation, which is day 0."""
        return (on - self.randomised_on).days

    @cached_property
    def timeline(self) -> Timeline:
        """The facts in the order of their days. Raises DataError where progression or death is
        not after randomisation as it must be: progression on day 0 or before, death before it."""
        return _timeline(self)


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


def _timeline(record: ParticipantRecord) -> Timeline:
    """Raises DataError where progression or death is not after randomisation as it must be:
    a progression on day 0 or before, a death before day 0."""
    _refuse_impossible(record)
    seen = sorted(
        (
            Seen(record.day(assessment.on), assessment)
            for assessment in record.assessments
            if assessment.evaluable and record.day(assessment.on) > 0
        ),
        key=lambda one: (one.day, one.assessment.progression),
    )
    after = [one for one in record.new_treatments if record.day(one.on) >= 0]
    treatment = min(after, key=lambda one: one.on, default=None)
    return Timeline(
        tuple(seen),
        next((one for one in seen if one.assessment.progression), None),
        treatment,
        None if treatment is None else record.day(treatment.on),
        None if record.death is None else record.day(record.death.on),
    )


def _refuse_impossible(record: ParticipantRecord) -> None:
    for assessment in record.assessments:
        if assessment.progression and record.day(assessment.on) <= 0:
            raise DataError(
                f"{record.code}: progression on {assessment.on}, day "
                f"{record.day(assessment.on)}; randomisation on {record.randomised_on} is day 0.",
                assessment.sources,
            )
    if record.death is not None and record.day(record.death.on) < 0:
        raise DataError(
            f"{record.code}: death on {record.death.on}, before randomisation on "
            f"{record.randomised_on}.",
            record.death.sources,
        )
