"""Seal again the arm of an allocation that a restore lost: it is what the given kit holds.

Permitted importer: `randomisation.reconciliation`. No arm leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from randomisation.arms import contents, key
from randomisation.arms.reading import log
from randomisation.arms.role import vault
from randomisation.arms.sealing import round_up
from randomisation.methods import reentry
from randomisation.methods.allocator import part_of
from randomisation.methods.plan import Plan
from reminet_site.context import Actor

RECORD, STATE = 2048, 4096  # as the door allocate seals them: no length tells which door it was


def knows(kits: list[str]) -> frozenset[str]:
    """Those of the kits whose contents the vault has."""
    return frozenset(contents.read(key.sealer(), kits))


def reenter(
    *,
    scheme: str,
    plan: Plan,
    number: str,
    place: int,
    levels: Mapping[str, str],
    kit: str,
    after: int,
    code: str,
    by: Actor,
) -> None:
    """The allocation is in the vault again and counts in the balance; its draw stays lost."""
    opener = key.sealer()
    arm = contents.read(opener, [kit])[kit]
    with vault() as cursor:
        part = part_of(plan, levels)
        cursor.execute(
            "SELECT version, sealed FROM arms.marginals WHERE scheme = %s AND part = %s",
            [scheme, part],
        )
        version, raw = cursor.fetchone() or (0, None)
        state = opener.open(raw, f"marginals.sealed.{scheme}/{part}/{version}") if raw else {}
        grown = reentry.enter(plan, state, levels, arm)
        record = {
            "arm": arm,
            "entered_again": after,  # in the balance since this many numbers were given
            "levels": dict(levels),
            "plan": plan.sha256(),
            "code": code,
            "kit": kit,
        }
        size = round_up(len(json.dumps(grown)), STATE)
        cursor.execute(
            "INSERT INTO arms.allocation (randomisation_number, scheme, place, sealed)"
            " VALUES (%s, %s, %s, %s)",
            [number, scheme, place, opener.seal(record, f"allocation.sealed.{number}", RECORD)],
        )
        sealed = opener.seal(grown, f"marginals.sealed.{scheme}/{part}/{version + 1}", size)
        cursor.execute(
            "INSERT INTO arms.marginals (scheme, part, version, sealed) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (scheme, part) DO UPDATE"
            " SET version = excluded.version, sealed = excluded.sealed",
            [scheme, part, version + 1, sealed],
        )
        log(cursor, door="reenter", by=by, what=number, reason="reconciliation after a restore")
