"""What the receipt says of the kits that were given, and of the one that comes next. Nothing of it
depends on an arm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from crf.definition import Definition
from crf.models import Participant
from crf.words import lower, visit_words
from randomisation.course import Course, coming, injection_due, to_replace
from randomisation.eligibility import Gate
from randomisation.models import Dispensing, KitStatus
from randomisation.reads import last_kits
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
class GivenKit:
    """A kit given to the participant, for a visit that is named and linked to."""

    visit: str
    for_visit: str  # the same within a sentence
    url: str
    number: str
    on: date
    expires_on: date
    fate: str  # one of FATES
    why: str  # what was said when it was set aside

    @property
    def fate_words(self) -> str:
        return FATES[self.fate]()


# What became of a kit that was given, as the casebook and the pharmacy tell it.
FATES: dict[str, Callable[[], str]] = {
    "kept": lambda: _("kept for this participant"),
    "used": lambda: _("used"),
    "unused": lambda: _("not used: nothing was given at that visit"),
    "other": lambda: _("not used: another number is entered for that visit"),
    "unnamed": lambda: _("no number is entered for that visit"),
    "aside": lambda: _("set aside"),
    "returned": lambda: _("returned"),
    "destroyed": lambda: _("destroyed"),
}
LEFT_AS = {KitStatus.RETURNED: "returned", KitStatus.DESTROYED: "destroyed"}


def given_kit(code: str, one: Dispensing, gate: Gate, course: Course) -> GivenKit:
    words, address = visit_of(code, one.visit, gate.definition)
    aside: bool = one.set_aside  # type: ignore[attr-defined]
    why: str = one.why if aside else ""  # type: ignore[attr-defined]
    return GivenKit(
        visit=words,
        for_visit=lower(words),
        url=address,
        number=one.kit.number,
        on=one.dispensed_on,
        expires_on=one.kit.expires_on,
        fate=fate_of(one, aside, course),
        why=why,
    )


def fate_of(one: Dispensing, aside: bool, course: Course) -> str:
    if one.kit.status in LEFT_AS and (aside or one.visit in course.missed):
        return LEFT_AS[KitStatus(one.kit.status)]
    if aside:
        return "aside"
    if one.visit in course.missed:
        return "unused"
    if one.visit not in course.entered:
        return "kept"
    number = course.numbers.get(one.visit)
    if not number:
        return "unnamed"
    return "used" if number == one.kit.number else "other"


@dataclass(frozen=True, slots=True)
class NextKit:
    """A kit that may be taken: asked for by a button, where nothing refuses it."""

    visit: str
    words: str  # "injection 2"
    refused: str = ""
    early: str = ""  # why a tick is asked for too: "Injection 2 is due on 12/11/2019."
    replaces: str = ""  # the number of the kit that was set aside
    why: str = ""  # what was said of it then


@dataclass(frozen=True, slots=True)
class ToTake:
    """What the receipt offers: a kit in another one's place, the next one, or both."""

    kits: tuple[NextKit, ...]
    before: tuple[str, str] | None = None  # the injection not entered yet: its title, its form


def kits_to_take(
    participant: Participant,
    definition: Definition,
    given: Sequence[Dispensing],
    course: Course,
    *,
    today: date,
    locked: bool,
    assured: int,
) -> ToTake:
    """`course`: what the casebook tells; `assured`: kits that the centre can give.

    While the kit of an injection that is still to come is set aside, that one is replaced first.
    """
    last = last_kits(given)
    again = to_replace(last, course)
    visits = [again] if again else []
    if not again or again in course.entered:
        visits.append(coming(last, course))
    open_ones = [one for one in last if one not in course.entered]

    def offer(visit: str) -> NextKit:
        refused = (
            allowed(check_can_dispense, participant, locked)
            or allowed(check_treatment_goes_on, participant, course)
            or allowed(check_kit_visit, definition, visit, last, False, course)
            or allowed(check_kits_left, participant.centre, assured)
        )
        due = injection_due(course.visits, visit)
        one = last.get(visit)
        return NextKit(
            visit=visit,
            words=lower(visit_words(definition, visit)),
            refused=refused,
            early="" if refused else early_by(visit, due, today, definition),
            replaces=one.kit.number if one else "",
            why=one.why if one else "",  # type: ignore[attr-defined]
        )

    return ToTake(
        kits=tuple(offer(visit) for visit in visits),
        before=visit_of(participant.code, open_ones[0], definition) if open_ones else None,
    )


def visit_of(code: str, visit: str, definition: Definition) -> tuple[str, str]:
    """The title of an injection and the address of its form."""
    return visit_words(definition, visit), reverse("crf:form", args=[code, visit, INJECTION, 1])
