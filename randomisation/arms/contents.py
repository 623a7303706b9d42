"""What the kits hold. For the doors only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.backends.utils import CursorWrapper

from randomisation.arms import role
from randomisation.arms.sealing import Sealer
from randomisation.methods.randomness import Reader, Source

SIZE = 32

READ = "SELECT kit_number, sealed FROM doors.contents(%s::text[])"


class NotEnoughKits(Exception):
    """A kit of some arm is lacking. Which one is not said; nothing was drawn."""


def store(cursor: CursorWrapper, opener: Sealer, rows: Iterable[tuple[str, str]]) -> None:
    """Seal (kit number, arm) pairs."""
    cursor.executemany(
        "INSERT INTO arms.kit_content (kit_number, sealed) VALUES (%s, %s)",
        [(number, opener.seal(arm, _place(number), SIZE)) for number, arm in rows],
    )


def read(opener: Sealer, numbers: Sequence[str]) -> dict[str, str]:
    """kit number -> arm, of those that are known."""
    rows = role.call(READ, [list(numbers)])
    return {number: opener.open(sealed, _place(number)) for number, sealed in rows}


def by_arm(opener: Sealer, arms: Sequence[str], numbers: Sequence[str]) -> dict[str, list[str]]:
    """The kits of each arm, in the order of their numbers."""
    held = read(opener, numbers)
    return {arm: sorted(n for n in numbers if held.get(n) == arm) for arm in arms}


def choose(kits: Mapping[str, Sequence[str]], arm: str, place: int, source: Source) -> str:
    """One kit of the arm, by chance.

    Chance, because the first free kit in order would tell that those before it hold another arm.
    """
    among = kits[arm]
    return among[Reader(source.draw(place, 64)).below(len(among))]


def _place(number: str) -> str:
    return f"kit_content.sealed.{number}"
