"""Cox's proportional hazards model, Efron's handling of ties, fitted by Newton's method.

Cox 1972; Efron, JASA 1977. Equals R `coxph(Surv(days, event) ~ x + strata(s), ties = "efron")`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.stats.arrays import Flags, Floats, Integers, codes, flags, number, ranks, whole_days
from analysis.stats.distributions import chi_squared_above, normal_below, two_sided_z

ITERATIONS = 60
LIKELIHOOD_DONE = 1e-9  # R coxph.control(eps): relative change of the likelihood that ends a fit
STEP_LEFT = LIKELIHOOD_DONE**0.5  # R toler.inf: a larger step left over means no finite maximum
# Between the extremes of a covariate, the largest log ratio that is believed (nine millions): a
# likelihood still rising there has no maximum, and what floating point leaves of it is noise, in
# which a fit may come to rest.
FURTHEST = 16.0


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
class _Rows:
    """Participants by stratum, last day first, so that a risk set is a running sum; participants
    alike in stratum, day, event and covariates are one row.

    n rows, p covariates, G sets of tied events, D events. `count` (n) participants of a row,
    `dying` (n) those with the event. Set g is of rows `first[g]` to `end[g]`, at risk are rows
    `start[g]` (that of its stratum) to `end[g]`. For each event, `tie` (D) is its set and `share`
    (D) Efron's fraction k / d of the k-th of d tied events.
    """

    covariates: Floats
    count: Floats
    dying: Floats
    start: Integers
    first: Integers
    end: Integers
    tie: Integers
    share: Floats

    @property
    def events(self) -> int:
        return self.tie.size


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
    stratum = codes(strata, observed.size)[1] if strata is not None else np.zeros_like(observed)
    rows = _rows(observed, happened, x, stratum)
    if rows.events == 0:
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


def _rows(days: Integers, happened: Flags, x: Floats, stratum: Integers) -> _Rows:
    if days.size == 0:
        none = np.zeros(0, dtype=np.int64)
        return _Rows(x, x[:, 0], x[:, 0], none, none, none, none, x[:, 0])
    distinct, day = ranks(days)
    patterns, pattern = _patterns(x)
    n_days, n_patterns = distinct.size, len(patterns)
    set_of = stratum * n_days + (n_days - 1 - day)
    key, count = np.unique((set_of * 2 + happened) * n_patterns + pattern, return_counts=True)
    cell, row_pattern = np.divmod(key, n_patterns)
    row_set, dying = np.divmod(cell, 2)
    deaths = np.bincount(np.searchsorted(row_set, row_set), dying * count)
    first = np.flatnonzero(deaths)
    d = deaths[first].astype(np.int64)
    tie = np.repeat(np.arange(first.size), d)
    rank = np.arange(tie.size) - np.repeat(np.cumsum(d) - d, d)
    return _Rows(
        covariates=patterns[row_pattern] - x.mean(axis=0),
        count=count.astype(np.float64),
        dying=(dying * count).astype(np.float64),
        start=np.searchsorted(row_set // n_days, row_set[first] // n_days),
        first=first,
        end=np.searchsorted(row_set, row_set[first], side="right"),
        tie=tie,
        share=rank / d[tie],
    )


def _patterns(x: Floats) -> tuple[Floats, Integers]:
    """The distinct rows of covariates, and for each participant the index of its own."""
    if x.shape[1] == 1:
        values, index = np.unique(x[:, 0], return_inverse=True)
        return values[:, None], index.astype(np.int64, copy=False)
    values, index = np.unique(x, axis=0, return_inverse=True)
    return values, index.reshape(-1).astype(np.int64, copy=False)


def _likelihood(rows: _Rows, beta: Floats) -> tuple[float, Floats, Floats]:
    """Log partial likelihood, score (p) and information (p x p) at `beta`.

    The k-th tied event has the denominator `sums` = R - f T, with R over those at risk, T over
    the tied, f its share; only its reciprocal and powers are kept by event, the rest by set.
    """
    x = rows.covariates
    n, p = x.shape
    eta = x @ beta
    terms = np.empty((n, 1 + p + p * p))
    terms[:, 0] = np.exp(eta)
    terms[:, 1 : 1 + p] = terms[:, :1] * x
    terms[:, 1 + p :] = (terms[:, 1 : 1 + p, None] * x[:, None, :]).reshape(n, p * p)
    risk = _between(terms * rows.count[:, None], rows.start, rows.end)
    tied = _between(terms * rows.dying[:, None], rows.first, rows.end)
    sums = risk[rows.tie, 0] - rows.share * tied[rows.tie, 0]
    value = float(rows.dying @ eta - np.log(sums).sum())
    u = 1.0 / sums
    each = np.vstack((u, rows.share * u, u * u, rows.share * u * u, (rows.share * u) ** 2))
    sets = np.flatnonzero(rows.share == 0.0)
    a, b, aa, ab, bb = np.add.reduceat(each, sets, axis=1)
    mean_risk, mean_tied = risk[:, 1 : 1 + p], tied[:, 1 : 1 + p]
    score = rows.dying @ x - (a @ mean_risk - b @ mean_tied)
    second = (a @ risk[:, 1 + p :] - b @ tied[:, 1 + p :]).reshape(p, p)
    mixed = (mean_risk * ab[:, None]).T @ mean_tied
    squared = (mean_risk * aa[:, None]).T @ mean_risk + (mean_tied * bb[:, None]).T @ mean_tied
    return value, score, second - (squared - mixed - mixed.T)


def _between(terms: Floats, start: Integers, end: Integers) -> Floats:
    """For each pair, the sum of rows `start` to `end`, the latter excluded."""
    running = np.zeros((len(terms) + 1, terms.shape[1]))
    np.cumsum(terms, axis=0, out=running[1:])
    sums: Floats = running[end] - running[start]
    return sums


@dataclass(frozen=True, eq=False, slots=True)
class _Fit:
    beta: Floats
    covariance: Floats
    likelihood: float
    finite: npt.NDArray[np.bool_]
    iterations: int


def _newton(rows: _Rows) -> _Fit:
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
    finite &= np.abs(proposal) * np.ptp(rows.covariates, axis=0) < FURTHEST
    if iterations == ITERATIONS:  # it went on for ever: no maximum was reached
        finite = np.zeros_like(finite)
    covariance = np.asarray(np.linalg.pinv(information), dtype=np.float64)
    return _Fit(proposal, covariance, found, finite, iterations)


def _solve(information: Floats, score: Floats) -> Floats:
    """The Newton step; the shortest one where the information is singular."""
    return np.asarray(np.linalg.lstsq(information, score, rcond=None)[0], dtype=np.float64)


def _singular(information: Floats, rows: _Rows) -> bool:
    """True where the events say nothing of some covariate, or of some mixture of them."""
    mean_square = rows.count @ rows.covariates**2 / rows.count.sum()
    spread = (mean_square * rows.events) ** 0.5
    if np.any(spread == 0.0):
        return True
    scaled = information / np.outer(spread, spread)
    return bool(np.linalg.eigvalsh(scaled)[0] < 1e-12)


def _summary(rows: _Rows, names: Sequence[str], n: int, confidence: float) -> Cox:
    null, score, information = _likelihood(rows, np.zeros(len(names)))
    if _singular(information, rows):
        return _not_estimable(names, n, int(rows.events), confidence)
    fit = _newton(rows)
    score_test = float(score @ _solve(information, score))
    wald = None
    if fit.finite.all():
        wald = float(fit.beta @ _solve(fit.covariance, fit.beta))
    return Cox(
        tuple(_coefficient(name, fit, i, confidence) for i, name in enumerate(names)),
        n,
        int(rows.events),
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
