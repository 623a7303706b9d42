"""Spending of alpha for the information observed."""

import numpy as np
import pytest
from scipy import stats

from analysis.stats.groupsequential import bounds, information, obrien_fleming

pytestmark = pytest.mark.promise("IA-07")


def test_crossing_probabilities_equal_the_bivariate_normal() -> None:
    """P(Z1 < b1, Z2 < b2) with correlation sqrt(60 / 170) leaves 0.025."""
    first, second = bounds([60, 170], planned=170, alpha=0.025)
    correlation = (60 / 170) ** 0.5
    joint = stats.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]])
    assert 1 - joint.cdf([first.bound, second.bound]) == pytest.approx(0.025, abs=1e-6)


def test_simulated_trials_cross_at_the_rate_spent() -> None:
    looks = bounds([40, 90, 150, 170], planned=170, alpha=0.025)
    rng = np.random.default_rng(31)
    steps = np.diff([0, 40, 90, 150, 170])
    path = np.cumsum(rng.standard_normal((400_000, 4)) * np.sqrt(steps), axis=1)
    z = path / np.sqrt([40, 90, 150, 170])
    crossed = np.zeros(len(z), dtype=bool)
    for i, look in enumerate(looks):
        crossed |= z[:, i] > look.bound
        assert crossed.mean() == pytest.approx(look.alpha_spent, abs=0.001)


def test_a_look_before_any_information_spends_next_to_nothing() -> None:
    assert obrien_fleming(0.0, 0.025) == 0.0
    assert bounds([1], planned=170, alpha=0.025)[0].alpha_spent < 1e-12


def test_looks_at_next_to_no_information_have_bounds_beyond_reach() -> None:
    looks = bounds([1, 2, 5, 10, 20, 85, 170], planned=170, alpha=0.025)
    bound = [look.bound for look in looks]
    assert bound == sorted(bound, reverse=True)
    assert bound[0] > 9
    assert bound[-1] == pytest.approx(1.96859564, abs=1e-4)


def test_the_last_look_spends_the_rest_under_and_over_the_plan() -> None:
    for events in ([85, 150], [85, 200]):
        looks = bounds(events, planned=170, alpha=0.025, final=True)
        assert looks[-1].alpha_spent == pytest.approx(0.025)
    assert bounds([85, 150], planned=170, alpha=0.025)[-1].alpha_spent < 0.025


def test_nothing_left_to_spend_gives_no_bound() -> None:
    looks = bounds([170, 180], planned=170, alpha=0.025)
    assert (looks[1].alpha_here, looks[1].bound, looks[1].nominal_p) == (0.0, None, None)


@pytest.mark.parametrize("events", [[85, 85], [90, 80], [0]])
def test_a_look_without_new_events_is_refused(events: list[int]) -> None:
    with pytest.raises(ValueError, match="more events"):
        bounds(events, planned=170, alpha=0.025)


def test_information_is_the_share_of_planned_events() -> None:
    assert information(36, 170).fraction == pytest.approx(36 / 170)
    with pytest.raises(ValueError, match="planned"):
        information(-1, 170)
