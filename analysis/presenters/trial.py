"""The page of the trial's state: what is left before the lock, who may act, who did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis.models import BlindOpening
from analysis.reads import CentreState
from analysis.rules import OPENERS
from crf.models import TrialLock
from crf.rules import check_not_locked, left_at_lock
from reminet_site.rules import allowed


@dataclass(frozen=True, slots=True)
class LockLine:
    locked: bool
    at: datetime
    by: str
    reason: str
    open_queries: int
    unsigned: int


@dataclass(frozen=True, slots=True)
class OpeningView:
    """The opening of the blind so far."""

    requested_by: str
    requested_at: datetime
    reason: str
    confirmed_by: str
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrialPage:
    """`can_request`, `can_confirm` and `why_not` drive the buttons of the opening."""

    locked: bool
    centres: tuple[CentreState, ...]
    missing: Mapping[str, int]  # forms due and not entered, by centre
    # casebooks not signed as they stand, by centre; None where the definition has no milestones
    unsigned: Mapping[str, int] | None
    screened: int
    randomised: int
    entries: int
    incomplete: int
    open_queries: int
    history: tuple[LockLine, ...]
    opening: OpeningView | None
    is_open: bool
    can_lock: bool
    can_unlock: bool
    can_request: bool
    can_confirm: bool
    why_not: str
    can_read_final: bool
    second_role: str
    locked_words: str = ""  # the sentence that says so, where the trial is
    lock_asks: str = ""  # why the lock asks for a reason, where it does
    before_lock: str = ""  # what the data lack that the signature of the lock declares complete


def trial_page(
    centres: Sequence[CentreState],
    missing: Mapping[str, int],
    unsigned: Mapping[str, int] | None,
    history: Sequence[TrialLock],
    opening: BlindOpening | None,
    *,
    user_id: int,
    role: str,
    can_lock: bool,
    can_read_final: bool,
    drafts: int = 0,
) -> TrialPage:
    locked = bool(history and history[0].locked)
    is_open = bool(opening and opening.confirmed_at)
    blank = sum(one.incomplete for one in centres)
    queries = sum(one.open_queries + one.answered_queries for one in centres)
    request, confirm, why_not = opening_acts(locked, opening, user_id, role)
    return TrialPage(
        locked=locked,
        centres=tuple(centres),
        missing=missing,
        unsigned=unsigned,
        screened=sum(one.screened for one in centres),
        randomised=sum(one.randomised for one in centres),
        entries=sum(one.entries for one in centres),
        incomplete=blank,
        open_queries=queries,
        lock_asks=left_at_lock(queries, sum((unsigned or {}).values())),
        history=tuple(
            LockLine(
                one.locked,
                one.at,
                one.by.name if one.by else "",
                one.reason,
                one.open_queries,
                one.unsigned or 0,
            )
            for one in history
        ),
        opening=opening_view(opening),
        is_open=is_open,
        can_lock=can_lock and not locked,
        can_unlock=can_lock and locked and not is_open,
        can_request=request,
        can_confirm=confirm,
        why_not=why_not,
        can_read_final=can_read_final and is_open,
        second_role=second_role(opening),
        locked_words=allowed(check_not_locked, locked),
        before_lock=before_lock(sum(missing.values()), blank, drafts),
    )


def before_lock(missing: int, blank: int, drafts: int = 0) -> str:
    """ "In the whole trial 3 forms are due and missing, 2 forms have items left blank. ..." """
    typed = ngettext(
        "%(n)d form is typed and not saved: it is no data, and after the lock nobody can save it.",
        "%(n)d forms are typed and not saved: they are no data, and after the lock nobody can save "
        "them.",
        drafts,
    )
    more = [typed % {"n": drafts}] if drafts else []
    if not missing and not blank:
        said = _("In the whole trial no form is due and missing, and none has items left blank.")
        return " ".join([said, *more])
    lack = ngettext("%(n)d form is due and missing", "%(n)d forms are due and missing", missing)
    half = ngettext("%(n)d form has items left blank", "%(n)d forms have items left blank", blank)
    said = _(
        "In the whole trial %(missing)s, %(blank)s. Whoever locks declares the data complete."
    ) % {"missing": lack % {"n": missing}, "blank": half % {"n": blank}}
    return " ".join([said, *more])


def opening_view(opening: BlindOpening | None) -> OpeningView | None:
    if opening is None:
        return None
    return OpeningView(
        opening.requested_by.name,
        opening.requested_at,
        opening.reason,
        opening.confirmed_by.name if opening.confirmed_by else "",
        opening.confirmed_at,
    )


def second_role(opening: BlindOpening | None) -> str:
    if opening is None:
        return ""
    return next(_(role.label) for role in OPENERS if role.value != opening.requested_role)


def opening_acts(
    locked: bool, opening: BlindOpening | None, user_id: int, role: str
) -> tuple[bool, bool, str]:
    """(may ask, may confirm, why neither). The rules refuse by the same facts."""
    if opening is not None and opening.confirmed_at:
        return False, False, ""
    if not locked:
        return False, False, _("The trial is not locked yet.")
    if not role:
        said = _("Two persons open it: the sponsor manager and the trial statistician.")
        return False, False, said
    if opening is None:
        return True, False, ""
    if opening.requested_by_id == user_id or opening.requested_role == role:
        said = _("Asked for. The %(role)s confirms it.")
        return False, False, said % {"role": second_role(opening).lower()}
    return False, True, ""
