"""What is saved of days after a withdrawal of consent, told on the form of the withdrawal.

Nothing dated later is recorded once the withdrawal is saved, so that an entry of a later day can't
be corrected any more either: one of the two days is probably wrong.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from crf.definition import Finding
from crf.definition.model import EMPTY
from crf.later_entries import day_of, last_after, told_of
from crf.reads import Place

CHECK = "crf.withdrawal"  # no check of a form has a dot in its name
DEVIATION = EMPTY  # one of two days is wrong
SENTENCE = gettext_noop(
    "%(form)s of %(day)s is saved, after this withdrawal. Correct one of the two days, or say why "
    "both are right: from then on entries of later days can't be changed."
)


def findings(place: Place, answers: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a withdrawal from further collection, the last such entry."""
    marks = place.study.definition.trial.landmarks
    mark, told_later = marks.withdrawn, marks.from_registers
    on = day_of(place, mark, answers)
    if on is None:
        return
    if mark.value and answers.get(mark.item) != mark.value:
        return
    apart = {mark.form, told_later.form if told_later else ""}
    later = last_after(place, on, lambda form: form not in apart)
    if later is not None:
        item = place.compiled.form.dated_by
        yield Finding("soft", item, "", CHECK, told_of(place, SENTENCE, later))


def told(said: str) -> str:
    """The form page has it in both languages, and no query is raised by it."""
    return said
