"""Stratified permuted blocks of random sizes.

A stratum has blocks of its own. A new block draws its size, then a permutation, each of them
equally likely (Fisher and Yates' shuffle).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from randomisation.methods.plan import Decision, Plan, check_levels
from randomisation.methods.randomness import Reader


def bytes_needed(plan: Plan) -> int:
    """Bytes for one new block: a word for the size, one a swap, four spare."""
    return Reader.WORD * (max(plan.block_sizes) + 4)


def new_block(plan: Plan, randomness: bytes) -> tuple[int, ...]:
    """The places of the arms (indexes into `plan.arms`), in the order they will be given."""
    reader = Reader(randomness)
    size = plan.block_sizes[reader.below(len(plan.block_sizes))]
    unit = size // sum(plan.ratio)
    block = [place for place, share in enumerate(plan.ratio) for _ in range(unit * share)]
    for last in range(len(block) - 1, 0, -1):
        other = reader.below(last + 1)
        block[last], block[other] = block[other], block[last]
    return tuple(block)


def decide(
    plan: Plan, rest: Sequence[int], levels: Mapping[str, str], randomness: bytes
) -> tuple[Decision, tuple[int, ...]]:
    """The next place of the stratum's open block, or the first of a new one; and what is left.

    `rest` is what is left of the open block, empty where a new one has to be opened; only then
    the bytes are used.
    """
    check_levels(plan, levels)
    block = tuple(rest) or new_block(plan, randomness)
    whole = sum(plan.ratio)
    decision = Decision(
        arm=plan.arms[block[0]],
        probabilities=tuple(Fraction(share, whole) for share in plan.ratio),
        randomness=b"" if rest else randomness,
        basis={"left": len(block) - 1, "opened": not rest},
    )
    return decision, block[1:]
