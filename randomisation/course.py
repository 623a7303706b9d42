"""What the casebook tells of a participant's treatment: for which injection a kit comes next.

Everything here follows from entries and from the visits that have a kit; none of it from an arm.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from crf import calendar, study
from crf.definition import CompiledForm, DueVisit, Facts
from crf.definition.schedule import NOT_DONE
from crf.models import Entry, Participant
from randomisation.models import Dispensing
from randomisation.rules import INJECTION, ordinal


@dataclass(frozen=True, slots=True)
class Course:
    """The turns in a participant's course, its visits, and what its injections say."""

    facts: Facts
    visits: tuple[DueVisit, ...] = ()  # entered, due or planned soon
    entered: frozenset[str] = frozenset()  # visits whose injection is entered
    missed: frozenset[str] = frozenset()  # of those, where the form says that nothing was given
    numbers: Mapping[str, str] = field(default_factory=dict)  # visit -> the kit's as entered


def course_of(participant: Participant, today: date) -> Course:
    """As the casebook tells it, in two statements."""
    definition = study.current().definition
    entries = calendar.summaries(participant=participant)
    facts = calendar.facts_of(definition, participant, entries)
    injections = dict(
        Entry.objects.filter(participant=participant, form=INJECTION).values_list("visit", "data")
    )
    return Course(
        facts=facts,
        visits=calendar.visits_of(definition, facts, entries, today),
        entered=frozenset(injections),
        missed=missed_of(injections),
        numbers=numbers_of(injections),
    )


def numbers_of(injections: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    mark = study.current().definition.trial.landmarks.kit
    if mark is None or mark.form != INJECTION:
        return {}
    return {visit: typed_number(answers, mark.item) for visit, answers in injections.items()}


def typed_number(answers: Mapping[str, Any], item: str) -> str:
    """The number as typed; "" where there is none, or a reason for having none."""
    kept = answers.get(item)
    return kept.strip() if isinstance(kept, str) else ""


def missed_of(injections: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """`injections`: visit -> answers; the visits at which nothing was given, as they say."""
    mark = study.current().definition.trial.landmarks.kit
    if mark is None or mark.form != INJECTION:
        return frozenset()
    form = study.current().form(mark.form)
    return frozenset(
        v for v, answers in injections.items() if asks_no_kit(form, mark.item, answers)
    )


def asks_no_kit(form: CompiledForm, item: str, answers: Mapping[str, Any]) -> bool:
    """The answers are such that the form does not ask for a kit's number; where one that decides
    this is blank, nothing is said."""
    rule = form.items[item].show_if
    if rule is None or answers.get(item) is not None:
        return False
    if any(answers.get(ref.item) is None for ref in rule.refs):
        return False
    return item not in form.evaluate(answers).visible


def coming(given: Collection[str], course: Course) -> str:
    """The injection that a kit is taken for next; `given`: visits that have one.

    It is the last that is entered or one after it, and none at which nothing was given: a kit
    for a visit that was passed over is not asked for any more.
    """
    gone = {*given, *course.missed}
    turn = last_entered(course) or 1
    while (visit := f"{INJECTION}-{turn:02d}") in gone:
        turn += 1
    return visit


def to_replace(given: Mapping[str, Dispensing], course: Course) -> str:
    """The injection whose kit was set aside and that may still be given; "" where there is none.

    `given`: visit -> the kit that was given for it last.
    """
    reached = last_entered(course)
    for visit in sorted(given, key=ordinal):
        aside = given[visit].set_aside  # type: ignore[attr-defined]
        if aside and visit not in course.missed and ordinal(visit) >= reached:
            return visit
    return ""


def last_entered(course: Course) -> int:
    """29 of INJ-29, the last injection that is entered; 0 before the first."""
    return max((ordinal(visit) for visit in course.entered), default=0)


def injection_due(visits: Iterable[DueVisit], visit: str) -> date | None:
    """The day of an injection by the schedule; None where it is not planned (any more).

    Each hangs on the one before, so a later one is counted on from the last that is planned.
    """
    definition = study.current().definition
    last = None
    for one in visits:
        if INJECTION not in one.forms:
            continue
        if one.code == visit:
            return one.visit_date or one.target
        if one.visit_date is None and one.state != NOT_DONE:
            last = one
    if last is None or last.target is None:
        return None
    between = ordinal(visit) - ordinal(last.code)
    if between < 0:
        return None
    return last.target + timedelta(days=round(between * definition.visit(visit).every_days))
