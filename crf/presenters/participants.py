"""The list of a centre's participants, and the page that screens one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crf.presenters.casebook_facts import next_words
from crf.presenters.words import State, day, state
from crf.presenters.work import ParticipantWork, waiting


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One participant in the list."""

    code: str
    state: State
    screened: str
    randomised: str
    number: str
    next: str
    queries: int
    late: int
    frozen: str = ""  # since when


@dataclass(frozen=True)
class ParticipantsPage:
    """All that crf/participants.html shows."""

    centre: str
    centre_code: str
    lines: tuple[ParticipantLine, ...]
    can_screen: bool


def participants_page(
    *,
    language: str,
    centre: str,
    centre_code: str,
    today: date,
    participants: Sequence[ParticipantWork],
    numbers: dict[str, str],
    frozen: dict[str, str],
    can_screen: bool,
) -> ParticipantsPage:
    """The list; by code: `numbers`, of the randomisation; `frozen`, the day of the freeze."""
    lines = tuple(
        replace(
            _line(one, numbers.get(one.code, ""), language, today), frozen=frozen.get(one.code, "")
        )
        for one in participants
    )
    return ParticipantsPage(centre, centre_code, lines, can_screen)


def _line(one: ParticipantWork, number: str, language: str, today: date) -> ParticipantLine:
    lapsed = one.over(today)
    late = len(waiting(one, today).late)
    coming = next_words(one.due, today, language)
    if lapsed:
        shown = state("missing", _("Not eligible") if one.screen_failed else _("Not randomised"))
    elif one.left:
        shown = state("missing", one.left)
    elif one.randomised_on is None:
        shown = state("due" if one.ready else "draft", _("In screening"))
    elif one.stopped:
        shown = state("entered", _("In follow-up"))
    elif one.injections:
        shown = state("verified", _("On treatment"))
    else:
        shown = state("verified", pgettext("one", "Randomised"))
    return ParticipantLine(
        code=one.code,
        state=shown,
        screened=day(one.screened_on),
        randomised=day(one.randomised_on),
        number=number,
        next=coming[0] if coming else "",
        queries=one.open_queries,
        late=late,
    )


@dataclass(frozen=True)
class ScreenPage:
    """All that crf/screen.html shows. `screened_on` is what stands in the box, as typed."""

    centre: str
    centre_code: str
    next_code: str
    screened_on: str
    closed: str = ""  # why nobody is screened here now; then there is no form
    refused: str = ""
    finding: str = ""  # a sentence about the date
