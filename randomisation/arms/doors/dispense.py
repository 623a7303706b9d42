"""Kits by what they hold. What leaves is kit numbers, never a content.

Permitted importer: `randomisation.actions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from randomisation.arms import contents, key
from randomisation.arms.contents import NotEnoughKits
from randomisation.arms.role import vault
from randomisation.methods.randomness import Reader, Source

__all__ = ["NotEnoughKits", "mix", "store", "take"]


def store(rows: Sequence[tuple[str, str]]) -> None:
    """Keep what new kits hold: (kit number, arm)."""
    opener = key.sealer()
    with vault() as cursor:
        contents.store(cursor, opener, rows)


def take(
    *,
    number: str,
    arms: Sequence[str],
    kits: Sequence[tuple[str, str]],
    turn: int,
    source: Source,
) -> str:
    """The kit for the `turn`-th dose of the participant with this randomisation number.

    Raises NotEnoughKits where some arm, whichever, has no kit among `kits`: a refusal that
    depended on the participant's own arm would tell who shares it.
    """
    opener = key.sealer()
    with vault() as cursor:
        by_arm = contents.by_arm(cursor, opener, arms, kits)
        if not all(by_arm.values()):
            raise NotEnoughKits
        cursor.execute(
            "SELECT sealed FROM arms.allocation WHERE randomisation_number = %s", [number]
        )
        record = opener.open(cursor.fetchone()[0], f"allocation.sealed.{number}")
        return contents.choose(by_arm, record["arm"], turn, source)


def mix(
    *, arms: Sequence[str], kits: Sequence[tuple[str, str]], each: int, turn: int, source: Source
) -> list[str]:
    """Numbers of `each` kits of every arm, in the order of their numbers, for a shipment.

    Raises NotEnoughKits where the depot holds fewer of some arm.
    """
    opener = key.sealer()
    with vault() as cursor:
        by_arm = contents.by_arm(cursor, opener, arms, kits)
    chosen: list[str] = []
    reader = Reader(source.draw(turn, 8 * (each * len(arms) + 8)))
    for arm in arms:
        # earliest expiry first: every arm has kits of each expiry (checked at registration)
        left = sorted(by_arm[arm], key=lambda kit: (kit[1], kit[0]))
        if len(left) < each:
            raise NotEnoughKits
        for _ in range(each):
            same = [kit for kit in left if kit[1] == left[0][1]]
            kit = same[reader.below(len(same))]
            left.remove(kit)
            chosen.append(kit[0])
    return sorted(chosen)
