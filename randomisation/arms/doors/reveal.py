"""The arm of one participant, after the record of the unblinding was committed.

Permitted importer: `randomisation.unblinding`.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from randomisation.arms import key
from randomisation.arms.reading import log
from randomisation.arms.role import vault
from reminet_site.context import Actor
from reminet_site.errors import NotThere


def reveal(number: str, *, by: Actor, reason: str) -> str:
    """The arm behind a randomisation number; the reading is logged in this transaction."""
    opener = key.sealer()
    with vault() as cursor:
        cursor.execute(
            "SELECT sealed FROM arms.allocation WHERE randomisation_number = %s", [number]
        )
        row = cursor.fetchone()
        if row is None:
            raise NotThere(_("No allocation %(number)s.") % {"number": number})
        log(cursor, door="reveal", by=by, what=number, reason=reason)
        arm: str = opener.open(row[0], f"allocation.sealed.{number}")["arm"]
        return arm
