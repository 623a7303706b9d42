"""A binomial proportion with its exact interval, and the exact one-stage design.

Clopper & Pearson, Biometrika 1934, through beta quantiles. Equals R `binom.test`.
"""

from dataclasses import dataclass

from analysis.stats.distributions import beta_quantile, binomial_at_least


@dataclass(frozen=True, slots=True)
class Proportion:
    """`successes` of `n`, as a share between 0 and 1 with limits; None where n = 0."""

    successes: int
    n: int
    estimate: float | None
    lower: float | None
    upper: float | None
    confidence: float


def clopper_pearson(successes: int, n: int, confidence: float = 0.90) -> Proportion:
    """The share and its exact two-sided interval. Raises ValueError."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} participants.")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"A confidence of {confidence}: it lies between 0 and 1.")
    if n == 0:
        return Proportion(0, 0, None, None, None, confidence)
    tail = (1.0 - confidence) / 2.0
    failures = n - successes
    lower = beta_quantile(tail, successes, failures + 1) if successes else 0.0
    upper = beta_quantile(1.0 - tail, successes + 1, failures) if failures else 1.0
    return Proportion(successes, n, successes / n, lower, upper, confidence)


def promising_from(n: int, uninteresting: float, alpha: float) -> int:
    """The fewest successes of `n` that reject a true rate of `uninteresting` or less at a
    one-sided level `alpha`: the exact test of a one-stage design."""
    return next(k for k in range(n + 2) if binomial_at_least(k, n, uninteresting) <= alpha)


def power(n: int, uninteresting: float, promising: float, alpha: float) -> float:
    """The probability that `n` participants of true rate `promising` reach that number."""
    return binomial_at_least(promising_from(n, uninteresting, alpha), n, promising)
