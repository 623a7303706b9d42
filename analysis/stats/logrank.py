"""The log-rank test of two or more groups, stratified or not.

Mantel 1966; Peto & Peto 1972, with the hypergeometric variance. Equals R
`survdiff(Surv(days, event) ~ group + strata(stratum))`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.stats.arrays import Flags, Floats, Integers, codes, flags, ranks, whole_days
from analysis.stats.distributions import chi_squared_above


@dataclass(frozen=True, slots=True)
class LogRank:
    """Observed and expected events by group (in the order of `groups`), the variance of observed
    minus expected (groups x groups), and the test; None where there is nothing to compare."""

    groups: tuple[str, ...]
    n: tuple[int, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    variance: tuple[tuple[float, ...], ...]
    chi_squared: float | None
    degrees: int
    p: float | None


def logrank(
    days: npt.ArrayLike,
    events: npt.ArrayLike,
    groups: npt.ArrayLike,
    strata: npt.ArrayLike | None = None,
) -> LogRank:
    """Compare the groups, within strata where given: one day, flag, group (and stratum) each per
    participant. Raises ValueError."""
    observed_days = whole_days(days)
    n = observed_days.size
    happened = flags(events, n)
    names, group = codes(groups, n)
    stratum = np.zeros(n, dtype=np.int64) if strata is None else codes(strata, n)[1]
    expected = np.zeros(len(names))
    variance = np.zeros((len(names), len(names)))
    for code in range(int(stratum.max()) + 1 if n else 0):
        rows = stratum == code if strata is not None else slice(None)
        part = _one_stratum(observed_days[rows], happened[rows], group[rows], len(names))
        expected += part[0]
        variance += part[1]
    observed = np.bincount(group[happened], minlength=len(names))
    chi_squared, degrees = _test(observed - expected, expected, variance)
    return LogRank(
        names,
        tuple(np.bincount(group, minlength=len(names)).tolist()),
        tuple(observed.tolist()),
        tuple(expected.tolist()),
        tuple(tuple(row) for row in variance.tolist()),
        chi_squared,
        degrees,
        None if chi_squared is None else chi_squared_above(chi_squared, degrees),
    )


def _one_stratum(
    days: Integers, happened: Flags, group: Integers, n_groups: int
) -> tuple[Floats, Floats]:
    """Expected events by group, and the variance of observed minus expected."""
    distinct, day = ranks(days)
    cells = np.bincount(day * n_groups + group, minlength=distinct.size * n_groups)
    at_risk = np.cumsum(cells.reshape(-1, n_groups)[::-1], axis=0)[::-1].astype(np.float64)
    dying = np.bincount(day[happened], minlength=distinct.size)
    at_risk, dying = at_risk[dying > 0], dying[dying > 0]
    total = at_risk.sum(axis=1)
    share = at_risk / total[:, None]
    weight = dying * (total - dying) / np.maximum(total - 1.0, 1.0)
    expected: Floats = dying @ share
    variance: Floats = np.diag(weight @ share) - (share * weight[:, None]).T @ share
    return expected, variance


def _test(difference: Floats, expected: Floats, variance: Floats) -> tuple[float | None, int]:
    """Chi-squared and its degrees of freedom, over the groups that were ever at risk."""
    used = np.flatnonzero(expected > 0.0)
    degrees = max(used.size - 1, 0)
    if degrees == 0:
        return None, 0
    kept = used[1:]
    inner = variance[np.ix_(kept, kept)]
    if np.linalg.matrix_rank(inner) < degrees:
        return None, degrees
    return float(difference[kept] @ np.linalg.solve(inner, difference[kept])), degrees
