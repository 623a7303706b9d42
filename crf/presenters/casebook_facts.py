"""The strip under the title of a casebook: status, dates, what is next, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crf.definition.schedule import DueVisit, Facts, next_visit
from crf.presenters.home import title_of
from crf.presenters.needs import Need
from crf.presenters.words import ahead, day, days
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
    coming = next_words(due, today, language)
    if coming:
        found.append(Fact(_("Next visit"), *coming))
    found.append(Fact(_("Needs you"), "", needs=needs))
    return tuple(found)


def next_words(due: Sequence[DueVisit], today: date, language: str) -> tuple[str, str] | None:
    """The visit that comes next with its day, or the last one that it may be held on; how far."""
    one = next_visit(due)
    if one is None or one.target is None:
        return None
    title, on = title_of(one, language), day(one.target, today)
    if one.target >= today:
        return f"{title}, {on}", ahead((one.target - today).days)
    end = one.window_end or one.target
    if end < today:
        return f"{title}, {on}", _("Late %(days)s") % {"days": days((today - end).days)}
    until = _("until %(day)s") % {"day": day(end, today)}
    return f"{title}, {until}", ahead((end - today).days)


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
    if facts.ends_on:
        return _("In follow-up")
    return _("On treatment") if injections(due) else pgettext("one", "Randomised")


def progress(due: Sequence[DueVisit], facts: Facts, today: date) -> str:
    """ "9 injection visits, month 8": the months that somebody was or is in the trial."""
    given = injections(due)
    parts = []
    if given:
        parts.append(
            ngettext("%(n)d injection visit", "%(n)d injection visits", given) % {"n": given}
        )
    until = min(on for on in (today, facts.died_on, facts.left_on) if on)
    if facts.randomised_on and until >= facts.randomised_on:
        month = int((until - facts.randomised_on).days / 30.4375)
        if month:
            parts.append(_("month %(n)d") % {"n": month})
    return ", ".join(parts)
