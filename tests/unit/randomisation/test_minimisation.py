"""Pocock-Simon minimisation against hand arithmetic and against its own probabilities."""

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randomisation.methods import minimisation
from randomisation.methods.allocator import replay, replay_decisions
from randomisation.methods.plan import Factor, LevelError, Plan
from randomisation.methods.randomness import RecordedSource, SeededSource

REFERENCE = Path(__file__).parents[4] / "shared/reference/minimisation_reference"
PLAN = Plan(
    method="minimisation",
    arms=("A", "B"),
    factors=(Factor("f1", ("a", "b")), Factor("f2", ("x", "y"))),
)
LOW, HIGH = b"\x00" * 8, b"\xff" * 8


def reference_cases():
    path = REFERENCE / "expected_fixture.json"
    if not path.exists():
        return []
    return json.loads(path.read_text())["minimisation"]


@pytest.mark.skipif(not reference_cases(), reason="the reference folder is absent")
@pytest.mark.parametrize("measure", ["range", "variance"])
@pytest.mark.parametrize("case", reference_cases(), ids=lambda c: c["id"])
def test_imbalance_reference(case, measure):
    plan = Plan(**{**_fields(PLAN), "measure": measure})
    sums = minimisation.imbalances(plan, case["counts"], case["next_patient"])
    assert list(sums) == [Fraction(case["expect"][arm][f"{measure}_sum"]) for arm in "AB"]


def _fields(plan):
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}


TOTALS = {"f1": {"a": [2, 1], "b": [0, 1]}, "f2": {"x": [1, 1], "y": [1, 1]}}


def test_imbalance_by_hand():
    # In A: f1.a (3, 1) range 2, f2.x (2, 1) range 1. In B: (2, 2) 0, (1, 2) 1.
    assert minimisation.imbalances(PLAN, TOTALS, {"f1": "a", "f2": "x"}) == (3, 1)


def test_imbalance_by_hand_variance():
    # In A: (3, 1) variance 2, (2, 1) 1/2. In B: 0 and 1/2.
    plan = Plan(**{**_fields(PLAN), "measure": "variance"})
    sums = minimisation.imbalances(plan, TOTALS, {"f1": "a", "f2": "x"})
    assert sums == (Fraction(5, 2), Fraction(1, 2))


def test_weights_multiply_a_factors_spread():
    plan = Plan(
        method="minimisation",
        arms=("A", "B"),
        factors=(Factor("f1", ("a", "b"), Fraction(3)), Factor("f2", ("x", "y"))),
    )
    assert minimisation.imbalances(plan, TOTALS, {"f1": "a", "f2": "x"}) == (7, 1)


def test_an_unseen_level_counts_as_nought():
    plan = Plan(method="minimisation", arms=("A", "B"), factors=(Factor("centre"),))
    assert minimisation.imbalances(plan, {}, {"centre": "FR-05"}) == (1, 1)


@pytest.mark.parametrize(
    ("randomness", "arm"),
    [
        (LOW, "B"),
        ((int(0.8 * 2**64) - 1000).to_bytes(8, "big"), "B"),
        ((int(0.8 * 2**64) + 1000).to_bytes(8, "big"), "A"),
        (HIGH, "A"),
    ],
)
def test_favoured_arm_up_to_the_probability(randomness, arm):
    decision = minimisation.decide(PLAN, TOTALS, {"f1": "a", "f2": "x"}, randomness)
    assert decision.arm == arm
    assert decision.favoured == "B"
    assert decision.probabilities == (Fraction(1, 5), Fraction(4, 5))
    assert decision.randomness == randomness
    assert decision.basis["totals"] == {"f1=a": [2, 1], "f2=x": [1, 1]}


def test_fair_coin_on_a_tie():
    level = {"f1": "a", "f2": "x"}
    half = (1 << 63).to_bytes(8, "big")
    below = ((1 << 63) - 1).to_bytes(8, "big")
    assert minimisation.decide(PLAN, {}, level, below).arm == "A"
    decision = minimisation.decide(PLAN, {}, level, half)
    assert decision.arm == "B"
    assert decision.favoured is None
    assert decision.probabilities == (Fraction(1, 2), Fraction(1, 2))


def test_three_arms_two_of_them_least():
    plan = Plan(
        method="minimisation", arms=("A", "B", "C"), ratio=(1, 1, 1), factors=(Factor("f"),)
    )
    shares = minimisation.probabilities(plan, (Fraction(2), Fraction(1), Fraction(1)))
    assert shares == (Fraction(1, 5), Fraction(2, 5), Fraction(2, 5))


@pytest.mark.promise("RN-06")
def test_favoured_share_over_ten_thousand_draws():
    source = SeededSource(b"share")
    level = {"f1": "a", "f2": "x"}
    n = 10_000
    favoured = sum(
        minimisation.decide(PLAN, TOTALS, level, source.draw(i, 8)).arm == "B" for i in range(n)
    )
    assert abs(favoured - 0.8 * n) < 4 * math.sqrt(n * 0.8 * 0.2)


def test_tie_share_over_ten_thousand_draws():
    source = SeededSource(b"tie")
    n = 10_000
    level = {"f1": "a", "f2": "x"}
    first = sum(
        minimisation.decide(PLAN, {}, level, source.draw(i, 8)).arm == "A" for i in range(n)
    )
    assert abs(first - 0.5 * n) < 4 * math.sqrt(n * 0.25)


def test_unknown_or_missing_level_is_refused():
    with pytest.raises(LevelError, match="no level 'z'"):
        minimisation.decide(PLAN, {}, {"f1": "z", "f2": "x"}, LOW)
    with pytest.raises(LevelError, match="No level is given for f2"):
        minimisation.decide(PLAN, {}, {"f1": "a"}, LOW)


levels = st.fixed_dictionaries({"f1": st.sampled_from("ab"), "f2": st.sampled_from("xy")})


@given(st.lists(levels, max_size=60), st.binary(min_size=1, max_size=8))
def test_replay_from_recorded_bytes_gives_the_same(strata, seed):
    decisions = replay_decisions(PLAN, strata, SeededSource(seed))
    kept = RecordedSource({n: d.randomness for n, d in enumerate(decisions, start=1)})
    assert replay(PLAN, strata, kept) == [d.arm for d in decisions]


@given(st.lists(levels, max_size=60), st.binary(min_size=1, max_size=8))
def test_arms_exchanged_in_the_plan_are_exchanged_in_the_result(strata, seed):
    """Label symmetry: ties apart, the plan does not know which arm is which."""
    other = Plan(**{**_fields(PLAN), "arms": ("B", "A")})
    swap = {"A": "B", "B": "A"}
    one = replay(PLAN, strata, SeededSource(seed))
    assert replay(other, strata, SeededSource(seed)) == [swap[arm] for arm in one]


@given(st.lists(levels, min_size=1, max_size=80), st.binary(min_size=1, max_size=8))
def test_totals_are_a_recount(strata, seed):
    decisions = replay_decisions(PLAN, strata, SeededSource(seed))
    last, arms = decisions[-1], [d.arm for d in decisions[:-1]]
    for name in ("f1", "f2"):
        level = strata[-1][name]
        recount = [
            sum(a == arm and s[name] == level for a, s in zip(arms, strata, strict=False))
            for arm in "AB"
        ]
        assert last.basis["totals"][f"{name}={level}"] == recount
