"""The freeze of one casebook, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf.presenters.words import State, day, moment, state
from reminet_site.clock import day_at

if TYPE_CHECKING:
    from crf.models import Freeze
    from crf.reads_freeze import Saved
    from reminet_site.models import Centre


@dataclass(frozen=True, slots=True)
class FreezeLine:
    """One freeze, or one that was taken back."""

    when: str
    what: str
    who: str
    forms: str
    reason: str


@dataclass(frozen=True)
class FreezePage:
    """All that crf/freeze.html shows. `waits` is why it can't be frozen now, "" where it can."""

    code: str
    centre: str
    centre_code: str
    state: State
    line: str
    button: str
    waits: str
    queries: int
    seen: str
    frozen: bool
    may: bool
    history: tuple[FreezeLine, ...]


def freeze_page(
    *,
    code: str,
    centre: Centre,
    saved: Saved,
    waits: str,
    may: bool,
    history: Sequence[Freeze],
) -> FreezePage:
    return FreezePage(
        code=code,
        centre=centre.name,
        centre_code=centre.code,
        state=standing(saved.frozen_at, centre),
        line=what_is_saved(saved),
        button=ngettext("Freeze %(n)d form", "Freeze %(n)d forms", saved.since)
        % {"n": saved.since},
        waits=waits,
        queries=saved.queries,
        seen=saved.mark,
        frozen=saved.frozen_at is not None,
        may=may,
        history=tuple(line(one, centre) for one in history),
    )


def standing(frozen_at: datetime | None, centre: Centre) -> State:
    if frozen_at is None:
        return state("planned", _("Not frozen"))
    on = day(day_at(frozen_at, centre))
    return state("locked", _("Frozen since %(day)s") % {"day": on})


def what_is_saved(saved: Saved) -> str:
    """ "41 forms saved, 3 of them after the freeze"."""
    forms = ngettext("%(n)d form saved", "%(n)d forms saved", saved.entries) % {"n": saved.entries}
    if saved.frozen_at is None or not saved.since:
        return forms
    return _("%(forms)s, %(n)d of them after the freeze") % {"forms": forms, "n": saved.since}


def line(one: Freeze, centre: Centre) -> FreezeLine:
    forms = ngettext("%(n)d form", "%(n)d forms", one.entries) % {"n": one.entries}
    return FreezeLine(
        when=moment(one.at, centre.timezone),
        what=_("Frozen") if one.frozen else _("Freeze taken back"),
        who=str(one.by or ""),
        forms=forms,
        reason=one.reason,
    )


def held(frozen_at: datetime | None, centre: Centre) -> str:
    """The sentence in the head of a frozen casebook; "" where it is not."""
    if frozen_at is None:
        return ""
    on = {"day": day(day_at(frozen_at, centre))}
    return _("Frozen since %(day)s: what was saved until then is read, not changed.") % on
