"""A plan that contradicts itself is refused; text and plan are one."""

from fractions import Fraction

import pytest

from randomisation.methods.plan import Factor, Plan, PlanError, pick

GOOD = {
    "method": "minimisation",
    "arms": ("A", "B"),
    "factors": (Factor("centre"), Factor("grade", ("G1", "G2"))),
}


def test_json_and_back():
    plan = Plan(**GOOD, probability=Fraction(7, 10))
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan.to_json()).sha256() == plan.sha256()
    assert Plan(**GOOD).sha256() != plan.sha256()


def test_probability_as_written_by_people():
    for text in (0.8, "0.80", "4/5"):
        assert Plan.from_json({**Plan(**GOOD).to_json(), "probability": text}) == Plan(**GOOD)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"method": "dice"}, "none of minimisation"),
        ({"arms": ("A",), "ratio": (1,)}, "at least two arms"),
        ({"arms": ("A", "A")}, "each once"),
        ({"ratio": (1, 0)}, "1 or more"),
        ({"ratio": (1, 1, 1)}, "for each arm"),
        ({"ratio": (2, 1)}, "equal arms only"),
        ({"factors": ()}, "needs a factor"),
        ({"factors": (Factor("a"), Factor("a"))}, "named twice"),
        ({"factors": (Factor("a", (), Fraction(0)),)}, "above 0"),
        ({"probability": Fraction(2, 5)}, "between chance and 1"),
        ({"probability": Fraction(6, 5)}, "between chance and 1"),
        ({"measure": "entropy"}, "none of range"),
        ({"stratified_by": ("colour",)}, "no factor colour"),
    ],
)
def test_refused(change, says):
    with pytest.raises(PlanError, match=says):
        Plan(**{**GOOD, **change})


def test_pick_refuses_shares_that_do_not_reach_one():
    with pytest.raises(PlanError):
        pick(["A", "B"], [Fraction(1, 4), Fraction(1, 4)], b"\xff" * 8)
