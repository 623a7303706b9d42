"""The log of readings itself: who learnt what, when, in which role. No arm in it, no key for it.

Permitted importer: `randomisation.readings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from randomisation.arms.role import vault


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of unblinded information."""

    id: int
    at: datetime
    clinical_at: datetime
    door: str  # reveal | table | results | custody | envelope | reenter
    who: str
    role: str
    what: str  # a randomisation number, a run, how many allocations
    reason: str


def readings(*, before: int, limit: int) -> list[Reading]:
    """The newest first, those with an id under `before`."""
    with vault() as cursor:
        cursor.execute(
            "SELECT id, at, clinical_at, door, actor, role, what, reason FROM arms.reading"
            " WHERE id < %s ORDER BY id DESC LIMIT %s",
            [before, limit],
        )
        return [Reading(*row) for row in cursor.fetchall()]
