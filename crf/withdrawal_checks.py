"""What is saved of days after a withdrawal of consent, told on the form of the withdrawal.

Nothing dated later is recorded once the withdrawal is saved, so that an entry of a later day can't
be corrected any more either: one of the two days is probably wrong.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from crf.definition import Finding, Text
from crf.reads import Place
from crf.words import form_words, language

CHECK = "crf.withdrawal"  # no check of a form has a dot in its name
SENTENCE = gettext_noop(
    "%(form)s of %(day)s is saved, after this withdrawal. Correct one of the two days, or say why "
    "both are right: from then on entries of later days can't be changed."
)


def findings(place: Place, answers: Mapping[str, Any]) -> Iterator[Finding]:
    """The last such entry; no statement: the page knows the day of every entry."""
    marks = place.study.definition.trial.landmarks
    mark, told_later = marks.withdrawn, marks.from_registers
    item = place.compiled.form.dated_by
    on = answers.get(item)
    if mark is None or place.form != mark.form or not isinstance(on, str) or len(on) != 10:
        return
    if mark.value and answers.get(mark.item) != mark.value:
        return
    apart = {mark.form, told_later.form if told_later else ""}
    later = [(one[2], one[0], one[1]) for one in place.entered if len(one) > 2]
    last = max((one for one in later if one[2] not in apart and one[0] > on), default=None)
    if last is None:
        return
    day, visit, form = last
    said = []
    for spoken in ("en", "fr"):
        with override(spoken):
            said.append(in_words(place, day, visit, form))
    yield Finding("soft", item, "", CHECK, Text(*said))


def in_words(place: Place, day: str, visit: str, form: str) -> str:
    """The page knows no number of an entry: of a form that repeats its title is named alone."""
    definition = place.study.definition
    shown = f"{date.fromisoformat(day):%d/%m/%Y}"
    known = definition.form_by_name.get(form)
    alone = known.title[language()] if known and known.repeats else ""
    where = alone or form_words(definition, form, visit)
    return _(SENTENCE) % {"form": where, "day": shown}


def told(said: str) -> str:
    """The form page has it in both languages, and no query is raised by it."""
    return said
