"""The dataset with one row a participant: endpoints, how each was derived, from which entries."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, gettext_noop

from analysis.course import Course
from analysis.derivation.conventions import Conventions
from analysis.derivation.participant import DerivedParticipant, derive
from analysis.derivation.sources import DataError, Derived, Source
from analysis.derivation.status import Status
from analysis.derivation.survival import TimeToEvent
from analysis.extraction import Case, review_waits
from reminet_site.spreadsheet import neutral

Words = Sequence[tuple[str, str]]

FILE = "participants.csv"
TIMES = (
    ("pfs", gettext_noop("Progression-free survival")),
    ("pfs_treatment_as_event", gettext_noop("Sensitivity: new anti-tumour treatment as an event")),
    (
        "pfs_missed_censored",
        gettext_noop("Sensitivity: censored after two or more missed assessments"),
    ),
    ("time_to_progression", gettext_noop("Time to progression")),
    ("overall_survival", gettext_noop("Overall survival")),
    ("chemotherapy_free", gettext_noop("Time without chemotherapy")),
    (
        "deterioration",
        gettext_noop("Time until definitive deterioration of the global health status"),
    ),
    ("follow_up", gettext_noop("Potential follow-up")),
)
# The same by the central review; empty where nothing was read.
CENTRAL = "_central"
CENTRAL_VALUES = (
    ("evaluable", gettext_noop("In the evaluable set by the central review (1, 0)")),
    (
        "six_months",
        gettext_noop("Alive without progression at 6 months by the central review (%(statuses)s)"),
    ),
    (
        "twelve_months",
        gettext_noop("Alive without progression at 12 months by the central review (%(statuses)s)"),
    ),
)
CENTRAL_TIMES = (("pfs", gettext_noop("Progression-free survival by the central review")),)
STATUSES = ", ".join(Status)
VALUES = (
    (
        "evaluable",
        gettext_noop(
            "In the evaluable set (1, 0): an evaluable assessment after baseline, or a PFS event"
        ),
    ),
    (
        "reached_six_months",
        gettext_noop("The window of the 6-month assessment closed by the cut-off (1, 0)"),
    ),
    ("six_months", gettext_noop("Alive without progression at 6 months (%(statuses)s)")),
    ("twelve_months", gettext_noop("Alive without progression at 12 months (%(statuses)s)")),
    ("best_response", gettext_noop("Best overall response, RECIST 1.1")),
    ("response_at_six_months", gettext_noop("Response at the 6-month assessment")),
    ("last_news", gettext_noop("Latest date known to be alive")),
)
IDENTITY = (
    ("participant", gettext_noop("Code of the participant")),
    ("centre", gettext_noop("Centre")),
    ("screened_on", gettext_noop("Date of screening")),
    ("randomised_on", gettext_noop("Date of randomisation, day 0")),
    ("randomisation_number", gettext_noop("Randomisation number")),
)
ARM = (("arm", gettext_noop("Arm")),)
SEVERE = (("severe", gettext_noop("An adverse event of grade 3 or 4 (1 yes, 0 no)")),)
COURSE = (
    ("injections", gettext_noop("How many injections were given, late ones (delayed) among them")),
    ("first_injection_on", gettext_noop("Day of the first injection")),
    ("last_injection_on", gettext_noop("Day of the last injection")),
    (
        "treatment_ended",
        gettext_noop("Why the treatment ended, as coded; empty where no form says that it did"),
    ),
    ("lost", gettext_noop("Lost to follow-up (1 yes, 0 no)")),
    ("withdrawn", gettext_noop("Withdrew from further collection (1 yes, 0 no)")),
)
STRATA = (
    (
        "strata_as_randomised",
        gettext_noop("Strata entered at randomisation, which the allocation used"),
    ),
    ("strata_as_corrected", gettext_noop("The same strata with later corrections")),
)
PROBLEM = (
    ("problem", gettext_noop("Why the endpoints could not be derived")),
    ("remarks", gettext_noop("What in the entries does not fit, though it stops no endpoint")),
)


def meanings(by_arm: bool) -> list[tuple[str, str]]:
    """(column, meaning) in order; the meaning in the language of the moment."""
    found = in_words([*IDENTITY, *(ARM if by_arm else ())])
    found += endpoint_meanings(VALUES, TIMES)
    found += endpoint_meanings(CENTRAL_VALUES, CENTRAL_TIMES, CENTRAL)
    return [*found, *in_words([*SEVERE, *COURSE, *STRATA, *PROBLEM])]


def endpoint_meanings(values: Words, times: Words, suffix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, meaning in values:
        what = {"what": gettext(meaning) % {"statuses": STATUSES}}
        found += [(f"{name}{suffix}", what["what"]), *origin(f"{name}{suffix}", what)]
    for name, meaning in times:
        what = {"what": gettext(meaning)}
        found += [
            (f"{name}{suffix}_days", gettext("%(what)s, days since randomisation") % what),
            (f"{name}{suffix}_event", gettext("%(what)s, 1 event, 0 censored") % what),
            *origin(f"{name}{suffix}", what),
        ]
    return found


def in_words(columns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, gettext(meaning)) for name, meaning in columns]


def origin(name: str, what: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (f"{name}_rule", gettext("%(what)s: rule that gave it") % what),
        (f"{name}_sources", gettext("%(what)s: entries that it was read from") % what),
    ]


def rows(
    people: list[dict[str, Any]],
    cases: Mapping[str, Case],
    arm_of: Mapping[str, str] | None,
    conventions: Conventions,
) -> Iterator[list[str]]:
    """One row a screened participant; endpoints only of those randomised."""
    names = [name for name, _ in meanings(arm_of is not None)]
    for person in people:
        cell = {name: person.get(name) or "" for name, _ in IDENTITY}
        cell["participant"] = person["code"]
        if arm_of is not None:
            cell["arm"] = arm_of.get(person["randomisation_number"] or "", "")
        case = cases.get(person["code"])
        if case is not None:
            cell |= endpoints(case, conventions)
        yield [neutral(str(cell.get(name, ""))) for name in names]


def endpoints(case: Case, conventions: Conventions) -> dict[str, str]:
    said = {"severe": "1" if case.severe else "0"} | course_of(case.course)
    if case.strata:
        said |= {name: getattr(case.strata, name.removeprefix("strata_")) for name, _ in STRATA}
    problems, remarks = [], []
    try:
        found = derive(case.record, conventions)
        remarks = [error.sentence for error in found.contradictions]
        said |= values_of(found, VALUES) | times_of(found, TIMES)
    except DataError as error:
        problems.append(error.sentence)
    if case.central is not None:
        try:
            found = derive(case.central, conventions)
            said |= values_of(found, CENTRAL_VALUES, CENTRAL) | waiting(case, conventions)
            said |= times_of(found, CENTRAL_TIMES, CENTRAL)
        except DataError as error:
            problems.append(f"Central review: {error.sentence}")
    return said | {"problem": " ".join(problems), "remarks": " ".join(remarks)}


def waiting(case: Case, conventions: Conventions) -> dict[str, str]:
    """The status by central review is pending while images that may decide it are not read."""
    said: dict[str, str] = {}
    for name in ("six_months", "twelve_months"):
        if review_waits(case, getattr(conventions, name)):
            said |= {
                f"{name}{CENTRAL}": Status.PENDING.value,
                f"{name}{CENTRAL}_rule": "images that may decide it are not read yet",
                f"{name}{CENTRAL}_sources": "",
            }
    return said


def course_of(one: Course) -> dict[str, str]:
    return {
        "injections": str(one.injections),
        "first_injection_on": str(one.first or ""),
        "last_injection_on": str(one.last or ""),
        "treatment_ended": one.ended,
        "lost": "1" if one.lost else "0",
        "withdrawn": "1" if one.withdrawn else "0",
    }


def values_of(found: DerivedParticipant, names: Words, suffix: str = "") -> dict[str, str]:
    cell: dict[str, str] = {}
    for name, _ in names:
        one: Derived[Any] = getattr(found, name)
        cell |= {f"{name}{suffix}": plain(one.value), **origin_of(f"{name}{suffix}", one)}
    return cell


def times_of(found: DerivedParticipant, names: Words, suffix: str = "") -> dict[str, str]:
    cell: dict[str, str] = {}
    for name, _ in names:
        one: Derived[TimeToEvent | None] = getattr(found, name)
        if one.value is not None:
            cell[f"{name}{suffix}_days"] = str(one.value.days)
            cell[f"{name}{suffix}_event"] = plain(one.value.event)
        cell |= origin_of(f"{name}{suffix}", one)
    return cell


def origin_of(name: str, one: Derived[Any]) -> dict[str, str]:
    return {f"{name}_rule": one.rule, f"{name}_sources": named(one.sources)}


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def named(sources: tuple[Source, ...]) -> str:
    """RECIST ASM-06 #1 (entry 812).imaging_date; ..."""
    return "; ".join(
        f"{s.form} {s.visit} #{s.number} (entry {s.entry_id})" + (f".{s.item}" if s.item else "")
        for s in sources
    )
