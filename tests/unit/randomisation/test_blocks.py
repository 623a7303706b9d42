"""Permuted blocks: exact composition, equal chances, strata apart."""

import json
from collections import Counter
from itertools import permutations, product
from math import comb, factorial, prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from randomisation.methods import blocks
from randomisation.methods.allocator import replay, replay_decisions
from randomisation.methods.plan import Factor, Plan, PlanError, stratum_of
from randomisation.methods.randomness import RecordedSource, SeededSource
from tests.unit.randomisation.test_minimisation import REFERENCE

PLAN = Plan(
    method="blocks",
    arms=("A", "B"),
    factors=(Factor("centre"), Factor("grade", ("G1", "G2"))),
    block_sizes=(2, 4, 6),
    stratified_by=("centre", "grade"),
)
strata = st.fixed_dictionaries(
    {"centre": st.sampled_from(["c1", "c2"]), "grade": st.sampled_from(["G1", "G2"])}
)


def of_size(size):
    return Plan(method="blocks", arms=("A", "B"), block_sizes=(size,))


# "1:1 of 4" -> every sequence that a block of this ratio and size may have
PERMUTATIONS = json.loads((Path(__file__).parent / "fixtures/permuted_blocks.json").read_text())


def blocks_of(name):
    """(ratio, size) of an entry of the fixture."""
    ratio, _, size = name.partition(" of ")
    return tuple(map(int, ratio.split(":"))), int(size)


def letters_of(ratio, size):
    """What a block holds, in the order of the arms: AABB for 1:1 of 4."""
    unit = size // sum(ratio)
    return "".join(arm * (unit * share) for arm, share in zip("ABC", ratio))


@pytest.mark.promise("RN-05")
@pytest.mark.parametrize("name", PERMUTATIONS)
def test_the_fixture_is_every_permutation_and_no_other(name):
    letters = letters_of(*blocks_of(name))
    assert PERMUTATIONS[name] == sorted({"".join(p) for p in permutations(letters)})
    counts = Counter(letters).values()
    assert len(PERMUTATIONS[name]) == factorial(len(letters)) // prod(map(factorial, counts))


@pytest.mark.promise("RN-05")
@pytest.mark.parametrize("name", PERMUTATIONS)
def test_each_permutation_has_the_same_share_of_all_draws(name):
    """Exact: every outcome of every draw of the shuffle is played, each of them once."""
    ratio, size = blocks_of(name)
    plan = Plan(method="blocks", arms=tuple("ABC"[: len(ratio)]), ratio=ratio, block_sizes=(size,))
    seen = Counter()
    for draws in product(*(range(last + 1) for last in range(size - 1, 0, -1))):
        words = b"".join(word.to_bytes(8, "big") for word in (0, *draws))
        seen["".join("ABC"[place] for place in blocks.new_block(plan, words))] += 1
    assert sorted(seen) == PERMUTATIONS[name]
    assert set(seen.values()) == {factorial(size) // len(PERMUTATIONS[name])}


@pytest.mark.promise("RN-05")
def test_ten_thousand_blocks_of_varying_size_show_every_permutation_as_often_as_expected():
    """Chi-square over all 28 sequences of 2, 4 and 6: 1/3 for the size, equal shares within it."""
    source, n = SeededSource(b"ten thousand"), 10_000
    seen = Counter(
        "".join("AB"[place] for place in blocks.new_block(PLAN, source.draw(i, 128)))
        for i in range(n)
    )
    kinds = [p for size in (2, 4, 6) for p in PERMUTATIONS[f"1:1 of {size}"]]
    expected = [n / 3 / len(PERMUTATIONS[f"1:1 of {len(one)}"]) for one in kinds]
    assert set(seen) == set(kinds)
    assert stats.chisquare([seen[one] for one in kinds], expected).pvalue > 1e-4


@pytest.mark.promise("RN-05")
@pytest.mark.parametrize("size", [2, 4, 6])
def test_every_permutation_equally_likely(size):
    plan, source = of_size(size), SeededSource(b"permutations")
    n = 10_000
    seen = Counter(
        blocks.new_block(plan, source.draw(i, blocks.bytes_needed(plan))) for i in range(n)
    )
    kinds = comb(size, size // 2)
    assert len(seen) == kinds
    assert stats.chisquare(list(seen.values())).pvalue > 1e-4


@pytest.mark.promise("RN-05")
@pytest.mark.parametrize("size", ["2", "4"])
def test_the_permutations_are_those_of_the_reference(size):
    path = REFERENCE / "expected_fixture.json"
    if not path.exists():
        pytest.skip("the reference folder is absent")
    expected = json.loads(path.read_text())["permuted_blocks_1to1"][size]
    plan, source = of_size(int(size)), SeededSource(b"reference")
    seen = {
        "".join("AB"[i] for i in blocks.new_block(plan, source.draw(n, 128))) for n in range(500)
    }
    assert seen == set(expected["permutations"])
    assert len(seen) == expected["n"]


@pytest.mark.promise("RN-05")
def test_sizes_equally_likely():
    source = SeededSource(b"sizes")
    seen = Counter(
        len(blocks.new_block(PLAN, source.draw(i, blocks.bytes_needed(PLAN)))) for i in range(9_000)
    )
    assert set(seen) == {2, 4, 6}
    assert stats.chisquare(list(seen.values())).pvalue > 1e-4


@pytest.mark.promise("RN-05")
@given(st.lists(strata, max_size=80), st.binary(min_size=1, max_size=8))
def test_balance_at_each_prefix_and_block_end_in_each_stratum(people, seed):
    decisions = replay_decisions(PLAN, people, SeededSource(seed))
    for stratum in {stratum_of(PLAN, p) for p in people}:
        mine = [d for d, p in zip(decisions, people, strict=True) if stratum_of(PLAN, p) == stratum]
        difference = 0
        for decision in mine:
            difference += 1 if decision.arm == "A" else -1
            assert abs(difference) <= 3
            if decision.basis["left"] == 0:
                assert difference == 0
        assert mine[0].basis["opened"]


@given(st.lists(strata, max_size=60), st.binary(min_size=1, max_size=8))
def test_replay_from_recorded_bytes_gives_the_same(people, seed):
    decisions = replay_decisions(PLAN, people, SeededSource(seed))
    kept = RecordedSource({n: d.randomness for n, d in enumerate(decisions, start=1)})
    assert replay(PLAN, people, kept) == [d.arm for d in decisions]


def test_unequal_ratio():
    plan = Plan(method="blocks", arms=("A", "B"), ratio=(2, 1), block_sizes=(3, 6))
    source = SeededSource(b"ratio")
    for n in range(200):
        block = blocks.new_block(plan, source.draw(n, blocks.bytes_needed(plan)))
        assert block.count(0) == 2 * block.count(1)


def test_a_size_that_the_ratio_does_not_divide_is_refused():
    with pytest.raises(PlanError, match="multiple of 3"):
        Plan(method="blocks", arms=("A", "B"), ratio=(2, 1), block_sizes=(4,))
