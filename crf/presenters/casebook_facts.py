"""The strip under the title of a casebook: status, dates, what is next, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crf.definition.schedule import DueVisit, Facts
from crf.presenters.needs import Need
from crf.presenters.words import ahead, day
from crf.presenters.work import injections


@dataclass(frozen=True, slots=True)
class Fact:
    """A term over its value, with a note and what waits under it."""

    term: str
    value: str
    note: str = ""
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True)
class ParticipantFacts:
    """Who the casebook is of, in words ready to show."""

    code: str
    centre: str
    centre_code: str
    line: str = ""  # "born May 1961 · pancreatic NET, G2"
    randomisation_number: str = ""
    randomised_on: date | None = None
    screened_on: date | None = None


def facts_of(
    participant: ParticipantFacts,
    facts: Facts,
    due: Sequence[DueVisit],
    needs: tuple[Need, ...],
    *,
    today: date,
    language: str,
) -> tuple[Fact, ...]:
    """Each fact with its note; `needs` is what waits for the reader."""
    found = [Fact(_("Status"), status(facts, due), progress(due, facts, today))]
    if facts.consented_on or facts.screened_on:
        term = _("Consent") if facts.consented_on else pgettext("one", "Screened")
        found.append(Fact(term, day(facts.consented_on or facts.screened_on)))
    if participant.randomised_on:
        note = _("number %(number)s") % {"number": participant.randomisation_number}
        found.append(Fact(pgettext("one", "Randomised"), day(participant.randomised_on), note))
    coming = [one for one in due if one.visit_date is None and one.target and one.target >= today]
    if coming:
        one = coming[0]
        title = one.title_fr if language == "fr" and one.title_fr else one.title_en
        note = ahead((one.target - today).days) if one.target else ""
        found.append(Fact(_("Next visit"), f"{title}, {day(one.target, today)}", note))
    found.append(Fact(_("Needs you"), "", needs=needs))
    return tuple(found)


def status(facts: Facts, due: Sequence[DueVisit]) -> str:
    """Where the participant is in the trial, in two words."""
    if facts.died_on:
        return _("Died %(day)s") % {"day": day(facts.died_on)}
    if facts.withdrawn_on:
        return _("Withdrew consent %(day)s") % {"day": day(facts.withdrawn_on)}
    if facts.lost_on:
        return _("Lost to follow-up %(day)s") % {"day": day(facts.lost_on)}
    if facts.screen_failed:
        return _("Not eligible")
    if facts.randomised_on is None:
        return _("In screening")
    if facts.stopped_on:
        return _("In follow-up")
    return _("On treatment") if injections(due) else pgettext("one", "Randomised")


def progress(due: Sequence[DueVisit], facts: Facts, today: date) -> str:
    """ "9 injections, month 8": the months that somebody was or is in the trial."""
    given = injections(due)
    parts = []
    if given:
        parts.append(ngettext("%(n)d injection", "%(n)d injections", given) % {"n": given})
    until = min(day for day in (today, facts.died_on, facts.left_on) if day)
    if facts.randomised_on and until >= facts.randomised_on:
        month = int((until - facts.randomised_on).days / 30.4375)
        if month:
            parts.append(_("month %(n)d") % {"n": month})
    return ", ".join(parts)
