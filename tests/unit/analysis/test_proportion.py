"""The exact interval against sums of binomial probabilities."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.months import in_percent, one_decimal
from analysis.stats.proportion import clopper_pearson, power, promising_from


def at_least(k: int, n: int, p: float) -> float:
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_each_limit_leaves_its_tail(case: tuple[int, int]) -> None:
    k, n = case
    found = clopper_pearson(k, n, 0.90)
    if k:
        assert at_least(k, n, found.lower) == pytest.approx(0.05, abs=1e-9)
    else:
        assert found.lower == 0.0
    if k < n:
        assert 1 - at_least(k + 1, n, found.upper) == pytest.approx(0.05, abs=1e-9)
    else:
        assert found.upper == 1.0


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_failures_mirror_successes(case: tuple[int, int]) -> None:
    k, n = case
    one, other = clopper_pearson(k, n), clopper_pearson(n - k, n)
    assert one.lower == pytest.approx(1 - other.upper, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "printed"), [(19, 26, (73.1, 55.3, 86.6)), (13, 24, (54.2, 35.8, 71.8))]
)
def test_published_rates(k: int, n: int, printed: tuple[float, float, float]) -> None:
    found = clopper_pearson(k, n, 0.90)
    shown = [one_decimal(in_percent(v)) for v in (found.estimate, found.lower, found.upper)]
    assert tuple(shown) == printed


def test_nobody() -> None:
    found = clopper_pearson(0, 0)
    assert (found.estimate, found.lower, found.upper) == (None, None, None)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_more_successes_than_participants_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes of"):
        clopper_pearson(k, n)


def test_the_assumed_design() -> None:
    """One stage, 0.40 against 0.60, one-sided 5 %: promising at 29 of 56, power above 90 %."""
    assert promising_from(56, 0.40, 0.05) == 29
    assert at_least(29, 56, 0.40) <= 0.05 < at_least(28, 56, 0.40)
    assert power(56, 0.40, 0.60, 0.05) == pytest.approx(at_least(29, 56, 0.60))
    assert power(56, 0.40, 0.60, 0.05) > 0.90
