"""The pages on which casebooks are signed: of one participant, and the list of a centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf.presenters.words import State, state
from reminet_site.signatures.reads import Signed


@dataclass(frozen=True, slots=True)
class FormLink:
    """A form in words, and where it stands."""

    words: str
    visit: str
    form: str
    number: int


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """One milestone of a participant. `seen` is the hash of the answers that the page tells of."""

    name: str
    title: str
    state: State
    line: str  # "7 forms saved, 2 queries not closed, 3 items blank"
    lacks: str  # what is not there yet, of what the schedule asks for; "" where all is
    changed: bool  # since the last signature
    saved_since: tuple[FormLink, ...]
    since_words: str  # since when
    signed: tuple[Signed, ...]
    signs_too: tuple[str, ...]  # titles of what is signed with it
    can_sign: bool
    early: bool  # nobody asks for it yet
    seen: str


@dataclass(frozen=True, slots=True)
class EndorsementPage:
    """All that crf/endorsement.html shows."""

    code: str
    centre: str
    centre_code: str
    milestones: tuple[MilestoneView, ...]
    meaning: str
    asks: bool  # nobody may sign what the reader may not
    opened: str  # the moment of this page, which the forms send back


@dataclass(frozen=True, slots=True)
class CasebookLine:
    """One participant in the list of a centre: a state, or None, for each milestone."""

    code: str
    milestones: tuple[State | None, ...]


@dataclass(frozen=True, slots=True)
class CasebooksPage:
    """All that crf/casebooks.html shows."""

    centre: str
    centre_code: str
    columns: tuple[str, ...]
    lines: tuple[CasebookLine, ...]
    line: str


def standing_state(kind: str, asked: bool, on: str = "") -> State:
    """`kind` as `crf.endorsement` says it; `on` is the day of the signature."""
    if kind == "signed":
        return state("signed", _("Signed %(day)s") % {"day": on} if on else _("Signed"))
    if kind == "changed":
        return state("late", _("Changed since it was signed"))
    return state("due", _("To be signed")) if asked else state("planned", _("Asked for later"))


def what_it_holds(forms: int, queries: int, blank: int) -> str:
    """ "7 forms saved, 2 queries not closed, 3 items blank"."""
    parts = [ngettext("%(n)d form saved", "%(n)d forms saved", forms) % {"n": forms}]
    if queries:
        words = ngettext("%(n)d query not closed", "%(n)d queries not closed", queries)
        parts.append(words % {"n": queries})
    if blank:
        parts.append(ngettext("%(n)d item blank", "%(n)d items blank", blank) % {"n": blank})
    return ", ".join(parts)


def what_it_lacks(missing: int, drafts: int) -> str:
    """ "3 forms due and not saved, 1 draft of yours"; "" where nothing is."""
    parts = []
    if missing:
        words = ngettext("%(n)d form due and not saved", "%(n)d forms due and not saved", missing)
        parts.append(words % {"n": missing})
    if drafts:
        words = ngettext("%(n)d draft of yours", "%(n)d drafts of yours", drafts)
        parts.append(words % {"n": drafts})
    return ", ".join(parts)


def to_do(lines: Sequence[CasebookLine]) -> str:
    """What the head of the centre's list says."""
    waits = sum(any(one and one.kind in ("due", "late") for one in x.milestones) for x in lines)
    left = sum(any(one and one.kind != "signed" for one in x.milestones) for x in lines)
    words = ngettext(
        "%(n)d casebook waits for a signature", "%(n)d casebooks wait for a signature", waits
    )
    found = [words % {"n": waits} if waits else _("nothing waits for a signature")]
    if left > waits:
        words = ngettext("%(n)d is asked for later", "%(n)d are asked for later", left - waits)
        found.append(words % {"n": left - waits})
    return ", ".join(found)
