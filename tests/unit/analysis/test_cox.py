"""The Cox model against its likelihood written out, and where it has no maximum."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from analysis.stats.cox import cox

ROWS = st.lists(
    st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 1), st.integers(0, 1)),
    min_size=8,
    max_size=30,
)


def efron(beta: float, rows) -> float:
    """The log partial likelihood with Efron's ties, term by term, within strata."""
    total = 0.0
    for stratum in {row[3] for row in rows}:
        inside = [row for row in rows if row[3] == stratum]
        for day in {d for d, event, *_ in inside if event}:
            risk = sum(math.exp(beta * row[2]) for row in inside if row[0] >= day)
            tied = [row[2] for row in inside if row[0] == day and row[1]]
            weight = sum(math.exp(beta * x) for x in tied)
            total += beta * sum(tied)
            total -= sum(math.log(risk - k / len(tied) * weight) for k in range(len(tied)))
    return total


@given(ROWS)
def test_fit_is_the_maximum_of_the_likelihood_written_out(rows) -> None:
    days, events, x, strata = (list(column) for column in zip(*rows, strict=True))
    fit = cox(days, events, x, strata=strata)
    beta = fit.coefficients[0].log_hazard_ratio
    assume(beta is not None and abs(beta) < 5)
    assert fit.log_likelihood_null == pytest.approx(efron(0.0, rows), abs=1e-9)
    assert fit.log_likelihood == pytest.approx(efron(beta, rows), abs=1e-9)
    best = minimize_scalar(lambda b: -efron(b, rows), bounds=(-8, 8), method="bounded")
    assert fit.log_likelihood >= -best.fun - 1e-6


def test_two_by_two_solved_by_hand() -> None:
    """A on days 1 and 3, B on days 2 and 4, all with an event. With r = exp(beta) the score is
    2 - 2r / (2r + 2) - r / (r + 2) - r / (r + 1), and 0 at the fit."""
    fit = cox([1, 3, 2, 4], [1, 1, 1, 1], [1, 1, 0, 0])
    r = fit.coefficients[0].hazard_ratio
    assert 2 - 2 * r / (2 * r + 2) - r / (r + 2) - r / (r + 1) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.promise("IA-08")
def test_an_arm_without_events_has_no_hazard_ratio() -> None:
    fit = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0])
    (found,) = fit.coefficients
    assert (found.hazard_ratio, found.lower, found.upper, found.p) == (None,) * 4
    assert fit.wald.chi_squared is None
    assert fit.score.chi_squared is not None


@pytest.mark.promise("IA-08")
@pytest.mark.parametrize(
    ("events", "x"), [([0, 0, 0], [1, 0, 1]), ([1, 1, 1], [1, 1, 1]), ([0, 0, 1], [1, 0, 1])]
)
def test_nothing_to_learn_is_not_estimable(events: list[int], x: list[int]) -> None:
    fit = cox([1, 2, 3], events, x)
    assert fit.coefficients[0].hazard_ratio is None
    assert fit.score.p is None


def test_no_participant() -> None:
    assert cox([], [], []).coefficients[0].hazard_ratio is None


def test_collinear_covariates_are_not_estimable() -> None:
    x = np.column_stack(([0, 1, 0, 1, 1, 0], [0, 2, 0, 2, 2, 0]))
    fit = cox([1, 2, 3, 4, 5, 6], [1] * 6, x, ("a", "b"))
    assert [c.hazard_ratio for c in fit.coefficients] == [None, None]


@given(ROWS)
def test_swapping_the_arms_inverts_the_ratio(rows) -> None:
    days, events, x, _ = (list(column) for column in zip(*rows, strict=True))
    one = cox(days, events, x).coefficients[0]
    other = cox(days, events, [1 - value for value in x]).coefficients[0]
    if one.log_hazard_ratio is None:
        assert other.log_hazard_ratio is None
    else:
        assert other.log_hazard_ratio == pytest.approx(-one.log_hazard_ratio, abs=1e-9)


def test_a_missing_covariate_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        cox([1, 2], [1, 1], [float("nan"), 1.0])
    with pytest.raises(ValueError, match="shape"):
        cox([1, 2], [1, 1], [1.0, 2.0], ("a", "b"))


def test_a_fit_that_goes_on_for_ever_is_not_estimable() -> None:
    """Separated in one stratum, all alike in the other: rounding hides that there is no maximum."""
    first = [(14, 0, 1), (16, 0, 1), (22, 1, 0), (34, 1, 0), (37, 1, 1), (39, 0, 1), (43, 0, 1)]
    second = [(4, 1, 1), (8, 0, 1), (9, 0, 1), (12, 1, 1), (17, 0, 1), (19, 0, 1), (34, 0, 1)]
    rows = [*first, (45, 0, 1), *second, (38, 0, 1)]
    days, events, treated = zip(*rows, strict=True)
    fitted = cox(days, events, treated, strata=[0] * 8 + [1] * 8)
    assert fitted.coefficients[0].hazard_ratio is None


def test_a_fit_that_rests_in_the_noise_of_a_flat_likelihood_is_not_estimable() -> None:
    """Treated die first, in one stratum of two; found by hypothesis."""
    days, events = [0, 0, 7, 0, 0, 0, 0, 8], [1, 0, 1, 0, 0, 0, 0, 1]
    treated, strata = [1, 1, 0, 0, 0, 1, 0, 0], [3, 0, 3, 0, 0, 0, 0, 3]
    found = cox(days, events, treated, strata=strata)
    assert found.coefficients[0].hazard_ratio is None
