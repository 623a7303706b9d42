"""The log-rank test against its definition, day by day."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.logrank import logrank

ROWS = st.lists(
    st.tuples(st.integers(1, 20), st.booleans(), st.sampled_from("AB"), st.integers(0, 1)),
    min_size=2,
    max_size=40,
)


def by_hand(rows) -> tuple[float, float]:
    """Expected events in A, and the hypergeometric variance, in one stratum."""
    expected = variance = 0.0
    for day in sorted({d for d, event, *_ in rows if event}):
        at_risk = [row for row in rows if row[0] >= day]
        n, in_a = len(at_risk), sum(row[2] == "A" for row in at_risk)
        dying = sum(row[0] == day and row[1] for row in rows)
        expected += dying * in_a / n
        if n > 1:
            variance += dying * (in_a / n) * (1 - in_a / n) * (n - dying) / (n - 1)
    return expected, variance


def columns(rows):
    return tuple(list(column) for column in zip(*rows, strict=True))


@given(ROWS)
def test_two_groups_equal_the_definition(rows) -> None:
    days, events, groups, _ = columns(rows)
    found = logrank(days, events, groups)
    if "A" not in groups:
        assert found.chi_squared is None
        return
    expected, variance = by_hand(rows)
    assert found.expected[0] == pytest.approx(expected)
    assert found.variance[0][0] == pytest.approx(variance, abs=1e-12)
    if variance > 1e-9 and "B" in groups:
        observed = sum(e and g == "A" for e, g in zip(events, groups, strict=True))
        assert found.chi_squared == pytest.approx((observed - expected) ** 2 / variance)


@given(ROWS)
def test_strata_add_up(rows) -> None:
    days, events, groups, strata = columns(rows)
    if "A" not in groups:
        return
    parts = [by_hand([row for row in rows if row[3] == s]) for s in (0, 1)]
    found = logrank(days, events, groups, strata)
    assert found.expected[0] == pytest.approx(sum(part[0] for part in parts))
    assert found.variance[0][0] == pytest.approx(sum(part[1] for part in parts), abs=1e-12)


@given(ROWS)
def test_observed_and_expected_have_the_same_sum(rows) -> None:
    days, events, groups, _ = columns(rows)
    found = logrank(days, events, groups)
    assert sum(found.expected) == pytest.approx(sum(found.observed))
    assert np.allclose(np.sum(found.variance, axis=0), 0.0, atol=1e-9)


def test_three_groups_have_two_degrees_of_freedom() -> None:
    days = [3, 5, 7, 9, 11, 13, 15, 17, 19]
    found = logrank(days, [1] * 9, list("ABCABCABC"))
    assert found.degrees == 2
    assert found.chi_squared is not None


@pytest.mark.promise("IA-08")
@pytest.mark.parametrize("groups", [["A", "A"], ["A", "B"]])
def test_nothing_to_compare_is_not_estimable(groups: list[str]) -> None:
    found = logrank([1, 2], [0, 0], groups)
    assert (found.chi_squared, found.p) == (None, None)


def test_missing_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="group labels"):
        logrank([1, 2], [1, 1], ["A"])
