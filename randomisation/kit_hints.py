"""Which kit was taken for a visit, said beside the item that asks for its number."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from crf.presenters.form_data import Beside
from crf.presenters.words import day
from crf.reads import Place
from randomisation.reads import dispensings_of


def beside(place: Place) -> dict[str, Beside]:
    """By field; a form without that item costs no statement."""
    mark = place.study.definition.trial.landmarks.kit
    if mark is None or place.form != mark.form:
        return {}
    taken = dispensings_of(place.participant).filter(visit=place.visit)
    kits = taken.values_list("kit__number", "dispensed_on", "set_aside")
    return {mark.item: said(list(kits))}


def said(kits: list[tuple[str, date, bool]]) -> Beside:
    """The kits with the day of each, and whether it is set aside; the number is offered where
    there is one alone that is not."""
    if not kits:
        return Beside(_("No kit was taken for this visit yet."))
    usable = [number for number, _on, aside in kits if not aside]
    words = _("Taken for this visit: %(kits)s") % {"kits": "; ".join(map(named, kits))}
    if not usable:
        words += ". " + _("Take another one under Number and kits in the casebook.")
    return Beside(words, offer=usable[0] if len(usable) == 1 else "")


def named(kit: tuple[str, date, bool]) -> str:
    number, on, aside = kit
    words = _("kit %(number)s, %(day)s, set aside") if aside else _("kit %(number)s, %(day)s")
    return words % {"number": number, "day": day(on)}
