"""What a casebook asks of its reader, in the words of the work list."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crf.presenters.endorsement import standing_state
from crf.presenters.words import State, state
from crf.presenters.work import Target, Waiting


@dataclass(frozen=True, slots=True)
class Need:
    """What waits for the reader, and where it leads."""

    state: State
    target: Target | None = None


def needs(
    waits: Waiting,
    *,
    code: str,
    centre_code: str,
    queries: int,
    state_of_queries: str,
    drafts: int,
    to_sign: str = "",
    gate_to_sign: bool = False,
) -> tuple[Need, ...]:
    """`queries`: those that wait for the reader, all in `state_of_queries`; "nothing" where nothing
    does."""
    found = []
    if waits.late:
        found.append(Need(state("late", _("%(n)d late") % {"n": len(waits.late)})))
    if waits.due:
        found.append(Need(state("due", _("%(n)d due") % {"n": len(waits.due)})))
    if waits.incomplete:
        words = _("%(n)d to complete") % {"n": len(waits.incomplete)}
        found.append(Need(state("partial", words)))
    if waits.ready:
        gate = Target("randomisation:gate", (code,))
        found.append(Need(state("due", _("Ready for randomisation")), gate))
    if queries:
        words = ngettext("%(n)d query", "%(n)d queries", queries) % {"n": queries}
        tail = f"?state={state_of_queries}&participant={code}"
        found.append(Need(state("query", words), Target("crf:queries", (centre_code,), tail)))
    if drafts:
        words = ngettext("%(n)d draft", "%(n)d drafts", drafts) % {"n": drafts}
        found.append(Need(state("draft", words)))
    if gate_to_sign:
        words = _("Eligibility changed since it was signed")
        found.append(Need(state("late", words), Target("randomisation:result", (code,))))
    if to_sign:
        shown = standing_state(to_sign, asked=True)
        found.append(Need(shown, Target("crf:endorsement", (code,))))
    return tuple(found) or (Need(state("entered", _("Nothing today"))),)
