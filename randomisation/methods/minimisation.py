"""Minimisation after Pocock and Simon (Biometrics 1975; 31: 103-115).

For each arm the newcomer is placed there in thought; over the factors, the spread of the arms'
totals within the newcomer's level (range, or sample variance) is summed with the factors'
weights. The arm with the least sum is favoured with probability p; where all sums are equal a
fair draw decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from randomisation.methods.plan import Decision, Plan, check_levels, pick

BYTES = 8

Totals = Mapping[str, Mapping[str, Sequence[int]]]
"""factor -> level -> number of participants in each arm, in the plan's order."""


def spread_range(counts: Sequence[int]) -> Fraction:
    """Largest less smallest count."""
    return Fraction(max(counts) - min(counts))


def spread_variance(counts: Sequence[int]) -> Fraction:
    """Sample variance of the counts, divisor (arms - 1)."""
    size = len(counts)
    return Fraction(size * sum(c * c for c in counts) - sum(counts) ** 2, size * (size - 1))


SPREADS = {"range": spread_range, "variance": spread_variance}


def imbalances(plan: Plan, totals: Totals, levels: Mapping[str, str]) -> tuple[Fraction, ...]:
    """Weighted sum of spreads with the newcomer in each arm in turn, in the plan's order."""
    spread = SPREADS[plan.measure]
    none = (0,) * len(plan.arms)
    sums = []
    for place in range(len(plan.arms)):
        total = Fraction(0)
        for factor in plan.factors:
            counts = list(totals.get(factor.name, {}).get(levels[factor.name], none))
            counts[place] += 1
            total += factor.weight * spread(counts)
        sums.append(total)
    return tuple(sums)


def probabilities(plan: Plan, sums: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Chance of each arm: p shared by the arms of least imbalance, the rest by the others."""
    size = len(sums)
    least = [value == min(sums) for value in sums]
    best = sum(least)
    if best == size:
        return (Fraction(1, size),) * size
    high, low = plan.probability / best, (1 - plan.probability) / (size - best)
    return tuple(high if mark else low for mark in least)


def decide(plan: Plan, totals: Totals, levels: Mapping[str, str], randomness: bytes) -> Decision:
    """The newcomer's arm, from 8 random bytes; `totals` does not hold the newcomer yet."""
    check_levels(plan, levels)
    sums = imbalances(plan, totals, levels)
    shares = probabilities(plan, sums)
    # Favoured arms come first, so that a larger p only ever moves newcomers towards them.
    order = sorted(range(len(sums)), key=lambda place: sums[place])
    used = randomness[:BYTES]
    arm = pick([plan.arms[i] for i in order], [shares[i] for i in order], used)
    alone = sums.count(min(sums)) == 1
    return Decision(
        arm=arm,
        probabilities=shares,
        randomness=used,
        imbalance=dict(zip(plan.arms, sums, strict=True)),
        favoured=plan.arms[order[0]] if alone else None,
        basis={"totals": _margins(plan, totals, levels)},
    )


def _margins(plan: Plan, totals: Totals, levels: Mapping[str, str]) -> dict[str, list[int]]:
    none = (0,) * len(plan.arms)
    return {
        f"{f.name}={levels[f.name]}": list(totals.get(f.name, {}).get(levels[f.name], none))
        for f in plan.factors
    }


def add(
    plan: Plan, totals: Totals, levels: Mapping[str, str], arm: str
) -> dict[str, dict[str, list[int]]]:
    """The totals with one more participant of these levels in this arm."""
    place = plan.arms.index(arm)
    grown = {name: {level: list(c) for level, c in by.items()} for name, by in totals.items()}
    for factor in plan.factors:
        by_level = grown.setdefault(factor.name, {})
        counts = by_level.setdefault(levels[factor.name], [0] * len(plan.arms))
        counts[place] += 1
    return grown
