"""The curve against exact fractions, and where nothing can be estimated."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.kaplan_meier import (
    kaplan_meier,
    limits,
    numbers_at_risk,
    reverse_kaplan_meier,
    survival_at,
)

SAMPLES = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=40)


def exact_survival(sample: list[tuple[int, bool]], day: int) -> Fraction:
    """The product-limit estimate as a fraction, straight from its definition."""
    survival = Fraction(1)
    for event_day in sorted({d for d, event in sample if event and d <= day}):
        at_risk = sum(d >= event_day for d, _ in sample)
        dying = sum(d == event_day and event for d, event in sample)
        survival *= Fraction(at_risk - dying, at_risk)
    return survival


@given(SAMPLES)
def test_curve_equals_exact_fractions(sample: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier([d for d, _ in sample], [e for _, e in sample])
    for i, day in enumerate(curve.days.tolist()):
        exact = exact_survival(sample, day)
        assert curve.survival[i] == pytest.approx(float(exact), abs=1e-12)
        assert curve.at_risk[i] == sum(d >= day for d, _ in sample)
        assert curve.events[i] == sum(d == day and e for d, e in sample)


@given(SAMPLES)
def test_curve_falls_and_lies_within_its_limits(sample: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier([d for d, _ in sample], [e for _, e in sample])
    assert np.all(np.diff(curve.survival) <= 0.0)
    for kind in ("log-log", "log"):
        bounds = limits(curve, 0.95, kind)
        known = ~np.isnan(bounds.lower)
        assert np.array_equal(known, curve.survival > 0.0)
        assert np.all(bounds.lower[known] <= curve.survival[known] + 1e-12)
        assert np.all(bounds.upper[known] >= curve.survival[known] - 1e-12)
        assert np.all((bounds.lower[known] >= 0.0) & (bounds.upper[known] <= 1.0))


@given(SAMPLES, st.randoms())
def test_order_of_participants_does_not_matter(sample: list[tuple[int, bool]], random) -> None:
    shuffled = sample[:]
    random.shuffle(shuffled)
    one = kaplan_meier([d for d, _ in sample], [e for _, e in sample])
    other = kaplan_meier([d for d, _ in shuffled], [e for _, e in shuffled])
    assert one.survival.tolist() == other.survival.tolist()


def test_far_apart_days_give_the_same_curve_as_near_ones() -> None:
    near = kaplan_meier([1, 2, 2, 3], [1, 1, 0, 1])
    far = kaplan_meier([10**12, 2 * 10**12, 2 * 10**12, 3 * 10**12], [1, 1, 0, 1])
    assert near.survival.tolist() == far.survival.tolist()


@pytest.mark.promise("IA-08")
def test_nothing_is_carried_past_the_last_follow_up() -> None:
    curve = kaplan_meier([10, 20, 30], [1, 0, 0])
    assert survival_at(curve, 30).survival == pytest.approx(2 / 3)
    beyond = survival_at(curve, 31)
    assert (beyond.survival, beyond.standard_error, beyond.lower, beyond.upper) == (None,) * 4
    assert beyond.at_risk == 0


@pytest.mark.promise("IA-08")
def test_all_dead_on_the_last_day_has_no_limits_and_nothing_after_it() -> None:
    curve = kaplan_meier([5, 5], [1, 1])
    last = survival_at(curve, 5)
    assert (last.survival, last.lower, last.upper) == (0.0, None, None)
    assert survival_at(curve, 6).survival is None


def test_before_the_first_event_the_curve_is_one_with_limits_of_one() -> None:
    at = survival_at(kaplan_meier([10, 20], [1, 1]), 9)
    assert (at.survival, at.standard_error, at.lower, at.upper) == (1.0, 0.0, 1.0, 1.0)
    assert at.at_risk == 2


def test_no_participant_at_all() -> None:
    curve = kaplan_meier([], [])
    assert (curve.n, curve.n_events, curve.last_day) == (0, 0, None)
    assert survival_at(curve, 0).survival is None
    assert numbers_at_risk(curve, [0, 10]) == (0, 0)


def test_numbers_at_risk_count_those_still_observed_on_the_day() -> None:
    curve = kaplan_meier([0, 10, 10, 20], [0, 1, 0, 1])
    assert numbers_at_risk(curve, [0, 1, 10, 11, 20, 21]) == (4, 3, 3, 1, 1, 0)


def test_reverse_swaps_events_and_censorings() -> None:
    curve = reverse_kaplan_meier([10, 20, 30], [1, 0, 0])
    assert curve.events.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("days", "events", "words"),
    [
        ([-1], [0], "before randomisation"),
        ([1.5], [0], "fraction"),
        ([float("nan")], [0], "whole number"),
        ([None], [0], "whole number"),
        ([1, 2], [1], "event flags"),
        ([1], [2], "0 or 1"),
        ([[1]], [[1]], "flat list"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(days, events, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        kaplan_meier(days, events)


def test_unknown_limits_are_refused() -> None:
    curve = kaplan_meier([1], [1])
    with pytest.raises(ValueError, match="log-log or log"):
        limits(curve, 0.95, "plain")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="between 0 and 1"):
        limits(curve, 95)
