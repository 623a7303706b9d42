"""Draw an arm and keep it sealed. What leaves is a kit number.

Permitted importer: `randomisation.actions`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from randomisation.arms import contents, key
from randomisation.arms.contents import NotEnoughKits
from randomisation.arms.role import vault
from randomisation.arms.sealing import Sealer, round_up
from randomisation.methods import allocator
from randomisation.methods.imported_list import Place
from randomisation.methods.plan import Decision, Plan
from randomisation.methods.randomness import Source

RECORD = 2048
STATE = 4096

__all__ = ["NotEnoughKits", "allocate"]


def allocate(
    *,
    scheme: str,
    plan: Plan,
    number: str,
    place: int,
    levels: Mapping[str, str],
    kits: Sequence[tuple[str, str]],
    sources: tuple[Source, Source],
    code: str,
) -> str:
    """Allocate `number`, the `place`-th of its scheme; the number of the kit to be given.

    `kits` are (kit number, expiry) that the centre could give; `sources` the randomness of the
    draw and of the choice among kits of one arm; `code` the version of the code, for the
    record. The caller holds the lock on the scheme. Raises NotEnoughKits before anything is drawn
    where an arm has no kit, and allocator.ListEndedError where an imported list has ended.
    """
    opener = key.sealer()
    with vault() as cursor:
        by_arm = contents.by_arm(cursor, opener, plan.arms, kits)
        if not all(by_arm.values()):
            raise NotEnoughKits
        decision, state = _draw(cursor, opener, scheme, plan, place, levels, sources[0])
        kit = contents.choose(by_arm, decision.arm, place, sources[1])
        record = decision.to_record() | {
            "levels": dict(levels),
            "plan": plan.sha256(),
            "code": code,
            "kit": kit,
        }
        sealed = opener.seal(record, f"allocation.sealed.{number}", RECORD)
        _keep(cursor, (number, scheme, place, sealed), state)
    return kit


def _draw(
    cursor: CursorWrapper,
    opener: Sealer,
    scheme: str,
    plan: Plan,
    place: int,
    levels: Mapping[str, str],
    source: Source,
) -> tuple[Decision, tuple[str, str, int, bytes]]:
    """The decision, and the row of `marginals` as it is after it."""
    part = allocator.part_of(plan, levels)
    version, state = _state(cursor, opener, scheme, part)
    decision, after = allocator.step(
        plan,
        state,
        levels,
        number=place,
        source=source,
        place=_list_place(cursor, opener, scheme, plan, part, state),
    )
    # Numbers in a state have a fixed width: its length depends on the levels met, not on arms.
    size = round_up(len(json.dumps(after)), STATE)
    sealed = opener.seal(after, f"marginals.sealed.{scheme}/{part}/{version + 1}", size)
    return decision, (scheme, part, version + 1, sealed)


def _state(
    cursor: CursorWrapper, opener: Sealer, scheme: str, part: str
) -> tuple[int, Mapping[str, Any]]:
    cursor.execute(
        "SELECT version, sealed FROM arms.marginals WHERE scheme = %s AND part = %s",
        [scheme, part],
    )
    row = cursor.fetchone()
    if row is None:
        return 0, {}
    return row[0], opener.open(row[1], f"marginals.sealed.{scheme}/{part}/{row[0]}")


def _keep(
    cursor: CursorWrapper,
    allocation: tuple[str, str, int, bytes],
    state: tuple[str, str, int, bytes],
) -> None:
    """Both rows in one statement: this is written under the lock that everybody waits for."""
    cursor.execute(
        "WITH kept AS (INSERT INTO arms.marginals (scheme, part, version, sealed)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (scheme, part) DO UPDATE"
        " SET version = excluded.version, sealed = excluded.sealed)"
        " INSERT INTO arms.allocation (randomisation_number, scheme, place, sealed)"
        " VALUES (%s, %s, %s, %s)",
        [*state, *allocation],
    )


def _list_place(
    cursor: CursorWrapper,
    opener: Sealer,
    scheme: str,
    plan: Plan,
    stratum: str,
    state: Mapping[str, Any],
) -> Place | None:
    if plan.method != "list":
        return None
    position = allocator.next_position(state)
    cursor.execute(
        "SELECT number, sealed FROM arms.imported_list"
        " WHERE scheme = %s AND stratum = %s AND position = %s",
        [scheme, stratum, position],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    arm = opener.open(row[1], f"imported_list.sealed.{scheme}/{stratum}/{position}")
    return Place(row[0], stratum, position, arm)
