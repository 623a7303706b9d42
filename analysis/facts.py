"""What the entries of one participant state, as far as analyses read it.

FEEDS and REPORTED say which item feeds what. A day on which somebody was seen alive comes from the
date of an entry of the forms in SEEN, and of those fed forms whose reader says so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from analysis.course import Course
from analysis.derivation.sources import (
    Assessment,
    Death,
    NewsOfLife,
    NewTreatment,
    Questionnaire,
    Response,
    Source,
)
from analysis.harms import Event
from randomisation.eligibility import SCREENING

# form -> items, in the order in which a row carries them
FEEDS: dict[str, tuple[str, ...]] = {
    "RECIST": ("imaging_date", "response"),
    "NEXT": ("start_date", "kind"),
    "DEATH": ("death_date", "cause"),
    "SURV": ("last_news", "vital_status"),
    "EOT": ("reason",),
    "WITHDRAW": ("scope",),
    "AE": ("grade", "start", "term", "serious", "related", "action"),
    "TUMOUR": (
        "grade",
        "extent",
        "l1_regimen",
        "l1_months",
        "l1_response",
        "analogue_before",
    ),
}
# the same where only reports by arm and releases read it, from a cut of the data
REPORTED: dict[str, tuple[str, ...]] = {
    "QOL": ("ql",),
    "DEMOG": ("age", "sex"),
    "VITALS": ("ps",),
    "TUMOUR": (*FEEDS["TUMOUR"], "primary_site", "ki67"),
}
ITEMS = FEEDS | REPORTED
# forms of things that begin: an entry of an older definition has no date of its own
BEGINS = {"AE": "start"}
# forms whose date is a day on which the participant was seen, hence alive
SEEN = ("INJ", "VITALS", "LAB", "CONSENT", "RECIST_BASE", "ELIG")
READ_FORMS = frozenset(FEEDS) | frozenset(SEEN)  # those that a blinded interim reads
INJECTION, GIVEN = "INJ", frozenset({"given", "delayed"})
CHEMOTHERAPY = "chemotherapy"
COLLECTION = "collection"  # what somebody withdrew from
RESPONSES = {"NON_CR_NON_PD": Response.NON_CR_NON_PD} | {str(r): r for r in Response}
GRADES = {str(grade): grade for grade in range(1, 6)}
RELATED = frozenset({"related", "possible"})


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as far as the analyses read it; `values` in the order of ITEMS[form], of live rows
    those of FEEDS alone. Of injections they are how many were given and the first and the last
    day, of one entry or of several."""

    participant: str
    form: str
    visit: str
    number: int
    entry_id: int
    visit_date: date | None
    values: tuple[str | None, ...]

    def sources(self, *items: str) -> tuple[Source, ...]:
        return tuple(Source(self.form, self.visit, self.number, self.entry_id, i) for i in items)


