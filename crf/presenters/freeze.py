"""The freeze of one casebook, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf.presenters.words import State, day, moment, state
from reminet_site.clock import day_at

if TYPE_CHECKING:
    from crf.models import Freeze
    from crf.reads import Held
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
    lines: tuple[str, ...]
    button: str
    waits: str
    queries: int
    seen: str
    may_freeze: bool
    may_take_back: bool
    history: tuple[FreezeLine, ...]


def freeze_page(
    *,
    code: str,
    centre: Centre,
    saved: Saved,
    waits: str,
    may_freeze: bool,
    may_take_back: bool,
    history: Sequence[Freeze],
) -> FreezePage:
    words = ngettext("Freeze %(n)d form", "Freeze %(n)d forms", saved.since)
    return FreezePage(
        code=code,
        centre=centre.name,
        centre_code=centre.code,
        state=standing(saved.held, centre),
        lines=tuple(what_is_saved(saved)),
        button=words % {"n": saved.since},
        waits=waits,
        queries=saved.queries,
        seen=saved.mark,
        may_freeze=may_freeze,
        may_take_back=may_take_back,
        history=tuple(line(one, centre) for one in history),
    )


def standing(held: Held | None, centre: Centre) -> State:
    if held is None:
        return state("planned", _("Not frozen"))
    on = day(day_at(held.at, centre))
    return state("locked", _("Frozen since %(day)s") % {"day": on})


def what_is_saved(saved: Saved) -> Iterator[str]:
    """ "41 forms saved beside the adverse events, 3 of them after the freeze"."""
    count = len(saved.versions)
    forms = ngettext(
        "%(n)d form saved, adverse events apart",
        "%(n)d forms saved, adverse events apart",
        count,
    ) % {"n": count}
    if saved.held and saved.since:
        forms = _("%(forms)s; %(n)d after the freeze") % {"forms": forms, "n": saved.since}
    yield forms
    if saved.blanks:
        yield ngettext(
            "%(n)d form has items left blank, which nobody is asked for while it is frozen.",
            "%(n)d forms have items left blank, which nobody is asked for while they are frozen.",
            saved.blanks,
        ) % {"n": saved.blanks}
    if saved.drafts:
        yield ngettext(
            "%(n)d form is typed and not saved: what is frozen meanwhile can't be saved then.",
            "%(n)d forms are typed and not saved: what is frozen meanwhile can't be saved then.",
            saved.drafts,
        ) % {"n": saved.drafts}


def line(one: Freeze, centre: Centre) -> FreezeLine:
    count = len(one.held)
    forms = ngettext("%(n)d form", "%(n)d forms", count) % {"n": count}
    return FreezeLine(
        when=moment(one.at, centre.timezone),
        what=_("Frozen") if one.frozen else _("Freeze taken back"),
        who=str(one.by or ""),
        forms=forms if one.frozen else "",
        reason=one.reason,
    )


def frozen_words(held: Held | None, centre: Centre) -> str:
    """The sentence in the head of a frozen casebook; "" where it is not."""
    if held is None:
        return ""
    on = {"day": day(day_at(held.at, centre))}
    return (
        _(
            "Frozen since %(day)s: what was saved until then is read, not changed; adverse events "
            "stay open."
        )
        % on
    )
