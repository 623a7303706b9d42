"""Permuted blocks: exact composition, equal chances, strata apart."""

import json
from collections import Counter
from math import comb

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


def test_sizes_equally_likely():
    source = SeededSource(b"sizes")
    seen = Counter(
        len(blocks.new_block(PLAN, source.draw(i, blocks.bytes_needed(PLAN)))) for i in range(9_000)
    )
    assert set(seen) == {2, 4, 6}
    assert stats.chisquare(list(seen.values())).pvalue > 1e-4


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
