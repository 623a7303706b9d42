"""What one person has typed and not saved: kept for that person alone, one draft a form.

A person may have the form open twice. Each page gives what it sends a name of its own, and says the
name of the draft that it knows: the one that it was loaded with, or its own last that was answered.
What was typed in another window since has another name, and is not written over.
"""

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crf import actions, reads
from crf.actions import Raw
from crf.models import Draft
from reminet_site.context import Actor
from reminet_site.errors import Conflict
from reminet_site.statements import prepared

# A draft is answered before it is on the disk: docs/adr/0032.
KEEP = """
INSERT INTO crf_draft AS kept (participant_id, centre_id, visit, form, number, user_id, raw,
                               base_version, saved_at, typed_in)
SELECT %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s
  FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (participant_id, visit, form, number, user_id)
DO UPDATE SET raw = excluded.raw, base_version = excluded.base_version,
              saved_at = excluded.saved_at, typed_in = excluded.typed_in
        WHERE kept.typed_in IN (%s, %s) OR kept.raw = excluded.raw
RETURNING id
"""


class TypedElsewhere(Conflict):
    """The same person typed in the same form in another window since this one was loaded."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "You typed in this form in another window since. What stands here is not kept: "
                "load this page to go on with what was typed there, or save here to see both."
            )
        )


@dataclass(frozen=True, slots=True)
class Window:
    """What the page calls what it sends (the same until it was answered), and the draft that it
    knows; empty for none."""

    name: str = ""
    knows: str = ""

    def may_write_over(self, draft: str) -> bool:
        return draft in (self.name, self.knows)


NO_WINDOW = Window()


def save_draft(
    *,
    place: reads.Place,
    raw: Raw,
    version: int,
    reason: str = "",
    window: Window = NO_WINDOW,
    by: Actor,
) -> Draft:
    """What is typed is kept for its writer; it is not data and nobody else sees it. TypedElsewhere
    where it would take the place of what the writer typed in another window meanwhile."""
    as_typed = kept(raw, reason)
    draft = Draft(
        participant=place.participant,
        centre_id=place.participant.centre_id,
        visit=place.visit,
        form=place.form,
        number=place.number,
        user_id=by.user_id,
        raw=as_typed,
        base_version=version,
        saved_at=place.participant.clinical_now,
        typed_in=window.name,
    )
    where = [draft.participant_id, draft.centre_id, draft.visit, draft.form, draft.number]
    with prepared() as cursor:
        what = [json.dumps(as_typed), draft.base_version, draft.saved_at, window.name]
        cursor.execute(KEEP, [*where, by.user_id, *what, window.name, window.knows])
        row = cursor.fetchone()
    if row is None:
        raise TypedElsewhere
    (draft.pk,) = row
    return draft


def kept(raw: Raw, reason: str = "") -> dict[str, list[str]]:
    """What is typed as a draft keeps it."""
    found = {name: list(values) for name, values in raw.items()}
    return found | ({actions.REASON: [reason]} if reason else {})


def typed_elsewhere(place: reads.Place, window: Window, by: Actor) -> Draft | None:
    """What the writer typed in another window since this one was loaded."""
    typed_in = getattr(place.participant, "typed_in", None)
    if typed_in is None or window.may_write_over(typed_in):
        return None
    return reads.draft_of(place, by.user_id)


def discard_draft(*, place: reads.Place, window: Window, by: Actor) -> bool:
    """What was typed and not saved is forgotten, at its writer's word; what was typed in another
    window since is not, and False then."""
    draft = reads.draft_of(place, by.user_id)
    if draft and not window.may_write_over(draft.typed_in):
        return False
    if draft:
        draft.delete()
    return True
