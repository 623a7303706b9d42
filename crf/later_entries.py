"""The last entry of a casebook that is dated after a day, and how it is called."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from crf.definition import Text
from crf.definition.plan import Landmark
from crf.reads import Place
from crf.words import form_words, language


def day_of(place: Place, mark: Landmark | None, answers: Mapping[str, Any]) -> str | None:
    """The whole day that is typed on the form of this landmark; None on any other form."""
    on = answers.get(place.compiled.form.dated_by)
    if mark is None or place.form != mark.form or not isinstance(on, str) or len(on) != 10:
        return None
    return on


def last_after(place: Place, on: str, counts: Callable[[str], bool]) -> tuple[str, str, str] | None:
    """(day, visit, form) of the last entry of a later day, of the forms that count; no statement,
    for the page knows the day of every entry."""
    later = [(one[2], one[0], one[1]) for one in place.entered if len(one) > 2]
    return max((one for one in later if counts(one[2]) and one[0] > on), default=None)


def told_of(place: Place, sentence: str, later: tuple[str, str, str]) -> Text:
    """The sentence with `form` and `day` of it, in both languages."""
    said = []
    for spoken in ("en", "fr"):
        with override(spoken):
            said.append(_(sentence) % {"form": named(place, later), "day": shown(later[0])})
    return Text(*said)


def named(place: Place, later: tuple[str, str, str]) -> str:
    """The page knows no number of an entry: of a form that repeats its title is named alone."""
    _day, visit, form = later
    definition = place.study.definition
    known = definition.form_by_name.get(form)
    alone = known.title[language()] if known and known.repeats else ""
    return alone or form_words(definition, form, visit)


def shown(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}"
