"""The list of a centre's protocol deviations, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf.definition import Definition
from crf.definition.deviations import AWAY, MISSED, Deviation
from crf.presenters.words import day
from crf.words import form_words, language, visit_words


@dataclass(frozen=True, slots=True)
class DeviationLine:
    """One deviation, with the page of the casebook that it is about."""

    code: str
    visit: str
    form: str
    number: int
    place: str
    what: str
    planned: str
    held: str
    comment: str


@dataclass(frozen=True, slots=True)
class DeviationsPage:
    """All that crf/deviations.html shows."""

    centre: str
    centre_code: str
    lines: tuple[DeviationLine, ...]


def deviation_line(code: str, one: Deviation, definition: Definition) -> DeviationLine:
    scheduled = one.kind in (AWAY, MISSED)
    return DeviationLine(
        code=code,
        visit=one.visit,
        form=one.form,
        number=one.number,
        place=visit_words(definition, one.visit)
        if scheduled
        else form_words(definition, one.form, one.visit, one.number),
        what=what_words(one),
        planned=day(one.planned_on),
        held=day(one.held_on),
        comment=one.comment,
    )


def what_words(one: Deviation) -> str:
    """ "Held 9 days after its day", "Not held", or what the check calls it."""
    if one.kind == MISSED:
        return _("Not held")
    if one.kind == AWAY:
        count = abs(one.days)
        late = ngettext("Held %(n)d day after its day", "Held %(n)d days after its day", count)
        early = ngettext("Held %(n)d day before its day", "Held %(n)d days before its day", count)
        return (late if one.days > 0 else early) % {"n": count}
    return one.what[language()]
