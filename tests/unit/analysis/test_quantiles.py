"""Medians decided with whole numbers, against exact fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.kaplan_meier import kaplan_meier
from analysis.stats.quantiles import median, quantile, quantile_day
from tests.unit.analysis.test_kaplan_meier import SAMPLES, exact_survival

LEVELS = st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1, 3)])


def exact_quantile(sample: list[tuple[int, bool]], probability: Fraction) -> Fraction | None:
    """The rule as written: smallest day with S < level; where S = level, the midpoint between
    that day and the next event day, or the last observed day where no event follows."""
    level = 1 - probability
    days = sorted({d for d, event in sample if event})
    for day in days:
        survival = exact_survival(sample, day)
        if survival < level:
            return Fraction(day)
        if survival == level:
            later = [d for d in days if d > day] or [max(d for d, _ in sample)]
            return Fraction(day + later[0], 2)
    return None


@given(SAMPLES, LEVELS)
def test_quantile_equals_the_rule_in_exact_fractions(sample, probability: Fraction) -> None:
    curve = kaplan_meier([d for d, _ in sample], [e for _, e in sample])
    exact = exact_quantile(sample, probability)
    assert quantile_day(curve, probability) == (None if exact is None else float(exact))


def test_flat_at_one_half_that_floats_miss() -> None:
    """14 participants, all with an event: S(5) = 7/14 although 13/14 * ... * 7/8 in floats is
    not 0.5."""
    assert (
        median(kaplan_meier([1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9, 9, 9], [1] * 14)).estimate == 5.5
    )


def test_flat_through_censorings() -> None:
    """5/6 * 3/5 = 1/2 from day 20; no event follows: the midpoint to the last day, 44."""
    curve = kaplan_meier([10, 20, 20, 25, 30, 44], [1, 1, 1, 0, 0, 0])
    assert median(curve).estimate == 32.0


def test_flat_that_ends_on_its_own_day() -> None:
    assert median(kaplan_meier([10, 20], [1, 0])).estimate == 15.0
    assert median(kaplan_meier([10, 10], [1, 0])).estimate == 10.0


@pytest.mark.promise("IA-08")
def test_median_that_is_not_reached() -> None:
    found = median(kaplan_meier([10, 20, 30], [1, 0, 0]))
    assert (found.estimate, found.upper) == (None, None)
    assert median(kaplan_meier([], [])).estimate is None


def test_a_large_flat_is_still_decided_exactly() -> None:
    days = list(range(1, 20_001))
    assert median(kaplan_meier(days, [1] * 20_000)).estimate == 10_000.5
    events = [day % 7 != 0 for day in days]
    curve = kaplan_meier(days, events)
    assert quantile_day(curve) is not None


def test_a_level_outside_zero_and_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(kaplan_meier([1], [1]), Fraction(1))
