"""The parts of a definition that are not forms: identity, schedule, randomisation, plan.

Numbers that the publication does not give are named in `assumed`, so that every page can tag
them. Times are in days unless a name says months; one month is `Plan.days_per_month` days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A line of the trial's identity as shown: label, value, tag S, D or A."""

    name: str
    label: str
    value: str
    tag: str


@dataclass(frozen=True)
class Landmark:
    """An entry that marks a turn in a participant's course; its date is the entry's date.

    Where `item` is named, only entries whose item has that value count.
    """

    form: str
    item: str = ""
    value: str = ""


@dataclass(frozen=True)
class Aware:
    """The items that say when the centre learned of a serious event; `time` may be none."""

    day: str
    time: str = ""


@dataclass(frozen=True)
class Told:
    """True of a form where the item has one of these values, or one of them among several."""

    item: str
    values: tuple[str, ...]

    def by(self, answers: Mapping[str, object]) -> bool:
        found = answers.get(self.item)
        return any(one in self.values for one in (found if isinstance(found, list) else [found]))


@dataclass(frozen=True)
class SeriousEvents:
    """The entries that somebody is told of at once: those whose `item` has this value."""

    form: str
    item: str
    value: str
    shown: tuple[str, ...] = ()  # the items that stand in the list of all of them
    # when the centre learned of it, and what the sponsor must be told within 24 hours
    aware: Aware | None = None
    report: tuple[str, ...] = ()
    # what makes it a suspected reaction in the investigator's eyes, and what makes it grave
    related: Told | None = None
    grave: Told | None = None

    def told_by(self, answers: Mapping[str, object]) -> bool:
        """True where these answers of the form say that the event is serious."""
        return answers.get(self.item) == self.value


@dataclass(frozen=True)
class CentralReview:
    """The form whose images are read once more, by somebody who sees nothing of what the centre
    made of them. `response` is the item whose answers a reader chooses among; `shown` are the
    items that say what was imaged."""

    form: str
    response: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Landmarks:
    """What the schedule, the gate and those who must be told recognise in the forms."""

    consented: Landmark
    screen_failed: Landmark
    end_of_treatment: Landmark
    progressed: Landmark
    died: Landmark
    withdrawn: Landmark | None = None  # consent to further collection
    treatment_left: Landmark | None = None  # the participant wants no more of the treatment
    lost: tuple[Landmark, ...] = ()  # to follow-up; who is seen again later is not
    registers: Landmark | None = None  # who withdrew does not object to reading public registers
    from_registers: Landmark | None = None  # what they tell: recorded after the withdrawal then
    serious: SeriousEvents | None = None
    kit: Landmark | None = None  # the item that holds the number of the kit of a visit
    central: CentralReview | None = None

    @property
    def all(self) -> dict[str, tuple[Landmark, ...]]:
        """name -> its landmarks; () where the trial names none."""
        once = {
            "consented": self.consented,
            "screen_failed": self.screen_failed,
            "end_of_treatment": self.end_of_treatment,
            "progressed": self.progressed,
            "died": self.died,
        }
        found: dict[str, tuple[Landmark, ...]] = {name: (mark,) for name, mark in once.items()}
        found["withdrawn"] = (self.withdrawn,) if self.withdrawn else ()
        found["treatment_left"] = (self.treatment_left,) if self.treatment_left else ()
        return found | {"lost": self.lost}


@dataclass(frozen=True)
class Milestone:
    """What an investigator endorses with one signature, and from when it is asked for."""

    name: str
    title_en: str
    title_fr: str
    visits: tuple[str, ...] = ()  # codes without their numbers; () is the whole casebook
    # randomisation | end: from then on of whom it happens to; at the lock of everybody
    asked: str = "end"

    def title(self, language: str = "en") -> str:
        return self.title_fr if language == "fr" and self.title_fr else self.title_en

    def has(self, visit: str) -> bool:
        """True for the code of a visit that it holds, with its number or without."""
        return not self.visits or visit.partition("-")[0] in self.visits

    def covers(self, other: Milestone) -> bool:
        """True where who signs this one signs all that the other one holds."""
        return not self.visits or (bool(other.visits) and set(other.visits) <= set(self.visits))


@dataclass(frozen=True)
class Retention:
    """How long what is kept: the trial after its end, and what is made of it along the way."""

    archive_years: int = 25  # the trial master file and the database, after the end of the trial
    release_days: int = 365  # files of releases, from the day they were made
    trail_file_days: int = 365  # files of the audit trail, likewise
    draft_days: int = 365  # what was typed and not saved, from the last keystroke
    session_days: int = 30  # sessions, after their end
    mail_days: int = 90  # mails that were written as files, where no mail server is set
    log_days: int = 90  # logs of the service that were put aside
    attempt_days: int = 90  # counts of wrong passwords, with address and account


