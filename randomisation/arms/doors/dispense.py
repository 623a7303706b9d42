"""Kits by what they hold. What leaves is kit numbers, never a content.

Permitted importer: `randomisation.actions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from randomisation.arms import contents, key
from randomisation.arms.contents import NotEnoughKits
from randomisation.arms.role import vault
from randomisation.methods.randomness import Source

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
    # Each kit draws a priority by itself, so that the choice does not hang on the order of arms.
    drawn = source.draw(turn, 8 * len(kits))
    priority = {number: drawn[8 * i : 8 * i + 8] for i, (number, _) in enumerate(sorted(kits))}
    chosen: list[str] = []
    for held in by_arm.values():
        if len(held) < each:
            raise NotEnoughKits
        # earliest expiry first: every expiry was delivered for every arm
        held.sort(key=lambda kit: (kit[1], priority[kit[0]]))
        chosen += [number for number, _ in held[:each]]
    return sorted(chosen)
