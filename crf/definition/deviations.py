"""Where a participant's course is not as the protocol plans it: from schedule and entries. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crf.definition.model import EMPTY, Definition, Text
from crf.definition.schedule import PLANNED, DueVisit, Facts, number_of

AWAY, MISSED, TOLD = "away", "missed", "told"


@dataclass(frozen=True)
class Deviation:
    """A visit held too far from its day, one that was not held, or what a check tells of an entry;
    `comment` is then how it was explained."""

    kind: str
    visit: str
    form: str
    number: int = 1
    planned_on: date | None = None
    held_on: date | None = None
    what: Text = EMPTY
    comment: str = ""

    @property
    def days(self) -> int:
        """How many days after the planned one the visit was held; negative before it."""
        return (self.held_on - self.planned_on).days if self.held_on and self.planned_on else 0


def of_schedule(
    definition: Definition, facts: Facts, due: Sequence[DueVisit]
) -> Iterator[Deviation]:
    """`due` comes from `due_visits`. A visit that is late is none yet: it may still be entered. It
    was not held once the turn of the next one of its kind came, or once the participant has left or
    died."""
    begun: dict[str, int] = {}
    for one in due:
        if one.visit_date or one.state != PLANNED:
            kind = one.code.partition("-")[0]
            begun[kind] = max(begun.get(kind, 0), number_of(one.code))
    gone = min((day for day in (facts.left_on, facts.died_on) if day), default=None)
    for one in due:
        if one.deviation:
            yield Deviation(
                AWAY, one.code, one.forms[0], planned_on=one.target, held_on=one.visit_date
            )
        elif was_missed(definition, one, begun, gone):
            yield Deviation(MISSED, one.code, one.forms[0], planned_on=one.target)


def was_missed(
    definition: Definition, one: DueVisit, begun: dict[str, int], gone: date | None
) -> bool:
    asked = definition.visit(one.code).kind == "repeated" and one.missing == one.forms
    if not asked or not one.forms or one.visit_date or one.window_end is None:
        return False
    turn_passed = number_of(one.code) < begun.get(one.code.partition("-")[0], 0)
    return turn_passed or (gone is not None and one.window_end < gone)


def of_answers(
    definition: Definition,
    visit: str,
    form: str,
    number: int,
    answers: Mapping[str, Any],
    on: date | None,
) -> Iterator[Deviation]:
    """What was answered with a code that the definition calls a deviation."""
    for item, codes in definition.deviating.get(form, {}).items():
        answer = answers.get(item)
        if isinstance(answer, str) and answer in codes:
            yield Deviation(TOLD, visit, form, number, held_on=on, what=codes[answer])


def of_comments(
    definition: Definition,
    visit: str,
    form: str,
    number: int,
    comments: Mapping[str, Mapping[str, str]],
    on: date | None,
    beside: Mapping[str, Text],
) -> Iterator[Deviation]:
    """What was confirmed of an entry against a check that is called a deviation, by the definition
    or, of checks that no form has, by `beside`."""
    found = definition.form_by_name.get(form)
    told = {**beside, **{check.name: check.deviation for check in found.checks}} if found else {}
    for key, said in comments.items():
        what = told.get(key.rpartition(":")[2], EMPTY)
        if what.en:
            yield Deviation(
                TOLD, visit, form, number, held_on=on, what=what, comment=said["comment"]
            )
