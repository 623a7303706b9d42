"""Two worlds with the arms exchanged, and what differs between them."""

from collections import Counter
from typing import Any

from django.core import mail

from tests.blinding.found import World
from tests.blinding.swap import world

CANARIES = ("QUOKKA", "AXOLOTL")


def pair(kind: str, arms: tuple[str, str] = CANARIES, **options: Any) -> tuple[World, World]:
    found = []
    for swapped in (False, True):
        mail.outbox = []
        found.append(world(kind, swapped=swapped, arms=arms, **options))
    return found[0], found[1]


def differences(one: World, other: World) -> list[str]:
    """The names of what is not the same in both."""
    names = one.seen.keys() | other.seen.keys()
    return sorted(name for name in names if one.seen.get(name) != other.seen.get(name))


def check_worlds_differ(one: World, other: World) -> None:
    """In every arm, and in the one answer that shows an arm."""
    assert len(one.arms) >= 7
    exchange = dict(zip(CANARIES, reversed(CANARIES), strict=True))
    assert other.arms == {number: exchange[arm] for number, arm in one.arms.items()}
    assert len(set(Counter(one.arms.values()).values())) == 2, "arms of unequal size are wanted"
    assert one.unblinded != other.unblinded
