"""Kits by what they hold. What leaves is kit numbers, never a content.

Permitted importer: `randomisation.actions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from randomisation.arms import contents, key, role
from randomisation.arms.contents import NotEnoughKits
from randomisation.arms.role import vault
from randomisation.methods.randomness import Source

SEALED = "SELECT sealed FROM arms.allocation WHERE randomisation_number = %s::text"

__all__ = ["NotEnoughKits", "mix", "store", "take"]


def store(rows: Sequence[tuple[str, str]]) -> None:
    """Keep what new kits hold: (kit number, arm)."""
    opener = key.sealer()
    with vault() as cursor:
        contents.store(cursor, opener, rows)


def take(
    *, number: str, arms: Sequence[str], kits: Sequence[str], turn: int, source: Source
) -> str:
    """The kit for the `turn`-th dose of the participant with this randomisation number.

    Raises NotEnoughKits where some arm, whichever, has no kit among `kits`: a refusal that
    depended on the participant's own arm would tell who shares it.
    """
    opener = key.sealer()
    by_arm = contents.by_arm(opener, arms, kits)
    if not all(by_arm.values()):
        raise NotEnoughKits
    [(sealed,)] = role.ask(SEALED, [number])
    arm = opener.open(sealed, f"allocation.sealed.{number}")["arm"]
    return contents.choose(by_arm, arm, turn, source)


def mix(
    *, arms: Sequence[str], kits: Sequence[tuple[str, str]], each: int, turn: int, source: Source
) -> list[str]:
    """Numbers of `each` kits of every arm, in the order of their numbers, for a shipment.

    `kits` are (number, expiry). The earliest expiry goes first, the same number of every arm of
    each: what is sent of an expiry says nothing of what it holds. Raises NotEnoughKits where the
    depot holds fewer of some arm.
    """
    opener = key.sealer()
    held = contents.read(opener, [number for number, _ in kits])
    # Each kit draws a priority by itself, so that the choice does not hang on the order of arms.
    drawn = source.draw(turn, 8 * len(kits))
    priority = {number: drawn[8 * i : 8 * i + 8] for i, (number, _) in enumerate(sorted(kits))}
    chosen: list[str] = []
    wanted = each
    for expiry in sorted({expiry for _, expiry in kits}):
        of_arm = {
            arm: sorted(
                (n for n, e in kits if e == expiry and held.get(n) == arm), key=priority.get
            )
            for arm in arms
        }
        share = min(wanted, *map(len, of_arm.values()))
        chosen += [number for numbers in of_arm.values() for number in numbers[:share]]
        wanted -= share
    if wanted:
        raise NotEnoughKits
    return sorted(chosen)
