"""Cox's proportional hazards model, Efron's handling of ties, fitted by Newton's method.

Cox 1972; Efron, JASA 1977. Equals R `coxph(Surv(days, event) ~ x + strata(s), ties = "efron")`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.stats.arrays import Floats, Integers, codes, flags, number, whole_days
from analysis.stats.distributions import chi_squared_above, normal_below, two_sided_z

ITERATIONS = 60
LIKELIHOOD_DONE = 1e-9  # R coxph.control(eps): relative change of the likelihood that ends a fit
STEP_LEFT = LIKELIHOOD_DONE**0.5  # R toler.inf: a larger step left over means no finite maximum


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A log hazard ratio with Wald limits of the ratio; None where the data give no finite one."""

    name: str
    log_hazard_ratio: float | None
    standard_error: float | None
    hazard_ratio: float | None
    lower: float | None
    upper: float | None
    z: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class ChiSquared:
    """A chi-squared test that all coefficients are 0; None where not estimable."""

    chi_squared: float | None
    degrees: int
    p: float | None


@dataclass(frozen=True, slots=True)
class Cox:
    """A fitted model: coefficients, log partial likelihood at 0 and at the fit, three tests."""

    coefficients: tuple[Coefficient, ...]
    n: int
    events: int
    log_likelihood_null: float | None
    log_likelihood: float | None
    score: ChiSquared
    likelihood_ratio: ChiSquared
    wald: ChiSquared
    iterations: int
    confidence: float


@dataclass(frozen=True, eq=False, slots=True)
class _Sorted:
    """Rows by stratum, last day first, so that a risk set is a running sum.

    n rows, p covariates, D events. `event_rows` (D) index the rows. For each event: `risk_end`
    is one past the last row at risk, `risk_start` the first row of its stratum, `tie` (D) the
    number of its tied set, `share` (D) Efron's fraction k / d of the k-th of d tied events.
    """

    covariates: Floats
    event_rows: Integers
    risk_start: Integers
    risk_end: Integers
    tie: Integers
    share: Floats


