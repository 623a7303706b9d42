"""Kaplan-Meier, quantiles, log-rank and Cox against R survival.

Own fixture: fixtures/survival.json, made by fixtures/survival.R with R survival 3.5-3. Reference:
../shared/reference/survival_reference, classical data sets and R's answers to ten digits.
"""

import json
import shutil
import subprocess
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from analysis.stats.cox import ChiSquared, Cox, cox
from analysis.stats.kaplan_meier import (
    kaplan_meier,
    limits,
    reverse_kaplan_meier,
    standard_errors,
    survival_at,
)
from analysis.stats.logrank import logrank
from analysis.stats.quantiles import median, quantile
from tests.validation.reference import FIXTURES, reference, table

pytestmark = [pytest.mark.promise("IA-06"), pytest.mark.promise("VA-04")]

OWN: dict[str, Any] = json.loads((FIXTURES / "survival.json").read_text())
QUARTILES = [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
CLASSICAL = ["tg_test1", "aml", "freireich", "lung_sex"]


def near(ours: Any, theirs: Any, tolerance: float = 1e-9) -> None:
    """Equal within `tolerance`, absolute below 1 and relative above; None only with None."""
    if theirs is None or ours is None:
        assert ours is theirs
    else:
        assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance)


def plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@pytest.mark.parametrize("name", OWN)
def test_curve_and_limits_equal_r(name: str) -> None:
    data = OWN[name]
    curve = kaplan_meier(data["day"], data["event"])
    for expected in data["curves"]:
        bounds = limits(curve, expected["confidence"], expected["kind"])
        assert curve.days.tolist() == expected["days"]
        for i in range(curve.days.size):
            near(curve.survival[i], expected["survival"][i])
            near(plain(bounds.lower[i]), expected["lower"][i])
            near(plain(bounds.upper[i]), expected["upper"][i])


@pytest.mark.parametrize("name", OWN)
def test_quartiles_and_their_limits_equal_r(name: str) -> None:
    data = OWN[name]
    curve = kaplan_meier(data["day"], data["event"])
    for expected in data["curves"]:
        for i, probability in enumerate(QUARTILES):
            found = quantile(curve, probability, expected["confidence"], expected["kind"])
            assert found.estimate == expected["quantile"][i]
            assert found.lower == expected["quantile_lower"][i]
            assert found.upper == expected["quantile_upper"][i]


@pytest.mark.parametrize("name", OWN)
def test_median_follow_up_equals_r(name: str) -> None:
    data = OWN[name]
    found = median(reverse_kaplan_meier(data["day"], data["event"]))
    assert [found.estimate, found.lower, found.upper] == data["reverse"]


def test_logrank_equals_r() -> None:
    data = OWN["two_arms"]
    expected = data["comparison"]
    found = logrank(data["day"], data["event"], data["arm"])
    for ours, theirs in zip(found.expected, expected["expected"], strict=True):
        near(ours, theirs)
    near(found.chi_squared, expected["chisq"])
    near(found.p, expected["p"])
    stratified = logrank(data["day"], data["event"], data["arm"], data["stratum"])
    near(stratified.chi_squared, expected["chisq_stratified"])


def assert_equal(found: Cox, expected: dict[str, Any]) -> None:
    for i, coefficient in enumerate(found.coefficients):
        near(coefficient.log_hazard_ratio, expected["beta"][i])
        near(coefficient.standard_error, expected["se"][i])
        near(coefficient.lower, expected["lower"][i])
        near(coefficient.upper, expected["upper"][i])
        near(coefficient.p, expected["p"][i])
    near(found.log_likelihood_null, expected["loglik"][0])
    near(found.log_likelihood, expected["loglik"][1])
    test: ChiSquared
    for test, key in ((found.score, "score"), (found.likelihood_ratio, "lr"), (found.wald, "wald")):
        near(test.chi_squared, expected[key][0])
        near(test.p, expected[key][1])


def test_cox_equals_r_with_one_covariate_with_two_and_with_strata() -> None:
    data = OWN["two_arms"]
    day, event, arm = data["day"], data["event"], data["arm"]
    two = np.column_stack((arm, data["x"]))
    expected = data["comparison"]
    assert_equal(cox(day, event, arm), expected["cox"])
    assert_equal(cox(day, event, two, ("arm", "x")), expected["cox_two"])
    assert_equal(cox(day, event, arm, strata=data["stratum"]), expected["cox_stratified"])


