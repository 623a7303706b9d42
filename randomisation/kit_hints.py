"""Which kit was taken for a visit, said beside the item that asks for its number."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from crf.presenters.form_data import Beside
from crf.presenters.words import day
from crf.reads import Place
from randomisation.models import Dispensing


def beside(place: Place) -> dict[str, Beside]:
    """By field; a form without that item costs no statement."""
    mark = place.study.definition.trial.landmarks.kit
    if mark is None or place.form != mark.form:
        return {}
    taken = Dispensing.objects.filter(participant=place.participant, visit=place.visit)
    kits = list(taken.order_by("turn").values_list("kit__number", "dispensed_on"))
    return {mark.item: said(kits)}


def said(kits: list[tuple[str, date]]) -> Beside:
    """The kits with the day of each; the number is offered where there is one alone."""
    if not kits:
        return Beside(_("No kit was taken for this visit yet."))
    named = [
        _("kit %(number)s, %(day)s") % {"number": number, "day": day(on)} for number, on in kits
    ]
    words = _("Taken for this visit: %(kits)s") % {"kits": "; ".join(named)}
    return Beside(words, offer=kits[0][0] if len(kits) == 1 else "")
