"""What the kits hold. For the doors only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.backends.utils import CursorWrapper

from randomisation.arms.sealing import Sealer
from randomisation.methods.randomness import Reader, Source

SIZE = 32

Kits = Sequence[tuple[str, str]]
"""(kit number, expiry as an ISO date) of kits that could be given."""


class NotEnoughKits(Exception):
    """The centre lacks a kit of some arm. Which one is not said; nothing was drawn."""


def store(cursor: CursorWrapper, opener: Sealer, rows: Iterable[tuple[str, str]]) -> None:
    """Seal (kit number, arm) pairs."""
    cursor.executemany(
        "INSERT INTO arms.kit_content (kit_number, sealed) VALUES (%s, %s)",
        [(number, opener.seal(arm, _place(number), SIZE)) for number, arm in rows],
    )


def read(cursor: CursorWrapper, opener: Sealer, numbers: Sequence[str]) -> dict[str, str]:
    """kit number -> arm, of those that are known."""
    cursor.execute(
        "SELECT kit_number, sealed FROM arms.kit_content WHERE kit_number = ANY(%s)",
        [list(numbers)],
    )
    return {number: opener.open(sealed, _place(number)) for number, sealed in cursor.fetchall()}


def by_arm(
    cursor: CursorWrapper, opener: Sealer, arms: Sequence[str], kits: Kits
) -> dict[str, list[tuple[str, str]]]:
    """The kits of each arm, in the order of their numbers."""
    held = read(cursor, opener, [number for number, _ in kits])
    return {arm: sorted(kit for kit in kits if held.get(kit[0]) == arm) for arm in arms}


def choose(kits: dict[str, list[tuple[str, str]]], arm: str, place: int, source: Source) -> str:
    """One kit of the arm, by chance, from the earliest expiry at which every arm has one.

    Chance, because the first free kit in order would tell that those before it hold another arm.
    The expiry is chosen without looking at the arm; where none is shared, all kits are taken.
    """
    shared = set.intersection(*({expiry for _, expiry in held} for held in kits.values()))
    first = min(shared, default=None)
    among = [number for number, expiry in kits[arm] if first is None or expiry == first]
    return among[Reader(source.draw(place, 64)).below(len(among))]


def _place(number: str) -> str:
    return f"kit_content.sealed.{number}"
