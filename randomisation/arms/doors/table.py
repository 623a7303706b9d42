"""All arms, for an analysis by arm.

Permitted importer: `analysis.unblinded`.
"""

from __future__ import annotations

from randomisation.arms import key
from randomisation.arms.reading import log
from randomisation.arms.role import vault
from reminet_site.context import Actor


def table(*, by: Actor, reason: str) -> dict[str, str]:
    """randomisation number -> arm, of every allocation; the reading is logged."""
    opener = key.sealer()
    with vault() as cursor:
        cursor.execute(
            "SELECT randomisation_number, sealed FROM arms.allocation ORDER BY scheme, place"
        )
        rows = cursor.fetchall()
        log(cursor, door="table", by=by, what=f"{len(rows)} allocations", reason=reason)
    return {
        number: opener.open(sealed, f"allocation.sealed.{number}")["arm"] for number, sealed in rows
    }