@pytest.mark.parametrize("name", CLASSICAL)
def test_classical_curves_equal_r(name: str) -> None:
    rows = table(reference(f"survival_reference/{name}.csv"))
    groups = json.loads(reference("survival_reference/expected_fixture.json").read_text())[name]
    for label, expected in groups["groups"].items():
        chosen = [row for row in rows if row["group"] == label]
        curve = kaplan_meier(
            [int(row["time"]) for row in chosen], [int(row["event"]) for row in chosen]
        )
        assert (curve.n, curve.n_events) == (expected["n"], expected["events"])
        for i, probability in enumerate(QUARTILES):
            found = quantile(curve, probability)
            assert found.estimate == expected[("q25", "median", "q75")[i]]
            assert found.lower == expected["q_lower"][i]
            assert found.upper == expected["q_upper"][i]
        for i, time in enumerate(expected["times"]):
            at = survival_at(curve, time)
            assert at.at_risk == expected["n_risk"][i]
            beyond = time > expected["max_time"]
            near(at.survival, None if beyond else expected["surv"][i])
            near(at.standard_error, None if beyond else expected["se"][i])
            near(at.lower, None if beyond else expected["lcl_loglog"][i])
            near(at.upper, None if beyond else expected["ucl_loglog"][i])


@pytest.mark.parametrize("name", CLASSICAL)
def test_classical_comparisons_equal_r(name: str) -> None:
    rows = table(reference(f"survival_reference/{name}.csv"))
    expected = json.loads(reference("survival_reference/expected_fixture.json").read_text())[name]
    day = [int(row["time"]) for row in rows]
    event = [int(row["event"]) for row in rows]
    group = [row["group"] for row in rows]
    test = logrank(day, event, group)
    assert list(test.observed) == expected["logrank"]["obs"]
    for ours, theirs in zip(test.expected, expected["logrank"]["exp"], strict=True):
        near(ours, theirs)
    near(test.variance[0][0], expected["logrank"]["var"])
    near(test.chi_squared, expected["logrank"]["chisq"])
    near(test.p, expected["logrank"]["p"])
    model = expected["cox_efron"]
    x = [int(label != model["ref"]) for label in group]
    assert_model(cox(day, event, x), model)
    if "stratified_cox_efron" in expected:
        strata = [row["strata"] for row in rows]
        assert_model(cox(day, event, x, strata=strata), expected["stratified_cox_efron"])
        test = logrank(day, event, group, strata)
        near(test.chi_squared, expected["stratified_logrank"]["chisq"])
        near(test.p, expected["stratified_logrank"]["p"])


def assert_model(fit: Cox, expected: dict[str, Any]) -> None:
    (found,) = fit.coefficients
    near(found.log_hazard_ratio, expected["beta"])
    near(found.standard_error, expected["se"])
    near(found.hazard_ratio, expected["hr"])
    near(found.lower, expected["lcl"])
    near(found.upper, expected["ucl"])
    if "loglik" in expected:
        near(fit.log_likelihood_null, expected["loglik"][0])
        near(fit.log_likelihood, expected["loglik"][1])
        near(fit.score.chi_squared, expected["score_chisq"])


def test_acute_myelogenous_leukaemia_as_published() -> None:
    """Miller, Survival Analysis (1981): medians 31 and 23, log-rank 3.4 on one degree."""
    maintained = kaplan_meier(
        [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
    )
    other = kaplan_meier(
        [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    )
    assert (median(maintained).estimate, median(other).estimate) == (31.0, 23.0)
    assert standard_errors(maintained)[0] == pytest.approx(0.0866784172, abs=1e-9)


def test_the_own_fixture_is_what_r_says_today() -> None:
    """Optional: where R and its survival package are installed, the fixture is made again."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("Rscript is not installed")
    run = subprocess.run(
        [rscript, str(FIXTURES / "survival.R")], capture_output=True, text=True, check=False
    )
    if run.returncode:
        pytest.skip(f"R could not make the fixture: {run.stderr.strip()[-200:]}")
    assert_like(json.loads(run.stdout), OWN)


def assert_like(one: Any, other: Any) -> None:
    """The same structure with the same numbers within 1e-9."""
    if isinstance(other, dict):
        assert list(one) == list(other)
        for key in other:
            assert_like(one[key], other[key])
    elif isinstance(other, list):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            assert_like(first, second)
    elif isinstance(other, str):
        assert one == other
    else:
        near(one, other)
