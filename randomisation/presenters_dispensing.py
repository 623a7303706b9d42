"""What the receipt says of the kit that comes next. Nothing of it depends on an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from crf.definition import Definition
from crf.models import Participant
from crf.words import lower, visit_words
from randomisation.course import Course, coming, injection_due
from randomisation.models import Dispensing
from randomisation.rules import (
    INJECTION,
    check_can_dispense,
    check_kit_visit,
    check_kits_left,
    check_treatment_goes_on,
    early_by,
)
from reminet_site.rules import allowed


@dataclass(frozen=True, slots=True)
class NextKit:
    """The kit that comes next: asked for by a button, where nothing refuses it."""

    visit: str
    words: str  # "injection 2"
    refused: str = ""
    early: str = ""  # why a tick is asked for too: "Injection 2 is due on 12/11/2019."
    before: tuple[str, str] | None = None  # the injection not entered yet: its title, its form


def next_kit(
    participant: Participant,
    definition: Definition,
    given: Sequence[Dispensing],
    course: Course,
    *,
    today: date,
    locked: bool,
    assured: int,
) -> NextKit:
    """`course`: what the casebook tells; `assured`: kits that the centre can give."""
    have = [one.visit for one in given]
    next_one = coming(have, course)
    open_ones = [one for one in have if one not in course.entered]
    refused = (
        allowed(check_can_dispense, participant, locked)
        or allowed(check_treatment_goes_on, participant, course)
        or allowed(check_kit_visit, definition, next_one, have, course)
        or allowed(check_kits_left, participant.centre, assured)
    )
    due = injection_due(course.visits, next_one)
    return NextKit(
        visit=next_one,
        words=lower(visit_words(definition, next_one)),
        refused=refused,
        early="" if refused else early_by(next_one, due, today, definition),
        before=visit_of(participant.code, open_ones[0], definition) if open_ones else None,
    )


def visit_of(code: str, visit: str, definition: Definition) -> tuple[str, str]:
    """The title of an injection and the address of its form."""
    return visit_words(definition, visit), reverse("crf:form", args=[code, visit, INJECTION, 1])