@dataclass(frozen=True)
class Trial:
    """Who the trial is: identity, size and the versions it follows."""

    code: str
    acronym: str
    title_en: str
    title_fr: str
    phase: str
    sponsor: str
    sponsor_code: str
    registers: tuple[str, ...]
    version: str
    countries: tuple[str, ...]
    opened_on: str  # ISO date
    accrual_months: int
    planned_participants: int
    planned_centres: int
    centres_open: int
    ctcae_version: str
    landmarks: Landmarks
    facts: tuple[Fact, ...] = ()
    assumed: tuple[str, ...] = ()
    retention: Retention = Retention()
    milestones: tuple[Milestone, ...] = ()  # () where casebooks are not signed
    product: str = ""  # what is tested, as a report to an authority names it; no arm

    def milestone(self, name: str) -> Milestone | None:
        return next((one for one in self.milestones if one.name == name), None)


@dataclass(frozen=True)
class Visit:
    """One kind of visit. A repeating visit has numbered codes: "INJ-01", "ASM-06"."""

    code: str
    title_en: str
    title_fr: str
    forms: tuple[str, ...]  # due at this visit
    optional_forms: tuple[str, ...] = ()  # may be entered, never due
    kind: str = "once"  # once | repeated | unscheduled | log
    anchor: str = "none"  # none | screening | randomisation | previous | end | stop
    every_days: float = 0.0
    first_days: float = 0.0  # days from the anchor to the first one
    step: int = 1  # what a number grows by: ASM counts months, so 3
    window_before: int = 0
    window_after: int = 0
    deviation_days: int = 0  # beyond this distance from the target: a protocol deviation
    # end_of_treatment | progression | death | lost | withdrawal | treatment_left
    until: tuple[str, ...] = ()
    tag: str = ""

    def title(self, language: str = "en", number: int | None = None) -> str:
        """ "Month 6", "Injection 3": the title with its number in place of {n}."""
        text = self.title_fr if language == "fr" and self.title_fr else self.title_en
        return text.replace("{n}", "" if number is None else str(number)).strip()

    def numbered(self, ordinal: int) -> str:
        """The code of the `ordinal`-th visit of this kind, from 1: "ASM-06" for the second."""
        return f"{self.code}-{ordinal * self.step:02d}" if self.kind != "once" else self.code


@dataclass(frozen=True)
class Level:
    """One value of a stratification factor."""

    code: str
    label_en: str
    label_fr: str = ""


@dataclass(frozen=True)
class Stratum:
    """A stratification factor: where it is read, and the values it may take."""

    name: str
    label_en: str
    label_fr: str
    source: str  # "FORM.item" shown as the origin, or "centre"
    expr: str  # CEL over forms.*; "" for the centre
    levels: tuple[Level, ...]  # () for the centre
    weight: float = 1.0


@dataclass(frozen=True)
class Randomisation:
    """How arms are allocated. The definition knows no allocation, only the rule."""

    method: str  # minimisation | blocks | list
    arms: tuple[str, ...]  # names of the arms, in the order of `ratio`
    ratio: tuple[int, ...]
    measure: str  # range (marginal range)
    probability: float  # given to the arm that minimises imbalance
    factors: tuple[Stratum, ...]
    block_sizes: tuple[int, ...]
    first_dose_within_days: int  # of the imaging that confirmed response or stability
    kit_days: int  # days that one kit covers
    assumed: tuple[str, ...] = ()
    arm_labels: tuple[Level, ...] = ()  # what an arm's name means, for who is shown it
    telling: tuple[str, ...] = ()  # words by which who handles the product would tell of an arm

    def arm_in_words(self, arm: str, language: str) -> str:
        """ "placebo (PBO)"; the name alone where the definition does not say what it means."""
        said = next((one for one in self.arm_labels if one.code == arm), None)
        if said is None:
            return arm
        return f"{(language == 'fr' and said.label_fr) or said.label_en} ({arm})"

    @property
    def offers(self) -> tuple[str, ...]:
        """Every method that a definition may choose."""
        return ("minimisation", "blocks", "list")


@dataclass(frozen=True)
class Plan:
    """The statistical plan. Rates are proportions in 0..1, alphas one-sided."""

    title: str
    primary_en: str
    primary_fr: str
    p0: float
    p1: float
    alpha: float
    power: float
    evaluable_per_arm: int
    promising_at_least: int
    loss: float
    randomised_per_arm: int
    window_first_day: int
    window_last_day: int
    status_day: float  # days; failure by then where no assessment lies in the window
    status_12_first_day: int
    status_12_last_day: int
    status_12_day: float
    days_per_month: float
    interval_level: float  # of the primary rate's exact interval
    curve_level: float  # of Kaplan-Meier limits
    information_fractions: tuple[float, ...]
    events_planned: int
    hazard_ratio: float
    interim_alpha: float
    spending: str
    missed_assessments: int  # two or more: sensitivity censoring
    assumed: tuple[str, ...] = ()
    # points by which quality of life counts as worse; definitions from before do not say it
    quality_worse_by: int = 5
