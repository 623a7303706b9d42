"""How the published baseline totals are shared out over any number of participants."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

PUBLISHED_N = 53
GRADE = {"G2": 43, "G1": 10}
METASTATIC = {True: 48, False: 5}
RESPONSE = {"SD": 43, "PR": 10}
REGIMEN = {
    "temozolomide": 28,
    "dacarbazine": 10,
    "streptozotocin": 7,
    "oxaliplatin": 6,
    "sunitinib": 2,
}
# First-line treatment in days of 30.4375 to the month: 2.0, 4.6 and 7.7 months.
SHORTEST_L1, MEDIAN_L1, LONGEST_L1 = 61, 140, 234
EARLIER_ANALOGUE = {"LAN": (4, 27), "PBO": (5, 26)}
GRADE_3_4 = {"LAN": (9, 27), "PBO": (6, 26)}
SCREEN_FAILURES = 8


def shared(totals: Mapping[T, int], n: int) -> dict[T, int]:
    """Totals for n participants in the published proportions, by largest remainder; exact at 53."""
    whole = sum(totals.values())
    floors = {key: n * count // whole for key, count in totals.items()}
    rest = sorted(totals, key=lambda key: -(n * totals[key] % whole))
    for key in rest[: n - sum(floors.values())]:
        floors[key] += 1
    return floors


def dealt(totals: Mapping[T, int], n: int, chance: random.Random) -> list[T]:
    """The values of n participants, in an order drawn by chance."""
    values = [key for key, count in shared(totals, n).items() for _ in range(count)]
    chance.shuffle(values)
    return values


def share_of_arm(published: tuple[int, int], n: int) -> int:
    """How many of the arm's n; exact at the published size."""
    count, size = published
    return (2 * count * n + size) // (2 * size)


def l1_days(n: int, chance: random.Random) -> list[int]:
    """Durations of the first-line treatment whose median and range are the published ones."""
    if n == 1:
        return [MEDIAN_L1]
    if n == 2:
        return [MEDIAN_L1, MEDIAN_L1]
    half = (n - 1) // 2
    low = [SHORTEST_L1] + [chance.randint(64, MEDIAN_L1 - 3) for _ in range(half - 1)]
    high = [LONGEST_L1] + [chance.randint(MEDIAN_L1 + 3, 229) for _ in range(half - 1)]
    days = low + high + [MEDIAN_L1] * (n - 2 * half)
    chance.shuffle(days)
    return days


def picked(indices: Sequence[int], count: int, chance: random.Random) -> frozenset[int]:
    """`count` of the indices, or all where they are fewer."""
    return frozenset(chance.sample(list(indices), min(count, len(indices))))