class Facts:
    """Collects them, row after row."""

    def __init__(self) -> None:
        self.assessments: list[Assessment] = []
        self.treatments: list[NewTreatment] = []
        self.alive: list[NewsOfLife] = []
        self.questionnaires: list[Questionnaire] = []
        self.severe: list[Source] = []
        self.events: list[Event] = []
        self.death: Death | None = None
        self.baseline: dict[str, str | None] = {}
        self.injections = 0
        self.shots: list[str] = []  # their first and last days, as kept
        self.contacts: list[tuple[date, str]] = []
        self.ended = ""
        self.scope = ""

    def take(self, row: Row) -> None:
        reader = READERS.get(row.form)
        if reader:
            reader(self, row)
        else:
            self.seen(row)

    def course(self) -> Course:
        last = max(self.contacts, default=None)
        return Course(
            injections=self.injections,
            first=day(min(self.shots, default=None)),
            last=day(max(self.shots, default=None)),
            ended=self.ended or ("participant" if self.scope else ""),
            lost=self.ended == "lost" or (last is not None and last[1] == "lost"),
            withdrawn=self.scope == COLLECTION,
        )

    def seen(self, row: Row) -> None:
        if row.visit_date:
            self.alive.append(NewsOfLife(row.visit_date, row.sources("")))

    def recist(self, row: Row) -> None:
        on, response = day(row.values[0]) or row.visit_date, row.values[1]
        if on and response in RESPONSES:
            sources = row.sources("imaging_date", "response")
            self.assessments.append(Assessment(on, RESPONSES[response], sources))

    def next_treatment(self, row: Row) -> None:
        on = day(row.values[0])
        if on:
            sources = row.sources("start_date", "kind")
            self.treatments.append(NewTreatment(on, sources, row.values[1] == CHEMOTHERAPY))

    def died(self, row: Row) -> None:
        on = day(row.values[0])
        if on:
            self.death = Death(on, row.values[1] or "", row.sources("death_date"))

    def survival(self, row: Row) -> None:
        on, status = day(row.values[0]), row.values[1]
        if on:
            self.alive.append(NewsOfLife(on, row.sources("last_news")))
        if row.visit_date and status:
            self.contacts.append((row.visit_date, status))

    def injected(self, row: Row) -> None:
        if row.values:
            count, *days = row.values
            self.injections += int(count or 0)
            self.shots.extend(filter(None, days))
        self.seen(row)

    def end(self, row: Row) -> None:
        self.ended = row.values[0] or ""
        self.seen(row)

    def withdrew(self, row: Row) -> None:
        self.scope = row.values[0] or ""
        self.seen(row)

    def adverse_event(self, row: Row) -> None:
        grade, start, term, serious, related, action = row.values
        if grade in {"3", "4"}:
            self.severe.extend(row.sources("grade"))
        event = Event(
            term=term or "",
            grade=GRADES.get(grade or ""),
            began=start if start and first_day(start) else "",  # or a reason why there is none
            serious=serious == "yes",
            related=related in RELATED,
            stopped=action == "stopped",
        )
        self.events.append(event)

    def questionnaire(self, row: Row) -> None:
        score = row.values[0]
        if row.visit_date and score:
            hundredths = int(Decimal(score).scaleb(2))
            sources = row.sources(*REPORTED["QOL"])
            self.questionnaires.append(
                Questionnaire(row.visit_date, row.visit, hundredths, sources)
            )

    def at_screening(self, row: Row) -> None:
        if row.visit == SCREENING:
            self.baseline |= zip(ITEMS[row.form], row.values)

    def examined(self, row: Row) -> None:
        self.at_screening(row)
        self.seen(row)


READERS: dict[str, Callable[[Facts, Row], None]] = {
    "RECIST": Facts.recist,
    "NEXT": Facts.next_treatment,
    "DEATH": Facts.died,
    "SURV": Facts.survival,
    "EOT": Facts.end,
    "WITHDRAW": Facts.withdrew,
    "AE": Facts.adverse_event,
    "TUMOUR": Facts.at_screening,
    "DEMOG": Facts.at_screening,
    "VITALS": Facts.examined,
    "QOL": Facts.questionnaire,
    INJECTION: Facts.injected,
}


def withdrawn_on(rows: Iterable[Row]) -> date | None:
    """The day of a withdrawal from further collection."""
    for row in rows:
        if row.form == "WITHDRAW" and row.values[0] == COLLECTION:
            return row.visit_date
    return None


def comes_after(row: Row, withdrawn: date | None) -> bool:
    """Dated after the withdrawal, and not what a public register tells."""
    on = row.visit_date or began(row)
    if withdrawn is None or on is None or row.form == "DEATH":
        return False
    return on > withdrawn


def began(row: Row) -> date | None:
    """The first day of a thing that begins, of an entry without a date of its own."""
    item = BEGINS.get(row.form)
    return first_day(row.values[FEEDS[row.form].index(item)]) if item and row.values else None


def first_day(text: str | None) -> date | None:
    """The day of a date, or the first that a partial one (2019-08, 2019) may stand for."""
    return day(f"{text}-01-01"[:10]) if text else None


def day(text: str | None) -> date | None:
    """A whole date; a partial one or a missing reason is none."""
    try:
        return date.fromisoformat(text) if text and len(text) == 10 else None
    except ValueError:
        return None