def cox(
    days: npt.ArrayLike,
    events: npt.ArrayLike,
    covariates: npt.ArrayLike,
    names: Sequence[str] = ("x",),
    strata: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Cox:
    """Fit the model. `covariates`: n numbers, or n rows of p numbers, with p `names`.

    Raises ValueError where shapes differ or a covariate is missing.
    """
    observed = whole_days(days)
    happened = flags(events, observed.size)
    x = _matrix(covariates, observed.size, len(names))
    stratum = codes(np.zeros(observed.size) if strata is None else strata, observed.size)[1]
    rows = _sort(observed, np.asarray(happened), x, stratum)
    if rows.event_rows.size == 0:
        return _not_estimable(names, observed.size, 0, confidence)
    return _summary(rows, names, observed.size, confidence)


def _matrix(covariates: npt.ArrayLike, n: int, p: int) -> Floats:
    values = np.asarray(covariates, dtype=np.float64)
    values = values.reshape(-1, 1) if values.ndim == 1 else values
    if values.shape != (n, p):
        raise ValueError(f"Covariates of shape {values.shape} for {n} participants, {p} names.")
    if not np.all(np.isfinite(values)):
        raise ValueError("A covariate is missing or infinite.")
    return values


def _sort(days: Integers, happened: npt.NDArray[np.bool_], x: Floats, stratum: Integers) -> _Sorted:
    order = np.lexsort((-days, stratum))
    days, happened, stratum = days[order], happened[order], stratum[order]
    x = x[order] - (x.mean(axis=0) if x.size else 0.0)
    new_stratum = np.append(True, stratum[1:] != stratum[:-1])[: days.size]
    new_set = new_stratum | np.append(True, days[1:] != days[:-1])[: days.size]
    set_of_row = np.cumsum(new_set) - 1
    set_end = np.append(np.flatnonzero(new_set)[1:], days.size)
    stratum_start = np.maximum.accumulate(np.where(new_stratum, np.arange(days.size), 0))
    event_rows = np.flatnonzero(happened)
    first = np.append(True, np.diff(set_of_row[event_rows]) > 0)[: event_rows.size]
    tie = np.cumsum(first) - 1
    position = np.arange(event_rows.size)
    rank = position - np.maximum.accumulate(np.where(first, position, 0))
    share = rank / np.bincount(tie)[tie] if tie.size else np.zeros(0)
    end = set_end[set_of_row[event_rows]]
    return _Sorted(x, event_rows, stratum_start[event_rows], end, tie, share)


def _likelihood(rows: _Sorted, beta: Floats) -> tuple[float, Floats, Floats]:
    """Log partial likelihood, score (p) and information (p x p) at `beta`."""
    x = rows.covariates
    n, p = x.shape
    eta = x @ beta
    weight = np.exp(eta)
    terms = np.empty((n, 1 + p + p * p))
    terms[:, 0] = weight
    terms[:, 1 : 1 + p] = weight[:, None] * x
    terms[:, 1 + p :] = (terms[:, 1 : 1 + p, None] * x[:, None, :]).reshape(n, p * p)
    running = np.vstack((np.zeros((1, terms.shape[1])), np.cumsum(terms, axis=0)))
    starts = np.flatnonzero(np.append(True, np.diff(rows.tie) > 0))
    tied = np.add.reduceat(terms[rows.event_rows], starts, axis=0)[rows.tie]
    sums = running[rows.risk_end] - running[rows.risk_start] - rows.share[:, None] * tied
    mean = sums[:, 1 : 1 + p] / sums[:, :1]
    second = (sums[:, 1 + p :] / sums[:, :1]).sum(axis=0).reshape(p, p)
    value = float(eta[rows.event_rows].sum() - np.log(sums[:, 0]).sum())
    return value, x[rows.event_rows].sum(axis=0) - mean.sum(axis=0), second - mean.T @ mean


@dataclass(frozen=True, eq=False, slots=True)
class _Fit:
    beta: Floats
    covariance: Floats
    likelihood: float
    finite: npt.NDArray[np.bool_]
    iterations: int


def _newton(rows: _Sorted) -> _Fit:
    """Newton's method from 0 with the stopping rule and step-halving of R `coxph`, so that both
    stop at the same iterate: a relative change of the likelihood below LIKELIHOOD_DONE."""
    beta = np.zeros(rows.covariates.shape[1])
    value, score, information = _likelihood(rows, beta)
    proposal = beta + _solve(information, score)
    halvings, iterations, usable = 0, 0, True
    while iterations < ITERATIONS:
        iterations += 1
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found, score, information = _likelihood(rows, proposal)
        usable = bool(np.isfinite(found) and np.isfinite(information).all())
        if usable and halvings == 0 and abs(found - value) <= LIKELIHOOD_DONE * abs(found):
            break
        if usable and found >= value:
            halvings, beta, value = 0, proposal, found
            proposal = beta + _solve(information, score)
        else:
            halvings += 1
            proposal = (proposal + halvings * beta) / (halvings + 1)
    if not usable:
        proposal, (found, score, information) = beta, _likelihood(rows, beta)
    left = np.abs(_solve(information, score))
    finite = (left <= LIKELIHOOD_DONE) | (left <= STEP_LEFT * np.abs(proposal))
    covariance = np.asarray(np.linalg.pinv(information), dtype=np.float64)
    return _Fit(proposal, covariance, found, finite, iterations)


def _solve(information: Floats, score: Floats) -> Floats:
    """The Newton step; the shortest one where the information is singular."""
    return np.asarray(np.linalg.lstsq(information, score, rcond=None)[0], dtype=np.float64)


def _singular(information: Floats, rows: _Sorted) -> bool:
    """True where the events say nothing of some covariate, or of some mixture of them."""
    spread = rows.covariates.std(axis=0) * rows.event_rows.size**0.5
    if np.any(spread == 0.0):
        return True
    scaled = information / np.outer(spread, spread)
    return bool(np.linalg.eigvalsh(scaled)[0] < 1e-12)


def _summary(rows: _Sorted, names: Sequence[str], n: int, confidence: float) -> Cox:
    null, score, information = _likelihood(rows, np.zeros(len(names)))
    if _singular(information, rows):
        return _not_estimable(names, n, int(rows.event_rows.size), confidence)
    fit = _newton(rows)
    score_test = float(score @ _solve(information, score))
    wald = None
    if fit.finite.all():
        wald = float(fit.beta @ _solve(fit.covariance, fit.beta))
    return Cox(
        tuple(_coefficient(name, fit, i, confidence) for i, name in enumerate(names)),
        n,
        int(rows.event_rows.size),
        null,
        fit.likelihood,
        _tested(score_test, len(names)),
        _tested(2.0 * (fit.likelihood - null), len(names)),
        _tested(wald, len(names)),
        fit.iterations,
        confidence,
    )


def _coefficient(name: str, fit: _Fit, i: int, confidence: float) -> Coefficient:
    beta, variance = float(fit.beta[i]), float(fit.covariance[i, i])
    if not fit.finite[i] or variance <= 0.0:
        return Coefficient(name, None, None, None, None, None, None, None)
    error = variance**0.5
    reach = two_sided_z(confidence) * error
    with np.errstate(over="ignore"):
        ratio, lower, upper = (
            number(np.exp(value)) for value in (beta, beta - reach, beta + reach)
        )
    p = 2.0 * normal_below(-abs(beta / error))
    return Coefficient(name, beta, error, ratio, lower, upper, beta / error, p)


def _tested(chi_squared: float | None, degrees: int) -> ChiSquared:
    if chi_squared is None:
        return ChiSquared(None, degrees, None)
    at_least_zero = max(chi_squared, 0.0)
    return ChiSquared(at_least_zero, degrees, chi_squared_above(at_least_zero, degrees))


def _not_estimable(names: Sequence[str], n: int, events: int, confidence: float) -> Cox:
    nothing = ChiSquared(None, len(names), None)
    coefficients = tuple(
        Coefficient(name, None, None, None, None, None, None, None) for name in names
    )
    return Cox(coefficients, n, events, None, None, nothing, nothing, nothing, 0, confidence)
