"""Draw an arm and keep it sealed. What leaves is a kit number.

Permitted importer: `randomisation.actions`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from randomisation.arms import contents, key, role
from randomisation.arms.contents import NotEnoughKits
from randomisation.arms.sealing import Sealer, round_up
from randomisation.methods import allocator
from randomisation.methods.imported_list import Place
from randomisation.methods.plan import Decision, Plan
from randomisation.scheme import Opened, Turn
from reminet_site.clock import now

RECORD = 2048
STATE = 4096

TURN = "SELECT * FROM doors.turn(%s::bigint, %s::text, %s::text)"
KEEP = "SELECT doors.keep(%s::text, %s::text, %s::int, %s::bytea, %s::text, %s::int, %s::bytea)"
LIST_PLACE = (
    "SELECT number, sealed FROM arms.imported_list"
    " WHERE scheme = %s::text AND stratum = %s::text AND position = %s::int"
)

__all__ = ["NotEnoughKits", "allocate"]


def allocate(
    *,
    scheme: Opened,
    levels: Mapping[str, str],
    kits: Sequence[str],
    code: str,
) -> tuple[Turn, str]:
    """Allocate the next place of the scheme: the turn, and the number of the kit to be given.

    `kits` are numbers of those that may be given; `code` the version of the code, for the record.
    The scheme is locked only when the kits are known: everybody waits for it. Raises
    NotEnoughKits before that where an arm has no kit, and allocator.ListEndedError where an
    imported list has ended.
    """
    opener = key.sealer()
    plan = scheme.plan
    part = allocator.part_of(plan, levels)
    by_arm = contents.by_arm(opener, plan.arms, kits)
    if not all(by_arm.values()):
        raise NotEnoughKits
    turn, version, state = _turn(opener, scheme, part)
    decision, after = allocator.step(
        plan,
        state,
        levels,
        number=turn.place,
        source=turn.source("allocation"),
        place=_list_place(opener, scheme.name, plan, part, state),
    )
    kit = contents.choose(by_arm, decision.arm, turn.place, turn.source("first kit"))
    record = _record(decision, levels, plan, code, kit)
    _keep(opener, turn, record, (part, version + 1, after))
    return turn, kit


def _record(
    decision: Decision, levels: Mapping[str, str], plan: Plan, code: str, kit: str
) -> dict[str, Any]:
    return decision.to_record() | {
        "levels": dict(levels),
        "plan": plan.sha256(),
        "code": code,
        "kit": kit,
    }


def _turn(opener: Sealer, scheme: Opened, part: str) -> tuple[Turn, int, Mapping[str, Any]]:
    """The turn, its lock held from here on, and the part's state with its version."""
    [(place, clinical_at, version, sealed)] = role.call(TURN, [scheme.pk, scheme.name, part])
    turn = Turn(scheme, place, now(), clinical_at)
    if version is None:
        return turn, 0, {}
    named = f"marginals.sealed.{scheme.name}/{part}/{version}"
    return turn, version, opener.open(sealed, named)


def _keep(
    opener: Sealer,
    turn: Turn,
    record: Mapping[str, Any],
    state: tuple[str, int, Mapping[str, Any]],
) -> None:
    """Both rows in one statement: this is written under the lock that everybody waits for."""
    part, version, after = state
    scheme = turn.scheme.name
    # Numbers in a state have a fixed width: its length depends on the levels met, not on arms.
    size = round_up(len(json.dumps(after)), STATE)
    sealed = opener.seal(after, f"marginals.sealed.{scheme}/{part}/{version}", size)
    kept = opener.seal(record, f"allocation.sealed.{turn.number}", RECORD)
    role.call(KEEP, [scheme, part, version, sealed, turn.number, turn.place, kept])


def _list_place(
    opener: Sealer, scheme: str, plan: Plan, stratum: str, state: Mapping[str, Any]
) -> Place | None:
    if plan.method != "list":
        return None
    position = allocator.next_position(state)
    for number, sealed in role.ask(LIST_PLACE, [scheme, stratum, position]):
        arm = opener.open(sealed, f"imported_list.sealed.{scheme}/{stratum}/{position}")
        return Place(number, stratum, position, arm)
    return None
