"""What is saved of days after a death, told on the form of the death.

Forms that say that somebody was seen refuse a day after the death; a death that is entered later
than they were is held against them here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from crf.definition import Finding
from crf.definition.model import EMPTY
from crf.later_entries import day_of, last_after, told_of
from crf.reads import Place

CHECK = "crf.death"  # no check of a form has a dot in its name
DEVIATION = EMPTY  # one of two days is wrong
SENTENCE = gettext_noop(
    "%(form)s of %(day)s is saved, after this death. Correct one of the two days first."
)


def findings(place: Place, answers: Mapping[str, Any]) -> Iterator[Finding]:
    mark = place.study.definition.trial.landmarks.died
    on = day_of(place, mark, answers)
    if on is None:
        return
    later = last_after(place, on, lambda form: refuses_days_after(place, form, place.form))
    if later is not None:
        item = place.compiled.form.dated_by
        yield Finding("hard", item, "", CHECK, told_of(place, SENTENCE, later))


def refuses_days_after(place: Place, form: str, death: str) -> bool:
    """Whether a hard check holds the form's own day against the death, whatever else it says."""
    if form not in place.study.definition.form_by_name:
        return False
    compiled = place.study.form(form)
    day = compiled.form.dated_by
    return any(
        one.check.severity == "hard"
        and death in one.reads
        and {ref.item for ref in one.expression.refs if ref.form != death} == {day}
        for one in compiled.checks
    )


def told(said: str) -> str:
    """The form page has it in both languages, and no query is raised by it."""
    return said
