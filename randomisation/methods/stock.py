"""Which kits may be given: a question of public numbers alone.

A lot is what one shipment brought with one expiry. It holds the same number of every arm, so as
long as more kits of it are left than all arms but one brought, a kit of every arm is among them,
whatever they hold. Who may be given a kit, and from which lots, follows from that; so neither a
refusal nor an expiry date depends on a content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StockKit:
    """A kit that is available and in date; `expires_on` as an ISO date, `lot` the number of kits
    that its shipment brought with its expiry, whatever became of them."""

    pk: int
    number: str
    shipment: int
    expires_on: str
    lot: int


def sure(
    left: Mapping[tuple[str, int], int], sizes: Mapping[tuple[str, int], int], arms: int
) -> dict[tuple[str, int], int]:
    """(expiry, shipment) -> kits that can be given while a kit of every arm is surely there, of
    those that are left in each lot and those that it brought."""
    return {
        lot: max(0, count - sizes[lot] * (arms - 1) // arms) for lot, count in sorted(left.items())
    }


def surplus(kits: Sequence[StockKit], arms: int) -> dict[tuple[str, int], int]:
    """As `sure`, of these kits."""
    left = Counter((kit.expires_on, kit.shipment) for kit in kits)
    sizes = {(kit.expires_on, kit.shipment): kit.lot for kit in kits}
    return sure(left, sizes, arms)


def assured(kits: Sequence[StockKit], arms: int) -> int:
    """How many more kits can be given before new ones are needed, at the least."""
    return sum(surplus(kits, arms).values())


def givable(kits: Sequence[StockKit], arms: int) -> list[StockKit]:
    """The kits among which the next is drawn: up to the earliest expiry that has a lot with a
    kit of every arm for sure. Empty where there is none: nothing can be given."""
    safe = [expiry for (expiry, _), count in surplus(kits, arms).items() if count]
    return [kit for kit in kits if kit.expires_on <= safe[0]] if safe else []
